// One call to the API, from the budget to the answer; whatever goes wrong comes out as a CloudError.
import type { Model } from '@darabonba/typescript';
import type { CloudTroubleReason } from '../plan/cloud-facts.ts';
import type { Clock } from '../runtime/clock.ts';
import { bodyOf, isDryRunSuccess } from './answer.ts';
import type { Api, Query } from './api.ts';
import { originOf, regionTrouble } from './endpoint.ts';
import { ExchangeError } from './exchange.ts';
import type { Http } from './http.ts';
import type { CloudIdentity } from './identity.ts';
import { callSdk } from './sdk.ts';
import { createTokenBucket } from './token-bucket.ts';
import type { TokenBucket } from './token-bucket.ts';
import { CloudError, THROTTLED_RETRY_MS, troubleWith } from './trouble.ts';

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
  readonly http: Http;
  /** Where the API is, if not where the region says; an option of the process, never of an object. */
  readonly endpoint?: string | undefined;
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
  const { clock, http, endpoint, onCall } = options;
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
        const body = await callSdk(api, query, {
          origin,
          identity,
          send: async (sign) => bodyOf({ action, identity }, await http.send(sign)),
        });
        record('ok');
        return body;
      } catch (error) {
        const { trouble } = asCloudError(action, error);
        if (trouble.failure.kind === 'Throttled') {
          bucket.pause(Math.max(trouble.failure.retryAfterMs, THROTTLED_RETRY_MS));
        }
        record(isDryRunSuccess(trouble.code) ? 'ok' : trouble.reason, trouble.code);
        throw new CloudError(trouble);
      }
    },
  };
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
