// From one concern's verdict, what of it waits, and what became of its actions, to its condition.
import type { ConditionType, Reason } from '../api/conditions.ts';
import type { ConditionStatus } from '../api/hybrid-network.ts';
import { APPROVE_ANNOTATION, OPERATOR_NAME } from '../api/annotations.ts';
import type { Action } from './actions.ts';
import { nameOf, targetOf } from './actions.ts';
import type { Facts } from './facts.ts';
import type { Failure } from './failure.ts';
import { contestMessage } from './fight-words.ts';
import type { Waiting } from './gate.ts';
import type { ConcernPlan, Plan } from './plan.ts';
import { remedyFor } from './scenario-gate.ts';
import { APPLY_AGAIN, count, listed } from './wording.ts';

/** What became of one action; without a failure it was done. */
export interface Outcome {
  readonly action: Action;
  readonly failure?: Failure;
  /** It failed like this before and was not tried again: its time has not come. */
  readonly isRepeated?: boolean;
  /** Of a repeated failure: when it may be tried again. */
  readonly dueInMs?: number;
}

/** A condition before times and limits. */
export interface Draft {
  readonly type: ConditionType;
  readonly status: ConditionStatus;
  readonly reason: Reason;
  readonly message: string;
  /** False while work is under way. */
  readonly isSettled?: boolean;
  /** The generation that a kept value speaks about; by default the present one. */
  readonly observedGeneration?: number;
}

type Words = Pick<Draft, 'status' | 'reason' | 'message' | 'isSettled'>;

/** The condition of one concern. */
export function concernCondition(
  planned: ConcernPlan,
  plan: Plan,
  facts: Facts,
  outcomes: readonly Outcome[],
): Draft {
  const type = planned.concern.condition;
  const own = outcomes.filter(({ action }) => planned.run.includes(action));
  const words =
    refusedWrite(own, facts) ??
    contestWords(planned, plan, facts) ??
    failedVerdict(planned, plan, facts) ??
    waitingWords(planned.wait, plan, facts) ??
    withheldWords(planned, plan, facts) ??
    stateWords(planned, previousStatus(type, facts));
  return { type, ...words };
}

function previousStatus(type: ConditionType, { network }: Facts): ConditionStatus | undefined {
  const before = (network.status?.conditions ?? []).find((condition) => condition.type === type);
  return before?.observedGeneration === network.metadata.generation ? before.status : undefined;
}

function refusedWrite(own: readonly Outcome[], facts: Facts): Words | undefined {
  for (const { action, failure } of own) {
    if (failure?.kind === 'Invalid') {
      const message = `The API server refused to change ${nameOf(targetOf(action))}: ${failure.message}`;
      return { status: 'False', reason: 'Refused', message };
    }
    if (failure?.kind === 'NotYet' && failure.reason === 'Forbidden') {
      return {
        status: 'False',
        reason: 'Forbidden',
        message: `${failure.message}. ${grantCommand(action, facts)}`,
      };
    }
  }
  return undefined;
}

// The way out of a deletion or to an approval must not be hidden behind a fight.
function contestWords({ contested = [], wait }: ConcernPlan, plan: Plan, facts: Facts): Words | undefined {
  if (contested.length === 0) return undefined;
  const fight = contestMessage(contested);
  const also = waitingWords(wait, plan, facts);
  if (also?.reason === 'DeletionBlocked') return { ...also, message: `${also.message} Also: ${fight}` };
  const message = also === undefined ? fight : `${fight} Also: ${also.message}`;
  return { status: 'False', reason: 'FieldManagerConflict', message };
}

// The right to patch workloads is given per namespace: whoever may patch every Deployment owns the cluster.
function grantCommand(action: Action, { operatorNamespace }: Facts): string {
  const { namespace } = targetOf(action);
  const isWorkload = action.kind === 'workload.patch' || action.kind === 'workload.disown';
  if (!isWorkload || namespace === undefined) return APPLY_AGAIN;
  return `Grant it: kubectl -n ${namespace} create rolebinding ${OPERATOR_NAME}-workloads --clusterrole=${OPERATOR_NAME}-workloads --serviceaccount=${operatorNamespace}:${OPERATOR_NAME}`;
}

function failedVerdict({ verdict, wait }: ConcernPlan, plan: Plan, facts: Facts): Words | undefined {
  if (verdict.health !== 'failed') return undefined;
  const also = waitingWords(wait, plan, facts);
  const message = also === undefined ? verdict.message : `${verdict.message} Also: ${also.message}`;
  return { status: 'False', reason: verdict.reason, message };
}

function waitingWords(wait: readonly Waiting[], plan: Plan, facts: Facts): Words | undefined {
  const find = (what: Waiting['waitsFor']): readonly Waiting[] =>
    wait.filter(({ waitsFor }) => waitsFor === what);
  const [approval, terway, rollout] = [find('Approval'), find('Terway'), find('Rollout')];
  const plugin = find('Plugin');
  if (approval.length > 0) {
    const reason = plan.mode === 'deleting' ? 'DeletionBlocked' : 'ApprovalRequired';
    return { status: 'False', reason, message: approvalMessage([...approval, ...rollout], plan, facts) };
  }
  if (terway.length > 0) {
    const message = `${reasonsOf(terway)}. ${remedyFor('Terway', facts)}`;
    return { status: 'False', reason: 'TerwayStillRuns', message };
  }
  if (plugin.length > 0) {
    const message = `${reasonsOf(plugin)}. ${remedyFor('Plugin', facts)}`;
    return { status: 'False', reason: 'OnlyNetworkPlugin', message };
  }
  if (rollout.length > 0) {
    const message = `${reasonsOf(rollout)}; no first write is made meanwhile. ${approveCommand(plan, facts)} goes ahead regardless.`;
    return { status: 'Unknown', reason: 'RolloutInProgress', message, isSettled: false };
  }
  if (wait.length === 0) return undefined;
  return { status: 'Unknown', reason: 'Observing', message: `${reasonsOf(wait)}.`, isSettled: false };
}

function reasonsOf(wait: readonly Waiting[]): string {
  return sentence(listed([...new Set(wait.map(({ because }) => because))], 3));
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function approveCommand(plan: Plan, { network }: Facts): string {
  return `kubectl annotate hn ${network.metadata.name} --overwrite ${APPROVE_ANNOTATION}=${plan.hash ?? ''}`;
}

function approvalMessage(wait: readonly Waiting[], plan: Plan, facts: Facts): string {
  const restarted = wait.reduce((sum, { effect }) => sum + effect.restarted, 0);
  const evicted = wait.reduce((sum, { effect }) => sum + effect.evicted, 0);
  const names = listed(wait.map(({ action }) => nameOf(targetOf(action))));
  const pods = `restarts ${count(restarted, 'pod')} and evicts ${count(evicted, 'pod')}`;
  const retain =
    plan.mode === 'deleting' ? ' Or leave everything in place: set spec.deletionPolicy to Retain.' : '';
  return `${reasonsOf(wait)}. Changing ${names} ${pods}; see status.plan. Approve it: ${approveCommand(plan, facts)}.${retain}`;
}

function withheldWords({ withheld }: ConcernPlan, plan: Plan, facts: Facts): Words | undefined {
  const [first] = withheld;
  if (first === undefined || plan.mode === 'suspended') return undefined;
  const more = withheld.length > 1 ? ` And ${count(withheld.length - 1, 'other change')}.` : '';
  if (plan.mode === 'deleting') {
    const message = `${first.why}${more} Nothing is written under ${facts.network.spec.suspend === true ? 'suspend' : 'enforcement Observe'}: set Enforce to have it taken back, or spec.deletionPolicy to Retain to leave it.`;
    return { status: 'False', reason: 'DeletionBlocked', message };
  }
  return { status: 'False', reason: 'PlanPending', message: `${first.why}${more} See status.plan.` };
}

function stateWords({ verdict }: ConcernPlan, before: ConditionStatus | undefined): Words {
  const { reason, message } = verdict;
  if (verdict.health === 'ok') return { status: 'True', reason, message };
  if (verdict.isAside === true) return { status: 'Unknown', reason, message };
  // What is in force and was True stays True while pods follow; it was repaired, not lost.
  const status = verdict.inForce && before === 'True' ? 'True' : 'Unknown';
  return { status, reason, message, isSettled: false };
}
