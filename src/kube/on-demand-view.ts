// What is watched only because a HybridNetwork names it: the pods of its workloads, and the Secret of its reference.
import type { LabelSelector, Observed, PodFact, SecretFact, Workload } from '../plan/facts.ts';
import { workloadKey } from '../plan/facts.ts';
import { namespacePods, projectLabelledPod } from './namespace-pods.ts';
import type { NamespacePods } from './namespace-pods.ts';
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

/** More workloads than this in one namespace share one watch of all its pods: a watch is a connection and its buffers. */
const WATCHES_PER_NAMESPACE = 8;

/** What one network asked for in its last decision. */
interface Asked {
  /** Of reflectors. */
  readonly keys: Set<string>;
  /** By namespace: whose pods. */
  readonly pods: Map<string, Set<string>>;
}

export class OnDemandView {
  readonly #options: OnDemandOptions;
  readonly #reflectors: Reflectors;
  readonly #wanted = new Map<string, Asked>();
  /** Namespaces whose pods are watched together. */
  readonly #crowded = new Set<string>();
  /** Reflectors whose first list will be told. */
  readonly #awaited = new WeakSet<object>();

  constructor(options: OnDemandOptions) {
    this.#options = options;
    this.#reflectors = createReflectors(options);
  }

  /** Everything that one decision asks for goes through one of these. */
  ask(network: string): Questions {
    const asked: Asked = { keys: new Set(), pods: new Map() };
    this.#wanted.set(network, asked);
    return {
      podsOf: (workload) => this.#podsOf(workload, asked),
      podsLike: (namespace, selector) => this.#podsLike(namespace, selector, asked),
      secret: (name) => this.#secret(name, asked.keys),
    };
  }

  /** Stops watching what none of these networks asked for last. */
  tidy(networks: ReadonlySet<string>): void {
    for (const name of this.#wanted.keys()) if (!networks.has(name)) this.#wanted.delete(name);
    const wanted = [...this.#wanted.values()];
    for (const namespace of this.#crowded) {
      if (!isCrowd(namespace, wanted)) this.#crowded.delete(namespace);
    }
    this.#reflectors.retain(new Set(wanted.flatMap(({ keys }) => [...keys])));
  }

  /** Age of the last sign of life of each watch, in milliseconds, by what is watched: a few for each namespace. */
  ages(): ReadonlyMap<string, number> {
    return new Map([...this.#reflectors.entries()].map(([key, { stats }]) => [key, stats.ageMs]));
  }

  async stop(): Promise<void> {
    await this.#reflectors.stop();
  }

  #podsOf(workload: Workload, asked: Asked): PodsAnswer {
    const { namespace, selector, uid } = workload;
    const key = `pods of ${workloadKey(workload)}`;
    // The pods of a Deployment belong to its ReplicaSets; of the others, two may share a selector.
    if (workload.kind === 'Deployment') {
      return this.#pods({ key, namespace, selector, among: (pods) => pods.like(selector) }, asked);
    }
    const pods = this.#pods({ key, namespace, selector, among: (all) => all.ofController(uid) }, asked);
    return typeof pods === 'string' ? pods : pods.filter(({ controllerUid }) => controllerUid === uid);
  }

  #podsLike(namespace: string, selector: LabelSelector, asked: Asked): PodsAnswer {
    const key = `pods like ${namespace}/${labelSelectorText(selector)}`;
    return this.#pods({ key, namespace, selector, among: (pods) => pods.like(selector) }, asked);
  }

  #pods(question: PodQuestion, asked: Asked): PodsAnswer {
    const { key, namespace, selector, among } = question;
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const onChange = this.#options.onPodEvent;
    asked.pods.set(namespace, (asked.pods.get(namespace) ?? new Set()).add(key));
    if (isCrowd(namespace, [asked])) this.#crowded.add(namespace);
    if (this.#crowded.has(namespace)) {
      const together = `pods in ${namespace}`;
      asked.keys.add(together);
      const all = this.#ensure(together, { path, project: projectLabelledPod, onChange });
      return answerOf(all, (list) => among(namespacePods(list)));
    }
    asked.keys.add(key);
    const labelSelector = labelSelectorText(selector);
    return answerOf(
      this.#ensure(key, { path, labelSelector, project: projectPod, onChange }),
      (list) => list,
    );
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

function isCrowd(namespace: string, asked: readonly Asked[]): boolean {
  const questions = asked.reduce((sum, { pods }) => sum + (pods.get(namespace)?.size ?? 0), 0);
  return questions > WATCHES_PER_NAMESPACE;
}

/** A connection that was cut or a token that was exchanged is over by then; what is not is told. */
const GRACE_MS = 2_000;

function isLasting({ problem, stats }: Pick<Reflector<unknown>, 'problem' | 'stats'>): boolean {
  return problem !== undefined && (problem.reason !== 'Unexpected' || stats.ageMs >= GRACE_MS);
}

// Unreadable pods are not no pods: what a change would do to them stays unknown.
function answerOf<T>(reflector: Reflector<T>, pods: (list: readonly T[]) => readonly PodFact[]): PodsAnswer {
  if (!reflector.isSynced) return isLasting(reflector) ? 'unreadable' : 'pending';
  return pods(reflector.list());
}

interface PodQuestion {
  readonly key: string;
  readonly namespace: string;
  readonly selector: LabelSelector;
  /** The answer, where the pods of the namespace are watched together. */
  readonly among: (pods: NamespacePods) => readonly PodFact[];
}

/** `pending`: not read yet, an `onChange` follows. `unreadable`: tried in vain so far. */
export type PodsAnswer = readonly PodFact[] | 'pending' | 'unreadable';

export interface Questions {
  podsOf(workload: Workload): PodsAnswer;
  /** Pods with these labels, whoever owns them. */
  podsLike(namespace: string, selector: LabelSelector): PodsAnswer;
  secret(name: string): Observed<SecretFact>;
}
