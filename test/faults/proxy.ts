// A proxy between the operator and a real API server: TLS in, TLS out, HTTP/1.1 both ways. It keeps a record of every
// request, and hands each one to whoever wants to do something to it.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createAuthority } from './certificates.ts';
import type { Authority } from './certificates.ts';
import { Exchange } from './exchange.ts';
import type { Entry, Handler } from './exchange.ts';
import { nameOf } from './naming.ts';
import { Upstream } from './upstream.ts';

export interface FaultProxyOptions {
  /** Of the API server. */
  readonly url: string;
  readonly ca: string;
}

/** What is to be done with a request; undefined: pass it on as it is. */
export type Intercept = (entry: Entry) => Handler | undefined;

export class FaultProxy {
  readonly #authority: Authority = createAuthority();
  readonly #upstream: Upstream;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Ports of connections that do not stand yet. */
  readonly #shaking = new Set<number | undefined>();
  readonly #seen = new Map<string, number>();
  #record: Entry[] = [];
  #intercept: Intercept = () => undefined;
  #inFlight = 0;
  #lastSign = 0;
  #lastAny = 0;
  #doomed: string | undefined;

  private constructor(options: FaultProxyOptions) {
    this.#upstream = new Upstream(options.url, options.ca);
    this.#server = createServer({ ...this.#authority.issue(), keepAlive: true }, (request, response) => {
      void this.#serve(request, response);
    });
    this.#server.on('connection', (socket: Socket) => this.#expect(socket));
    this.#server.on('secureConnection', (socket: Socket) => this.#keep(socket));
  }

  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** PEM of the authority behind the proxy's certificate. */
  get ca(): string {
    return this.#authority.ca;
  }

  /** Every request since the last `restart`, in the order of their arrival. */
  get record(): readonly Entry[] {
    return this.#record;
  }

  /** Requests that have not been answered yet, and connections on the way to one; open watches do not count. */
  get inFlight(): number {
    return this.#inFlight + this.#shaking.size;
  }

  /** Watches that stand. */
  get openWatches(): number {
    return this.#record.filter(
      ({ kind, status, endedAt }) => kind === 'watch' && status === 200 && endedAt === undefined,
    ).length;
  }

  /** When something last went through, on the clock of `performance`; what belongs to the Lease does not count. */
  get lastSign(): number {
    return this.#lastSign;
  }

  /** As `lastSign`, with what belongs to the Lease. */
  get lastAnySign(): number {
    return this.#lastAny;
  }

  intercept(intercept: Intercept): void {
    this.#intercept = intercept;
  }

  /** Forgets the record, counts from one again, and does nothing to any request. */
  restart(): void {
    this.#record = [];
    this.#seen.clear();
    this.#doomed = undefined;
    this.intercept(() => undefined);
  }

  /** From here on the server knows this bearer token no more: 401. */
  revoke(token: string): void {
    this.#doomed = `Bearer ${token}`;
  }

  /** Another certificate of the same authority, and every connection that stands is cut. */
  renewCertificate(): void {
    this.#server.setSecureContext(this.#authority.issue());
    this.cutConnections();
  }

  cutConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cutConnections();
    this.#upstream.close();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  // Who shakes hands is about to ask.
  #expect(socket: Socket): void {
    const { remotePort } = socket;
    this.#shaking.add(remotePort);
    socket.once('close', () => this.#shaking.delete(remotePort));
    socket.on('error', () => {});
  }

  #keep(socket: Socket): void {
    this.#shaking.delete(socket.remotePort);
    this.#lastAny = performance.now();
    this.#lastSign = this.#lastAny;
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    const entry = this.#note(request.method ?? 'GET', request.url ?? '/');
    if (entry.kind !== 'watch') this.#inFlight += 1;
    const exchange = new Exchange({
      ...{ entry, request, response, upstream: this.#upstream },
      onFrame: () => this.#sign(entry),
    });
    try {
      await exchange.readBody();
      const handler = this.#isRevoked(request) ? refuse : (this.#intercept(entry) ?? pass);
      await handler(exchange);
    } catch {
      // The API server did not answer, or the operator is gone: the connection is worth nothing any more.
      exchange.reset();
    } finally {
      if (entry.kind !== 'watch') this.#inFlight -= 1;
      entry.endedAt = performance.now();
      this.#sign(entry);
    }
  }

  #isRevoked(request: IncomingMessage): boolean {
    return this.#doomed !== undefined && request.headers.authorization === this.#doomed;
  }

  #note(method: string, target: string): Entry {
    const named = nameOf(method, target);
    const occurrence = (this.#seen.get(named.name) ?? 0) + 1;
    this.#seen.set(named.name, occurrence);
    const entry: Entry = {
      ...named,
      ...{
        occurrence,
        method,
        target,
        at: performance.now(),
        body: '',
        serverStatus: 0,
        status: 0,
        frames: 0,
      },
    };
    this.#record.push(entry);
    this.#sign(entry);
    return entry;
  }

  #sign({ resource }: Entry): void {
    this.#lastAny = performance.now();
    if (resource !== 'leases') this.#lastSign = this.#lastAny;
  }
}

/** Passes the request on and the answer back. */
export const pass: Handler = async (exchange) => {
  if (exchange.entry.kind === 'watch') return await exchange.passWatch();
  await exchange.passAnswer();
};

const refuse: Handler = async (exchange) => {
  exchange.answer(401, {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    reason: 'Unauthorized',
    code: 401,
  });
};
