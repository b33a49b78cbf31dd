// A real HTTP server in this process, for what a client can only be tested with on a socket.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { KubeConfig, type Cluster, type User } from '@kubernetes/client-node';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Handler = (received: Received, response: ServerResponse) => void;

export interface TestServer {
  readonly url: string;
  readonly received: Received[];
  /** Sockets open at present, and in all. */
  readonly sockets: ReadonlySet<Socket>;
  opened(): number;
  handle(handler: Handler): void;
  config(user?: Partial<User>, cluster?: Partial<Cluster>): KubeConfig;
  close(): Promise<void>;
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export function sendStatus(response: ServerResponse, code: number, reason?: string, message?: string): void {
  sendJson(response, code, { kind: 'Status', code, reason, message });
}

const answerNothing: Handler = (_received, response) => sendJson(response, 200, {});

export async function startServer(): Promise<TestServer> {
  let handler = answerNothing;
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  let opened = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const entry = { method, url, headers, body: Buffer.concat(chunks).toString() };
      received.push(entry);
      handler(entry, response);
    });
  });
  server.on('connection', (socket) => {
    opened += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  return {
    url,
    received,
    sockets,
    opened: () => opened,
    handle(next) {
      handler = next;
    },
    config: (user, cluster) => configFor(url, user, cluster),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function configFor(url: string, user: Partial<User> = {}, cluster: Partial<Cluster> = {}): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    // client-node speaks plain HTTP only where it is told not to verify.
    { name: 'test', server: url, skipTLSVerify: true, ...cluster },
    { name: 'user', ...user },
  );
  return config;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}
