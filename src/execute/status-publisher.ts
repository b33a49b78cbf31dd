// Statuses are written beside the repairs: a drift that comes while one is on its way does not wait for its answer. Of each
// network at most one is on its way; what changed meanwhile is looked at again when it has arrived.
import { failureOf } from '../plan/failure.ts';
import { NotDue } from './patience.ts';

export interface StatusPublisher {
  /** Whether one is on its way: the network is then looked at again when it has arrived. */
  waits(network: string): boolean;
  /** Starts to write the status of this network; none may be on its way. */
  publish(network: string, write: () => Promise<void>): void;
  /** Resolves when none is on its way. */
  settled(): Promise<void>;
}

export interface StatusPublisherOptions {
  /** Has the network looked at again after so many milliseconds. */
  readonly again: (network: string, ms: number) => void;
  /** How long to wait after the n-th failure in a row, where the failure does not say. */
  readonly backoffMs: (failures: number) => number;
}

export function createStatusPublisher({ again, backoffMs }: StatusPublisherOptions): StatusPublisher {
  const underWay = new Map<string, Promise<void>>();
  const overtaken = new Set<string>();
  const failures = new Map<string, number>();

  const delayAfter = (network: string, error: unknown): number => {
    if (error instanceof NotDue) return error.dueInMs;
    const failure = failureOf(error);
    if (failure.kind === 'NotYet' || failure.kind === 'Throttled') return failure.retryAfterMs;
    const count = (failures.get(network) ?? 0) + 1;
    failures.set(network, count);
    return backoffMs(count);
  };

  const run = async (network: string, write: () => Promise<void>): Promise<void> => {
    // Not before it is known to be on its way.
    await Promise.resolve();
    try {
      await write();
      failures.delete(network);
    } catch (error) {
      again(network, delayAfter(network, error));
    }
    underWay.delete(network);
    if (overtaken.delete(network)) again(network, 0);
  };

  return {
    waits(network) {
      if (!underWay.has(network)) return false;
      overtaken.add(network);
      return true;
    },
    publish(network, write) {
      underWay.set(network, run(network, write));
    },
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay.values());
    },
  };
}
