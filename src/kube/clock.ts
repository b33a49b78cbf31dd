// Time as this folder needs it, handed in from outside so that tests run hours in microseconds.

export interface Clock {
  /** Milliseconds since the epoch, for what people read. May jump. */
  now(): number;
  /** Milliseconds since some moment; never jumps. For measuring. */
  monotonic(): number;
  /** Runs the callback once, no earlier than `ms` from now; what is returned calls it off. */
  after(ms: number, callback: () => void): () => void;
}

/** Resolves after `ms`, or at once when the signal aborts; never rejects, and leaves no timer behind. */
export async function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const wake = (): void => {
      cancel();
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.after(ms, wake);
    signal.addEventListener('abort', wake, { once: true });
  });
}
