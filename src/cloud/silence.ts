// Whether the cloud gives no answer at all, or only this or that API: answers are kept for minutes, so that while one API is
// throttled the others are not asked, and yet are known to answer.
import type { Clock } from '../runtime/clock.ts';
import { isDryRunSuccess } from './answer.ts';
import { FIVE_MINUTES_MS } from './shelf.ts';
import type { CloudError } from './trouble.ts';

/** An API that answered so lately answers; it is asked again within this time, or it is asked for what never changes. */
const CURRENT_MS = FIVE_MINUTES_MS + 60_000;

export interface Silence {
  /** A call has ended. */
  note(action: string, error: CloudError | undefined): void;
  /** When (RFC 3339) the first of the calls failed that had no answer of use; undefined while any API answers. */
  since(): string | undefined;
}

export function createSilence(clock: Clock): Silence {
  /** Monotonic, by action. */
  const answeredAt = new Map<string, number>();
  let since: string | undefined;
  return {
    note(action, error) {
      if (isAnswer(error)) {
        answeredAt.set(action, clock.monotonic());
        since = undefined;
        return;
      }
      answeredAt.delete(action);
      since ??= new Date(clock.now()).toISOString();
    },
    since() {
      const now = clock.monotonic();
      return [...answeredAt.values()].some((at) => now - at < CURRENT_MS) ? undefined : since;
    },
  };
}

// A refusal is an answer, too. Only what passes by itself is silence: a wrong clock, or a wrong key, does not.
function isAnswer(error: CloudError | undefined): boolean {
  if (error === undefined || isDryRunSuccess(error.trouble.code)) return true;
  const { reason } = error.trouble;
  return reason !== 'Unreachable' && reason !== 'Throttled';
}
