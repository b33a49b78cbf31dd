// A clock that moves only when a test says so. `advance` fires timers in their order and lets promises settle
// in between; `freeze` is a stopped process: time goes on, no timer fires until the next `advance`.
import type { Cancel, Clock } from '../../src/runtime/clock.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

export class FakeClock implements Clock {
  #monotonic = 1_000;
  #wall = Date.UTC(2026, 0, 1);
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(ms: number, callback: () => void): Cancel {
    const timer = { at: this.#monotonic + Math.max(0, ms), callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Moves on by `ms`, firing what falls due on the way at its own time. */
  async advance(ms: number): Promise<void> {
    const until = this.#monotonic + ms;
    await settle();
    for (let timer = this.#next(until); timer !== undefined; timer = this.#next(until)) {
      this.#moveTo(Math.max(timer.at, this.#monotonic));
      this.#timers.delete(timer);
      timer.callback();
      await settle();
    }
    this.#moveTo(until);
  }

  /** The process is stopped for `ms`: clocks go on, timers do not fire. */
  freeze(ms: number): void {
    this.#moveTo(this.#monotonic + ms);
  }

  /** Somebody sets the wall clock; the monotonic one does not notice. */
  jumpWall(ms: number): void {
    this.#wall += ms;
  }

  #next(until: number): Timer | undefined {
    let soonest: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= until && (soonest === undefined || timer.at < soonest.at)) soonest = timer;
    }
    return soonest;
  }

  #moveTo(monotonic: number): void {
    this.#wall += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }
}

/** Lets everything that hangs on promises, not on time, run to its end. */
export async function settle(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
