// What the cloud is to be asked for on behalf of one HybridNetwork: the region, and the ids that eni_conf and the cloud
// nodes name.
import type { HybridNetwork } from '../../api/hybrid-network.ts';
import { cloudNodes } from '../cloud-nodes.ts';
import type { EniSettings } from '../eni/settings.ts';
import { settingsOf } from '../eni/settings.ts';
import type { CheckFacts } from './check-facts.ts';
import { eniConf } from './known-facts.ts';
import { known, missing } from './outcome.ts';
import type { Known } from './outcome.ts';

/** The pattern of the CRD's `cloud.regionID`: what nodes and zones are called is written by others. */
const REGION = /^[a-z]{2}(-[a-z0-9]+)+$/;

export interface CloudSubject {
  readonly regionId: string;
  readonly vpcId?: string;
  readonly vSwitchIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly instanceIds: readonly string[];
}

/** `cn-hangzhou-h` lies in cn-hangzhou, `ap-southeast-1a` in ap-southeast-1. */
function regionOfZone(zone: string): string {
  return zone.replace(/-?[a-z]$/, '');
}

/** The one region that all of them name. */
function agreed(regions: readonly (string | undefined)[]): string | undefined {
  const [first, ...others] = new Set(regions.filter((region) => REGION.test(region ?? '')));
  return others.length === 0 ? first : undefined;
}

const NO_REGION =
  'It is not known which region to ask: set spec.cloud.regionID, for neither the zones of eni_conf nor the cloud nodes name one.';

function vSwitchIds({ spec }: HybridNetwork, { vSwitches }: EniSettings): readonly string[] {
  const named = spec.terway?.eniConfig?.vSwitchIDs ?? [];
  return [...new Set([...[...vSwitches.values()].flat(), ...named])];
}

/** Known as soon as the region is: what eni_conf does not name is not asked for. */
export function cloudSubject(facts: CheckFacts): Known<CloudSubject> {
  const { network } = facts;
  const { vpcID, regionID } = network.spec.cloud ?? {};
  const conf = eniConf(facts);
  const settings = settingsOf(conf.known ? conf.value : {});
  const nodes = cloudNodes(facts.cluster?.nodes ?? []);
  const regionId =
    regionID ??
    agreed(nodes.map((node) => node.regionId)) ??
    agreed([...settings.vSwitches.keys()].map(regionOfZone));
  if (regionId === undefined) return missing(NO_REGION);
  return known({
    regionId,
    ...(vpcID === undefined ? {} : { vpcId: vpcID }),
    vSwitchIds: vSwitchIds(network, settings),
    securityGroupIds: settings.securityGroups,
    instanceIds: [...new Set(nodes.flatMap(({ instanceId }) => instanceId ?? []))],
  });
}
