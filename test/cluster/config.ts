import { generateKeyPair, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stringify } from 'yaml';

export const componentNames = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
] as const;
export type ComponentName = (typeof componentNames)[number];

/** The people and programs with a static token; everybody else authenticates as a ServiceAccount. */
export const staticUsers = {
  admin: { user: 'admin', groups: ['system:masters'] },
  'kube-controller-manager': { user: 'system:kube-controller-manager', groups: [] },
  'kube-scheduler': { user: 'system:kube-scheduler', groups: [] },
  kwok: { user: 'kwok', groups: ['system:masters'] },
} as const;
export type StaticUser = keyof typeof staticUsers;

export interface Settings {
  readonly dir: string;
  readonly port: number;
  readonly fsync: boolean;
  readonly auditLog: boolean;
  readonly tokens: Readonly<Record<StaticUser, string>>;
}

const here = fileURLToPath(new URL('.', import.meta.url));

export function auditLogPath(dir: string): string {
  return join(dir, 'audit.log');
}

export function certificatePath(dir: string): string {
  return join(dir, 'certificates', 'apiserver.crt');
}

export function kubeconfigPath(dir: string, user: StaticUser): string {
  return join(dir, 'kubeconfigs', `${user}.yaml`);
}

export function newTokens(): Record<StaticUser, string> {
  return { admin: token(), 'kube-controller-manager': token(), 'kube-scheduler': token(), kwok: token() };
}

function token(): string {
  return randomBytes(24).toString('base64url');
}

/** Everything the components read at their start, except the kubeconfigs: those need the certificate first. */
export async function writeConfiguration(settings: Settings): Promise<void> {
  const { dir, tokens } = settings;
  for (const folder of ['certificates', 'kubeconfigs', 'logs', 'pids']) await mkdir(join(dir, folder));
  const users = Object.entries(staticUsers).map(
    ([name, { user, groups }]) => `${tokens[name as StaticUser]},${user},${user},"${groups.join(',')}"\n`,
  );
  const keys = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const secret = { mode: 0o600 };
  await Promise.all([
    writeFile(join(dir, 'tokens.csv'), users.join(''), secret),
    writeFile(join(dir, 'service-account.pub'), keys.publicKey),
    writeFile(join(dir, 'service-account.key'), keys.privateKey, secret),
    writeFile(join(dir, 'scheduler.yaml'), stringify(schedulerConfiguration(dir))),
    writeFile(join(dir, 'kwok.yaml'), await kwokConfiguration()),
  ]);
}

function schedulerConfiguration(dir: string): object {
  return {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    leaderElection: { leaderElect: false },
    clientConnection: { kubeconfig: kubeconfigPath(dir, 'kube-scheduler'), qps: 2000, burst: 4000 },
    // A pod that did not fit is tried again soon: a test waits for it.
    podMaxBackoffSeconds: 1,
    podInitialBackoffSeconds: 1,
  };
}

async function kwokConfiguration(): Promise<string> {
  const options = {
    manageAllNodes: true,
    cidr: '10.100.0.0/16',
    // No Leases. With them kwok forgets a pod that is bound in the moment in which it takes over a new node, a new
    // kwok waits until those of the last one have run out, and a large cluster is never at rest.
    nodeLeaseDurationSeconds: 0,
    nodePlayStageParallelism: 32,
    podPlayStageParallelism: 32,
    podsOnNodeSyncParallelism: 16,
  };
  const own = {
    apiVersion: 'config.kwok.x-k8s.io/v1alpha1',
    kind: 'KwokConfiguration',
    metadata: { name: 'kwok' },
    options,
  };
  const stages = (await readdir(join(here, 'stages'))).sort();
  const documents = await Promise.all(stages.map((name) => readFile(join(here, 'stages', name), 'utf8')));
  return [stringify(own), ...documents].join('---\n');
}

/**
 * The flags of one component. Every command line names the directory of its control plane: that is how the reaper
 * tells its own processes from a stranger that was given the same process id.
 */
export function flagsOf(component: ComponentName, settings: Settings): string[] {
  return flags[component](settings);
}

const flags: Record<ComponentName, (settings: Settings) => string[]> = {
  // Sockets in the directory (the working directory of etcd and of the API server) instead of ports: nobody else
  // can take them, and no API server can ever reach the etcd of another control plane.
  etcd: ({ dir, fsync }) => [
    '--name=etcd',
    `--data-dir=${join(dir, 'etcd')}`,
    '--listen-client-urls=unix://etcd.sock',
    '--advertise-client-urls=unix://etcd.sock',
    '--listen-peer-urls=unix://etcd-peer.sock',
    '--initial-advertise-peer-urls=unix://etcd-peer.sock',
    '--initial-cluster=etcd=unix://etcd-peer.sock',
    '--log-level=warn',
    ...(fsync ? [] : ['--unsafe-no-fsync']),
  ],
  'kube-apiserver': ({ dir, port, auditLog }) => [
    '--etcd-servers=unix://etcd.sock',
    `--cert-dir=${join(dir, 'certificates')}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--allow-privileged=true',
    '--authorization-mode=RBAC',
    `--token-auth-file=${join(dir, 'tokens.csv')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(dir, 'service-account.pub')}`,
    `--service-account-signing-key-file=${join(dir, 'service-account.key')}`,
    '--profiling=false',
    ...(auditLog ? auditFlags(dir) : []),
  ],
  'kube-controller-manager': ({ dir }) => [
    `--kubeconfig=${kubeconfigPath(dir, 'kube-controller-manager')}`,
    '--secure-port=0',
    '--leader-elect=false',
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${join(dir, 'service-account.key')}`,
    `--root-ca-file=${join(dir, 'ca.crt')}`,
    // By default it makes a folder below /usr/libexec, wherever it is, again and again. It does without.
    '--flex-volume-plugin-dir=/dev/null/none',
    '--controllers=*,-node-ipam-controller,-node-route-controller,-cloud-node-lifecycle-controller',
    '--node-monitor-period=1s',
    // Simulated nodes send no heartbeats; one that is to be NotReady is told so (stages/node.yaml).
    '--node-monitor-grace-period=8760h',
    '--kube-api-qps=2000',
    '--kube-api-burst=4000',
    '--profiling=false',
  ],
  'kube-scheduler': ({ dir }) => [`--config=${join(dir, 'scheduler.yaml')}`, '--secure-port=0'],
  kwok: ({ dir }) => [`--kubeconfig=${kubeconfigPath(dir, 'kwok')}`, `--config=${join(dir, 'kwok.yaml')}`],
};

function auditFlags(dir: string): string[] {
  return [
    `--audit-policy-file=${join(here, 'audit-policy.yaml')}`,
    `--audit-log-path=${auditLogPath(dir)}`,
    // The entry is written before the request is answered, and one file holds the whole run.
    '--audit-log-mode=blocking-strict',
    '--audit-log-maxsize=0',
  ];
}
