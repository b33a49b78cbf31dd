// Holds without a holder: a HybridNetwork was deleted (Retain), suspended or set to Observe, or a workload is no longer
// Terway's. The annotation comes off, metadata only: no pod restarts, and the record of what was added stays.
import type { WorkloadPatch } from './actions.ts';
import { holderOf, isEnforcing } from './claims.ts';
import type { Claims } from './claims.ts';
import { workloadKey } from './facts.ts';
import type { Workload } from './facts.ts';
import { annotate, holdOf } from './hold.ts';

function isHeldBySomebody(workload: Workload, claims: Claims): boolean {
  if (holdOf(workload) !== 'cloud-only') return holderOf(workload, claims) !== undefined;
  const owner = claims.ownerOf(workloadKey(workload));
  return owner !== undefined && isEnforcing(owner);
}

/** One action for each workload whose hold nobody stands behind. */
export function orphanedHolds(claims: Claims, workloads: readonly Workload[]): readonly WorkloadPatch[] {
  return workloads
    .filter((workload) => !workload.deleting && holdOf(workload) !== undefined)
    .filter((workload) => !isHeldBySomebody(workload, claims))
    .map((workload) => ({
      kind: 'workload.patch',
      verb: 'ReleaseHold',
      class: 'record',
      workload,
      patch: [
        { op: 'test', path: '/metadata/uid', value: workload.uid },
        ...annotate(workload, { hold: undefined, record: 'keep' }),
      ],
      template: undefined,
      widens: false,
      why: `No HybridNetwork holds ${workload.kind} ${workload.namespace}/${workload.name} any more.`,
    }));
}
