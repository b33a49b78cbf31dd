// The Lease as leader election sees it: the record, the place that keeps it, and an observer's view of whether
// its holder is still alive.
import type { Clock } from './clock.ts';

export interface LeaseRecord {
  /** Nobody, when ''. */
  readonly holderIdentity: string;
  readonly leaseDurationSeconds: number;
  /** As the API server wants a MicroTime: 2026-01-02T03:04:05.000000Z. */
  readonly acquireTime: string;
  readonly renewTime: string;
  readonly leaseTransitions: number;
  readonly resourceVersion?: string;
}

/**
 * Where the Lease is kept. Every method gives up when the signal aborts, and throws on failure. `update` must fail
 * when the record is not at `resourceVersion` any more, `create` when there is one: all safety rests on that.
 */
export interface LeaseStore {
  read(signal: AbortSignal): Promise<LeaseRecord | undefined>;
  create(record: LeaseRecord, signal: AbortSignal): Promise<LeaseRecord>;
  update(record: LeaseRecord, signal: AbortSignal): Promise<LeaseRecord>;
}

/**
 * The Lease as last seen. It is held until its duration has passed on our own monotonic clock since we saw it
 * *change*: the times in the record are another machine's and are never compared with ours.
 */
export class ObservedLease {
  readonly #clock: Clock;
  readonly #leastMs: number;
  #record: LeaseRecord | undefined;
  #changedAt = 0;
  #isGone = false;

  /** A holder is believed alive for `leastMs` at least: somebody may have edited the duration under it. */
  constructor(clock: Clock, leastMs: number) {
    this.#clock = clock;
    this.#leastMs = leastMs;
  }

  get record(): LeaseRecord | undefined {
    return this.#record;
  }

  /** Takes note of what was read. */
  see(record: LeaseRecord | undefined): void {
    if (record === undefined) {
      this.#seeNothing();
      return;
    }
    if (this.#record === undefined || !isSame(this.#record, record))
      this.#changedAt = this.#clock.monotonic();
    this.#record = record;
    this.#isGone = false;
  }

  // A Lease that vanishes binds as if it had been renewed at this moment: its holder may have renewed it, unseen by
  // us, just before, and cannot do so any more without our seeing it again.
  #seeNothing(): void {
    if (!this.#isGone) this.#changedAt = this.#clock.monotonic();
    this.#isGone = true;
  }

  /** For how many milliseconds more the holder must be believed alive; 0 when there is none. */
  heldForMs(): number {
    if (this.#record === undefined || this.#record.holderIdentity === '') return 0;
    const durationMs = Math.max(this.#leastMs, this.#record.leaseDurationSeconds * 1000);
    return Math.max(0, this.#changedAt + durationMs - this.#clock.monotonic());
  }
}

// Without the resourceVersion: a label put on the Lease is no sign of life.
function isSame(a: LeaseRecord, b: LeaseRecord): boolean {
  return (
    a.holderIdentity === b.holderIdentity &&
    a.renewTime === b.renewTime &&
    a.acquireTime === b.acquireTime &&
    a.leaseTransitions === b.leaseTransitions &&
    a.leaseDurationSeconds === b.leaseDurationSeconds
  );
}

export function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}
