// A clock that goes like the system's and can be put forward, for code that waits on real sockets but keeps things for
// minutes. Timers run in real time; only what is measured moves.
import type { Clock } from '../../src/runtime/clock.ts';
import { systemClock } from '../../src/runtime/clock.ts';

export class ShiftedClock implements Clock {
  #aheadMs = 0;

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#aheadMs;
  }

  after(ms: number, callback: () => void): () => void {
    return systemClock.after(ms, callback);
  }

  shift(ms: number): void {
    this.#aheadMs += ms;
  }
}
