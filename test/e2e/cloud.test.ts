import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { HybridNetworkSpec } from '../../src/api/hybrid-network.ts';
import { startEmulator } from '../alicloud/server.ts';
import type { Emulator } from '../alicloud/server.ts';
import { createWorld, V_SWITCH } from '../alicloud/world.ts';
import type { World } from '../alicloud/model.ts';
import { eniConfigData, putSecret } from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import {
  GOOD_DATA,
  KEY,
  provokeCalico,
  provokeTerway,
  putSource,
  SPEC,
  TYPED,
} from '../support/good-cluster.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import type { OperatorProcess } from '../support/operator-process.ts';

const NAME = 'idc-hangzhou';
const CLOUD = { regionID: 'cn-hangzhou' } as const;
/** What the emulated data center has. */
const ON_PREMISES = { podCIDRs: ['10.100.0.0/16'], nodeCIDRs: ['192.168.0.0/24'] };

const GOOD: HybridNetworkSpec = {
  ...SPEC,
  onPremises: { cni: { type: 'Calico' }, ...ON_PREMISES },
  cloud: CLOUD,
};

describe('the cloud side', () => {
  let cluster: HybridCluster;
  let emulator: Emulator | undefined;
  let operator: OperatorProcess | undefined;

  /** A cloud that was never asked before, and an operator that knows nothing of it. */
  async function start(spec: HybridNetworkSpec, spoil: (world: World) => void = () => {}): Promise<Emulator> {
    const world = createWorld();
    spoil(world);
    emulator = await startEmulator({ world });
    await cluster.apply(networkOf(spec, NAME));
    operator = await cluster.startOperator({
      args: ['--fight-limit=0'],
      env: { CLOUD_ENDPOINT: emulator.url },
    });
    return emulator;
  }

  async function putConfig(data: Readonly<Record<string, string>>): Promise<void> {
    const metadata = { name: 'eni-config', namespace: 'kube-system' };
    await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  }

  async function restOfTheWorkGoesOn(): Promise<void> {
    await provokeTerway(cluster);
    await provokeCalico(cluster);
  }

  beforeAll(async () => {
    cluster = await startHybridCluster({ idc: 2, ecs: 1, vk: 0 });
    await cluster.applyFile('test/fixtures/terway.yaml');
    await cluster.applyFile('test/fixtures/calico.yaml');
  }, 120_000);

  afterEach(async () => {
    await operator?.stop();
    await emulator?.close();
    await cluster.kubectl('delete', 'hn', NAME, '--ignore-not-found');
    await cluster.kubectl(
      '-n',
      'kube-system',
      'delete',
      'cm/eni-config',
      'secret/alibaba-addon-secret',
      '--ignore-not-found',
    );
  });

  afterAll(async () => {
    await cluster.stop();
  });

  test('all is well: validated, with the free addresses of each zone and what the nodes can carry', async () => {
    await putConfig(GOOD_DATA);
    await putSource(cluster, KEY);
    const { callsOf, calls } = await start({ ...GOOD, cloud: { ...CLOUD, maxNodes: 10 } });
    await cluster.untilCondition('CloudValidated', { status: 'True', reason: 'Validated' });
    await cluster.untilCondition('Ready', { status: 'True' });
    const { status } = await cluster.network();
    expect(status).toMatchObject({
      zones: [{ zone: 'cn-hangzhou-h', vSwitches: [V_SWITCH], freeIPs: 4_000 }],
      freeIPs: 4_000,
      capacity: { nodes: 1, instanceTypes: [{ type: 'ecs.g7.xlarge', mode: 'Shared', nodes: 1 }] },
    });
    expect(await cluster.kubectl('get', 'hn', NAME)).toMatch(/FREE-IPS[^]*\b4000\b/);
    expect(callsOf('DescribeVSwitches').length).toBeGreaterThan(0);
    expect(calls.filter(({ action }) => !action.startsWith('Describe'))).toEqual([]);
    const metrics = await (await fetch(`${operator?.metricsUrl}/metrics`)).text();
    expect(metrics).toContain(`hybridnetwork_free_ips{network="${NAME}",zone="cn-hangzhou-h"} 4000`);
    expect(metrics).toMatch(
      /hybridnetwork_cloud_calls_total\{[^}]*action="DescribeVSwitches",outcome="ok"\} [1-9]/,
    );
  });
});
