import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from './api.ts';
import { certificatePath, type ComponentName } from './config.ts';
import type { ServerProcess } from './processes.ts';

const timeoutMs = 120_000;

/** Waits until components serve; a component that ends meanwhile is an error with the end of its log. */
export class Readiness {
  readonly #api: ApiClient;
  readonly #process: (name: ComponentName) => ServerProcess;

  constructor(api: ApiClient, process: (name: ComponentName) => ServerProcess) {
    this.#api = api;
    this.#process = process;
  }

  async of(name: ComponentName): Promise<void> {
    if (name === 'etcd') await this.etcd();
    if (name === 'kube-apiserver') await this.apiServer();
  }

  /** After a restart: etcd takes connections, and the API server has found it again. */
  async etcd(): Promise<void> {
    const etcd = this.#process('etcd');
    await until('etcd listens', [etcd], () => canConnect(join(etcd.spec.dir, 'etcd.sock')));
    if (this.#process('kube-apiserver').running) await this.apiServer();
  }

  async apiServer(): Promise<void> {
    await until('kube-apiserver is ready', [this.#process('etcd'), this.#process('kube-apiserver')], () =>
      this.#answers('/readyz'),
    );
  }

  /** The default ServiceAccounts are made by the controller-manager: pods can be created once they exist. */
  async controllers(): Promise<void> {
    const accounts = ['default', 'kube-system'].map(
      (name) => `/api/v1/namespaces/${name}/serviceaccounts/default`,
    );
    for (const path of accounts) {
      await until(
        'kube-controller-manager has made the default ServiceAccounts',
        [this.#process('kube-controller-manager')],
        () => this.#answers(path),
      );
    }
  }

  async #answers(path: string): Promise<boolean> {
    const answer = await this.#api
      .request('GET', path, undefined, { timeoutMs: 2000 })
      .catch(() => undefined);
    return answer?.status === 200;
  }
}

/** The CA that the API server made for itself: the last certificate of its chain. */
export async function readCertificateAuthority(dir: string, server: ServerProcess): Promise<string> {
  let chain: string[] = [];
  await until('kube-apiserver has made its certificate', [server], async () => {
    const text = await readFile(certificatePath(dir), 'utf8').catch(() => '');
    chain = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [];
    return chain.length === 2;
  });
  return chain.at(-1) ?? '';
}

async function until(
  what: string,
  servers: readonly ServerProcess[],
  check: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await check())) {
    const dead = servers.find((server) => !server.running);
    if (dead !== undefined)
      throw new Error(`${dead.spec.name} ended while waiting until ${what}:\n${dead.logTail()}`);
    if (performance.now() > deadline) {
      const tails = servers.map((server) => `${server.spec.name}:\n${server.logTail()}`);
      throw new Error(`not within ${timeoutMs / 1000} s: ${what}\n${tails.join('\n')}`);
    }
    await sleep(20);
  }
}

function canConnect(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const done = (connected: boolean): void => {
      socket.destroy();
      resolve(connected);
    };
    socket.once('connect', () => {
      done(true);
    });
    socket.once('error', () => {
      done(false);
    });
  });
}
