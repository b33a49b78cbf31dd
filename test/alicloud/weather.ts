// Bad weather: what can go wrong between a call and its answer. Rules are asked in their order; the first that fits is
// used up by one, if it is limited.
import type { ServerResponse } from 'node:http';
import { ApiProblem } from './problem.ts';

export type Trouble =
  | { readonly kind: 'throttle'; readonly code?: string; readonly retryAfterMs?: number }
  | { readonly kind: 'error'; readonly status: number; readonly code: string; readonly message?: string }
  /** A page of a gateway, a redirect, an empty answer. */
  | { readonly kind: 'raw'; readonly status: number; readonly type: string; readonly body: string }
  /** Answers, but late. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Never answers. */
  | { readonly kind: 'silent' }
  /** Sends a byte now and then, for ever. */
  | { readonly kind: 'trickle' }
  /** The socket is closed instead of an answer. */
  | { readonly kind: 'reset' }
  /** Half of the answer, and the end. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'huge'; readonly bytes: number }
  /** The answer to the call, with the same NextToken each time. */
  | { readonly kind: 'endless' }
  /** Something happens in the cloud before this call is answered. */
  | { readonly kind: 'meanwhile'; readonly run: () => void };

export interface WeatherRule {
  /** All actions when absent. */
  readonly action?: string;
  /** For ever when absent. */
  readonly times?: number;
  readonly trouble: Trouble;
}

export class Weather {
  readonly #rules: { rule: WeatherRule; left: number }[] = [];

  add(rule: WeatherRule): void {
    this.#rules.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#rules.length = 0;
  }

  next(action: string): Trouble | undefined {
    const found = this.#rules.find(
      ({ rule, left }) => left > 0 && (rule.action === undefined || rule.action === action),
    );
    if (found === undefined) return undefined;
    found.left -= 1;
    return found.rule.trouble;
  }
}

/** Trouble that comes before anybody has looked at the request. True where nothing more is to be answered. */
export function interfere(trouble: Trouble | undefined, response: ServerResponse): boolean {
  switch (trouble?.kind) {
    case 'silent':
      return true;
    case 'reset':
      response.socket?.resetAndDestroy();
      return true;
    case 'raw':
      response.writeHead(trouble.status, { 'content-type': trouble.type }).end(trouble.body);
      return true;
    case 'trickle':
      trickle(response);
      return true;
    case 'huge':
      pour(response, trouble.bytes);
      return true;
    case 'throttle':
      throw new ApiProblem(
        400,
        trouble.code ?? 'Throttling.User',
        'Request was denied due to user flow control.',
        trouble.retryAfterMs === undefined ? {} : { 'x-acs-retry-after': String(trouble.retryAfterMs) },
      );
    case 'error':
      throw new ApiProblem(trouble.status, trouble.code, trouble.message ?? 'The request has failed.');
    case 'meanwhile':
      trouble.run();
      return false;
    case 'cut':
    case 'endless':
    case 'slow':
    case undefined:
      return false;
  }
}

/** Trouble with an answer that stands. */
export function send(response: ServerResponse, body: string, trouble: Trouble | undefined): void {
  response.setHeader('content-length', Buffer.byteLength(body));
  if (trouble?.kind !== 'cut') {
    response.end(body);
    return;
  }
  response.write(body.slice(0, body.length / 2), () => response.socket?.destroy());
}

function trickle(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{');
  const timer = setInterval(() => response.write(' '), 50);
  response.on('close', () => clearInterval(timer));
}

/** So many bytes of one JSON text. */
function pour(response: ServerResponse, bytes: number): void {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  let left = bytes;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"Padding":"');
  const more = (): void => {
    while (left > 0) {
      left -= chunk.length;
      if (!response.write(chunk)) return;
    }
    response.end('"}');
  };
  response.on('drain', more);
  response.on('error', () => undefined);
  more();
}
