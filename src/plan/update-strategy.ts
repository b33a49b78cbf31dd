// `onPremises.updateStrategy: OnDelete`: a DaemonSet is kept off cloud nodes without restarting what runs on-premises. Its
// controller takes the pods off excluded nodes under either strategy; only the replacement of the others depends on it.
// The owner's strategy comes back when the owner next changes the template, when nobody asks any more, and with Restore.
import type { HybridNetwork } from '../api/hybrid-network.ts';
import { hashOf } from './affinity.ts';
import type { ExclusionRecord, StrategyRecord } from './affinity.ts';
import { workloadKey } from './facts.ts';
import type { Affinity, UpdateStrategy, Workload } from './facts.ts';
import { swap } from './json-patch.ts';
import type { JsonPatch } from './json-patch.ts';
import { managerOf } from './managers.ts';

const ON_DELETE: UpdateStrategy = { type: 'OnDelete' };

/** What has to be written beside the exclusion. */
export interface StrategyChange {
  readonly patch: JsonPatch;
  /** Noted in the record of what was added. */
  readonly record?: StrategyRecord;
  /** The strategy afterwards, where it changes. */
  readonly after?: string;
}

const AS_IT_IS: StrategyChange = { patch: [] };

function strategyOf({ updateStrategy, rollingUpdate }: Workload): UpdateStrategy {
  return { type: updateStrategy ?? '', ...(rollingUpdate === undefined ? {} : { rollingUpdate }) };
}

function withoutRequired(affinity: Affinity = {}): Affinity | undefined {
  const { requiredDuringSchedulingIgnoredDuringExecution: _, ...preferred } = affinity.nodeAffinity ?? {};
  const { nodeAffinity: __, ...others } = affinity;
  const kept = Object.keys(preferred).length === 0 ? others : { ...others, nodeAffinity: preferred };
  return Object.keys(kept).length === 0 ? undefined : kept;
}

/**
 * {@link hashOf} the template without required node affinity: that takes effect without a restart, whoever writes it, so
 * that neither our exclusion nor somebody who replaces it counts as a change to be rolled out.
 */
export function ownersTemplate({ template }: Workload): string {
  const { affinity, ...spec } = template.spec;
  const kept = withoutRequired(affinity);
  return hashOf({ ...template, spec: kept === undefined ? spec : { ...spec, affinity: kept } });
}

/** The owner's template when all was well: from the record, or from the status, where the record is lost. */
export function knownTemplate(
  network: HybridNetwork,
  workload: Workload,
  record: ExclusionRecord | undefined,
): string | undefined {
  const entries = network.status?.workloads ?? [];
  const mirrored = entries.find((entry) => workloadKey(entry) === workloadKey(workload));
  return record?.strategy?.template ?? mirrored?.templateHash;
}

/** It stands on OnDelete because we set it. */
export function isSparing(workload: Workload, record: ExclusionRecord | undefined): boolean {
  return record?.strategy !== undefined && workload.updateStrategy === 'OnDelete';
}

/** The owner changed the template since: that change is to roll out as the owner's strategy says. */
export function hasOwnersChange(
  network: HybridNetwork,
  workload: Workload,
  record: ExclusionRecord | undefined,
): boolean {
  const known = knownTemplate(network, workload, record);
  return known !== undefined && known !== ownersTemplate(workload);
}

// They put back what they render by themselves, within minutes or when a server starts: a strategy of ours would not last.
function keepsItsStrategy(workload: Workload): boolean {
  return ['Argo CD', 'Flux', 'k3s deploy controller'].includes(managerOf(workload).name);
}

export function isAsked({ spec }: HybridNetwork, { kind }: Workload): boolean {
  return kind === 'DaemonSet' && spec.onPremises?.updateStrategy === 'OnDelete';
}

/** What to know where OnDelete is asked for and the owner of the DaemonSet forbids it. */
export function strategyNote(network: HybridNetwork, workload: Workload): string | undefined {
  if (!isAsked(network, workload) || workload.updateStrategy === 'OnDelete') return undefined;
  if (!keepsItsStrategy(workload)) return undefined;
  return `${managerOf(workload).name} renders its updateStrategy and would put it back, so its on-premises pods restart. To spare them set spec.updateStrategy.type: OnDelete there first.`;
}

/** What goes into the write of an exclusion. A repair leaves a strategy of ours as it is: giving it back may have to wait. */
export function spare(
  network: HybridNetwork,
  workload: Workload,
  record: ExclusionRecord | undefined,
  isRepair: boolean,
): StrategyChange {
  const known = record?.strategy;
  const isWanted = isAsked(network, workload) || (isRepair && known !== undefined);
  if (!isWanted || hasOwnersChange(network, workload, record)) return giveBackStrategy(workload, record);
  if (keepsItsStrategy(workload)) return AS_IT_IS;
  if (workload.updateStrategy === 'OnDelete') {
    return known === undefined ? AS_IT_IS : { patch: [], record: known };
  }
  const patch = swap('/spec/updateStrategy', strategyOf(workload), ON_DELETE);
  const template = ownersTemplate(workload);
  return { patch, record: known ?? { before: strategyOf(workload), template }, after: 'OnDelete' };
}

/** The owner's strategy as it was; one that somebody set meanwhile stays. */
export function giveBackStrategy(workload: Workload, record: ExclusionRecord | undefined): StrategyChange {
  const before = record?.strategy?.before;
  if (before === undefined || !isSparing(workload, record)) return AS_IT_IS;
  return { patch: swap('/spec/updateStrategy', strategyOf(workload), before), after: before.type };
}
