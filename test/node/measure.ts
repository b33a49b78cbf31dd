// `npm run bench:image`: what the image weighs, how long the operator takes to start out of it under a kubelet, and how much
// of its limit of memory it uses. Needs what `npm run test:node` needs.
import { parseArgs } from 'node:util';
import { circumstances, publish, table } from '../bench/report.ts';
import { kubernetesVersion, say } from '../bench/stand.ts';
import { median, percentile } from '../bench/statistics.ts';
import { NAMESPACE } from '../packages/support/render.ts';
import { memoryFacts, processFacts } from './container.ts';
import { NETWORK, processIdOf, readyPod, saysReady } from './deployed.ts';
import { type NodeStand, startNodeStand } from './stand.ts';

const FULL = 10;
const { values } = parseArgs({ options: { starts: { type: 'string', default: String(FULL) } } });
const starts = Number(values.starts);
if (!Number.isInteger(starts) || starts < 1) throw new Error('--starts takes a number of 1 or more');

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

interface Started {
  readonly ms: number;
  readonly peak: number;
  readonly limit: number;
}

/** From the start of the process, as the kernel noted it, to the first answer of /readyz that says ok. */
async function measureStart({ cluster }: NodeStand): Promise<Started> {
  const readyAt = await saysReady();
  const pid = processIdOf(await readyPod(cluster));
  await cluster.untilCondition('Ready', { status: 'True' });
  const { peak, limit } = memoryFacts(pid);
  return { ms: readyAt - processFacts(pid).startedAt, peak, limit };
}

const stand = await startNodeStand();
try {
  const { cluster, image } = stand;
  await readyPod(cluster);
  await cluster.apply(NETWORK);
  const measured: Started[] = [];
  for (let n = 0; n < starts; n += 1) {
    const pod = await readyPod(cluster);
    await cluster.kubectl('-n', NAMESPACE, 'delete', 'pod', pod.metadata.name);
    measured.push(await measureStart(stand));
    say(`start ${n + 1} of ${starts}: ${measured.at(-1)?.ms.toFixed(0)} ms`);
  }
  const times = measured.map(({ ms }) => ms);
  const rows = [
    ['files of the image, unpacked', mib(image.bytes)],
    ['of these the bundles and their licences', mib(image.ownBytes)],
    [
      'start of the process → /readyz says ok, median (min, p90)',
      `${[median(times), Math.min(...times), percentile(times, 0.9)].map(Math.round).join(', ').replace(', ', ' (')}) ms`,
    ],
    ['most memory that its control group held', mib(Math.max(...measured.map(({ peak }) => peak)))],
    ['its limit', mib(Math.max(...measured.map(({ limit }) => limit)))],
  ];
  const text = [
    circumstances(await kubernetesVersion(cluster)),
    `${starts} starts as the shipped Deployment, by kubelet and containerd.\n\n${table(['figure', 'value'], rows)}`,
  ].join('\n');
  await publish('image', text, starts >= FULL);
} finally {
  await stand.stop();
}
