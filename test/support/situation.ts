// A situation of a HybridNetwork, and the status that the operator gives it: plan and status computed as in the operator.
import type { Condition, HybridNetwork, HybridNetworkStatus } from '../../src/api/hybrid-network.ts';
import type { CloudSide } from '../../src/plan/cloud-side.ts';
import type { Outcome } from '../../src/plan/concern-condition.ts';
import type { Facts, Workload } from '../../src/plan/facts.ts';
import type { Failure } from '../../src/plan/failure.ts';
import type { Contest } from '../../src/plan/fights.ts';
import { planFor } from '../../src/plan/plan.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { statusFor } from '../../src/plan/status.ts';
import { FakeWorld } from './fake-world.ts';
import { facts, goodEniConfig, KEY_VALUES, mountingSecret, network, nodes, secret } from './make-facts.ts';
import type { FactsOptions, NetworkOptions } from './make-facts.ts';
import { calicoManifest, terwayAddOn } from './shipped-workloads.ts';

export const NOW = new Date('2026-03-01T12:00:00.500Z');
export const terway = mountingSecret(terwayAddOn());
export const raw: readonly Workload[] = [terway, ...calicoManifest()];

/** The workloads as the operator leaves them. */
export const settled = await (async (): Promise<readonly Workload[]> => {
  const world = new FakeWorld({
    networks: [network({ spec: { approveAbove: 100 } })],
    nodes: nodes({ onPremises: 2, cloud: 1 }),
    workloads: raw,
    eniConfig: goodEniConfig(),
    addonSecret: secret(KEY_VALUES),
  });
  await world.reconcile();
  return world.workloads;
})();

export interface Situation extends Omit<FactsOptions, 'network'> {
  readonly network?: NetworkOptions;
  readonly cloud?: CloudSide;
  /** What became of every action that was tried. */
  readonly failure?: Failure;
  readonly failingSince?: Date;
  /** What of the isolation somebody keeps undoing. */
  readonly contest?: Contest;
}

export function factsIn({ network: own = {}, cloud, ...options }: Situation): Facts {
  const known = facts({ workloads: settled, ...options, network: network(own) });
  return cloud === undefined ? known : { ...known, cloud };
}

function withContest(plan: Plan, contest: Contest): Plan {
  const concerns = plan.concerns.map((planned) =>
    planned.concern.condition === 'OnPremisesIsolated' ? { ...planned, contested: [contest] } : planned,
  );
  return { ...plan, concerns };
}

export function statusIn(situation: Situation): HybridNetworkStatus {
  const all = factsIn(situation);
  const { failure, failingSince, contest } = situation;
  const plan = contest === undefined ? planFor(all) : withContest(planFor(all), contest);
  const tried = plan.concerns.flatMap(({ run }) => run);
  const outcomes = tried.map((action): Outcome => ({
    action,
    ...(failure === undefined ? {} : { failure }),
  }));
  return statusFor(plan, all, { outcomes, now: NOW, failingSince });
}

/** The object as the API server has it once the status is written. */
export function networkIn(situation: Situation): HybridNetwork {
  return { ...network(situation.network), status: statusIn(situation) };
}

export function conditionIn({ conditions = [] }: HybridNetworkStatus, type: string): Condition | undefined {
  return conditions.find((one) => one.type === type);
}
