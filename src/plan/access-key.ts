// An access key as it stands in a Secret: is it there, and can it be one? Values never appear in what is returned for
// people to read.
import { KEY_ID, KEY_SECRET } from '../api/annotations.ts';
import type { Reason } from '../api/conditions.ts';
import type { Observed, SecretFact } from './facts.ts';
import type { SecretString } from './secret-string.ts';

export interface AccessKey {
  readonly id: SecretString;
  readonly secret: SecretString;
}

export type KeyFinding =
  | {
      readonly state: 'valid';
      readonly key: AccessKey;
      /** Values as stored have white space around them. */ readonly isPadded: boolean;
    }
  | { readonly state: 'invalid'; readonly reason: Reason; readonly problem: string };

// A template placeholder, or anything but visible ASCII: white space, control characters, letters that only look like
// others, bytes that were no UTF-8. No access key has these.
const IMPOSSIBLE = /\$\{|\{\{|[^!-~]/;

function problemWith(field: string, value: SecretString | undefined): KeyFinding | undefined {
  if (value === undefined || value.trimmed().isEmpty) {
    return { state: 'invalid', reason: 'SecretKeyMissing', problem: `lacks a value for ${field}` };
  }
  if (IMPOSSIBLE.test(value.trimmed().reveal())) {
    const problem = `has white space, a placeholder or a character that no access key has inside ${field}`;
    return { state: 'invalid', reason: 'SecretMalformed', problem };
  }
  return undefined;
}

/** Reads the two keys; surrounding white space and a byte order mark are trimmed from the values. */
export function accessKeyIn(secret: SecretFact): KeyFinding {
  const id = secret.data.get(KEY_ID);
  const secretValue = secret.data.get(KEY_SECRET);
  const problem = problemWith(KEY_ID, id) ?? problemWith(KEY_SECRET, secretValue);
  if (problem !== undefined || id === undefined || secretValue === undefined) {
    return problem ?? { state: 'invalid', reason: 'SecretKeyMissing', problem: 'lacks a key' };
  }
  const key = { id: id.trimmed(), secret: secretValue.trimmed() };
  return { state: 'valid', key, isPadded: !key.id.equals(id) || !key.secret.equals(secretValue) };
}

/** How to make a Secret with a key, behind `Create it`: from files, for what is typed stays in the shell's history. */
export function fromFiles({
  namespace,
  name,
}: {
  readonly namespace: string;
  readonly name: string;
}): string {
  return `from two files, each with one value and no line break: kubectl -n ${namespace} create secret generic ${name} --from-file=${KEY_ID} --from-file=${KEY_SECRET}`;
}

/** The key that a Secret holds, trimmed; undefined where it is not there, not read, or holds none. */
export function keyIn(secret: Observed<SecretFact> | undefined): AccessKey | undefined {
  if (secret?.state !== 'present') return undefined;
  const finding = accessKeyIn(secret.object);
  return finding.state === 'valid' ? finding.key : undefined;
}

/** The key in a Secret as Terway reads it: white space around it makes another one of it. */
export function usableKey(secret: Observed<SecretFact> | undefined): AccessKey | undefined {
  if (secret?.state !== 'present') return undefined;
  const finding = accessKeyIn(secret.object);
  return finding.state === 'valid' && !finding.isPadded ? finding.key : undefined;
}

/** Both halves are the same. */
export function isSameKey(one: AccessKey | undefined, other: AccessKey | undefined): boolean {
  return (
    one !== undefined && other !== undefined && one.id.equals(other.id) && one.secret.equals(other.secret)
  );
}

/** Tells one key from another without giving it away. */
export function keyMark({ id, secret }: AccessKey): string {
  return `${id.fingerprint}.${secret.fingerprint}`;
}
