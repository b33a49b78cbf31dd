// The proxy's side towards the API server.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';

export interface Forwarded {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Ends it. */
  readonly signal: AbortSignal;
}

export class Upstream {
  readonly #url: string;
  readonly #agent: Agent;

  constructor(url: string, ca: string) {
    this.#url = url;
    this.#agent = new Agent({ keepAlive: true, ca, maxSockets: 64 });
  }

  /** Resolves with the head of the answer. */
  async send({ method, target, headers, body, signal }: Forwarded): Promise<IncomingMessage> {
    const { host: _host, connection: _connection, 'content-length': _length, ...rest } = headers;
    const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) };
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = httpsRequest(
        new URL(target, this.#url),
        { method, agent: this.#agent, headers: { ...rest, ...length }, signal },
        (answer) => {
          answer.on('error', () => {});
          resolve(answer);
        },
      );
      sent.on('error', reject);
      sent.end(body === '' ? undefined : body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
