// Every version of the workloads of a namespace that a watch shows, also across the end of its API server. It reads the wire
// itself, so that a fault of the operator's own client cannot hide anything.
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlPlane } from '../cluster/types.ts';

export interface RawObject {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly [other: string]: unknown;
}

interface RawList {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly RawObject[];
}

interface Frame {
  readonly type: string;
  readonly object: RawObject;
}

export interface Watcher {
  stop(): Promise<void>;
}

/** `path`: of the list, `/apis/apps/v1/namespaces/kube-system/daemonsets`. */
export function watchVersions(plane: ControlPlane, path: string, see: (object: RawObject) => void): Watcher {
  const ended = new AbortController();
  const run = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      try {
        const list = (await plane.api.call('GET', path)) as RawList;
        for (const item of list.items) see(item);
        await follow(plane, `${path}?watch=true&resourceVersion=${list.metadata.resourceVersion}`, {
          signal: ended.signal,
          see,
        });
      } catch {
        // The API server is away; what it stores meanwhile stands in the next list.
        await sleep(20);
      }
    }
  };
  const running = run();
  return {
    stop: async () => {
      ended.abort();
      await running;
    },
  };
}

async function follow(
  { url, ca, adminToken }: ControlPlane,
  path: string,
  { signal, see }: { readonly signal: AbortSignal; readonly see: (object: RawObject) => void },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const headers = { authorization: `Bearer ${adminToken}` };
    const sent = request(new URL(path, url), { ca, headers, signal, agent: false }, (response) => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const { type, object } = JSON.parse(line) as Frame;
          if (type === 'ADDED' || type === 'MODIFIED') see(object);
          if (type === 'ERROR') response.destroy(new Error('the watch was refused'));
        }
      });
      response.on('error', reject);
      response.on('close', resolve);
    });
    sent.on('error', reject);
    sent.end();
  });
}
