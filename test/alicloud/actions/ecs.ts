// ECS 2014-05-26. Shapes: the response models of @alicloud/ecs20140526 7.11.6.
import type {
  Instance,
  InstanceType,
  NetworkInterface,
  SecurityGroup,
  SecurityGroupRule,
  World,
} from '../model.ts';
import { regionOfVpc, regionOfZone, vpcOf } from '../model.ts';
import type { Parameters } from '../parameters.ts';
import { tokenPage } from '../paging.ts';
import type { TokenLimits } from '../paging.ts';
import { ApiProblem } from '../problem.ts';
import type { Action } from './action.ts';

const UP_TO_100: TokenLimits = { parameter: 'MaxResults', fallback: 10, most: 100 };

const keyed = <T extends { readonly id: string }>(all: readonly T[]): readonly (T & { key: string })[] =>
  all.map((one) => ({ ...one, key: one.id }));

const matches = (wanted: string | undefined, value: string | undefined): boolean =>
  wanted === undefined || wanted === value;

function renderGroup(world: World, group: SecurityGroup): Record<string, unknown> {
  const members = world.instances.filter(({ securityGroupIds }) => securityGroupIds.includes(group.id));
  return {
    SecurityGroupId: group.id,
    SecurityGroupName: '',
    SecurityGroupType: group.type,
    VpcId: group.vpcId,
    EcsCount: members.length,
    RuleCount: group.rules.length,
    ServiceManaged: false,
    ResourceGroupId: '',
    CreationTime: '2026-01-01T00:00:00Z',
    Tags: { Tag: [] },
  };
}

export const describeSecurityGroups: Action = {
  product: 'ecs',
  hasDryRun: true,
  run(world, parameters) {
    const regionId = parameters.required('RegionId');
    const ids = parameters.jsonList('SecurityGroupIds');
    const vpcId = parameters.text('VpcId');
    const found = world.securityGroups
      .filter((one) => regionOfVpc(world, one.vpcId) === regionId && matches(vpcId, one.vpcId))
      .filter(({ id }) => ids === undefined || ids.includes(id));
    const { items, fields } = tokenPage(keyed(found), parameters, UP_TO_100);
    return {
      ...fields,
      RegionId: regionId,
      SecurityGroups: { SecurityGroup: items.map((one) => renderGroup(world, one)) },
    };
  },
};

function renderRule(rule: SecurityGroupRule): Record<string, unknown> {
  const side = rule.direction === 'ingress' ? 'Source' : 'Dest';
  const cidr = { [`${side}CidrIp`]: rule.cidr ?? '' };
  const group = { [`${side}GroupId`]: rule.groupId ?? '' };
  const list = { [`${side}PrefixListId`]: rule.prefixListId ?? '' };
  return {
    ...{ SourceCidrIp: '', DestCidrIp: '', SourceGroupId: '', DestGroupId: '' },
    ...{ SourcePrefixListId: '', DestPrefixListId: '', Ipv6SourceCidrIp: '', Ipv6DestCidrIp: '' },
    ...cidr,
    ...group,
    ...list,
    Direction: rule.direction,
    IpProtocol: rule.protocol,
    PortRange: rule.portRange,
    Policy: rule.policy,
    Priority: String(rule.priority),
    NicType: 'intranet',
    Description: '',
    CreateTime: '2026-01-01T00:00:00Z',
  };
}

export const describeSecurityGroupAttribute: Action = {
  product: 'ecs',
  run(world, parameters) {
    const regionId = parameters.required('RegionId');
    const id = parameters.required('SecurityGroupId');
    const group = world.securityGroups.find((one) => one.id === id);
    if (group === undefined || regionOfVpc(world, group.vpcId) !== regionId)
      throw new ApiProblem(
        404,
        'InvalidSecurityGroupId.NotFound',
        'The specified SecurityGroupId does not exist.',
      );
    const rules = group.rules.map((rule, index) => ({ rule, key: String(index).padStart(6, '0') }));
    const limits = { parameter: 'MaxResults', fallback: 500, most: 1_000 };
    const { items, fields } = tokenPage(rules, parameters, limits);
    return {
      NextToken: fields.NextToken,
      RegionId: regionId,
      SecurityGroupId: id,
      SecurityGroupName: '',
      VpcId: group.vpcId,
      InnerAccessPolicy: group.innerAccess,
      Description: '',
      Permissions: {
        Permission: items.map(({ rule, key }) => ({
          ...renderRule(rule),
          SecurityGroupRuleId: `sgr-${id}-${key}`,
        })),
      },
    };
  },
};

function renderInstance(world: World, instance: Instance): Record<string, unknown> {
  const enis = world.networkInterfaces.filter(({ instanceId }) => instanceId === instance.id);
  const primary = enis.find(({ type }) => type === 'Primary')?.privateIPs ?? [];
  return {
    InstanceId: instance.id,
    InstanceName: instance.id,
    InstanceType: instance.typeId,
    RegionId: regionOfZone(instance.zoneId),
    ZoneId: instance.zoneId,
    Status: instance.status,
    VpcAttributes: {
      VpcId: vpcOf(world, instance.vSwitchId),
      VSwitchId: instance.vSwitchId,
      NatIpAddress: '',
      PrivateIpAddress: { IpAddress: primary.slice(0, 1) },
    },
    SecurityGroupIds: { SecurityGroupId: instance.securityGroupIds },
    NetworkInterfaces: {
      NetworkInterface: enis.map(({ id, type, privateIPs }) => ({
        NetworkInterfaceId: id,
        Type: type,
        PrimaryIpAddress: privateIPs[0] ?? '',
        PrivateIpSets: {
          PrivateIpSet: privateIPs.map((ip, index) => ({ PrivateIpAddress: ip, Primary: index === 0 })),
        },
      })),
    },
    Tags: { Tag: [] },
  };
}

export const describeInstances: Action = {
  product: 'ecs',
  hasDryRun: true,
  run(world, parameters) {
    const regionId = parameters.required('RegionId');
    const ids = parameters.jsonList('InstanceIds');
    const [vSwitchId, zoneId] = [parameters.text('VSwitchId'), parameters.text('ZoneId')];
    const found = world.instances
      .filter((one) => regionOfZone(one.zoneId) === regionId && matches(zoneId, one.zoneId))
      .filter((one) => matches(vSwitchId, one.vSwitchId))
      .filter(({ id }) => ids === undefined || ids.includes(id));
    const { items, fields } = tokenPage(keyed(found), parameters, UP_TO_100);
    return {
      ...fields,
      PageNumber: 0,
      PageSize: 0,
      Instances: { Instance: items.map((one) => renderInstance(world, one)) },
    };
  },
};

function renderType(type: InstanceType): Record<string, unknown> {
  return {
    InstanceTypeId: type.id,
    InstanceTypeFamily: type.family,
    CpuCoreCount: type.cpu,
    MemorySize: type.memoryGiB,
    EniQuantity: type.enis,
    EniPrivateIpAddressQuantity: type.ipsPerEni,
    EniIpv6AddressQuantity: type.ipv6PerEni,
    EniTotalQuantity: type.totalEnis,
    EniTrunkSupported: type.trunk,
    EriQuantity: 0,
    InstanceFamilyLevel: 'EnterpriseLevel',
    CpuArchitecture: 'X86',
  };
}

export const describeInstanceTypes: Action = {
  product: 'ecs',
  run(world, parameters) {
    const ids = parameters.list('InstanceTypes');
    if (ids !== undefined && ids.length > 10)
      throw new ApiProblem(400, 'InvalidInstanceTypes.Malformed', 'At most 10 instance types can be given.');
    const found = world.instanceTypes.filter(({ id }) => ids === undefined || ids.includes(id));
    const { items, fields } = tokenPage(keyed(found), parameters, { ...UP_TO_100, fallback: 100 });
    return { NextToken: fields.NextToken, InstanceTypes: { InstanceType: items.map(renderType) } };
  },
};

function renderInterface(world: World, eni: NetworkInterface): Record<string, unknown> {
  const tags = Object.entries(eni.tags).map(([key, value]) => ({ TagKey: key, TagValue: value }));
  const zoneId = world.vSwitches.find(({ id }) => id === eni.vSwitchId)?.zoneId ?? '';
  return {
    NetworkInterfaceId: eni.id,
    ...(eni.instanceId === undefined ? {} : { InstanceId: eni.instanceId }),
    VSwitchId: eni.vSwitchId,
    VpcId: vpcOf(world, eni.vSwitchId),
    ZoneId: zoneId,
    Status: eni.status,
    Type: eni.type,
    MacAddress: '00:16:3e:00:00:01',
    PrivateIpAddress: eni.privateIPs[0] ?? '',
    PrivateIpSets: {
      PrivateIpSet: eni.privateIPs.map((ip, index) => ({ PrivateIpAddress: ip, Primary: index === 0 })),
    },
    SecurityGroupIds: { SecurityGroupId: eni.securityGroupIds },
    ServiceManaged: false,
    OwnerId: '1234567890',
    Tags: { Tag: tags },
  };
}

function wantedInterfaces(world: World, parameters: Parameters): readonly NetworkInterface[] {
  const regionId = parameters.required('RegionId');
  const [ids, vpcId] = [parameters.list('NetworkInterfaceId'), parameters.text('VpcId')];
  const [instanceId, vSwitchId] = [parameters.text('InstanceId'), parameters.text('VSwitchId')];
  return world.networkInterfaces
    .filter((one) => regionOfVpc(world, vpcOf(world, one.vSwitchId)) === regionId)
    .filter((one) => matches(vpcId, vpcOf(world, one.vSwitchId)) && matches(vSwitchId, one.vSwitchId))
    .filter((one) => matches(instanceId, one.instanceId) && matches(parameters.text('Type'), one.type))
    .filter(({ id }) => ids === undefined || ids.includes(id));
}

export const describeNetworkInterfaces: Action = {
  product: 'ecs',
  run(world, parameters) {
    const found = keyed(wantedInterfaces(world, parameters));
    const { items, fields } = tokenPage(found, parameters, { ...UP_TO_100, most: 500 });
    return {
      ...fields,
      NetworkInterfaceSets: { NetworkInterfaceSet: items.map((one) => renderInterface(world, one)) },
    };
  },
};
