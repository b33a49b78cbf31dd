// What a node could leave behind on the machine that it ran on.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { networkInterfaces } from 'node:os';

const SETTINGS = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
];
const GROUPS = '/sys/fs/cgroup';
/** Where containerd, the kubelet and the plug-ins of the CNI keep things, unless they are told otherwise. */
const PLACES = [
  '/run/containerd',
  '/run/netns',
  '/var/lib/cni',
  '/var/lib/containerd',
  '/var/lib/kubelet',
  '/var/log/containers',
  '/var/log/pods',
  '/opt/containerd',
  '/usr/libexec/kubernetes',
];

export interface MachineState {
  readonly settings: Readonly<Record<string, string>>;
  readonly mounts: readonly string[];
  readonly controlGroups: readonly string[];
  readonly interfaces: readonly string[];
  /** Files in the places above. */
  readonly files: readonly string[];
}

export function machineState(): MachineState {
  return {
    settings: Object.fromEntries(
      SETTINGS.map((name) => [name, readFileSync(join('/proc/sys', name), 'utf8').trim()]),
    ),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .toSorted(),
    controlGroups: foldersBelow(GROUPS),
    interfaces: interfaces(),
    files: PLACES.flatMap((place) =>
      existsSync(place) ? readdirSync(place).map((name) => join(place, name)) : [],
    ),
  };
}

function foldersBelow(dir: string): readonly string[] {
  const folders = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap(({ name }) => [join(dir, name), ...foldersBelow(join(dir, name))]).toSorted();
}

function interfaces(): readonly string[] {
  const known = '/sys/class/net';
  return existsSync(known) ? readdirSync(known).toSorted() : Object.keys(networkInterfaces()).toSorted();
}
