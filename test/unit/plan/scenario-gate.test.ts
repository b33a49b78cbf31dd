// The two things that no approval lets through: two network plug-ins on one node, and none.
import { describe, expect, test } from '@jest/globals';
import { workloadKey } from '../../../src/plan/facts.ts';
import type { PodFact } from '../../../src/plan/facts.ts';
import { agent, gated, keepOff, waitsFor, withdrawal } from '../../support/gated.ts';
import type { Situation } from '../../support/gated.ts';
import { nodes, podOf, podsFor } from '../../support/make-facts.ts';
import { daemonSet } from '../../support/make-workload.ts';
import { terwayAddOn } from '../../support/shipped-workloads.ts';

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
