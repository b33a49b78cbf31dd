import { describe, expect, test } from '@jest/globals';
import { APPROVE_ANNOTATION, RESTORE_FINALIZER } from '../../../src/api/annotations.ts';
import { STATUS_LIMITS } from '../../../src/api/hybrid-network.ts';
import type { Condition, ConditionStatus, HybridNetworkStatus } from '../../../src/api/hybrid-network.ts';
import type { Outcome } from '../../../src/plan/concern-condition.ts';
import type { Facts, Workload } from '../../../src/plan/facts.ts';
import type { Failure } from '../../../src/plan/failure.ts';
import { planFor } from '../../../src/plan/plan.ts';
import { statusFor } from '../../../src/plan/status.ts';
import { FakeWorld } from '../../support/fake-world.ts';
import {
  ABSENT,
  condition,
  configMap,
  facts,
  goodEniConfig,
  KEY_VALUES,
  mountingSecret,
  network,
  nodes,
  present,
  secret,
} from '../../support/make-facts.ts';
import type { FactsOptions, NetworkOptions } from '../../support/make-facts.ts';
import { byHelm, daemonSet } from '../../support/make-workload.ts';
import { calicoManifest, flannelManifest, terwayAddOn } from '../../support/shipped-workloads.ts';

const NOW = new Date('2026-03-01T12:00:00.500Z');
const terway = mountingSecret(terwayAddOn());
const raw: readonly Workload[] = [terway, ...calicoManifest()];

/** The workloads as the operator leaves them. */
const settled = await (async (): Promise<readonly Workload[]> => {
  const world = new FakeWorld({
    networks: [network({ spec: { approveAbove: 100 } })],
    nodes: nodes({ onPremises: 2, cloud: 1 }),
    workloads: raw,
    eniConfig: goodEniConfig(),
    addonSecret: secret(KEY_VALUES),
  });
  await world.reconcile();
  return world.workloads;
})();

interface Situation extends Omit<FactsOptions, 'network'> {
  readonly network?: NetworkOptions;
  /** What became of every action that was tried. */
  readonly failure?: Failure;
  readonly failingSince?: Date;
}

function known({ network: own = {}, ...options }: Situation): Facts {
  return facts({ workloads: settled, ...options, network: network(own) });
}

function statusIn(situation: Situation): HybridNetworkStatus {
  const all = known(situation);
  const plan = planFor(all);
  const { failure, failingSince } = situation;
  const tried = plan.concerns.flatMap(({ run }) => run);
  const outcomes = tried.map((action): Outcome => ({
    action,
    ...(failure === undefined ? {} : { failure }),
  }));
  return statusFor(plan, all, { outcomes, now: NOW, failingSince });
}

function find({ conditions = [] }: HybridNetworkStatus, type: string): Condition | undefined {
  return conditions.find((one) => one.type === type);
}

const was = (status: ConditionStatus): HybridNetworkStatus => ({ conditions: [condition('Ready', status)] });
const UNEXPECTED: Failure = { kind: 'Unexpected', message: 'connection reset' };
const FORBIDDEN: Failure = {
  kind: 'NotYet',
  reason: 'Forbidden',
  message: 'cannot patch',
  retryAfterMs: 60_000,
};

interface Row {
  readonly situation: Situation;
  /** `status/reason` */
  readonly ready: string;
  readonly reconciling?: boolean;
  readonly stalled?: boolean;
}

const ROWS: Record<string, Row> = {
  'a new spec whose first writes are under way': {
    situation: { workloads: raw },
    ready: 'Unknown/Progressing',
    reconciling: true,
  },
  'all held': { situation: {}, ready: 'True/Reconciled' },
  'a transient error keeps Ready True': {
    situation: { network: { status: was('True') }, workloads: raw, failure: UNEXPECTED },
    ready: 'True/ProgressingWithRetry',
    reconciling: true,
  },
  'a transient error keeps Ready Unknown': {
    situation: { workloads: raw, failure: UNEXPECTED },
    ready: 'Unknown/ProgressingWithRetry',
    reconciling: true,
  },
  'a request for patience is a transient error': {
    situation: {
      network: { status: was('True') },
      workloads: raw,
      failure: { kind: 'Throttled', message: 'slow', retryAfterMs: 9 },
    },
    ready: 'True/ProgressingWithRetry',
    reconciling: true,
  },
  'a transient error of almost two minutes': {
    situation: {
      network: { status: was('True') },
      workloads: raw,
      failure: UNEXPECTED,
      failingSince: new Date(NOW.getTime() - 119_999),
    },
    ready: 'True/ProgressingWithRetry',
    reconciling: true,
  },
  'a transient error of two minutes': {
    situation: {
      network: { status: was('True') },
      workloads: raw,
      failure: UNEXPECTED,
      failingSince: new Date(NOW.getTime() - 120_000),
    },
    ready: 'Unknown/ProgressingWithRetry',
    reconciling: true,
  },
  'Terway is not there': { situation: { workloads: settled.slice(1) }, ready: 'False/DaemonSetNotFound' },
  'the CNI is not there': { situation: { workloads: settled.slice(0, 1) }, ready: 'False/CNINotFound' },
  'no cloud node yet': { situation: { nodes: nodes({ onPremises: 2 }) }, ready: 'True/Reconciled' },
  'two CNIs': {
    situation: { workloads: [...settled, ...flannelManifest()] },
    ready: 'False/AmbiguousCNI',
    stalled: true,
  },
  'the Secret is missing': {
    situation: { addonSecret: ABSENT },
    ready: 'False/SecretNotFound',
    stalled: true,
  },
  'a bad key': {
    situation: { addonSecret: present(secret({ ...KEY_VALUES, 'access-key-id': 'a b' })) },
    ready: 'False/SecretMalformed',
    stalled: true,
  },
  'eni_conf is malformed': {
    situation: { eniConfig: present(configMap({ eni_conf: '{' })) },
    ready: 'False/ConfigMapMalformed',
    stalled: true,
  },
  'Observe with something to do': {
    situation: { network: { spec: { enforcement: 'Observe' } }, workloads: raw },
    ready: 'False/PlanPending',
  },
  'Observe with nothing to do': {
    situation: { network: { spec: { enforcement: 'Observe' } } },
    ready: 'True/Reconciled',
  },
  'an approval is awaited': {
    situation: { network: { spec: { approveAbove: 0 } }, workloads: raw },
    ready: 'False/ApprovalRequired',
    stalled: true,
  },
  'a deletion waits': {
    situation: {
      network: { deleting: true, finalizers: [RESTORE_FINALIZER], spec: { deletionPolicy: 'Restore' } },
    },
    ready: 'False/DeletionBlocked',
    stalled: true,
  },
  'a rollout of the CNI is waited for': {
    situation: { workloads: raw.map((one) => ({ ...one, observedGeneration: 0 })) },
    ready: 'Unknown/RolloutInProgress',
    reconciling: true,
  },
  'the exclusion is not ours to write': {
    situation: {
      network: { spec: { onPremises: { workloads: [{ kind: 'DaemonSet', namespace: 'a', name: 'a' }] } } },
      workloads: [
        ...settled,
        daemonSet({
          name: 'a',
          namespace: 'a',
          ...byHelm('a'),
          terms: [{ matchExpressions: [{ key: 'kubernetes.io/os', operator: 'Exists' }] }],
        }),
      ],
    },
    ready: 'False/ManagedElsewhere',
    stalled: true,
  },
  'a right is missing': {
    situation: { workloads: raw, failure: FORBIDDEN },
    ready: 'False/Forbidden',
    stalled: true,
  },
  'the API server refuses': {
    situation: { workloads: raw, failure: { kind: 'Invalid', reason: 'Invalid', message: 'no' } },
    ready: 'False/Refused',
    stalled: true,
  },
  'an older network owns the target': {
    situation: { others: [network({ name: 'older', created: '2025-01-01T00:00:00Z' })] },
    ready: 'False/Conflict',
    stalled: true,
  },
  'an invalid spec': {
    situation: { network: { spec: { onPremises: { workloads: [{ kind: 'DaemonSet', namespace: 'a' }] } } } },
    ready: 'False/InvalidSpec',
    stalled: true,
  },
  'suspend keeps Ready True': {
    situation: { network: { spec: { suspend: true }, status: was('True') }, workloads: raw },
    ready: 'True/Suspended',
  },
  'suspend keeps Ready False': {
    situation: { network: { spec: { suspend: true }, status: was('False') } },
    ready: 'False/Suspended',
  },
  'suspended from the start': {
    situation: { network: { spec: { suspend: true } } },
    ready: 'Unknown/Suspended',
  },
};

test.each(Object.entries(ROWS))('%s', (_, { situation, ready, reconciling = false, stalled = false }) => {
  const status = statusIn(situation);
  const sum = find(status, 'Ready');

  expect(`${sum?.status}/${sum?.reason}`).toBe(ready);
  expect(find(status, 'Reconciling')?.status).toBe(reconciling ? 'True' : undefined);
  expect(find(status, 'Stalled')?.status).toBe(stalled ? 'True' : undefined);
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

  expect(find(status, 'Ready')).toMatchObject({ status: 'True', reason: 'Progressing' });
  expect(find(status, 'Reconciling')?.status).toBe('True');
  expect(
    find(statusIn({ network: { status: before, generation: 2 }, workloads: drifted }), 'Ready')?.status,
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

    expect(find(status, 'Ready')?.reason).toBe('SecretNotFound');
    expect(find(status, 'TerwayPlaced')?.reason).toBe('DaemonSetNotFound');
  });

  test('keep their time as long as their status stays', () => {
    const before = { conditions: [condition('Ready', 'True'), condition('TerwayPlaced', 'False')] };
    const status = statusIn({ network: { status: before } });

    expect(find(status, 'Ready')).toMatchObject({
      status: 'True',
      lastTransitionTime: '2026-01-02T00:00:00Z',
    });
    expect(find(status, 'TerwayPlaced')).toMatchObject({
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
  const join = (situation: Situation) => find(statusIn(situation), 'CloudJoinReady');

  expect(join({})?.status).toBe('True');
  expect(join({ addonSecret: ABSENT })).toMatchObject({ status: 'False', reason: 'SecretNotFound' });
  expect(join({ workloads: settled.slice(1) })?.message).toMatch(/^TerwayPlaced: /);
  expect(join({ workloads: raw })?.status).toBe('False');
});

describe('what waits', () => {
  const status = statusIn({ network: { spec: { approveAbove: 0 } }, workloads: raw });
  const isolated = find(status, 'OnPremisesIsolated');

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
    const message = find(statusIn({ workloads: raw, failure: FORBIDDEN }), 'OnPremisesIsolated')?.message;

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
    expect(find(refused, 'Ready')?.message).toMatch(/…$/);
  });
});
