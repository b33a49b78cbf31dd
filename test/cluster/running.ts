import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApiClient, apiClient } from './api.ts';
import { type AuditLog, auditLog } from './audit.ts';
import type { Binaries } from './binaries.ts';
import {
  auditLogPath,
  type ComponentName,
  componentNames,
  flagsOf,
  kubeconfigPath,
  newTokens,
  type Settings,
  staticUsers,
  type StaticUser,
  writeConfiguration,
} from './config.ts';
import { requestToken, writeKubeconfig, writeServiceAccountKubeconfig } from './kubeconfig.ts';
import { type KubectlOptions, type KubectlResult, runKubectl } from './kubectl.ts';
import { type NodeCounts, type NodeKind, type NodeOverrides, Nodes } from './nodes.ts';
import { holdPort, portFile } from './ports.ts';
import { ServerProcess } from './processes.ts';
import { readCertificateAuthority, Readiness } from './readiness.ts';
import { newPath, Reaper } from './reaper.ts';
import type { ComponentHandle, ControlPlane, ControlPlaneOptions, KubeconfigForOptions } from './types.ts';

/** What `startControlPlane` hands out. */
export class RunningControlPlane implements ControlPlane {
  readonly name: string;
  readonly dir: string;
  readonly binaries: Binaries;
  readonly #options: ControlPlaneOptions;
  readonly #reaper: Reaper;
  readonly #processes = new Map<ComponentName, ServerProcess>();
  #started: Started | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: ControlPlaneOptions, binaries: Binaries) {
    this.name = options.name ?? 'control plane';
    this.binaries = binaries;
    this.#options = options;
    this.dir = options.dir ?? newPath();
    this.#reaper = new Reaper(this.dir);
  }

  async start(): Promise<void> {
    const port = await holdPort(this.dir);
    const settings: Settings = {
      dir: this.dir,
      port: port.port,
      fsync: this.#options.fsync ?? false,
      auditLog: this.#options.auditLog ?? true,
      tokens: newTokens(),
    };
    writeFileSync(portFile(this.dir), String(port.port));
    await writeConfiguration(settings);
    for (const name of componentNames) this.#processes.set(name, this.#newProcess(name, settings));
    this.#process('etcd').start();
    await port.release();
    this.#process('kube-apiserver').start();

    const ca = await readCertificateAuthority(this.dir, this.#process('kube-apiserver'));
    const url = `https://127.0.0.1:${port.port}`;
    await this.#writeStaticKubeconfigs(settings, url, ca);
    const api = apiClient(url, ca, settings.tokens.admin);
    const readiness = new Readiness(api, (name) => this.#process(name));
    this.#started = {
      url,
      ca,
      settings,
      api,
      readiness,
      nodes: new Nodes(api),
      audit: auditLog(auditLogPath(this.dir), api),
    };

    await readiness.apiServer();
    for (const name of this.#wanted()) this.#process(name).start();
    if (this.#wanted().includes('kube-controller-manager')) await readiness.controllers();
  }

  get url(): string {
    return this.#running.url;
  }

  get ca(): string {
    return this.#running.ca;
  }

  get kubeconfig(): string {
    return kubeconfigPath(this.dir, 'admin');
  }

  get adminToken(): string {
    return this.#running.settings.tokens.admin;
  }

  get audit(): AuditLog {
    if (this.#options.auditLog === false) throw new Error(`${this.name} was started without an audit log`);
    return this.#running.audit;
  }

  get api(): ApiClient {
    return this.#running.api;
  }

  tokenFor(namespace: string, serviceAccount: string, seconds?: number): Promise<string> {
    return requestToken(this.api, namespace, serviceAccount, seconds);
  }

  kubeconfigFor(
    namespace: string,
    serviceAccount: string,
    options: KubeconfigForOptions = {},
  ): Promise<string> {
    const account = { ...options, namespace, name: serviceAccount, dir: this.dir };
    return writeServiceAccountKubeconfig(this.api, this, account);
  }

  kubectl(args: readonly string[], options: KubectlOptions = {}): Promise<KubectlResult> {
    return runKubectl(this.binaries.kubectl, this.kubeconfig, args, options);
  }

  async mustKubectl(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.kubectl(args, options);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: exit code ${code}\n${stderr}`);
    return stdout;
  }

  component(name: ComponentName): ComponentHandle {
    const server = this.#process(name);
    const start = async (): Promise<void> => {
      server.start();
      await this.#running.readiness.of(name);
    };
    return {
      name,
      logFile: server.logFile,
      get pid() {
        return server.pid;
      },
      get running() {
        return server.running;
      },
      stop: () => server.stop(name === 'kube-apiserver' ? 0 : 5000),
      kill: (signal) => server.kill(signal),
      freeze: () => server.kill('SIGSTOP'),
      thaw: () => server.kill('SIGCONT'),
      start,
      async restart() {
        await server.kill();
        await start();
      },
    };
  }

  joinNodes(counts: NodeCounts): Promise<string[]> {
    return this.#running.nodes.join(counts);
  }

  addNode(kind: NodeKind, name?: string, overrides?: NodeOverrides): Promise<string> {
    return this.#running.nodes.add(kind, name, overrides);
  }

  removeNode(name: string): Promise<void> {
    return this.#running.nodes.remove(name);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Whether the start failed because another program took the port in the moment between hold and use. */
  portWasTaken(): boolean {
    return this.#processes.get('kube-apiserver')?.logTail().includes('address already in use') ?? false;
  }

  get #running(): Started {
    if (this.#started === undefined) throw new Error(`${this.name} has not been started`);
    return this.#started;
  }

  async #stop(): Promise<void> {
    for (const server of this.#processes.values()) server.expectEnd();
    this.#started?.api.close();
    await this.#reaper.reap();
  }

  #wanted(): ComponentName[] {
    const without: readonly ComponentName[] = this.#options.without ?? [];
    return componentNames.filter((name) => !without.includes(name));
  }

  #process(name: ComponentName): ServerProcess {
    const server = this.#processes.get(name);
    if (server === undefined) throw new Error(`${name} has not been started`);
    return server;
  }

  #newProcess(name: ComponentName, settings: Settings): ServerProcess {
    return new ServerProcess({
      name,
      binary: this.binaries[name],
      args: [...flagsOf(name, settings), ...(this.#options.flags?.[name] ?? [])],
      dir: this.dir,
      // Without etcd or the API server nothing can be said of a test any more: they stay down.
      revive: name !== 'etcd' && name !== 'kube-apiserver',
      log: (line) => this.#options.log?.(line),
      onStart: (pid) => {
        this.#reaper.note(pid);
      },
    });
  }

  async #writeStaticKubeconfigs(settings: Settings, url: string, ca: string): Promise<void> {
    await writeFile(join(this.dir, 'ca.crt'), ca);
    await Promise.all(
      Object.keys(staticUsers).map((name) => {
        const user = name as StaticUser;
        return writeKubeconfig(kubeconfigPath(this.dir, user), { url, ca }, user, {
          token: settings.tokens[user],
        });
      }),
    );
  }
}

interface Started {
  readonly url: string;
  readonly ca: string;
  readonly settings: Settings;
  readonly api: ApiClient;
  readonly readiness: Readiness;
  readonly nodes: Nodes;
  readonly audit: AuditLog;
}
