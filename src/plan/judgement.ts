// How one on-premises workload stands, as the two ways of treating it (keep-off.ts, give-back.ts) put it.
import type { Reason } from '../api/conditions.ts';
import type { HybridNetwork, WorkloadStatus } from '../api/hybrid-network.ts';
import type { WorkloadDisown, WorkloadPatch } from './actions.ts';
import { isEnforcing, mirroredKeys } from './claims.ts';
import { workloadKey } from './facts.ts';
import type { Workload } from './facts.ts';
import { holdOf } from './hold.ts';
import { managerOf } from './managers.ts';

export interface Judgement {
  readonly workload: Workload;
  readonly status: WorkloadStatus;
  readonly action?: WorkloadPatch | WorkloadDisown;
  /** Why it cannot be put right without a person. */
  readonly problem?: { readonly reason: Reason; readonly message: string };
  /** The exclusion stands in its template. */
  readonly inForce: boolean;
}

export function statusOf(
  workload: Workload,
  state: WorkloadStatus['state'],
  message?: string,
): WorkloadStatus {
  const { kind, namespace, name } = workload;
  const manager = managerOf(workload).name;
  return {
    kind,
    namespace,
    name,
    ...(manager === 'none' ? {} : { manager }),
    state,
    ...(message === undefined ? {} : { message }),
  };
}

export function label(workload: Workload): string {
  return `${workload.kind} ${workload.namespace}/${workload.name}`;
}

/** It carries our hold, or the status that is all that is left of one says so. */
export function isHeldBy(network: HybridNetwork, workload: Workload): boolean {
  if (holdOf(workload) !== undefined) return true;
  return isEnforcing(network) && mirroredKeys(network).has(workloadKey(workload));
}
