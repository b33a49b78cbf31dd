// `npm run bench:start`: from the start of the process to the first reconcile that the API server has acknowledged, memory
// at rest, and whether anything grows over thousands of reconciles.
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { inspectorOf } from './inspector.ts';
import { figure } from './metrics.ts';
import { memory } from './process-cost.ts';
import { circumstances, publish, table } from './report.ts';
import {
  BUNDLE,
  fullNetwork,
  kubernetesVersion,
  say,
  shippedEnvironment,
  startStand,
  withCluster,
} from './stand.ts';
import { median, percentile, slope } from './statistics.ts';

const NAME = 'idc-hangzhou';
const REST_MS = 20_000;
const GOALS = { startMs: 500, rssMiB: 100, kibPerThousand: 100 } as const;

async function startOperator(
  cluster: HybridCluster,
  nodeArgs: readonly string[] = [],
): Promise<OperatorProcess> {
  return await cluster.startOperator({
    program: BUNDLE,
    nodeArgs,
    env: shippedEnvironment(),
    until: 'started',
  });
}

/** A network that is new and whose objects stand as they should: what is measured is the start, not the writes. */
async function renewNetwork(cluster: HybridCluster): Promise<void> {
  await cluster.kubectl('delete', 'hn', NAME, '--ignore-not-found', '--timeout=20s');
  await cluster.apply({ ...fullNetwork(), metadata: { name: NAME } });
}

/** Milliseconds from the start of the process to the answer to its first status. */
async function timeStart(cluster: HybridCluster): Promise<number> {
  await renewNetwork(cluster);
  const { audit } = cluster.controlPlane;
  const mark = await audit.mark();
  const startedAt = Date.now();
  const operator = await startOperator(cluster);
  try {
    const status = await eventually(
      async () => {
        const found = (await cluster.operatorWrites(mark)).find(
          ({ subresource }) => subresource === 'status',
        );
        if (found === undefined) throw new Error('no status yet');
        return found;
      },
      { what: 'the first status', timeoutMs: 30_000 },
    );
    return Date.parse(status.at) - startedAt;
  } finally {
    await operator.stop();
  }
}

const CALICO_PATH = '/apis/apps/v1/namespaces/kube-system/daemonsets/calico-node';

interface Growth {
  readonly reconciles: number;
  readonly kibPerThousand: number;
  readonly firstMiB: number;
  readonly lastMiB: number;
}

/** The heap after a garbage collection, ten times over so many reconciles; each is caused by a label of a workload. */
async function measureGrowth(cluster: HybridCluster, reconciles: number): Promise<Growth> {
  const operator = await startOperator(cluster, ['--inspect=127.0.0.1:0']);
  const inspector = await inspectorOf(() => operator.output());
  try {
    await cluster.untilCondition('Ready', { status: 'True' });
    const total = async (): Promise<number> => await figure(operator, 'controller_runtime_reconcile_total');
    const begin = await total();
    const points: { x: number; y: number }[] = [];
    for (let n = 0, done = 0; done < reconciles; n += 1) {
      const label = { metadata: { labels: { 'bench.hybridnetwork/look': String(n) } } };
      await cluster.controlPlane.api.call('PATCH', CALICO_PATH, label, {
        contentType: 'application/merge-patch+json',
      });
      if (n % 50 !== 0) continue;
      done = (await total()) - begin;
      if (done < (points.length * reconciles) / 10) continue;
      points.push({ x: done, y: await inspector.heapAfterGc() });
      say(`${done} reconciles: heap ${((points.at(-1)?.y ?? 0) / 2 ** 20).toFixed(1)} MiB`);
    }
    // In its first half it still compiles code and learns types.
    const settled = points.slice(points.length / 2);
    return {
      reconciles: (await total()) - begin,
      kibPerThousand: (slope(settled) * 1_000) / 1024,
      firstMiB: (settled[0]?.y ?? 0) / 2 ** 20,
      lastMiB: (settled.at(-1)?.y ?? 0) / 2 ** 20,
    };
  } finally {
    inspector.close();
    await operator.stop();
  }
}

async function measureRest(cluster: HybridCluster): Promise<{ readonly rss: number; readonly peak: number }> {
  const operator = await startOperator(cluster);
  try {
    await cluster.untilCondition('Ready', { status: 'True' });
    await sleep(REST_MS);
    return memory(operator.pid);
  } finally {
    await operator.stop();
  }
}

function verdict(isMet: boolean): string {
  return isMet ? 'met' : '**missed**';
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '15' },
      reconciles: { type: 'string', default: '15000' },
    },
  });
  const [runs, reconciles] = [Number(values.runs), Number(values.reconciles)];
  const cluster = await startStand({ idc: 5, ecs: 4, vk: 1 });
  await withCluster(cluster, async () => {
    await timeStart(cluster);
    await cluster.startOperator({ program: BUNDLE, env: shippedEnvironment() }).then(async (first) => {
      await cluster.untilCondition('Ready', { status: 'True' });
      await first.stop();
    });
    const times: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      times.push(await timeStart(cluster));
      say(`start ${run + 1} of ${runs}: ${times.at(-1)} ms`);
    }
    const rest = await measureRest(cluster);
    const growth = await measureGrowth(cluster, reconciles);
    const middle = median(times);
    const text = [
      circumstances(await kubernetesVersion(cluster)),
      `${runs} starts of the bundled file with leader election on, 10 nodes; memory ${REST_MS / 1_000} s after Ready.`,
      '',
      table(
        ['figure', 'value', 'goal', ''],
        [
          [
            'start → first status acknowledged, median (min, p90)',
            `${middle.toFixed(0)} (${Math.min(...times)}, ${percentile(times, 0.9)}) ms`,
            `≤ ${GOALS.startMs} ms`,
            verdict(middle <= GOALS.startMs),
          ],
          [
            'RSS at rest (most it was)',
            `${rest.rss.toFixed(0)} (${rest.peak.toFixed(0)}) MiB`,
            `≤ ${GOALS.rssMiB} MiB`,
            verdict(rest.rss <= GOALS.rssMiB),
          ],
          [
            `heap after GC over ${growth.reconciles} reconciles, their second half`,
            `${growth.firstMiB.toFixed(2)} → ${growth.lastMiB.toFixed(2)} MiB, ${growth.kibPerThousand.toFixed(0)} KiB per 1,000`,
            `≤ ${GOALS.kibPerThousand} KiB per 1,000`,
            verdict(growth.kibPerThousand <= GOALS.kibPerThousand),
          ],
        ],
      ),
    ].join('\n');
    await publish('start', text, runs >= 10 && reconciles >= 10_000);
  });
}

if (import.meta.main) await main();
