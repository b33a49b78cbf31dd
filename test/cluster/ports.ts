import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';

/** A port that nobody else can take until it is released, right before the server starts that is to have it. */
export interface HeldPort {
  readonly port: number;
  release(): Promise<void>;
}

// Below the ranges from which systems give out ports by themselves (Linux 32768, macOS 49152): neither an outgoing
// connection nor a listener on port 0 can take the API server's port while a test keeps it stopped.
const lowest = 20_000;
const highest = 32_000;

/** Holds a free port that no control plane beside `dir` claims, also none whose API server is stopped just now. */
export async function holdPort(dir: string): Promise<HeldPort> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(lowest, highest);
    const server = await listen(port);
    if (server === undefined) continue;
    const release = (): Promise<void> =>
      new Promise((resolve) =>
        server.close(() => {
          resolve();
        }),
      );
    if (!claimedPorts(dirname(dir)).has(port)) return { port, release };
    await release();
  }
  throw new Error(`no free port between ${lowest} and ${highest} on 127.0.0.1`);
}

export function portFile(dir: string): string {
  return join(dir, 'port');
}

function claimedPorts(parent: string): Set<number> {
  const claimed = new Set<number>();
  for (const name of readdirSync(parent)) {
    if (!name.startsWith('hybridnetwork-')) continue;
    try {
      claimed.add(Number(readFileSync(portFile(join(parent, name)), 'utf8')));
    } catch {
      // No control plane, or one that is going away.
    }
  }
  return claimed;
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.unref();
      resolve(server);
    });
  });
}
