// Three programs that do the same job: put the affinity of one DaemonSet back. Each is a process of its own with a
// ServiceAccount of its own, started for its round and gone when another one is measured.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, missing } from '../cluster/build.ts';
import { cacheDir } from '../cluster/gomod.ts';
import type { GoModule } from '../cluster/gomod.ts';
import { announcedCommand } from '../cluster/processes.ts';
import { eventually } from '../support/eventually.ts';
import { OPERATOR_USER } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import { BUNDLE, say, shippedEnvironment } from './stand.ts';

export interface Running {
  readonly pid: number;
  stop(): Promise<void>;
}

export interface Contestant {
  readonly name: string;
  /** As the audit log names it. */
  readonly user: string;
  /** Resolves when it watches. */
  start(): Promise<Running>;
}

const NAMESPACE = 'bench';
export const TARGET = { namespace: 'kube-system', name: 'calico-node' } as const;
export const TARGET_PATH = `/apis/apps/v1/namespaces/${TARGET.namespace}/daemonsets/${TARGET.name}`;

/** The operator with everything on; only the limit on fights is lifted, which a thousand drifts in a row would meet. */
export function operator(cluster: HybridCluster, nodeArgs: readonly string[] = []): Contestant {
  return {
    name: 'operator',
    user: OPERATOR_USER,
    async start() {
      const env = { ...shippedEnvironment(), FIGHT_LIMIT: '0' };
      const running = await cluster.startOperator({ program: BUNDLE, nodeArgs, env });
      await eventually(() => running.lines().some(({ msg }) => msg === 'leading'), {
        what: 'the operator leads',
      });
      return { pid: running.pid, stop: async () => void (await running.stop()) };
    },
  };
}

/** Watch and PATCH in Node without any library. */
export async function bareLoop(cluster: HybridCluster, affinity: unknown): Promise<Contestant> {
  const { controlPlane } = cluster;
  const program = fileURLToPath(new URL('bare-loop.mjs', import.meta.url));
  const { user, token } = await account(cluster, 'bare-loop');
  const tokenFile = join(controlPlane.dir, 'bare-loop.token');
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const task = {
    server: controlPlane.url,
    caFile: join(controlPlane.dir, 'ca.crt'),
    tokenFile,
    path: TARGET_PATH,
    affinity,
  };
  return {
    name: 'bare loop',
    user,
    start: async () =>
      await launch(cluster, 'bare-loop', {
        command: [process.execPath, program, JSON.stringify(task)],
        env: {},
        isUp: (output) => output.includes('watching'),
      }),
  };
}

const GO_MODULE: GoModule = {
  dir: fileURLToPath(new URL('controller-runtime/', import.meta.url)),
  name: 'bench-program',
  packages: { 'controller-runtime-keeper': '.' },
  sources: ['go.mod', 'go.sum', 'main.go'],
  linkerFlags: '-s -w',
};

/** The version of controller-runtime that go.mod pins. */
export function controllerRuntimeVersion(): string {
  const pins = readFileSync(join(GO_MODULE.dir, 'go.mod'), 'utf8');
  return /^\s*sigs\.k8s\.io\/controller-runtime (v\S+)/m.exec(pins)?.[1] ?? 'of an unknown version';
}

/** The usual frame of operators in Go. */
export async function controllerRuntime(cluster: HybridCluster, affinity: unknown): Promise<Contestant> {
  const names = Object.keys(GO_MODULE.packages);
  const cache = cacheDir(GO_MODULE);
  if (missing(cache, names).length > 0)
    await build({ module: GO_MODULE, cache, names, log: say, terminal: process.stderr.isTTY });
  const { user } = await account(cluster, 'controller-runtime');
  const kubeconfig = await cluster.controlPlane.kubeconfigFor(NAMESPACE, 'controller-runtime');
  const flags = [`--namespace=${TARGET.namespace}`, `--name=${TARGET.name}`];
  return {
    name: 'controller-runtime',
    user,
    start: async () =>
      await launch(cluster, 'controller-runtime', {
        command: [join(cache, names[0] ?? ''), ...flags, `--affinity=${JSON.stringify(affinity)}`],
        env: { KUBECONFIG: kubeconfig },
        isUp: (output) => output.includes('Starting workers'),
      }),
  };
}

/** A ServiceAccount that may watch and patch DaemonSets where the target is. */
async function account(
  cluster: HybridCluster,
  name: string,
): Promise<{ readonly user: string; readonly token: string }> {
  const rules = [
    { apiGroups: ['apps'], resources: ['daemonsets'], verbs: ['get', 'list', 'watch', 'patch'] },
  ];
  const subjects = [{ kind: 'ServiceAccount', namespace: NAMESPACE, name }];
  const rbac = 'rbac.authorization.k8s.io';
  const inTarget = { namespace: TARGET.namespace, name: `bench-${name}` };
  const roleRef = { apiGroup: rbac, kind: 'Role', name: inTarget.name };
  await cluster.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: NAMESPACE, name } },
    { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: inTarget, rules },
    { apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata: inTarget, roleRef, subjects },
  );
  const token = await cluster.controlPlane.tokenFor(NAMESPACE, name);
  return { user: `system:serviceaccount:${NAMESPACE}:${name}`, token };
}

interface Launch {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly isUp: (output: string) => boolean;
}

async function launch(
  cluster: HybridCluster,
  name: string,
  { command, env, isUp }: Launch,
): Promise<Running> {
  const child = spawn('sh', announcedCommand(cluster.controlPlane.dir, name, command), {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await eventually(
    () => {
      if (child.exitCode !== null) throw new Error(`${name} ended:\n${output}`);
      return isUp(output);
    },
    { what: `${name} watches` },
  );
  return {
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill('SIGTERM');
      await gone;
    },
  };
}
