// What to ask the cloud for.
import { eniSettings } from '../plan/checks/known-facts.ts';
import { cloudNodes } from '../plan/cloud-nodes.ts';
import type { Facts } from '../plan/facts.ts';

/** What is to be known, for the checks of one HybridNetwork. */
export interface CloudQuery {
  readonly regionId: string;
  /** Absent: the VPC of the vSwitches, or else of the instances. */
  readonly vpcId?: string | undefined;
  readonly vSwitchIds: readonly string[];
  /** Of eni_conf; those of the instances are looked up as well. */
  readonly securityGroupIds: readonly string[];
  readonly instanceIds: readonly string[];
}

/** What the checks of a network look at: the vSwitches and groups of eni_conf as it will stand, and the cloud nodes. */
export function queryFor(facts: Facts, regionId: string): CloudQuery {
  const { network } = facts;
  const settings = eniSettings({ network, cluster: facts, details: {}, cloud: undefined });
  const { vSwitches, securityGroups } = settings.known
    ? settings.value
    : { vSwitches: new Map<string, readonly string[]>(), securityGroups: [] };
  const named = network.spec.terway?.eniConfig?.vSwitchIDs ?? [];
  return {
    regionId,
    vpcId: network.spec.cloud?.vpcID,
    vSwitchIds: [...new Set([...[...vSwitches.values()].flat(), ...named])],
    securityGroupIds: securityGroups,
    instanceIds: cloudNodes(facts.nodes).flatMap(({ instanceId }) => instanceId ?? []),
  };
}
