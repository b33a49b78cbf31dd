// Somebody who takes the affinity out of the DaemonSet, again and again: each time as soon as it is back and a moment
// has passed, so that drifts come at any point of the controllers' work.
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlPlane } from '../cluster/types.ts';

/** The pause after a repair: long enough that the watcher of the bench has gone idle, and never the same. */
const PAUSE_MS = { least: 10, most: 40 } as const;
const PATIENCE_MS = 60_000;

interface DaemonSet {
  readonly metadata: { readonly generation: number };
  readonly spec: { readonly template: { readonly spec: { readonly affinity?: unknown } } };
}

export interface Tamperer {
  /** Tampers that many times; resolves when the last one has been repaired. */
  tamper(times: number): Promise<void>;
  close(): void;
}

/** Watches the DaemonSet by a connection of its own and tampers as admin. */
export async function createTamperer(controlPlane: ControlPlane, path: string): Promise<Tamperer> {
  let latest: DaemonSet | undefined;
  let wake = (): void => undefined;
  const opened = Promise.withResolvers<void>();
  const stream = watch(controlPlane, path, (object) => {
    latest = object;
    opened.resolve();
    wake();
  });
  stream.on('error', opened.reject);
  const isBack = (generation: number): boolean =>
    latest !== undefined &&
    latest.metadata.generation > generation &&
    latest.spec.template.spec.affinity !== undefined;
  const untilBack = async (generation: number): Promise<void> => {
    const deadline = performance.now() + PATIENCE_MS;
    while (!isBack(generation)) {
      if (performance.now() > deadline) throw new Error(`not repaired within ${PATIENCE_MS / 1_000} s`);
      await Promise.race([new Promise<void>((resolve) => (wake = resolve)), sleep(1_000)]);
    }
  };
  await opened.promise;
  return {
    async tamper(times) {
      for (let done = 0; done < times; done += 1) {
        await sleep(PAUSE_MS.least + Math.random() * (PAUSE_MS.most - PAUSE_MS.least));
        const without = { spec: { template: { spec: { affinity: null } } } };
        const answer = await controlPlane.api.call('PATCH', path, without, {
          contentType: 'application/merge-patch+json',
        });
        await untilBack((answer as DaemonSet).metadata.generation);
      }
    },
    close: () => void stream.destroy(),
  };
}

function watch(
  { url, ca, adminToken }: ControlPlane,
  path: string,
  onObject: (object: DaemonSet) => void,
): ReturnType<typeof request> {
  const slash = path.lastIndexOf('/');
  const query = `watch=true&fieldSelector=metadata.name%3D${path.slice(slash + 1)}`;
  const target = new URL(`${path.slice(0, slash)}?${query}`, url);
  const sent = request(target, { ca, headers: { authorization: `Bearer ${adminToken}` } }, (response) => {
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onObject((JSON.parse(line) as { object: DaemonSet }).object);
    });
    response.on('error', () => undefined);
  });
  sent.end();
  return sent;
}
