// A relist of all nodes: a proxy tells the operator once that the version it watches from has expired.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlPlane } from '../cluster/types.ts';
import type { Entry } from '../faults/exchange.ts';
import { FaultProxy } from '../faults/proxy.ts';
import { eventually } from '../support/eventually.ts';
import { cpuSeconds, memory } from './process-cost.ts';

export interface Relist {
  /** From the first page's request to the last page's answer, in milliseconds. */
  readonly ms: number;
  /** Processor time of the operator from the broken watch to the new one, in milliseconds. */
  readonly cpuMs: number;
  /** The most resident memory since the start of the process, in MiB. */
  readonly peak: number;
}

/** A proxy before the API server, and the path of a kubeconfig that goes through it. */
export async function startProxy(
  plane: ControlPlane,
): Promise<{ readonly proxy: FaultProxy; readonly kubeconfig: string }> {
  const proxy = await FaultProxy.start({ url: plane.url, ca: plane.ca });
  const token = await plane.tokenFor('hybridnetwork-system', 'hybridnetwork-operator');
  const authority = Buffer.from(proxy.ca).toString('base64');
  const content = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'bench' },
    clusters: [{ name: 'bench', cluster: { server: proxy.url, 'certificate-authority-data': authority } }],
    users: [{ name: 'bench', user: { token } }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
  };
  const kubeconfig = join(plane.dir, 'relist-kubeconfig.json');
  await writeFile(kubeconfig, JSON.stringify(content), { mode: 0o600 });
  return { proxy, kubeconfig };
}

const EXPIRED = {
  ...{ kind: 'Status', apiVersion: 'v1', status: 'Failure' },
  ...{ reason: 'Expired', code: 410, message: 'too old resource version' },
};

export async function measureRelist(proxy: FaultProxy, pid: number): Promise<Relist> {
  proxy.restart();
  let isTold = false;
  proxy.intercept(({ name }) => {
    if (name !== 'watch-nodes' || isTold) return undefined;
    isTold = true;
    return async (exchange) => await Promise.resolve(exchange.answer(410, EXPIRED));
  });
  const before = cpuSeconds(pid);
  proxy.cutConnections();
  const pages = await eventually(() => pagesIn(proxy.record), {
    what: 'the nodes have been listed again and are watched',
    timeoutMs: 60_000,
  });
  return {
    ms: Math.max(...pages.map(({ endedAt = 0 }) => endedAt)) - Math.min(...pages.map(({ at }) => at)),
    cpuMs: (cpuSeconds(pid) - before) * 1_000,
    peak: memory(pid).peak,
  };
}

function pagesIn(record: readonly Entry[]): readonly Entry[] {
  const pages = record.filter(({ name }) => name === 'list-nodes');
  const isWatched = record.some(({ name, status }) => name === 'watch-nodes' && status === 200);
  if (pages.length === 0 || !isWatched) throw new Error(`${pages.length} pages, watched: ${isWatched}`);
  return pages;
}
