// The image of the Dockerfile, run as the shipped Deployment by a real kubelet on a real containerd beside the control plane.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { NAMESPACE } from '../packages/support/render.ts';
import { CALICO, patch, read, TERWAY } from '../support/by-hand.ts';
import type { Place } from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import { memoryFacts, processFacts } from './container.ts';
import { inContainer, KEY, leader, NETWORK, processIdOf, readyPod } from './deployed.ts';
import type { OperatorPod } from './deployed.ts';
import { machineState } from './machine-state.ts';
import { followLogs, podFrames } from './streams.ts';
import { NODE } from './node.ts';
import { CLOUD, ON_PREMISES, startNodeStand } from './stand.ts';
import type { NodeStand } from './stand.ts';

const MIB = 1 << 20;

const before = machineState();
let stand: NodeStand;
let cluster: HybridCluster;
let pod: OperatorPod;
let pid: number;

async function podSpec(place: Place): Promise<unknown> {
  const workload = await read<{ readonly spec: { readonly template: { readonly spec: unknown } } }>(
    cluster,
    place,
  );
  return workload?.spec.template.spec;
}

beforeAll(async () => {
  stand = await startNodeStand();
  ({ cluster } = stand);
  pod = await readyPod(cluster);
  pid = processIdOf(pod);
}, 600_000);

afterAll(async () => {
  await stand?.stop();
}, 120_000);

it('the kubelet runs the pod, which becomes the leader at once', async () => {
  expect(pod.spec.nodeName).toBe(NODE);
  expect(pod.status.containerStatuses).toMatchObject([{ ready: true, restartCount: 0 }]);
  await eventually(async () => expect(await leader(cluster)).toContain(pod.metadata.name));
});

it('the process holds no right of the machine, and cannot get one', () => {
  expect(processFacts(pid)).toMatchObject({
    uid: 65532,
    gid: 65532,
    capabilities: '0000000000000000',
    noNewPrivileges: true,
    seccomp: 2,
  });
});

it.each(['/', '/app', '/tmp', '/etc'])('nothing can be written to %s', async (place) => {
  const code = `try { fs.writeFileSync('${place}/written', ''); console.log('written'); } catch ({ code }) { console.log(code); }`;
  expect((await inContainer(cluster, pod, code)).trim()).toBe('EROFS');
});

it('a HybridNetwork becomes Ready', async () => {
  await cluster.apply(NETWORK);
  await cluster.untilCondition('Ready', { status: 'True' });
  await cluster.untilOn('k8s-app=calico-node', ON_PREMISES);
  await cluster.untilOn('app=terway-eniip', CLOUD);
}, 120_000);

it('drift is repaired', async () => {
  const pods = async () => await Promise.all([CALICO, TERWAY].map(async (place) => await podSpec(place)));
  const apart = await pods();
  await patch(cluster, CALICO, { spec: { template: { spec: { affinity: null } } } });
  await patch(cluster, TERWAY, { spec: { template: { spec: { nodeSelector: null } } } });
  await eventually(async () => expect(await pods()).toEqual(apart), { timeoutMs: 10_000 });
  await cluster.untilOn('k8s-app=calico-node', ON_PREMISES);
  await cluster.untilOn('app=terway-eniip', CLOUD);
}, 120_000);

it('stays below its limit of memory', () => {
  const { limit, peak, failures } = memoryFacts(pid);
  expect(limit).toBe(256 * MIB);
  expect(failures).toBe(0);
  // Half of the limit is left for a cluster of thousands of nodes (docs/performance.md).
  expect(peak).toBeLessThan(limit / 2);
});

it('on SIGTERM says so, ends with 0 within the grace period, and the next one leads', async () => {
  const logs = followLogs(cluster, pod.metadata.name);
  const frames = podFrames<OperatorPod>(cluster, pod.metadata.name);
  try {
    await eventually(() => logs.lines().length > 0 && frames.lines().length > 0);
    const start = performance.now();
    await cluster.kubectl('-n', NAMESPACE, 'delete', 'pod', pod.metadata.name);
    expect(performance.now() - start).toBeLessThan(10_000);
    await eventually(() => {
      const last = frames.lines().at(-1)?.status.containerStatuses?.[0]?.state.terminated;
      expect(last).toMatchObject({ exitCode: 0, reason: 'Completed' });
    });
    await eventually(() => expect(logs.lines().at(-1)?.msg).toBe('not leading any more'));
    const told = logs.lines();
    expect(told.filter(({ level }) => level !== 'info')).toEqual([]);
    expect(told.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['starting', 'leading', 'stopping']));
    expect(JSON.stringify(told)).not.toContain(KEY['access-key-secret']);
  } finally {
    logs.stop();
    frames.stop();
  }
  const next = await readyPod(cluster);
  expect(next.metadata.uid).not.toBe(pod.metadata.uid);
  await eventually(async () => expect(await leader(cluster)).toContain(next.metadata.name));
  await cluster.untilCondition('Ready', { status: 'True' });
}, 60_000);

it('the machine is as it was before', async () => {
  await stand.stopNode();
  // The kernel takes the interfaces of a network namespace away some time after its last process.
  await eventually(() => expect(machineState()).toEqual(before));
}, 60_000);
