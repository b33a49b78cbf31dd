// Time as a parameter. Whatever waits or measures takes a Clock, so that tests run hours in microseconds.
import { performance } from 'node:perf_hooks';

/** Calls off a timer; harmless when it has fired or was called off before. */
export type Cancel = () => void;

export interface Clock {
  /** Milliseconds since the epoch, for what people and other programs read. May jump. */
  now(): number;
  /** Milliseconds since some moment; never jumps and goes on while the process is stopped. For measuring. */
  monotonic(): number;
  /** Runs the callback once, no earlier than `ms` from now. */
  after(ms: number, callback: () => void): Cancel;
}

// Node fires at once, with a warning, when a delay does not fit in 32 bits.
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, Math.ceil(ms)), LONGEST_TIMEOUT_MS));
    return () => {
      clearTimeout(timer);
    };
  },
};

/** Resolves after `ms`, or at once when the signal aborts: the caller looks at the signal, nothing is thrown. */
export async function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return;
  await new Promise<void>((resolve) => {
    const wake = (): void => {
      cancel();
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.after(ms, wake);
    signal?.addEventListener('abort', wake, { once: true });
  });
}

/** The work's result, or the signal's reason as soon as it aborts: work that does not heed it is left behind. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return await Promise.race([
    work,
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    }),
  ]);
}
