// OnDelete: kept off without restarting what runs on-premises, and given back.
import { describe, expect, test } from '@jest/globals';
import type { HybridNetworkSpec } from '../../../src/api/hybrid-network.ts';
import type { Workload } from '../../../src/plan/facts.ts';
import { recordOf } from '../../../src/plan/hold.ts';
import { FakeWorld } from '../../support/fake-world.ts';
import {
  goodEniConfig,
  KEY_VALUES,
  mountingSecret,
  network,
  nodes,
  secret,
  withAffinity,
} from '../../support/make-facts.ts';
import { byArgo, daemonSet } from '../../support/make-workload.ts';
import type { WorkloadOptions } from '../../support/make-workload.ts';
import { terwayAddOn } from '../../support/shipped-workloads.ts';

const WORKLOADS = [{ kind: 'DaemonSet' as const, namespace: 'kube-system', name: 'agent' }];
const OWN = { updateStrategy: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } };

function newWorld(options: Partial<WorkloadOptions> = {}, approveAbove = 1): FakeWorld {
  return new FakeWorld({
    networks: [
      network({
        spec: {
          scenario: 'HostNetwork',
          approveAbove,
          onPremises: { workloads: WORKLOADS, updateStrategy: 'OnDelete' },
        },
      }),
    ],
    nodes: nodes({ onPremises: 3, cloud: 1 }),
    workloads: [daemonSet({ name: 'agent', ...options }), mountingSecret(terwayAddOn())],
    eniConfig: goodEniConfig(),
    addonSecret: secret(KEY_VALUES),
  });
}

function setSpec(world: FakeWorld, change: Partial<HybridNetworkSpec>): void {
  const own = world.network();
  const metadata = { ...own.metadata, generation: own.metadata.generation + 1 };
  world.setNetwork({ ...own, metadata, spec: { ...own.spec, ...change } });
}

/** Another template, as its owner's next version brings it. */
function upgraded(workload: Workload): Workload {
  const { template } = workload;
  return { ...workload, template: { ...template, spec: { ...template.spec, hostNetwork: true } } };
}

function stateOf(world: FakeWorld) {
  return (world.network().status?.workloads ?? []).find(({ name }) => name === 'agent');
}

async function keptOff(): Promise<FakeWorld> {
  const world = newWorld();
  await world.reconcile();
  return world;
}

describe('under OnDelete', () => {
  test('the strategy goes into the one write of the exclusion, and only pods on cloud nodes count', async () => {
    const world = await keptOff();

    expect(world.workload('agent').updateStrategy).toBe('OnDelete');
    expect(world.workload('agent').rollingUpdate).toBeUndefined();
    expect(stateOf(world)).toMatchObject({ state: 'Held' });
    expect(world.done.filter(({ verb }) => verb === 'KeepOffCloud')).toHaveLength(1);
  });

  test('a strategy that is OnDelete already is the owner’s, and nothing is noted', async () => {
    const world = newWorld({ updateStrategy: 'OnDelete' });
    await world.reconcile();

    expect(recordOf(world.workload('agent'))?.strategy).toBeUndefined();
    setSpec(world, { deletionPolicy: 'Restore', onPremises: {} });
    await world.reconcile();

    expect(world.workload('agent').updateStrategy).toBe('OnDelete');
  });

  test('a repair leaves the strategy on OnDelete, also where the owner’s manifest took it away with the exclusion', async () => {
    const world = await keptOff();
    world.edit('agent', (one) => ({ ...withAffinity(one, undefined), ...OWN }));
    await world.reconcile();

    expect(world.workload('agent').updateStrategy).toBe('OnDelete');
    expect(recordOf(world.workload('agent'))?.strategy?.before).toMatchObject({ type: 'RollingUpdate' });
  });

  test('what Argo CD renders keeps its strategy, and the status says what to set there', async () => {
    const world = newWorld(byArgo('agent'), 100);
    await world.reconcile();

    expect(world.workload('agent').updateStrategy).toBe('RollingUpdate');
  });

  test('what Argo CD renders and has to wait says why', async () => {
    const world = newWorld(byArgo('agent'));
    await world.reconcile();

    expect(stateOf(world)?.message).toContain('Argo CD renders its updateStrategy');
    expect(stateOf(world)?.message).toContain('set spec.updateStrategy.type: OnDelete there');
  });
});

/** As `kubectl replace` by the owner's manifest leaves it: nothing of ours is left, annotations included. */
function replaced(one: Workload): Workload {
  return { ...withAffinity(one, undefined), ...OWN, annotations: {}, hasAnnotations: false };
}

describe('a manifest that replaces everything, annotations and all,', () => {
  test('restarts nobody where it is the one that the pods were made from', async () => {
    const world = await keptOff();
    world.edit('agent', replaced);
    await world.reconcile();

    expect(world.workload('agent').updateStrategy).toBe('OnDelete');
    expect(stateOf(world)).toMatchObject({ state: 'Held' });
  });

  test('is rolled out where it is a new one', async () => {
    const world = await keptOff();
    world.edit('agent', (one) => replaced(upgraded(one)));
    await world.reconcile();

    expect(world.workload('agent')).toMatchObject(OWN);
    expect(stateOf(world)).toMatchObject({ state: 'Held' });
  });
});

test('whoever replaces the node affinity changes nothing that would have to be rolled out', async () => {
  const world = await keptOff();
  const nodeSelectorTerms = [{ matchExpressions: [{ key: 'rack', operator: 'Exists' }] }];
  const affinity = {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
  };
  world.edit('agent', (one) => withAffinity(one, affinity));
  await world.reconcile();

  expect(world.workload('agent').updateStrategy).toBe('OnDelete');
});

describe('the owner’s strategy comes back', () => {
  test('and once it has, a drift that comes with the next change does not take it away again', async () => {
    const world = await keptOff();
    world.edit('agent', (one) => upgraded(one));
    await world.reconcile();
    world.edit('agent', (one) => {
      const spec = { ...one.template.spec, hostPID: true };
      return withAffinity({ ...one, template: { ...one.template, spec } }, undefined);
    });
    await world.reconcile();

    expect(world.workload('agent')).toMatchObject(OWN);
    expect(stateOf(world)).toMatchObject({ state: 'Held' });
  });

  test('also while a change of ours waits for approval', async () => {
    const world = await keptOff();
    setSpec(world, { approveAbove: 0 });
    world.setNodes(nodes({ onPremises: 3, cloud: 1, virtual: 1 }));
    setSpec(world, {
      onPremises: { workloads: WORKLOADS, updateStrategy: 'OnDelete', excludeVirtualNodes: false },
    });
    world.edit('agent', (one) => upgraded(one));
    await world.reconcile();

    expect(world.workload('agent')).toMatchObject(OWN);
    expect(world.network().status?.plan?.actions).toHaveLength(1);
  });

  test('when the owner changes the template, and without waiting', async () => {
    const world = await keptOff();
    world.edit('agent', (one) => upgraded(one));
    await world.reconcile();

    expect(world.workload('agent')).toMatchObject(OWN);
    expect(recordOf(world.workload('agent'))?.strategy).toBeUndefined();
    expect(stateOf(world)).toMatchObject({ state: 'Held' });
  });

  test('when the owner changes the template and takes the exclusion away with it', async () => {
    const world = await keptOff();
    world.edit('agent', (one) => withAffinity(upgraded(one), undefined));
    await world.reconcile();

    expect(world.workload('agent')).toMatchObject(OWN);
    expect(stateOf(world)).toMatchObject({ state: 'Held' });
  });

  test('when OnDelete is no longer asked for; the restarts that this means wait for an approval', async () => {
    const world = await keptOff();
    setSpec(world, { onPremises: { workloads: WORKLOADS } });
    await world.reconcile();

    expect(world.workload('agent').updateStrategy).toBe('OnDelete');
    expect(world.network().status?.plan?.actions).toMatchObject([
      { action: 'ReturnStrategy', podsRestarted: 3, waitsFor: 'Approval' },
    ]);

    setSpec(world, { approveAbove: 10 });
    await world.reconcile();

    expect(world.workload('agent')).toMatchObject(OWN);
  });

  test('unless the owner has set another one meanwhile', async () => {
    const world = await keptOff();
    const theirs = { updateStrategy: 'RollingUpdate', rollingUpdate: { maxUnavailable: 5 } };
    world.edit('agent', (one) => ({ ...one, ...theirs }));
    await world.reconcile();

    expect(world.workload('agent')).toMatchObject(theirs);
    expect(recordOf(world.workload('agent'))?.strategy).toBeUndefined();
  });
});
