import { describe, expect, test } from '@jest/globals';
import { claimsOf } from '../../../../src/plan/claims.ts';
import { credentials } from '../../../../src/plan/concerns/credentials.ts';
import type { Verdict } from '../../../../src/plan/concern.ts';
import type { Facts } from '../../../../src/plan/facts.ts';
import {
  ABSENT,
  facts,
  KEY_VALUES,
  network,
  OTHER_KEY_VALUES,
  present,
  secret,
  UNKNOWN,
} from '../../../support/make-facts.ts';

type Read = Facts['addonSecret'];

const GOOD = present(secret(KEY_VALUES));
const OTHER = present(secret(OTHER_KEY_VALUES));
const BROKEN = present(secret({ ...KEY_VALUES, 'access-key-id': '${ID}' }));
const PADDED = present(
  secret({ ...KEY_VALUES, 'access-key-secret': `${KEY_VALUES['access-key-secret']}\n` }),
);
const FORBIDDEN: Read = { state: 'forbidden', why: 'secrets is forbidden' };

function judged(addonSecret: Read, sourceSecret?: Read): Verdict {
  const spec = sourceSecret === undefined ? {} : { credentials: { secretRef: { name: 'ram-user' } } };
  const own = network({ spec });
  const all = facts({ network: own, addonSecret, ...(sourceSecret === undefined ? {} : { sourceSecret }) });
  return credentials.plan(all, claimsOf([own], []));
}

interface Case {
  readonly addon: Read;
  readonly source?: Read;
  /** `health/reason` */
  readonly says: string;
  readonly inForce: boolean;
  readonly writes?: boolean;
}

const CASES: Record<string, Case> = {
  'without a source a good key is in place': { addon: GOOD, says: 'ok/Synced', inForce: true },
  'without a source a missing Secret needs a person': {
    addon: ABSENT,
    says: 'failed/SecretNotFound',
    inForce: false,
  },
  'without a source a bad key needs a person': {
    addon: BROKEN,
    says: 'failed/SecretMalformed',
    inForce: false,
  },
  'without a source white space around a key needs a person': {
    addon: PADDED,
    says: 'failed/SecretMalformed',
    inForce: false,
  },
  'a Secret that may not be read needs a person': {
    addon: FORBIDDEN,
    says: 'failed/Forbidden',
    inForce: false,
  },
  'a Secret that has not been read yet is awaited': {
    addon: UNKNOWN,
    says: 'unknown/Observing',
    inForce: false,
  },
  'the key of the source is created': {
    addon: ABSENT,
    source: GOOD,
    says: 'working/Progressing',
    inForce: false,
    writes: true,
  },
  'another key is replaced, and is good until then': {
    addon: OTHER,
    source: GOOD,
    says: 'working/Progressing',
    inForce: true,
    writes: true,
  },
  'white space around the published key is replaced': {
    addon: PADDED,
    source: GOOD,
    says: 'working/Progressing',
    inForce: false,
    writes: true,
  },
  'white space around the key of the source is not published': {
    addon: GOOD,
    source: PADDED,
    says: 'ok/Synced',
    inForce: true,
  },
  'the same key is left alone': { addon: GOOD, source: GOOD, says: 'ok/Synced', inForce: true },
  'a missing source leaves the last good key in place': {
    addon: GOOD,
    source: ABSENT,
    says: 'failed/SecretNotFound',
    inForce: true,
  },
  'a bad source leaves the last good key in place': {
    addon: GOOD,
    source: BROKEN,
    says: 'failed/SecretMalformed',
    inForce: true,
  },
  'a bad source and nothing in place': {
    addon: ABSENT,
    source: BROKEN,
    says: 'failed/SecretMalformed',
    inForce: false,
  },
  'a source that may not be read needs a person': {
    addon: GOOD,
    source: FORBIDDEN,
    says: 'failed/Forbidden',
    inForce: false,
  },
  'nothing is written while the published Secret has not been read': {
    addon: UNKNOWN,
    source: GOOD,
    says: 'unknown/Observing',
    inForce: false,
  },
};

test.each(Object.entries(CASES))('%s', (_, { addon, source, says, inForce, writes = false }) => {
  const verdict = judged(addon, source);

  expect(`${verdict.health}/${verdict.reason}`).toBe(says);
  expect(verdict.inForce).toBe(inForce);
  expect(verdict.actions).toHaveLength(writes ? 1 : 0);
  expect(JSON.stringify(verdict)).not.toMatch(/LTAI5t|Zk9|\$\{ID\}/);
});

describe('the remedy', () => {
  test('for a source is the command that makes it', () => {
    expect(judged(GOOD, ABSENT).message).toContain(
      'kubectl -n hybridnetwork-system create secret generic ram-user --from-file=access-key-id --from-file=access-key-secret',
    );
  });

  test('for the shared Secret never deletes it', () => {
    expect(judged(BROKEN).message).toContain(
      'kubectl -n kube-system patch secret alibaba-addon-secret --type merge',
    );
    expect(judged(BROKEN).message).not.toMatch(/delete/i);
  });
});

test('a write is tied to the Secret that was read', () => {
  const [action] = judged(OTHER, GOOD).actions;

  expect(action).toMatchObject({ kind: 'secret.write', existing: { uid: 'uid-secret', hasData: true } });
});

test('Restore leaves the Secret', () => {
  expect(credentials.unplan(facts(), claimsOf([], []))).toMatchObject({ health: 'ok', actions: [] });
});
