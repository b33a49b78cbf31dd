// Argo CD on a test cluster, with which it ends, and what its Applications say.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { eventually } from '../../support/eventually.ts';
import type { HybridCluster, KubeObject } from '../../support/hybrid-cluster.ts';
import { installArgo, NAMESPACE } from './argo-objects.ts';
import { startArgoProcesses } from './argo-processes.ts';
import type { Told } from './health.ts';
import { ROOT } from './render.ts';

const PATH = `/apis/argoproj.io/v1alpha1/namespaces/${NAMESPACE}/applications`;
const REFRESH = 'argocd.argoproj.io/refresh';
const PATIENCE_MS = 90_000;
const MERGE = { contentType: 'application/merge-patch+json' };

export interface ApplicationStatus {
  readonly health?: { readonly status?: string };
  readonly sync?: { readonly status?: string; readonly revision?: string };
  readonly operationState?: { readonly phase?: string; readonly message?: string };
  readonly conditions?: readonly { readonly type: string; readonly message: string }[];
  readonly resources?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly status?: string;
    readonly health?: Told;
  }[];
}

interface Application {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly status?: ApplicationStatus;
}

export interface ArgoCD {
  /** An Application of deploy/argocd/applications.yaml, taken from this repository and put on this cluster. */
  sample(name: string, repository: string): KubeObject;
  apply(application: KubeObject): Promise<void>;
  status(name: string): Promise<ApplicationStatus>;
  patch(name: string, change: object): Promise<void>;
  /** Has it look into Git now instead of after a while, and waits until it has. */
  refresh(name: string): Promise<void>;
  /** Waits until sync status and health are these (`Synced/Healthy`). */
  until(name: string, wanted: string): Promise<ApplicationStatus>;
  /** Waits until the message of the sync begins like this. */
  untilMessage(name: string, begin: string): Promise<void>;
  /** Waits until the sync is over, well. */
  untilSucceeded(name: string): Promise<void>;
  /** Waits until one of its objects (`HybridNetwork/idc-hangzhou`) has this health, and returns its message. */
  untilHealth(name: string, object: string, wanted: string): Promise<string>;
}

function samples(): readonly KubeObject[] {
  const text = readFileSync(join(ROOT, 'deploy/argocd/applications.yaml'), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
}

/** What a failed test shows of it. */
function brief({ health, sync, operationState, conditions, resources = [] }: ApplicationStatus): string {
  const { phase, message } = operationState ?? {};
  const open = resources.filter(
    (one) => one.status !== 'Synced' || (one.health?.status ?? 'Healthy') !== 'Healthy',
  );
  return JSON.stringify({ health, sync: sync?.status, phase, message, conditions, open }, null, 1);
}

function inWords({ sync, health }: ApplicationStatus): string {
  return `${sync?.status}/${health?.status}`;
}

export async function startArgoCD(cluster: HybridCluster): Promise<ArgoCD> {
  const { controlPlane } = cluster;
  const { api } = controlPlane;
  const processes = await startArgoProcesses(controlPlane, await installArgo(controlPlane));
  const read = async (name: string): Promise<Application> =>
    (await api.call('GET', `${PATH}/${name}`)) as Application;
  const status = async (name: string): Promise<ApplicationStatus> => (await read(name)).status ?? {};
  const patch = async (name: string, change: object): Promise<void> => {
    await api.call('PATCH', `${PATH}/${name}`, change, MERGE);
  };
  const ask = async <T>(
    name: string,
    what: string,
    look: (now: ApplicationStatus) => T | false,
  ): Promise<T> =>
    await eventually(
      async () => {
        const now = await status(name);
        const answer = look(now);
        if (answer === false) throw new Error(`${brief(now)}\n${processes.logs()}`);
        return answer;
      },
      { what: `Application ${name}: ${what}`, timeoutMs: PATIENCE_MS },
    );
  return {
    sample: (name, repoURL) => {
      const found = samples().find(({ metadata }) => metadata.name === name);
      const { source, destination, ...spec } = (found?.['spec'] ?? {}) as Readonly<Record<string, object>>;
      if (found === undefined || source === undefined) throw new Error(`there is no sample ${name}`);
      const server = { ...destination, server: controlPlane.url };
      return { ...found, spec: { ...spec, source: { ...source, repoURL }, destination: server } };
    },
    apply: async (application) => await cluster.apply(application),
    status,
    patch,
    refresh: async (name) => {
      await patch(name, { metadata: { annotations: { [REFRESH]: 'hard' } } });
      await eventually(async () => !((await read(name)).metadata.annotations ?? {})[REFRESH], {
        what: `Argo CD has looked for ${name}`,
        timeoutMs: PATIENCE_MS,
      });
    },
    until: async (name, wanted) => await ask(name, wanted, (now) => (inWords(now) === wanted ? now : false)),
    untilMessage: async (name, begin) =>
      void (await ask(
        name,
        begin,
        ({ operationState }) => operationState?.message?.startsWith(begin) === true,
      )),
    untilSucceeded: async (name) =>
      void (await ask(name, 'sync succeeded', ({ operationState }) => operationState?.phase === 'Succeeded')),
    untilHealth: async (name, object, wanted) =>
      await ask(name, `${object} ${wanted}`, ({ resources = [] }) => {
        const found = resources.find((one) => `${one.kind}/${one.name}` === object);
        return found?.health?.status === wanted ? found.health.message : false;
      }),
  };
}
