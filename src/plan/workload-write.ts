// The one JSON Patch that changes an on-premises workload: affinity, updateStrategy, hold and record go in together.
import type { Hold } from '../api/annotations.ts';
import type { HybridNetwork } from '../api/hybrid-network.ts';
import type { WorkloadPatch } from './actions.ts';
import type { Exclusion } from './affinity.ts';
import { exclude } from './exclusion.ts';
import type { Affinity, PodTemplate, Workload } from './facts.ts';
import { annotate, recordOf } from './hold.ts';
import { swap } from './json-patch.ts';
import type { JsonPatch } from './json-patch.ts';
import { spare } from './update-strategy.ts';
import type { StrategyChange } from './update-strategy.ts';

export function holdFor(exclusions: readonly Exclusion[]): Hold {
  return exclusions.length > 1 ? 'on-premises-only' : 'not-cloud';
}

export function testUid(workload: Workload): JsonPatch[number] {
  return { op: 'test', path: '/metadata/uid', value: workload.uid };
}

export type Rewrite = Pick<WorkloadPatch, 'kind' | 'workload' | 'patch' | 'template' | 'strategyAfter'>;

export function rewrite(
  workload: Workload,
  affinity: Affinity | undefined,
  annotations: JsonPatch,
  strategy: StrategyChange,
): Rewrite {
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
    patch: [testUid(workload), ...patch, ...strategy.patch, ...annotations],
    template: affinity === before && strategy.after === undefined ? undefined : template,
    ...(strategy.after === undefined ? {} : { strategyAfter: strategy.after }),
  };
}

export interface ExclusionWrite {
  readonly exclusions: readonly Exclusion[];
  readonly isRepair: boolean;
}

/** Writes the exclusions into the template, and notes on the object what is ours in it. */
export function writeExclusion(
  network: HybridNetwork,
  workload: Workload,
  { exclusions, isRepair }: ExclusionWrite,
): Rewrite {
  const before = recordOf(workload);
  const { affinity, record } = exclude(workload.template, exclusions, before);
  const strategy = spare(network, workload, before, isRepair);
  const noted = strategy.record === undefined ? {} : { strategy: strategy.record };
  const annotations = annotate(workload, {
    hold: holdFor(exclusions),
    record: { ...record, ...noted, by: network.metadata.name },
  });
  return rewrite(workload, affinity, annotations, strategy);
}
