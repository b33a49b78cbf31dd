// Workloads for tests: `daemonSet({ name: 'x' })` is one that nobody manages. What the CNIs ship: shipped-workloads.ts.
import type {
  Affinity,
  FieldManager,
  NodeSelectorTerm,
  OwnerReference,
  PodTemplate,
  Toleration,
  Workload,
  WorkloadKind,
} from '../../src/plan/facts.ts';

export interface WorkloadOptions {
  readonly name: string;
  readonly namespace?: string;
  /** spec.selector.matchLabels and the labels of the pods; by default {app: name}. */
  readonly selector?: Readonly<Record<string, string>>;
  /** metadata.labels */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managers?: readonly FieldManager[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly affinity?: Affinity;
  /** Required node affinity; goes into `affinity`. */
  readonly terms?: readonly NodeSelectorTerm[];
  readonly tolerations?: readonly Toleration[];
  readonly updateStrategy?: string;
  readonly replicas?: number;
  readonly deleting?: boolean;
  readonly generation?: number;
  readonly resourceVersion?: string;
  readonly uid?: string;
}

export const TOLERATE_ALL: readonly Toleration[] = [{ operator: 'Exists' }];
export const LINUX = { 'kubernetes.io/os': 'linux' };
export const WINDOWS = { 'kubernetes.io/os': 'windows' };

function affinityOf({ affinity, terms }: WorkloadOptions): Affinity | undefined {
  if (terms === undefined) return affinity;
  const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } };
  return { ...affinity, nodeAffinity: { ...affinity?.nodeAffinity, ...required } };
}

function templateOf(options: WorkloadOptions): PodTemplate {
  const affinity = affinityOf(options);
  const { nodeSelector, tolerations } = options;
  return {
    metadata: { labels: options.selector ?? { app: options.name } },
    spec: {
      ...(nodeSelector === undefined ? {} : { nodeSelector }),
      ...(affinity === undefined ? {} : { affinity }),
      ...(tolerations === undefined ? {} : { tolerations }),
      containers: [{ name: 'main' }],
    },
  };
}

const NOBODYS = {
  labels: {},
  annotations: {},
  ownerReferences: [],
  managers: [],
  deleting: false,
  generation: 1,
  resourceVersion: '1000',
} as const;

function workload(kind: WorkloadKind, options: WorkloadOptions): Workload {
  const { name, namespace = 'kube-system' } = options;
  const { labels, annotations, ownerReferences, managers, deleting, generation, resourceVersion } = {
    ...NOBODYS,
    ...options,
  };
  return {
    kind,
    namespace,
    name,
    uid: options.uid ?? `uid-${kind}-${namespace}-${name}`.toLowerCase(),
    resourceVersion,
    generation,
    deleting,
    labels,
    annotations,
    hasAnnotations: options.annotations !== undefined,
    ownerReferences,
    managers,
    selector: { matchLabels: options.selector ?? { app: name } },
    template: templateOf(options),
    observedGeneration: generation,
  };
}

export function daemonSet(options: WorkloadOptions): Workload {
  const updateStrategy = options.updateStrategy ?? 'RollingUpdate';
  // As the API server fills it in.
  const defaults =
    updateStrategy === 'RollingUpdate' ? { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } : {};
  return { ...workload('DaemonSet', options), updateStrategy, ...defaults };
}

export function deployment(options: WorkloadOptions): Workload {
  return { ...workload('Deployment', options), replicas: options.replicas ?? 1 };
}

export function statefulSet(options: WorkloadOptions): Workload {
  return {
    ...workload('StatefulSet', options),
    replicas: options.replicas ?? 1,
    updateStrategy: options.updateStrategy ?? 'RollingUpdate',
  };
}

/** kubectl apply of a manifest. */
export const APPLIED = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' };

export function byHelm(
  release: string,
  namespace = 'kube-system',
): Pick<WorkloadOptions, 'labels' | 'annotations'> {
  return {
    labels: { 'app.kubernetes.io/managed-by': 'Helm' },
    annotations: { 'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': namespace },
  };
}

/** A DaemonSet in kube-system that an Application of Argo CD tracks. */
export function byArgo(name: string): Pick<WorkloadOptions, 'annotations'> {
  return { annotations: { 'argocd.argoproj.io/tracking-id': `network:apps/DaemonSet:kube-system/${name}` } };
}

export function byTigera(name: string): Pick<WorkloadOptions, 'labels' | 'ownerReferences'> {
  return {
    labels: {
      'k8s-app': name,
      'app.kubernetes.io/name': name,
      'app.kubernetes.io/managed-by': 'tigera-operator',
      'app.kubernetes.io/part-of': 'Calico',
    },
    ownerReferences: [
      { apiVersion: 'operator.tigera.io/v1', kind: 'Installation', name: 'default', controller: true },
    ],
  };
}
