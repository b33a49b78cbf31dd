// Who asks: an access key, or a session that stands for a role. Sources are functions that are called for each call, so
// that a key that was replaced in its Secret is in use with the next call, and nothing is built anew.
import type { AccessKey } from '../plan/access-key.ts';
import type { SecretString } from '../plan/secret-string.ts';

export interface CloudIdentity {
  readonly accessKeyId: SecretString;
  readonly accessKeySecret: SecretString;
  /** Of a session (STS); absent for the key of a RAM user. */
  readonly securityToken?: SecretString;
  /** RFC 3339; when a session ends. */
  readonly expiresAt?: string;
}

/**
 * The identity in force, or `undefined` where there is none. Throws a CloudError when it has to be fetched and cannot be.
 * Must not wait for longer than a call may take.
 */
export type IdentitySource = () => Promise<CloudIdentity | undefined>;

/** The key of a RAM user, as its Secret has it. */
export function identityOfKey({ id, secret }: AccessKey): CloudIdentity {
  return { accessKeyId: id, accessKeySecret: secret };
}

/** Tells identities apart without giving them away. A renewed session is a new one. */
export function fingerprintOf({ accessKeyId, accessKeySecret, securityToken }: CloudIdentity): string {
  return [accessKeyId, accessKeySecret, securityToken].map((part) => part?.fingerprint ?? '').join('.');
}

/** Takes every part of the identity out of a text that came from elsewhere. */
export function withoutIdentity(text: string, identity: CloudIdentity | undefined): string {
  if (identity === undefined) return text;
  const parts = [identity.accessKeySecret, identity.securityToken, identity.accessKeyId];
  return parts.reduce<string>((censored, part) => {
    const plain = part?.reveal() ?? '';
    return plain === '' ? censored : censored.replaceAll(plain, '[redacted]');
  }, text);
}
