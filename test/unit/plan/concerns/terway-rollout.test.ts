import { describe, expect, test } from '@jest/globals';
import { CONTENT_HASH_ANNOTATION } from '../../../../src/api/annotations.ts';
import type { HybridNetworkSpec } from '../../../../src/api/hybrid-network.ts';
import { claimsOf } from '../../../../src/plan/claims.ts';
import type { Verdict } from '../../../../src/plan/concern.ts';
import { terwayRollout } from '../../../../src/plan/concerns/terway-rollout.ts';
import type { PodFact, Workload } from '../../../../src/plan/facts.ts';
import { workloadKey } from '../../../../src/plan/facts.ts';
import { CLOUD_LABEL } from '../../../../src/plan/nodes.ts';
import { FakeWorld } from '../../../support/fake-world.ts';
import {
  facts,
  goodEniConfig,
  KEY_VALUES,
  mountingSecret,
  network,
  node,
  nodes,
  podOf,
  secret,
  TYPED,
  TYPED_ENI_CONF,
} from '../../../support/make-facts.ts';
import type { FactsOptions } from '../../../support/make-facts.ts';
import { terwayAddOn } from '../../../support/shipped-workloads.ts';

const OTHER_CONF = TYPED_ENI_CONF.replace('"max_pool_size": 5', '"max_pool_size": 9');
const PLACED = mountingSecret(terwayAddOn({ nodeSelector: { [CLOUD_LABEL]: 'true' } }));

function newWorld(spec: Partial<HybridNetworkSpec> = {}, terway: Workload = PLACED): FakeWorld {
  return new FakeWorld({
    networks: [network({ spec: { scenario: 'HostNetwork', ...spec } })],
    nodes: nodes({ onPremises: 1, cloud: 3 }),
    workloads: [terway],
    eniConfig: goodEniConfig(),
    addonSecret: secret(KEY_VALUES),
  });
}

function setSpec(world: FakeWorld, change: Partial<HybridNetworkSpec>): void {
  const own = world.network();
  const metadata = { ...own.metadata, generation: own.metadata.generation + 1 };
  world.setNetwork({ ...own, metadata, spec: { ...own.spec, ...change } });
}

function restarts(world: FakeWorld): number {
  return world.done.filter(({ verb }) => verb === 'RestartTerway').length;
}

function ready(world: FakeWorld): {
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
} {
  return (world.network().status?.conditions ?? []).find(({ type }) => type === 'TerwayReady') ?? {};
}

describe('Terway is restarted', () => {
  test('not at first sight: what runs is taken to have read what stands', async () => {
    const world = newWorld();
    await world.reconcile();

    expect(restarts(world)).toBe(0);
    expect(ready(world)).toMatchObject({ status: 'True', reason: 'Available' });
  });

  test('once when the spec changes what it reads', async () => {
    const world = newWorld();
    await world.reconcile();
    setSpec(world, { terway: { eniConfig: { ...TYPED, maxPoolSize: 9 } } });
    await world.reconcile();
    await world.reconcile();

    expect(restarts(world)).toBe(1);
    expect(ready(world)).toMatchObject({ status: 'True' });
  });

  test('also when the first thing that the operator does is to change it', async () => {
    const world = newWorld({ terway: { eniConfig: { ...TYPED, maxPoolSize: 9 } } });
    await world.reconcile();

    expect(world.done.map(({ verb }) => verb)).toEqual(['PlaceOnCloud', 'WriteConfigMap', 'RestartTerway']);
  });

  test('which Observe foretells', async () => {
    const world = newWorld({ enforcement: 'Observe', terway: { eniConfig: { ...TYPED, maxPoolSize: 9 } } });
    await world.reconcile();
    const actions = world.network().status?.plan?.actions ?? [];

    expect(actions.find(({ action }) => action === 'RestartTerway')).toMatchObject({ podsRestarted: 3 });
    expect(world.done).toEqual([]);
  });

  test('and again when the change is taken back', async () => {
    const world = newWorld({ terway: { eniConfig: { ...TYPED, maxPoolSize: 5 } } });
    await world.reconcile();
    for (const maxPoolSize of [9, 5]) {
      setSpec(world, { terway: { eniConfig: { ...TYPED, maxPoolSize } } });
      await world.reconcile();
    }

    expect(restarts(world)).toBe(2);
  });

  test('not for formatting, the order of keys, a key that it does not read, or the spelling of disable_network_policy', async () => {
    const world = newWorld();
    await world.reconcile();
    const turned = Object.entries({ ...(JSON.parse(TYPED_ENI_CONF) as object), version: '2' }).toReversed();
    world.editEniConfig({
      eni_conf: JSON.stringify(Object.fromEntries(turned)),
      disable_network_policy: 'yes',
    });
    await world.reconcile();

    expect(restarts(world)).toBe(0);
  });

  test('not for drift that is repaired before any pod could read it', async () => {
    const world = newWorld({ terway: { eniConfig: TYPED } });
    await world.reconcile();
    world.done.length = 0;
    world.editEniConfig({ eni_conf: TYPED_ENI_CONF.replace('vsw-a', 'vsw-wrong') });
    await world.reconcile();

    expect(world.done.map(({ verb }) => verb)).toEqual(['WriteConfigMap']);
  });

  test('once when its pods started while wrong content stood, as after an upgrade of the add-on', async () => {
    const world = newWorld({ terway: { eniConfig: TYPED } });
    await world.reconcile();
    world.done.length = 0;
    world.editEniConfig({ eni_conf: TYPED_ENI_CONF.replace('vsw-a', 'vsw-wrong') });
    world.restartPods('terway-eniip');
    await world.reconcile();
    await world.reconcile();

    expect(world.done.map(({ verb }) => verb)).toEqual(['NoteContent', 'WriteConfigMap', 'RestartTerway']);
  });

  test('when the access key in its Secret changes', async () => {
    const world = newWorld({ credentials: { secretRef: { name: 'ram-user' } } });
    const other = new FakeWorld({
      networks: [world.network()],
      nodes: nodes({ cloud: 1 }),
      workloads: [PLACED],
      eniConfig: goodEniConfig(),
      addonSecret: secret(KEY_VALUES),
      sourceSecret: secret({ ...KEY_VALUES, 'access-key-secret': 'Zk9OtherSecretValue000000000y2' }),
    });
    await other.reconcile();

    expect(restarts(other)).toBe(1);
    expect(JSON.stringify(other.workloads)).not.toContain('Zk9');
  });

  test('not by a change of the Secret that it does not mount', async () => {
    const terway = terwayAddOn({ nodeSelector: { [CLOUD_LABEL]: 'true' } });
    const world = newWorld({ credentials: { inENIConfig: 'Never' } }, terway);
    await world.reconcile();

    expect(restarts(world)).toBe(0);
  });

  test('not without an approval where it touches more pods than approveAbove', async () => {
    const world = newWorld({ approveAbove: 2 });
    await world.reconcile();
    setSpec(world, { terway: { eniConfig: { ...TYPED, maxPoolSize: 9 } } });
    await world.reconcile();

    expect(restarts(world)).toBe(0);
    expect(ready(world)).toMatchObject({ status: 'False', reason: 'ApprovalRequired' });
    expect(ready(world).message).toMatch(/restarts 3 pods.*kubectl annotate hn idc/);
  });

  test('not where restartOnChange is false: the status says that it is due, and for how long', async () => {
    const world = newWorld({ terway: { restartOnChange: false } });
    await world.reconcile();
    world.editEniConfig({ eni_conf: OTHER_CONF });
    await world.reconcile();

    expect(restarts(world)).toBe(0);
    expect(ready(world)).toMatchObject({ status: 'False', reason: 'RestartDue' });
    expect(ready(world).message).toContain('kubectl -n kube-system rollout restart daemonset terway-eniip');

    world.restartPods('terway-eniip');
    await world.reconcile();

    expect(ready(world)).toMatchObject({ status: 'True' });
  });
});

const MINUTE = 60_000;
const CREATED = '2026-03-01T00:00:00Z';
const NEW = `1a2b3c4d5e6f@${CREATED}`;
const ROLLING: Workload = {
  ...PLACED,
  template: {
    ...PLACED.template,
    metadata: { ...PLACED.template.metadata, annotations: { [CONTENT_HASH_ANNOTATION]: NEW } },
  },
};

function judge(
  pods: readonly PodFact[] | undefined,
  more: FactsOptions & { readonly minutes?: number } = {},
): Verdict {
  const { minutes = 1, ...options } = more;
  const given = facts({
    nodes: nodes({ onPremises: 1, cloud: 3 }),
    workloads: [ROLLING],
    pods: { [workloadKey(ROLLING)]: pods },
    now: new Date(Date.parse(CREATED) + minutes * MINUTE),
    ...options,
  });
  return terwayRollout.plan(given, claimsOf(given.networks, given.workloads));
}

const pod = (name: string, options: Partial<PodFact> = {}): PodFact =>
  podOf(ROLLING, name, { createdAt: CREATED, readySince: CREATED, contentHash: NEW, ...options });
const BOTH = [pod('cloud-1'), pod('cloud-2')];

describe('while Terway’s pods are awaited', () => {
  test('the progress and the pod that is not Ready are told', () => {
    const verdict = judge([...BOTH, pod('cloud-3', { ready: false })]);

    expect(verdict).toMatchObject({ health: 'working', reason: 'PodsNotReady', inForce: true });
    expect(verdict.message).toBe(
      'Terway is up to date and ready on 2 of 3 cloud nodes. Awaited: node cloud-3 (pod kube-system/terway-eniip-cloud-3 is not Ready).',
    );
  });

  test('pods of an earlier template are told apart from those that are awaited', () => {
    const old = { revision: 'r0', createdAt: '2026-02-01T00:00:00Z', readySince: '2026-02-01T00:00:00Z' };
    const { contentHash: _, ...earlier } = pod('cloud-3', old);
    const verdict = judge([...BOTH, earlier]);

    expect(verdict).toMatchObject({ health: 'working', reason: 'RollingOut' });
    expect(verdict.message).toContain('ready on 2 of 3 cloud nodes. 1 pod still to be restarted.');
  });

  test('a pod that does not go away is named with its node', () => {
    const stuck = pod('cloud-3', { deleting: true, deletionTimestamp: '2026-03-01T00:00:30Z' });

    expect(judge([...BOTH, stuck]).message).toContain(
      'node cloud-3 (pod kube-system/terway-eniip-cloud-3 is terminating and should have been gone at 2026-03-01T00:00:30Z)',
    );
  });

  test('a node without a pod is named', () => {
    expect(judge(BOTH).message).toContain('Awaited: node cloud-3 (it has no pod).');
  });

  test('a node that is not Ready is counted and not waited for', () => {
    const [idc, ...cloud] = nodes({ onPremises: 1, cloud: 2 });
    const all = [...(idc === undefined ? [] : [idc]), ...cloud, node('cloud', 'cloud-3', { ready: false })];

    expect(judge(BOTH, { nodes: all })).toMatchObject({
      health: 'ok',
      message: 'Terway is ready on 2 cloud nodes. 1 cloud node not Ready: not waited for.',
    });
  });

  test('it looks again when ten minutes without progress are over, and then says so', () => {
    const unready = [...BOTH, pod('cloud-3', { ready: false })];

    expect(judge(unready, { minutes: 3 }).recheckAfterMs).toBe(7 * MINUTE);
    expect(judge(unready, { minutes: 10 })).toMatchObject({
      health: 'failed',
      reason: 'RolloutDeadlineExceeded',
    });
  });

  test('each pod that becomes Ready starts the ten minutes anew', () => {
    const later = pod('cloud-2', { readySince: '2026-03-01T00:08:00Z' });

    expect(judge([pod('cloud-1'), later, pod('cloud-3', { ready: false })], { minutes: 12 })).toMatchObject({
      health: 'working',
      recheckAfterMs: 6 * MINUTE,
    });
  });

  test('a pod that keeps failing does not', () => {
    const failing = pod('cloud-3', { ready: false, readySince: '2026-03-01T00:11:00Z' });

    expect(judge([...BOTH, failing], { minutes: 12 })).toMatchObject({ reason: 'RolloutDeadlineExceeded' });
  });

  test('without a cloud node there is nothing to wait for', () => {
    expect(judge([], { nodes: nodes({ onPremises: 2 }) })).toMatchObject({
      health: 'ok',
      reason: 'Available',
    });
  });

  test('pods that have not been read are not called ready', () => {
    expect(judge(undefined)).toMatchObject({ health: 'unknown', reason: 'Observing' });
  });
});

test('under updateStrategy OnDelete the pods to delete are named', () => {
  const terway: Workload = {
    ...ROLLING,
    updateStrategy: 'OnDelete',
    hasAnnotations: true,
    annotations: { [CONTENT_HASH_ANNOTATION]: `000000000000 ${'1'.repeat(12)}@2026-03-01T00:01:00Z` },
  };
  const verdict = judge([pod('cloud-1')], { workloads: [terway] });

  expect(verdict).toMatchObject({ health: 'failed', reason: 'RestartDue' });
  expect(verdict.message).toContain('kubectl -n kube-system delete pod terway-eniip-cloud-1');
});
