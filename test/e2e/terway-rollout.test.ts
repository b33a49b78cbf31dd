// Terway's pods run with what stands in eni-config and its Secret: restarted by the real DaemonSet controller, one after
// the other, when what they read has changed, and only then.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  edit,
  ENI_CONFIG,
  eniConfigData,
  nextDecision,
  patch,
  podNames,
  putSecret,
  respec,
  TERWAY,
  untilRolledOut,
} from '../support/by-hand.ts';
import type { Place } from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { writesTo } from '../support/follow-up.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import type { AuditMark } from '../cluster/audit.ts';

const SOURCE: Place = { kind: 'Secret', namespace: 'hybridnetwork-system', name: 'ram-user' };
const PODS = 'app=terway-eniip';
const CLOUD = ['ecs-1', 'ecs-2', 'ecs-3'];
const TYPED = {
  vSwitches: { 'cn-hangzhou-h': ['vsw-bp1roll'] },
  securityGroupIDs: ['sg-bp1roll'],
  serviceCIDR: '172.16.0.0/16',
  eniTags: { 'ack.aliyun.com': 'cRoll' },
};

let cluster: HybridCluster;
let operator: OperatorProcess;
let mark: AuditMark;
let before: readonly string[];

function newKey(n: number) {
  return { 'access-key-id': `LTAI5tRollout${n}`, 'access-key-secret': `SecretOfRollout${n}` };
}

/** Patches of the operator that restart pods. */
async function restarts(): Promise<number> {
  const writes = await writesTo(cluster, 'terway-eniip', mark);
  const isRestart = (body: unknown): boolean => JSON.stringify(body).includes('/spec/template/metadata');
  return writes.filter(({ code, requestObject }) => code === 200 && isRestart(requestObject)).length;
}

async function untilReady(): Promise<void> {
  await untilRolledOut(cluster, TERWAY);
  await cluster.untilCondition('TerwayReady', { status: 'True', reason: 'Available' });
  await cluster.untilCondition('Ready', { status: 'True' });
}

async function expectEveryPodReplaced(): Promise<void> {
  const now = await podNames(cluster, PODS);
  expect(now).toHaveLength(CLOUD.length);
  expect(now.filter((name) => before.includes(name))).toEqual([]);
}

beforeAll(async () => {
  cluster = await startHybridCluster({ idc: 1, ecs: 3, vk: 0 });
  await cluster.applyFile('test/fixtures/terway.yaml');
  await cluster.applyFile('test/fixtures/eni-config.yaml');
  await putSecret(cluster, SOURCE, newKey(0));
  operator = await cluster.startOperator();
  await cluster.apply(
    networkOf({
      scenario: 'HostNetwork',
      terway: { eniConfig: TYPED },
      credentials: { secretRef: { name: 'ram-user' } },
    }),
  );
  await untilReady();
}, 120_000);

beforeEach(async () => {
  mark = await cluster.controlPlane.audit.mark();
  before = await podNames(cluster, PODS);
});

afterAll(async () => {
  await cluster.stop();
});

test('a change of the spec restarts every pod once', async () => {
  await respec(cluster, { terway: { eniConfig: { maxPoolSize: 9 } } });
  await eventually(async () => (await restarts()) === 1);
  await untilReady();
  await expectEveryPodReplaced();
  expect(await restarts()).toBe(1);
}, 60_000);

test('so does a new access key, which the annotation does not give away', async () => {
  await putSecret(cluster, SOURCE, newKey(1));
  await eventually(async () => (await restarts()) === 1);
  await untilReady();
  await expectEveryPodReplaced();
  expect(JSON.stringify(await cluster.get('DaemonSet', 'terway-eniip'))).not.toContain('SecretOfRollout');
}, 60_000);

test('drift that is repaired before a pod could read it restarts none, nor does another format', async () => {
  const { eni_conf: text = '' } = (await eniConfigData(cluster)) ?? {};
  const { uid } = (await cluster.get('ConfigMap', 'eni-config')).metadata;
  expect(uid).toBeDefined();
  await patch(cluster, ENI_CONFIG, { data: { eni_conf: JSON.stringify(JSON.parse(text)) } });
  await nextDecision(cluster);
  await untilLaterThan(await youngestReadiness());
  await patch(cluster, ENI_CONFIG, { data: { eni_conf: text.replace('vsw-bp1roll', 'vsw-wrong') } });
  await eventually(async () => expect((await eniConfigData(cluster))?.['eni_conf']).toContain('vsw-bp1roll'));
  await nextDecision(cluster);
  expect(await restarts()).toBe(0);
  expect(await podNames(cluster, PODS)).toEqual(before);
}, 60_000);

test('pods that started while wrong content stood, the operator being down, are restarted once', async () => {
  await operator.stop();
  const { eni_conf: text = '' } = (await eniConfigData(cluster)) ?? {};
  await patch(cluster, ENI_CONFIG, { data: { eni_conf: text.replace('vsw-bp1roll', 'vsw-wrong') } });
  await cluster.kubectl('-n', 'kube-system', 'delete', 'pod', '-l', PODS);
  await cluster.untilOn(PODS, CLOUD);
  before = await podNames(cluster, PODS);

  operator = await cluster.startOperator();
  await eventually(async () => expect((await eniConfigData(cluster))?.['eni_conf']).toContain('vsw-bp1roll'));
  await eventually(async () => (await restarts()) === 1);
  await untilReady();
  await expectEveryPodReplaced();
  expect(await restarts()).toBe(1);
}, 60_000);

test('more pods than approveAbove are restarted only when a person says so', async () => {
  await respec(cluster, { approveAbove: 2, terway: { eniConfig: { maxPoolSize: 11 } } });
  const { message } = await cluster.untilCondition('TerwayReady', { reason: 'ApprovalRequired' });
  expect(message).toContain('restarts 3 pods');
  expect(await restarts()).toBe(0);
  await respec(cluster, { approveAbove: 10 });
  await untilReady();
  await expectEveryPodReplaced();
}, 60_000);

test('with restartOnChange: false the status gives the command, and is satisfied once a person has run it', async () => {
  await respec(cluster, { terway: { restartOnChange: false, eniConfig: { maxPoolSize: 12 } } });
  const { message, lastTransitionTime } = await cluster.untilCondition('TerwayReady', {
    reason: 'RestartDue',
  });
  await cluster.untilCondition('Stalled', { status: 'True', reason: 'RestartDue' });
  expect(await restarts()).toBe(0);
  await untilLaterThan(Date.parse(lastTransitionTime));
  const command = /kubectl (-n kube-system rollout restart daemonset terway-eniip)/.exec(message)?.[1];
  await cluster.kubectl(...(command ?? 'no command').split(' '));
  await untilReady();
  await respec(cluster, { terway: { restartOnChange: true } });
}, 60_000);

describe('a rollout that is stuck', () => {
  test('names the node whose pod does not go away, and goes on once it is gone', async () => {
    const [stuck = ''] = await podNames(cluster, PODS);
    const place = `/api/v1/namespaces/kube-system/pods/${stuck}`;
    const finalizers = ['test.hybridnetwork/stuck'];
    const { api } = cluster.controlPlane;
    const merge = { contentType: 'application/merge-patch+json' };
    await api.call('PATCH', place, { metadata: { finalizers } }, merge);
    await respec(cluster, { terway: { eniConfig: { maxPoolSize: 13 } } });
    const message = await eventually(async () => {
      const found = await cluster.condition('TerwayReady');
      return found?.message.includes('is terminating') === true ? found.message : '';
    });
    expect(message).toContain(`kube-system/${stuck}`);
    expect(message).toMatch(/Awaited: node ecs-\d/);
    await cluster.untilCondition('Reconciling', { status: 'True', reason: 'RollingOut' });
    await api.call('PATCH', place, { metadata: { finalizers: null } }, merge);
    await untilReady();
    await expectEveryPodReplaced();
  }, 60_000);

  test('names the node whose pod does not become Ready', async () => {
    await edit(cluster, TERWAY, [
      {
        op: 'add',
        path: '/spec/template/metadata/annotations/test.hybridnetwork~1behaviour',
        value: 'never-ready',
      },
    ]);
    const { message } = await cluster.untilCondition('TerwayReady', { reason: 'RollingOut' });
    expect(message).toMatch(/ready on \d of 3 cloud nodes/);
    await edit(cluster, TERWAY, [
      { op: 'remove', path: '/spec/template/metadata/annotations/test.hybridnetwork~1behaviour' },
    ]);
    await untilReady();
  }, 60_000);
});

/** Times of the API server are whole seconds: what happens within one may have happened in either order. */
async function untilLaterThan(time: number): Promise<void> {
  await eventually(() => Date.now() - time > 2_000, { what: 'a later second' });
}

async function youngestReadiness(): Promise<number> {
  const list = (await cluster.controlPlane.api.call(
    'GET',
    `/api/v1/namespaces/kube-system/pods?labelSelector=${encodeURIComponent(PODS)}`,
  )) as {
    readonly items: readonly {
      readonly status: { readonly conditions?: readonly { readonly lastTransitionTime: string }[] };
    }[];
  };
  const times = list.items.flatMap(({ status }) => status.conditions ?? []);
  return Math.max(...times.map(({ lastTransitionTime }) => Date.parse(lastTransitionTime)));
}
