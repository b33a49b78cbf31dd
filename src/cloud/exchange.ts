// One HTTP exchange on an undici dispatcher: a deadline that holds, a limit for the body, and errors that say what
// happened in words of our own. The SDK's own transport has none of these (docs/adr/0012-cloud-client.md).
import type { Dispatcher } from 'undici';
import type { RawAnswer } from './answer.ts';

/** A page of 500 network interfaces with 30 addresses each is 2 MB. */
export const LARGEST_BODY = 8 * 1024 * 1024;

export interface HttpRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Why no answer came. The message never holds the request: it goes into a status. */
export class ExchangeError extends Error {
  /** The connection broke under a request that the server may never have seen. */
  readonly isReset: boolean;

  constructor(message: string, isReset = false) {
    super(message);
    this.name = 'ExchangeError';
    this.isReset = isReset;
  }
}

/** Resolves with the whole answer, whatever its status. Rejects with an ExchangeError. */
export async function exchange(
  dispatcher: Dispatcher,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<RawAnswer> {
  const done = Promise.withResolvers<RawAnswer>();
  if (signal.aborted) throw asExchangeError(signal.reason);
  const handler = new Collector(done, signal);
  const abort = (): void => handler.abort(asExchangeError(signal.reason));
  signal.addEventListener('abort', abort, { once: true });
  try {
    dispatcher.dispatch({ ...request, body: request.body ?? null }, handler);
    return await done.promise;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

class Collector implements Dispatcher.DispatchHandler {
  readonly #done: PromiseWithResolvers<RawAnswer>;
  readonly #signal: AbortSignal;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #size = 0;
  #head: Omit<RawAnswer, 'body'> = { status: 0, headers: {} };

  constructor(done: PromiseWithResolvers<RawAnswer>, signal: AbortSignal) {
    this.#done = done;
    this.#signal = signal;
  }

  abort(error: ExchangeError): void {
    this.#done.reject(error);
    this.#controller?.abort(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // A request that waited for its connection until after the deadline.
    if (this.#signal.aborted) this.abort(asExchangeError(this.#signal.reason));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: RawAnswer['headers'],
  ): void {
    this.#head = { status, headers };
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > LARGEST_BODY) {
      this.#chunks.length = 0;
      this.abort(new ExchangeError(`an answer of more than ${LARGEST_BODY / 1024 / 1024} MiB`));
      return;
    }
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#done.resolve({ ...this.#head, body: Buffer.concat(this.#chunks).toString('utf8') });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#done.reject(asExchangeError(error));
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name of the endpoint cannot be resolved',
  EAI_AGAIN: 'the name of the endpoint cannot be resolved at the moment',
  ECONNREFUSED: 'the connection is refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  UND_ERR_SOCKET: 'the connection was closed before the answer was complete',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer was cut',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'no complete answer in time',
};
const RESETS = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

function asExchangeError(error: unknown): ExchangeError {
  if (error instanceof ExchangeError) return error;
  const code = codeOf(error);
  if (code === undefined) return new ExchangeError('the connection failed');
  return new ExchangeError(`${WORDS[code] ?? 'the connection failed'} (${code})`, RESETS.has(code));
}

/** Codes of Node, of OpenSSL and of undici are upper case; nothing else is repeated. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  const code = String(error.code);
  return /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : undefined;
}
