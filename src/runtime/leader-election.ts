// Of several replicas at most one writes. It holds a Lease and renews it; from the renew deadline on it does not
// lead, by its own monotonic clock, whatever is still in flight and however long the process was stopped.
// A lost Lease is no reason to exit: the term ends, and a new candidacy begins.
import { sleep, untilAborted } from './clock.ts';
import type { Cancel, Clock } from './clock.ts';
import type { LeaderElectionOptions, Leadership } from './leadership.ts';
import { microTime, ObservedLease } from './lease.ts';
import type { LeaseRecord } from './lease.ts';

const RELEASE_LIMIT_MS = 1_000;

export class LeaderElection implements Leadership {
  readonly #options: LeaderElectionOptions;
  readonly #clock: Clock;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  readonly #observed: ObservedLease;
  readonly #stopping = new AbortController();
  #attempt: AbortController | undefined;
  #term: AbortController | undefined;
  #leadsUntil = 0;
  /** What we last tried to write: it may be there although no answer came. */
  #sent: LeaseRecord | undefined;
  /** Our name stands in the Lease by another's hand. */
  #isPutUpon = false;
  #cancelDeadline: Cancel = () => {};
  #lastReport: string | undefined;
  #loop: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#leaseDurationMs = options.leaseDurationMs ?? 15_000;
    this.#observed = new ObservedLease(options.clock, this.#leaseDurationMs);
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryPeriodMs = options.retryPeriodMs ?? 2_000;
    if (this.#leaseDurationMs <= this.#renewDeadlineMs || this.#renewDeadlineMs <= this.#retryPeriodMs) {
      throw new Error('Leader election needs lease duration > renew deadline > retry period.');
    }
  }

  isLeader(): boolean {
    return this.#term !== undefined && this.#clock.monotonic() < this.#leadsUntil;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    await this.#stopped;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const startedAt = this.#clock.monotonic();
      this.#endExpiredTerm();
      const holds = await this.#tryToHold(startedAt);
      const tookMs = this.#clock.monotonic() - startedAt;
      const pauseMs = holds ? this.#retryPeriodMs - tookMs : this.#candidatePauseMs();
      await sleep(this.#clock, pauseMs, this.#stopping.signal);
    }
  }

  async #tryToHold(startedAt: number): Promise<boolean> {
    try {
      // Half the deadline, so that a request that hangs leaves time for another.
      const holds = await this.#within(this.#renewDeadlineMs / 2, async (signal) => await this.#hold(signal));
      this.#lastReport = undefined;
      if (holds) this.#leadUntil(startedAt + this.#renewDeadlineMs);
      else this.#endTerm(`${this.#observed.record?.holderIdentity ?? 'nobody'} holds the Lease`);
      return holds;
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#report(error);
      return false;
    }
  }

  // True when the Lease is ours after this; false when it is another's, or was until it vanished.
  async #hold(signal: AbortSignal): Promise<boolean> {
    if (this.#term !== undefined && (await this.#renewWithoutReading(signal))) return true;
    const { store } = this.#options;
    const found = await store.read(signal);
    signal.throwIfAborted();
    this.#noticePutUpon(this.#observed.record, found);
    this.#observed.see(found);
    // One that is gone is ours only while we lead: it may have passed to another since, unseen.
    const isOurs = found === undefined ? this.isLeader() : this.#isOurs(found) && !this.#isPutUpon;
    if (!isOurs && this.#observed.heldForMs() > 0) return false;
    const next = this.#nextRecord(found);
    this.#sent = next;
    await this.#write(found === undefined ? store.create(next, signal) : store.update(next, signal), signal);
    return true;
  }

  // Somebody edits our name into a Lease that was another's: that one leads until it renews next, so its time is waited
  // out. At first sight our name is from before a restart, and there is nobody else.
  #noticePutUpon(before: LeaseRecord | undefined, found: LeaseRecord | undefined): void {
    if (found === undefined) return;
    const isWritten = found.renewTime === this.#sent?.renewTime && this.#isOurs(found);
    if (isWritten || !this.#isOurs(found)) this.#isPutUpon = false;
    else if (before !== undefined && !this.#isOurs(before)) this.#isPutUpon = true;
  }

  // One request per renewal. Whatever stands in its way is found out by reading.
  async #renewWithoutReading(signal: AbortSignal): Promise<boolean> {
    const known = this.#observed.record;
    if (known === undefined || !this.#isOurs(known)) return false;
    try {
      const next = this.#nextRecord(known);
      this.#sent = next;
      await this.#write(this.#options.store.update(next, signal), signal);
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      return false;
    }
  }

  async #write(written: Promise<LeaseRecord>, signal: AbortSignal): Promise<void> {
    const record = await written;
    signal.throwIfAborted();
    this.#isPutUpon = false;
    this.#observed.see(record);
  }

  #nextRecord(found: LeaseRecord | undefined): LeaseRecord {
    const now = microTime(this.#clock.now());
    const renewed = {
      ...found,
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: Math.ceil(this.#leaseDurationMs / 1000),
      renewTime: now,
    };
    if (found !== undefined && this.#isOurs(found)) return { ...found, ...renewed };
    return {
      ...renewed,
      acquireTime: now,
      leaseTransitions: found === undefined ? 0 : found.leaseTransitions + 1,
    };
  }

  #isOurs(record: LeaseRecord | undefined): boolean {
    return record?.holderIdentity === this.#options.identity;
  }

  // Counted from when the renewal was sent: nobody can have seen it, and begun to wait, earlier than that.
  #leadUntil(until: number): void {
    this.#endExpiredTerm();
    if (this.#stopping.signal.aborted || this.#clock.monotonic() >= until) return;
    this.#leadsUntil = until;
    this.#cancelDeadline();
    this.#cancelDeadline = this.#clock.after(until - this.#clock.monotonic(), () => {
      this.#endExpiredTerm();
    });
    if (this.#term !== undefined) return;
    const term = new AbortController();
    this.#term = term;
    this.#tell(() => {
      this.#options.onStarted(term.signal);
    });
  }

  #endExpiredTerm(): void {
    if (this.#clock.monotonic() >= this.#leadsUntil) this.#endTerm('the Lease was not renewed in time');
  }

  #endTerm(reason: string): void {
    const term = this.#term;
    if (term === undefined) return;
    this.#term = undefined;
    this.#cancelDeadline();
    term.abort();
    this.#tell(() => {
      this.#options.onStopped(reason);
    });
  }

  // Candidates draw lots, so that they do not ask all at once; the end of a dead holder's time wakes them. A leader
  // whose renewal failed does the same.
  #candidatePauseMs(): number {
    const random = this.#options.random ?? Math.random;
    const periodMs = (this.#options.candidatePeriodMs ?? 1_000) * (0.8 + 0.2 * random());
    const heldForMs = this.#observed.heldForMs();
    return heldForMs > 0 && !this.#isOurs(this.#observed.record) ? Math.min(periodMs, heldForMs) : periodMs;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    this.#attempt?.abort(new Error('stopping'));
    this.#endTerm('stopped');
    if (this.#loop === undefined) return;
    await this.#loop;
    try {
      await this.#within(RELEASE_LIMIT_MS, async (signal) => {
        await this.#release(signal);
      });
    } catch (error) {
      this.#report(error);
    }
  }

  // Twice, because a renewal that was given up may still come through between our reading and our writing.
  async #release(signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const found = await store.read(signal);
      if (found === undefined || !this.#isOurs(found)) return;
      const now = microTime(this.#clock.now());
      const released = {
        ...found,
        holderIdentity: '',
        leaseDurationSeconds: 1,
        acquireTime: now,
        renewTime: now,
      };
      try {
        await store.update(released, signal);
        return;
      } catch (error) {
        if (attempt === 2 || signal.aborted) throw error;
      }
    }
  }

  async #within<T>(limitMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const attempt = new AbortController();
    this.#attempt = attempt;
    const cancel = this.#clock.after(limitMs, () => {
      attempt.abort(new Error(`The Lease's store has not answered for ${limitMs} ms.`));
    });
    try {
      return await untilAborted(work(attempt.signal), attempt.signal);
    } finally {
      cancel();
    }
  }

  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#report(error);
    }
  }

  // Once per trouble: the same failure comes back every second until somebody mends it.
  #report(error: unknown): void {
    if (String(error) === this.#lastReport) return;
    this.#lastReport = String(error);
    this.#options.onError?.(error);
  }
}
