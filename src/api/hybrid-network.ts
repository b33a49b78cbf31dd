// The HybridNetwork object as code speaks about it. The schema, and with it every type of spec and status, stands in
// crds/hybridnetworks.yaml; only the envelope is written by hand.
import type { HybridNetworkFields, WorkloadStatus } from './hybrid-network.generated.ts';

export { FIELD_SCHEMAS, STATUS_LIMITS } from './hybrid-network.generated.ts';
export type {
  ActionTarget,
  CapacityStatus,
  CheckStatus,
  CloudSpec,
  CNISpec,
  CNIType,
  CompanionReference,
  Condition,
  ConditionStatus,
  CredentialsSpec,
  Datapath,
  DeletionPolicy,
  Enforcement,
  ENIConfigSpec,
  GuardState,
  GuardStatus,
  HybridNetworkSpec,
  HybridNetworkStatus,
  InENIConfig,
  InstanceTypeStatus,
  LabelSelector,
  LabelSelectorRequirement,
  NetworkPolicyMode,
  NodeCounts,
  OnPremisesSpec,
  PlannedAction,
  PlanStatus,
  PluginTrace,
  Scenario,
  TerwaySpec,
  ValidationMode,
  VSwitchSelectionPolicy,
  WaitsFor,
  WorkloadSelector,
  WorkloadState,
  WorkloadStatus,
  ZoneStatus,
} from './hybrid-network.generated.ts';

export const GROUP = 'hybrid.alibabacloud.com';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}` as const;
export const KIND = 'HybridNetwork';
export const PLURAL = 'hybridnetworks';

/** The kinds of workload that can be kept on one side. */
export type WorkloadKind = WorkloadStatus['kind'];

/** Metadata as the API server sends it: JSON, so times are strings in RFC 3339. */
export interface ObjectMeta {
  name: string;
  uid: string;
  resourceVersion: string;
  /** Counts the changes of the spec; `observedGeneration` refers to it. */
  generation: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
}

/** A part of a stored object that does not fit: where, and what to write instead. */
export interface Misfit {
  readonly path: string;
  readonly message: string;
}

/** `status` is absent only where nobody has defaulted it, as in tests. */
export interface HybridNetwork extends HybridNetworkFields {
  apiVersion: typeof API_VERSION;
  kind: typeof KIND;
  metadata: ObjectMeta;
  /** Not of the API: what of the stored spec does not fit its schema, and so is left out of `spec` here. */
  misfits?: readonly Misfit[];
}
