// Tampers with what the operator holds while the guard is installed, kills the API server in between, and looks for an update
// that was stored wrongly: in the audit log, in a watch, and in the answers themselves.
import { setTimeout as sleep } from 'node:timers/promises';
import { exclusionsFor, isExcluded } from '../../src/plan/exclusion.ts';
import { holdOf } from '../../src/plan/hold.ts';
import { CLOUD_LABEL, CLOUD_VALUE } from '../../src/plan/nodes.ts';
import { projectWorkload } from '../../src/kube/projections.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { eventually } from '../support/eventually.ts';
import { networkOf } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import { METHODS, send, tamperings, targets } from './tampering.ts';
import type { Method, Tampering, Target } from './tampering.ts';
import { watchVersions } from './watcher.ts';

export interface Tally {
  sent: number;
  stored: number;
  refused: number;
  /** Sent again, because the API server was away. */
  again: number;
}

export interface Report {
  readonly byMethod: Readonly<Record<Method, Tally>>;
  readonly restarts: number;
  /** What each of the three witnesses saw of the held objects. */
  readonly seen: { readonly answers: number; readonly audit: number; readonly watch: number };
  /** Updates that were stored with the exclusion, the selector or the hold missing. */
  readonly wrong: readonly string[];
  readonly operatorWrites: number;
  readonly seconds: number;
}

export interface TamperOptions {
  readonly count: number;
  readonly restarts: number;
  readonly seed: number;
}

export const NETWORK = networkOf({
  scenario: 'BGP',
  approveAbove: 1000,
  onPremises: {
    cni: { type: 'Calico' },
    workloads: [{ kind: 'StatefulSet', namespace: 'kube-system', name: 'collector' }],
  },
});

/** Installs workloads and a HybridNetwork, and waits until the operator, which runs, holds all of them. */
export async function holdEverything(cluster: HybridCluster): Promise<readonly Target[]> {
  const held = await targets();
  await cluster.applyFile('test/fixtures');
  await cluster.apply(...held.filter(({ kind }) => kind === 'StatefulSet').map(({ manifest }) => manifest));
  await cluster.apply(NETWORK);
  await eventually(
    async () => {
      for (const target of held) {
        const raw = await cluster.get(target.kind, target.name);
        const fault = faultOf(target, raw);
        if (fault !== undefined) throw new Error(fault);
      }
    },
    { what: 'everything is held', timeoutMs: 60_000 },
  );
  return held;
}

const OFF_BOTH = exclusionsFor({ excludeVirtualNodes: true });

/** What is wrong with a version of a held object; undefined where nothing is. */
function faultOf({ kind, name }: Pick<Target, 'kind' | 'name'>, raw: KubeObject): string | undefined {
  const workload = projectWorkload(kind)(raw);
  const isTerway = name === 'terway-eniip';
  if (holdOf(workload) !== (isTerway ? 'cloud-only' : 'on-premises-only')) return `${name} lost its hold`;
  const isRight = isTerway
    ? workload.template.spec.nodeSelector?.[CLOUD_LABEL] === CLOUD_VALUE
    : isExcluded(workload.template, OFF_BOTH);
  return isRight ? undefined : `${name} may run on the wrong nodes`;
}

export async function tamper(
  cluster: HybridCluster,
  held: readonly Target[],
  { count, restarts, seed }: TamperOptions,
): Promise<Report> {
  const { controlPlane } = cluster;
  const start = performance.now();
  const mark = await controlPlane.audit.mark();
  const wrong: string[] = [];
  const seen = { answers: 0, audit: 0, watch: 0 };
  const look = (witness: keyof typeof seen, target: Target, raw: unknown): void => {
    seen[witness] += 1;
    const fault = faultOf(target, raw as KubeObject);
    if (fault !== undefined) wrong.push(`${witness}: ${fault}`);
  };
  const watchers = (['daemonsets', 'deployments', 'statefulsets'] as const).map((resource) =>
    watchVersions(controlPlane, `/apis/apps/v1/namespaces/kube-system/${resource}`, (raw) => {
      const target = held.find((one) => one.resource === resource && one.name === raw.metadata.name);
      if (target !== undefined) look('watch', target, raw);
    }),
  );
  const byMethod = Object.fromEntries(
    METHODS.map((method) => [method, { sent: 0, stored: 0, refused: 0, again: 0 }]),
  ) as Record<Method, Tally>;
  const all = tamperings(held, count, seed);
  const between = Math.ceil(count / (restarts + 1));
  for (let from = 0; from < count; from += between) {
    // The first of each share meet an API server that is on its way down, and are the first that its successor hears.
    const restarting = from === 0 ? undefined : controlPlane.component('kube-apiserver').restart();
    const rest = [...all.slice(from, from + between)];
    const writer = async (): Promise<void> => {
      for (let one = rest.shift(); one !== undefined; one = rest.shift()) {
        const answer = await untilAnswered(cluster, one, byMethod[one.method]);
        if (answer !== undefined) look('answers', one.target, answer);
      }
    };
    await Promise.all([restarting, ...Array.from({ length: 4 }, writer)]);
  }
  for (const target of held) look('answers', target, await cluster.get(target.kind, target.name));
  await Promise.all(watchers.map(async (watcher) => await watcher.stop()));
  for (const entry of await controlPlane.audit.entries({
    since: mark,
    group: 'apps',
    namespace: 'kube-system',
  })) {
    const target = held.find(({ resource, name }) => resource === entry.resource && name === entry.name);
    if (target !== undefined && entry.code === 200) look('audit', target, entry.responseObject);
  }
  const writes = (await cluster.operatorWrites(mark)).filter(({ group }) => group === 'apps');
  return {
    byMethod,
    restarts: Math.ceil(count / between) - 1,
    seen,
    wrong,
    operatorWrites: writes.length,
    seconds: (performance.now() - start) / 1_000,
  };
}

const PATIENCE_MS = 60_000;

/** The stored object; undefined where the update was refused. Sent from the first moment, until the server answers. */
async function untilAnswered(
  { controlPlane }: HybridCluster,
  tampering: Tampering,
  tally: Tally,
): Promise<unknown> {
  tally.sent += 1;
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { status, body } = await send(controlPlane, tampering).catch((error: unknown) => ({
      status: 0,
      body: String(error),
    }));
    if (status === 200) {
      tally.stored += 1;
      return body;
    }
    if (status === 422) {
      tally.refused += 1;
      return undefined;
    }
    if (performance.now() > deadline)
      throw new Error(`${tampering.method}: ${status} ${JSON.stringify(body)}`);
    tally.again += 1;
    await sleep(20);
  }
}

/** The report as a table for people. */
export function tableOf({ byMethod, restarts, seen, wrong, operatorWrites, seconds }: Report): string {
  const row = (...cells: readonly (string | number)[]): string =>
    cells.map((cell, n) => (n === 0 ? String(cell).padEnd(26) : String(cell).padStart(9))).join('');
  const tallies = Object.values(byMethod);
  const sum = (field: keyof Tally): number => tallies.reduce((total, tally) => total + tally[field], 0);
  return [
    row('tampering by', 'sent', 'stored', 'refused', 'again'),
    ...METHODS.map((method) => {
      const { sent, stored, refused, again } = byMethod[method];
      return row(method, sent, stored, refused, again);
    }),
    row('all', sum('sent'), sum('stored'), sum('refused'), sum('again')),
    '',
    `restarts of the API server:           ${restarts}`,
    `versions seen in answers/audit/watch: ${seen.answers}/${seen.audit}/${seen.watch}`,
    `wrong updates stored:                 ${wrong.length}`,
    `writes by the operator:               ${operatorWrites}`,
    `seconds:                              ${seconds.toFixed(0)}`,
  ].join('\n');
}
