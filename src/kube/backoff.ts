// Delays that double from a first one to a limit, spread so that many waiters do not come back together.

export interface Backoff {
  /** The next delay in milliseconds. */
  next(): number;
  reset(): void;
}

export interface BackoffOptions {
  readonly firstMs: number;
  readonly limitMs: number;
  /** Share of a delay that is added at random: 1 spreads it over [delay, 2 × delay). */
  readonly spread: number;
  readonly random: () => number;
}

export function createBackoff({ firstMs, limitMs, spread, random }: BackoffOptions): Backoff {
  let delay = firstMs;
  return {
    next() {
      const current = delay;
      delay = Math.min(delay * 2, limitMs);
      return current * (1 + spread * random());
    },
    reset() {
      delay = firstMs;
    },
  };
}
