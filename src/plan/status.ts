// The one place that computes status: plan, outcomes and the previous status in, the next status out. Times enter as a
// value; a condition keeps its lastTransitionTime as long as its status stays.
import { STATUS_LIMITS } from '../api/hybrid-network.ts';
import type { Condition, HybridNetworkStatus, PlannedAction } from '../api/hybrid-network.ts';
import { APPROVE_ANNOTATION } from '../api/annotations.ts';
import { targetOf } from './actions.ts';
import type { Action } from './actions.ts';
import { cleanupNeeded } from './cleanup.ts';
import { cloudStatus } from './cloud-status.ts';
import { credentialsValid } from './credentials-valid.ts';
import { concernCondition } from './concern-condition.ts';
import type { Draft, Outcome } from './concern-condition.ts';
import { effectOf, NO_EFFECT } from './effects.ts';
import { workloadKey } from './facts.ts';
import type { Facts } from './facts.ts';
import { contestMessage } from './fight-words.ts';
import type { Contest } from './fights.ts';
import type { Waiting } from './gate.ts';
import { guardStatus } from './guard.ts';
import { countNodes } from './nodes.ts';
import { readiness } from './ready.ts';
import type { Circumstances } from './ready.ts';
import type { Plan } from './plan.ts';

export function statusFor(plan: Plan, facts: Facts, circumstances: Circumstances): HybridNetworkStatus {
  const previous = facts.network.status ?? {};
  const own = plan.concerns.map((planned) => concernCondition(planned, plan, facts, circumstances.outcomes));
  const tried = plan.mode === 'deleting' ? [] : credentialsValid(facts);
  const conditions = [
    ...readiness(plan, facts, [...own, ...tried], circumstances),
    ...own,
    ...tried,
    ...cleanupNeeded(plan.history, facts.network),
    joinReady(plan, tried),
  ];
  const published = publishedPlan(plan, facts, circumstances.outcomes);
  const workloads = plan.concerns.flatMap(({ verdict, contested = [] }) =>
    (verdict.workloads ?? []).map((one) => contestedWorkload(one, contested)),
  );
  const guard = guardStatus(facts);
  const misplaced = plan.concerns.reduce((sum, { verdict }) => sum + (verdict.misplacedPods ?? 0), 0);
  return {
    observedGeneration: facts.network.metadata.generation,
    conditions: conditions.map((one) => settle(one, previous.conditions ?? [], facts, circumstances.now)),
    nodes: countNodes(facts.nodes),
    misplacedPods: misplaced,
    ...(guard === undefined ? {} : { guard }),
    ...cloudStatus(facts),
    ...(published === undefined ? {} : { plan: published }),
    ...(plan.history.length === 0 ? {} : { pluginHistory: [...plan.history] }),
    ...(workloads.length === 0
      ? {}
      : { workloads: workloads.slice(0, STATUS_LIMITS.workloads).map(cutWorkload) }),
  };
}

// Right at one moment and wrong at the next: neither is the truth about it.
function contestedWorkload(workload: WorkloadStatus, contested: readonly Contest[]): WorkloadStatus {
  const own = contested.filter(
    ({ target }) => workloadKey({ namespace: '', ...target }) === workloadKey(workload),
  );
  if (own.length === 0 || workload.state === 'Withdrawing') return workload;
  return { ...workload, state: 'Contested', message: contestMessage(own, 'with remedy') };
}

function cut(text: string, limit: number): string {
  // Half a character would come back from the API server as another one, and the status would never be at rest.
  return text.length <= limit ? text : `${text.slice(0, limit - 1).toWellFormed()}…`;
}

type WorkloadStatus = NonNullable<HybridNetworkStatus['workloads']>[number];

function cutWorkload(workload: WorkloadStatus): WorkloadStatus {
  if (workload.message === undefined) return workload;
  return { ...workload, message: cut(workload.message, STATUS_LIMITS['workloads[].message']) };
}

function settle(draft: Draft, previous: readonly Condition[], facts: Facts, now: Date): Condition {
  const { type, status, reason, message } = draft;
  const before = previous.find((condition) => condition.type === type);
  const isSame = before?.status === status;
  return {
    type,
    status,
    observedGeneration: draft.observedGeneration ?? facts.network.metadata.generation,
    lastTransitionTime: isSame ? before.lastTransitionTime : `${now.toISOString().slice(0, 19)}Z`,
    reason,
    message: cut(message, STATUS_LIMITS['conditions[].message']),
  };
}

function joinReady(plan: Plan, tried: readonly Draft[]): Draft {
  const type = 'CloudJoinReady';
  if (plan.mode === 'deleting') {
    return { type, status: 'False', reason: 'Progressing', message: 'The object is being deleted.' };
  }
  const fought = plan.concerns.find(({ contested = [] }) => contested.length > 0);
  if (fought !== undefined) {
    const message = `${fought.concern.condition}: ${contestMessage(fought.contested ?? [])}`;
    return { type, status: 'False', reason: 'FieldManagerConflict', message };
  }
  const open = plan.concerns.find(({ verdict }) => !verdict.inForce);
  // Terway would start on the node, and make no interface.
  const refused = tried.find(({ reason }) => reason === 'KeyRejected');
  if (open === undefined && refused !== undefined) {
    const message = `${refused.type}: ${refused.message}`;
    return { type, status: 'False', reason: refused.reason, message };
  }
  if (open === undefined) {
    return { type, status: 'True', reason: 'Reconciled', message: 'The next cloud node may come.' };
  }
  const { reason, message } = open.verdict;
  return { type, status: 'False', reason, message: `${open.concern.condition}: ${message}` };
}

/** An action in the words of `status.plan`. */
export function describe(action: Action, facts: Facts, waiting?: Waiting): PlannedAction {
  const effect = effectOf(action, facts) ?? NO_EFFECT;
  return {
    action: action.verb,
    target: targetOf(action),
    why: cut(action.why, STATUS_LIMITS['plan.actions[].why']),
    ...(effect.restarted === 0 ? {} : { podsRestarted: effect.restarted }),
    ...(effect.evicted === 0 ? {} : { podsEvicted: effect.evicted }),
    ...(effect.widens ? { widens: true } : {}),
    ...(waiting === undefined ? {} : { id: waiting.id }),
    ...(waiting === undefined || waiting.waitsFor === 'Observation' ? {} : { waitsFor: waiting.waitsFor }),
  };
}

type PublishedPlan = HybridNetworkStatus['plan'];

function publishedPlan(plan: Plan, facts: Facts, outcomes: readonly Outcome[]): PublishedPlan {
  const previous = facts.network.status?.plan;
  if (previous !== undefined && isApproved(previous, facts) && outcomes.some(isFailedChange)) return previous;
  const waiting = plan.concerns.flatMap(({ wait }) => wait.map((one) => describe(one.action, facts, one)));
  const withheld = plan.concerns.flatMap(({ withheld: own, foreseen }) =>
    own.map((action) =>
      describe(
        action,
        facts,
        foreseen.find((one) => one.action === action),
      ),
    ),
  );
  const actions = [...waiting, ...withheld].slice(0, STATUS_LIMITS['plan.actions']);
  if (actions.length === 0) return undefined;
  const hash = plan.hash ?? (waiting.some(isApprovedAndWaits) ? approvalOf(facts) : undefined);
  return hash === undefined ? { actions } : { hash, actions };
}

function approvalOf({ network }: Facts): string | undefined {
  return network.metadata.annotations?.[APPROVE_ANNOTATION];
}

function isApproved({ hash }: NonNullable<PublishedPlan>, facts: Facts): boolean {
  return hash !== undefined && hash === approvalOf(facts);
}

// An approved change of which a part failed is still that change; its remaining actions must stay approved.
function isFailedChange({ action, failure }: Outcome): boolean {
  return action.class === 'change' && failure !== undefined;
}

// What was approved and waits for nodes stays approved, so the name of its plan stays.
function isApprovedAndWaits({ waitsFor }: PlannedAction): boolean {
  return waitsFor === 'Terway' || waitsFor === 'Plugin';
}

/** Conditions and workloads stand as before, whatever became of counts and messages. */
export function concludesTheSame(
  before: HybridNetworkStatus | undefined,
  after: HybridNetworkStatus,
): boolean {
  const conclusions = ({ conditions = [], workloads = [] }: HybridNetworkStatus): string =>
    JSON.stringify([
      conditions.map(({ type, status, reason }) => [type, status, reason]),
      workloads.map((one) => [workloadKey(one), one.state]),
    ]);
  return conclusions(before ?? {}) === conclusions(after);
}

/** It answers a new spec, or Ready is not what it was. */
export function isNews(before: HybridNetworkStatus | undefined, after: HybridNetworkStatus): boolean {
  const ready = ({ conditions = [] }: HybridNetworkStatus): string | undefined =>
    conditions.find(({ type }) => type === 'Ready')?.status;
  return before?.observedGeneration !== after.observedGeneration || ready(before ?? {}) !== ready(after);
}
