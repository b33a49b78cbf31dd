// Scenario Overlay on a real control plane: the on-premises CNI spans the cloud nodes, and the operator says whether it
// does. It writes nothing but its status.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AuditMark } from '../cluster/audit.ts';
import { CALICO, changesInWords, patch, remove, TERWAY, untilRolledOut } from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import type { OperatorProcess } from '../support/operator-process.ts';

const EVERYWHERE = ['ecs-1', 'ecs-2', 'idc-1', 'idc-2'];
const CALICO_PODS = 'k8s-app=calico-node';
const TERWAY_PODS = 'app=terway-eniip';
const IMAGE = 'docker.io/calico/node:v3.32.1';
const READY = { status: 'True', reason: 'CNIReady' } as const;

let cluster: HybridCluster;
let operator: OperatorProcess;
let mark: AuditMark;

/** How Calico's pods behave from now on, and on which nodes. */
async function behave(behaviour: string | null, on: string | null = null): Promise<void> {
  const annotations = { 'test.hybridnetwork/behaviour': behaviour, 'test.hybridnetwork/behaviour-on': on };
  await patch(cluster, CALICO, { spec: { template: { metadata: { annotations } } } });
}

async function podOn(node: string): Promise<string> {
  const { api } = cluster.controlPlane;
  const query = `labelSelector=${encodeURIComponent(CALICO_PODS)}&fieldSelector=spec.nodeName%3D${node}`;
  const list = (await api.call('GET', `/api/v1/namespaces/kube-system/pods?${query}`)) as {
    readonly items: readonly { readonly metadata: { readonly name: string } }[];
  };
  return list.items[0]?.metadata.name ?? '';
}

beforeAll(async () => {
  cluster = await startHybridCluster({ idc: 2, ecs: 0, vk: 0 });
  await cluster.applyFile('test/fixtures/calico.yaml');
  await behave('image-pull-error', 'ecs-');
  await cluster.controlPlane.joinNodes({ ecs: 2 });
  operator = await cluster.startOperator();
  mark = await cluster.controlPlane.audit.mark();
  await cluster.apply(networkOf({ scenario: 'Overlay' }));
}, 120_000);

afterAll(async () => {
  await cluster.stop();
});

test('an image that cloud nodes cannot pull is told with nodes, image and remedy', async () => {
  const { message } = await cluster.untilCondition('OverlayReady', { reason: 'ImagePullFailed' });
  await eventually(async () => {
    const found = await cluster.condition('OverlayReady');
    expect(found?.message).toContain(`on ecs-1, ecs-2: ImagePullBackOff of image ${IMAGE}`);
  });
  expect(message).toContain('Mirror the image to a registry that the VPC reaches');
  await cluster.untilCondition('Ready', { status: 'False', reason: 'ImagePullFailed' });
  await cluster.untilCondition('CloudJoinReady', { status: 'False' });
});

test('once it can be pulled all is well', async () => {
  await behave(null);
  await cluster.untilOn(CALICO_PODS, EVERYWHERE);
  await cluster.untilCondition('OverlayReady', READY);
  const { message } = await cluster.untilCondition('Ready', { status: 'True', reason: 'Reconciled' });
  expect(message).toContain('kube-system/calico-node is Ready on 2 cloud nodes');
  await cluster.untilCondition('CloudJoinReady', { status: 'True' });
});

test('a pod that crashes is told with its log', async () => {
  await untilRolledOut(cluster, CALICO);
  const pod = await podOn('ecs-2');
  const waiting = { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' };
  const container = {
    name: 'calico-node',
    image: IMAGE,
    imageID: '',
    ready: false,
    restartCount: 4,
    state: { waiting },
  };
  const status = { conditions: [{ type: 'Ready', status: 'False' }], containerStatuses: [container] };
  await cluster.controlPlane.api.call(
    'PATCH',
    `/api/v1/namespaces/kube-system/pods/${pod}/status`,
    { status },
    { contentType: 'application/merge-patch+json' },
  );
  const { message } = await cluster.untilCondition('OverlayReady', { status: 'False', reason: 'CNIFailing' });
  expect(message).toContain(`on ecs-2: CrashLoopBackOff of image ${IMAGE}`);
  expect(message).toContain(`kubectl -n kube-system logs ${pod}`);
  await cluster.kubectl('-n', 'kube-system', 'delete', 'pod', pod);
  await cluster.untilCondition('OverlayReady', READY);
});

test('a cloud node that joins is waited for, and Ready stays', async () => {
  await behave('never-ready', 'ecs-late');
  await untilRolledOut(cluster, CALICO);
  await cluster.untilCondition('Ready', { status: 'True' });
  await cluster.controlPlane.addNode('ecs', 'ecs-late');
  const { status, message } = await cluster.untilCondition('OverlayReady', { reason: 'NodesJoining' });
  expect(status).toBe('True');
  expect(message).toContain(
    '1 cloud node joining or NotReady, without a ready pod of Calico so far: ecs-late',
  );
  await cluster.untilCondition('Ready', { status: 'True', reason: 'NodesJoining' });
  await cluster.untilCondition('Reconciling', { status: 'True' });
  await cluster.controlPlane.removeNode('ecs-late');
  await cluster.untilCondition('OverlayReady', READY);
}, 60_000);

test('a cloud node that the CNI cannot run on is named', async () => {
  const term = (values: readonly string[]) => ({
    matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'NotIn', values }],
  });
  const required = { nodeSelectorTerms: [term(['ecs-1'])] };
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
  await patch(cluster, CALICO, { spec: { template: { spec: { affinity } } } });
  const { message } = await cluster.untilCondition('OverlayReady', { status: 'False', reason: 'CNIMissing' });
  expect(message).toContain('can run on ecs-1: its nodeSelector, node affinity');
  await patch(cluster, CALICO, { spec: { template: { spec: { affinity: null } } } });
  await cluster.untilOn(CALICO_PODS, EVERYWHERE);
  await cluster.untilCondition('OverlayReady', READY);
}, 60_000);

test('Terway on the same nodes is a conflict, and where it ran is remembered when it is gone', async () => {
  await cluster.applyFile('test/fixtures/terway.yaml');
  await cluster.untilOn(TERWAY_PODS, EVERYWHERE);
  await eventually(async () => {
    const { reason, message } = await cluster.untilCondition('OverlayReady', { status: 'False' });
    expect(reason).toBe('TerwayBesideCNI');
    expect(message).toContain('Terway runs on ecs-1, ecs-2');
  });
  // What the operator has not seen start has not run for it, and there would be nothing to remember.
  await eventually(async () => {
    const found = await cluster.condition('CleanupNeeded');
    expect(found?.message).toContain('Terway has run on ecs-1, ecs-2');
  });
  await remove(cluster, TERWAY);
  await cluster.untilOn(TERWAY_PODS, []);
  await cluster.untilCondition('OverlayReady', READY);
  const { message } = await cluster.untilCondition('CleanupNeeded', {
    status: 'True',
    reason: 'ReimageNodes',
  });
  expect(message).toContain('Terway has run on ecs-1, ecs-2');
}, 60_000);

test('another operator knows it still, until the node is re-imaged', async () => {
  await operator.stop();
  operator = await cluster.startOperator();
  await cluster.controlPlane.removeNode('ecs-1');
  await cluster.controlPlane.addNode('ecs', 'ecs-1');
  await eventually(async () => {
    const found = await cluster.condition('CleanupNeeded');
    expect(found?.message).toContain('Terway has run on ecs-2,');
  });
  await cluster.controlPlane.removeNode('ecs-2');
  await eventually(async () => (await cluster.condition('CleanupNeeded')) === undefined);
}, 60_000);

test('nothing was written in all this but the status', async () => {
  await expect(changesInWords(cluster, mark)).resolves.toEqual([]);
});
