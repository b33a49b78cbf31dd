// What is watched only because a HybridNetwork names it: the pods of its workloads, and the Secret of its reference.
import type { LabelSelector, Observed, PodFact, SecretFact, Workload } from '../plan/facts.ts';
import { workloadKey } from '../plan/facts.ts';
import { observed, onFirstList } from './observed.ts';
import { projectPod, projectSecret } from './projections.ts';
import type { Reflector } from './reflector.ts';
import type { ReflectorHooks, ReflectorSpec } from './reflector-options.ts';
import { createReflectors } from './reflectors.ts';
import type { Reflectors, ReflectorsOptions } from './reflectors.ts';
import { labelSelectorText } from './selector-text.ts';
import type { Change } from './store.ts';

export interface OnDemandOptions extends ReflectorsOptions {
  readonly operatorNamespace: string;
  readonly onChange: () => void;
  /** Changes that may or may not matter. */
  readonly onSecretEvent: (change: Change<unknown>) => void;
  readonly onPodEvent: (change: Change<unknown>) => void;
  readonly onSecret: (secret: SecretFact) => void;
  readonly onProblem: (path: string, message: string | undefined) => void;
  readonly onError: (error: unknown) => void;
}

export class OnDemandView {
  readonly #options: OnDemandOptions;
  readonly #reflectors: Reflectors;
  /** What each network asked for in its last decision. */
  readonly #wanted = new Map<string, ReadonlySet<string>>();
  /** Reflectors whose first list will be told. */
  readonly #awaited = new WeakSet<object>();

  constructor(options: OnDemandOptions) {
    this.#options = options;
    this.#reflectors = createReflectors(options);
  }

  /** Everything that one decision asks for goes through one of these. */
  ask(network: string): Questions {
    const keys = new Set<string>();
    this.#wanted.set(network, keys);
    return {
      podsOf: (workload) => this.#podsOf(workload, keys),
      podsLike: (namespace, selector) => this.#podsLike(namespace, selector, keys),
      secret: (name) => this.#secret(name, keys),
    };
  }

  /** Stops watching what none of these networks asked for last. */
  tidy(networks: ReadonlySet<string>): void {
    for (const name of this.#wanted.keys()) if (!networks.has(name)) this.#wanted.delete(name);
    this.#reflectors.retain(new Set([...this.#wanted.values()].flatMap((keys) => [...keys])));
  }

  async stop(): Promise<void> {
    await this.#reflectors.stop();
  }

  #podsOf(workload: Workload, keys: Set<string>): PodsAnswer {
    const key = `pods of ${workloadKey(workload)}`;
    const pods = this.#pods(key, workload, keys);
    if (typeof pods === 'string') return pods;
    // The pods of a Deployment belong to its ReplicaSets; of the others, two may share a selector.
    return workload.kind === 'Deployment'
      ? pods
      : pods.filter(({ controllerUid }) => controllerUid === workload.uid);
  }

  #podsLike(namespace: string, selector: LabelSelector, keys: Set<string>): PodsAnswer {
    return this.#pods(`pods like ${namespace}/${labelSelectorText(selector)}`, { namespace, selector }, keys);
  }

  #pods(
    key: string,
    { namespace, selector }: Pick<Workload, 'namespace' | 'selector'>,
    keys: Set<string>,
  ): PodsAnswer {
    keys.add(key);
    const reflector = this.#ensure(key, {
      path: `/api/v1/namespaces/${namespace}/pods`,
      labelSelector: labelSelectorText(selector),
      project: projectPod,
      onChange: this.#options.onPodEvent,
    });
    // Unreadable pods are not no pods: what a change would do to them stays unknown.
    if (!reflector.isSynced) return reflector.problem === undefined ? 'pending' : 'unreadable';
    return reflector.list();
  }

  #secret(name: string, keys: Set<string>): Observed<SecretFact> {
    const key = `secret ${name}`;
    keys.add(key);
    const { operatorNamespace, onSecret, onSecretEvent } = this.#options;
    const reflector = this.#ensure(key, {
      path: `/api/v1/namespaces/${operatorNamespace}/secrets`,
      fieldSelector: `metadata.name=${name}`,
      project: (raw) => {
        const secret = projectSecret(raw);
        onSecret(secret);
        return secret;
      },
      onChange: onSecretEvent,
    });
    return observed(reflector);
  }

  #ensure<T>(key: string, spec: ReflectorSpec<T> & Pick<ReflectorHooks<T>, 'onChange'>): Reflector<T> {
    const { onError, onProblem, onChange } = this.#options;
    const reflector = this.#reflectors.ensure(key, {
      ...spec,
      onError,
      onProblem: (problem) => {
        onProblem(spec.path, problem?.message);
        onChange();
      },
    });
    if (this.#awaited.has(reflector)) return reflector;
    this.#awaited.add(reflector);
    onFirstList(reflector, onChange);
    return reflector;
  }
}

/** `pending`: not read yet, an `onChange` follows. `unreadable`: tried in vain so far. */
export type PodsAnswer = readonly PodFact[] | 'pending' | 'unreadable';

export interface Questions {
  podsOf(workload: Workload): PodsAnswer;
  /** Pods with these labels, whoever owns them. */
  podsLike(namespace: string, selector: LabelSelector): PodsAnswer;
  secret(name: string): Observed<SecretFact>;
}
