// Terway's pods are ready on the cloud nodes and run with what stands in eni-config and its Secret. They read it when they
// start, so a change of what they read is followed by one rolling restart, and nothing else is.
import { isEnforcing } from '../claims.ts';
import type { Claims } from '../claims.ts';
import { notRequired } from '../concern.ts';
import type { Concern, Verdict } from '../concern.ts';
import type { Facts, PodFact, Workload } from '../facts.ts';
import { foreseen, nextStep } from '../rollout/next-step.ts';
import type { Step } from '../rollout/next-step.ts';
import { DEADLINE_MS, readinessOf } from '../rollout/readiness.ts';
import type { Readiness } from '../rollout/readiness.ts';
import { ownTerway } from '../terway.ts';
import { count, listed } from '../wording.ts';
import { credentials } from './credentials.ts';
import { eniConfig } from './eni-config.ts';

export const terwayRollout: Concern = {
  name: 'terway-rollout',
  condition: 'TerwayReady',

  plan(facts, claims) {
    if (facts.network.spec.scenario === 'Overlay')
      return notRequired('Scenario Overlay runs the on-premises CNI on cloud nodes.');
    const own = ownTerway(facts, claims);
    if (own.state === 'obstacle') return { ...own.verdict, inForce: true };
    return judge(facts, claims, own.terway);
  },

  // Taking the annotation off the template would restart every pod for nothing.
  unplan: () => notRequired('Terway runs on as it is.'),
};

function judge(facts: Facts, claims: Claims, terway: Workload): Verdict {
  const pods = facts.podsOf(terway);
  const step = stepFor(facts, claims, terway, pods);
  const actions = step.action === undefined ? [] : [step.action];
  const base = { inForce: true, actions };
  if (pods === undefined) {
    const message = `The pods of DaemonSet ${nameOf(terway)} have not been read yet.`;
    return { ...base, health: 'unknown', reason: 'Observing', message };
  }
  if (step.action?.verb === 'RestartTerway') {
    return { ...base, health: 'working', reason: 'Progressing', message: step.action.why };
  }
  const readiness = readinessOf(facts, terway, pods);
  return { ...base, ...(due(facts, terway, step.stale) ?? conclude(facts, readiness)) };
}

function stepFor(facts: Facts, claims: Claims, terway: Workload, pods: readonly PodFact[] | undefined): Step {
  const writers = [eniConfig.plan(facts, claims), credentials.plan(facts, claims)];
  const isChanging = writers.some(({ actions }) => actions.length > 0);
  // Who only looks on is told what would follow.
  if (isChanging && !isEnforcing(facts.network)) return foreseen(facts, terway, pods);
  // What the next pods will read is settled when the two that write it have nothing left to do.
  return nextStep(facts, terway, pods, !isChanging && writers.every(({ inForce }) => inForce));
}

function nameOf({ namespace, name }: Pick<Workload, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

type Core = Pick<Verdict, 'health' | 'reason' | 'message' | 'recheckAfterMs'>;

// A restart is due, and it is not for the operator to make it.
function due({ network }: Facts, terway: Workload, stale: readonly PodFact[]): Core | undefined {
  const isKeptFrom = network.spec.terway?.restartOnChange === false;
  if (stale.length === 0 || (!isKeptFrom && terway.updateStrategy !== 'OnDelete')) return undefined;
  const remedy =
    terway.updateStrategy === 'OnDelete'
      ? `Its updateStrategy is OnDelete, so delete them: kubectl -n ${terway.namespace} delete pod ${stale
          .slice(0, 5)
          .map(({ name }) => name)
          .join(' ')}${stale.length > 5 ? ' …' : ''}`
      : `spec.terway.restartOnChange is false, so restart it: kubectl -n ${terway.namespace} rollout restart daemonset ${terway.name}`;
  const message = `${count(stale.length, 'pod')} of DaemonSet ${nameOf(terway)} started before eni-config or the access key changed. ${remedy}`;
  return { health: 'failed', reason: 'RestartDue', message };
}

function conclude({ now }: Facts, readiness: Readiness): Core {
  const { wanted, done, outdated, awaited, movedAt } = readiness;
  if (done === wanted) return { health: 'ok', reason: 'Available', message: praise(readiness) };
  const message = progress(readiness);
  const leftMs = (movedAt ?? now.getTime()) + DEADLINE_MS - now.getTime();
  if (leftMs <= 0) {
    return {
      health: 'failed',
      reason: 'RolloutDeadlineExceeded',
      message: `Nothing has moved for 10 minutes. ${message} Look at the pod: kubectl -n kube-system describe pod; a node that is gone for good is removed with kubectl delete node.`,
    };
  }
  const reason =
    outdated > 0 || awaited.some(({ why }) => why.includes('terminating')) ? 'RollingOut' : 'PodsNotReady';
  return { health: 'working', reason, message, recheckAfterMs: leftMs };
}

function asideOf({ notReadyNodes }: Readiness): string {
  if (notReadyNodes === 0) return '';
  return ` ${count(notReadyNodes, 'cloud node')} not Ready: not waited for.`;
}

function praise(readiness: Readiness): string {
  const { wanted } = readiness;
  const words =
    wanted === 0 ? 'There is no Ready cloud node yet.' : `Terway is ready on ${count(wanted, 'cloud node')}.`;
  return words + asideOf(readiness);
}

function progress(readiness: Readiness): string {
  const { wanted, done, outdated, awaited } = readiness;
  const blocking = listed(
    awaited.map(({ node, why }) => `node ${node} (${why})`),
    3,
  );
  const words = [
    `Terway is up to date and ready on ${done} of ${count(wanted, 'cloud node')}.`,
    ...(outdated > 0 ? [`${count(outdated, 'pod')} still to be restarted.`] : []),
    ...(awaited.length > 0 ? [`Awaited: ${blocking}.`] : []),
  ];
  return words.join(' ') + asideOf(readiness);
}
