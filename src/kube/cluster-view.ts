// The cluster as the operator sees it: reflectors for everything that decisions depend on, gathered into one struct of
// facts. It reads and decides nothing.
import { ADDON_SECRET, ENI_CONFIG, TERWAY_NAMESPACE } from '../api/annotations.ts';
import { GROUP, PLURAL, VERSION } from '../api/hybrid-network.ts';
import type { HybridNetwork } from '../api/hybrid-network.ts';
import type {
  ConfigMapFact,
  Facts,
  NodeFact,
  Observed,
  PodFact,
  SecretFact,
  Workload,
  WorkloadKind,
} from '../plan/facts.ts';
import { terwayPodLabels } from '../plan/plug-ins.ts';
import { isOwnStatus, isProgress, isRelevantChange } from './changes.ts';
import type { KubeClient } from './client.ts';
import { GuardView } from './guard-view.ts';
import type { Clock } from '../runtime/clock.ts';
import { objectKey } from './object.ts';
import type { KubeObject } from './object.ts';
import { observed, onFirstList } from './observed.ts';
import { OnDemandView } from './on-demand-view.ts';
import type { PodsAnswer } from './on-demand-view.ts';
import {
  projectConfigMap,
  projectHybridNetwork,
  projectNode,
  projectSecret,
  projectWorkload,
} from './projections.ts';
import { Reflector } from './reflector.ts';
import type { ReflectorHooks, ReflectorSpec } from './reflector-options.ts';
import type { Change } from './store.ts';

export const NETWORKS_PATH = `/apis/${GROUP}/${VERSION}/${PLURAL}`;

const WORKLOAD_PATHS: Readonly<Record<WorkloadKind, string>> = {
  DaemonSet: 'daemonsets',
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
};

export interface ClusterViewOptions {
  readonly client: Pick<KubeClient, 'request' | 'watch' | 'onAnswer'>;
  readonly clock: Clock;
  readonly operatorNamespace: string;
  /** Something changed that a decision about any network may depend on. */
  readonly onChange: (urgency: Urgency) => void;
  /** A HybridNetwork came, changed or went. */
  readonly onNetwork: (notice: NetworkNotice) => void;
  readonly onSecret: (secret: SecretFact) => void;
  readonly onProblem: (path: string, message: string | undefined) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * `soon`: nodes, pods and what controllers tell of their progress. They come in bursts, a rollout makes dozens of events a second, and nothing that is to be
 * repaired shows in them: one decision after the burst is enough, and none is in the way of a repair.
 */
export type Urgency = 'now' | 'soon';

export interface NetworkNotice {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly name: string;
  readonly resourceVersion: string;
}

/** Facts, and whether something that was asked for has not been read yet. */
export interface Observation {
  readonly facts: Facts;
  isComplete(): boolean;
}

type WatchedKind = WorkloadKind | 'ConfigMap' | 'Secret' | 'HybridNetwork';

export class ClusterView {
  readonly #options: ClusterViewOptions;
  readonly #networks: Reflector<HybridNetwork>;
  readonly #nodes: Reflector<NodeFact>;
  readonly #workloads: Readonly<Record<WorkloadKind, Reflector<Workload>>>;
  readonly #eniConfig: Reflector<ConfigMapFact>;
  readonly #addonSecret: Reflector<SecretFact>;
  readonly #onDemand: OnDemandView;
  readonly #guard: GuardView;

  constructor(options: ClusterViewOptions) {
    this.#options = options;
    const changed = (change: Change<unknown>): void => this.#notify(change, 'now');
    const slowly = (change: Change<unknown>): void => this.#notify(change, 'soon');
    this.#networks = this.#reflector(
      { path: NETWORKS_PATH, project: projectHybridNetwork },
      { onChange: (change) => this.#networkChanged(change) },
    );
    this.#nodes = this.#reflector({ path: '/api/v1/nodes', project: projectNode }, { onChange: slowly });
    const workloads = (kind: WorkloadKind): Reflector<Workload> =>
      this.#reflector(
        { path: `/apis/apps/v1/${WORKLOAD_PATHS[kind]}`, project: projectWorkload(kind) },
        {
          onChange: (change) =>
            this.#notify(change, isProgress(change.before, change.after) ? 'soon' : 'now'),
        },
      );
    this.#workloads = {
      DaemonSet: workloads('DaemonSet'),
      Deployment: workloads('Deployment'),
      StatefulSet: workloads('StatefulSet'),
    };
    const inTerwayNamespace = (resource: string, name: string): { path: string; fieldSelector: string } => ({
      path: `/api/v1/namespaces/${TERWAY_NAMESPACE}/${resource}`,
      fieldSelector: `metadata.name=${name}`,
    });
    this.#eniConfig = this.#reflector(
      { ...inTerwayNamespace('configmaps', ENI_CONFIG), project: projectConfigMap },
      { onChange: changed },
    );
    this.#addonSecret = this.#reflector(
      { ...inTerwayNamespace('secrets', ADDON_SECRET), project: projectSecret },
      { onChange: (change) => this.#secretChanged(change) },
    );
    this.#onDemand = new OnDemandView({
      ...options,
      onChange: () => options.onChange('now'),
      onSecretEvent: changed,
      onPodEvent: slowly,
    });
    this.#guard = new GuardView({ ...options, onChange: () => options.onChange('soon') });
  }

  start(): void {
    const named = [this.#eniConfig, this.#addonSecret];
    for (const reflector of [...this.#essential(), ...named]) reflector.start();
    // An object that does not exist makes no event: its first list is the news.
    for (const reflector of named) onFirstList(reflector, () => this.#options.onChange('now'));
    this.#guard.start();
  }

  /** Resolves once everything is read that no decision can do without. */
  async synced(): Promise<void> {
    await Promise.all(this.#essential().map(async (reflector) => await reflector.synced));
  }

  get isSynced(): boolean {
    return this.#essential().every((reflector) => reflector.isSynced);
  }

  /** Age of the last sign of life of each watch, in milliseconds, by what is watched. */
  ages(): ReadonlyMap<string, number> {
    const standing = this.#standing().map(([path, { stats }]) => [path, stats.ageMs] as const);
    return new Map([...standing, ...this.#onDemand.ages()]);
  }

  /** Watches that stand, as far as they know, and yet have heard nothing for so long: they do not mend themselves. */
  silentFor(ms: number): readonly string[] {
    return this.#standing()
      .filter(([, { problem, stats }]) => problem === undefined && stats.ageMs > ms)
      .map(([path]) => path);
  }

  networks(): readonly HybridNetwork[] {
    return this.#networks.list();
  }

  network(name: string): HybridNetwork | undefined {
    return this.#networks.get(name);
  }

  workloads(): readonly Workload[] {
    return Object.values(this.#workloads).flatMap((reflector) => [...reflector.list()]);
  }

  /** Everything that a decision about this network may depend on. */
  observe(network: HybridNetwork): Observation {
    const questions = this.#onDemand.ask(network.metadata.name);
    let isComplete = true;
    const noted = <V>(one: Observed<V>): Observed<V> => {
      // After a first attempt in vain the status tells; until then an event will follow.
      if (one.state === 'unknown' && one.why === undefined) isComplete = false;
      return one;
    };
    const read = (pods: PodsAnswer): readonly PodFact[] | undefined => {
      if (pods === 'pending') isComplete = false;
      return typeof pods === 'string' ? undefined : pods;
    };
    const secretOf = (ref: { readonly name: string } | undefined): Observed<SecretFact> | undefined =>
      ref === undefined ? undefined : noted(questions.secret(ref.name));
    const facts: Facts = {
      network,
      networks: this.networks(),
      nodes: this.#nodes.list(),
      workloads: this.workloads(),
      podsOf: (workload) => read(questions.podsOf(workload)),
      terwayPods: () => read(questions.podsLike(TERWAY_NAMESPACE, terwayPodLabels(network))),
      eniConfig: noted(observed(this.#eniConfig)),
      addonSecret: noted(observed(this.#addonSecret)),
      sourceSecret: secretOf(network.spec.credentials?.secretRef),
      readerSecret: secretOf(network.spec.cloud?.credentialsRef),
      operatorNamespace: this.#options.operatorNamespace,
      now: new Date(this.#options.clock.now()),
      guard: noted(this.#guard.observed),
    };
    return { facts, isComplete: () => isComplete };
  }

  /** Stops watching what no network asked for in its last decision. */
  tidy(): void {
    this.#onDemand.tidy(new Set(this.networks().map(({ metadata }) => metadata.name)));
  }

  /** The answer to our own write: nothing older is acted on from here. */
  record(kind: WatchedKind, raw: KubeObject): void {
    switch (kind) {
      case 'ConfigMap':
        return this.#eniConfig.record(raw);
      case 'Secret':
        return this.#addonSecret.record(raw);
      case 'HybridNetwork':
        return this.#recordNetwork(raw);
      case 'DaemonSet':
      case 'Deployment':
      case 'StatefulSet':
        return this.#workloads[kind].record(raw);
    }
  }

  async stop(): Promise<void> {
    const standing = this.#standing().map(([, reflector]) => reflector);
    const all = [...standing, this.#onDemand, this.#guard];
    await Promise.all(all.map(async (part) => await part.stop()));
  }

  #essential(): readonly Pick<Reflector<unknown>, 'start' | 'synced' | 'isSynced'>[] {
    return [this.#networks, this.#nodes, ...Object.values(this.#workloads)];
  }

  #standing(): readonly (readonly [string, Pick<Reflector<unknown>, 'stop' | 'stats' | 'problem'>])[] {
    return [
      ['hybridnetworks', this.#networks],
      ['nodes', this.#nodes],
      ...Object.entries(this.#workloads),
      [ENI_CONFIG, this.#eniConfig],
      [ADDON_SECRET, this.#addonSecret],
    ];
  }

  #reflector<T>(spec: ReflectorSpec<T>, hooks: ReflectorHooks<T>): Reflector<T> {
    const { client, clock, onError, onProblem, onChange } = this.#options;
    return new Reflector({
      client,
      clock,
      onError,
      onProblem: (problem) => {
        onProblem(spec.path, problem?.message);
        onChange('now');
      },
      ...spec,
      ...hooks,
    });
  }

  // One network's claims decide what the others may do, so all of them look again.
  // Taking the last finalizer off an object that is being deleted deletes it; the answer still shows it.
  #recordNetwork(raw: KubeObject): void {
    const { deletionTimestamp, finalizers, uid, resourceVersion } = projectHybridNetwork(raw).metadata;
    const key = objectKey(raw);
    const isGone = deletionTimestamp !== undefined && (finalizers ?? []).length === 0;
    if (!isGone) return this.#networks.record(raw);
    if (this.#networks.get(key)?.metadata.uid === uid) this.#networks.forget(key, resourceVersion);
  }

  #networkChanged(change: Change<HybridNetwork>): void {
    if (isOwnStatus(change)) return;
    const { key, before, after } = change;
    const type = after === undefined ? 'DELETED' : before === undefined ? 'ADDED' : 'MODIFIED';
    const { resourceVersion = '' } = (after ?? before)?.metadata ?? {};
    this.#options.onNetwork({ type, name: key, resourceVersion });
    this.#options.onChange('now');
  }

  #secretChanged(change: Change<SecretFact>): void {
    if (change.after !== undefined) this.#options.onSecret(change.after);
    this.#notify(change, 'now');
  }

  // Our own write is followed up by whoever made it; only another network has to hear of it.
  #notify(change: Change<unknown>, urgency: Urgency): void {
    if (change.own && this.#networks.list().length === 1) return;
    if (isRelevantChange(change.before, change.after)) this.#options.onChange(urgency);
  }
}
