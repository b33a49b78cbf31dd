import { describe, expect, test } from '@jest/globals';
import type { HybridNetworkStatus } from '../../../src/api/hybrid-network.ts';
import type { Action, WorkloadPatch } from '../../../src/plan/actions.ts';
import { announcementsOf, announceTransition } from '../../../src/plan/announcements.ts';
import { condition, network } from '../../support/make-facts.ts';
import { daemonSet } from '../../support/make-workload.ts';

const agent = daemonSet({ name: 'agent' });

function patch(changes: Partial<WorkloadPatch>): WorkloadPatch {
  return {
    kind: 'workload.patch',
    verb: 'KeepOffCloud',
    class: 'change',
    workload: agent,
    patch: [],
    template: undefined,
    widens: false,
    why: 'Because.',
    ...changes,
  };
}

const ACTIONS: Record<string, { action: Action; reason: string | undefined }> = {
  'a first placement of Terway': {
    action: patch({ verb: 'PlaceOnCloud', class: 'guard' }),
    reason: 'TerwayPlaced',
  },
  'a repaired placement of Terway': {
    action: patch({ verb: 'PlaceOnCloud', class: 'guard', isRepair: true }),
    reason: 'DriftCorrected',
  },
  'a first exclusion': { action: patch({}), reason: 'IsolationApplied' },
  'a repaired exclusion': { action: patch({ class: 'repair', isRepair: true }), reason: 'DriftCorrected' },
  'a hold without a change': { action: patch({ class: 'record' }), reason: undefined },
  'a withdrawal': { action: patch({ verb: 'Withdraw' }), reason: 'IsolationRemoved' },
  'a released hold': { action: patch({ verb: 'ReleaseHold', class: 'record' }), reason: 'HoldReleased' },
  'a Secret': {
    action: {
      kind: 'secret.write',
      verb: 'WriteSecret',
      class: 'repair',
      existing: undefined,
      values: new Map(),
      why: 'Because.',
    },
    reason: 'CredentialsUpdated',
  },
  'an eni-config': {
    action: {
      kind: 'configMap.create',
      verb: 'WriteConfigMap',
      class: 'repair',
      annotations: {},
      data: {},
      why: 'Because.',
    },
    reason: 'EniConfigUpdated',
  },
  'a finalizer': {
    action: {
      kind: 'finalizer.add',
      verb: 'AddFinalizer',
      class: 'record',
      network: 'idc',
      generation: 1,
      why: 'Because.',
    },
    reason: undefined,
  },
};

test('a finalizer that the API server refuses is told once, with the way out: it belongs to no condition', () => {
  const action: Action = {
    ...{ kind: 'finalizer.remove', verb: 'RemoveFinalizer', class: 'record' },
    ...{ network: 'idc', generation: 1, why: 'Because.' },
  };
  const failure = { kind: 'Invalid', reason: 'Invalid', message: 'spec: Required value' } as const;
  const [told] = announcementsOf([{ action, failure }]);
  expect(told).toMatchObject({ type: 'Warning', reason: 'Refused' });
  expect(told?.note).toContain('Correct its spec: kubectl edit hn idc');
  expect(told?.note).toContain('spec: Required value');
  expect(announcementsOf([{ action, failure, isRepeated: true }])).toEqual([]);
});

describe('what was done is told', () => {
  test.each(Object.entries(ACTIONS))('%s', (_, { action, reason }) => {
    expect(announcementsOf([{ action }]).map((one) => one.reason)).toEqual(
      reason === undefined ? [] : [reason],
    );
  });

  test('with the object that was touched and the reason in words', () => {
    expect(announcementsOf([{ action: patch({}) }])).toEqual([
      {
        type: 'Normal',
        reason: 'IsolationApplied',
        action: 'KeepOffCloud',
        note: 'Because.',
        related: { kind: 'DaemonSet', namespace: 'kube-system', name: 'agent', uid: agent.uid },
      },
    ]);
  });

  test('and what failed is not', () => {
    expect(announcementsOf([{ action: patch({}), failure: { kind: 'Conflict', message: 'x' } }])).toEqual([]);
  });
});

describe('a transition of Ready', () => {
  const status = (value: 'True' | 'False' | 'Unknown', reason = 'Before'): HybridNetworkStatus => ({
    conditions: [{ ...condition('Ready', value), reason, message: 'Words.' }],
  });

  test('is told, as a warning where a person is needed', () => {
    expect(announceTransition(network({ status: status('True') }), status('False'))).toEqual([
      { type: 'Warning', reason: 'Before', action: 'Reconcile', note: 'Words.' },
    ]);
    expect(announceTransition(network({ status: status('False') }), status('True'))).toMatchObject([
      { type: 'Normal' },
    ]);
  });

  test('of the reason alone is told', () => {
    expect(
      announceTransition(network({ status: status('False') }), status('False', 'Forbidden')),
    ).toHaveLength(1);
  });

  test('is not told where nothing changed but the message', () => {
    const next = { conditions: [{ ...condition('Ready', 'True'), message: 'other' }] };

    expect(announceTransition(network({ status: status('True') }), next)).toEqual([]);
  });

  test('is told where there was no status', () => {
    expect(announceTransition(network(), status('True'))).toHaveLength(1);
    expect(announceTransition(network({ status: status('True') }), {})).toEqual([]);
  });
});

describe('a check of the cloud side', () => {
  const asked = { ...condition('CloudValidated', 'True'), reason: 'Validated' };
  const check = (id: string, severity: 'error' | 'info' = 'error') => ({
    id,
    severity,
    message: 'It is so.',
    remediation: 'Mend it.',
  });
  const told = (before: HybridNetworkStatus['checks'], next: HybridNetworkStatus) =>
    announceTransition(network({ status: before === undefined ? {} : { checks: before } }), next).map(
      ({ type, reason, note }) => [type, reason, note],
    );

  test('is told when it begins to fail and when it no longer does, once', () => {
    expect(told(undefined, { conditions: [asked], checks: [check('C12'), check('C15', 'info')] })).toEqual([
      ['Warning', 'CheckFailed', 'C12: It is so. Mend it.'],
      ['Normal', 'CheckFailed', 'C15: It is so. Mend it.'],
    ]);
    expect(told([check('C12')], { conditions: [asked], checks: [check('C12')] })).toEqual([]);
    expect(told([check('C12')], { conditions: [asked] })).toEqual([
      ['Normal', 'CheckRecovered', 'C12 no longer fails.'],
    ]);
  });

  test('is not told to be well because nobody asks any more', () => {
    expect(told([check('C12')], { conditions: [{ ...asked, reason: 'NotAsked' }] })).toEqual([]);
  });
});
