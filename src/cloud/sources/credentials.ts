import { SecretString } from '../../plan/secret-string.ts';
import type { CloudIdentity } from '../identity.ts';
import { troubleWith } from '../trouble.ts';

/** A session as STS and the metadata service write it. Throws a CloudError where a part is missing. */
export function sessionIn(action: string, credentials: unknown): CloudIdentity {
  const {
    AccessKeyId: id,
    AccessKeySecret: secret,
    SecurityToken: token,
    Expiration: end,
  } = typeof credentials === 'object' && credentials !== null ? (credentials as Record<string, unknown>) : {};
  if (![id, secret, token, end].every((part) => typeof part === 'string' && part !== ''))
    throw troubleWith({ reason: 'Unreachable', action, detail: 'an answer without a session' });
  const expiresAt = String(end);
  if (Number.isNaN(Date.parse(expiresAt)))
    throw troubleWith({ reason: 'Unreachable', action, detail: 'a session without an end' });
  return {
    accessKeyId: new SecretString(String(id)),
    accessKeySecret: new SecretString(String(secret)),
    securityToken: new SecretString(String(token)),
    expiresAt,
  };
}
