import type { DescribeNetworkInterfacesResponseBodyNetworkInterfaceSetsNetworkInterfaceSet as Raw } from '@alicloud/ecs20140526/dist/models/DescribeNetworkInterfacesResponseBody.js';
import type { NetworkInterface } from '../../plan/cloud-facts.ts';
import { describeNetworkInterfaces } from '../api.ts';
import { readTokenPages } from '../paging.ts';
import type { Ask } from './ask.ts';
import { filled, text } from './ask.ts';

const PAGE = 500;
const TYPES: readonly NetworkInterface['type'][] = ['Primary', 'Secondary', 'Trunk', 'Member'];

/** All network interfaces of a VPC that belong to an instance: the API filters by one instance only, or by none. */
export async function readNetworkInterfaces(ask: Ask, vpcId: string): Promise<readonly NetworkInterface[]> {
  const all = await readTokenPages(describeNetworkInterfaces.action, async (nextToken) => {
    const query = { regionId: ask.regionId, vpcId, maxResults: PAGE, ...(nextToken && { nextToken }) };
    const body = await ask.send(describeNetworkInterfaces, query);
    const items = (body.networkInterfaceSets?.networkInterfaceSet ?? []).map(asInterface);
    return { items, nextToken: body.nextToken };
  });
  return all.filter(({ instanceId }) => instanceId !== undefined);
}

function asInterface(raw: Raw): NetworkInterface {
  const tags = (raw.tags?.tag ?? []).map(({ tagKey = '', tagValue = '' }) => [tagKey, tagValue] as const);
  const ips = (raw.privateIpSets?.privateIpSet ?? []).map(({ privateIpAddress = '' }) => privateIpAddress);
  return {
    id: text(raw.networkInterfaceId),
    ...filled('instanceId', raw.instanceId ?? raw.attachment?.instanceId),
    vSwitchId: text(raw.vSwitchId),
    zoneId: text(raw.zoneId),
    securityGroupIds: raw.securityGroupIds?.securityGroupId ?? [],
    type: TYPES.find((type) => type === raw.type) ?? 'Secondary',
    status: text(raw.status),
    privateIPs: ips,
    tags: Object.fromEntries(tags),
  };
}
