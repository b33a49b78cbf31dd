// A deadline for one request, joined with the signal of the caller.

export interface Deadline {
  readonly signal: AbortSignal;
  /** Must be called when the request is over. */
  clear(): void;
}

export function createDeadline(ms: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new Error(`no complete answer within ${ms / 1_000} s`)),
    ms,
  );
  const follow = (): void => controller.abort(new Error('the request was given up'));
  if (outer?.aborted === true) follow();
  outer?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', follow);
    },
  };
}
