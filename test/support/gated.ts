// Changes put before the gate: `gated([keepOff(agent())], { nodes })` says which run and which wait.
import { APPROVE_ANNOTATION } from '../../src/api/annotations.ts';
import type { HybridNetworkSpec, PlanStatus } from '../../src/api/hybrid-network.ts';
import type { Action, ActionClass, WorkloadPatch } from '../../src/plan/actions.ts';
import { exclude, exclusionsFor } from '../../src/plan/exclusion.ts';
import type { NodeFact, PodFact, Workload } from '../../src/plan/facts.ts';
import { gate } from '../../src/plan/gate.ts';
import type { Gated } from '../../src/plan/gate.ts';
import { facts, network, withAffinity } from './make-facts.ts';
import { daemonSet, TOLERATE_ALL } from './make-workload.ts';
import type { WorkloadOptions } from './make-workload.ts';
import { terwayAddOn } from './shipped-workloads.ts';

export const BOTH = exclusionsFor({ excludeVirtualNodes: true });
export const agent = (options: Partial<WorkloadOptions> = {}): Workload =>
  daemonSet({
    name: 'calico-node',
    selector: { 'k8s-app': 'calico-node' },
    tolerations: TOLERATE_ALL,
    ...options,
  });

export function action(workload: Workload, changes: Partial<WorkloadPatch>): WorkloadPatch {
  return {
    kind: 'workload.patch',
    verb: 'KeepOffCloud',
    class: 'change',
    workload,
    patch: [{ op: 'test', path: '/metadata/uid', value: workload.uid }],
    template: undefined,
    widens: false,
    why: 'because',
    ...changes,
  };
}

export function keepOff(workload: Workload, kind: ActionClass = 'change'): WorkloadPatch {
  const { affinity } = exclude(workload.template, BOTH, undefined);
  return action(workload, { class: kind, template: withAffinity(workload, affinity).template });
}

/** From excluded back to what it was. */
export function withdrawal(original: Workload): WorkloadPatch {
  const { affinity } = exclude(original.template, BOTH, undefined);
  return action(withAffinity(original, affinity), {
    verb: 'Withdraw',
    template: original.template,
    widens: true,
  });
}

export interface Situation {
  readonly spec?: Partial<HybridNetworkSpec>;
  readonly approve?: string | undefined;
  readonly plan?: PlanStatus | undefined;
  readonly deleting?: boolean;
  readonly generation?: number;
  readonly nodes?: readonly NodeFact[];
  readonly pods?: Readonly<Record<string, readonly PodFact[] | undefined>>;
  readonly others?: readonly Workload[];
  /** Pods with Terway's label. */
  readonly terwayPods?: readonly PodFact[] | 'unread';
}

function of<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}

// What is kept off cloud nodes leaves them to Terway.
function besides(actions: readonly Action[]): readonly Workload[] {
  return actions.some((one) => one.kind === 'workload.patch' && one.widens) ? [] : [terwayAddOn()];
}

export function gated(actions: readonly Action[], situation: Situation = {}): Gated {
  const { spec, approve, plan, deleting, generation } = situation;
  const own = network({
    ...of('spec', spec),
    ...of('annotations', approve === undefined ? undefined : { [APPROVE_ANNOTATION]: approve }),
    ...of('status', plan === undefined ? undefined : { plan }),
    ...of('deleting', deleting),
    ...of('generation', generation),
  });
  const workloads = actions.flatMap((one) => (one.kind === 'workload.patch' ? [one.workload] : []));
  return gate(
    actions,
    facts({
      network: own,
      workloads: [...workloads, ...(situation.others ?? besides(actions))],
      ...of('nodes', situation.nodes),
      ...of('pods', situation.pods),
      ...of('terwayPods', situation.terwayPods),
    }),
  );
}

/** What they wait for, in their order. */
export const waitsFor = ({ wait }: Gated) => wait.map((one) => one.waitsFor);
