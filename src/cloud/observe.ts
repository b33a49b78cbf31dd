// What is known of the cloud side, put together from the shelves without a call.
import type {
  CloudFacts,
  CloudObserved,
  NetworkInterface,
  Permissions,
  VSwitch,
} from '../plan/cloud-facts.ts';
import type { CloudQuery } from './query.ts';
import { combine } from './shelf.ts';
import { ALL, securityGroupIdsOf, strayIdsOf, typeIdsOf, vpcIdOf } from './shelves.ts';
import type { Shelves } from './shelves.ts';

export function observe(shelves: Shelves, query: CloudQuery, told: Permissions): CloudFacts {
  const vpcId = vpcIdOf(shelves, query);
  const instances = shelves.instances.observeAll(query.instanceIds);
  return {
    regionId: query.regionId,
    instances,
    vpc: vpcId === undefined ? nowhere(shelves, query) : shelves.vpcs.observe(vpcId),
    vSwitches: observeVSwitches(shelves, query, vpcId),
    routeTables: vpcId === undefined ? nowhere(shelves, query) : shelves.routeTables.observe(vpcId),
    // Which groups and types there are to know of is known by the instances.
    securityGroups: following(
      instances,
      shelves.securityGroups.observeAll(securityGroupIdsOf(shelves, query)),
    ),
    securityGroupRules: following(
      instances,
      shelves.securityGroupRules.observeAll(securityGroupIdsOf(shelves, query)),
    ),
    instanceTypes: following(instances, shelves.instanceTypes.observeAll(typeIdsOf(shelves, query))),
    networkInterfaces: observeInterfaces(shelves, query, vpcId),
    permissions: withTold(shelves.permissions.observe(ALL), told),
  };
}

/** No VPC is known: for the reason for which no vSwitch and no instance led to one. */
function nowhere(shelves: Shelves, query: CloudQuery): CloudObserved<never> {
  const { instances, strayVSwitches } = shelves;
  const ways = [
    ...query.vSwitchIds.map((id) => strayVSwitches.observe(id)),
    ...query.instanceIds.map((id) => instances.observe(id)),
  ];
  const unknown = ways.find((way) => way.state === 'unknown');
  if (unknown?.state === 'unknown') return unknown;
  return { state: 'pending' };
}

function following<T>(first: CloudObserved<unknown>, then: CloudObserved<T>): CloudObserved<T> {
  return first.state === 'pending' || first.state === 'unknown' ? first : then;
}

function observeVSwitches(
  shelves: Shelves,
  query: CloudQuery,
  vpcId: string | undefined,
): CloudObserved<ReadonlyMap<string, VSwitch>> {
  const { vSwitches, strayVSwitches } = shelves;
  if (vpcId === undefined) return strayVSwitches.observeAll(query.vSwitchIds);
  const listed = vSwitches.observe(vpcId);
  if (listed.state !== 'known')
    return listed.state === 'absent' ? strayVSwitches.observeAll(query.vSwitchIds) : listed;
  const { value, ...rest } = listed;
  const all = new Map<string, CloudObserved<VSwitch>>(value.map((one) => [one.id, { ...rest, value: one }]));
  for (const id of strayIdsOf(shelves, query, vpcId)) all.set(id, strayVSwitches.observe(id));
  return combine(all, listed.asOf);
}

function observeInterfaces(
  { networkInterfaces, instances }: Shelves,
  query: CloudQuery,
  vpcId: string | undefined,
): CloudObserved<readonly NetworkInterface[]> {
  const ofInstances = instances.observeAll(query.instanceIds);
  if (query.instanceIds.length === 0 && ofInstances.state === 'known') return { ...ofInstances, value: [] };
  if (vpcId === undefined) return following(ofInstances, { state: 'pending' });
  const observed = networkInterfaces.observe(vpcId);
  if (observed.state !== 'known') return observed;
  const wanted = new Set(query.instanceIds);
  return { ...observed, value: observed.value.filter(({ instanceId = '' }) => wanted.has(instanceId)) };
}

/** Calls that were made tell of rights as well, and of actions that have no DryRun. */
function withTold(observed: CloudObserved<Permissions>, told: Permissions): CloudObserved<Permissions> {
  if (observed.state !== 'known') return observed;
  return { ...observed, value: new Map([...observed.value, ...told]) };
}
