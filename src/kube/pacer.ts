// What a reflector does next, and after how long, given how its last list or watch went. It alone decides about
// delays: none after an end in good order, growing ones after failures, and never two lists in quick succession.
import type { FailureError } from '../plan/failure.ts';
import { createBackoff, type Backoff } from './backoff.ts';
import { isForbidden, isNotFound, isOutage } from './errors.ts';
import type { SessionResult } from './watch-session.ts';

const MIN_LIST_GAP_MS = 10_000;
/** Spreads the lists that many reflectors want at once, as after a restart of the API server. */
const LIST_SPREAD_MS = 1_000;
/** A watch that ends sooner has not been healthy. */
const HEALTHY_MS = 1_000;
/** So many watches in a row that ended at once and said nothing: the version may be one that nobody serves. */
const FRUITLESS_LIMIT = 3;
/** So many short watches in a row are no good order any more, even if each said something. */
const HASTY_LIMIT = 5;
/** A server that is behind our version stays silent: list, rather than wait for it to catch up. */
const SILENT_LIMIT = 2;
const SMALL_SPREAD = 0.1;
/** So many times in a row an answer to somebody else cuts a delay short: it may come from another server behind the same address. */
const EARLY_LIMIT = 3;
/** Spreads those that come back early. */
const EARLY_SPREAD_MS = 200;

export interface NextStep {
  readonly action: 'list' | 'watch';
  readonly delayMs: number;
  /** The server is away: the delay is over as soon as the server answers anybody. */
  readonly untilAnswer?: boolean;
}

export class Pacer {
  readonly #now: () => number;
  readonly #random: () => number;
  /** The figures of client-go's reflector. */
  readonly #backoff: Backoff;
  /** For a missing right: asked for soon at first, because a Role often comes a second after what needs it. */
  readonly #patience: Backoff;
  #listedAt: number | undefined;
  #fruitless = 0;
  #hasty = 0;
  #silent = 0;
  #early = 0;

  constructor(now: () => number, random: () => number) {
    this.#now = now;
    this.#random = random;
    this.#backoff = createBackoff({ firstMs: 800, limitMs: 30_000, spread: 1, random });
    this.#patience = createBackoff({ firstMs: 1_000, limitMs: 54_000, spread: SMALL_SPREAD, random });
  }

  /** How long to wait before a list. */
  beforeList(): number {
    if (this.#listedAt === undefined) return 0;
    return Math.max(this.#listedAt + MIN_LIST_GAP_MS - this.#now(), LIST_SPREAD_MS * this.#random());
  }

  afterList(): void {
    this.#listedAt = this.#now();
    this.#patience.reset();
    this.#early = 0;
  }

  afterFailedList(error: FailureError): NextStep {
    return this.#afterRefusal('list', error);
  }

  /** How long to wait once an answer to somebody else has cut a delay short. */
  onEarlyReturn(): number {
    this.#early += 1;
    return EARLY_SPREAD_MS * this.#random();
  }

  afterWatch(result: SessionResult): NextStep {
    const { end, opened, progress, livedMs } = result;
    const healthy = progress > 0 || (opened && livedMs >= HEALTHY_MS);
    if (healthy) {
      this.#backoff.reset();
      this.#patience.reset();
      this.#early = 0;
    }
    if (end.how === 'closed') return this.#afterEnd(result, 0);
    if (end.how === 'silent') return this.#afterSilence(progress);
    if (end.how === 'failed') return this.#afterFailure(result, end.error, healthy);
    return { action: 'list', delayMs: 0 };
  }

  #afterEnd({ progress, livedMs }: SessionResult, delayMs: number): NextStep {
    const hasty = livedMs < HEALTHY_MS;
    this.#hasty = hasty ? this.#hasty + 1 : 0;
    this.#fruitless = hasty && progress === 0 ? this.#fruitless + 1 : 0;
    if (this.#fruitless >= FRUITLESS_LIMIT) {
      this.#fruitless = 0;
      return { action: 'list', delayMs: 0 };
    }
    const delay = this.#hasty > HASTY_LIMIT ? Math.max(delayMs, this.#backoff.next()) : delayMs;
    return { action: 'watch', delayMs: delay };
  }

  #afterSilence(progress: number): NextStep {
    this.#silent = progress > 0 ? 0 : this.#silent + 1;
    if (this.#silent < SILENT_LIMIT) return { action: 'watch', delayMs: 0 };
    this.#silent = 0;
    return { action: 'list', delayMs: 0 };
  }

  #afterFailure(result: SessionResult, error: FailureError, healthy: boolean): NextStep {
    // The resource itself is gone: when it comes back, nothing of what it was is true any more.
    if (isNotFound(error)) return this.afterFailedList(error);
    if (!result.opened || error.failure.kind === 'Throttled') {
      return this.#afterRefusal('watch', error);
    }
    return this.#afterEnd(result, healthy ? 0 : this.#backoff.next());
  }

  #afterRefusal(action: NextStep['action'], error: FailureError): NextStep {
    const untilAnswer = isOutage(error) && this.#early < EARLY_LIMIT;
    return { action, delayMs: this.#delayAfter(error), ...(untilAnswer && { untilAnswer }) };
  }

  #delayAfter(error: FailureError): number {
    const { failure } = error;
    if (failure.kind === 'Throttled') return failure.retryAfterMs * (1 + SMALL_SPREAD * this.#random());
    return isForbidden(error) ? this.#patience.next() : this.#backoff.next();
  }
}
