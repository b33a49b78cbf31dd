// The background process behind `npm run cluster -- up`: it owns one control plane and answers on a socket in the
// control plane's directory. Started by background.ts as `node daemon.ts DIR`.
import { execFile } from 'node:child_process';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { componentNames } from './config.ts';
import { startControlPlane } from './control-plane.ts';
import {
  type DaemonMessage,
  type Health,
  type Orders,
  ordersVariable,
  socketPath,
} from './daemon-protocol.ts';
import { removeInstance, writeInstance } from './state.ts';
import type { ControlPlane } from './types.ts';

function abandon(): never {
  process.exit(1);
}

async function run(dir: string, { name, nodes, binaries }: Orders): Promise<void> {
  // Until it is up it belongs to the command that starts it: Ctrl-C there ends everything here.
  process.once('disconnect', abandon);
  const log = (line: string): void => {
    if (process.connected) tell({ log: line });
    else appendFileSync(join(dir, 'logs', 'harness.log'), `${new Date().toISOString()} ${line}\n`);
  };
  const plane = await startControlPlane({ name, dir, log, binaries });
  await plane.joinNodes(nodes);
  listen(plane, name);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => void end(plane, name));
  // Should this process hang, the reaper ends it together with the rest.
  writeFileSync(ownId(dir), 'daemon');
  const { url, kubeconfig } = plane;
  const versions = await versionsOf(plane);
  const started = new Date().toISOString();
  writeInstance({ name, dir, url, kubeconfig, kubectl: binaries.kubectl, versions, nodes, started });
  process.off('disconnect', abandon);
  tell({ ready: true });
  process.disconnect();
}

function tell(message: DaemonMessage): void {
  process.send?.(message);
}

function ownId(dir: string): string {
  return join(dir, 'pids', String(process.pid));
}

function listen(plane: ControlPlane, name: string): void {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (order) => void obey(order.toString().trim(), plane, name, socket));
  });
  server.listen(socketPath(plane.dir));
}

async function obey(order: string, plane: ControlPlane, name: string, socket: Socket): Promise<void> {
  if (order === 'status') socket.end(JSON.stringify(await healthOf(plane)));
  if (order === 'stop') await end(plane, name);
}

async function end(plane: ControlPlane, name: string): Promise<void> {
  // The reaper must not take this process for a component while it waits for the reaper.
  rmSync(ownId(plane.dir), { force: true });
  await plane.stop();
  removeInstance(name);
  process.exit(0);
}

async function healthOf(plane: ControlPlane): Promise<Health> {
  const get = async (path: string): Promise<unknown> =>
    await plane.api.call('GET', path, undefined, { timeoutMs: 2000 }).catch(() => undefined);
  const [ready, list] = await Promise.all([get('/readyz'), get('/api/v1/nodes?resourceVersion=0')]);
  const down = componentNames.filter((component) => !plane.component(component).running);
  return {
    ready: ready !== undefined,
    down,
    nodes: (list as { items: unknown[] } | undefined)?.items.length ?? 0,
  };
}

async function versionsOf(plane: ControlPlane): Promise<string> {
  const { gitVersion } = (await plane.api.call('GET', '/version')) as { gitVersion: string };
  const say = async (binary: 'etcd' | 'kwok'): Promise<string> => {
    const { stdout } = await promisify(execFile)(plane.binaries[binary], ['--version']);
    return /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? '?';
  };
  return `Kubernetes ${gitVersion}, etcd v${await say('etcd')}, kwok v${await say('kwok')}`;
}

try {
  await run(process.argv[2] ?? '', JSON.parse(process.env[ordersVariable] ?? '{}') as Orders);
} catch (error) {
  tell({ error: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
  if (process.connected) process.disconnect();
}
