// Requests with a deadline of their own, straight or through the egress proxy, and sent again when the socket was reset.
import { Agent, ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import type { Clock } from '../runtime/clock.ts';
import type { RawAnswer } from './answer.ts';
import { exchange, ExchangeError } from './exchange.ts';
import type { HttpRequest } from './exchange.ts';
import { bypassesProxy } from './proxy.ts';
import type { ProxyOptions } from './proxy.ts';

/** A request with all of its tries; the SDK for Go that Terway uses gives itself as long. */
export const DEADLINE_MS = 10_000;
const TRIES = 2;

// The API closes idle connections after 25 s: we let go before it does. Time is bounded by the deadline alone.
const POOL = { keepAliveTimeout: 20_000, headersTimeout: 0, bodyTimeout: 0, allowH2: false } as const;

export interface HttpOptions {
  readonly clock: Clock;
  readonly proxy?: ProxyOptions | undefined;
  readonly deadlineMs?: number | undefined;
}

export interface Http {
  /** Rejects with an ExchangeError. `make` is asked anew for each try: what is signed may not be sent twice. */
  send(make: () => HttpRequest): Promise<RawAnswer>;
  close(): Promise<void>;
}

export function createHttp({ clock, proxy, deadlineMs = DEADLINE_MS }: HttpOptions): Http {
  const straight = new Agent(POOL);
  const proxied =
    proxy?.url === undefined ? undefined : new ProxyAgent({ ...POOL, uri: proxy.url, proxyTunnel: true });

  const dispatcherFor = (origin: string): Dispatcher =>
    proxied === undefined || bypassesProxy(origin, proxy?.noProxy ?? '') ? straight : proxied;

  return {
    async send(make) {
      const deadline = new AbortController();
      const cancel = clock.after(deadlineMs, () => {
        deadline.abort(new ExchangeError(`no complete answer within ${deadlineMs / 1_000} s`));
      });
      try {
        return await withRetry(async () => {
          const request = make();
          return await exchange(dispatcherFor(request.origin), request, deadline.signal);
        });
      } finally {
        cancel();
      }
    },
    close: async () => {
      await Promise.all([straight.destroy(), proxied?.destroy()]);
    },
  };
}

/** A kept connection may have been closed while nobody looked; every request here only reads, so it may be repeated. */
async function withRetry<T>(send: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof ExchangeError && error.isReset) || tries >= TRIES) throw error;
    }
  }
}
