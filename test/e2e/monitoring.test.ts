// What a running operator tells Prometheus: it follows the objects, and only the replica that leads speaks of them.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { alerts } from '../../.tools/chart/alerts.ts';
import { exportedMetrics, isOfProcess } from '../../.tools/generate-metrics.ts';
import { boardQueries } from '../support/board.ts';
import { network, patch, remove, respec, TERWAY } from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { finds, selectorsIn, seriesIn } from '../support/promql.ts';

const CALICO_PODS = 'k8s-app=calico-node';
const EVERYWHERE = ['ecs-1', 'ecs-2', 'idc-1', 'idc-2', 'idc-3', 'vk-1'];
const LET_OUT = { spec: { template: { spec: { nodeSelector: { 'alibabacloud.com/external': null } } } } };
const IDC = 'network="idc-hangzhou"';

let cluster: HybridCluster;
let leader: OperatorProcess;
let follower: OperatorProcess;

async function scraped({ metricsUrl }: OperatorProcess): Promise<string> {
  return await (await fetch(`${metricsUrl}/metrics`)).text();
}

/** Series about HybridNetworks. */
async function aboutNetworks(operator: OperatorProcess): Promise<readonly string[]> {
  const lines = (await scraped(operator)).split('\n');
  return lines.filter((line) => line.startsWith('hybridnetwork_') && line.includes('network="'));
}

async function untilTold(...lines: readonly string[]): Promise<void> {
  await eventually(async () =>
    expect(await aboutNetworks(leader)).toEqual(expect.arrayContaining([...lines])),
  );
}

/** Of Prometheus itself, of the cloud, which nobody asks here, or of conditions, which a good state does not have. */
function isElsewhere(metric: string): boolean {
  return metric === 'up' || /^hybridnetwork_(condition$|check_|free_|pod_|cloud_)/.test(metric);
}

function condition(type: string, status: string, reason: string): string {
  return `hybridnetwork_condition{${IDC},type="${type}",status="${status}",reason="${reason}"} 1`;
}

beforeAll(async () => {
  cluster = await startHybridCluster();
  await cluster.applyFile('test/fixtures');
  await cluster.untilOn(CALICO_PODS, EVERYWHERE);
  leader = await cluster.startOperator({ args: ['--identity=first'] });
  await eventually(() => leader.lines().some(({ msg }) => msg === 'leading'));
  follower = await cluster.startOperator({ args: ['--identity=second'] });
}, 120_000);

afterAll(async () => {
  await cluster?.stop();
});

describe('the figures of a running operator', () => {
  test('tell of an approval that is awaited, and of pods on the wrong side meanwhile', async () => {
    await cluster.apply(networkOf({ scenario: 'BGP', approveAbove: 0 }));
    await untilTold(
      condition('OnPremisesIsolated', 'False', 'ApprovalRequired'),
      `hybridnetwork_info{${IDC},scenario="BGP",enforcement="Enforce"} 1`,
      `hybridnetwork_nodes{${IDC},kind="cloud"} 2`,
      `hybridnetwork_unseen_generations{${IDC}} 0`,
    );
    const lines = await aboutNetworks(leader);
    expect(lines).toContainEqual(
      expect.stringMatching(/^hybridnetwork_actions_awaiting_approval\{.*\} [1-9]\d*$/),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^hybridnetwork_misplaced_pods\{.*\} [1-9]\d*$/));
    expect(lines).toContainEqual(
      expect.stringContaining('{network="idc-hangzhou",type="Stalled",status="True"'),
    );
  }, 30_000);

  test('follow it when it is held', async () => {
    await respec(cluster, { approveAbove: 100 });
    await untilTold(
      condition('OnPremisesIsolated', 'True', 'Isolated'),
      `hybridnetwork_actions_awaiting_approval{${IDC}} 0`,
      `hybridnetwork_misplaced_pods{${IDC}} 0`,
    );
    expect(await aboutNetworks(leader)).not.toContainEqual(expect.stringContaining('ApprovalRequired'));
  }, 30_000);

  test('have one series for each condition of the object', async () => {
    await eventually(async () => {
      const { conditions = [] } = (await cluster.network()).status ?? {};
      const told = (await aboutNetworks(leader)).filter((line) => line.startsWith('hybridnetwork_condition'));
      expect(told.toSorted()).toEqual(
        conditions.map(({ type, status, reason }) => condition(type, status, reason)).toSorted(),
      );
    });
  });

  test('tell of a suspend', async () => {
    await respec(cluster, { suspend: true });
    await untilTold(`hybridnetwork_suspended{${IDC}} 1`);
    await eventually(async () =>
      expect((await aboutNetworks(leader)).join('\n')).toContain('reason="Suspended"'),
    );
    await respec(cluster, { suspend: false });
    await untilTold(`hybridnetwork_suspended{${IDC}} 0`);
  }, 30_000);

  test('come from the replica that leads, and from the other one when that has ended', async () => {
    expect(await aboutNetworks(follower)).toEqual([]);
    await leader.stop();
    leader = follower;
    await untilTold(condition('OnPremisesIsolated', 'True', 'Isolated'));
  }, 30_000);

  test('are those of docs/metrics.md, and no others', async () => {
    const explained = [...(await scraped(leader)).matchAll(/^# TYPE (\w+) (\w+)$/gm)]
      .map(([, name = '', type]) => ({ name, type }))
      .filter((one) => !isOfProcess(one));
    const documented = exportedMetrics().filter((one) => !isOfProcess(one));
    expect(explained.map(({ name, type }) => `${name} ${type}`).toSorted()).toEqual(
      documented.map(({ name, type }) => `${name} ${type}`).toSorted(),
    );
  });

  test('answer what alerts and board ask for by the values of labels', async () => {
    const exprs = [...alerts(), ...boardQueries()].map(({ expr }) => expr);
    const selectors = exprs.flatMap(selectorsIn).filter(({ metric }) => !isElsewhere(metric));
    expect(selectors.length).toBeGreaterThan(20);
    // A network is either looked at or held.
    await respec(cluster, { enforcement: 'Observe' });
    const observed = `hybridnetwork_info{${IDC},scenario="BGP",enforcement="Observe"} 1`;
    await untilTold(observed);
    await respec(cluster, { enforcement: 'Enforce' });
    // Something to repair: this replica has done nothing so far.
    await patch(cluster, TERWAY, LET_OUT);
    await eventually(async () => {
      const served = seriesIn(`${observed}\n${await scraped(leader)}`).map(({ metric, labels }) => ({
        metric,
        labels: { job: 'hybridnetwork-operator-metrics', ...labels },
      }));
      expect(selectors.filter((one) => !served.some((series) => finds(one, series)))).toEqual([]);
    });
  }, 30_000);

  test('say nothing of an object that is gone', async () => {
    await remove(cluster, network());
    await eventually(async () => expect(await aboutNetworks(leader)).toEqual([]));
  });
});
