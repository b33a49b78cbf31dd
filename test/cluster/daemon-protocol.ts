import { connect } from 'node:net';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import type { NodeCounts } from './nodes.ts';

/** What the background process is told to do, in this environment variable. */
export const ordersVariable = 'HYBRIDNETWORK_CLUSTER_ORDERS';

export interface Orders {
  readonly name: string;
  readonly nodes: NodeCounts;
  readonly binaries: Binaries;
}

/** What its starter hears until the control plane is up. */
export type DaemonMessage = { readonly ready: true } | { readonly error: string } | { readonly log: string };

/** Its answer to `status`. */
export interface Health {
  readonly ready: boolean;
  /** Components that do not run. */
  readonly down: readonly string[];
  readonly nodes: number;
}

export function socketPath(dir: string): string {
  return join(dir, 'control.sock');
}

/** Asks a background process; undefined where none listens or none answers. */
export function ask(dir: string, order: 'status' | 'stop', timeoutMs = 10_000): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(socketPath(dir), () => {
      socket.write(`${order}\n`);
    });
    let answer = '';
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('error', () => {
      resolve(undefined);
    });
    socket.on('close', () => {
      resolve(answer);
    });
  });
}
