// From the answers of the cloud to a judgement: which checks count for the cloud side, and what stands in the status beside
// them. What belongs to other conditions (isolation, nodes, workloads) is theirs to say.
import type { CapacityStatus, ZoneStatus } from '../api/hybrid-network.ts';
import { nodeCapacities, zoneCapacities } from './capacity.ts';
import type { NodeCapacity } from './capacity.ts';
import { ADDRESSES } from './checks/addresses.ts';
import { cloudPart, troubleText } from './checks/check-facts.ts';
import type { CheckFacts } from './checks/check-facts.ts';
import type { Check } from './checks/check.ts';
import { CHECKS } from './checks/index.ts';
import type { CheckResult } from './checks/index.ts';
import { cloudNodesOf, eniSettings } from './checks/known-facts.ts';
import { all } from './checks/outcome.ts';
import type { CloudFacts, CloudObserved } from './cloud-facts.ts';
import type { Asker } from './cloud-asker.ts';
import type { CloudJudgement } from './cloud-side.ts';
import type { Facts } from './facts.ts';

/** The cluster itself can answer it, and yet it is a question about the VPC: C22, the number of security groups. */
const OF_THE_CLOUD = ['C22'];

/** The checks that count for CloudValidated: those that ask the cloud, and those of addresses. */
export const JUDGED: readonly Check[] = CHECKS.filter(
  (check) =>
    OF_THE_CLOUD.includes(check.id) ||
    ADDRESSES.includes(check) ||
    check.needs.some((need) => need !== 'spec' && need !== 'cluster' && need !== 'details'),
);

/** What the checks are asked with. */
export function checkFactsOf(cluster: Facts, cloud: CloudFacts, asker: Asker['by']): CheckFacts {
  const { network } = cluster;
  const { maxNodes } = network.spec.cloud ?? {};
  return { network, cluster, cloud, asker, details: {}, ...(maxNodes === undefined ? {} : { maxNodes }) };
}

function partsOf(cloud: CloudFacts): readonly CloudObserved<unknown>[] {
  const { regionId, ...parts } = cloud;
  return regionId === '' ? [] : Object.values(parts);
}

function troublesIn(cloud: CloudFacts): readonly string[] {
  const troubles = partsOf(cloud).flatMap((part) => (part.state === 'unknown' ? [part.trouble] : []));
  return [...new Set(troubles.map(troubleText))];
}

function outdatedIn(cloud: CloudFacts): CloudJudgement['outdated'] {
  const [oldest] = partsOf(cloud)
    .flatMap((part) =>
      'stale' in part && part.stale !== undefined ? [{ asOf: part.asOf, stale: part.stale }] : [],
    )
    .toSorted((a, b) => (a.asOf < b.asOf ? -1 : 1));
  return oldest && { asOf: oldest.asOf, why: troubleText(oldest.stale) };
}

function zonesIn(facts: CheckFacts): readonly ZoneStatus[] | undefined {
  const parts = all(eniSettings(facts), cloudPart(facts, 'vSwitches'), cloudNodesOf(facts));
  if (!parts.known) return undefined;
  const [settings, vSwitches, nodes] = parts.value;
  const types = cloudPart(facts, 'instanceTypes');
  const input = { settings, vSwitches, nodes, types: types.known ? types.value : new Map() };
  return zoneCapacities({ ...input, maxNodes: facts.maxNodes }).map(
    ({ zone, vSwitches: ids, freeIPs, neededWhenFull }) => ({
      zone,
      vSwitches: [...ids],
      freeIPs,
      ...(facts.maxNodes === undefined || neededWhenFull === undefined ? {} : { neededIPs: neededWhenFull }),
    }),
  );
}

function byType(nodes: readonly NodeCapacity[]): CapacityStatus {
  const groups = Map.groupBy(nodes, ({ typeId, mode, pods }) => `${typeId} ${mode} ${pods}`);
  const instanceTypes = [...groups.values()].flatMap(([first, ...rest]) =>
    first === undefined
      ? []
      : [{ type: first.typeId, mode: first.mode, nodes: rest.length + 1, podsPerNode: first.pods }],
  );
  return {
    pods: nodes.reduce((sum, { pods }) => sum + pods, 0),
    nodes: nodes.length,
    instanceTypes: instanceTypes.toSorted((a, b) => (a.type < b.type ? -1 : 1)),
  };
}

function capacityIn(facts: CheckFacts): CapacityStatus | undefined {
  const parts = all(eniSettings(facts), cloudPart(facts, 'instanceTypes'), cloudNodesOf(facts));
  if (!parts.known) return undefined;
  const [settings, types, nodes] = parts.value;
  const capacities = nodeCapacities(nodes, types, settings);
  return capacities.length === 0 ? undefined : byType(capacities);
}

function zonesOfIds(facts: CheckFacts): ReadonlyMap<string, string> | undefined {
  const vSwitches = cloudPart(facts, 'vSwitches');
  const ids = facts.network.spec.terway?.eniConfig?.vSwitchIDs;
  if (ids === undefined || !vSwitches.known) return undefined;
  return new Map(
    ids.flatMap((id) => {
      const zone = vSwitches.value.get(id)?.zoneId;
      return zone === undefined ? [] : [[id, zone] as const];
    }),
  );
}

function present<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<K, T>>);
}

/** The judgement that the results of {@link JUDGED} make. */
export function judgementOf(
  facts: CheckFacts,
  cloud: CloudFacts,
  results: readonly CheckResult[],
  key: string | undefined,
): CloudJudgement {
  return {
    generation: facts.network.metadata.generation,
    results,
    troubles: troublesIn(cloud),
    ...present('key', key),
    ...present('outdated', outdatedIn(cloud)),
    ...present('zones', zonesIn(facts)),
    ...present('capacity', capacityIn(facts)),
    ...present('vSwitchZones', zonesOfIds(facts)),
  };
}
