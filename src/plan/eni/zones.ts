// terway.eniConfig.vSwitchIDs with their zones, as eni_conf wants them. A vSwitch never moves, so a zone that was looked up
// once, and stands in the status, is as good as a fresh answer.
import type { HybridNetwork } from '../../api/hybrid-network.ts';

/** Id of a vSwitch → its zone. */
export type Zones = ReadonlyMap<string, string>;

/** The zones that the status remembers. */
export function rememberedZones({ status }: HybridNetwork): Zones {
  return new Map((status?.zones ?? []).flatMap(({ zone, vSwitches }) => vSwitches.map((id) => [id, zone])));
}

/** Ids whose zones are not known; none where the spec gives the zones itself. */
export function withoutZone({ spec }: HybridNetwork, zones: Zones): readonly string[] {
  return (spec.terway?.eniConfig?.vSwitchIDs ?? []).filter((id) => !zones.has(id));
}

function byZone(ids: readonly string[], zones: Zones): Record<string, string[]> {
  const groups = Map.groupBy(ids, (id) => zones.get(id) ?? '');
  return Object.fromEntries([...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The network with `vSwitches` in place of `vSwitchIDs`; as it is while the zone of one of them is not known. */
export function withZones(network: HybridNetwork, zones: Zones): HybridNetwork {
  const { terway } = network.spec;
  const { vSwitchIDs, ...eniConfig } = terway?.eniConfig ?? { securityGroupIDs: [] };
  if (vSwitchIDs === undefined || withoutZone(network, zones).length > 0) return network;
  const typed = { ...eniConfig, vSwitches: byZone(vSwitchIDs, zones) };
  return { ...network, spec: { ...network.spec, terway: { ...terway, eniConfig: typed } } };
}
