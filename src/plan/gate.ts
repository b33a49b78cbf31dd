// Which actions may go ahead now. Terway's placement and the repair of what we hold wait for nothing. A first write, a
// change of the spec and a withdrawal wait for a quiet rollout, and for a person where they touch many pods or let a
// container network onto cloud nodes. A lost file in Git must not be able to take down 300 nodes.
import { APPROVE_ANNOTATION } from '../api/annotations.ts';
import type { HybridNetwork } from '../api/hybrid-network.ts';
import type { Action, WorkloadPatch } from './actions.ts';
import { nameOf, targetOf } from './actions.ts';
import { hashOf } from './affinity.ts';
import { effectOf, NO_EFFECT, unrest } from './effects.ts';
import type { Effect } from './effects.ts';
import type { Facts } from './facts.ts';
import { kindOfNode } from './nodes.ts';
import { obstaclesTo, startingTerway } from './scenario-gate.ts';

/**
 * What an action waits for. `Terway`: no approval helps until Terway has left the nodes. `Plugin`: none helps while it is
 * the only network plug-in of a node.
 */
export type WaitsFor = 'Approval' | 'Rollout' | 'Terway' | 'Plugin' | 'Observation';

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
  const obstacleTo = obstaclesTo(
    candidates.map(({ action }) => action),
    facts,
  );
  const judged = held.map(({ candidate, first }) => {
    const isFree = first === undefined || (isApprovable(first) && approved.has(candidate.id));
    const obstacle = obstacleTo(candidate.action);
    return { candidate, why: isFree ? obstacle : foreseeing(first, obstacle) };
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

export type HoldUp = Pick<Waiting, 'waitsFor' | 'because'> | undefined;

// Whoever is asked for an approval should know that it will not do.
function foreseeing(first: HoldUp, obstacle: HoldUp): HoldUp {
  if (first === undefined || obstacle === undefined || obstacle.waitsFor === 'Observation') return first;
  return { ...first, because: `${first.because}; an approval alone does not do, for ${obstacle.because}` };
}

function holdUp({ action, effect }: Candidate, touched: number | undefined, facts: Facts): HoldUp {
  const name = nameOf(targetOf(action));
  if (effect === undefined)
    return {
      waitsFor: 'Observation',
      because: `the pods of ${name} have not been read, so that nobody knows what the change does to them (if this stays, the right to list pods is missing: apply the manifests of the operator again, as they were installed)`,
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
  return firstWrite(action, facts);
}

// Into a network that is at rest, and whose nodes have where to go.
function firstWrite(action: WorkloadPatch, facts: Facts): HoldUp {
  if (action.verb !== 'KeepOffCloud') return undefined;
  const because = unrest(action, facts) ?? startingTerway(action, facts);
  return because === undefined ? undefined : { waitsFor: 'Rollout', because };
}
