// What is kept of the API's objects: the facts that decisions are made from. A reflector calls these while it
// parses, so that nothing else of an object (whole field sets, container images of nodes, last-applied) stays in memory.
import { CONTENT_HASH_ANNOTATION } from '../api/annotations.ts';
import type { HybridNetwork } from '../api/hybrid-network.ts';
import type {
  ConfigMapFact,
  NodeFact,
  PodFact,
  PodTemplate,
  SecretFact,
  Workload,
  WorkloadKind,
} from '../plan/facts.ts';
import { SecretString } from '../plan/secret-string.ts';
import { legible } from '../plan/validation/schema.ts';
import { pluginsIn } from './plugin-marks.ts';
import type { RawPodStatus } from './pod-start.ts';
import { startOf } from './pod-start.ts';
import type { KubeObject } from './object.ts';
import {
  annotationsOf,
  changedAt,
  controllerUidOf,
  identityOf,
  isReady,
  managersOf,
  nameOf,
  optional,
  ownedKeys,
  ownedPlacement,
  ownersOf,
  readySince,
  type RawCondition,
  type RawMeta,
  type StringMap,
} from './raw-meta.ts';

const REVISION_LABELS = ['controller-revision-hash', 'pod-template-hash'] as const;

interface RawWorkload {
  readonly metadata?: RawMeta;
  readonly spec?: {
    readonly selector?: Workload['selector'];
    readonly template?: PodTemplate;
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: unknown };
    readonly replicas?: number;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
  };
}

function outdatedReplicas(status: RawWorkload['status']): number | undefined {
  return status?.replicas === undefined ? undefined : status.replicas - (status.updatedReplicas ?? 0);
}

function strategyOf(
  kind: WorkloadKind,
  { updateStrategy: { type, rollingUpdate } = {} }: NonNullable<RawWorkload['spec']>,
): Pick<Workload, 'updateStrategy' | 'rollingUpdate'> {
  return {
    ...optional('updateStrategy', type),
    ...optional('rollingUpdate', kind === 'DaemonSet' ? rollingUpdate : undefined),
  };
}

/** Items of a list do not say their kind; whoever lists them knows it. The template is kept whole. */
export function projectWorkload(kind: WorkloadKind): (raw: KubeObject) => Workload {
  return (raw) => {
    const { metadata = {}, spec = {}, status } = raw as RawWorkload;
    return {
      kind,
      ...nameOf(metadata),
      ...identityOf(metadata),
      generation: metadata.generation ?? 0,
      deleting: metadata.deletionTimestamp !== undefined,
      labels: metadata.labels ?? {},
      ...annotationsOf(metadata),
      ownerReferences: ownersOf(metadata),
      managers: managersOf(metadata, ownedPlacement),
      selector: spec.selector ?? {},
      template: spec.template ?? { spec: {} },
      ...strategyOf(kind, spec),
      ...optional('replicas', spec.replicas),
      ...optional('outdated', outdatedReplicas(status)),
      observedGeneration: status?.observedGeneration ?? 0,
    };
  };
}

interface RawNode {
  readonly metadata?: RawMeta;
  readonly spec?: { readonly providerID?: string; readonly taints?: NodeFact['taints'] };
  readonly status?: { readonly conditions?: readonly RawCondition[] };
}

export function projectNode(raw: KubeObject): NodeFact {
  const { metadata = {}, spec = {}, status } = raw as RawNode;
  return {
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    labels: metadata.labels ?? {},
    taints: (spec.taints ?? []).map(({ key, value, effect }) => ({
      key,
      effect,
      ...optional('value', value),
    })),
    ...optional('providerID', spec.providerID),
    ...optional('ran', pluginsIn(metadata)),
    ready: isReady(status?.conditions),
    ...optional('readySince', readySince(status?.conditions)),
  };
}

interface RawPod {
  readonly metadata?: RawMeta;
  readonly spec?: { readonly nodeName?: string };
  readonly status?: RawPodStatus;
}

export function projectPod(raw: KubeObject): PodFact {
  const { metadata = {}, spec, status } = raw as RawPod;
  const revision = REVISION_LABELS.map((label) => metadata.labels?.[label]).find(
    (hash) => hash !== undefined,
  );
  return {
    ...nameOf(metadata),
    uid: metadata.uid ?? '',
    ...optional('nodeName', spec?.nodeName),
    ready: isReady(status?.conditions),
    ...optional('readySince', readySince(status?.conditions)),
    ...optional('createdAt', metadata.creationTimestamp),
    deleting: metadata.deletionTimestamp !== undefined,
    ...optional('deletionTimestamp', metadata.deletionTimestamp),
    ...optional('contentHash', metadata.annotations?.[CONTENT_HASH_ANNOTATION]),
    ...optional('revision', revision),
    ...optional('controllerUid', controllerUidOf(metadata)),
    ...(isReady(status?.conditions) ? {} : startOf(status)),
  };
}

interface RawContent {
  readonly metadata?: RawMeta;
  readonly data?: StringMap;
}

export function projectConfigMap(raw: KubeObject): ConfigMapFact {
  const { metadata = {}, data } = raw as RawContent;
  return {
    ...identityOf(metadata),
    ...optional('changedAt', changedAt(metadata)),
    ...annotationsOf(metadata),
    data: data ?? {},
    hasData: data !== undefined,
    managers: managersOf(metadata, ownedKeys),
  };
}

/** From here on the values exist only as {@link SecretString}. */
export function projectSecret(raw: KubeObject): SecretFact {
  const { metadata = {}, data } = raw as RawContent;
  const values = new Map<string, SecretString>();
  for (const [key, encoded] of Object.entries(data ?? {})) {
    values.set(key, new SecretString(Buffer.from(encoded, 'base64').toString('utf8')));
  }
  return {
    ...identityOf(metadata),
    ...optional('changedAt', changedAt(metadata)),
    hasData: data !== undefined,
    data: values,
    managers: managersOf(metadata, ownedKeys),
  };
}

/** Kept as it is but for the field sets, which nobody reads on our own kind. */
export function projectHybridNetwork(raw: KubeObject): HybridNetwork {
  const { managedFields: _unread, ...metadata } = raw.metadata ?? {};
  return legible({ ...raw, metadata } as unknown as HybridNetwork);
}
