import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';

const ON_PREMISES = ['idc-1', 'idc-2', 'idc-3'];
const CLOUD = ['ecs-1', 'ecs-2'];
const EVERYWHERE = [...CLOUD, ...ON_PREMISES, 'vk-1'];

describe('one HybridNetwork keeps two container networks apart', () => {
  let cluster: HybridCluster;

  beforeAll(async () => {
    cluster = await startHybridCluster();
    await cluster.applyFile('test/fixtures');
    await cluster.untilOn('k8s-app=calico-node', EVERYWHERE);
    await cluster.untilOn('app=terway-eniip', [...CLOUD, ...ON_PREMISES]);
    await cluster.startOperator();
  }, 120_000);

  afterAll(async () => {
    await cluster.stop();
  });

  test('every pod goes to its side', async () => {
    await cluster.kubectl(
      ...['-n', 'hybridnetwork-system', 'create', 'secret', 'generic', 'ram-user'],
      ...[
        '--from-literal=access-key-id=LTAI5tCanaryKeyId',
        '--from-literal=access-key-secret=CanarySecretValue',
      ],
    );
    await cluster.applyFile('deploy/samples/bgp.yaml');
    await cluster.untilCondition('Ready', { status: 'True' });
    await cluster.untilOn('k8s-app=calico-node', ON_PREMISES);
    await cluster.untilOn('app=terway-eniip', CLOUD);
    const { status } = await cluster.network();
    expect(status?.nodes).toEqual({ cloud: 2, onPremises: 3, virtual: 1 });
    expect(status?.misplacedPods).toBe(0);
  }, 90_000);
});
