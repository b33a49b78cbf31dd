// The cluster at one moment, for whoever asks once and leaves: lists in place of watches, the same projections. What a
// decision asks for beyond the lists is fetched, and the decision made again, as the operator does.
import { ADDON_SECRET, ENI_CONFIG, TERWAY_NAMESPACE } from '../api/annotations.ts';
import type { HybridNetwork } from '../api/hybrid-network.ts';
import { failureOf } from '../plan/failure.ts';
import type {
  ConfigMapFact,
  Facts,
  LabelSelector,
  NodeFact,
  Observed,
  PodFact,
  SecretFact,
  Workload,
  WorkloadKind,
} from '../plan/facts.ts';
import { keyMark } from '../plan/access-key.ts';
import type { AccessKey } from '../plan/access-key.ts';
import type { KeyTrial } from '../plan/key-trial.ts';
import { terwayPodLabels } from '../plan/plug-ins.ts';
import type { KubeClient } from './client.ts';
import { NETWORKS_PATH } from './cluster-view.ts';
import { isForbidden, isNotFound } from './errors.ts';
import { listPages } from './list-pages.ts';
import type { KubeObject } from './object.ts';
import {
  projectConfigMap,
  projectHybridNetwork,
  projectNode,
  projectPod,
  projectSecret,
  projectWorkload,
} from './projections.ts';
import { labelSelectorText } from './selector-text.ts';

type Client = Pick<KubeClient, 'request'>;

/** All objects of a list. Rejects with a FailureError. */
export async function listAll<T>(
  client: Client,
  path: string,
  project: (raw: KubeObject) => T,
  query: Readonly<Record<string, string>> = {},
): Promise<readonly T[]> {
  const items: T[] = [];
  const signal = new AbortController().signal;
  const onItem = (raw: KubeObject): void => void items.push(project(raw));
  await listPages({ client, path, query, pageSize: 500, signal, onItem, onPage: () => {} });
  return items;
}

/** What may be absent, forbidden or out of reach, as a fact. Never rejects. */
export async function observe<T>(read: () => Promise<T>): Promise<Observed<T>> {
  try {
    return { state: 'present', object: await read() };
  } catch (error) {
    if (isNotFound(error)) return { state: 'absent' };
    const { message } = failureOf(error);
    return { state: isForbidden(error) ? 'forbidden' : 'unknown', why: message };
  }
}

/** One object by its path. */
export async function observeObject<T>(
  client: Client,
  path: string,
  project: (raw: KubeObject) => T,
): Promise<Observed<T>> {
  return await observe(async () => project(await client.request<KubeObject>({ method: 'GET', path })));
}

interface Lists {
  readonly networks: readonly HybridNetwork[];
  readonly nodes: readonly NodeFact[];
  readonly workloads: readonly Workload[];
  readonly eniConfig: Observed<ConfigMapFact>;
  readonly addonSecret: Observed<SecretFact>;
}

const WORKLOADS: readonly (readonly [WorkloadKind, string])[] = [
  ['DaemonSet', 'daemonsets'],
  ['Deployment', 'deployments'],
  ['StatefulSet', 'statefulsets'],
];

async function networksIn(client: Client): Promise<readonly HybridNetwork[]> {
  const found = await observe(async () => await listAll(client, NETWORKS_PATH, projectHybridNetwork));
  if (found.state === 'present') return found.object;
  // Without the CRD there are none; an object from a file can be looked at all the same.
  if (found.state === 'absent') return [];
  throw new Error(`HybridNetworks cannot be read: ${found.why ?? 'no answer'}`);
}

async function readLists(client: Client): Promise<Lists> {
  const inNamespace = `/api/v1/namespaces/${TERWAY_NAMESPACE}`;
  const [networks, nodes, workloads, eniConfig, addonSecret] = await Promise.all([
    networksIn(client),
    listAll(client, '/api/v1/nodes', projectNode),
    Promise.all(
      WORKLOADS.map(
        async ([kind, plural]) => await listAll(client, `/apis/apps/v1/${plural}`, projectWorkload(kind)),
      ),
    ),
    observeObject(client, `${inNamespace}/configmaps/${ENI_CONFIG}`, projectConfigMap),
    observeObject(client, `${inNamespace}/secrets/${ADDON_SECRET}`, projectSecret),
  ]);
  return { networks, nodes, workloads: workloads.flat(), eniConfig, addonSecret };
}

export interface SnapshotOptions {
  readonly client: Client;
  readonly operatorNamespace: string;
  readonly now: Date;
  /** Tries a key at the cloud; absent: no key is tried. */
  readonly tryKey?: ((key: AccessKey, regionId: string) => Promise<KeyTrial>) | undefined;
}

export class Snapshot {
  readonly networks: readonly HybridNetwork[];
  readonly #options: SnapshotOptions;
  readonly #lists: Lists;
  readonly #answers = new Map<string, unknown>();
  readonly #open = new Map<string, () => Promise<unknown>>();

  private constructor(options: SnapshotOptions, lists: Lists) {
    this.#options = options;
    this.#lists = lists;
    this.networks = lists.networks;
  }

  /** Rejects with a FailureError where nodes or workloads cannot be read. */
  static async take(options: SnapshotOptions): Promise<Snapshot> {
    return new Snapshot(options, await readLists(options.client));
  }

  /** Decides, fetches what the decision asked for in vain, and decides again until nothing is left to fetch. */
  async decide<T>(network: HybridNetwork, decide: (facts: Facts) => T): Promise<T> {
    const facts = this.#factsFor(network);
    for (;;) {
      const decision = decide(facts());
      if (this.#open.size === 0) return decision;
      const asked = [...this.#open];
      this.#open.clear();
      await Promise.all(asked.map(async ([key, fetch]) => this.#answers.set(key, await fetch())));
    }
  }

  #factsFor(network: HybridNetwork): () => Facts {
    const { operatorNamespace, now } = this.#options;
    const others = this.networks.filter(({ metadata }) => metadata.name !== network.metadata.name);
    const secretOf = (ref: { readonly name: string } | undefined): Observed<SecretFact> | undefined =>
      ref === undefined ? undefined : this.#secret(ref.name);
    return () => ({
      network,
      networks: [...others, network],
      nodes: this.#lists.nodes,
      workloads: this.#lists.workloads,
      podsOf: (workload) => this.#podsOf(workload),
      terwayPods: () => this.#podsLike(TERWAY_NAMESPACE, terwayPodLabels(network)),
      eniConfig: this.#lists.eniConfig,
      addonSecret: this.#lists.addonSecret,
      sourceSecret: secretOf(network.spec.credentials?.secretRef),
      readerSecret: secretOf(network.spec.cloud?.credentialsRef),
      operatorNamespace,
      now,
      guard: { state: 'unknown' },
      ...this.#keyTrial(),
    });
  }

  #keyTrial(): Pick<Facts, 'keyTrial'> {
    const { tryKey } = this.#options;
    if (tryKey === undefined) return {};
    return {
      keyTrial: (key, regionId) =>
        this.#ask(`key ${regionId} ${keyMark(key)}`, async () => await tryKey(key, regionId)) ?? {
          state: 'pending',
        },
    };
  }

  #ask<T>(key: string, fetch: () => Promise<T>): T | undefined {
    if (this.#answers.has(key)) return this.#answers.get(key) as T;
    this.#open.set(key, fetch);
    return undefined;
  }

  #podsLike(namespace: string, selector: LabelSelector): readonly PodFact[] | undefined {
    const labelSelector = labelSelectorText(selector);
    const { client } = this.#options;
    const pods = this.#ask(`pods ${namespace} ${labelSelector}`, async () =>
      observe(
        async () =>
          await listAll(client, `/api/v1/namespaces/${namespace}/pods`, projectPod, { labelSelector }),
      ),
    );
    return pods?.state === 'present' ? pods.object : undefined;
  }

  #podsOf(workload: Workload): readonly PodFact[] | undefined {
    const pods = this.#podsLike(workload.namespace, workload.selector);
    // The pods of a Deployment belong to its ReplicaSets; of the others, two may share a selector.
    if (workload.kind === 'Deployment') return pods;
    return pods?.filter(({ controllerUid }) => controllerUid === workload.uid);
  }

  #secret(name: string): Observed<SecretFact> {
    const { client, operatorNamespace } = this.#options;
    const path = `/api/v1/namespaces/${operatorNamespace}/secrets/${name}`;
    const answer = this.#ask(`secret ${name}`, async () => observeObject(client, path, projectSecret));
    return answer ?? { state: 'unknown' };
  }
}
