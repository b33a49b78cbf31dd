import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { AuditMark } from '../cluster/audit.ts';
import { changesInWords, podNames } from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { untilDecidedAnew } from '../support/follow-up.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import { CLOUD_LABEL, deployment, fixture } from '../support/manifests.ts';
import type { OperatorProcess } from '../support/operator-process.ts';

const ON_PREMISES = ['idc-1', 'idc-2', 'idc-3'];
const CLOUD = ['ecs-1', 'ecs-2'];

describe('nodes come, go and change sides', () => {
  let cluster: HybridCluster;
  let operator: OperatorProcess;
  let mark: AuditMark;

  const untilApart = async (onPremises: readonly string[], cloud: readonly string[]): Promise<void> => {
    await cluster.untilOn('k8s-app=calico-node', onPremises);
    await cluster.untilOn('app=terway-eniip', cloud);
  };
  const untilCounted = async (cloud: number, onPremises: number, virtual: number): Promise<void> => {
    await eventually(
      async () => {
        const { status } = await cluster.network();
        expect(status?.nodes).toEqual({ cloud, onPremises, virtual });
        expect(status?.misplacedPods).toBe(0);
      },
      { what: `${cloud} cloud, ${onPremises} on-premises and ${virtual} virtual nodes in the status` },
    );
  };

  beforeAll(async () => {
    cluster = await startHybridCluster();
    await cluster.applyFile('test/fixtures/terway.yaml');
    await cluster.apply(await fixture('calico.yaml', 'DaemonSet'));
    operator = await cluster.startOperator();
    const workloads = [{ kind: 'Deployment' as const, namespace: 'kube-system', name: 'ledger' }];
    await cluster.apply(networkOf({ scenario: 'BGP', approveAbove: 100, onPremises: { workloads } }));
    await cluster.untilCondition('TerwayPlaced', { status: 'True', reason: 'Placed' });
    await cluster.untilCondition('OnPremisesIsolated', { status: 'True', reason: 'Isolated' });
    await untilApart(ON_PREMISES, CLOUD);
    await untilCounted(2, 3, 1);
    await untilDecidedAnew(cluster, operator);
  }, 120_000);

  afterAll(async () => {
    await cluster.stop();
  });

  beforeEach(async () => {
    mark = await cluster.controlPlane.audit.mark();
  });

  // Only the status follows the nodes: the templates say already where pods belong.
  const expectNoChange = async (): Promise<void> => {
    await untilDecidedAnew(cluster, operator);
    expect(await changesInWords(cluster, mark)).toEqual([]);
  };

  test('a cloud node that joins runs Terway and no Calico', async () => {
    await cluster.controlPlane.joinNodes({ ecs: 1 });
    await untilApart(ON_PREMISES, [...CLOUD, 'ecs-3']);
    await untilCounted(3, 3, 1);
    await expectNoChange();
  });

  test('an on-premises node that joins runs Calico and no Terway', async () => {
    await cluster.controlPlane.joinNodes({ idc: 1 });
    await untilApart([...ON_PREMISES, 'idc-4'], [...CLOUD, 'ecs-3']);
    await untilCounted(3, 4, 1);
    await expectNoChange();
  });

  test('a virtual node that joins runs neither', async () => {
    await cluster.controlPlane.joinNodes({ vk: 1 });
    await untilCounted(3, 4, 2);
    await untilApart([...ON_PREMISES, 'idc-4'], [...CLOUD, 'ecs-3']);
    await expectNoChange();
  });

  test('nodes that leave are not missed', async () => {
    for (const name of ['ecs-3', 'idc-4', 'vk-2']) await cluster.controlPlane.removeNode(name);
    await untilApart(ON_PREMISES, CLOUD);
    await untilCounted(2, 3, 1);
    await expectNoChange();
  });

  test('an on-premises node that is labelled as a cloud node by mistake changes sides, and back', async () => {
    await cluster.kubectl('label', 'node', 'idc-3', `${CLOUD_LABEL}=true`);
    await untilApart(['idc-1', 'idc-2'], [...CLOUD, 'idc-3']);
    await untilCounted(3, 2, 1);

    await cluster.kubectl('label', 'node', 'idc-3', `${CLOUD_LABEL}-`);
    await untilApart(ON_PREMISES, CLOUD);
    await untilCounted(2, 3, 1);
    await expectNoChange();
  });

  test('a cloud node that joins without its label is an on-premises node until it gets it', async () => {
    const labels = { [CLOUD_LABEL]: 'false' };
    await cluster.controlPlane.addNode('ecs', 'ecs-late', { labels });
    await untilApart([...ON_PREMISES, 'ecs-late'], CLOUD);
    await untilCounted(2, 4, 1);

    await cluster.kubectl('label', 'node', 'ecs-late', `${CLOUD_LABEL}=true`, '--overwrite');
    await untilApart(ON_PREMISES, [...CLOUD, 'ecs-late']);
    await untilCounted(3, 3, 1);
    await expectNoChange();
  });

  test('a replica that runs on a node when it changes sides is named, for nothing else would move it', async () => {
    const preference = {
      matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['idc-3'] }],
    };
    const preferred = { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference }] };
    await cluster.apply(deployment('ledger', 1, { affinity: { nodeAffinity: preferred } }));
    await eventually(async () => {
      const found = ((await cluster.network()).status?.workloads ?? []).find(({ name }) => name === 'ledger');
      expect(found?.state).toBe('Held');
    });
    await cluster.kubectl('-n', 'kube-system', 'rollout', 'status', 'deployment/ledger', '--timeout=30s');
    await cluster.untilOn('app=ledger', ['idc-3']);
    const [pod = ''] = await podNames(cluster, 'app=ledger');

    await cluster.kubectl('label', 'node', 'idc-3', `${CLOUD_LABEL}=true`);
    const wanted = { status: 'False', reason: 'PodsOnWrongNodes' } as const;
    const { message } = await cluster.untilCondition('OnPremisesIsolated', wanted);
    expect(message).toBe(`Nothing moves these pods, delete them: kube-system/${pod}.`);
    await eventually(async () => (await cluster.network()).status?.misplacedPods === 1);

    await cluster.kubectl('-n', 'kube-system', 'delete', 'pod', pod);
    await cluster.untilCondition('OnPremisesIsolated', { status: 'True', reason: 'Isolated' });
    expect(ON_PREMISES).toEqual(expect.arrayContaining([...(await cluster.nodesOf('app=ledger'))]));
  });
});
