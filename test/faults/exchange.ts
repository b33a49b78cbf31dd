// One request in the proxy, with everything that can be done to it.
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { NamedRequest } from './naming.ts';
import type { Upstream } from './upstream.ts';

/** One request in the proxy's record. */
export interface Entry extends NamedRequest {
  /** Counts the requests of this name, from 1. */
  readonly occurrence: number;
  readonly method: string;
  /** The path with the query. */
  readonly target: string;
  /** On the clock of `performance`. */
  readonly at: number;
  body: string;
  endedAt?: number;
  /** What the API server answered; 0: it was not asked, or did not answer. */
  serverStatus: number;
  /** What the operator was told; 0: nothing. */
  status: number;
  /** Lines of a watch that were passed on. */
  frames: number;
}

export type Handler = (exchange: Exchange) => Promise<void>;

/** An answer of the API server, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

export interface ExchangeParts {
  readonly entry: Entry;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly upstream: Upstream;
  readonly onFrame: () => void;
}

/** Takes the lines of a watch and decides what of them is sent on. */
export type LineTap = (line: string, send: (text: string) => void) => void;

export class Exchange {
  readonly entry: Entry;
  readonly #parts: ExchangeParts;
  readonly #gone = new AbortController();

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.entry = parts.entry;
    parts.response.on('close', () => this.#gone.abort());
  }

  /** Aborts when the operator has let go of the request, or has been answered. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  async readBody(): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.#parts.request) chunks.push(chunk as Buffer);
    this.entry.body = Buffer.concat(chunks).toString();
  }

  /** Lets the API server act, and returns what it answered without telling the operator. */
  async forward(): Promise<Answer> {
    const answer = await this.#send(new AbortController().signal);
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    const { 'transfer-encoding': _encoding, connection: _connection, ...headers } = answer.headers;
    return { status: answer.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString() };
  }

  async passAnswer(): Promise<void> {
    this.relay(await this.forward());
  }

  relay({ status, headers, body }: Answer): void {
    this.#head(status, { ...headers, 'content-length': Buffer.byteLength(body) });
    this.#parts.response.end(body);
  }

  /** Answers in the server's place; an object becomes JSON. */
  answer(status: number, body: unknown, headers: OutgoingHttpHeaders = {}): void {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    this.relay({ status, headers: { 'content-type': 'application/json', ...headers }, body: text });
  }

  /** Half an answer, and then nothing but a broken connection. */
  cut({ status, headers, body }: Answer): void {
    const bytes = Buffer.from(body);
    this.#head(status, { ...headers, 'content-length': bytes.length });
    this.#parts.response.write(bytes.subarray(0, bytes.length / 2), () => this.reset());
  }

  reset(): void {
    this.#parts.request.socket.destroy();
  }

  /** Never answers; comes back when the operator has given up. */
  async hang(): Promise<void> {
    if (this.gone.aborted) return;
    await new Promise<void>((resolve) => {
      this.gone.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  async passWatch(): Promise<void> {
    await this.tapWatch((line, send) => send(line));
  }

  /** Opens the watch at the API server and gives every line to the tap, until one of both sides ends it. */
  async tapWatch(tap: LineTap): Promise<void> {
    const answer = await this.#send(this.gone);
    const { response } = this.#parts;
    const { connection: _connection, ...headers } = answer.headers;
    this.#head(answer.statusCode ?? 0, headers);
    response.flushHeaders();
    const send = (text: string): void => {
      this.entry.frames += 1;
      this.#parts.onFrame();
      if (!response.writableEnded && !response.destroyed) response.write(text);
    };
    try {
      await forEachLine(answer, (line) => tap(line, send));
    } catch (error) {
      if (!this.gone.aborted) throw error;
    }
    response.end();
  }

  /** Opens a stream of our own: nothing of it comes from the API server. */
  openStream(): (text: string) => void {
    this.#head(200, { 'content-type': 'application/json' });
    this.#parts.response.flushHeaders();
    return (text) => void this.#parts.response.write(text);
  }

  end(): void {
    this.#parts.response.end();
  }

  #head(status: number, headers: OutgoingHttpHeaders): void {
    this.entry.status = status;
    this.#parts.response.writeHead(status, headers);
  }

  async #send(signal: AbortSignal): Promise<IncomingMessage> {
    const { entry, request, upstream } = this.#parts;
    const { method, target, body } = entry;
    const answer = await upstream.send({ method, target, body, headers: request.headers, signal });
    entry.serverStatus = answer.statusCode ?? 0;
    return answer;
  }
}

/** Lines keep their line break; a last one without any is given as it is. */
async function forEachLine(source: IncomingMessage, tell: (line: string) => void): Promise<void> {
  let rest = '';
  source.setEncoding('utf8');
  for await (const chunk of source) {
    const lines = (rest + (chunk as string)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) tell(`${line}\n`);
  }
  if (rest !== '') tell(rest);
}
