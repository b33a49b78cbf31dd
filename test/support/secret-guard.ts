// Every hybrid cluster of every suite has one: it knows each value that ever stood in a Secret of that cluster, and when
// the cluster stops it looks for them in all that left the operator.
import { readFile } from 'node:fs/promises';
import { get } from 'node:https';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { ControlPlane } from '../cluster/types.ts';
import { traceOf } from './operator-process.ts';
import type { Trace } from './operator-process.ts';
import { findLeaks, refuseLeaks, SHORTEST } from './secret-scan.ts';
import type { Leak } from './secret-scan.ts';

export interface SecretGuard {
  /** Throws when a secret got out: into a log, a crash, a command line, a metric, a status, an Event, the audit log. */
  check(): Promise<void>;
}

interface Frame {
  readonly object?: { readonly type?: string; readonly data?: Readonly<Record<string, string>> };
}

export function guardSecrets(controlPlane: ControlPlane): SecretGuard {
  const known = new Set<string>();
  const watch = watchSecrets(controlPlane, (frame) => {
    for (const value of valuesIn(frame)) known.add(value);
  });
  return {
    check: async () => {
      watch.stop();
      // What came last may not have been told by the watch.
      for (const object of await items(controlPlane, '/api/v1/secrets')) {
        for (const value of valuesIn({ object } as Frame)) known.add(value);
      }
      const places = [...traceOf(controlPlane.dir).flatMap(placesOf), ...(await clusterPlaces(controlPlane))];
      refuseLeaks(places.flatMap(([place, text]): readonly Leak[] => findLeaks(place, text, known)));
    },
  };
}

function valuesIn({ object }: Frame): readonly string[] {
  if (object?.type !== 'Opaque') return [];
  const decoded = Object.values(object.data ?? {}).map((value) =>
    Buffer.from(value, 'base64').toString('utf8'),
  );
  // A variable that nobody filled in is no secret, and a message may quote it.
  return decoded
    .map((value) => value.replace(/^\uFEFF/, '').trim())
    .filter((value) => value.length >= SHORTEST && !/^(\$\{|\{\{)/.test(value));
}

type Place = readonly [place: string, text: string];

function placesOf({ name, output, commandLine, metrics }: Trace): readonly Place[] {
  return [
    [`output of ${name}`, output],
    [`command line of ${name}`, commandLine],
    [`metrics of ${name}`, metrics],
  ];
}

// Every status and every Event that there ever was stands in the audit log; Secrets, ConfigMaps and tokens stand there
// without their content.
async function clusterPlaces(controlPlane: ControlPlane): Promise<readonly Place[]> {
  const networks = await items(controlPlane, '/apis/hybrid.alibabacloud.com/v1alpha1/hybridnetworks');
  const events = await items(controlPlane, '/api/v1/events');
  return [
    ['HybridNetworks', JSON.stringify(networks)],
    ['Events', JSON.stringify(events)],
    ['audit log', await readFile(controlPlane.audit.path, 'utf8')],
  ];
}

/** Nothing where the test has stopped the API server. */
async function items({ api }: ControlPlane, path: string): Promise<readonly unknown[]> {
  const answer = await api.request('GET', path, undefined, { timeoutMs: 5_000 }).catch(() => undefined);
  const { items: found } = (answer?.body ?? {}) as { readonly items?: readonly unknown[] };
  return found ?? [];
}

function watchSecrets({ url, ca, adminToken }: ControlPlane, tell: (frame: Frame) => void): { stop(): void } {
  let stopped = false;
  let current: ClientRequest | undefined;
  const again = (): void => {
    if (!stopped) setTimeout(open, 200).unref();
  };
  const read = (answer: IncomingMessage): void => {
    let rest = '';
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) tell(JSON.parse(line) as Frame);
    });
    answer.on('error', () => {});
    answer.on('close', again);
  };
  const open = (): void => {
    if (stopped) return;
    const headers = { authorization: `Bearer ${adminToken}` };
    current = get(`${url}/api/v1/secrets?watch=true`, { ca, headers, agent: false }, read);
    current.on('socket', (socket) => socket.unref());
    current.on('error', again);
  };
  open();
  return {
    stop() {
      stopped = true;
      current?.destroy();
    },
  };
}
