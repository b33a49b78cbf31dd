import type { Instance, InstanceType } from '../../plan/cloud-facts.ts';
import { describeInstances, describeInstanceTypes } from '../api.ts';
import { readTokenPages } from '../paging.ts';
import type { Ask } from './ask.ts';
import { text } from './ask.ts';

/** By id, as many as exist; at most 100 at once. */
export async function readInstances(
  ask: Ask,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Instance>> {
  const found = await readTokenPages(describeInstances.action, async (nextToken) => {
    const query = { instanceIds: JSON.stringify(ids), maxResults: 100, ...(nextToken && { nextToken }) };
    const body = await ask.send(describeInstances, { regionId: ask.regionId, ...query });
    const items = (body.instances?.instance ?? []).map((raw): Instance => ({
      id: text(raw.instanceId),
      typeId: text(raw.instanceType),
      zoneId: text(raw.zoneId),
      regionId: text(raw.regionId),
      vpcId: text(raw.vpcAttributes?.vpcId),
      vSwitchId: text(raw.vpcAttributes?.vSwitchId),
      securityGroupIds: raw.securityGroupIds?.securityGroupId ?? [],
      status: text(raw.status),
    }));
    return { items, nextToken: body.nextToken };
  });
  return new Map(found.map((one) => [one.id, one]));
}

/** By id; at most 10 at once. */
export async function readInstanceTypes(
  ask: Ask,
  ids: readonly string[],
): Promise<ReadonlyMap<string, InstanceType>> {
  const found = await readTokenPages(describeInstanceTypes.action, async (nextToken) => {
    const query = { instanceTypes: [...ids], maxResults: 100, ...(nextToken && { nextToken }) };
    const body = await ask.send(describeInstanceTypes, query);
    const items = (body.instanceTypes?.instanceType ?? []).map((raw): InstanceType => ({
      id: text(raw.instanceTypeId),
      enis: raw.eniQuantity ?? 0,
      ipsPerEni: raw.eniPrivateIpAddressQuantity ?? 0,
      ipv6PerEni: raw.eniIpv6AddressQuantity ?? 0,
      totalEnis: raw.eniTotalQuantity ?? 0,
      trunk: raw.eniTrunkSupported ?? false,
    }));
    return { items, nextToken: body.nextToken };
  });
  return new Map(found.map((one) => [one.id, one]));
}
