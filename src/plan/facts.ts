// What the operator knows when it decides. Facts are plain data: gathering them is the work of kube/, so that
// every decision in plan/ can be tested with a literal.
import type { HybridNetwork } from '../api/hybrid-network.ts';
import type { CloudSide } from './cloud-side.ts';
import type { AccessKey } from './access-key.ts';
import type { KeyTrial } from './key-trial.ts';
import type { SecretString } from './secret-string.ts';

export type WorkloadKind = 'DaemonSet' | 'Deployment' | 'StatefulSet';

export interface NodeSelectorRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly NodeSelectorRequirement[];
  readonly matchFields?: readonly NodeSelectorRequirement[];
}

export interface NodeAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: {
    readonly nodeSelectorTerms: readonly NodeSelectorTerm[];
  };
  readonly [other: string]: unknown;
}

export interface Affinity {
  readonly nodeAffinity?: NodeAffinity;
  readonly [other: string]: unknown;
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

/** core/v1 PodTemplateSpec, as far as it is looked at; the rest is carried along untouched. */
export interface PodTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly affinity?: Affinity;
    readonly tolerations?: readonly Toleration[];
    readonly volumes?: readonly {
      readonly name: string;
      readonly secret?: { readonly secretName?: string };
    }[];
    readonly containers?: readonly {
      readonly name: string;
      readonly image?: string;
      readonly env?: readonly { readonly name: string; readonly value?: string }[];
      readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
    }[];
    readonly [other: string]: unknown;
  };
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly NodeSelectorRequirement[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly controller?: boolean;
}

/** One entry of metadata.managedFields; of its field set only what the operator may hold. */
export interface FieldManager {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  /** When it wrote last, by the clock of the API server (RFC 3339, whole seconds). */
  readonly time?: string;
  /** `affinity` (required node affinity) and `nodeSelector` of the pod template; keys of `data`. Absent: none of them. */
  readonly owns?: readonly string[];
}

/** spec.updateStrategy of a DaemonSet. */
export interface UpdateStrategy {
  readonly type: string;
  readonly rollingUpdate?: unknown;
}

/** A DaemonSet, Deployment or StatefulSet. */
export interface Workload {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly deleting: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** metadata.annotations is present, even if empty: JSON Patch needs to know. */
  readonly hasAnnotations: boolean;
  readonly ownerReferences: readonly OwnerReference[];
  readonly managers: readonly FieldManager[];
  readonly selector: LabelSelector;
  readonly template: PodTemplate;
  /** spec.updateStrategy.type of a DaemonSet or StatefulSet. */
  readonly updateStrategy?: string;
  /** spec.updateStrategy.rollingUpdate of a DaemonSet, as it is. */
  readonly rollingUpdate?: unknown;
  /** spec.replicas of a Deployment or StatefulSet. */
  readonly replicas?: number;
  /** Pods of a Deployment or StatefulSet that a rollout has still to replace. */
  readonly outdated?: number;
  readonly observedGeneration: number;
}

export interface NodeFact {
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  readonly providerID?: string;
  readonly ready: boolean;
  /** When condition Ready took its present status (RFC 3339). */
  readonly readySince?: string;
  /** Of a cloud node: network plug-ins that have left an annotation on it. */
  readonly ran?: readonly ('OnPremises' | 'Terway')[];
}

/** Why a pod does not come up, in the words of its kubelet. */
export interface PodTrouble {
  /** `ImagePullBackOff`, `CrashLoopBackOff`, …: never the ordinary waiting of a start. */
  readonly reason: string;
  readonly image: string;
  /** Cut to 200 characters; absent where the kubelet says nothing. */
  readonly message?: string;
}

export interface PodFact {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly nodeName?: string;
  readonly ready: boolean;
  /** When condition Ready took its present status (RFC 3339). */
  readonly readySince?: string;
  readonly createdAt?: string;
  readonly deleting: boolean;
  /** When it has to be gone, its grace period included (RFC 3339). */
  readonly deletionTimestamp?: string;
  /** Its annotation content-hash, which came with the pod template. */
  readonly contentHash?: string;
  /** Label controller-revision-hash (DaemonSet, StatefulSet) or pod-template-hash (Deployment). */
  readonly revision?: string;
  readonly controllerUid?: string;
  /** Of a pod that is not ready: the first container that waits for more than its ordinary start. */
  readonly trouble?: PodTrouble;
  /** Of a pod that is not ready: one of its containers has run, and may have left its traces on the node. */
  readonly hasRun?: true;
}

/** A ConfigMap or Secret that is looked at by name. */
export type Observed<T> =
  /** Not read yet; `why` where it was tried in vain. */
  | { readonly state: 'unknown'; readonly why?: string }
  /** The operator lacks the right to read it; `why` is what the API server said. */
  | { readonly state: 'forbidden'; readonly why: string }
  | { readonly state: 'absent' }
  | { readonly state: 'present'; readonly object: T };

export interface ConfigMapFact {
  readonly uid: string;
  readonly resourceVersion: string;
  /** The last write, by the clock of the API server (RFC 3339, whole seconds). */
  readonly changedAt?: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly hasAnnotations: boolean;
  readonly data: Readonly<Record<string, string>>;
  readonly hasData: boolean;
  /** Absent: not known. */
  readonly managers?: readonly FieldManager[];
}

export interface SecretFact {
  readonly uid: string;
  readonly resourceVersion: string;
  /** The last write, by the clock of the API server (RFC 3339, whole seconds). */
  readonly changedAt?: string;
  readonly hasData: boolean;
  /** Decoded values; bytes that are no UTF-8 arrive with U+FFFD in them. */
  readonly data: ReadonlyMap<string, SecretString>;
  /** Absent: not known. */
  readonly managers?: readonly FieldManager[];
}

/** A policy of the admission guard that exists, and how it is bound. */
export interface GuardFact {
  readonly kind: 'MutatingAdmissionPolicy' | 'ValidatingAdmissionPolicy';
  readonly name: string;
  /** spec.policyName of the binding of the same name; undefined where there is none. */
  readonly bindsTo?: string;
  /** spec.validationActions of the binding. */
  readonly actions: readonly string[];
}

/** One struct of facts for one decision. */
export interface Facts {
  readonly network: HybridNetwork;
  /** Every HybridNetwork of the cluster, `network` among them. */
  readonly networks: readonly HybridNetwork[];
  readonly nodes: readonly NodeFact[];
  readonly workloads: readonly Workload[];
  /** Pods of a workload; undefined while they have not been read, or may not be. */
  readonly podsOf: (workload: Workload) => readonly PodFact[] | undefined;
  /**
   * Terway's pods by their label, whoever owns them: a DaemonSet that is gone may have left some behind. undefined while
   * they have not been read, or may not be.
   */
  readonly terwayPods: () => readonly PodFact[] | undefined;
  /** kube-system/eni-config */
  readonly eniConfig: Observed<ConfigMapFact>;
  /** kube-system/alibaba-addon-secret */
  readonly addonSecret: Observed<SecretFact>;
  /** spec.credentials.secretRef in the operator's own namespace; undefined without a reference. */
  readonly sourceSecret: Observed<SecretFact> | undefined;
  /** spec.cloud.credentialsRef in the operator's own namespace; undefined without a reference. */
  readonly readerSecret?: Observed<SecretFact> | undefined;
  /** The process itself has an identity in the cloud: RRSA, or the RAM role of its instance. */
  readonly hasOwnIdentity?: boolean;
  readonly operatorNamespace: string;
  /**
   * What the cloud says of a key, which is asked for by this; absent where there is no way to the cloud. That it was
   * accepted longer ago than `maxAgeMs` does not do, as long as the cloud gives an answer.
   */
  readonly keyTrial?: (key: AccessKey, regionId: string, maxAgeMs?: number) => KeyTrial;
  /** The time of the decision: whatever depends on a deadline asks for a recheck (`Verdict.recheckAfterMs`). */
  readonly now: Date;
  /** The policies of the admission guard that exist; absent where the operator may not read them. */
  readonly guard: Observed<readonly GuardFact[]>;
  /** The cloud side; undefined where the spec does not ask for it. */
  readonly cloud?: CloudSide | undefined;
}

/** `DaemonSet/kube-system/calico-node`: the key of a workload everywhere. */
export function workloadKey(workload: {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}): string {
  return `${workload.kind}/${workload.namespace}/${workload.name}`;
}
