import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HybridNetworkStatus } from '../../src/api/hybrid-network.ts';
import type { Affinity, NodeSelectorRequirement, NodeSelectorTerm } from '../../src/plan/facts.ts';
import { annotationsOf, generationOf } from '../support/by-hand.ts';
import { deleteWithApproval, untilRolledOut, writesTo } from '../support/follow-up.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import { daemonSet, OFF_CLOUD, OFF_VIRTUAL, ON_LINUX, pipe } from '../support/manifests.ts';

// idc-1..3 and ecs-1..2 run Linux, idc-4 and ecs-3 Windows; vk-1 is virtual; idc-3 says of itself that it is no cloud node.
const OUTSIDE = ['ecs-1', 'ecs-2', 'ecs-3', 'vk-1'];

function term(...matchExpressions: readonly NodeSelectorRequirement[]): NodeSelectorTerm {
  return { matchExpressions };
}

function named(name: string): NodeSelectorTerm {
  return { matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] };
}

function required(...nodeSelectorTerms: readonly NodeSelectorTerm[]): Affinity {
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}

const ON_WINDOWS: NodeSelectorRequirement = { ...ON_LINUX, values: ['windows'] };
const NO_CLOUD_LABEL: NodeSelectorRequirement = { key: OFF_CLOUD.key, operator: 'DoesNotExist' };
const NO_TYPE: NodeSelectorRequirement = { key: 'type', operator: 'DoesNotExist' };
const SAYS_NO: NodeSelectorRequirement = { key: OFF_CLOUD.key, operator: 'In', values: ['false'] };
const PREFERENCES: Affinity = {
  nodeAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 7, preference: term(ON_LINUX) }],
  },
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { labelSelector: { matchLabels: { app: 'somebody' } }, topologyKey: 'kubernetes.io/hostname' },
    ],
  },
};

interface Shape {
  readonly name: string;
  readonly affinity?: Affinity;
  /** It stays off by itself, so it is not written. */
  readonly isSatisfied?: true;
}

const SHAPES: readonly Shape[] = [
  { name: 'no-affinity' },
  { name: 'empty-affinity', affinity: {} },
  { name: 'empty-node-affinity', affinity: { nodeAffinity: {} } },
  { name: 'empty-and-other-term', affinity: required({}, term(ON_LINUX), {}) },
  { name: 'fields-only', affinity: required(named('idc-1'), named('ecs-1'), named('vk-1')) },
  {
    name: 'fields-and-expressions',
    affinity: required({ ...named('idc-2'), ...term(ON_LINUX) }, { ...named('ecs-2'), ...term(ON_LINUX) }),
  },
  {
    name: 'two-terms',
    affinity: required(term({ ...NO_TYPE, operator: 'Exists' }), term(ON_LINUX, NO_TYPE)),
  },
  { name: 'two-systems', affinity: required(term(ON_WINDOWS), term(ON_LINUX)) },
  { name: 'windows-only', affinity: required(term(ON_WINDOWS)) },
  { name: 'preferences', affinity: PREFERENCES },
  {
    name: 'preferences-and-terms',
    affinity: {
      ...PREFERENCES,
      nodeAffinity: { ...PREFERENCES.nodeAffinity, ...required(term(ON_LINUX)).nodeAffinity },
    },
  },
  { name: 'half-excluded', affinity: required(term(OFF_CLOUD), term(OFF_VIRTUAL, ON_LINUX)) },
  { name: 'by-not-in', affinity: required(term(OFF_CLOUD, OFF_VIRTUAL)), isSatisfied: true },
  {
    name: 'by-longer-not-in',
    affinity: required(term({ ...OFF_CLOUD, values: ['yes', 'true'] }, NO_TYPE)),
    isSatisfied: true,
  },
  { name: 'by-does-not-exist', affinity: required(term(NO_CLOUD_LABEL, NO_TYPE)), isSatisfied: true },
  { name: 'by-in', affinity: required(term(SAYS_NO, NO_TYPE)), isSatisfied: true },
];
const NAMES = SHAPES.map(({ name }) => name);

interface Stored {
  readonly metadata: { readonly managedFields?: readonly { readonly manager: string }[] };
  readonly spec: object;
}

describe('every shape of node affinity loses cloud and virtual nodes, and nothing else', () => {
  let cluster: HybridCluster;
  const nodesBefore = new Map<string, readonly string[]>();
  const specBefore = new Map<string, string>();

  const specOf = async (name: string): Promise<string> =>
    JSON.stringify((await cluster.get<Stored>('ds', name)).spec);
  const workloads = async (): Promise<NonNullable<HybridNetworkStatus['workloads']>> =>
    (await cluster.network()).status?.workloads ?? [];

  beforeAll(async () => {
    cluster = await startHybridCluster({ vk: 1 });
    await cluster.controlPlane.addNode('idc', 'idc-4', { labels: { 'kubernetes.io/os': 'windows' } });
    await cluster.controlPlane.addNode('ecs', 'ecs-3', { labels: { 'kubernetes.io/os': 'windows' } });
    await cluster.kubectl('label', 'node', 'idc-3', `${OFF_CLOUD.key}=false`);
    await cluster.applyFile('test/fixtures/terway.yaml');
    const labels = { location: 'idc' };
    await pipe(
      cluster,
      ['create'],
      ...SHAPES.map(({ name, affinity }) =>
        daemonSet(name, { labels, ...(affinity === undefined ? {} : { affinity }) }),
      ),
    );
    for (const name of NAMES) {
      await untilRolledOut(cluster, name);
      nodesBefore.set(name, await cluster.nodesOf(`app=${name}`));
      specBefore.set(name, await specOf(name));
    }
    await cluster.startOperator();
    await cluster.apply(
      networkOf({
        scenario: 'BGP',
        deletionPolicy: 'Restore',
        approveAbove: 1_000,
        onPremises: {
          cni: { type: 'None' },
          workloads: [
            { kind: 'DaemonSet', namespace: 'kube-system', labelSelector: { matchLabels: labels } },
          ],
        },
      }),
    );
  }, 120_000);

  afterAll(async () => {
    await cluster.stop();
  });

  test('the shapes stand where they should stand at first', () => {
    const everywhere = ['ecs-1', 'ecs-2', 'ecs-3', 'idc-1', 'idc-2', 'idc-3', 'idc-4', 'vk-1'];
    const linux = everywhere.filter((node) => node !== 'idc-4' && node !== 'ecs-3');
    expect(Object.fromEntries(nodesBefore)).toMatchObject({
      'no-affinity': everywhere,
      'empty-and-other-term': linux,
      'fields-only': ['ecs-1', 'idc-1', 'vk-1'],
      'two-terms': linux,
      'windows-only': ['ecs-3', 'idc-4'],
      'by-in': ['idc-3'],
    });
  });

  test('all of them are off after one write each, or none where they were off already', async () => {
    await cluster.untilCondition('OnPremisesIsolated', { status: 'True', reason: 'Isolated' });
    const states = Object.fromEntries((await workloads()).map(({ name, state }) => [name, state]));
    for (const { name, isSatisfied } of SHAPES) {
      expect({ name, state: states[name] }).toEqual({ name, state: isSatisfied ? 'Satisfied' : 'Held' });
      expect({ name, generation: await generationOf(cluster, { kind: 'DaemonSet', name }) }).toEqual({
        name,
        generation: isSatisfied ? 1 : 2,
      });
    }
  }, 60_000);

  test.each(NAMES)('%s: the pods are where they were, minus cloud and virtual nodes', async (name) => {
    const wanted = (nodesBefore.get(name) ?? []).filter((node) => !OUTSIDE.includes(node));
    await untilRolledOut(cluster, name);
    await cluster.untilOn(`app=${name}`, wanted);
  });

  test('Restore gives back every spec, byte for byte, and the fields with it', async () => {
    const mark = await cluster.controlPlane.audit.mark();
    await deleteWithApproval(cluster);
    for (const { name, isSatisfied } of SHAPES) {
      const { metadata, spec } = await cluster.get<Stored>('ds', name);
      expect({ name, spec: JSON.stringify(spec) }).toEqual({ name, spec: specBefore.get(name) });
      const ours = (metadata.managedFields ?? []).filter(({ manager }) => /hybridnetwork/.test(manager));
      expect({ name, ours }).toEqual({ name, ours: [] });
      const annotations = await annotationsOf(cluster, { kind: 'DaemonSet', name });
      expect(Object.keys(annotations).filter((key) => key.startsWith('hybrid.'))).toEqual([]);
      // One for the spec and, where the server has not let go of our fields by then, one for the fields.
      const done = (await writesTo(cluster, name, mark)).filter(({ code }) => code === 200);
      expect(done.length).toBeLessThanOrEqual(isSatisfied ? 0 : 2);
    }
  }, 60_000);

  test.each(NAMES)('%s: the pods are back where they were', async (name) => {
    await untilRolledOut(cluster, name);
    await cluster.untilOn(`app=${name}`, nodesBefore.get(name) ?? []);
  });
});
