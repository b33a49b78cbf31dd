// After a 429 the server is given the time that it asked for: no request is sent before, whatever it is about. One that
// would be fails as the refused one did, without leaving the process. The Lease goes on, or a busy server would depose
// its leader; the API server has a priority level of its own for it.
import { FailureError, type Failure } from '../plan/failure.ts';
import { KubeError, type Asked } from './errors.ts';
import { isAboutLeases } from './write-gate.ts';

export interface Throttle {
  /** Takes note of a failure that says when to come again. */
  heed(error: unknown): void;
  /** Why this request may not be sent at present. */
  refusalOf(asked: Asked): FailureError | undefined;
}

/** `now` in milliseconds that never jump. */
export function createThrottle(now: () => number): Throttle {
  let busy: { readonly until: number; readonly failure: Failure } | undefined;
  return {
    heed(error) {
      if (!(error instanceof KubeError) || error.status !== 429) return;
      const { failure } = error;
      if (failure.kind !== 'Throttled') return;
      const until = now() + failure.retryAfterMs;
      if (until > (busy?.until ?? 0)) busy = { until, failure };
    },
    refusalOf({ path }) {
      if (busy === undefined || isAboutLeases(path)) return undefined;
      const retryAfterMs = busy.until - now();
      if (retryAfterMs <= 0) {
        busy = undefined;
        return undefined;
      }
      return new FailureError({ kind: 'Throttled', message: busy.failure.message, retryAfterMs });
    },
  };
}
