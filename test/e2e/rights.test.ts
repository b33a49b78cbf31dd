import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { runCommandIn, writesTo } from '../support/follow-up.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import { daemonSet, namespaceOf } from '../support/manifests.ts';

const ON_PREMISES = ['idc-1', 'idc-2', 'idc-3'];
const EVERYWHERE = ['ecs-1', 'ecs-2', ...ON_PREMISES, 'vk-1'];
const COMMAND =
  'kubectl -n calico-system create rolebinding hybridnetwork-operator-workloads --clusterrole=hybridnetwork-operator-workloads --serviceaccount=hybridnetwork-system:hybridnetwork-operator';

describe('the right to change workloads is given per namespace', () => {
  let cluster: HybridCluster;

  beforeAll(async () => {
    cluster = await startHybridCluster();
    await cluster.applyFile('test/fixtures');
    await cluster.apply(
      namespaceOf('calico-system'),
      daemonSet('csi-node-driver', { namespace: 'calico-system' }),
    );
    await cluster.untilOn('k8s-app=calico-node', EVERYWHERE);
    await cluster.untilOn('app=csi-node-driver', EVERYWHERE, 'calico-system');
    await cluster.startOperator();
  }, 120_000);

  afterAll(async () => {
    await cluster.stop();
  });

  test('where it is missing one write is tried, the command that gives it is named, and the rest goes on', async () => {
    const mark = await cluster.controlPlane.audit.mark();
    await cluster.apply(networkOf({ scenario: 'BGP', approveAbove: 100 }));
    const wanted = { status: 'False', reason: 'Forbidden' } as const;
    const { message } = await cluster.untilCondition('OnPremisesIsolated', wanted);
    expect(message).toContain(COMMAND);
    await cluster.untilCondition('Ready', wanted);
    await cluster.untilCondition('Stalled', { status: 'True', reason: 'Forbidden' });
    await cluster.untilCondition('CloudJoinReady', { status: 'False' });
    await cluster.untilOn('k8s-app=calico-node', ON_PREMISES);
    await cluster.untilOn('app=csi-node-driver', EVERYWHERE, 'calico-system');
    expect((await writesTo(cluster, 'csi-node-driver', mark)).map(({ code }) => code)).toEqual([403]);
  }, 60_000);

  test('after that very command it heals by itself', async () => {
    const mark = await cluster.controlPlane.audit.mark();
    const { message } = await cluster.untilCondition('OnPremisesIsolated', { reason: 'Forbidden' });
    await runCommandIn(cluster, message, 'kubectl -n calico-system');
    await eventually(async () => (await cluster.condition('OnPremisesIsolated'))?.status === 'True', {
      what: 'the right is looked for again within a minute',
      timeoutMs: 75_000,
    });
    await cluster.untilOn('app=csi-node-driver', ON_PREMISES, 'calico-system');
    expect((await writesTo(cluster, 'csi-node-driver', mark)).map(({ code }) => code)).toEqual([200]);
  }, 120_000);
});
