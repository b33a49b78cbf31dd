// Three questions over HTTP: is the process alive, is it ready, and what are its figures. Each server is as small
// as it can be, since with hostNetwork anybody in the network may talk to it.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from './clock.ts';

/** What is wrong, in a few words that anybody may read, or `undefined` when all is well. */
export type Check = () => string | undefined;
export type Checks = Readonly<Record<string, Check>>;

export interface Listener {
  /** The bound port; `undefined` when the server is switched off. */
  readonly port: number | undefined;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
}

type Page = (query: URLSearchParams) => Answer | Promise<Answer>;

/** Serves /healthz and /readyz. Liveness must not depend on leadership: a waiting replica is alive. */
export async function serveHealth(
  address: string,
  checks: { readonly alive: Checks; readonly ready: Checks },
): Promise<Listener> {
  return await serve(address, {
    '/healthz': (query) => judge(checks.alive, query.has('verbose')),
    '/readyz': (query) => judge(checks.ready, query.has('verbose')),
  });
}

/** Serves /metrics from a registry of prom-client. */
export async function serveMetrics(
  address: string,
  registry: { readonly contentType: string; metrics(): Promise<string> },
): Promise<Listener> {
  return await serve(address, {
    '/metrics': async () => ({
      status: 200,
      body: await registry.metrics(),
      contentType: registry.contentType,
    }),
  });
}

/** A check that fails when something that moves by itself (a watch and its bookmarks) has stood still for too long. */
export function progressCheck(clock: Clock, lastProgressAt: () => number, limitMs: number): Check {
  return () => {
    const silentMs = clock.monotonic() - lastProgressAt();
    return silentMs > limitMs ? `no progress for ${Math.round(silentMs / 1000)} s` : undefined;
  };
}

function judge(checks: Checks, verbose: boolean): Answer {
  const results = Object.entries(checks).map(([name, check]) => ({ name, problem: problemOf(check) }));
  const failed = results.filter(({ problem }) => problem !== undefined);
  if (failed.length === 0 && !verbose) return { status: 200, body: 'ok\n' };
  const lines = results.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`,
  );
  const verdict = failed.length === 0 ? 'ok' : `failed: ${failed.map(({ name }) => name).join(', ')}`;
  return { status: failed.length === 0 ? 200 : 500, body: `${lines.join('\n')}\n${verdict}\n` };
}

// The text of an unexpected error is nothing for the network.
function problemOf(check: Check): string | undefined {
  try {
    return check();
  } catch {
    return 'the check itself failed';
  }
}

async function serve(address: string, pages: Readonly<Record<string, Page>>): Promise<Listener> {
  const where = parseAddress(address);
  if (where === undefined) return { port: undefined, close: async () => {} };
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000 }, (request, response) => {
    void respond(pages, request, response);
  });
  server.maxConnections = 64;
  await listen(server, address, where);
  const { port } = server.address() as AddressInfo;
  return { port, close: async () => await close(server) };
}

async function respond(
  pages: Readonly<Record<string, Page>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, body, contentType = 'text/plain; charset=utf-8' } = await answer(pages, request);
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(status === 405 && { Allow: 'GET, HEAD' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function answer(pages: Readonly<Record<string, Page>>, request: IncomingMessage): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, body: 'only GET\n' };
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page === undefined) return { status: 404, body: 'not found\n' };
  try {
    return await page(new URLSearchParams(query));
  } catch {
    return { status: 500, body: 'failed\n' };
  }
}

interface Where {
  readonly host?: string;
  readonly port: number;
}

/** `:8080` is every interface, `127.0.0.1:0` any free port, `[::1]:8080` IPv6, `0` or nothing means off. */
function parseAddress(address: string): Where | undefined {
  if (address === '' || address === '0') return undefined;
  const [, host = '', digits = ''] = /^(\[[\da-fA-F:.]+\]|[^:[\]]*):(\d{1,5})$/.exec(address) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535) {
    throw new Error(`"${address}" is not an address: write host:port, :port, or 0 for none.`);
  }
  return host === '' ? { port } : { host: host.replace(/^\[|\]$/g, ''), port };
}

async function listen(server: Server, address: string, where: Where): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new Error(`Cannot listen on ${address}: ${reasons[error.code ?? ''] ?? error.code ?? 'unknown'}.`),
      );
    });
    server.listen(where, resolve);
  });
  // Later errors concern single connections that could not be accepted: nothing to end the process for.
  server.removeAllListeners('error').on('error', () => {});
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there',
  EACCES: 'not permitted',
  EADDRNOTAVAIL: 'this machine does not have that address',
};

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
