// Which actions may go ahead now. Terway's placement and the repair of what we hold wait for nothing. A first write, a
// change of the spec and a withdrawal wait for a quiet rollout, and for a person where they touch many pods or let a
// container network onto cloud nodes. A lost file in Git must not be able to take down 300 nodes.
import { APPROVE_ANNOTATION } from '../api/annotations.ts';
import type { HybridNetwork } from '../api/hybrid-network.ts';
import type { Action, WorkloadPatch } from './actions.ts';
import { nameOf, targetOf } from './actions.ts';
import { hashOf } from './affinity.ts';
import { isBeingDeleted, terwayKey } from './claims.ts';
import { findPart } from './cni/index.ts';
import { effectOf, newlyAdmitted, NO_EFFECT, unrest } from './effects.ts';
import type { Effect } from './effects.ts';
import { workloadKey } from './facts.ts';
import type { Facts, Workload } from './facts.ts';
import { holdOf } from './hold.ts';
import { kindOfNode } from './nodes.ts';

/** What an action waits for. `Terway`: no approval helps until Terway has left the nodes. */
export type WaitsFor = 'Approval' | 'Rollout' | 'Terway' | 'Observation';

export interface Waiting {
  readonly action: Action;
  readonly effect: Effect;
  readonly waitsFor: WaitsFor;
  /** Names target and template; the hash of the plan is made of these. */
  readonly id: string;
  readonly because: string;
}

export interface Gated {
  readonly run: readonly Action[];
  readonly wait: readonly Waiting[];
  /** What `hybrid.alibabacloud.com/approve` has to say; undefined when nothing waits that an approval would let go. */
  readonly hash?: string;
}

// The generation of the spec goes in: an approval stays on the object after its use, and the same change asked for again
// some day must not find itself approved.
function idOf(action: WorkloadPatch, { metadata: { generation } }: HybridNetwork): string {
  const content = action.template ?? action.patch;
  return hashOf({ generation, verb: action.verb, target: nameOf(targetOf(action)), content });
}

/** The ids that the approve annotation lets go: of the plan that it names, or of what is left of that plan. */
function approvedIds(network: HybridNetwork, ids: readonly string[]): ReadonlySet<string> {
  const approval = network.metadata.annotations?.[APPROVE_ANNOTATION];
  if (approval === undefined || approval === '') return new Set();
  if (approval === hashOfPlan(ids)) return new Set(ids);
  const published = network.status?.plan;
  if (published?.hash !== approval) return new Set();
  return new Set((published.actions ?? []).flatMap(({ id }) => (id === undefined ? [] : [id])));
}

function hashOfPlan(ids: readonly string[]): string {
  return hashOf(ids.toSorted());
}

interface Candidate {
  readonly action: WorkloadPatch;
  readonly effect: Effect | undefined;
  readonly id: string;
}

function isChange(action: Action): action is WorkloadPatch {
  return action.kind === 'workload.patch' && action.class === 'change';
}

/** Sorts the actions of a network that may write. */
export function gate(actions: readonly Action[], facts: Facts): Gated {
  const candidates = actions
    .filter(isChange)
    .map((action) => ({ action, effect: effectOf(action, facts), id: idOf(action, facts.network) }));
  // The limit is one for all changes together: while one of them cannot be counted, none goes ahead.
  const touched = candidates.reduce(
    (sum: number | undefined, { effect }) =>
      sum === undefined || effect === undefined ? undefined : sum + podsOf(effect),
    0,
  );
  const held = candidates.map((candidate) => ({ candidate, first: holdUp(candidate, touched, facts) }));
  const ids = held.filter(({ first }) => isApprovable(first)).map(({ candidate }) => candidate.id);
  const approved = approvedIds(facts.network, ids);
  const judged = held.map(({ candidate, first }) => {
    const isFree = first === undefined || (isApprovable(first) && approved.has(candidate.id));
    return { candidate, why: isFree ? collision(candidate, facts) : first };
  });
  const wait = judged.flatMap(({ candidate, why }): Waiting[] =>
    why === undefined ? [] : [{ ...why, ...candidate, effect: candidate.effect ?? NO_EFFECT }],
  );
  const isWaiting = (action: Action): boolean => wait.some((one) => one.action === action);
  return {
    run: actions.filter((action) => !isWaiting(action)),
    wait,
    ...(ids.some((id) => !approved.has(id)) ? { hash: hashOfPlan(ids) } : {}),
  };
}

function podsOf({ restarted, evicted }: Effect): number {
  return restarted + evicted;
}

function isApprovable(first: HoldUp): boolean {
  return first?.waitsFor === 'Approval' || first?.waitsFor === 'Rollout';
}

type HoldUp = Pick<Waiting, 'waitsFor' | 'because'> | undefined;

function holdUp({ action, effect }: Candidate, touched: number | undefined, facts: Facts): HoldUp {
  const name = nameOf(targetOf(action));
  if (effect === undefined)
    return {
      waitsFor: 'Observation',
      because: `the pods of ${name} have not been read, so that nobody knows what the change does to them (if this stays, the right to list pods is missing: kubectl apply -k deploy)`,
    };
  if (action.template === undefined) return undefined;
  const limit = facts.network.spec.approveAbove ?? 10;
  const hasOtherNodes = facts.nodes.some((node) => kindOfNode(node) !== 'onPremises');
  if (action.widens && hasOtherNodes) {
    return {
      waitsFor: 'Approval',
      because: 'it lets the on-premises network onto cloud or virtual nodes again',
    };
  }
  if (touched === undefined) {
    return { waitsFor: 'Observation', because: 'the pods of other workloads have not been read yet' };
  }
  if (touched > limit) {
    return {
      waitsFor: 'Approval',
      because: `the change touches ${touched} pods, more than approveAbove ${limit}`,
    };
  }
  const because = action.verb === 'KeepOffCloud' ? unrest(action, facts) : undefined;
  return because === undefined ? undefined : { waitsFor: 'Rollout', because };
}

function findTerway({ network, workloads }: Facts): readonly Workload[] {
  return workloads.filter(
    (workload) => workloadKey(workload) === terwayKey(network) || holdOf(workload) === 'cloud-only',
  );
}

// After an approved change of the spec a network plug-in still never lands where Terway runs. A deletion is different:
// it was asked to bring back what was there, and its approval says so.
function collision({ action }: Candidate, facts: Facts): HoldUp {
  if (!action.widens || isBeingDeleted(facts.network)) return undefined;
  if (findPart(action.workload) === undefined) return undefined;
  const admitted = new Set(newlyAdmitted(action, facts.nodes).map(({ name }) => name));
  const pods = findTerway(facts).map((terway) => facts.podsOf(terway));
  if (admitted.size > 0 && pods.includes(undefined)) {
    return { waitsFor: 'Observation', because: 'the pods of Terway have not been read yet' };
  }
  const shared = pods
    .flatMap((some) => some ?? [])
    .flatMap(({ nodeName }) => (nodeName !== undefined && admitted.has(nodeName) ? [nodeName] : []));
  if (shared.length === 0) return undefined;
  const name = nameOf(targetOf(action));
  return {
    waitsFor: 'Terway',
    because: `${name} would be let onto ${shared.length} nodes where Terway runs`,
  };
}
