// What spec.cloud says about checks. The fields are optional in every way: an older CRD does not know them.
import type { HybridNetwork } from '../../api/hybrid-network.ts';

export interface CheckSettings {
  /** Ids of checks that are not asked. */
  readonly skipChecks?: readonly string[];
  /** How many cloud nodes there may be one day. */
  readonly maxNodes?: number;
}

export function checkSettings({ spec }: HybridNetwork): CheckSettings {
  return spec.cloud ?? {};
}
