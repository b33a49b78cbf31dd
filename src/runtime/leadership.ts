// What the rest of the operator knows of leading: how to stand for it, whether it does now, and when a term starts
// and ends.
import type { Clock } from './clock.ts';
import type { LeaseStore } from './lease.ts';

export interface LeadershipCallbacks {
  /** The signal aborts when the term ends, before `onStopped` is called. */
  readonly onStarted: (term: AbortSignal) => void;
  readonly onStopped: (reason: string) => void;
}

export interface Leadership {
  /** Ask before every write: the answer is true at this moment only. */
  isLeader(): boolean;
  start(): void;
  /** Ends the term and releases the Lease. Stop the work first: the next leader starts at once. */
  stop(): Promise<void>;
}

export interface LeaderElectionOptions extends LeadershipCallbacks {
  readonly clock: Clock;
  readonly store: LeaseStore;
  /**
   * Unique among all that may ever run at once. A pod's name lets a container that restarts in its pod carry on
   * without waiting; a host name does not do: with hostNetwork two pods may share it.
   */
  readonly identity: string;
  /** How long others wait for a sign of life before they take over: 15 s. */
  readonly leaseDurationMs?: number;
  /** How long after its last renewal was sent a leader goes on: 10 s. */
  readonly renewDeadlineMs?: number;
  /** How often a leader renews: every 2 s, one write each. */
  readonly retryPeriodMs?: number;
  /** How often, at most, the others look: every 1 s, so that a released Lease is not left lying about. */
  readonly candidatePeriodMs?: number;
  readonly onError?: (error: unknown) => void;
  readonly random?: () => number;
}

/** The one replica of an installation without leader election. */
export function alwaysLeader(callbacks: LeadershipCallbacks): Leadership {
  let term: AbortController | undefined;
  return {
    isLeader: () => term !== undefined,
    start() {
      term = new AbortController();
      callbacks.onStarted(term.signal);
    },
    async stop() {
      if (term === undefined) return;
      const ended = term;
      term = undefined;
      ended.abort();
      callbacks.onStopped('stopped');
    },
  };
}
