import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { AuditMark } from '../cluster/audit.ts';
import {
  annotationsOf,
  CALICO,
  changesInWords,
  commandIn,
  network,
  patch,
  read,
  remove,
  respec,
  TERWAY,
  untilRolledOut,
} from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { untilDecidedAnew } from '../support/follow-up.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import type { OperatorProcess } from '../support/operator-process.ts';

const ON_PREMISES = ['idc-1', 'idc-2', 'idc-3'];
const CLOUD = ['ecs-1', 'ecs-2'];
const EVERYWHERE = [...CLOUD, ...ON_PREMISES, 'vk-1'];
const CALICO_PODS = 'k8s-app=calico-node';
const TERWAY_PODS = 'app=terway-eniip';
const APPROVE = 'hybrid.alibabacloud.com/approve';
const PATCH_CALICO = 'patch daemonsets kube-system/calico-node';
const PATCH_CONTROLLERS = 'patch deployments kube-system/calico-kube-controllers';
const PATCH_TERWAY = 'patch daemonsets kube-system/terway-eniip';
const LET_IN = { spec: { template: { spec: { affinity: null } } } };

let cluster: HybridCluster;
let mark: AuditMark;
let operator: OperatorProcess;

async function hashOfPlan(name?: string): Promise<string> {
  return (await cluster.network(name)).status?.plan?.hash ?? '';
}

async function untilApprovalIsAsked(): Promise<string> {
  const { message } = await cluster.untilCondition('OnPremisesIsolated', {
    status: 'False',
    reason: 'ApprovalRequired',
  });
  return message;
}

beforeEach(async () => {
  mark = await cluster.controlPlane.audit.mark();
});

describe('a change that touches more pods than approveAbove', () => {
  beforeAll(async () => {
    cluster = await startHybridCluster();
    await cluster.applyFile('test/fixtures');
    await cluster.untilOn(CALICO_PODS, EVERYWHERE);
    await cluster.untilOn(TERWAY_PODS, [...CLOUD, ...ON_PREMISES]);
    operator = await cluster.startOperator();
  }, 120_000);

  afterAll(async () => {
    await cluster.stop();
  });

  test('waits: nothing of it is written, the message has the counts and the command; Terway’s placement did not wait', async () => {
    await cluster.apply(networkOf({ scenario: 'BGP', approveAbove: 5, enforcement: 'Observe' }));
    await cluster.untilCondition('OnPremisesIsolated', { status: 'False', reason: 'PlanPending' });
    // An approval is good for one spec, and to enforce is another one.
    await expect(hashOfPlan()).resolves.toBe('');
    await respec(cluster, { enforcement: 'Enforce' });
    const message = await untilApprovalIsAsked();
    expect(message).toContain('7 pods, more than approveAbove 5');
    expect(message).toContain('restarts 4 pods and evicts 3 pods');
    expect(message).toContain(
      'DaemonSet kube-system/calico-node, Deployment kube-system/calico-kube-controllers',
    );
    expect(message).toContain(
      `kubectl annotate hn idc-hangzhou --overwrite ${APPROVE}=${await hashOfPlan()}`,
    );
    await cluster.untilCondition('Stalled', { status: 'True' });
    await cluster.untilCondition('CloudJoinReady', { status: 'False' });
    await cluster.untilOn(TERWAY_PODS, CLOUD);
    await cluster.untilOn(CALICO_PODS, EVERYWHERE);
    const writes = await changesInWords(cluster, mark);
    expect(writes).toContain(PATCH_TERWAY);
    expect(writes).not.toContain(PATCH_CALICO);
    expect(writes).not.toContain(PATCH_CONTROLLERS);
    await expect(annotationsOf(cluster, CALICO)).resolves.not.toHaveProperty([
      'hybrid.alibabacloud.com/hold',
    ]);
  });

  test('has a hash that does not depend on how many nodes there are', async () => {
    const before = await hashOfPlan();
    await cluster.controlPlane.addNode('ecs', 'ecs-late');
    await cluster.untilOn(CALICO_PODS, [...EVERYWHERE, 'ecs-late']);
    await eventually(async () => expect(await untilApprovalIsAsked()).toContain('8 pods'));
    await expect(hashOfPlan()).resolves.toBe(before);
    await cluster.controlPlane.removeNode('ecs-late');
    await eventually(async () => expect(await untilApprovalIsAsked()).toContain('7 pods'));
    await expect(hashOfPlan()).resolves.toBe(before);
  });

  test('is not let go by the hash of another plan', async () => {
    const asked = await hashOfPlan();
    await respec(cluster, { onPremises: { excludeVirtualNodes: false } });
    const other = await hashOfPlan();
    expect(other).not.toBe(asked);
    await respec(cluster, { onPremises: { excludeVirtualNodes: true } });
    for (const hash of [other, 'ffffffffffff', '']) {
      await patch(cluster, network(), { metadata: { annotations: { [APPROVE]: hash } } });
      await respec(cluster, { approveAbove: hash.length % 2 === 0 ? 4 : 5 });
      await untilApprovalIsAsked();
    }
    await expect(changesInWords(cluster, mark)).resolves.toEqual([]);
  });

  test('goes ahead by the very command in the message', async () => {
    await cluster.kubectl(...commandIn(await untilApprovalIsAsked()));
    await cluster.untilOn(CALICO_PODS, ON_PREMISES);
    await cluster.untilCondition('OnPremisesIsolated', { status: 'True', reason: 'Isolated' });
    await expect(changesInWords(cluster, mark)).resolves.toEqual([PATCH_CALICO, PATCH_CONTROLLERS]);
  });

  test('does not wait when it repairs what is held', async () => {
    await respec(cluster, { approveAbove: 1 });
    await patch(cluster, CALICO, LET_IN);
    await eventually(async () => expect(await changesInWords(cluster, mark)).toContain(PATCH_CALICO));
    await cluster.untilOn(CALICO_PODS, ON_PREMISES);
    await cluster.untilCondition('OnPremisesIsolated', { status: 'True' });
  });

  test('that widens waits, few pods as it touches: a workload taken from the list stays held until it is approved', async () => {
    const agent = { kind: 'DaemonSet', name: 'idc-log-agent' } as const;
    await respec(cluster, {
      approveAbove: 100,
      onPremises: { workloads: [{ ...agent, namespace: 'kube-system' }] },
    });
    await cluster.apply({
      apiVersion: 'apps/v1',
      ...{ kind: agent.kind, metadata: { name: agent.name, namespace: 'kube-system' } },
      spec: {
        selector: { matchLabels: { app: agent.name } },
        template: {
          metadata: { labels: { app: agent.name } },
          spec: { containers: [{ name: 'agent', image: 'registry.invalid/agent:1' }] },
        },
      },
    });
    // Pods come in batches: that they are on-premises only does not tell that it is held.
    await eventually(async () =>
      expect(await annotationsOf(cluster, agent)).toHaveProperty(['hybrid.alibabacloud.com/hold']),
    );
    await cluster.untilOn(`app=${agent.name}`, ON_PREMISES);
    await untilRolledOut(cluster, agent);
    const held = await read(cluster, agent);
    await respec(cluster, { onPremises: { workloads: [] } });
    const message = await untilApprovalIsAsked();
    expect(message).toContain('onto cloud or virtual nodes again');
    const [planned] = (await cluster.network()).status?.plan?.actions ?? [];
    expect(planned).toMatchObject({ action: 'Withdraw', target: { name: agent.name }, widens: true });
    // What waits is repaired as long as it waits.
    await patch(cluster, agent, LET_IN);
    await eventually(async () => expect((await read(cluster, agent))?.['spec']).toEqual(held?.['spec']));
    await cluster.untilOn(`app=${agent.name}`, ON_PREMISES);
    await cluster.kubectl(...commandIn(await untilApprovalIsAsked()));
    await cluster.untilOn(`app=${agent.name}`, [...CLOUD, ...ON_PREMISES]);
    await cluster.untilCondition('OnPremisesIsolated', { status: 'True' });
  }, 60_000);

  describe('of the scenario, from BGP to Overlay', () => {
    test('is asked for, and refused as long as Terway runs on the cloud nodes', async () => {
      await respec(cluster, { scenario: 'Overlay' });
      await cluster.kubectl(...commandIn(await untilApprovalIsAsked()));
      const { message } = await cluster.untilCondition('OnPremisesIsolated', {
        status: 'False',
        reason: 'TerwayStillRuns',
      });
      expect(message).toContain('DaemonSet kube-system/calico-node');
      expect(message).toContain('2 nodes where Terway runs');
      // Not by a change of the spec, for which the approval would not be good any more.
      await untilDecidedAnew(cluster, operator);
      await expect(cluster.nodesOf(CALICO_PODS)).resolves.toEqual(ON_PREMISES);
      await expect(changesInWords(cluster, mark)).resolves.not.toContain(PATCH_CALICO);
    });

    test('is carried out when Terway has gone: Calico runs on the cloud nodes', async () => {
      await remove(cluster, TERWAY);
      await cluster.untilOn(CALICO_PODS, EVERYWHERE);
      await cluster.untilCondition('Ready', { status: 'True' });
      const calico = await annotationsOf(cluster, CALICO);
      expect(Object.keys(calico).filter((key) => key.startsWith('hybrid.alibabacloud.com/'))).toEqual([]);
    }, 90_000);
  });
});
