// A node with a real kubelet and a real containerd beside the control plane, on the machine that runs the tests. It lives in
// namespaces of its own for mounts and processes; network and control groups are those of the machine, and undo.sh, which
// outlives whoever started the node, takes back what it changed there.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
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

const PREFIX = 'hybridnetwork-node-';

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

export function requireRoot(): void {
  if (process.getuid?.() !== 0) throw new Error('A real kubelet needs root: run this as root.');
}

/** Two would each take the other's settings of the kernel for those of the machine, and want the same ports. */
function requireAlone(): void {
  const others = readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX));
  if (others.length === 0) return;
  throw new Error(
    `Another node runs on this machine, in ${join(tmpdir(), others[0] ?? '')}: wait until it has ended, or delete that folder if nothing of it runs.`,
  );
}

/** Starts the node and waits until it is Ready. Returns what takes it away; then the machine is as it was. */
export async function startNode(plane: ControlPlane, options: NodeOptions): Promise<() => Promise<void>> {
  requireRoot();
  requireAlone();
  const kubelet = await programOf('kubelet');
  const name = `hn-${randomBytes(4).toString('hex')}`;
  const dir = join(tmpdir(), `${PREFIX}${name}`);
  const undo = await startUndo(dir, name);
  try {
    const held = await holdPort(dir);
    const settings = { dir, name, port: held.port, pauseImage: options.pauseImage };
    configure(settings, plane);
    makeControlGroup(name);
    await held.release();
    const init = startInNamespaces(dir, [here('init.sh'), dir, kubelet, NODE]);
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
  const [first] = await Promise.race([once(undo.stdout, 'data'), once(undo, 'exit')]);
  if (String(first).trim() !== 'ready') throw new Error('undo.sh cannot read the settings of the kernel');
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

const GROUPS = '/sys/fs/cgroup';

/** The kubelet makes the groups of pods below one that is there, in each hierarchy of version 1 or in the one of version 2. */
function makeControlGroup(name: string): void {
  const offered = join(GROUPS, 'cgroup.controllers');
  if (existsSync(offered)) {
    passOn(readFileSync(offered, 'utf8').trim().split(' '));
    mkdirSync(join(GROUPS, name));
    return;
  }
  for (const entry of readdirSync(GROUPS, { withFileTypes: true }).filter((one) => one.isDirectory())) {
    const group = join(GROUPS, entry.name, name);
    mkdirSync(group);
    // A new group of this controller has no processor and no memory until it is given some.
    if (entry.name === 'cpuset') inheritSets(join(GROUPS, entry.name), group);
  }
}

/** In version 2 a group has the controllers that its parent passes on, and the kubelet wants all that there are. */
function passOn(offered: readonly string[]): void {
  const wanted = ['cpu', 'cpuset', 'memory', 'hugetlb', 'pids'].filter((one) => offered.includes(one));
  try {
    writeFileSync(join(GROUPS, 'cgroup.subtree_control'), wanted.map((one) => `+${one}`).join(' '));
  } catch (error) {
    throw new Error(
      `The controllers ${wanted.join(', ')} cannot be passed on to a control group of the node: in a container, run it with the control groups of its host (docker run --cgroupns=host).`,
      { cause: error },
    );
  }
}

function inheritSets(parent: string, group: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems'])
    writeFileSync(join(group, file), readFileSync(join(parent, file)));
}

function startInNamespaces(dir: string, script: readonly string[]): ChildProcess {
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const log = openSync(join(dir, 'logs', 'init.log'), 'a');
  const init = spawn('unshare', [...namespaces, 'sh', ...script], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  init.unref();
  return init;
}

async function becomesReady(
  plane: ControlPlane,
  { init, dir }: { readonly init: ChildProcess; readonly dir: string },
): Promise<void> {
  const question = ['get', 'node', NODE, '-o', "jsonpath={.status.conditions[?(@.type=='Ready')].status}"];
  const hasEnded = (): boolean => init.exitCode !== null || init.signalCode !== null;
  await eventually(async () => (await plane.kubectl(question)).stdout === 'True' || hasEnded(), {
    what: 'the node is Ready',
    timeoutMs: 60_000,
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${logTails(dir)}`, { cause: error });
  });
  if (hasEnded()) throw new Error(`the node ended (exit code ${init.exitCode}):\n${logTails(dir)}`);
}

/** What each of its programs said last, of those that came to say anything. */
function logTails(dir: string): string {
  const logs = join(dir, 'logs');
  const last = (name: string): string =>
    readFileSync(join(logs, name), 'utf8').trimEnd().split('\n').slice(-15).join('\n');
  return readdirSync(logs)
    .map((name) => `${name}:\n${last(name)}`)
    .join('\n');
}
