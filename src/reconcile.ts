// The whole loop: observe → plan → execute → status, for one HybridNetwork by name. A round that wrote something is
// followed by another one on the answers of the server, until nothing is left to do; then the status is written, if it
// differs. How a failure is retried follows from its kind.
import { API_VERSION, KIND } from './api/hybrid-network.ts';
import type { HybridNetwork, HybridNetworkStatus } from './api/hybrid-network.ts';
import { execute } from './execute/execute.ts';
import type { Fights } from './execute/fights.ts';
import { GUARD_RETRY_MS } from './execute/patience.ts';
import type { StatusPublisher } from './execute/status-publisher.ts';
import type { Write } from './execute/write.ts';
import { isSame } from './kube/changes.ts';
import type { ClusterView } from './kube/cluster-view.ts';
import type { EventRecorder } from './kube/events.ts';
import { isNotFound } from './kube/errors.ts';
import { announcementsOf, announceRefusedStatus, announceTransition } from './plan/announcements.ts';
import type { Announcement } from './plan/announcements.ts';
import { claimsOf } from './plan/claims.ts';
import type { Outcome } from './plan/concern-condition.ts';
import { failureOf } from './plan/failure.ts';
import type { Failure } from './plan/failure.ts';
import { orphanedHolds } from './plan/holds.ts';
import { planFor } from './plan/plan.ts';
import { concludesTheSame, isNews, statusFor } from './plan/status.ts';

/** The key that stands for what no HybridNetwork claims: holds to be released. */
export const ORPHANS = '';

const MAX_ROUNDS = 6;
const RECHECK_MS = 600_000;
/** What has not been read by then is told about. */
const UNREAD_MS = 2_000;
/** A rollout, or one repair after the other, changes the status with every event: it is written so often at most. */
const STATUS_PACE_MS = 200;
/** In a fight pods come and go with every round: what concludes the same is written no more often than this. */
const FIGHT_STATUS_MS = 10_000;

export interface ReconcilePorts {
  readonly view: Pick<ClusterView, 'network' | 'networks' | 'workloads' | 'observe' | 'tidy'>;
  readonly write: Write;
  readonly fights: Fights;
  readonly writeStatus: (network: HybridNetwork, status: HybridNetworkStatus) => Promise<void>;
  readonly publisher: Pick<StatusPublisher, 'waits' | 'publish'>;
  readonly events: Pick<EventRecorder, 'report'>;
  readonly now: () => Date;
  readonly onOutcome: (network: string, outcome: Outcome) => void;
}

/** What the queue does with the key now. */
export type Result =
  { readonly next: 'done' } | { readonly next: 'after'; readonly ms: number } | { readonly next: 'backoff' };

export type Reconcile = (name: string) => Promise<Result>;

/** What is remembered of each network between its runs. */
interface Memory {
  /** When requests began to fail without a success since. */
  readonly failingSince: Map<string, Date>;
  readonly statusWrittenAt: Map<string, number>;
}

export function createReconcile(ports: ReconcilePorts): Reconcile {
  const memory: Memory = { failingSince: new Map(), statusWrittenAt: new Map() };
  return async (name) => {
    if (ports.view.network(name) === undefined) {
      memory.failingSince.delete(name);
      memory.statusWrittenAt.delete(name);
      return await releaseOrphans(ports);
    }
    const settled = await settle(ports, name, memory.failingSince.get(name));
    const { outcomes, isSettled, recheckAfterMs } = settled;
    const since = outcomes.some(isUnanswered) ? (memory.failingSince.get(name) ?? ports.now()) : undefined;
    if (since === undefined) memory.failingSince.delete(name);
    else memory.failingSince.set(name, since);
    const waits = tell(ports, name, settled, memory);
    ports.view.tidy();
    if (!isSettled) return { next: 'backoff' };
    return noLaterThan(resultOf(outcomes), [ports.fights.nextMs(name), waits, recheckAfterMs]);
  };
}

// The status, if it says something new and its time has come; otherwise how many milliseconds it waits.
function tell(
  ports: ReconcilePorts,
  name: string,
  { status, isReleased, isFought }: Settled,
  { statusWrittenAt }: Memory,
): number | undefined {
  const network = ports.view.network(name);
  if (network === undefined || status === undefined || isReleased) return undefined;
  if (ports.publisher.waits(name) || isSame(network.status, status)) return undefined;
  const pace = statusPace(network.status, status, isFought);
  const waits = pace - Math.abs(ports.now().getTime() - (statusWrittenAt.get(name) ?? 0));
  if (waits > 0) return waits;
  ports.publisher.publish(name, async () => {
    await publish(ports, network, status);
    statusWrittenAt.set(name, ports.now().getTime());
  });
  return undefined;
}

/** Milliseconds between the last status and this one, at least. */
function statusPace(
  before: HybridNetworkStatus | undefined,
  after: HybridNetworkStatus,
  isFought: boolean,
): number {
  if (isFought && concludesTheSame(before, after)) return FIGHT_STATUS_MS;
  return isNews(before, after) ? 0 : STATUS_PACE_MS;
}

interface Settled {
  readonly outcomes: readonly Outcome[];
  /** undefined: something has not been read yet; it is looked at again when it is, or soon. */
  readonly status: HybridNetworkStatus | undefined;
  readonly isReleased: boolean;
  /** Somebody keeps undoing what is held. */
  readonly isFought: boolean;
  /** False: the last round still wrote; somebody may be undoing what we do. */
  readonly isSettled: boolean;
  /** When to look again although nothing changes. */
  readonly recheckAfterMs: number;
}

const GONE: Settled = {
  outcomes: [],
  status: undefined,
  isReleased: true,
  isFought: false,
  isSettled: true,
  recheckAfterMs: RECHECK_MS,
};

async function settle(ports: ReconcilePorts, name: string, failingSince: Date | undefined): Promise<Settled> {
  for (let round = 1; ; round += 1) {
    const network = ports.view.network(name);
    if (network === undefined) return GONE;
    const observation = ports.view.observe(network);
    const { facts } = observation;
    const plan = ports.fights.restrain(planFor(facts), facts);
    const outcomes = await execute(plan, ports.write);
    ports.fights.note(outcomes);
    for (const outcome of outcomes) ports.onOutcome(name, outcome);
    report(ports, network, announcementsOf(outcomes));
    // What failed is not tried again so soon (patience.ts); what was done may have made more work.
    // Once the finalizer is off there is nothing left to look after, even while the object can still be seen.
    const hasProgress = !plan.isReleased && outcomes.some(({ failure }) => failure === undefined);
    if (hasProgress && round < MAX_ROUNDS) continue;
    // A conflict is over after the next reading, and so is what a status would say about it.
    const isTelling =
      observation.isComplete() && !outcomes.some(({ failure }) => failure?.kind === 'Conflict');
    const status = isTelling
      ? statusFor(plan, facts, { outcomes, now: ports.now(), failingSince })
      : undefined;
    const deadlines = plan.concerns.flatMap(({ verdict }) => verdict.recheckAfterMs ?? []);
    const unread = observation.isComplete() ? [] : [UNREAD_MS];
    const recheckAfterMs = Math.min(RECHECK_MS, ...deadlines, ...unread);
    const isFought = plan.concerns.some(({ contested = [] }) => contested.length > 0);
    return {
      outcomes,
      status,
      isReleased: plan.isReleased,
      isFought,
      isSettled: !hasProgress,
      recheckAfterMs,
    };
  }
}

function isUnanswered({ failure }: Outcome): boolean {
  return failure?.kind === 'Unexpected' || failure?.kind === 'Throttled';
}

async function releaseOrphans(ports: ReconcilePorts): Promise<Result> {
  const workloads = ports.view.workloads();
  const actions = orphanedHolds(claimsOf(ports.view.networks(), workloads), workloads);
  const plan = {
    mode: 'enforce',
    concerns: [],
    housekeeping: actions,
    problems: [],
    history: [],
    isReleased: true,
  } as const;
  const outcomes = await execute(plan, ports.write);
  for (const outcome of outcomes) ports.onOutcome(ORPHANS, outcome);
  return resultOf(outcomes);
}

async function publish(
  ports: ReconcilePorts,
  network: HybridNetwork,
  status: HybridNetworkStatus,
): Promise<void> {
  try {
    await ports.writeStatus(network, status);
  } catch (error) {
    if (isNotFound(error)) return;
    const failure = failureOf(error);
    // A field that another type was asked of since, with a rule that reads it, stops every write of the object.
    if (failure.kind === 'Invalid') report(ports, network, [announceRefusedStatus(network, failure.message)]);
    throw error;
  }
  report(ports, network, announceTransition(network, status));
}

function report(ports: ReconcilePorts, network: HybridNetwork, announcements: readonly Announcement[]): void {
  const { name, uid } = network.metadata;
  const regarding = { apiVersion: API_VERSION, kind: KIND, name, uid };
  for (const { related, ...event } of announcements) {
    const reference = related && { apiVersion: apiVersionOf(related.kind), ...related };
    ports.events.report({ ...event, regarding, ...(reference === undefined ? {} : { related: reference }) });
  }
}

function apiVersionOf(kind: string): string {
  return kind === 'ConfigMap' || kind === 'Secret' ? 'v1' : 'apps/v1';
}

function delayOf(failure: Failure): number | undefined {
  return failure.kind === 'NotYet' || failure.kind === 'Throttled' ? failure.retryAfterMs : undefined;
}

function isOpenGuard({ action, failure }: Outcome): boolean {
  return action.class === 'guard' && failure?.kind === 'Unexpected';
}

/** When it may be tried again nobody has said yet. */
function hasJustFailed({ failure, isRepeated }: Outcome): boolean {
  return isRepeated !== true && (failure?.kind === 'Unexpected' || failure?.kind === 'Conflict');
}

function noLaterThan(result: Result, delays: readonly (number | undefined)[]): Result {
  if (result.next !== 'after') return result;
  return { next: 'after', ms: Math.min(result.ms, ...delays.filter((ms) => ms !== undefined)) };
}

function resultOf(outcomes: readonly Outcome[]): Result {
  if (outcomes.some(isOpenGuard)) return { next: 'after', ms: GUARD_RETRY_MS };
  // A conflict is over as soon as it is read again, but two that write at once must not do so in step.
  if (outcomes.some(hasJustFailed)) return { next: 'backoff' };
  const delays = outcomes
    .map(({ failure, dueInMs }) => dueInMs ?? (failure && delayOf(failure)))
    .filter((ms) => ms !== undefined);
  return { next: 'after', ms: Math.min(RECHECK_MS, ...delays) };
}
