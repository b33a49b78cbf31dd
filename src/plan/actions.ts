// What the operator can do: a closed set of typed actions, plain data, each with its reason in words. Concerns return
// them, the gate decides which may go ahead, execute/ is the only code that carries them out.
import { ADDON_SECRET, ENI_CONFIG, TERWAY_NAMESPACE } from '../api/annotations.ts';
import type { PluginTrace } from '../api/hybrid-network.ts';
import type { PodTemplate, SecretFact, Workload, WorkloadKind } from './facts.ts';
import type { JsonPatch } from './json-patch.ts';
import type { SecretString } from './secret-string.ts';

/** What an action does, as `status.plan` and events name it. */
export type Verb =
  | 'PlaceOnCloud'
  | 'KeepOffCloud'
  | 'Withdraw'
  | 'ReturnStrategy'
  | 'Disown'
  | 'NoteContent'
  | 'RestartTerway'
  | 'ReleaseHold'
  | 'WriteSecret'
  | 'WriteConfigMap'
  | 'RememberNodes'
  | 'AddFinalizer'
  | 'RemoveFinalizer';

/**
 * How an action is gated. `guard`: Terway's placement, which waits for nothing. `repair`: puts back what carries our
 * hold. `change`: a first write, a change of the spec, or a withdrawal; it may wait. `record`: touches no pod.
 */
export type ActionClass = 'guard' | 'repair' | 'change' | 'record';

interface Described {
  readonly verb: Verb;
  readonly class: ActionClass;
  /** One sentence: what is wrong or new. */
  readonly why: string;
}

export interface WorkloadPatch extends Described {
  readonly kind: 'workload.patch';
  readonly workload: Workload;
  readonly patch: JsonPatch;
  /** The pod template afterwards; undefined where it stays as it is. */
  readonly template: PodTemplate | undefined;
  /** Removes an exclusion, whatever nodes there are. */
  readonly widens: boolean;
  /** The updateStrategy afterwards, where it changes. */
  readonly strategyAfter?: string;
  /** Puts back what was held before. */
  readonly isRepair?: true;
  /** Notes what Terway has read: before it stands, what Terway reads must not change. */
  readonly notesContent?: true;
}

/** Drops our entry from metadata.managedFields, so that the owner's next server-side apply meets no conflict. */
export interface WorkloadDisown extends Described {
  readonly kind: 'workload.disown';
  readonly workload: Workload;
}

/** Its patch may carry an access key (`inENIConfig`): no patch of it is ever shown or logged. */
export interface ConfigMapPatch extends Described {
  readonly kind: 'configMap.patch';
  /** Of the object that the patch was made for. */
  readonly resourceVersion: string;
  readonly patch: JsonPatch;
}

export interface ConfigMapCreate extends Described {
  readonly kind: 'configMap.create';
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

export interface SecretWrite extends Described {
  readonly kind: 'secret.write';
  /** Absent: the Secret does not exist and is created. */
  readonly existing: Pick<SecretFact, 'uid' | 'resourceVersion' | 'hasData'> | undefined;
  readonly values: ReadonlyMap<string, SecretString>;
}

export interface FinalizerChange extends Described {
  readonly kind: 'finalizer.add' | 'finalizer.remove';
  readonly network: string;
  /** Of the network: what the API server refused for one spec it may take for the next. */
  readonly generation: number;
}

/** Writes down in the status of the network which plug-in ran on which node. */
export interface NetworkRemember extends Described {
  readonly kind: 'network.remember';
  readonly network: string;
  readonly history: readonly PluginTrace[];
}

export type Action =
  | WorkloadPatch
  | WorkloadDisown
  | ConfigMapPatch
  | ConfigMapCreate
  | SecretWrite
  | FinalizerChange
  | NetworkRemember;

export interface Target {
  readonly kind: WorkloadKind | 'ConfigMap' | 'Secret' | 'HybridNetwork';
  readonly namespace?: string;
  readonly name: string;
}

export function targetOf(action: Action): Target {
  switch (action.kind) {
    case 'workload.patch':
    case 'workload.disown': {
      const { kind, namespace, name } = action.workload;
      return { kind, namespace, name };
    }
    case 'configMap.patch':
    case 'configMap.create':
      return { kind: 'ConfigMap', namespace: TERWAY_NAMESPACE, name: ENI_CONFIG };
    case 'secret.write':
      return { kind: 'Secret', namespace: TERWAY_NAMESPACE, name: ADDON_SECRET };
    case 'network.remember':
    case 'finalizer.add':
    case 'finalizer.remove':
      return { kind: 'HybridNetwork', name: action.network };
  }
}

/** `DaemonSet kube-system/calico-node`, for messages. */
export function nameOf(target: Target): string {
  const path = target.namespace === undefined ? target.name : `${target.namespace}/${target.name}`;
  return `${target.kind} ${path}`;
}
