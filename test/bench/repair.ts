// `npm run bench:repair`: how long a drift lasts, and what repairing it costs, against the two yardsticks: a bare loop,
// which is the least that Node can do, and controller-runtime, which is what everybody uses.
import { parseArgs } from 'node:util';
import type { AuditEntry } from '../cluster/audit.ts';
import { CALICO, read, untilRolledOut } from '../support/by-hand.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import {
  bareLoop,
  controllerRuntime,
  controllerRuntimeVersion,
  operator,
  TARGET,
  TARGET_PATH,
} from './contestants.ts';
import type { Contestant } from './contestants.ts';
import { pair } from './pairing.ts';
import type { Pairing } from './pairing.ts';
import { cpuSeconds, memory } from './process-cost.ts';
import { optional } from '../../src/kube/raw-meta.ts';
import { circumstances, publish, table } from './report.ts';
import { fullNetwork, kubernetesVersion, say, startStand, withCluster } from './stand.ts';
import { median, percentile } from './statistics.ts';
import { createTamperer } from './tampering.ts';
import type { Tamperer } from './tampering.ts';

const ADMIN = 'admin';
const ENOUGH = { drifts: 1_000, rounds: 5 } as const;

interface Round extends Pairing {
  readonly rss: number;
  readonly cpu: number;
  /** The operator's writes to anything else: status, Events, Lease. */
  readonly otherWrites: number;
}

export interface RepairOptions {
  readonly drifts: number;
  readonly rounds: number;
  /** Drifts before each measurement: a process in its first second is not what runs for months. */
  readonly warmUp: number;
  /** Measures this one alone. */
  readonly only?: string;
  /** A directory for a CPU profile of the operator (Node's --cpu-prof). */
  readonly profile?: string;
}

export type Results = ReadonlyMap<string, readonly Round[]>;

/** Measures everybody in turn, in an order that shifts by one from round to round. */
export async function measure(cluster: HybridCluster, options: RepairOptions): Promise<Results> {
  const affinity = await holdEverything(cluster);
  const { only, profile } = options;
  const all = [
    await bareLoop(cluster, affinity),
    await controllerRuntime(cluster, affinity),
    operator(cluster, profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
  ];
  const contestants = all.filter(({ name }) => only === undefined || name === only);
  const results = new Map<string, Round[]>(contestants.map(({ name }) => [name, []]));
  const tamperer = await createTamperer(cluster.controlPlane, TARGET_PATH);
  try {
    for (let round = 0; round < options.rounds; round += 1) {
      const first = round % contestants.length;
      for (const contestant of [...contestants.slice(first), ...contestants.slice(0, first)]) {
        const result = await measureOne(cluster, contestant, tamperer, options);
        results.get(contestant.name)?.push(result);
        const p50 = percentile(totals([result]), 0.5).toFixed(2);
        say(`round ${round + 1} of ${options.rounds}: ${contestant.name}: p50 ${p50} ms`);
      }
    }
  } finally {
    tamperer.close();
  }
  return results;
}

/** The operator puts everything in place and goes; returns the affinity that the others shall keep. */
async function holdEverything(cluster: HybridCluster): Promise<unknown> {
  const running = await operator(cluster).start();
  await cluster.apply(fullNetwork());
  await cluster.untilCondition('Ready', { status: 'True' });
  await untilRolledOut(cluster, CALICO);
  await running.stop();
  const held = await read<{ spec: { template: { spec: { affinity?: unknown } } } }>(cluster, {
    kind: 'DaemonSet',
    ...TARGET,
  });
  return held?.spec.template.spec.affinity;
}

async function measureOne(
  cluster: HybridCluster,
  contestant: Contestant,
  tamperer: Tamperer,
  { drifts, rounds, warmUp }: RepairOptions,
): Promise<Round> {
  const { audit } = cluster.controlPlane;
  const running = await contestant.start();
  try {
    await tamperer.tamper(warmUp);
    const mark = await audit.mark();
    const before = cpuSeconds(running.pid);
    await tamperer.tamper(Math.ceil(drifts / rounds));
    const cpu = cpuSeconds(running.pid) - before;
    const { rss } = memory(running.pid);
    const entries = await audit.since(mark);
    const others = entries.filter((entry) => entry.user === contestant.user && !isOnTarget(entry));
    const writes = entries.filter(isOnTarget);
    return {
      ...pair(writes, { tamperer: ADMIN, repairer: contestant.user }),
      cpu,
      rss,
      otherWrites: others.length,
    };
  } finally {
    await running.stop();
  }
}

function isOnTarget({ verb, resource, subresource, namespace, name }: AuditEntry): boolean {
  const isIt = resource === 'daemonsets' && namespace === TARGET.namespace && name === TARGET.name;
  return isIt && subresource === undefined && (verb === 'patch' || verb === 'update');
}

function totals(rounds: readonly Round[]): readonly number[] {
  return rounds.flatMap(({ repairs }) => repairs.map(({ totalMs }) => totalMs));
}

function reactions(rounds: readonly Round[]): readonly number[] {
  return rounds.flatMap(({ repairs }) => repairs.map(({ reactionMs }) => reactionMs));
}

function sum(rounds: readonly Round[], of: (round: Round) => number): number {
  return rounds.reduce((total, round) => total + of(round), 0);
}

function p99(rounds: readonly Round[]): number {
  return median(rounds.map((round) => percentile(totals([round]), 0.99)));
}

const HEAD = [
  'program',
  'p50 ms',
  'p90 ms',
  'p99 ms (median of rounds)',
  'until the PATCH arrives, p50 (p99)',
  'redundant writes',
  'refused',
  'RSS MiB',
  'CPU s per 1,000 drifts',
  'other writes',
];

function rowOf(name: string, rounds: readonly Round[]): readonly string[] {
  const drifts = totals(rounds).length;
  return [
    name,
    percentile(totals(rounds), 0.5).toFixed(2),
    percentile(totals(rounds), 0.9).toFixed(2),
    p99(rounds).toFixed(1),
    `${percentile(reactions(rounds), 0.5).toFixed(2)} (${percentile(reactions(rounds), 0.99).toFixed(1)})`,
    String(sum(rounds, ({ redundant }) => redundant)),
    String(sum(rounds, ({ refused }) => refused)),
    median(rounds.map(({ rss }) => rss)).toFixed(0),
    ((sum(rounds, ({ cpu }) => cpu) / drifts) * 1_000).toFixed(2),
    String(sum(rounds, ({ otherWrites }) => otherWrites)),
  ];
}

/** Each goal with what became of it. */
export function goalsOf(results: Results): readonly (readonly string[])[] {
  const of = (name: string): readonly Round[] => results.get(name) ?? [];
  const p50 = (name: string): number => percentile(totals(of(name)), 0.5);
  const [bare, go, own] = ['bare loop', 'controller-runtime', 'operator'];
  const verdict = (isMet: boolean): string => (isMet ? 'met' : '**missed**');
  const ratio = p50(own) / p50(bare);
  const redundant = sum(of(own), (round) => round.redundant);
  const unrepaired = sum(of(own), (round) => round.unrepaired);
  return [
    ['p50 ≤ 1.15 × the bare loop', `${ratio.toFixed(2)} ×`, verdict(ratio <= 1.15)],
    [
      'p50 not behind controller-runtime',
      `${p50(own).toFixed(2)} to ${p50(go).toFixed(2)} ms`,
      verdict(p50(own) <= p50(go)),
    ],
    [
      'p99 not behind controller-runtime',
      `${p99(of(own)).toFixed(1)} to ${p99(of(go)).toFixed(1)} ms`,
      verdict(p99(of(own)) <= p99(of(go))),
    ],
    [
      'p99 not behind the bare loop',
      `${p99(of(own)).toFixed(1)} to ${p99(of(bare)).toFixed(1)} ms`,
      verdict(p99(of(own)) <= p99(of(bare))),
    ],
    ['0 redundant writes', String(redundant), verdict(redundant === 0)],
    ['every drift repaired', unrepaired === 0 ? 'yes' : `${unrepaired} were not`, verdict(unrepaired === 0)],
  ];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      drifts: { type: 'string', default: String(ENOUGH.drifts) },
      rounds: { type: 'string', default: String(ENOUGH.rounds) },
      'warm-up': { type: 'string', default: '50' },
      only: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  const options = {
    drifts: Number(values.drifts),
    rounds: Number(values.rounds),
    warmUp: Number(values['warm-up']),
    ...optional('only', values.only),
    ...optional('profile', values.profile),
  };
  const cluster = await startStand({ idc: 5, ecs: 4, vk: 1 });
  await withCluster(cluster, async () => {
    const results = await measure(cluster, options);
    const text = [
      circumstances(await kubernetesVersion(cluster)),
      `controller-runtime ${controllerRuntimeVersion()}. ${options.drifts} drifts each, in ${options.rounds} rounds; 10 nodes.`,
      '',
      table(
        HEAD,
        [...results].map(([name, rounds]) => rowOf(name, rounds)),
      ),
      '',
      ...(options.only === undefined ? [table(['goal', 'figure', ''], goalsOf(results))] : []),
    ].join('\n');
    await publish(
      'repair',
      text,
      options.only === undefined && options.drifts >= ENOUGH.drifts && options.rounds >= ENOUGH.rounds,
    );
  });
}

if (import.meta.main) await main();
