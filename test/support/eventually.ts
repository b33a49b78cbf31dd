import { setTimeout as sleep } from 'node:timers/promises';

export interface EventuallyOptions {
  readonly timeoutMs?: number;
  /** What is awaited, for the error message. */
  readonly what?: string;
}

/** Repeats `fn` until it stops throwing and returns something truthy, or nothing at all. Returns what it returned. */
export async function eventually<T>(
  fn: () => T | Promise<T>,
  { timeoutMs = 10_000, what = 'the expectation' }: EventuallyOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const attempt = await tryOnce(fn);
    if ('value' in attempt) return attempt.value;
    if (performance.now() >= deadline) {
      throw new Error(`not within ${timeoutMs} ms: ${what}. Last: ${attempt.why}`, { cause: attempt.error });
    }
    await sleep(25);
  }
}

type Attempt<T> = { readonly value: T } | { readonly why: string; readonly error?: unknown };

async function tryOnce<T>(fn: () => T | Promise<T>): Promise<Attempt<T>> {
  try {
    const value = await fn();
    // An expectation returns nothing; a question answers false, null, '' or 0 until it comes true.
    return value === undefined || Boolean(value)
      ? { value }
      : { why: `it returned ${JSON.stringify(value)}` };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error), error };
  }
}
