import { describe, expect, test } from '@jest/globals';
import { APPROVE_ANNOTATION } from '../../../src/api/annotations.ts';
import type { HybridNetworkSpec, PlanStatus } from '../../../src/api/hybrid-network.ts';
import type { Action, ActionClass, WorkloadPatch } from '../../../src/plan/actions.ts';
import { exclude, exclusionsFor } from '../../../src/plan/exclusion.ts';
import { workloadKey } from '../../../src/plan/facts.ts';
import type { NodeFact, PodFact, Workload } from '../../../src/plan/facts.ts';
import { gate } from '../../../src/plan/gate.ts';
import type { Gated } from '../../../src/plan/gate.ts';
import { facts, network, node, nodes, podOf, podsFor, withAffinity } from '../../support/make-facts.ts';
import { daemonSet, deployment, LINUX, TOLERATE_ALL } from '../../support/make-workload.ts';
import type { WorkloadOptions } from '../../support/make-workload.ts';
import { terwayAddOn } from '../../support/shipped-workloads.ts';

const BOTH = exclusionsFor({ excludeVirtualNodes: true });
const agent = (options: Partial<WorkloadOptions> = {}): Workload =>
  daemonSet({
    name: 'calico-node',
    selector: { 'k8s-app': 'calico-node' },
    tolerations: TOLERATE_ALL,
    ...options,
  });

function action(workload: Workload, changes: Partial<WorkloadPatch>): WorkloadPatch {
  return {
    kind: 'workload.patch',
    verb: 'KeepOffCloud',
    class: 'change',
    workload,
    patch: [{ op: 'test', path: '/metadata/uid', value: workload.uid }],
    template: undefined,
    widens: false,
    why: 'because',
    ...changes,
  };
}

function keepOff(workload: Workload, kind: ActionClass = 'change'): WorkloadPatch {
  const { affinity } = exclude(workload.template, BOTH, undefined);
  return action(workload, { class: kind, template: withAffinity(workload, affinity).template });
}

/** From excluded back to what it was. */
function withdrawal(original: Workload): WorkloadPatch {
  const { affinity } = exclude(original.template, BOTH, undefined);
  return action(withAffinity(original, affinity), {
    verb: 'Withdraw',
    template: original.template,
    widens: true,
  });
}

interface Situation {
  readonly spec?: Partial<HybridNetworkSpec>;
  readonly approve?: string | undefined;
  readonly plan?: PlanStatus | undefined;
  readonly deleting?: boolean;
  readonly generation?: number;
  readonly nodes?: readonly NodeFact[];
  readonly pods?: Readonly<Record<string, readonly PodFact[] | undefined>>;
  readonly others?: readonly Workload[];
  /** Pods with Terway's label. */
  readonly terwayPods?: readonly PodFact[] | 'unread';
}

// What is kept off cloud nodes leaves them to Terway.
function besides(actions: readonly Action[]): readonly Workload[] {
  return actions.some((one) => one.kind === 'workload.patch' && one.widens) ? [] : [terwayAddOn()];
}

function gated(actions: readonly Action[], situation: Situation = {}): Gated {
  const { spec, approve, plan, deleting, generation } = situation;
  const own = network({
    ...(spec === undefined ? {} : { spec }),
    ...(approve === undefined ? {} : { annotations: { [APPROVE_ANNOTATION]: approve } }),
    ...(plan === undefined ? {} : { status: { plan } }),
    ...(deleting === undefined ? {} : { deleting }),
    ...(generation === undefined ? {} : { generation }),
  });
  const workloads = actions.flatMap((one) => (one.kind === 'workload.patch' ? [one.workload] : []));
  return gate(
    actions,
    facts({
      network: own,
      workloads: [...workloads, ...(situation.others ?? besides(actions))],
      ...(situation.nodes === undefined ? {} : { nodes: situation.nodes }),
      ...(situation.pods === undefined ? {} : { pods: situation.pods }),
      ...(situation.terwayPods === undefined ? {} : { terwayPods: situation.terwayPods }),
    }),
  );
}

const waitsFor = ({ wait }: Gated) => wait.map((one) => one.waitsFor);

describe('a change', () => {
  const three = nodes({ onPremises: 2, cloud: 1 });

  test('of few pods goes ahead', () => {
    const change = keepOff(agent());

    expect(gated([change], { nodes: three })).toEqual({ run: [change], wait: [] });
  });

  test('waits when it restarts and evicts more pods together than approveAbove', () => {
    const limit = (approveAbove: number) =>
      gated([keepOff(agent())], { nodes: three, spec: { approveAbove } });

    expect(waitsFor(limit(3))).toEqual([]);
    expect(waitsFor(limit(2))).toEqual(['Approval']);
    expect(limit(2).wait[0]).toMatchObject({
      effect: { restarted: 2, evicted: 1, widens: false },
      because: 'the change touches 3 pods, more than approveAbove 2',
    });
  });

  test('waits by default above ten pods', () => {
    expect(waitsFor(gated([keepOff(agent())], { nodes: nodes({ onPremises: 10 }) }))).toEqual([]);
    expect(waitsFor(gated([keepOff(agent())], { nodes: nodes({ onPremises: 11 }) }))).toEqual(['Approval']);
  });

  test('of approveAbove 0 waits for a single pod', () => {
    expect(
      waitsFor(gated([keepOff(agent())], { nodes: nodes({ onPremises: 1 }), spec: { approveAbove: 0 } })),
    ).toEqual(['Approval']);
  });

  test('is counted together with the others', () => {
    const typha = deployment({ name: 'calico-typha', replicas: 2 });
    const actions = [keepOff(agent()), keepOff(typha)];

    expect(waitsFor(gated(actions, { nodes: three, spec: { approveAbove: 4 } }))).toEqual([
      'Approval',
      'Approval',
    ]);
    expect(waitsFor(gated(actions, { nodes: three, spec: { approveAbove: 5 } }))).toEqual([]);
  });

  test('restarts nothing on-premises under OnDelete', () => {
    const change = keepOff(agent({ updateStrategy: 'OnDelete' }));

    expect(gated([change], { nodes: three, spec: { approveAbove: 0 } }).wait[0]?.effect).toEqual({
      restarted: 0,
      evicted: 1,
      widens: false,
    });
  });

  test('of annotations only never waits', () => {
    const record = action(agent(), { verb: 'Withdraw' });

    expect(gated([record], { spec: { approveAbove: 0 } }).run).toEqual([record]);
  });

  test('waits while its pods have not been read', () => {
    const pods = { [workloadKey(agent())]: undefined };

    expect(waitsFor(gated([keepOff(agent())], { pods }))).toEqual(['Observation']);
  });

  test('waits while the pods of another change have not been read: the limit is for all together', () => {
    const exporter = daemonSet({ name: 'exporter' });
    const result = gated([keepOff(agent()), keepOff(exporter)], {
      pods: { [workloadKey(exporter)]: undefined },
    });

    expect(waitsFor(result)).toEqual(['Observation', 'Observation']);
    expect(result.hash).toBeUndefined();
  });
});

test.each<ActionClass>(['guard', 'repair', 'record'])('a %s waits for nothing', (kind) => {
  const pods = { [workloadKey(agent())]: [] };
  const one = keepOff(agent(), kind);

  expect(gated([one], { spec: { approveAbove: 0 }, pods })).toEqual({ run: [one], wait: [] });
});

describe('a widening', () => {
  const cluster = nodes({ onPremises: 1, cloud: 1 });

  test('waits while there are cloud nodes, however few pods it touches', () => {
    expect(waitsFor(gated([withdrawal(agent())], { nodes: cluster, spec: { approveAbove: 100 } }))).toEqual([
      'Approval',
    ]);
  });

  test('waits while there are virtual nodes', () => {
    expect(waitsFor(gated([withdrawal(agent())], { nodes: nodes({ virtual: 1 }) }))).toEqual(['Approval']);
  });

  test('goes ahead where there are none', () => {
    expect(waitsFor(gated([withdrawal(agent())], { nodes: nodes({ onPremises: 3 }) }))).toEqual([]);
  });
});

describe('an approval', () => {
  const cluster = nodes({ onPremises: 20, cloud: 1 });
  const change = keepOff(agent());
  const asked = gated([change], { nodes: cluster });

  test('of the hash lets the change go', () => {
    expect(asked.hash).toMatch(/^[0-9a-f]{12}$/);
    expect(gated([change], { nodes: cluster, approve: asked.hash })).toEqual({ run: [change], wait: [] });
  });

  test.each([
    ['another one', '0123456789ab'],
    ['an empty one', ''],
  ])('of %s does not', (_, approve) => {
    expect(gated([change], { nodes: cluster, approve })).toEqual(asked);
  });

  test('stays good when nodes come and go', () => {
    expect(gated([change], { nodes: nodes({ onPremises: 30 }), approve: asked.hash }).run).toEqual([change]);
  });

  test('is not good for another template of the same object', () => {
    const other = keepOff(agent({ nodeSelector: LINUX }));

    expect(waitsFor(gated([other], { nodes: cluster, approve: asked.hash }))).toEqual(['Approval']);
  });

  test('is not good for another object of the same template', () => {
    const other = keepOff(agent({ namespace: 'calico-system' }));

    expect(waitsFor(gated([other], { nodes: cluster, approve: asked.hash }))).toEqual(['Approval']);
  });

  test('is not good a second time, when the spec asks for the same change again', () => {
    const again = gated([change], { nodes: cluster, approve: asked.hash, generation: 3 });

    expect(waitsFor(again)).toEqual(['Approval']);
    expect(again.hash).not.toBe(asked.hash);
  });

  test('is not good for the way back', () => {
    expect(waitsFor(gated([withdrawal(agent())], { nodes: cluster, approve: asked.hash }))).toEqual([
      'Approval',
    ]);
  });

  test('is not good for one change more', () => {
    const both = [change, keepOff(daemonSet({ name: 'exporter' }))];

    expect(waitsFor(gated(both, { nodes: cluster, approve: asked.hash }))).toEqual(['Approval', 'Approval']);
  });

  test('does not depend on the order of the changes', () => {
    const exporter = keepOff(daemonSet({ name: 'exporter' }));

    expect(gated([change, exporter], { nodes: cluster }).hash).toBe(
      gated([exporter, change], { nodes: cluster }).hash,
    );
  });

  test('of a published plan is good for what is left of it, and for nothing new', () => {
    const exporter = keepOff(daemonSet({ name: 'exporter' }));
    const both = gated([change, exporter], { nodes: cluster });
    const plan: PlanStatus = {
      hash: both.hash ?? '',
      actions: both.wait.map(({ id, action: { verb } }) => ({
        action: verb,
        target: { kind: 'x', name: 'x' },
        why: 'x',
        id,
      })),
    };
    const left = gated([exporter, keepOff(daemonSet({ name: 'new' }))], {
      nodes: cluster,
      approve: both.hash,
      plan,
    });

    expect(left.run).toEqual([exporter]);
    expect(left.wait.map(({ action: one }) => one.kind === 'workload.patch' && one.workload.name)).toEqual([
      'new',
    ]);
    expect(left.hash).not.toBe(both.hash);
  });
});

describe('a rollout under way', () => {
  const cluster = nodes({ onPremises: 2, cloud: 1 });
  const key = workloadKey(agent());

  interface Unrest {
    readonly workload?: Workload;
    readonly pods?: readonly PodFact[];
    readonly nodes?: readonly NodeFact[];
    readonly waits: boolean;
  }

  const UNREST: Record<string, Unrest> = {
    'all pods ready: no wait': { waits: false },
    'a change that the controller has not seen: wait': {
      workload: { ...agent(), generation: 2, observedGeneration: 1 },
      waits: true,
    },
    'no pod on a Ready node that is kept: wait': { pods: [podOf(agent(), 'on-premises-1')], waits: true },
    'a pod that is not ready on such a node: wait': {
      pods: [podOf(agent(), 'on-premises-1'), podOf(agent(), 'on-premises-2', { ready: false })],
      waits: true,
    },
    'a pod that is leaving such a node: wait': {
      pods: [podOf(agent(), 'on-premises-1'), podOf(agent(), 'on-premises-2', { deleting: true })],
      waits: true,
    },
    'two revisions on kept nodes: wait': {
      pods: [podOf(agent(), 'on-premises-1'), podOf(agent(), 'on-premises-2', { revision: 'r0' })],
      waits: true,
    },
    'two revisions under OnDelete: no wait': {
      workload: agent({ updateStrategy: 'OnDelete' }),
      pods: [podOf(agent(), 'on-premises-1'), podOf(agent(), 'on-premises-2', { revision: 'r0' })],
      waits: false,
    },
    'a failing pod on the cloud node that is left: no wait': {
      pods: [
        ...podsFor(agent(), nodes({ onPremises: 2 })),
        podOf(agent(), 'cloud-1', { ready: false, revision: 'r0' }),
      ],
      waits: false,
    },
    'a failing pod on a node that is not Ready: no wait': {
      nodes: [node('onPremises', 'dead', { ready: false }), node('cloud', 'cloud-1')],
      pods: [podOf(agent(), 'dead', { ready: false })],
      waits: false,
    },
    'a node whose taint it does not tolerate: no wait': {
      workload: agent({ tolerations: [] }),
      nodes: [node('onPremises', 'gpu', { taints: [{ key: 'gpu', effect: 'NoSchedule' }] })],
      pods: [],
      waits: false,
    },
  };

  test.each(Object.entries(UNREST))('%s', (_, { workload = agent(), pods, nodes: own, waits }) => {
    const result = gated([keepOff(workload)], {
      nodes: own ?? cluster,
      ...(pods === undefined ? {} : { pods: { [key]: pods } }),
    });

    expect(waitsFor(result)).toEqual(waits ? ['Rollout'] : []);
  });

  test('is overridden by an approval', () => {
    const pods = { [key]: [] };
    const asked = gated([keepOff(agent())], { nodes: cluster, pods });

    expect(waitsFor(gated([keepOff(agent())], { nodes: cluster, pods, approve: asked.hash }))).toEqual([]);
  });

  test('does not stop a withdrawal', () => {
    expect(
      waitsFor(gated([withdrawal(agent())], { nodes: nodes({ onPremises: 1 }), pods: { [key]: [] } })),
    ).toEqual([]);
  });
});

describe('nodes where Terway runs', () => {
  const cluster = nodes({ onPremises: 1, cloud: 1 });
  const change = withdrawal(agent());
  const hash = gated([change], { nodes: cluster }).hash;

  test('are never given back to the on-premises network, approved or not', () => {
    const approved = gated([change], { nodes: cluster, approve: hash, others: [terwayAddOn()] });

    expect(waitsFor(approved)).toEqual(['Terway']);
    expect(approved.hash).toBeUndefined();
  });

  test('are given back once Terway has left them', () => {
    expect(gated([change], { nodes: cluster, approve: hash, others: [] }).run).toEqual([change]);
  });

  test("wait for Terway's pods to be read", () => {
    const pods = { [workloadKey(terwayAddOn())]: undefined };

    expect(
      waitsFor(gated([change], { nodes: cluster, approve: hash, others: [terwayAddOn()], pods })),
    ).toEqual(['Observation']);
  });

  test.each<[string, Partial<PodFact>]>([
    ['that are on their way out', { deleting: true }],
    ['that nobody owns any more', {}],
  ])('count also by pods %s while there is no DaemonSet', (_, pod) => {
    const terwayPods = [podOf(terwayAddOn(), 'cloud-1', pod)];
    const approved = gated([change], { nodes: cluster, approve: hash, terwayPods });

    expect(waitsFor(approved)).toEqual(['Terway']);
    expect(approved.wait[0]?.because).toContain('1 node where Terway runs (cloud-1)');
  });

  test('wait for its pods without a DaemonSet to be read as well', () => {
    expect(waitsFor(gated([change], { nodes: cluster, approve: hash, terwayPods: 'unread' }))).toEqual([
      'Observation',
    ]);
  });

  test('count under whatever name Terway has', () => {
    for (const name of ['terway', 'terway-eni']) {
      const other = terwayAddOn({ name, labels: { app: name }, selector: { app: name } });
      expect(waitsFor(gated([change], { nodes: cluster, approve: hash, others: [other] }))).toEqual([
        'Terway',
      ]);
    }
  });

  test('are told before anybody approves what will not do', () => {
    const [asked] = gated([change], { nodes: cluster, others: [terwayAddOn()] }).wait;

    expect(asked?.waitsFor).toBe('Approval');
    expect(asked?.because).toContain('an approval alone does not do');
  });

  test('are given back by an approved deletion: it was asked to bring back what was there', () => {
    const deleting = { nodes: cluster, deleting: true, others: [terwayAddOn()] };

    expect(waitsFor(gated([change], deleting))).toEqual(['Approval']);
    expect(gated([change], { ...deleting, approve: hash }).run).toEqual([change]);
  });

  test('are no obstacle for what is no network plug-in', () => {
    const exporter = withdrawal(daemonSet({ name: 'node-exporter' }));
    const asked = gated([exporter], { nodes: cluster, others: [terwayAddOn()] });

    expect(gated([exporter], { nodes: cluster, approve: asked.hash, others: [terwayAddOn()] }).run).toEqual([
      exporter,
    ]);
  });
});

describe('the only network plug-in of a node', () => {
  const cluster = nodes({ onPremises: 1, cloud: 2 });
  const key = workloadKey(agent());
  const terwayKey = workloadKey(terwayAddOn());
  const own = podsFor(agent(), cluster);
  const onCloud1 = (pod: Partial<PodFact>) =>
    own.map((one) => (one.nodeName === 'cloud-1' ? { ...one, ...pod } : one));
  const terwayOn = (first: Partial<PodFact>) => [
    podOf(terwayAddOn(), 'cloud-1', first),
    podOf(terwayAddOn(), 'cloud-2'),
  ];
  const unpulled = { ready: false, trouble: { reason: 'ImagePullBackOff', image: 'terway' } };
  const cordon = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
  const drained = cluster.map((one) => ({ ...one, taints: [cordon] }));

  interface Case extends Situation {
    readonly waits: readonly string[];
  }
  const CASES: Readonly<Record<string, Case>> = {
    'there is no Terway: refused': { others: [], waits: ['Plugin'] },
    'Terway is about to be deleted: refused': {
      others: [terwayAddOn({ deleting: true })],
      waits: ['Plugin'],
    },
    'its DaemonSet is gone and its last pods are leaving: refused': {
      others: [],
      terwayPods: terwayOn({ deleting: true }),
      waits: ['Plugin'],
    },
    'Terway can run on other cloud nodes only: refused': {
      others: [terwayAddOn({ nodeSelector: { pool: 'gpu' } })],
      waits: ['Plugin'],
    },
    'Terway cannot pull its image there: refused': {
      pods: { [terwayKey]: terwayOn(unpulled) },
      waits: ['Plugin'],
    },
    'Terway is starting there: waits for it': {
      pods: { [terwayKey]: terwayOn({ ready: false }) },
      waits: ['Rollout'],
    },
    'Terway has no pod there yet: waits for it': {
      pods: { [terwayKey]: terwayOn({}).slice(1) },
      waits: ['Rollout'],
    },
    'Terway has started there, though it is not Ready: goes ahead, for both want the same port': {
      pods: { [terwayKey]: terwayOn({ ready: false, hasRun: true }) },
      waits: [],
    },
    'Terway is being restarted there: goes ahead': {
      pods: { [terwayKey]: terwayOn({ deleting: true }) },
      waits: [],
    },
    'Terway runs there without a DaemonSet: goes ahead': {
      others: [],
      terwayPods: terwayOn({}),
      waits: [],
    },
    'the CNI is not Ready there: nothing is lost': {
      others: [],
      nodes: cluster.slice(0, 2),
      pods: { [key]: onCloud1({ ready: false }).slice(0, 2) },
      waits: [],
    },
    'the nodes are drained: goes ahead': { others: [], nodes: drained, waits: [] },
    'it leaves virtual nodes only: goes ahead': {
      others: [],
      nodes: nodes({ onPremises: 1, virtual: 1 }),
      waits: [],
    },
    "Terway's pods have not been read: waits for that": { terwayPods: 'unread', waits: ['Observation'] },
  };

  test.each(Object.entries(CASES))('%s', (_, { waits, ...situation }) => {
    expect(waitsFor(gated([keepOff(agent())], { nodes: cluster, ...situation }))).toEqual(waits);
  });

  test('is not taken by an approval either; of a Terway that is starting it need not wait', () => {
    const refused = gated([keepOff(agent())], { nodes: cluster, others: [], spec: { approveAbove: 0 } });
    expect(waitsFor(refused)).toEqual(['Approval']);
    expect(
      waitsFor(
        gated([keepOff(agent())], {
          nodes: cluster,
          others: [],
          spec: { approveAbove: 0 },
          approve: refused.hash,
        }),
      ),
    ).toEqual(['Plugin']);

    const pods = { [terwayKey]: terwayOn({ ready: false }) };
    const starting = gated([keepOff(agent())], { nodes: cluster, pods });
    expect(waitsFor(gated([keepOff(agent())], { nodes: cluster, pods, approve: starting.hash }))).toEqual([]);
  });

  test('is not what is no network plug-in', () => {
    expect(
      waitsFor(gated([keepOff(daemonSet({ name: 'exporter' }))], { nodes: cluster, others: [] })),
    ).toEqual([]);
  });
});
