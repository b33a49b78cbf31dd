// How often an API may be called: a budget for each minute, and none at all for a while after the cloud asked for
// patience. ECS counts calls by account, region and API, over everybody who uses the account.
import type { Clock } from '../runtime/clock.ts';
import { sleep } from '../runtime/clock.ts';
import { troubleWith } from './trouble.ts';

const MINUTE_MS = 60_000;
/** Whoever would have to wait longer is told so instead. */
const LONGEST_WAIT_MS = 20_000;

export interface TokenBucket {
  /** Resolves when a call may be made. Throws a CloudError (`Throttled`) where that would take too long. */
  take(): Promise<void>;
  /** No call for so long: the cloud has said so. */
  pause(ms: number): void;
}

export function createTokenBucket(action: string, perMinute: number, clock: Clock): TokenBucket {
  const msPerCall = MINUTE_MS / perMinute;
  // Half a minute's budget may be used at once.
  const burstMs = MINUTE_MS / 2;
  /** The bucket as a point in time: each call moves it on; how far it is ahead of now is how full it is. */
  let spentUntil = 0;
  let pausedUntil = 0;

  const refuse = (detail: string, waitMs: number): never => {
    throw troubleWith({ reason: 'Throttled', action, detail, retryAfterMs: waitMs });
  };

  return {
    async take() {
      const now = clock.monotonic();
      if (now < pausedUntil) refuse('the cloud has asked for patience', pausedUntil - now);
      const from = Math.max(spentUntil, now);
      const waitMs = from + msPerCall - now - burstMs;
      if (waitMs > LONGEST_WAIT_MS) refuse(`more than ${perMinute} calls a minute`, waitMs);
      spentUntil = from + msPerCall;
      if (waitMs > 0) await sleep(clock, waitMs);
    },
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, clock.monotonic() + ms);
    },
  };
}
