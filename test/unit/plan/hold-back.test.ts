import { describe, expect, test } from '@jest/globals';
import type { CloudSpec } from '../../../src/api/hybrid-network.ts';
import { claimsOf } from '../../../src/plan/claims.ts';
import type { CloudSide } from '../../../src/plan/cloud-side.ts';
import { credentials } from '../../../src/plan/concerns/credentials.ts';
import { eniConfig } from '../../../src/plan/concerns/eni-config.ts';
import type { Concern, Verdict } from '../../../src/plan/concern.ts';
import type { Facts, SecretFact } from '../../../src/plan/facts.ts';
import {
  ABSENT,
  facts,
  KEY_VALUES,
  network,
  OTHER_KEY_VALUES,
  present,
  secret,
  TYPED,
} from '../../support/make-facts.ts';
import { failed, judged, judgement as judgementOf } from '../../support/make-judgement.ts';

const ENFORCED: CloudSpec = { regionID: 'cn-hangzhou', validation: 'Enforce' };
const WRONG = judged({ results: [failed('C12')] });

interface Situation {
  readonly cloud: CloudSide | undefined;
  readonly validation?: CloudSpec;
  /** Reason of the concern's condition under this generation. */
  readonly before?: string;
  readonly addon?: SecretFact | 'absent';
  readonly source?: SecretFact;
}

function secretAt(changedAt: string, values: Readonly<Record<string, string>> = KEY_VALUES): SecretFact {
  return { ...secret(values), changedAt };
}

function factsOf(type: string, situation: Situation): Facts {
  const { cloud, validation = ENFORCED, before, addon = 'absent', source = secret(KEY_VALUES) } = situation;
  const condition = {
    type,
    status: 'Unknown' as const,
    observedGeneration: 1,
    lastTransitionTime: '2026-01-02T00:00:00Z',
    reason: before ?? '',
    message: '',
  };
  const own = network({
    spec: {
      cloud: validation,
      credentials: { secretRef: { name: 'ram-user' } },
      terway: { eniConfig: { ...TYPED, maxPoolSize: 9 } },
    },
    ...(before === undefined ? {} : { status: { conditions: [condition] } }),
  });
  const addonSecret = addon === 'absent' ? ABSENT : present(addon);
  return { ...facts({ network: own, addonSecret, sourceSecret: present(source) }), cloud };
}

function verdictOf(concern: Concern, situation: Situation): Verdict {
  const all = factsOf(concern.condition, situation);
  return concern.plan(all, claimsOf(all.networks, []));
}

describe.each([
  ['eni-config', eniConfig],
  ['the Secret', credentials],
])('under Enforce %s', (_, concern) => {
  const says = (situation: Situation) => {
    const { reason, actions } = verdictOf(concern, situation);
    return { reason, writes: actions.length };
  };

  test('is not written for the first time while an error fails', () => {
    expect(says({ cloud: WRONG })).toEqual({ reason: 'HeldBack', writes: 0 });
    expect(verdictOf(concern, { cloud: WRONG }).message).toContain('because of C12');
  });

  test('is not written while the identity that the spec names cannot ask', () => {
    const cloud = { state: 'unasked', why: 'There is none.', fault: 'SecretNotFound' } as const;
    expect(says({ cloud })).toEqual({ reason: 'HeldBack', writes: 0 });
    expect(verdictOf(concern, { cloud }).message).toContain('see the condition CloudValidated');
  });

  test('waits until this spec has been judged', () => {
    const waiting = { reason: 'AwaitingValidation', writes: 0 };
    expect(says({ cloud: { state: 'pending' } })).toEqual(waiting);
    expect(says({ cloud: judged({ generation: 0 }) })).toEqual(waiting);
  });

  test.each<readonly [string, Situation]>([
    ['no error fails', { cloud: judged({ results: [failed('C06', 'warning')] }) }],
    ['the cloud cannot be asked', { cloud: judged({ results: [], troubles: ['It got no answer.'] }) }],
    ['the cloud is not asked', { cloud: { state: 'unasked', why: 'No key.' } }],
    ['it has been published under this spec, and drifted', { cloud: WRONG, before: 'Synced' }],
    ['somebody fights over it', { cloud: WRONG, before: 'FieldManagerConflict' }],
    ['validation is Warn', { cloud: WRONG, validation: { ...ENFORCED, validation: 'Warn' } }],
    ['validation is left out', { cloud: WRONG, validation: { regionID: 'cn-hangzhou' } }],
  ])('is written when %s', (__, situation) => {
    expect(says(situation)).toEqual({ reason: 'Progressing', writes: 1 });
  });
});

describe('under Enforce another access key', () => {
  const T1 = '2026-01-01T00:00:01Z';
  const T2 = '2026-01-01T00:00:02Z';
  const reasonOf = (situation: Situation): string =>
    verdictOf(credentials, { before: 'Synced', ...situation }).reason;

  test('is not written before it has been asked with', () => {
    const source = secretAt(T2, OTHER_KEY_VALUES);
    expect(reasonOf({ cloud: judged(), addon: secretAt(T1), source })).toBe('AwaitingValidation');
  });

  test('need not ask for itself where another identity asks', () => {
    const { key: _, ...judgement } = judgementOf();
    const source = secretAt(T2, OTHER_KEY_VALUES);
    expect(reasonOf({ cloud: { state: 'judged', judgement }, addon: secretAt(T1), source })).toBe(
      'Progressing',
    );
  });

  test('is told from a Secret that somebody changed', () => {
    const addon = secretAt(T2, OTHER_KEY_VALUES);
    expect(reasonOf({ cloud: WRONG, addon, source: secretAt(T1) })).toBe('Progressing');
    expect(reasonOf({ cloud: WRONG, addon: secretAt(T1, OTHER_KEY_VALUES), source: secretAt(T2) })).toBe(
      'HeldBack',
    );
  });
});
