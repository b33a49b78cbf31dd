import type { DescribeSecurityGroupAttributeResponseBodyPermissionsPermission as RawRule } from '@alicloud/ecs20140526/dist/models/DescribeSecurityGroupAttributeResponseBody.js';
import type { SecurityGroup, SecurityGroupRule, SecurityGroupRules } from '../../plan/cloud-facts.ts';
import { describeSecurityGroupAttribute, describeSecurityGroups } from '../api.ts';
import { readTokenPages } from '../paging.ts';
import { CloudError } from '../trouble.ts';
import type { Ask } from './ask.ts';
import { filled, text } from './ask.ts';

/** By id, as many as exist; at most 100 at once. */
export async function readSecurityGroups(
  ask: Ask,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SecurityGroup>> {
  const found = await readTokenPages(describeSecurityGroups.action, async (nextToken) => {
    const query = { securityGroupIds: JSON.stringify(ids), maxResults: 100, ...(nextToken && { nextToken }) };
    const body = await ask.send(describeSecurityGroups, { regionId: ask.regionId, ...query });
    const items = (body.securityGroups?.securityGroup ?? []).map((raw): SecurityGroup => ({
      id: text(raw.securityGroupId),
      vpcId: text(raw.vpcId),
      type: raw.securityGroupType === 'enterprise' ? 'enterprise' : 'normal',
      ...(raw.ecsCount === undefined ? {} : { ecsCount: raw.ecsCount }),
    }));
    return { items, nextToken: body.nextToken };
  });
  return new Map(found.map((one) => [one.id, one]));
}

/** All rules of one group; undefined where there is no such group. */
export async function readSecurityGroupRules(
  ask: Ask,
  securityGroupId: string,
): Promise<SecurityGroupRules | undefined> {
  let innerAccess: SecurityGroupRules['innerAccess'] = 'Accept';
  try {
    const rules = await readTokenPages(describeSecurityGroupAttribute.action, async (nextToken) => {
      const query = { regionId: ask.regionId, securityGroupId, direction: 'all', maxResults: 1_000 };
      const body = await ask.send(describeSecurityGroupAttribute, {
        ...query,
        ...(nextToken && { nextToken }),
      });
      if (body.innerAccessPolicy === 'Drop') innerAccess = 'Drop';
      return { items: (body.permissions?.permission ?? []).map(asRule), nextToken: body.nextToken };
    });
    return { rules, innerAccess };
  } catch (error) {
    if (error instanceof CloudError && /notfound$/i.test(error.trouble.code ?? '')) return undefined;
    throw error;
  }
}

function asRule(raw: RawRule): SecurityGroupRule {
  const isEgress = raw.direction === 'egress';
  return {
    direction: isEgress ? 'egress' : 'ingress',
    protocol: (raw.ipProtocol ?? 'ALL').toUpperCase().replace('ICMPV6', 'ICMPv6'),
    portRange: text(raw.portRange),
    policy: raw.policy?.toLowerCase() === 'drop' ? 'Drop' : 'Accept',
    priority: Number(raw.priority ?? '1'),
    ...filled('cidr', isEgress ? raw.destCidrIp : raw.sourceCidrIp),
    ...filled('groupId', isEgress ? raw.destGroupId : raw.sourceGroupId),
    ...filled('prefixListId', isEgress ? raw.destPrefixListId : raw.sourcePrefixListId),
  };
}
