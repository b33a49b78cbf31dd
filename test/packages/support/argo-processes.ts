// Argo CD as processes beside a test control plane: application controller, repo server and Redis. They end with the control
// plane, however that ends.
import { chmodSync, copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { holdPort } from '../../cluster/ports.ts';
import { ServerProcess } from '../../cluster/processes.ts';
import type { ControlPlane } from '../../cluster/types.ts';
import { filesOf, programOf } from '../../tools/tools.ts';
import { NAMESPACE } from './argo-objects.ts';

type Start = Pick<ServerProcess['spec'], 'name' | 'binary' | 'args'> & {
  readonly env?: Readonly<Record<string, string>>;
};

const PORTS = ['redis', 'repo', 'repoMetrics', 'controllerMetrics'] as const;
type Ports = Readonly<Record<(typeof PORTS)[number], number>>;

async function freePorts(dir: string): Promise<Ports> {
  const held = await Promise.all(PORTS.map(async (name) => [name, await holdPort(dir)] as const));
  for (const [, port] of held) await port.release();
  return Object.fromEntries(held.map(([name, { port }]) => [name, port])) as Ports;
}

/** A PATH for the repo server: Argo CD calls helpers of its own by name. */
async function programsIn(dir: string): Promise<string> {
  const argocd = await programOf('argocd');
  const bin = join(dir, 'bin');
  mkdirSync(bin, { recursive: true });
  // One program, which is what it is called.
  for (const name of ['argocd-application-controller', 'argocd-repo-server'])
    symlinkSync(argocd, join(bin, name));
  const verify = join(bin, 'git-verify-wrapper.sh');
  copyFileSync(join(await filesOf('argocd-files'), 'hack/git-verify-wrapper.sh'), verify);
  chmodSync(verify, 0o755);
  return bin;
}

function commands(bin: string, home: string, kubeconfig: string, ports: Ports): readonly Start[] {
  const redis = `127.0.0.1:${ports.redis}`;
  const env = { HOME: home, TMPDIR: home, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
  const folders = { ARGOCD_TLS_DATA_PATH: join(home, 'tls'), ARGOCD_SSH_DATA_PATH: join(home, 'ssh') };
  return [
    {
      name: 'redis',
      binary: 'redis-server',
      args: [
        ...['--bind', '127.0.0.1', '--port', `${ports.redis}`, '--save', '', '--dir', home],
        // It would write another command line over its own, by which it is recognised when all ends.
        ...['--set-proc-title', 'no'],
      ],
    },
    {
      name: 'argocd-repo-server',
      binary: join(bin, 'argocd-repo-server'),
      args: [
        ...['--address', '127.0.0.1', '--port', `${ports.repo}`, '--disable-tls', '--client-ca-path', ''],
        ...['--metrics-address', '127.0.0.1', '--metrics-port', `${ports.repoMetrics}`, '--redis', redis],
      ],
      env: { ...env, ...folders, ARGOCD_GPG_ENABLED: 'false' },
    },
    {
      name: 'argocd-application-controller',
      binary: join(bin, 'argocd-application-controller'),
      args: [
        ...['--kubeconfig', kubeconfig, '--namespace', NAMESPACE, '--redis', redis],
        ...['--repo-server', `127.0.0.1:${ports.repo}`, '--repo-server-plaintext'],
        ...['--metrics-port', `${ports.controllerMetrics}`, '--app-resync', '10', '--app-resync-jitter', '0'],
        // In the Application, where a test can read it, and not in Redis only.
        '--persist-resource-health',
      ],
      env: { ...env, ...folders },
    },
  ];
}

export interface ArgoProcesses {
  /** The last lines of their logs, for messages. */
  logs(): string;
}

export async function startArgoProcesses(
  controlPlane: ControlPlane,
  kubeconfig: string,
): Promise<ArgoProcesses> {
  const { dir } = controlPlane;
  const home = join(dir, 'argocd');
  for (const folder of ['tls', 'ssh']) mkdirSync(join(home, folder), { recursive: true });
  const bin = await programsIn(home);
  const ports = await freePorts(dir);
  const processes = commands(bin, home, kubeconfig, ports).map(
    (start) =>
      new ServerProcess({ ...start, dir, cwd: home, log: () => undefined, onStart: () => undefined }),
  );
  for (const process of processes) process.start();
  return {
    logs: () => processes.map((one) => `${one.spec.name}:\n${one.logTail(20)}`).join('\n'),
  };
}
