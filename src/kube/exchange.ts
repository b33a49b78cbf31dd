// One HTTP exchange, straight on an undici dispatcher: no stream objects between the socket and the callback,
// because drift repair is measured in milliseconds. Used for requests and watches alike.
import type { Dispatcher } from 'undici';

export interface ExchangeOptions {
  readonly dispatcher: Dispatcher;
  readonly origin: string;
  readonly path: string;
  readonly method: Dispatcher.HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Ends the exchange; the signal's reason is what it rejects with. */
  readonly signal: AbortSignal;
  /** Asked last, when the connection stands and the first byte would go out. */
  readonly mayStart?: (() => Error | undefined) | undefined;
}

export interface ExchangeSink {
  onHead(status: number, headers: Headers): void;
  /** May throw: the exchange is then aborted and rejects with what was thrown. */
  onData(chunk: Buffer): void;
}

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Resolves when the answer has arrived as a whole; rejects when it is cut, refused or aborted. */
export function exchange(options: ExchangeOptions, sink: ExchangeSink): Promise<void> {
  const { dispatcher, origin, path, method, headers, body, signal, mayStart } = options;
  const done = Promise.withResolvers<void>();
  let controller: Dispatcher.DispatchController | undefined;

  const abort = (): void => {
    controller?.abort(reasonOf(signal));
    // A request that still waits for its connection has no controller: it is stopped when it gets one.
    done.reject(reasonOf(signal));
  };
  if (signal.aborted) return Promise.reject(reasonOf(signal));
  signal.addEventListener('abort', abort, { once: true });

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(given) {
      const refusal = signal.aborted ? reasonOf(signal) : mayStart?.();
      if (refusal !== undefined) given.abort(refusal);
      else controller = given;
    },
    onResponseStart(_controller, status, answerHeaders) {
      sink.onHead(status, answerHeaders);
    },
    onResponseData(_controller, chunk) {
      sink.onData(chunk);
    },
    onResponseEnd() {
      done.resolve();
    },
    onResponseError(_controller, error) {
      done.reject(error);
    },
  };
  const request = { origin, path, method, headers, body: body ?? null };
  dispatcher.dispatch(request, handler);
  return done.promise.finally(() => signal.removeEventListener('abort', abort));
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}
