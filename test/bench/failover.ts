// npm run bench:failover: how long nobody leads after the leader's end, over and over, with the file that the image runs and
// with the Lease as it ships. Prints a table and writes it into docs/failover.md. About twelve minutes.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { patch, TERWAY } from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import { termsIn, writesOfCopies, writesOutOfTurn } from '../support/leadership-record.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { circumstances } from './report.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUNDLE = `${ROOT}dist/hybridnetwork-operator.mjs`;
const REPORT = `${ROOT}docs/failover.md`;
const [BEGIN, END] = ['<!-- bench:failover begin -->', '<!-- bench:failover end -->'];
const LET_OUT = { spec: { template: { spec: { nodeSelector: { 'alibabacloud.com/external': null } } } } };
const RENEWAL_MS = 2_000;

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '30' }, print: { type: 'boolean', default: false } },
});
const ROUNDS = Number(flags.rounds);

interface Copy {
  readonly identity: string;
  readonly operator: OperatorProcess;
}

/** How the leader ends, and who comes after it. */
interface Ending {
  readonly words: string;
  readonly signal: 'SIGKILL' | 'SIGTERM';
  /** Its container starts again in the same pod, so in the same name. */
  readonly comesBack: boolean;
}

const ENDINGS: readonly Ending[] = [
  { words: 'SIGKILL, a second copy stands by', signal: 'SIGKILL', comesBack: false },
  { words: 'SIGTERM, a second copy stands by', signal: 'SIGTERM', comesBack: false },
  { words: 'SIGKILL, the only copy starts again in its pod', signal: 'SIGKILL', comesBack: true },
];

interface Times {
  /** From the signal to the next write of the Lease in the name of the one that follows, ms. */
  readonly leads: number;
  /** From the signal to the repair of what drifted with it, ms. */
  readonly repairs: number;
}

let copies = 0;

async function startCopy(cluster: HybridCluster, identity?: string): Promise<Copy> {
  copies += 1;
  const name = identity ?? `copy-${copies}`;
  const operator = await cluster.startOperator({ program: BUNDLE, args: [`--identity=${name}`] });
  return { identity: name, operator };
}

async function untilLeading({ operator }: Copy): Promise<void> {
  await eventually(() => operator.lines().some(({ msg }) => msg === 'leading'), {
    what: 'a copy leads',
    timeoutMs: 30_000,
  });
}

async function untilPlaced(cluster: HybridCluster): Promise<void> {
  await eventually(
    async () => {
      const terway = JSON.stringify(await cluster.get('ds', TERWAY.name));
      return terway.includes('"nodeSelector":{"alibabacloud.com/external":"true"}');
    },
    { what: 'Terway is placed', timeoutMs: 30_000 },
  );
}

async function endOnce(
  cluster: HybridCluster,
  leader: Copy,
  standby: Copy | undefined,
  { signal }: Ending,
): Promise<{ readonly times: Times; readonly next: Copy }> {
  const { audit } = cluster.controlPlane;
  // A leader dies at any time between two renewals.
  await sleep(Math.random() * RENEWAL_MS);
  const mark = await audit.mark();
  const endedAt = Date.now();
  leader.operator.kill(signal);
  await patch(cluster, TERWAY, LET_OUT);
  const next = standby ?? (await startCopy(cluster, leader.identity));
  await untilLeading(next);
  await untilPlaced(cluster);
  const entries = await audit.since(mark);
  // What the old one had still under way is not what is looked for.
  const after = entries.filter(({ at }) => Date.parse(at) >= endedAt);
  const led = termsIn(after).find(({ holder }) => holder === next.identity);
  // One that is asked to end may still answer what it sees until then.
  const repaired = writesOfCopies(after).find(({ name, code }) => name === TERWAY.name && code === 200);
  if (led === undefined || repaired === undefined)
    throw new Error('the audit log does not show the takeover');
  const since = (at: string): number => Date.parse(at) - endedAt;
  return { times: { leads: since(led.from), repairs: since(repaired.at) }, next };
}

async function measure(cluster: HybridCluster, ending: Ending): Promise<readonly Times[]> {
  const measured: Times[] = [];
  let leader = await startCopy(cluster);
  await untilLeading(leader);
  let standby = ending.comesBack ? undefined : await startCopy(cluster);
  await untilPlaced(cluster);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const { times, next } = await endOnce(cluster, leader, standby, ending);
    measured.push(times);
    console.log(`${ending.words}, ${round} of ${ROUNDS}: ${times.leads} ms, ${times.repairs} ms`);
    leader = next;
    if (!ending.comesBack) standby = await startCopy(cluster);
  }
  await standby?.operator.stop();
  await leader.operator.stop();
  return measured;
}

/** Nearest rank. */
function quantile(times: readonly number[], q: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

function row(words: string, what: string, times: readonly number[]): string {
  const figures = [0, 0.5, 0.9, 1].map((q) => `${(quantile(times, q) / 1_000).toFixed(2)} s`);
  return `| ${words} | ${what} | ${times.length} | ${figures.join(' | ')} |`;
}

function table(results: ReadonlyMap<Ending, readonly Times[]>): readonly string[] {
  return [
    '| the leader’s end | until | rounds | min | median | p90 | max |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: |',
    ...[...results].flatMap(([{ words }, all]) => [
      row(
        words,
        'the next one leads',
        all.map(({ leads }) => leads),
      ),
      row(
        words,
        'what drifted is repaired',
        all.map(({ repairs }) => repairs),
      ),
    ]),
  ];
}

async function versions(cluster: HybridCluster): Promise<string> {
  const { gitVersion } = (await cluster.controlPlane.api.call('GET', '/version')) as { gitVersion: string };
  return `${circumstances(gitVersion)} Etcd without fsync, everything on one machine.`;
}

async function publish(lines: readonly string[]): Promise<void> {
  const text = await readFile(REPORT, 'utf8');
  const [before = '', rest = ''] = text.split(BEGIN);
  const after = rest.split(END)[1] ?? '';
  await writeFile(REPORT, `${before}${BEGIN}\n\n${lines.join('\n')}\n\n${END}${after}`);
}

async function main(): Promise<void> {
  await promisify(execFile)(process.execPath, [`${ROOT}.tools/bundle.ts`], { cwd: ROOT });
  const cluster = await startHybridCluster({ idc: 2, ecs: 1, vk: 0 });
  try {
    await cluster.applyFile('test/fixtures/terway.yaml');
    await cluster.apply(networkOf({ scenario: 'HostNetwork' }));
    const results = new Map<Ending, readonly Times[]>();
    for (const ending of ENDINGS) results.set(ending, await measure(cluster, ending));
    const entries = await cluster.controlPlane.audit.entries();
    const writes = writesOfCopies(entries);
    const outOfTurn = writesOutOfTurn(entries);
    const lines = [
      await versions(cluster),
      '',
      ...table(results),
      '',
      `Writes by copies of the operator in the whole run: ${writes.length}. By a copy that did not hold the Lease: ${outOfTurn.length}.`,
    ];
    console.log(`\n${lines.join('\n')}`);
    if (!flags.print) await publish(lines);
    if (outOfTurn.length > 0) process.exitCode = 1;
  } finally {
    await cluster.stop();
  }
}

await main();
