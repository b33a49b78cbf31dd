import { describe, expect, test } from '@jest/globals';
import { APPROVE_ANNOTATION } from '../../../src/api/annotations.ts';
import { STATUS_LIMITS } from '../../../src/api/hybrid-network.ts';
import type { HybridNetworkStatus } from '../../../src/api/hybrid-network.ts';
import type { Failure } from '../../../src/plan/failure.ts';
import { ABSENT, condition } from '../../support/make-facts.ts';
import { daemonSet } from '../../support/make-workload.ts';
import { calicoManifest } from '../../support/shipped-workloads.ts';
import { conditionIn, raw, settled, statusIn } from '../../support/situation.ts';
import type { Situation } from '../../support/situation.ts';
import { FORBIDDEN, UNEXPECTED } from '../../support/state-row.ts';
import { STATES } from '../../support/state-table.ts';

test.each(Object.entries(STATES))('%s', (_, { situation, ready, reconciling = false, stalled = false }) => {
  const status = statusIn(situation);
  const sum = conditionIn(status, 'Ready');

  expect(`${sum?.status}/${sum?.reason}`).toBe(ready);
  expect(conditionIn(status, 'Reconciling')?.status).toBe(reconciling ? 'True' : undefined);
  expect(conditionIn(status, 'Stalled')?.status).toBe(stalled ? 'True' : undefined);
  expect(sum?.message).toMatch(/\S/);
});

test('an established network that is repaired says so with its counts while it is True', () => {
  const drifted = settled.map((one) =>
    one.name === 'calico-node' ? { ...one, template: calicoManifest()[0]?.template ?? one.template } : one,
  );
  const before: HybridNetworkStatus = {
    observedGeneration: 1,
    conditions: [condition('Ready', 'True'), condition('OnPremisesIsolated', 'True')],
  };
  const status = statusIn({ network: { status: before }, workloads: drifted });

  expect(conditionIn(status, 'Ready')).toMatchObject({ status: 'True', reason: 'Progressing' });
  expect(conditionIn(status, 'Reconciling')?.status).toBe('True');
  expect(
    conditionIn(statusIn({ network: { status: before, generation: 2 }, workloads: drifted }), 'Ready')
      ?.status,
  ).toBe('Unknown');
});

describe('conditions', () => {
  const types = ({ conditions = [] }: HybridNetworkStatus) => conditions.map(({ type }) => type);

  test('the sum stands first, then each concern, then whether the next cloud node may come', () => {
    expect(types(statusIn({}))).toEqual([
      'Ready',
      'TerwayPlaced',
      'OnPremisesIsolated',
      'OverlayReady',
      'TerwayReady',
      'CredentialsSynced',
      'ENIConfigSynced',
      'CloudValidated',
      'CloudJoinReady',
    ]);
    expect(types(statusIn({ addonSecret: ABSENT })).slice(0, 2)).toEqual(['Ready', 'Stalled']);
    expect(types(statusIn({ workloads: raw })).slice(0, 2)).toEqual(['Ready', 'Reconciling']);
  });

  test('a person stands before what passes by itself', () => {
    const status = statusIn({ workloads: settled.slice(1), addonSecret: ABSENT });

    expect(conditionIn(status, 'Ready')?.reason).toBe('SecretNotFound');
    expect(conditionIn(status, 'TerwayPlaced')?.reason).toBe('DaemonSetNotFound');
  });

  test('keep their time as long as their status stays', () => {
    const before = { conditions: [condition('Ready', 'True'), condition('TerwayPlaced', 'False')] };
    const status = statusIn({ network: { status: before } });

    expect(conditionIn(status, 'Ready')).toMatchObject({
      status: 'True',
      lastTransitionTime: '2026-01-02T00:00:00Z',
    });
    expect(conditionIn(status, 'TerwayPlaced')).toMatchObject({
      status: 'True',
      lastTransitionTime: '2026-03-01T12:00:00Z',
    });
  });

  test('name the generation that they are about', () => {
    const status = statusIn({ network: { generation: 7 } });

    expect(status.observedGeneration).toBe(7);
    for (const one of status.conditions ?? []) expect(one.observedGeneration).toBe(7);
  });

  test('of the same situation are the same', () => {
    const first = statusIn({});

    expect(statusIn({ network: { status: first } })).toEqual(first);
  });
});

test('the next cloud node may come when all four are in force, and not before', () => {
  const join = (situation: Situation) => conditionIn(statusIn(situation), 'CloudJoinReady');

  expect(join({})?.status).toBe('True');
  expect(join({ addonSecret: ABSENT })).toMatchObject({ status: 'False', reason: 'SecretNotFound' });
  expect(join({ workloads: settled.slice(1) })?.message).toMatch(/^TerwayPlaced: /);
  expect(join({ workloads: raw })?.status).toBe('False');
});

describe('what waits', () => {
  const status = statusIn({ network: { spec: { approveAbove: 0 } }, workloads: raw });
  const isolated = conditionIn(status, 'OnPremisesIsolated');

  test('stands in the plan with its effect, its reason and the hash', () => {
    expect(status.plan?.hash).toMatch(/^[0-9a-f]{12}$/);
    expect(status.plan?.actions?.[0]).toMatchObject({
      action: 'KeepOffCloud',
      target: { kind: 'DaemonSet', namespace: 'kube-system', name: 'calico-node' },
      podsRestarted: 2,
      podsEvicted: 1,
      waitsFor: 'Approval',
    });
  });

  test('is told with its counts and the exact command', () => {
    expect(isolated?.message).toMatch(/restarts \d+ pods? and evicts 1 pod;/);
    expect(isolated?.message).toContain(
      `kubectl annotate hn idc --overwrite ${APPROVE_ANNOTATION}=${status.plan?.hash}`,
    );
  });

  test('of a missing right is told with the exact command', () => {
    const message = conditionIn(
      statusIn({ workloads: raw, failure: FORBIDDEN }),
      'OnPremisesIsolated',
    )?.message;

    expect(message).toContain(
      'kubectl -n kube-system create rolebinding hybridnetwork-operator-workloads --clusterrole=hybridnetwork-operator-workloads --serviceaccount=hybridnetwork-system:hybridnetwork-operator',
    );
  });
});

describe('an approved change of which a part failed', () => {
  const asked = statusIn({ network: { spec: { approveAbove: 0 } }, workloads: raw });
  const again = (failure: Failure | undefined) =>
    statusIn({
      network: {
        spec: { approveAbove: 0 },
        status: asked,
        annotations: { [APPROVE_ANNOTATION]: asked.plan?.hash ?? '' },
      },
      workloads: raw,
      ...(failure === undefined ? {} : { failure }),
    }).plan;

  test('keeps its plan, so that the rest stays approved', () => {
    expect(again(UNEXPECTED)).toEqual(asked.plan);
  });

  test('loses its plan when it is done', () => {
    expect(again(undefined)).toBeUndefined();
  });
});

describe('bounds', () => {
  const many = Array.from({ length: 300 }, (_, n) =>
    daemonSet({ name: `agent-${n}-${'x'.repeat(200)}`, namespace: 'a', labels: { all: 'yes' } }),
  );
  const workloads = [
    { kind: 'DaemonSet', namespace: 'a', labelSelector: { matchLabels: { all: 'yes' } } },
  ] as const;
  const onPremises = { workloads: [...workloads] };

  test('hold for lists and messages', () => {
    const waits = statusIn({
      network: { spec: { onPremises, approveAbove: 0 } },
      workloads: [...settled, ...many],
    });
    const failure: Failure = { kind: 'Invalid', reason: 'x', message: '🏷'.repeat(9_000) };
    const refused = statusIn({ workloads: raw, failure });

    expect(waits.workloads).toHaveLength(STATUS_LIMITS.workloads);
    expect(waits.plan?.actions).toHaveLength(STATUS_LIMITS['plan.actions']);
    for (const { message } of [...(waits.conditions ?? []), ...(refused.conditions ?? [])]) {
      expect(message.length).toBeLessThanOrEqual(STATUS_LIMITS['conditions[].message']);
      expect(message.isWellFormed()).toBe(true);
    }
    expect(conditionIn(refused, 'Ready')?.message).toMatch(/…$/);
  });
});
