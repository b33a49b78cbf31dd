// A clock that goes like the system's, and can jump to the next timer: a back-off of ten minutes costs a test nothing.
// Requests and the cluster stay in real time.
import type { Cancel, Clock } from '../../src/runtime/clock.ts';
import { systemClock } from '../../src/runtime/clock.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
  cancelReal: Cancel;
}

export class HurriedClock implements Clock {
  #aheadMs = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#aheadMs;
  }

  /** How far the jumps have brought it ahead of the system's. */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  after(ms: number, callback: () => void): Cancel {
    const timer: Timer = { at: this.monotonic() + Math.max(0, ms), callback, cancelReal: () => {} };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => {
      this.#timers.delete(timer);
      timer.cancelReal();
    };
  }

  /** Jumps to the next timer and fires it; false when nobody waits for anything. */
  jump(): boolean {
    const next = Math.min(...[...this.#timers].map(({ at }) => at));
    if (!Number.isFinite(next)) return false;
    this.#aheadMs += Math.max(0, next - this.monotonic());
    for (const timer of [...this.#timers].filter(({ at }) => at <= next)) this.#fire(timer);
    return true;
  }

  #arm(timer: Timer): void {
    timer.cancelReal = systemClock.after(timer.at - this.monotonic(), () => {
      // Real timers round; what is left of a millisecond is waited for.
      if (timer.at > this.monotonic()) this.#arm(timer);
      else this.#fire(timer);
    });
  }

  #fire(timer: Timer): void {
    if (!this.#timers.delete(timer)) return;
    timer.cancelReal();
    timer.callback();
  }
}
