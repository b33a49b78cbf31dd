// Tells those who wait out a failed connection that the server has answered somebody else.
import type { Cancel } from '../runtime/clock.ts';
import type { ExchangeSink } from './exchange.ts';

export interface Answers {
  readonly onAnswer: (listener: () => void) => Cancel;
  /** The sink, overheard. */
  readonly heard: (sink: ExchangeSink) => ExchangeSink;
}

export function createAnswers(): Answers {
  const listeners = new Set<() => void>();
  return {
    onAnswer(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    heard: (sink) => ({
      onHead(status, headers) {
        sink.onHead(status, headers);
        // A 5xx may be a load balancer's that has no server behind it, a 401 says nothing about the next token.
        if (status < 500 && status !== 401) for (const listener of [...listeners]) listener();
      },
      onData: (chunk) => sink.onData(chunk),
    }),
  };
}
