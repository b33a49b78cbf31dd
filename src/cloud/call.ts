// One call to the API, from the budget to the answer: its own deadline, a second try on a reset socket, and whatever
// goes wrong as a CloudError. The caller knows nothing of HTTP.
import type { Model } from '@darabonba/typescript';
import type { Dispatcher } from 'undici';
import type { CloudTroubleReason } from '../plan/cloud-facts.ts';
import type { Clock } from '../runtime/clock.ts';
import { bodyOf } from './answer.ts';
import type { Api, Query } from './api.ts';
import { originOf, regionTrouble } from './endpoint.ts';
import { exchange, ExchangeError } from './exchange.ts';
import type { HttpRequest } from './exchange.ts';
import type { CloudIdentity } from './identity.ts';
import { callSdk } from './sdk.ts';
import type { SignedCall } from './sdk.ts';
import { createTokenBucket } from './token-bucket.ts';
import type { TokenBucket } from './token-bucket.ts';
import { CloudError, THROTTLED_RETRY_MS, troubleWith } from './trouble.ts';

/** A call with all of its tries. Terway gives itself as long. */
export const CALL_DEADLINE_MS = 10_000;
const TRIES = 2;

/** What became of a call, for metrics. */
export interface CallRecord {
  readonly product: 'ecs' | 'vpc';
  readonly action: string;
  readonly outcome: 'ok' | CloudTroubleReason;
  readonly code?: string;
  readonly durationMs: number;
}

export interface CallerOptions {
  readonly clock: Clock;
  /** Looked up for each request, by its origin: straight or through a proxy. */
  readonly dispatcherFor: (origin: string) => Dispatcher;
  readonly endpoint?: string | undefined;
  readonly deadlineMs?: number | undefined;
  readonly onCall?: ((record: CallRecord) => void) | undefined;
}

export interface Asker {
  readonly identity: CloudIdentity;
  readonly regionId: string;
}

export interface Caller {
  /** Throws a CloudError, never anything else. */
  call<Request extends Model, Body extends Model>(
    api: Api<Request, Body>,
    query: Query<Request>,
    asker: Asker,
  ): Promise<Body>;
}

export function createCaller(options: CallerOptions): Caller {
  const { clock, endpoint, onCall } = options;
  const buckets = new Map<string, TokenBucket>();

  const bucketOf = (action: string, perMinute: number, regionId: string): TokenBucket => {
    const key = `${action} ${regionId}`;
    const bucket = buckets.get(key) ?? createTokenBucket(action, perMinute, clock);
    buckets.set(key, bucket);
    return bucket;
  };

  return {
    async call(api, query, { identity, regionId }) {
      const { product, action } = api;
      const refusal = regionTrouble(action, regionId);
      if (refusal !== undefined) throw refusal;
      const bucket = bucketOf(action, api.perMinute, regionId);
      await bucket.take();
      const startedAt = clock.monotonic();
      const record = (outcome: CallRecord['outcome'], code?: string): void => {
        const durationMs = clock.monotonic() - startedAt;
        onCall?.({ product, action, outcome, durationMs, ...(code === undefined ? {} : { code }) });
      };
      try {
        const origin = originOf(product, regionId, endpoint);
        const send = sender(options, action, identity);
        const body = await callSdk(api, query, { origin, identity, send });
        record('ok');
        return body;
      } catch (error) {
        const { trouble } = asCloudError(action, error);
        if (trouble.failure.kind === 'Throttled') {
          bucket.pause(Math.max(trouble.failure.retryAfterMs, THROTTLED_RETRY_MS));
        }
        record(trouble.reason, trouble.code);
        throw new CloudError(trouble);
      }
    },
  };
}

function sender(options: CallerOptions, action: string, identity: CloudIdentity): SignedCall['send'] {
  const { clock, dispatcherFor, deadlineMs = CALL_DEADLINE_MS } = options;
  return async (sign) => {
    const deadline = new AbortController();
    const cancel = clock.after(deadlineMs, () => {
      deadline.abort(new ExchangeError(`no complete answer within ${deadlineMs / 1_000} s`));
    });
    try {
      const first = sign();
      const dispatcher = dispatcherFor(first.origin);
      const answer = await withRetry(first, sign, (request) =>
        exchange(dispatcher, request, deadline.signal),
      );
      return bodyOf({ action, identity }, answer);
    } finally {
      cancel();
    }
  };
}

/** A kept connection may have been closed while nobody looked; every call here only reads, so it may be sent again. */
async function withRetry<T>(
  first: HttpRequest,
  sign: () => HttpRequest,
  send: (request: HttpRequest) => Promise<T>,
): Promise<T> {
  for (let request = first, tries = 1; ; request = sign(), tries += 1) {
    try {
      return await send(request);
    } catch (error) {
      if (!(error instanceof ExchangeError && error.isReset) || tries >= TRIES) throw error;
    }
  }
}

/** The original is not kept as a cause: an error of undici or of the SDK may hold the request, and so the key. */
function asCloudError(action: string, error: unknown): CloudError {
  if (error instanceof CloudError) return error;
  if (error instanceof ExchangeError) {
    return troubleWith({ reason: 'Unreachable', action, detail: error.message });
  }
  const isCast = error instanceof Error && /is mismatch|expect/.test(error.message);
  const detail = isCast ? 'an answer of another shape than documented' : 'the call could not be made';
  return troubleWith({ reason: 'Unreachable', action, detail });
}
