// Whatever others do, in whatever order: the loop comes to rest, what is held is in force then, and a deletion leaves
// nothing of ours behind.
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ADDED_ANNOTATION, APPROVE_ANNOTATION, HOLD_ANNOTATION } from '../../../src/api/annotations.ts';
import type { HybridNetworkSpec } from '../../../src/api/hybrid-network.ts';
import { isExcluded, requiresCloud } from '../../../src/plan/exclusion.ts';
import { wantedExclusions } from '../../../src/plan/keep-off.ts';
import { anyAffinity } from '../../support/any-affinity.ts';
import { FakeWorld } from '../../support/fake-world.ts';
import {
  goodEniConfig,
  KEY_VALUES,
  mountingSecret,
  network,
  nodes,
  secret,
  TYPED,
  TYPED_ENI_CONF,
  withAffinity,
} from '../../support/make-facts.ts';
import { daemonSet } from '../../support/make-workload.ts';
import { calicoManifest, terwayAddOn } from '../../support/shipped-workloads.ts';

const NAMES = ['calico-node', 'calico-typha', 'node-exporter'];
const LISTED = [{ kind: 'DaemonSet' as const, namespace: 'monitoring', name: 'node-exporter' }];
const START: Partial<HybridNetworkSpec> = {
  approveAbove: 100,
  deletionPolicy: 'Restore',
  onPremises: { workloads: LISTED },
};

type Deed = (world: FakeWorld) => void;

function setSpec(world: FakeWorld, change: Partial<HybridNetworkSpec>): void {
  const own = world.network();
  const metadata = { ...own.metadata, generation: own.metadata.generation + 1 };
  world.setNetwork({ ...own, metadata, spec: { ...own.spec, ...change } });
}

function approve(world: FakeWorld): void {
  const own = world.network();
  const annotations = { [APPROVE_ANNOTATION]: own.status?.plan?.hash ?? 'nothing' };
  world.setNetwork({ ...own, metadata: { ...own.metadata, annotations } });
}

const name = fc.constantFrom(...NAMES);
const edits = fc.tuple(name, anyAffinity).map(
  ([which, affinity]): Deed =>
    (world) =>
      world.edit(which, (one) => withAffinity(one, affinity)),
);
const additions = name.map(
  (which): Deed =>
    (world) =>
      world.edit(which, (one) => {
        const required =
          one.template.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
        const more = [{ matchExpressions: [{ key: 'zone', operator: 'Exists' }] }];
        const nodeSelectorTerms = [...more, ...(required?.nodeSelectorTerms ?? [])];
        return withAffinity(one, {
          ...one.template.spec.affinity,
          nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
        });
      }),
);
const forgetting = fc
  .tuple(name, fc.constantFrom(undefined, '', '{}', '{"exclusions":[],"created":[],"terms":[]}'))
  .map(
    ([which, text]): Deed =>
      (world) =>
        world.edit(which, (one) => {
          const { [ADDED_ANNOTATION]: _, ...others } = one.annotations;
          const annotations = { ...others, ...(text === undefined ? {} : { [ADDED_ANNOTATION]: text }) };
          return { ...one, annotations, hasAnnotations: Object.keys(annotations).length > 0 };
        }),
  );
const upgrades = fc.tuple(name, fc.constantFrom('v1', 'v2')).map(
  ([which, image]): Deed =>
    (world) =>
      world.edit(which, (one) => {
        const spec = { ...one.template.spec, containers: [{ name: 'main', image }] };
        return { ...one, template: { ...one.template, spec } };
      }),
);
const letting = name.map(
  (which): Deed =>
    (world) =>
      world.edit(which, (one) => {
        const { [HOLD_ANNOTATION]: _, ...annotations } = one.annotations;
        return { ...one, annotations, hasAnnotations: Object.keys(annotations).length > 0 };
      }),
);
const specs = fc
  .constantFrom<Partial<HybridNetworkSpec>>(
    { onPremises: { workloads: LISTED, excludeVirtualNodes: false } },
    { onPremises: { workloads: LISTED } },
    { onPremises: { workloads: LISTED, updateStrategy: 'OnDelete' } },
    { onPremises: {} },
    { scenario: 'HostNetwork' },
    { scenario: 'BGP' },
    { suspend: true },
    { suspend: false },
    { enforcement: 'Observe' },
    { enforcement: 'Enforce' },
    { approveAbove: 0 },
    { terway: { eniConfig: TYPED } },
    { terway: { restartOnChange: false } },
  )
  .map(
    (change): Deed =>
      (world) =>
        setSpec(world, change),
  );
const configs = fc
  .tuple(fc.constantFrom(TYPED_ENI_CONF, TYPED_ENI_CONF.replace('vsw-a', 'vsw-b'), '{}', '{'), fc.boolean())
  .map(([text, isRestarted]): Deed => (world) => {
    world.editEniConfig({ eni_conf: text });
    if (isRestarted) world.restartPods('terway-eniip');
  });
const approving = fc.constant<Deed>(approve);
const losingStatus = fc.constant<Deed>((world) => {
  const { status: _, ...own } = world.network();
  world.setNetwork(own);
});

const deeds = fc.array(
  fc.oneof(edits, additions, upgrades, forgetting, letting, specs, configs, approving, losingStatus),
  {
    maxLength: 6,
  },
);

function newWorld(): FakeWorld {
  return new FakeWorld({
    networks: [network({ spec: START })],
    nodes: nodes({ onPremises: 2, cloud: 1, virtual: 1 }),
    workloads: [
      ...calicoManifest(),
      mountingSecret(terwayAddOn()),
      daemonSet({ name: 'node-exporter', namespace: 'monitoring' }),
    ],
    eniConfig: goodEniConfig(),
    addonSecret: secret(KEY_VALUES),
  });
}

async function after(history: readonly Deed[]): Promise<FakeWorld> {
  const world = newWorld();
  await world.reconcile();
  for (const deed of history) {
    deed(world);
    await world.reconcile();
  }
  return world;
}

test('the loop comes to rest: a second look writes nothing and says the same', async () => {
  await fc.assert(
    fc.asyncProperty(deeds, async (history) => {
      const world = await after(history);
      await world.reconcile();
      const { status } = world.network();
      world.done.length = 0;
      await world.reconcile();
      expect(world.done).toEqual([]);
      expect(world.network().status).toEqual(status);
    }),
    { numRuns: 150 },
  );
});

test('what the status calls held is excluded, and stays Ready=True only then', async () => {
  await fc.assert(
    fc.asyncProperty(deeds, async (history) => {
      const world = await after(history);
      const own = world.network();
      const wanted = wantedExclusions(own).slice(0, 1);
      const states = (own.status?.workloads ?? []).filter(({ kind }) => kind !== 'StatefulSet');
      for (const { name: which, state } of states.filter((one) => one.name !== 'terway-eniip')) {
        if (state === 'Held' && own.status?.conditions?.[0]?.reason !== 'InvalidSpec') {
          expect(isExcluded(world.workload(which).template, wanted)).toBe(true);
        }
      }
      expect(requiresCloud(world.workload('terway-eniip').template)).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test('a deletion with Restore ends, and leaves nothing of ours on an on-premises workload', async () => {
  await fc.assert(
    fc.asyncProperty(deeds, async (history) => {
      const world = await after(history);
      setSpec(world, { enforcement: 'Enforce', suspend: false, deletionPolicy: 'Restore' });
      const own = world.network();
      world.setNetwork({ ...own, metadata: { ...own.metadata, deletionTimestamp: '2026-02-01T00:00:00Z' } });
      for (let round = 0; round < 3 && world.networks.length > 0; round += 1) {
        await world.reconcile();
        if (world.networks.length > 0) approve(world);
      }
      expect(world.networks).toEqual([]);
      for (const which of NAMES) {
        const { annotations } = world.workload(which);
        const isForgotten = (annotations[ADDED_ANNOTATION] ?? '{}').length < 50;
        if (!isForgotten) expect(Object.keys(annotations)).not.toContain(ADDED_ANNOTATION);
      }
    }),
    { numRuns: 150 },
  );
});
