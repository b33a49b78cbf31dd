// The one place that computes status: plan, outcomes and the previous status in, the next status out. Times enter as a
// value; a condition keeps its lastTransitionTime as long as its status stays.
import { stalls } from '../api/conditions.ts';
import type { ConditionType, Reason } from '../api/conditions.ts';
import { STATUS_LIMITS } from '../api/hybrid-network.ts';
import type {
  Condition,
  ConditionStatus,
  HybridNetworkStatus,
  PlannedAction,
} from '../api/hybrid-network.ts';
import { APPROVE_ANNOTATION } from '../api/annotations.ts';
import { targetOf } from './actions.ts';
import type { Action } from './actions.ts';
import { concernCondition } from './concern-condition.ts';
import type { Draft, Outcome } from './concern-condition.ts';
import { effectOf, NO_EFFECT } from './effects.ts';
import type { Facts } from './facts.ts';
import { countNodes } from './nodes.ts';
import type { Plan } from './plan.ts';
import { count, listed } from './wording.ts';

export interface Circumstances {
  readonly outcomes: readonly Outcome[];
  readonly now: Date;
  /** When requests began to fail without a success since; undefined while all is well. */
  readonly failingSince: Date | undefined;
}

/** After this long without success Ready no longer keeps its value. */
const PATIENCE_MS = 120_000;

export function statusFor(plan: Plan, facts: Facts, circumstances: Circumstances): HybridNetworkStatus {
  const previous = facts.network.status ?? {};
  const drafts = plan.concerns.map((planned) =>
    concernCondition(planned, plan, facts, circumstances.outcomes),
  );
  const conditions = [...summary(plan, facts, drafts, circumstances), ...drafts, joinReady(plan)];
  const published = publishedPlan(plan, facts, circumstances.outcomes);
  const workloads = plan.concerns.flatMap(({ verdict }) => verdict.workloads ?? []);
  const misplaced = plan.concerns.reduce((sum, { verdict }) => sum + (verdict.misplacedPods ?? 0), 0);
  return {
    observedGeneration: facts.network.metadata.generation,
    conditions: conditions.map((draft) => settle(draft, previous.conditions ?? [], facts, circumstances.now)),
    nodes: countNodes(facts.nodes),
    misplacedPods: misplaced,
    ...(published === undefined ? {} : { plan: published }),
    ...(workloads.length === 0
      ? {}
      : { workloads: workloads.slice(0, STATUS_LIMITS.workloads).map(cutWorkload) }),
  };
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

type WorkloadStatus = NonNullable<HybridNetworkStatus['workloads']>[number];

function cutWorkload(workload: WorkloadStatus): WorkloadStatus {
  if (workload.message === undefined) return workload;
  return { ...workload, message: cut(workload.message, STATUS_LIMITS['workloads[].message']) };
}

function settle(draft: Draft, previous: readonly Condition[], facts: Facts, now: Date): Condition {
  const before = previous.find(({ type }) => type === draft.type);
  return {
    type: draft.type,
    status: draft.status,
    observedGeneration: facts.network.metadata.generation,
    lastTransitionTime:
      before?.status === draft.status ? before.lastTransitionTime : `${now.toISOString().slice(0, 19)}Z`,
    reason: draft.reason,
    message: cut(draft.message, STATUS_LIMITS['conditions[].message']),
  };
}

function draft(type: ConditionType, status: ConditionStatus, reason: Reason, message: string): Draft {
  return { type, status, reason, message };
}

/** Ready, and Stalled or Reconciling where they apply. Stalled stands first: kstatus takes the first of the two. */
function summary(
  plan: Plan,
  facts: Facts,
  drafts: readonly Draft[],
  circumstances: Circumstances,
): readonly Draft[] {
  const ready = (facts.network.status?.conditions ?? []).find(({ type }) => type === 'Ready');
  const before = ready?.status ?? 'Unknown';
  if (plan.mode === 'suspended') {
    return [
      draft(
        'Ready',
        before,
        'Suspended',
        'spec.suspend is true: nothing is written and nothing is repaired.',
      ),
    ];
  }
  if (plan.mode === 'invalid') {
    const message = `${listed(plan.problems, 3)}. What was held stays held.`;
    return [
      draft('Ready', 'False', 'InvalidSpec', message),
      draft('Stalled', 'True', 'InvalidSpec', message),
    ];
  }
  const failed = drafts.filter(({ status }) => status === 'False');
  const worst = failed.find(({ reason }) => stalls(reason)) ?? failed[0];
  if (worst !== undefined) return failure(worst);
  const isEstablished = before === 'True' && ready?.observedGeneration === facts.network.metadata.generation;
  const retry = circumstances.outcomes.find(
    ({ failure: kind }) => kind?.kind === 'Unexpected' || kind?.kind === 'Throttled',
  );
  if (retry?.failure !== undefined) {
    const since = circumstances.failingSince ?? circumstances.now;
    const isPatient = circumstances.now.getTime() - since.getTime() < PATIENCE_MS;
    const message = `A request is being retried: ${retry.failure.message}`;
    return [
      draft('Ready', isPatient ? before : 'Unknown', 'ProgressingWithRetry', message),
      draft('Reconciling', 'True', 'ProgressingWithRetry', message),
    ];
  }
  const working = drafts.filter(({ isSettled }) => isSettled === false);
  if (working.length > 0) return progress(working, isEstablished);
  return [draft('Ready', 'True', 'Reconciled', praise(plan, facts))];
}

function failure({ reason, message }: Draft): readonly Draft[] {
  const ready = draft('Ready', 'False', reason, message);
  return stalls(reason) ? [ready, draft('Stalled', 'True', reason, message)] : [ready];
}

function progress(working: readonly Draft[], isEstablished: boolean): readonly Draft[] {
  const message = working.map((one) => one.message).join(' ');
  const [first] = working;
  const reason = first?.reason ?? 'Progressing';
  return [
    draft('Ready', isEstablished ? 'True' : 'Unknown', reason, message),
    draft('Reconciling', 'True', reason, message),
  ];
}

function praise(plan: Plan, facts: Facts): string {
  const nodes = countNodes(facts.nodes);
  const held = plan.concerns
    .filter(({ concern }) => concern.name === 'on-premises-isolation')
    .flatMap(({ verdict }) => (verdict.reason === 'NotRequired' ? [] : [verdict.message]));
  const terway = plan.concerns
    .filter(({ concern, verdict }) => concern.name === 'terway-placement' && verdict.reason === 'Placed')
    .map(() => `Terway on ${count(nodes.cloud, 'cloud node')} only.`);
  const warnings = plan.concerns.flatMap(({ verdict }) => verdict.warnings ?? []);
  const sentences = [...terway, ...held, ...warnings];
  return sentences.length === 0 ? 'Everything that the object asks for is in place.' : sentences.join(' ');
}

function joinReady(plan: Plan): Draft {
  const open = plan.concerns.find(({ verdict }) => !verdict.inForce);
  if (plan.concerns.length === 0 || open === undefined) {
    return draft('CloudJoinReady', 'True', 'Reconciled', 'The next cloud node may come.');
  }
  const { reason, message } = open.verdict;
  return draft('CloudJoinReady', 'False', reason, `${open.concern.condition}: ${message}`);
}

function describe(action: Action, facts: Facts): PlannedAction {
  const effect = effectOf(action, facts) ?? NO_EFFECT;
  return {
    action: action.verb,
    target: targetOf(action),
    why: cut(action.why, STATUS_LIMITS['plan.actions[].why']),
    ...(effect.restarted === 0 ? {} : { podsRestarted: effect.restarted }),
    ...(effect.evicted === 0 ? {} : { podsEvicted: effect.evicted }),
    ...(effect.widens ? { widens: true } : {}),
  };
}

type PublishedPlan = HybridNetworkStatus['plan'];

function publishedPlan(plan: Plan, facts: Facts, outcomes: readonly Outcome[]): PublishedPlan {
  const previous = facts.network.status?.plan;
  const hasFailedChange = outcomes.some(
    ({ action, failure: kind }) => action.class === 'change' && kind !== undefined,
  );
  const isApproved = previous?.hash === facts.network.metadata.annotations?.[APPROVE_ANNOTATION];
  // An approved change of which a part failed is still that change; its remaining actions must stay approved.
  if (hasFailedChange && isApproved && previous !== undefined) return previous;
  const waiting = plan.concerns
    .flatMap(({ wait }) => wait)
    .map(({ action, id, waitsFor }): PlannedAction => {
      const planned = describe(action, facts);
      return waitsFor === 'Observation' ? { ...planned, id } : { ...planned, id, waitsFor };
    });
  const withheld = plan.concerns.flatMap((one) => one.withheld).map((action) => describe(action, facts));
  const actions = [...waiting, ...withheld].slice(0, STATUS_LIMITS['plan.actions']);
  if (actions.length === 0) return undefined;
  return plan.hash === undefined ? { actions } : { hash: plan.hash, actions };
}
