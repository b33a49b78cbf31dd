// VPC 2016-04-28. Shapes: the response models of @alicloud/vpc20160428 7.3.2. An id that is not there gives an empty list.
import type { RouteTable, Vpc, VSwitch, World } from '../model.ts';
import { regionOfVpc, regionOfZone } from '../model.ts';
import { numberedPage, tokenPage } from '../paging.ts';
import type { Action } from './action.ts';
import { ApiProblem } from '../problem.ts';

function renderVSwitch({ vSwitches, routeTables }: World, vSwitch: VSwitch): Record<string, unknown> {
  const table = routeTables.find(({ id }) => id === vSwitch.routeTableId);
  return {
    VSwitchId: vSwitch.id,
    VSwitchName: '',
    VpcId: vSwitch.vpcId,
    ZoneId: vSwitch.zoneId,
    CidrBlock: vSwitch.cidr,
    Ipv6CidrBlock: vSwitch.ipv6Cidr ?? '',
    EnabledIpv6: vSwitch.ipv6Cidr !== undefined,
    AvailableIpAddressCount: vSwitch.freeIPs,
    Status: vSwitch.status,
    IsDefault: vSwitches.length === 0,
    RouteTable: { RouteTableId: vSwitch.routeTableId, RouteTableType: table?.type ?? 'System' },
    Tags: { Tag: [] },
    CreationTime: '2026-01-01T00:00:00Z',
    OwnerId: 1_234_567_890,
    ShareType: '',
    NetworkAclId: '',
    ResourceGroupId: 'rg-acfm1',
    Description: '',
  };
}

export const describeVSwitches: Action = {
  product: 'vpc',
  hasDryRun: true,
  run(world, parameters) {
    const regionId = parameters.text('RegionId');
    const vpcId = parameters.text('VpcId');
    if (regionId === undefined && vpcId === undefined)
      throw new ApiProblem(400, 'MissingParameter', 'RegionId or VpcId is mandatory for this action.');
    const [id, zoneId] = [parameters.text('VSwitchId'), parameters.text('ZoneId')];
    const found = world.vSwitches
      .filter((one) => regionId === undefined || regionOfZone(one.zoneId) === regionId)
      .filter((one) => vpcId === undefined || one.vpcId === vpcId)
      .filter((one) => id === undefined || one.id === id)
      .filter((one) => zoneId === undefined || one.zoneId === zoneId);
    const { items, fields } = numberedPage(found, parameters);
    return { ...fields, VSwitches: { VSwitch: items.map((one) => renderVSwitch(world, one)) } };
  },
};

function renderVpc(world: World, vpc: Vpc): Record<string, unknown> {
  const own = <T extends { readonly vpcId: string }>(all: readonly T[]): readonly T[] =>
    all.filter(({ vpcId }) => vpcId === vpc.id);
  return {
    VpcId: vpc.id,
    VpcName: '',
    RegionId: vpc.regionId,
    CidrBlock: vpc.cidr,
    SecondaryCidrBlocks: { SecondaryCidrBlock: vpc.secondaryCidrs },
    UserCidrs: { UserCidr: vpc.userCidrs },
    Ipv6CidrBlock: '',
    Ipv6CidrBlocks: { Ipv6CidrBlock: [] },
    VRouterId: `vrt-${vpc.id}`,
    VSwitchIds: { VSwitchId: own(world.vSwitches).map(({ id }) => id) },
    NatGatewayIds: { NatGatewayIds: vpc.natGatewayIds },
    RouterTableIds: { RouterTableIds: own(world.routeTables).map(({ id }) => id) },
    Status: vpc.status,
    ...(vpc.inCen ? { CenStatus: 'Attached' } : {}),
    IsDefault: false,
    EnabledIpv6: false,
    OwnerId: 1_234_567_890,
    Tags: { Tag: [] },
  };
}

export const describeVpcs: Action = {
  product: 'vpc',
  hasDryRun: true,
  run(world, parameters) {
    const regionId = parameters.required('RegionId');
    const ids = parameters.text('VpcId')?.split(',');
    if (ids !== undefined && ids.length > 20)
      throw new ApiProblem(400, 'InvalidVpcId.Malformed', 'The specified VpcId is malformed.');
    const found = world.vpcs
      .filter((one) => one.regionId === regionId)
      .filter(({ id }) => ids === undefined || ids.includes(id));
    const { items, fields } = numberedPage(found, parameters);
    return { ...fields, Vpcs: { Vpc: items.map((one) => renderVpc(world, one)) } };
  },
};

function renderRouteTable(world: World, table: RouteTable): Record<string, unknown> {
  const vSwitchIds = world.vSwitches.filter((one) => one.routeTableId === table.id).map(({ id }) => id);
  return {
    RouteTableId: table.id,
    RouteTableType: table.type,
    VpcId: table.vpcId,
    RouterId: `vrt-${table.vpcId}`,
    RouterType: 'VRouter',
    Status: 'Available',
    AssociateType: 'VSwitch',
    VSwitchIds: { VSwitchId: vSwitchIds },
    GatewayIds: { GatewayIds: [] },
    Tags: { Tag: [] },
  };
}

export const describeRouteTableList: Action = {
  product: 'vpc',
  run(world, parameters) {
    const regionId = parameters.required('RegionId');
    const vpcId = parameters.text('VpcId');
    const found = world.routeTables
      .filter((one) => regionOfVpc(world, one.vpcId) === regionId)
      .filter((one) => vpcId === undefined || one.vpcId === vpcId);
    const { items, fields } = numberedPage(found, parameters);
    return {
      ...fields,
      RouterTableList: { RouterTableListType: items.map((one) => renderRouteTable(world, one)) },
    };
  },
};

export const describeRouteEntryList: Action = {
  product: 'vpc',
  run(world, parameters) {
    parameters.required('RegionId');
    const tableId = parameters.required('RouteTableId');
    const table = world.routeTables.find(({ id }) => id === tableId);
    if (table === undefined)
      throw new ApiProblem(404, 'InvalidRouteTableId.NotFound', 'The specified route table does not exist.');
    const keyed = table.entries.map((entry, index) => ({ key: String(index).padStart(6, '0'), entry }));
    const limits = { parameter: 'MaxResult', fallback: 10, most: 100 };
    const { items, fields } = tokenPage(keyed, parameters, limits);
    const entries = items.map(({ key, entry }) => ({
      RouteEntryId: `rte-${tableId}-${key}`,
      RouteTableId: tableId,
      DestinationCidrBlock: entry.destination,
      Type: entry.type,
      Status: entry.status,
      IpVersion: entry.destination.includes(':') ? 'ipv6' : 'ipv4',
      NextHops: {
        NextHop: entry.nextHops.map(({ type, id }) => ({
          NextHopId: id,
          NextHopType: type,
          Enabled: 1,
          Weight: 100,
        })),
      },
    }));
    return { ...fields, RouteEntrys: { RouteEntry: entries } };
  },
};
