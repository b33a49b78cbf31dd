// The key disable_network_policy of eni-config, whose absence means ON.
import type { NetworkPolicyMode } from '../../api/hybrid-network.ts';

/** Terway: an absent key, "", "false" and "0" leave NetworkPolicy on; anything else turns it off. */
export function policyInEffect(value: string | undefined): NetworkPolicyMode {
  return ['', 'false', '0'].includes(value ?? '') ? 'Enabled' : 'Disabled';
}

/** The text of the key: always written out, because its absence means ON; a text that says the same stays. */
export function policyText(wanted: NetworkPolicyMode | undefined, live: string | undefined): string {
  const next = wanted ?? policyInEffect(live);
  if (live !== undefined && policyInEffect(live) === next) return live;
  return next === 'Disabled' ? 'true' : 'false';
}
