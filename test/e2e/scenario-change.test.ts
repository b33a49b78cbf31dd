// A living cluster changes its scenario and back, by the steps of docs/scenarios.md. At no time does a cloud node in
// service lose the only network plug-in that it has, or get a second one from the operator.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AuditMark } from '../cluster/audit.ts';
import {
  CALICO,
  changesInWords,
  commandIn,
  inWords,
  nextDecision,
  patch,
  podNames,
  remove,
  respec,
  TERWAY,
} from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { untilDecidedAnew } from '../support/follow-up.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import type { OperatorProcess } from '../support/operator-process.ts';

const ON_PREMISES = ['idc-1', 'idc-2'];
const CLOUD = ['ecs-1', 'ecs-2'];
const EVERYWHERE = [...CLOUD, ...ON_PREMISES];
const CALICO_PODS = 'k8s-app=calico-node';
const TERWAY_PODS = 'app=terway-eniip';
const PATCH_CALICO = 'patch daemonsets kube-system/calico-node';

let cluster: HybridCluster;
let operator: OperatorProcess;
let mark: AuditMark;

beforeAll(async () => {
  cluster = await startHybridCluster({ idc: 2, vk: 0 });
  await cluster.applyFile('test/fixtures/calico.yaml');
  await cluster.untilOn(CALICO_PODS, EVERYWHERE);
  operator = await cluster.startOperator();
  await cluster.apply(networkOf({ scenario: 'Overlay' }));
  await cluster.untilCondition('Ready', { status: 'True' });
  mark = await cluster.controlPlane.audit.mark();
}, 120_000);

afterAll(async () => {
  await cluster.stop();
});

test('from Overlay to BGP: refused while cloud nodes in service have no other network plug-in', async () => {
  await respec(cluster, { scenario: 'BGP' });
  const { message } = await cluster.untilCondition('OnPremisesIsolated', {
    status: 'False',
    reason: 'OnlyNetworkPlugin',
  });
  expect(message).toContain('DaemonSet kube-system/calico-node is the only network plug-in on ecs-1, ecs-2');
  expect(message).toContain('kubectl drain');
  await cluster.untilCondition('CloudJoinReady', { status: 'False' });
  await cluster.kubectl('cordon', 'ecs-1');
  await eventually(async () => {
    const found = await cluster.condition('OnPremisesIsolated');
    expect(found?.message).toContain('the only network plug-in on ecs-2.');
  });
  await nextDecision(cluster);
  await cluster.untilOn(CALICO_PODS, EVERYWHERE);
  await expect(changesInWords(cluster, mark)).resolves.toEqual([]);
});

test('it goes ahead once all of them are drained, and what ran there is written down before it leaves', async () => {
  await cluster.kubectl('cordon', 'ecs-2');
  await cluster.untilOn(CALICO_PODS, ON_PREMISES);
  await cluster.untilCondition('OnPremisesIsolated', { status: 'True', reason: 'Isolated' });
  const { message } = await cluster.untilCondition('CleanupNeeded', { status: 'True' });
  expect(message).toContain('The on-premises CNI has run on ecs-1, ecs-2');
  const writes = (await cluster.operatorWrites(mark)).map(inWords);
  const remembered = writes.indexOf('patch hybridnetworks/status idc-hangzhou');
  expect(remembered).toBeGreaterThanOrEqual(0);
  expect(writes.indexOf(PATCH_CALICO)).toBeGreaterThan(remembered);
});

test('the nodes join again, re-imaged, and run Terway alone', async () => {
  for (const name of CLOUD) await cluster.controlPlane.removeNode(name);
  await eventually(async () => (await cluster.condition('CleanupNeeded')) === undefined);
  await cluster.applyFile('test/fixtures/terway.yaml');
  const annotations = {
    'test.hybridnetwork/behaviour': 'stuck-terminating',
    'test.hybridnetwork/behaviour-on': 'ecs-2',
  };
  // A pod without a period of grace is gone at once.
  const spec = { terminationGracePeriodSeconds: 30 };
  await patch(cluster, TERWAY, { spec: { template: { metadata: { annotations }, spec } } });
  await cluster.untilOn(TERWAY_PODS, []);
  for (const name of CLOUD) await cluster.controlPlane.addNode('ecs', name);
  await cluster.untilOn(TERWAY_PODS, CLOUD);
  await cluster.untilOn(CALICO_PODS, ON_PREMISES);
  await expect(cluster.condition('CleanupNeeded')).resolves.toBeUndefined();
}, 60_000);

test('from BGP to Overlay: refused while pods of Terway are there, also those that are only leaving', async () => {
  mark = await cluster.controlPlane.audit.mark();
  await respec(cluster, { scenario: 'Overlay' });
  const asked = await cluster.untilCondition('OnPremisesIsolated', { reason: 'ApprovalRequired' });
  expect(asked.message).toContain('an approval alone does not do');
  await cluster.kubectl(...commandIn(asked.message));
  await cluster.untilCondition('OnPremisesIsolated', { status: 'False', reason: 'TerwayStillRuns' });
  await remove(cluster, TERWAY);
  await eventually(async () => {
    const found = await cluster.condition('OnPremisesIsolated');
    expect(found?.message).toContain('1 node where Terway runs (ecs-2)');
  });
  await untilDecidedAnew(cluster, operator);
  await expect(cluster.nodesOf(CALICO_PODS)).resolves.toEqual(ON_PREMISES);
  await expect(changesInWords(cluster, mark)).resolves.not.toContain(PATCH_CALICO);
}, 60_000);

test('it is carried out as soon as the last of them is gone, and where Terway ran is named', async () => {
  await expect(podNames(cluster, TERWAY_PODS)).resolves.toEqual([]);
  await cluster.kubectl(
    '-n',
    'kube-system',
    'delete',
    'pod',
    '-l',
    TERWAY_PODS,
    '--force',
    '--grace-period=0',
  );
  await cluster.untilOn(CALICO_PODS, EVERYWHERE);
  await cluster.untilCondition('OverlayReady', { status: 'True', reason: 'CNIReady' });
  const { message } = await cluster.untilCondition('CleanupNeeded', { status: 'True' });
  expect(message).toContain('Terway has run on ecs-1, ecs-2');
  await expect(changesInWords(cluster, mark)).resolves.toContain(PATCH_CALICO);
}, 60_000);

test('under HostNetwork a CNI that could meet Terway is told, and left alone', async () => {
  mark = await cluster.controlPlane.audit.mark();
  await respec(cluster, { scenario: 'HostNetwork' });
  const { message } = await cluster.untilCondition('OnPremisesIsolated', {
    status: 'False',
    reason: 'UnexpectedCNI',
  });
  expect(message).toContain('kube-system/calico-node can run there beside Terway');
  await cluster.untilOn(CALICO_PODS, EVERYWHERE);
  await expect(changesInWords(cluster, mark)).resolves.not.toContain(PATCH_CALICO);
  await remove(cluster, CALICO);
  await cluster.untilCondition('OnPremisesIsolated', { status: 'True', reason: 'NotRequired' });
});
