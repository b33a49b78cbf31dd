// One on-premises workload: how it stands, and the one action that would put it right. Used by the concern
// on-premises-isolation for every workload that it claims, has lost, or gives back.
import type { Hold } from '../api/annotations.ts';
import { FIELD_MANAGER } from '../api/annotations.ts';
import type { Reason } from '../api/conditions.ts';
import type { HybridNetwork, WorkloadStatus } from '../api/hybrid-network.ts';
import type { WorkloadDisown, WorkloadPatch } from './actions.ts';
import type { Exclusion, ExclusionRecord } from './affinity.ts';
import { isEnforcing, mirroredKeys, terwayKey } from './claims.ts';
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
import type { Affinity, NodeFact, PodTemplate, Workload } from './facts.ts';
import { annotate, heldExclusions, holdOf, recordOf } from './hold.ts';
import { swap } from './json-patch.ts';
import type { JsonPatch } from './json-patch.ts';
import { managerOf, mayWrite, snippetFor } from './managers.ts';
import { withdraw } from './withdrawal.ts';

export interface Judgement {
  readonly workload: Workload;
  readonly status: WorkloadStatus;
  readonly action?: WorkloadPatch | WorkloadDisown;
  /** Why it cannot be put right without a person. */
  readonly problem?: { readonly reason: Reason; readonly message: string };
  /** The exclusion stands in its template. */
  readonly inForce: boolean;
}

export function wantedExclusions(network: HybridNetwork): readonly Exclusion[] {
  return exclusionsFor({ excludeVirtualNodes: network.spec.onPremises?.excludeVirtualNodes ?? true });
}

export function holdFor(exclusions: readonly Exclusion[]): Hold {
  return exclusions.length > 1 ? 'on-premises-only' : 'not-cloud';
}

function hold(
  workload: Workload,
  { metadata: { name } }: HybridNetwork,
  exclusions: readonly Exclusion[],
  record: ExclusionRecord,
): JsonPatch {
  return annotate(workload, { hold: holdFor(exclusions), record: { ...record, by: name } });
}

function statusOf(workload: Workload, state: WorkloadStatus['state'], message?: string): Judgement['status'] {
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

function label(workload: Workload): string {
  return `${workload.kind} ${workload.namespace}/${workload.name}`;
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
  const patch = annotate(workload, { hold: holdFor(wanted), record: 'keep' });
  const status = statusOf(workload, 'Held');
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

function open(network: HybridNetwork, workload: Workload, wanted: readonly Exclusion[]): Judgement {
  const record = recordOf(workload);
  const inForce = isExcluded(workload.template, wanted);
  // A change of the spec and drift at once: first back to what was held, then the change, which may have to wait.
  const held = heldExclusions(workload) ?? record?.exclusions ?? wanted;
  const isHeld = isHeldBy(network, workload);
  const hasDrifted = isHeld && !isExcluded(workload.template, held);
  const target = hasDrifted ? held : wanted;
  const next = exclude(workload.template, target, record);
  if (!mayWrite(managerOf(workload), hasForeignTerms(workload.template))) {
    return { ...managedElsewhere(workload, next.affinity), inForce };
  }
  const action: WorkloadPatch = {
    ...rewrite(workload, next.affinity, hold(workload, network, target, next.record)),
    verb: 'KeepOffCloud',
    ...(hasDrifted ? { class: 'repair', isRepair: true } : { class: 'change' }),
    widens: !hasDrifted && hasObsolete(workload.template, wanted, record),
    why: reasonToKeepOff(workload, hasDrifted, inForce),
  };
  return { workload, status: statusOf(workload, openState(network, isHeld, record)), action, inForce };
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

function isHeldBy(network: HybridNetwork, workload: Workload): boolean {
  if (holdOf(workload) !== undefined) return true;
  return isEnforcing(network) && mirroredKeys(network).has(workloadKey(workload));
}

/** A workload that carries what we added, and that nobody asks to keep off any more. */
export function giveBack(network: HybridNetwork, workload: Workload): Judgement {
  const record = recordOf(workload);
  if (record === undefined) return disown(workload);
  if (isHeldBy(network, workload) && !isExcluded(workload.template, record.exclusions)) {
    return repairUntilGivenBack(network, workload, record);
  }
  const { affinity, left } = withdraw(workload.template, record);
  const action: WorkloadPatch = {
    ...rewrite(workload, affinity, annotate(workload, { hold: undefined, record: undefined })),
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
  const next = exclude(workload.template, record.exclusions, record);
  const action: WorkloadPatch = {
    ...rewrite(workload, next.affinity, hold(workload, network, record.exclusions, next.record)),
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

function testUid(workload: Workload): JsonPatch[number] {
  return { op: 'test', path: '/metadata/uid', value: workload.uid };
}

type Rewrite = Pick<WorkloadPatch, 'kind' | 'workload' | 'patch' | 'template'>;

function rewrite(workload: Workload, affinity: Affinity | undefined, annotations: JsonPatch): Rewrite {
  const before = workload.template.spec.affinity;
  const patch = affinity === before ? [] : swap('/spec/template/spec/affinity', before, affinity);
  const { affinity: _, ...spec } = workload.template.spec;
  const template: PodTemplate = {
    ...workload.template,
    spec: affinity === undefined ? spec : { ...spec, affinity },
  };
  return {
    kind: 'workload.patch',
    workload,
    patch: [testUid(workload), ...patch, ...annotations],
    template: affinity === before ? undefined : template,
  };
}
