// One on-premises workload: how it stands, and the one action that would put it right. Used by the concern
// on-premises-isolation for every workload that it claims.
import type { HybridNetwork, WorkloadStatus } from '../api/hybrid-network.ts';
import type { WorkloadPatch } from './actions.ts';
import type { Exclusion, ExclusionRecord } from './affinity.ts';
import { isEnforcing, terwayKey } from './claims.ts';
import { neverKeptOff } from './cni/matching.ts';
import {
  exclude,
  exclusionsFor,
  hasForeignTerms,
  hasObsolete,
  isExcluded,
  isParked,
  keepsAway,
  requiresCloud,
} from './exclusion.ts';
import { workloadKey } from './facts.ts';
import type { Affinity, NodeFact, Workload } from './facts.ts';
import { annotate, heldExclusions, holdOf, recordOf } from './hold.ts';
import { isHeldBy, label, statusOf } from './judgement.ts';
import type { Judgement } from './judgement.ts';
import { managerOf, mayWrite, snippetFor } from './managers.ts';
import {
  giveBackStrategy,
  hasOwnersChange,
  isAsked,
  isSparing,
  knownTemplate,
  ownersTemplate,
  strategyNote,
} from './update-strategy.ts';
import { holdFor, testUid, writeExclusion } from './workload-write.ts';

export function wantedExclusions(network: HybridNetwork): readonly Exclusion[] {
  return exclusionsFor({ excludeVirtualNodes: network.spec.onPremises?.excludeVirtualNodes ?? true });
}

function refusal(network: HybridNetwork, workload: Workload): Judgement['problem'] {
  const isTerway = workloadKey(workload) === terwayKey(network) || holdOf(workload) === 'cloud-only';
  if (neverKeptOff(workload) !== undefined || isTerway) {
    return {
      reason: 'WorkloadProtected',
      message: `${label(workload)} is never kept off cloud nodes. Remove it from spec.onPremises.workloads.`,
    };
  }
  if (isParked(workload.template)) {
    return {
      reason: 'WorkloadParked',
      message: `Every nodeSelectorTerm of ${label(workload)} is empty and matches no node. Give one a requirement, or remove the node affinity.`,
    };
  }
  if (!requiresCloud(workload.template)) return undefined;
  return {
    reason: 'WorkloadRequiresCloud',
    message: `${label(workload)} requires cloud nodes and would run nowhere. Remove it from spec.onPremises.workloads, or the requirement from its template.`,
  };
}

/** A workload that the network claims. */
export function keepOff(network: HybridNetwork, workload: Workload, nodes: readonly NodeFact[]): Judgement {
  const problem = refusal(network, workload);
  if (problem !== undefined) {
    return { workload, status: statusOf(workload, 'Refused', problem.message), problem, inForce: false };
  }
  const wanted = wantedExclusions(network);
  const record = recordOf(workload);
  const isInForce = isExcluded(workload.template, wanted);
  if (isInForce && !hasObsolete(workload.template, wanted, record)) return settled(network, workload, wanted);
  const isForeign = record === undefined && holdOf(workload) === undefined;
  if (isForeign && keepsAway(workload.template, wanted, nodes)) return settled(network, workload, wanted);
  return open(network, workload, wanted);
}

// The exclusion stands. Where it is ours the hold has to stand on the object too.
function settled(network: HybridNetwork, workload: Workload, wanted: readonly Exclusion[]): Judgement {
  const record = recordOf(workload);
  const isOurs = record !== undefined || holdOf(workload) !== undefined;
  if (!isOurs) return { workload, status: statusOf(workload, 'Satisfied'), inForce: true };
  if (!isEnforcing(network)) return { workload, status: statusOf(workload, 'Released'), inForce: true };
  const status = keptStatus(network, workload, 'Held', () => ownersTemplate(workload));
  const returned = returnOfStrategy(network, workload, record);
  if (returned !== undefined) return { workload, status, action: returned, inForce: true };
  const patch = annotate(workload, { hold: holdFor(wanted), record: 'keep' });
  if (patch.length === 0) return { workload, status, inForce: true };
  const action: WorkloadPatch = {
    kind: 'workload.patch',
    verb: 'KeepOffCloud',
    class: 'record',
    workload,
    patch: [testUid(workload), ...patch],
    template: undefined,
    widens: false,
    why: `${label(workload)} is kept off already and shall be held.`,
  };
  return { workload, status, action, inForce: true };
}

// The owner changed the template, or OnDelete is asked for no more. Only the latter restarts pods that nobody else wanted
// to restart, and may have to wait.
function returnOfStrategy(
  network: HybridNetwork,
  workload: Workload,
  record: ExclusionRecord | undefined,
): WorkloadPatch | undefined {
  if (record?.strategy === undefined) return undefined;
  const isOwners = hasOwnersChange(network, workload, record) || !isSparing(workload, record);
  if (!isOwners && isAsked(network, workload)) return undefined;
  const { patch, after } = giveBackStrategy(workload, record);
  const { strategy: _, ...rest } = record;
  return {
    kind: 'workload.patch',
    verb: 'ReturnStrategy',
    class: isOwners ? 'repair' : 'change',
    workload,
    patch: [
      testUid(workload),
      ...patch,
      ...annotate(workload, { hold: holdFor(record.exclusions), record: rest }),
    ],
    template: isOwners ? undefined : workload.template,
    ...(after === undefined ? {} : { strategyAfter: after }),
    widens: false,
    why: isOwners
      ? `The owner of ${label(workload)} changed it, so its updateStrategy is the owner's again.`
      : `updateStrategy OnDelete is no longer asked for, so ${label(workload)} gets its own back.`,
  };
}

function open(network: HybridNetwork, workload: Workload, wanted: readonly Exclusion[]): Judgement {
  const record = recordOf(workload);
  // A change of the spec and drift at once: first back to what was held, then the change, which may have to wait.
  const held = heldExclusions(workload) ?? record?.exclusions ?? wanted;
  const isHeld = isHeldBy(network, workload);
  if (isHeld && !isExcluded(workload.template, held)) return write(network, workload, wanted, held);
  const inForce = isExcluded(workload.template, wanted);
  // What the owner changed is not held up by a change of ours either.
  const returned = isHeld && isEnforcing(network) ? returnOfStrategy(network, workload, record) : undefined;
  if (returned?.class === 'repair') return { ...settled(network, workload, held), inForce };
  return write(network, workload, wanted);
}

/** `drifted`: what was held, and has to be put back. */
function write(
  network: HybridNetwork,
  workload: Workload,
  wanted: readonly Exclusion[],
  drifted?: readonly Exclusion[],
): Judgement {
  const record = recordOf(workload);
  const inForce = isExcluded(workload.template, wanted);
  const isRepair = drifted !== undefined;
  const exclusions = drifted ?? wanted;
  if (!mayWrite(managerOf(workload), hasForeignTerms(workload.template))) {
    const { affinity } = exclude(workload.template, exclusions, record);
    return { ...managedElsewhere(workload, affinity), inForce };
  }
  const action: WorkloadPatch = {
    ...writeExclusion(network, workload, { exclusions, isRepair }),
    verb: 'KeepOffCloud',
    ...(isRepair ? { class: 'repair', isRepair } : { class: 'change' }),
    widens: !isRepair && hasObsolete(workload.template, wanted, record),
    why: reasonToKeepOff(workload, isRepair, inForce),
  };
  const state = openState(network, isHeldBy(network, workload), record);
  const status = keptStatus(network, workload, state, () => knownTemplate(network, workload, record));
  return { workload, status, action, inForce };
}

// Under OnDelete the status keeps what tells a change of the owner, for when the record is lost.
function keptStatus(
  network: HybridNetwork,
  workload: Workload,
  state: WorkloadStatus['state'],
  readTemplateHash: () => string | undefined,
): WorkloadStatus {
  const note = state === 'Held' || state === 'Waiting' ? strategyNote(network, workload) : undefined;
  const status = statusOf(workload, state, note);
  const templateHash = state === 'Held' && isAsked(network, workload) ? readTemplateHash() : undefined;
  return templateHash === undefined ? status : { ...status, templateHash };
}

// What is held stays so while a change of it waits, also for a status that is all that is left of the hold.
function openState(
  network: HybridNetwork,
  isHeld: boolean,
  record: ExclusionRecord | undefined,
): WorkloadStatus['state'] {
  if (!isEnforcing(network)) return record === undefined ? 'Waiting' : 'Released';
  return isHeld ? 'Held' : 'Waiting';
}

function managedElsewhere(workload: Workload, affinity: Affinity | undefined): Omit<Judgement, 'inForce'> {
  const message = snippetFor(workload, managerOf(workload), affinity ?? {});
  const status = statusOf(workload, 'ManagedElsewhere', message);
  return { workload, status, problem: { reason: 'ManagedElsewhere', message } };
}

function reasonToKeepOff(workload: Workload, hasDrifted: boolean, isTooNarrow: boolean): string {
  if (hasDrifted)
    return `Somebody removed the exclusion from ${label(workload)}, so it could run on cloud nodes.`;
  if (isTooNarrow) return `${label(workload)} is kept off nodes that the spec no longer names.`;
  return `${label(workload)} could run on cloud or virtual nodes.`;
}
