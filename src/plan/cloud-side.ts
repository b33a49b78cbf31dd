// How the cloud side of one network stands, as a fact for decisions: whether it is asked at all, and what the checks found
// in the answers. Checks take too long to be asked in every decision, so they are asked beside them (wiring/cloud-watch.ts),
// and a decision is told by which spec and with which key they were.
import type { Reason } from '../api/conditions.ts';
import type { CapacityStatus, HybridNetwork, ValidationMode, ZoneStatus } from '../api/hybrid-network.ts';
import type { CheckResult } from './checks/index.ts';
import { cloudNodes } from './cloud-nodes.ts';
import type { Zones } from './eni/zones.ts';
import type { Facts } from './facts.ts';

export type CloudSide =
  /** The spec asks for it, but there is no region or nobody to ask: `why`, with the remedy. */
  | {
      readonly state: 'unasked';
      readonly why: string;
      /** A person has to mend it: the identity that the spec names is not there. */
      readonly fault?: Reason;
    }
  /** The first answers are on their way. */
  | { readonly state: 'pending' }
  | { readonly state: 'judged'; readonly judgement: CloudJudgement };

export interface CloudJudgement {
  /** metadata.generation of the spec that was judged. */
  readonly generation: number;
  /** Tells the key that asked ({@link keyMark}), where that was Terway's; another identity says nothing of its key. */
  readonly key?: string;
  /** Of the checks that count here, in the order of their ids. */
  readonly results: readonly CheckResult[];
  /** Why the cloud never answered for a part, each reason once. */
  readonly troubles: readonly string[];
  /** Parts that were told at this time (RFC 3339) could not be asked for again since, and why. */
  readonly outdated?: { readonly asOf: string; readonly why: string };
  /** Every call since then (RFC 3339) has gone without an answer of use. */
  readonly silentSince?: string;
  /** Absent as long as the vSwitches have not been told. */
  readonly zones?: readonly ZoneStatus[];
  readonly capacity?: CapacityStatus;
  /** Zones of the vSwitches that the spec names without one; those that do not exist are missing. */
  readonly vSwitchZones?: Zones;
}

/** Absent means Warn where a region is named: an older object, or one without cloud, makes no call. */
export function validationMode({ spec }: HybridNetwork): ValidationMode {
  const { validation, regionID } = spec.cloud ?? {};
  return validation ?? (regionID === undefined ? 'Disabled' : 'Warn');
}

/** Where to ask: `spec.cloud.regionID`, or the one region that the cloud nodes are in. */
export function regionOf({ network, nodes }: Facts): string | undefined {
  const { regionID } = network.spec.cloud ?? {};
  if (regionID !== undefined) return regionID;
  const regions = new Set(cloudNodes(nodes).flatMap(({ regionId }) => regionId ?? []));
  return regions.size === 1 ? [...regions][0] : undefined;
}

/** The judgement, if it speaks about the present spec. */
export function presentJudgement({ cloud, network }: Facts): CloudJudgement | undefined {
  if (cloud?.state !== 'judged') return undefined;
  return cloud.judgement.generation === network.metadata.generation ? cloud.judgement : undefined;
}
