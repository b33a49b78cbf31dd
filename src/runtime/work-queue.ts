// Keys waiting for work: one run at a time per key, several keys at once up to a limit. What arrives while a key
// runs becomes exactly one more run. Keys, never objects: the run reads what is true when it starts.
import { backoffMs } from './backoff.ts';
import { sleep } from './clock.ts';
import type { Cancel, Clock } from './clock.ts';

export type Handler = (key: string) => Promise<void>;

/** What the metrics want to know; times in milliseconds. */
export interface WorkQueueObserver {
  added(): void;
  started(waitedMs: number): void;
  finished(workedMs: number): void;
  retried(): void;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** How many keys may run at the same time; 1 unless told. */
  readonly concurrency?: number;
  readonly observer?: WorkQueueObserver;
  /** Hears of a handler that threw; the key is retried in any case. */
  readonly onError?: (error: unknown, key: string) => void;
  readonly random?: () => number;
}

interface Delay {
  readonly at: number;
  readonly cancel: Cancel;
}

export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #clock: Clock;
  /** Key → since when it waits, in order of arrival. A key may wait here while it runs: that is its one more run. */
  readonly #ready = new Map<string, number>();
  readonly #running = new Map<string, number>();
  readonly #delayed = new Map<string, Delay>();
  readonly #failures = new Map<string, number>();
  readonly #drained = new AbortController();
  #handler: Handler | undefined;
  #paused = false;
  #closed = false;
  #wakeUpIsDue = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  /** Runs the key as soon as the current turn of the event loop has ended, or once more after its present run. */
  add(key: string): void {
    if (this.#closed) return;
    this.#cancelDelay(key);
    if (this.#ready.has(key)) return;
    this.#ready.set(key, this.#clock.monotonic());
    this.#options.observer?.added();
    this.#wakeUp();
  }

  /** Runs the key no later than `ms` from now: of several requests the soonest wins, an `add` before it replaces it. */
  addAfter(key: string, ms: number): void {
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const at = this.#clock.monotonic() + ms;
    if (this.#closed || this.#ready.has(key) || (this.#delayed.get(key)?.at ?? Infinity) <= at) return;
    this.#cancelDelay(key);
    const cancel = this.#clock.after(ms, () => {
      this.add(key);
    });
    this.#delayed.set(key, { at, cancel });
  }

  /** Runs the key again after its back-off, which grows until `forget`. Returns the delay. */
  retry(key: string): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    const delayMs = backoffMs(failures, this.#options.random);
    if (this.#closed) return delayMs;
    this.#failures.set(key, failures);
    this.#options.observer?.retried();
    this.addAfter(key, delayMs);
    return delayMs;
  }

  /** The key succeeded or is gone: its next back-off starts small again. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Sets what is done with a key, and starts. A handler that throws has its key retried. */
  run(handler: Handler): void {
    this.#handler = handler;
    this.#wakeUp();
  }

  /** Starts nothing new until `resume`; keys gather meanwhile (a replica that does not lead). */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#wakeUp();
  }

  /** Drops what waits and lets what runs come to its end; returns the keys that still ran at the deadline. */
  async close(deadlineMs: number): Promise<readonly string[]> {
    this.#closed = true;
    for (const key of this.#delayed.keys()) this.#cancelDelay(key);
    this.#ready.clear();
    this.#failures.clear();
    if (this.#running.size > 0) await sleep(this.#clock, deadlineMs, this.#drained.signal);
    return [...this.#running.keys()];
  }

  /** Keys that wait for a run now, without those that wait for a time. */
  get depth(): number {
    return this.#ready.size;
  }

  /** For how long each of the present runs has been going on. */
  runningMs(): readonly number[] {
    const now = this.#clock.monotonic();
    return [...this.#running.values()].map((since) => now - since);
  }

  // A microtask, not a timer: no delay, and several adds in one turn still become one run.
  #wakeUp(): void {
    if (this.#wakeUpIsDue) return;
    this.#wakeUpIsDue = true;
    queueMicrotask(() => {
      this.#wakeUpIsDue = false;
      this.#startWhatMayRun();
    });
  }

  #startWhatMayRun(): void {
    const handler = this.#handler;
    if (handler === undefined || this.#paused || this.#closed) return;
    for (const [key, since] of this.#ready) {
      if (this.#running.size >= (this.#options.concurrency ?? 1)) return;
      if (this.#running.has(key)) continue;
      this.#ready.delete(key);
      void this.#work(key, since, handler);
    }
  }

  async #work(key: string, since: number, handler: Handler): Promise<void> {
    const startedAt = this.#clock.monotonic();
    this.#running.set(key, startedAt);
    this.#options.observer?.started(startedAt - since);
    try {
      await handler(key);
    } catch (error) {
      this.retry(key);
      this.#options.onError?.(error, key);
    } finally {
      this.#running.delete(key);
      this.#options.observer?.finished(this.#clock.monotonic() - startedAt);
      if (this.#closed && this.#running.size === 0) this.#drained.abort();
      this.#startWhatMayRun();
    }
  }

  #cancelDelay(key: string): void {
    this.#delayed.get(key)?.cancel();
    this.#delayed.delete(key);
  }
}
