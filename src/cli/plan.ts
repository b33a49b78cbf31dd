// `hn plan`: what the operator would do now, from the very plan that it would make.
import { APPROVE_ANNOTATION } from '../api/annotations.ts';
import type { ConditionStatus, PlannedAction } from '../api/hybrid-network.ts';
import { credentialsValid } from '../plan/credentials-valid.ts';
import type { Facts } from '../plan/facts.ts';
import { planFor } from '../plan/plan.ts';
import type { Plan } from '../plan/plan.ts';
import { describe } from '../plan/status.ts';

export interface ReportedAction extends PlannedAction {
  /** `now`, `waits for Approval`, or `withheld` under a mode that writes nothing. */
  readonly when: string;
}

export interface PlanReport {
  readonly network: string;
  readonly mode: Plan['mode'];
  readonly cluster: boolean;
  readonly problems: readonly string[];
  readonly concerns: readonly {
    readonly condition: string;
    readonly health: string;
    readonly reason: string;
    readonly message: string;
    readonly warnings?: readonly string[];
  }[];
  /** What the cloud says of the access key, as the condition CredentialsValid would; absent where it is not to be tried. */
  readonly accessKey?: {
    readonly status: ConditionStatus;
    readonly reason: string;
    readonly message: string;
  };
  readonly actions: readonly ReportedAction[];
  readonly hash?: string;
  readonly approveWith?: string;
}

function actionsOf(plan: Plan, facts: Facts): readonly ReportedAction[] {
  const ofConcerns = plan.concerns.flatMap(({ run, wait, withheld, foreseen }) => [
    ...run.map((action) => ({ ...describe(action, facts), when: 'now' })),
    ...wait.map((one) => ({ ...describe(one.action, facts, one), when: `waits for ${one.waitsFor}` })),
    ...withheld.map((action) => {
      const waiting = foreseen.find((one) => one.action === action);
      return { ...describe(action, facts, waiting), when: 'withheld' };
    }),
  ]);
  return [...plan.housekeeping.map((action) => ({ ...describe(action, facts), when: 'now' })), ...ofConcerns];
}

/** The plan for these facts, as plain data without any value of a Secret or a patch. */
export function planReport(facts: Facts, cluster: boolean): PlanReport {
  const plan = planFor(facts);
  const [tried] = plan.mode === 'deleting' ? [] : credentialsValid(facts);
  const { name } = facts.network.metadata;
  return {
    network: name,
    mode: plan.mode,
    cluster,
    problems: plan.problems,
    concerns: plan.concerns.map(({ concern, verdict }) => ({
      condition: concern.condition,
      health: verdict.health,
      reason: verdict.reason,
      message: verdict.message,
      ...(verdict.warnings === undefined ? {} : { warnings: verdict.warnings }),
    })),
    ...(tried === undefined
      ? {}
      : { accessKey: { status: tried.status, reason: tried.reason, message: tried.message } }),
    actions: actionsOf(plan, facts),
    ...(plan.hash === undefined
      ? {}
      : {
          hash: plan.hash,
          approveWith: `kubectl annotate --overwrite hn ${name} ${APPROVE_ANNOTATION}=${plan.hash}`,
        }),
  };
}

/** A cluster in which nothing stands yet, for an object that is looked at without one. */
export function emptyFacts(network: Facts['network'], operatorNamespace: string, now: Date): Facts {
  return {
    network,
    networks: [network],
    nodes: [],
    workloads: [],
    podsOf: () => [],
    terwayPods: () => [],
    eniConfig: { state: 'absent' },
    addonSecret: { state: 'absent' },
    sourceSecret: network.spec.credentials?.secretRef === undefined ? undefined : { state: 'absent' },
    operatorNamespace,
    now,
    guard: { state: 'absent' },
  };
}
