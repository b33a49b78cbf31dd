// A workload that nobody asks to keep off any more: what was added is taken out, and then our entry in managedFields.
import { FIELD_MANAGER } from '../api/annotations.ts';
import type { HybridNetwork } from '../api/hybrid-network.ts';
import type { WorkloadDisown, WorkloadPatch } from './actions.ts';
import type { ExclusionRecord } from './affinity.ts';
import { isExcluded } from './exclusion.ts';
import type { Workload } from './facts.ts';
import { annotate, holdOf, recordOf } from './hold.ts';
import { isHeldBy, label, statusOf } from './judgement.ts';
import type { Judgement } from './judgement.ts';
import { giveBackStrategy } from './update-strategy.ts';
import { withdraw } from './withdrawal.ts';
import { rewrite, writeExclusion } from './workload-write.ts';

/** A workload that carries what we added, and that nobody asks to keep off any more. */
export function giveBack(network: HybridNetwork, workload: Workload): Judgement {
  const record = recordOf(workload);
  if (record === undefined) return disown(workload);
  if (isHeldBy(network, workload) && !isExcluded(workload.template, record.exclusions)) {
    return repairUntilGivenBack(network, workload, record);
  }
  const { affinity, left } = withdraw(workload.template, record);
  const strategy = giveBackStrategy(workload, record);
  const action: WorkloadPatch = {
    ...rewrite(workload, affinity, annotate(workload, { hold: undefined, record: undefined }), strategy),
    verb: 'Withdraw',
    class: 'change',
    widens: affinity !== workload.template.spec.affinity,
    why:
      left === undefined
        ? `${label(workload)} is no longer to be kept off.`
        : `${label(workload)} keeps it: ${left}.`,
  };
  return { workload, status: statusOf(workload, 'Withdrawing'), action, inForce: true };
}

function repairUntilGivenBack(
  network: HybridNetwork,
  workload: Workload,
  record: ExclusionRecord,
): Judgement {
  const action: WorkloadPatch = {
    ...writeExclusion(network, workload, { exclusions: record.exclusions, isRepair: true }),
    verb: 'KeepOffCloud',
    class: 'repair',
    isRepair: true,
    widens: false,
    why: `Somebody removed the exclusion from ${label(workload)} while its withdrawal waits.`,
  };
  return { workload, status: statusOf(workload, 'Withdrawing'), action, inForce: false };
}

// The owner's next unforced server-side apply would meet a conflict over lists that we changed, long after the change.
function disown(workload: Workload): Judgement {
  const status = statusOf(workload, 'Withdrawing');
  const isOwned = workload.managers.some(
    ({ manager, subresource }) => manager === FIELD_MANAGER && (subresource ?? '') === '',
  );
  if (!isOwned || holdOf(workload) !== undefined) return { workload, status, inForce: true };
  const action: WorkloadDisown = {
    kind: 'workload.disown',
    verb: 'Disown',
    class: 'record',
    workload,
    why: `${label(workload)} is given back, and so are its fields.`,
  };
  return { workload, status, action, inForce: true };
}
