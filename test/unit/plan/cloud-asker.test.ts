import { describe, expect, test } from '@jest/globals';
import { askerMark, askerOf } from '../../../src/plan/cloud-asker.ts';
import type { AskerFinding } from '../../../src/plan/cloud-asker.ts';
import type { Facts } from '../../../src/plan/facts.ts';
import type { KeyTrial } from '../../../src/plan/key-trial.ts';
import {
  ABSENT,
  facts,
  KEY_VALUES,
  network,
  OTHER_KEY_VALUES,
  present,
  secret,
  UNKNOWN,
} from '../../support/make-facts.ts';

const READER = { 'access-key-id': 'LTAI5tReader', 'access-key-secret': 'ReadersSecret' };
const TROUBLE = {
  reason: 'Unreachable',
  action: 'DescribeVpcs',
  failure: { kind: 'Unexpected', message: 'no answer' },
} as const;

function factsOf(changes: Partial<Facts> = {}): Facts {
  const spec = {
    cloud: { regionID: 'cn-hangzhou', credentialsRef: { name: 'cloud-reader' } },
    credentials: { secretRef: { name: 'ram-user' } },
  };
  return { ...facts({ network: network({ spec }), sourceSecret: present(secret(KEY_VALUES)) }), ...changes };
}

function idOf(finding: AskerFinding): string | undefined {
  return finding.state === 'known' && finding.asker.by !== 'Process'
    ? finding.asker.key.id.reveal()
    : undefined;
}

describe('the key for reading that the spec names', () => {
  test('asks, trimmed, before every other identity', () => {
    const padded = { ...READER, 'access-key-id': ' LTAI5tReader\n' };
    const found = askerOf(factsOf({ readerSecret: present(secret(padded)), hasOwnIdentity: true }));
    expect(found).toMatchObject({ asker: { by: 'Reader' } });
    expect(idOf(found)).toBe('LTAI5tReader');
  });

  test.each<[string, Facts['readerSecret'], string, string]>([
    [
      'is not there',
      ABSENT,
      'SecretNotFound',
      'kubectl -n hybridnetwork-system create secret generic cloud-reader --from-file=access-key-id',
    ],
    [
      'lacks a value',
      present(secret({ 'access-key-id': 'LTAI5tReader' })),
      'SecretKeyMissing',
      'lacks a value for access-key-secret',
    ],
    [
      'is none',
      present(secret({ ...READER, 'access-key-id': '${ID}' })),
      'SecretMalformed',
      'has white space, a placeholder',
    ],
    ['may not be read', { state: 'forbidden', why: 'no right' }, 'Forbidden', 'helm upgrade'],
  ])('that %s is told with the remedy, and nobody stands in for it', (_, readerSecret, fault, says) => {
    const found = askerOf(factsOf({ readerSecret, hasOwnIdentity: true }));
    expect(found).toMatchObject({ state: 'nobody', fault, why: expect.stringContaining(says) });
    expect(found).toMatchObject({ why: expect.stringContaining('spec.cloud.credentialsRef') });
  });

  test('that has not been read is waited for, and told where it was tried in vain', () => {
    expect(askerOf(factsOf({ readerSecret: UNKNOWN }))).toEqual({ state: 'unread' });
    const failed = askerOf(factsOf({ readerSecret: { state: 'unknown', why: 'no answer' } }));
    expect(failed).toMatchObject({ state: 'nobody', why: expect.stringContaining('no answer') });
    expect(failed).not.toHaveProperty('fault');
  });
});

test('without a key of its own the identity of the process asks, whatever key Terway has', () => {
  expect(askerOf(factsOf({ hasOwnIdentity: true, addonSecret: UNKNOWN }))).toEqual({
    state: 'known',
    asker: { by: 'Process' },
  });
});

describe('the key that Terway works with', () => {
  const trial = (answer: KeyTrial): Partial<Facts> => ({
    addonSecret: present(secret(OTHER_KEY_VALUES)),
    keyTrial: () => answer,
  });
  const NEW = KEY_VALUES['access-key-id'];
  const IN_PLACE = OTHER_KEY_VALUES['access-key-id'];

  test.each<[string, KeyTrial, string]>([
    ['is on trial', { state: 'pending' }, IN_PLACE],
    ['is refused', { state: 'rejected', trouble: TROUBLE }, IN_PLACE],
    ['cannot be tried', { state: 'unknown', trouble: TROUBLE }, IN_PLACE],
    ['is taken', { state: 'accepted' }, NEW],
    ['is not to be tried', { state: 'notAsked' }, NEW],
  ])('while a new one %s: the one that works asks', (_, answer, id) => {
    expect(idOf(askerOf(factsOf(trial(answer))))).toBe(id);
  });

  test('is the new one where none that Terway could use is in place', () => {
    const answer: KeyTrial = { state: 'rejected', trouble: TROUBLE };
    expect(idOf(askerOf(factsOf({ ...trial(answer), addonSecret: ABSENT })))).toBe(NEW);
    const padded = { ...OTHER_KEY_VALUES, 'access-key-id': `${IN_PLACE} ` };
    expect(idOf(askerOf(factsOf({ ...trial(answer), addonSecret: present(secret(padded)) })))).toBe(NEW);
  });

  test('is the one in place where the source holds none', () => {
    expect(idOf(askerOf(factsOf({ ...trial({ state: 'accepted' }), sourceSecret: ABSENT })))).toBe(IN_PLACE);
  });

  test('may be none at all', () => {
    const found = askerOf(factsOf({ sourceSecret: ABSENT, addonSecret: ABSENT }));
    expect(found).toMatchObject({ state: 'nobody', why: expect.stringContaining('CredentialsSynced') });
    expect(found).not.toHaveProperty('fault');
  });
});

test('askers are told apart without giving anything away', () => {
  const marks = [KEY_VALUES, OTHER_KEY_VALUES].map((values) => {
    const found = askerOf(factsOf({ readerSecret: present(secret(values)) }));
    return found.state === 'known' ? askerMark(found.asker) : '';
  });
  expect(new Set([...marks, askerMark({ by: 'Process' })]).size).toBe(3);
  for (const value of Object.values(KEY_VALUES)) expect(marks.join()).not.toContain(value);
});
