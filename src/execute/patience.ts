// Not asking again too soon: a write that was forbidden, refused or failed is not repeated on every event, only when its
// time has come. In between, its last failure stands for it. The time follows from the kind of the failure.
import type { HybridNetwork, HybridNetworkStatus } from '../api/hybrid-network.ts';
import type { Action } from '../plan/actions.ts';
import { nameOf, targetOf } from '../plan/actions.ts';
import { hashOf } from '../plan/affinity.ts';
import type { Failure } from '../plan/failure.ts';
import { FailureError, failureOf } from '../plan/failure.ts';
import type { Write } from './write.ts';

/** What the API server refused it will refuse again until something changes, an admission policy for example. */
const REFUSED_RETRY_MS = 600_000;
/** Terway's placement is never given up, and put off by this at most. */
export const GUARD_RETRY_MS = 1_000;
/** More actions than any cluster has; the bound keeps a stream of ever new ones from growing the memory. */
const REMEMBERED = 1_000;

interface Memory {
  readonly content: string;
  readonly failure: Failure;
  readonly attempts: number;
  readonly dueAt: number;
  /** See {@link PatienceOptions.outages}. */
  readonly outages: number;
}

export interface PatienceOptions {
  /** Milliseconds that never jump. */
  readonly monotonic: () => number;
  /** How long to wait after the n-th failure in a row. */
  readonly backoffMs: (failures: number) => number;
  /**
   * Grows when an outage of the API server is over. What failed in it does not outlast it: neither a back-off nor a
   * refusal, because a server that has just started denies what it has not read the roles for.
   */
  readonly outages: () => number;
}

// The same change of the same object; what is secret enters as a fingerprint.
function contentOf(action: Action): string {
  switch (action.kind) {
    case 'workload.patch':
    case 'configMap.patch':
      return hashOf(action.patch);
    case 'configMap.create':
      return hashOf(action.data);
    case 'secret.write':
      return hashOf([...action.values].map(([key, value]) => [key, value.fingerprint]));
    case 'network.remember':
      return hashOf(action.history);
    case 'workload.disown':
      return action.kind;
    case 'finalizer.add':
    case 'finalizer.remove':
      return String(action.generation);
  }
}

function delayMs(action: Action, failure: Failure, backoffMs: number): number {
  const delay = delayAfter(failure, backoffMs);
  const isUrgent = action.class === 'guard' && failure.kind === 'Unexpected';
  return isUrgent ? Math.min(delay, GUARD_RETRY_MS) : delay;
}

function delayAfter(failure: Failure, backoffMs: number): number {
  switch (failure.kind) {
    case 'Conflict':
      return 0;
    case 'NotYet':
    case 'Throttled':
      return failure.retryAfterMs;
    case 'Invalid':
      return REFUSED_RETRY_MS;
    case 'Unexpected':
      return backoffMs;
  }
}

function mayEndWithOutage(failure: Failure): boolean {
  return failure.kind === 'Unexpected' || failure.kind === 'NotYet';
}

interface Patient<T> {
  readonly keyOf: (task: T) => string;
  /** What was sent last, in so far as another one need not wait. */
  readonly contentOf: (task: T) => string;
  readonly delayMs: (task: T, failure: Failure, backoffMs: number) => number;
  /** Whether this failure is about the very content that failed. */
  readonly isAboutContent: (failure: Failure) => boolean;
}

function patiently<T>(
  work: (task: T) => Promise<void>,
  { keyOf, contentOf: contentIn, delayMs: delayOf, isAboutContent }: Patient<T>,
  { monotonic, backoffMs, outages }: PatienceOptions,
): (task: T) => Promise<void> {
  const memories = new Map<string, Memory>();
  const remember = (key: string, memory: Memory): void => {
    memories.delete(key);
    memories.set(key, memory);
    const [oldest] = memories.keys();
    if (memories.size > REMEMBERED && oldest !== undefined) memories.delete(oldest);
  };
  const stillHolds = ({ failure, content, outages: before }: Memory, task: T): boolean => {
    if (mayEndWithOutage(failure) && before !== outages()) return false;
    return !isAboutContent(failure) || content === contentIn(task);
  };
  return async (task) => {
    const key = keyOf(task);
    const known = memories.get(key);
    // Its content is a hash: nothing that stands in the way of a first attempt.
    const memory = known !== undefined && stillHolds(known, task) ? known : undefined;
    if (memory !== undefined && monotonic() < memory.dueAt) throw again(memory, monotonic());
    try {
      await work(task);
      memories.delete(key);
    } catch (error) {
      const failure = failureOf(error);
      const attempts = (memory?.attempts ?? 0) + 1;
      const dueAt = monotonic() + delayOf(task, failure, backoffMs(attempts));
      remember(key, { content: contentIn(task), failure, attempts, dueAt, outages: outages() });
      throw error;
    }
  };
}

/** Wraps a writer: an action whose time has not come fails as it did last, without a request. */
export function withPatience(write: Write, options: PatienceOptions): Write {
  const action: Patient<Action> = {
    keyOf: (one) => `${one.verb} ${nameOf(targetOf(one))}`,
    contentOf,
    delayMs,
    isAboutContent: () => true,
  };
  return patiently(write, action, options);
}

export type WriteStatus = (network: HybridNetwork, status: HybridNetworkStatus) => Promise<void>;

interface StatusTask {
  readonly network: HybridNetwork;
  readonly status: HybridNetworkStatus;
}

/**
 * The same for the status, which changes with every event: only one that was refused for what it says is followed by
 * another one before its time.
 */
export function withStatusPatience(write: WriteStatus, options: PatienceOptions): WriteStatus {
  const told: Patient<StatusTask> = {
    keyOf: ({ network }) => network.metadata.uid ?? network.metadata.name,
    contentOf: ({ status }) => hashOf(status),
    delayMs: (_task, failure, backoffMs) => delayAfter(failure, backoffMs),
    isAboutContent: ({ kind }) => kind === 'Invalid',
  };
  const attempt = patiently(async ({ network, status }) => await write(network, status), told, options);
  return async (network, status) => await attempt({ network, status });
}

/** Thrown in place of a request that was not made. */
export class NotDue extends FailureError {
  readonly dueInMs: number;

  constructor(failure: Failure, dueInMs: number) {
    super(failure);
    this.dueInMs = dueInMs;
  }
}

function again({ failure, dueAt }: Memory, now: number): NotDue {
  const dueInMs = Math.max(1, dueAt - now);
  const isTimed = failure.kind === 'NotYet' || failure.kind === 'Throttled';
  return new NotDue(isTimed ? { ...failure, retryAfterMs: dueInMs } : failure, dueInMs);
}
