// A node with a real kubelet and a real containerd beside the control plane, on the machine that runs the tests. It lives in
// namespaces of its own for mounts and processes; network and control groups are those of the machine, and undo.sh, which
// outlives whoever started the node, takes back what it changed there.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { holdPort } from '../cluster/ports.ts';
import type { ControlPlane } from '../cluster/types.ts';
import { must } from '../packages/support/render.ts';
import { eventually } from '../support/eventually.ts';
import { programOf } from '../tools/tools.ts';
import {
  cniConfiguration,
  containerdConfiguration,
  kubeletConfiguration,
  type NodeSettings,
  socketOf,
} from './configuration.ts';

/** The API server reaches the kubelet by this name (flagsForNode), so on loopback. */
export const NODE = 'localhost';

/** What the control plane needs to know of a node that is none of kwok's. */
export const flagsForNode = {
  'kube-apiserver': ['--kubelet-preferred-address-types=Hostname'],
  kwok: ['--manage-all-nodes=false', `--manage-nodes-with-label-selector=kubernetes.io/hostname!=${NODE}`],
};

export interface NodeOptions {
  /** Archives that `buildah push … docker-archive:` wrote. */
  readonly archives: readonly string[];
  readonly pauseImage: string;
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Starts the node and waits until it is Ready. Returns what takes it away; then the machine is as it was. */
export async function startNode(plane: ControlPlane, options: NodeOptions): Promise<() => Promise<void>> {
  if (process.getuid?.() !== 0)
    throw new Error('A real kubelet needs root. Run the test of the node as root.');
  const kubelet = await programOf('kubelet');
  const name = `hn-${randomBytes(4).toString('hex')}`;
  const dir = join(tmpdir(), `hybridnetwork-node-${name}`);
  const undo = await startUndo(dir, name);
  try {
    const held = await holdPort(dir);
    const settings = { dir, name, port: held.port, pauseImage: options.pauseImage };
    configure(settings, plane);
    makeControlGroup(name);
    await held.release();
    const init = startInNamespaces([here('init.sh'), dir, kubelet, NODE]);
    await becomesReady(plane, { init, dir });
    for (const archive of options.archives) {
      await must('ctr', [
        '--address',
        socketOf(settings),
        '--namespace',
        'k8s.io',
        'images',
        'import',
        archive,
      ]);
    }
    return async () => await takeAway(undo);
  } catch (error) {
    await takeAway(undo);
    throw error;
  }
}

/** Started before anything is there to be undone; it has noted the settings of the kernel when this resolves. */
async function startUndo(dir: string, name: string): Promise<ChildProcess> {
  const undo = spawn('sh', [here('undo.sh'), dir, name], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  undo.unref();
  if (undo.stdout === null) throw new Error('undo.sh has no output');
  await once(undo.stdout, 'data');
  return undo;
}

async function takeAway(undo: ChildProcess): Promise<void> {
  undo.stdin?.end();
  await eventually(() => undo.exitCode !== null, {
    what: 'undo.sh has taken the node away',
    timeoutMs: 60_000,
  });
  if (undo.exitCode !== 0)
    throw new Error('undo.sh could not take the node away: something of it is still there');
}

function configure(settings: NodeSettings, plane: ControlPlane): void {
  const { dir } = settings;
  for (const folder of ['', 'logs', 'cni', 'kubelet']) mkdirSync(join(dir, folder), { mode: 0o700 });
  writeFileSync(join(dir, 'containerd.toml'), containerdConfiguration(settings));
  writeFileSync(join(dir, 'cni', '10-bridge.conflist'), JSON.stringify(cniConfiguration(settings)));
  // JSON is YAML.
  writeFileSync(join(dir, 'kubelet.yaml'), JSON.stringify(kubeletConfiguration(settings)));
  writeFileSync(join(dir, 'kubeconfig'), readFileSync(plane.kubeconfig), { mode: 0o600 });
}

/** The kubelet makes the groups of pods below one that is there, in each hierarchy of version 1 or in the one of version 2. */
function makeControlGroup(name: string): void {
  const root = '/sys/fs/cgroup';
  const entries = readdirSync(root, { withFileTypes: true });
  if (entries.some((entry) => entry.name === 'cgroup.controllers')) {
    mkdirSync(join(root, name));
    return;
  }
  for (const entry of entries.filter((one) => one.isDirectory())) {
    const group = join(root, entry.name, name);
    mkdirSync(group);
    // A new group of this controller has no processor and no memory until it is given some.
    if (entry.name === 'cpuset') inheritSets(join(root, entry.name), group);
  }
}

function inheritSets(parent: string, group: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems'])
    writeFileSync(join(group, file), readFileSync(join(parent, file)));
}

function startInNamespaces(script: readonly string[]): ChildProcess {
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const init = spawn('unshare', [...namespaces, 'sh', ...script], { detached: true, stdio: 'ignore' });
  init.unref();
  return init;
}

async function becomesReady(
  plane: ControlPlane,
  { init, dir }: { readonly init: ChildProcess; readonly dir: string },
): Promise<void> {
  const question = ['get', 'node', NODE, '-o', "jsonpath={.status.conditions[?(@.type=='Ready')].status}"];
  await eventually(
    async () => {
      const { stdout } = await plane.kubectl(question);
      return stdout === 'True' || init.exitCode !== null;
    },
    { what: 'the node is Ready', timeoutMs: 60_000 },
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${logTail(dir)}`, { cause: error });
  });
  if (init.exitCode !== null)
    throw new Error(`the node ended (exit code ${init.exitCode}):\n${logTail(dir)}`);
}

function logTail(dir: string): string {
  const last = (name: string): string =>
    execFileSync('tail', ['-n', '15', join(dir, 'logs', name)], { encoding: 'utf8' });
  return ['containerd.log', 'kubelet.log'].map((name) => `${name}:\n${last(name)}`).join('\n');
}
