// Whole lives of a network in a fake cluster: what is written, what waits, and what is left in the end.
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  ADDED_ANNOTATION,
  APPROVE_ANNOTATION,
  HOLD_ANNOTATION,
  RESTORE_FINALIZER,
} from '../../../src/api/annotations.ts';
import type { HybridNetworkSpec } from '../../../src/api/hybrid-network.ts';
import type { Workload } from '../../../src/plan/facts.ts';
import { runsDaemonOn } from '../../../src/plan/scheduling.ts';
import { FakeWorld } from '../../support/fake-world.ts';
import {
  goodEniConfig,
  mountingSecret,
  KEY_VALUES,
  network,
  nodes,
  secret,
  withAffinity,
} from '../../support/make-facts.ts';
import { daemonSet } from '../../support/make-workload.ts';
import { calicoManifest, kubeProxy, terwayAddOn } from '../../support/shipped-workloads.ts';

const CLUSTER = nodes({ onPremises: 3, cloud: 2, virtual: 1 });
const BEFORE: readonly Workload[] = [
  ...calicoManifest(),
  mountingSecret(terwayAddOn({ nodeSelector: {} })),
  kubeProxy(),
];

let world: FakeWorld;

beforeEach(() => {
  world = newWorld();
});

function newWorld(spec: Partial<HybridNetworkSpec> = {}, more: readonly Workload[] = []): FakeWorld {
  return new FakeWorld({
    networks: [network({ spec: { approveAbove: 100, ...spec } })],
    nodes: CLUSTER,
    workloads: [...BEFORE, ...more],
    eniConfig: goodEniConfig(),
    addonSecret: secret(KEY_VALUES),
  });
}

function nodesOf(name: string): readonly string[] {
  const { template } = world.workload(name);
  return CLUSTER.filter((one) => runsDaemonOn(template, one)).map((one) => one.name);
}

function ready() {
  const found = (world.network().status?.conditions ?? []).find(({ type }) => type === 'Ready');
  return `${found?.status}/${found?.reason}`;
}

function change(spec: Partial<HybridNetworkSpec>): void {
  const own = world.network();
  const metadata = { ...own.metadata, generation: own.metadata.generation + 1 };
  world.setNetwork({ ...own, metadata, spec: { ...own.spec, ...spec } });
}

function unplaced({ template }: Workload): Workload['template'] {
  const { nodeSelector: _, ...spec } = template.spec;
  return { ...template, spec };
}

function approve(hash = world.network().status?.plan?.hash ?? 'none'): void {
  const own = world.network();
  world.setNetwork({ ...own, metadata: { ...own.metadata, annotations: { [APPROVE_ANNOTATION]: hash } } });
}

function remove(): void {
  const own = world.network();
  world.setNetwork({ ...own, metadata: { ...own.metadata, deletionTimestamp: '2026-02-01T00:00:00Z' } });
}

function verbs(): readonly string[] {
  return world.done.map((action) =>
    action.kind === 'workload.patch' || action.kind === 'workload.disown'
      ? `${action.verb} ${action.workload.name}`
      : action.verb,
  );
}

const ON_PREMISES = ['on-premises-1', 'on-premises-2', 'on-premises-3'];

test('each network comes to its own nodes, Terway first, and then all is at rest', async () => {
  await world.reconcile();

  expect(nodesOf('calico-node')).toEqual(ON_PREMISES);
  expect(nodesOf('terway-eniip')).toEqual(['cloud-1', 'cloud-2']);
  expect(nodesOf('kube-proxy')).toHaveLength(CLUSTER.length);
  expect(verbs()[0]).toBe('PlaceOnCloud terway-eniip');
  expect(verbs().slice(1).toSorted()).toEqual([
    'KeepOffCloud calico-kube-controllers',
    'KeepOffCloud calico-node',
    'KeepOffCloud calico-typha',
    'RememberNodes',
  ]);
  expect(ready()).toBe('True/Reconciled');

  world.done.length = 0;
  await world.reconcile();
  expect(world.done).toEqual([]);
});

test('drift is repaired at once, whatever the limit for changes', async () => {
  await world.reconcile();
  const [before, terway] = [world.workload('calico-node'), world.workload('terway-eniip')];
  change({ approveAbove: 0 });
  world.edit('calico-node', (one) => withAffinity(one, undefined));
  world.edit('terway-eniip', (one) => ({ ...one, template: unplaced(one) }));
  await world.reconcile();

  expect(world.workload('calico-node').template).toEqual(before.template);
  expect(world.workload('terway-eniip').template.spec.nodeSelector).toEqual(
    terway.template.spec.nodeSelector,
  );
  expect(ready()).toBe('True/Reconciled');
});

test('a change of the spec and drift at once: the drift is repaired, the change waits', async () => {
  await world.reconcile();
  const before = world.workload('calico-node').template;
  change({ onPremises: { excludeVirtualNodes: false } });
  world.edit('calico-node', (one) => withAffinity(one, undefined));
  await world.reconcile();

  expect(world.workload('calico-node').template).toEqual(before);
  expect(ready()).toBe('False/ApprovalRequired');

  approve();
  await world.reconcile();
  expect(nodesOf('calico-node')).toEqual([...ON_PREMISES, 'virtual-1']);
  expect(world.workload('calico-node').annotations[HOLD_ANNOTATION]).toBe('not-cloud');
  expect(ready()).toBe('True/Reconciled');
});

test('a change of scenario waits, stays held meanwhile, and never meets Terway', async () => {
  await world.reconcile();
  const before = world.workloads;
  change({ scenario: 'Overlay' });
  await world.reconcile();

  expect(world.workloads.filter(({ name }) => name !== 'terway-eniip')).toEqual(
    before.filter(({ name }) => name !== 'terway-eniip'),
  );
  expect(ready()).toBe('False/ApprovalRequired');

  approve();
  await world.reconcile();
  await world.reconcile();
  expect(nodesOf('calico-node')).toEqual(ON_PREMISES);
  expect(ready()).toBe('False/TerwayStillRuns');
});

test('an approval given while Terway was still there is good for the rest when Terway has gone', async () => {
  const exporter = daemonSet({ name: 'node-exporter', namespace: 'monitoring' });
  const onPremises = {
    workloads: [{ kind: exporter.kind, namespace: exporter.namespace, name: exporter.name }],
  };
  world = newWorld({ onPremises }, [exporter]);
  await world.reconcile();
  change({ scenario: 'Overlay', onPremises: {} });
  await world.reconcile();
  approve();
  await world.reconcile();
  await world.reconcile();
  expect(nodesOf('node-exporter')).toHaveLength(CLUSTER.length);
  expect(nodesOf('calico-node')).toEqual(ON_PREMISES);
  expect(ready()).toBe('False/TerwayStillRuns');

  world.edit('terway-eniip', (one) => {
    const nodeSelector = { 'alibabacloud.com/external': 'gone' };
    return { ...one, template: { ...one.template, spec: { ...one.template.spec, nodeSelector } } };
  });
  await world.reconcile();
  expect(nodesOf('calico-node')).toHaveLength(CLUSTER.length);
  expect(ready()).toBe('True/Reconciled');
});

describe('under Observe', () => {
  test('nothing is written, and the plan says what would be', async () => {
    world = newWorld({ enforcement: 'Observe' });
    await world.reconcile();

    expect(world.done).toEqual([]);
    expect(ready()).toBe('False/PlanPending');
    expect(
      world.network().status?.plan?.actions?.map(({ action, target }) => `${action} ${target.name}`),
    ).toContain('PlaceOnCloud terway-eniip');
  });

  test('the holds are released, metadata only', async () => {
    await world.reconcile();
    const before = world.workload('calico-node');
    change({ enforcement: 'Observe' });
    await world.reconcile();
    const after = world.workload('calico-node');

    expect(after.template).toEqual(before.template);
    expect(after.annotations[HOLD_ANNOTATION]).toBeUndefined();
    expect(after.annotations[ADDED_ANNOTATION]).toBe(before.annotations[ADDED_ANNOTATION]);
    expect(ready()).toBe('True/Reconciled');
  });
});

test('suspend releases the holds, repairs nothing and keeps Ready as it was', async () => {
  await world.reconcile();
  change({ suspend: true });
  world.edit('calico-node', (one) => withAffinity(one, undefined));
  world.done.length = 0;
  await world.reconcile();

  expect(new Set(world.done.map(({ verb }) => verb))).toEqual(new Set(['ReleaseHold']));
  expect(ready()).toBe('True/Suspended');
});

test('an invalid spec guards Terway and repairs, and changes nothing', async () => {
  await world.reconcile();
  const before = world.workload('calico-node').template;
  change({ onPremises: { workloads: [{ kind: 'DaemonSet', namespace: 'a' }], excludeVirtualNodes: false } });
  world.edit('calico-node', (one) => withAffinity(one, undefined));
  world.edit('terway-eniip', (one) => ({ ...one, template: unplaced(one) }));
  await world.reconcile();

  expect(world.workload('calico-node').template).toEqual(before);
  expect(nodesOf('terway-eniip')).toEqual(['cloud-1', 'cloud-2']);
  expect(ready()).toBe('False/InvalidSpec');
});

describe('deletion', () => {
  test('with Retain has no finalizer and leaves everything', async () => {
    await world.reconcile();

    expect(world.network().metadata.finalizers).toBeUndefined();
  });

  test('with Restore waits while cloud nodes live, held meanwhile, and then brings back every letter', async () => {
    world = newWorld({ deletionPolicy: 'Restore' });
    await world.reconcile();
    expect(world.network().metadata.finalizers).toEqual([RESTORE_FINALIZER]);
    const before = world.workload('calico-node').template;
    remove();
    world.edit('calico-node', (one) => withAffinity(one, undefined));
    await world.reconcile();
    expect(world.workload('calico-node').template).toEqual(before);
    expect(ready()).toBe('False/DeletionBlocked');

    approve();
    await world.reconcile();
    expect(world.networks).toEqual([]);
    for (const original of BEFORE.filter(({ name }) => name !== 'terway-eniip')) {
      const after = world.workload(original.name);
      expect(JSON.stringify(after.template)).toBe(JSON.stringify(original.template));
      expect(after.annotations).toEqual(original.annotations);
      expect(after.managers).toEqual([]);
    }
    expect(nodesOf('terway-eniip')).toEqual(['cloud-1', 'cloud-2']);
  });

  test('without cloud and virtual nodes needs no approval', async () => {
    world = newWorld({ deletionPolicy: 'Restore' });
    await world.reconcile();
    world.setNodes(nodes({ onPremises: 3 }));
    remove();
    await world.reconcile();

    expect(world.networks).toEqual([]);
    expect(world.workload('calico-node').template).toEqual(BEFORE[0]?.template);
  });

  test('is released at once by a switch to Retain', async () => {
    world = newWorld({ deletionPolicy: 'Restore' });
    await world.reconcile();
    const before = world.workload('calico-node').template;
    remove();
    await world.reconcile();
    change({ deletionPolicy: 'Retain' });
    await world.reconcile();

    expect(world.networks).toEqual([]);
    expect(world.workload('calico-node').template).toEqual(before);
  });

  test('works under a spec that is no longer valid', async () => {
    world = newWorld({ deletionPolicy: 'Restore' });
    await world.reconcile();
    change({ onPremises: { workloads: [{ kind: 'DaemonSet', namespace: 'a' }] } });
    remove();
    await world.reconcile();
    approve();
    await world.reconcile();

    expect(world.networks).toEqual([]);
    expect(world.workload('calico-node').template).toEqual(BEFORE[0]?.template);
  });

  test('under Observe says what it waits for, whatever is left to take back', async () => {
    world = newWorld({ deletionPolicy: 'Restore' });
    await world.reconcile();
    for (const name of ['calico-node', 'calico-typha', 'calico-kube-controllers']) {
      world.edit(name, (one) => ({
        ...one,
        template: BEFORE.find((each) => each.name === name)?.template ?? one.template,
        annotations: {},
      }));
    }
    change({ enforcement: 'Observe' });
    remove();
    await world.reconcile();

    expect(ready()).toBe('False/DeletionBlocked');
  });
});

describe('two networks', () => {
  const younger = network({ name: 'younger', created: '2026-01-09T00:00:00Z', spec: { approveAbove: 100 } });

  test('the younger is told, naming the older, and writes nothing', async () => {
    world.setNetwork(younger);
    await world.reconcile('younger');
    const found = world.network('younger').status?.conditions?.find(({ type }) => type === 'Ready');

    expect(world.done).toEqual([]);
    expect(found).toMatchObject({
      status: 'False',
      reason: 'Conflict',
      message: expect.stringContaining('HybridNetwork idc'),
    });
  });

  test('a deletion of the older leaves what the younger claims', async () => {
    world = newWorld({ deletionPolicy: 'Restore' });
    await world.reconcile();
    world.setNetwork(younger);
    remove();
    await world.reconcile();

    expect(world.networks.map(({ metadata }) => metadata.name)).toEqual(['younger']);
    expect(nodesOf('calico-node')).toEqual(ON_PREMISES);
    await world.reconcile('younger');
    expect(world.network('younger').status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe(
      'True',
    );
  });
});
