// The cloud side of the cluster that test/support/good-cluster.ts describes: everything in it is as it should be, for
// tests that spoil one thing at a time.
import { INSTANCE_TYPES } from './instance-types.ts';
import type {
  Account,
  Instance,
  NetworkInterface,
  RouteEntry,
  SecurityGroupRule,
  Vpc,
  World,
} from './model.ts';

export const REGION = 'cn-hangzhou';
export const VPC = 'vpc-bp1good';
export const V_SWITCH = 'vsw-bp1good';
export const OTHER_ZONE_V_SWITCH = 'vsw-bp1second';
export const NODE_V_SWITCH = 'vsw-bp1nodes';
export const SECURITY_GROUP = 'sg-bp1good';
export const INSTANCE = 'i-bp1ecs1';
export const SYSTEM_ROUTE_TABLE = 'vtb-bp1system';

/** The key that good-cluster.ts has in its Secret. */
export const GOOD_KEY = { accessKeyId: 'LTAI5tGood', accessKeySecret: 'GoodSecret' };

function route(
  destination: string,
  type: RouteEntry['type'],
  nextHop?: readonly [string, string],
): RouteEntry {
  const nextHops = nextHop === undefined ? [] : [{ type: nextHop[0], id: nextHop[1] }];
  return { destination, type, status: 'Available', nextHops };
}

function rule(direction: SecurityGroupRule['direction'], cidr: string): SecurityGroupRule {
  return { direction, protocol: 'ALL', portRange: '-1/-1', policy: 'Accept', priority: 1, cidr };
}

/** An instance with its primary network interface and one of Terway's. */
export function addInstance(world: World, part: Pick<Instance, 'id'> & Partial<Instance>): void {
  const instance: Instance = {
    typeId: 'ecs.g7.xlarge',
    zoneId: 'cn-hangzhou-h',
    vSwitchId: NODE_V_SWITCH,
    securityGroupIds: [SECURITY_GROUP],
    status: 'Running',
    ...part,
  };
  const host = world.instances.length + 10;
  world.instances.push(instance);
  addInterface(world, {
    id: `eni-${instance.id}-0`,
    instanceId: instance.id,
    type: 'Primary',
    vSwitchId: instance.vSwitchId,
    privateIPs: [`10.0.0.${host}`],
  });
  addInterface(world, {
    id: `eni-${instance.id}-1`,
    instanceId: instance.id,
    tags: { creator: 'terway' },
    privateIPs: [`10.0.16.${host}`, `10.0.17.${host}`],
  });
}

export function addInterface(
  world: World,
  part: Pick<NetworkInterface, 'id'> & Partial<NetworkInterface>,
): void {
  world.networkInterfaces.push({
    vSwitchId: V_SWITCH,
    securityGroupIds: [SECURITY_GROUP],
    type: 'Secondary',
    status: 'InUse',
    privateIPs: [],
    tags: {},
    ...part,
  });
}

export function addAccount(
  world: World,
  part: Pick<Account, 'accessKeyId' | 'accessKeySecret'> & Partial<Account>,
): Account {
  const account: Account = { denied: new Set(), ...part };
  world.accounts.push(account);
  return account;
}

/** Another VPC of the region, with one vSwitch. */
export function addVpc(world: World, id: string, vSwitchId: string): void {
  world.vpcs.push(vpc(id));
  const routeTableId = `vtb-${id}`;
  world.routeTables.push({ id: routeTableId, vpcId: id, type: 'System', entries: [] });
  const place = { vpcId: id, zoneId: 'cn-hangzhou-h', routeTableId };
  world.vSwitches.push({
    ...place,
    id: vSwitchId,
    cidr: '10.0.64.0/20',
    freeIPs: 4_000,
    status: 'Available',
  });
}

function vpc(id: string): Vpc {
  return {
    id,
    regionId: REGION,
    cidr: '10.0.0.0/16',
    secondaryCidrs: [],
    userCidrs: [],
    natGatewayIds: [],
    status: 'Available',
    inCen: false,
  };
}

export function addVSwitches(world: World, count: number, zoneId = 'cn-hangzhou-h'): void {
  for (let index = 0; index < count; index += 1) {
    const id = `vsw-bp1x${String(index).padStart(4, '0')}`;
    const cidr = `10.1.${index % 256}.0/24`;
    world.vSwitches.push({
      id,
      vpcId: VPC,
      zoneId,
      cidr,
      freeIPs: 252,
      status: 'Available',
      routeTableId: SYSTEM_ROUTE_TABLE,
    });
  }
}

export function createWorld(): World {
  const inVpc = { vpcId: VPC, status: 'Available', routeTableId: SYSTEM_ROUTE_TABLE };
  const world: World = {
    accounts: [],
    vpcs: [{ ...vpc(VPC), secondaryCidrs: ['10.1.0.0/16'], inCen: true }],
    vSwitches: [
      { ...inVpc, id: NODE_V_SWITCH, zoneId: 'cn-hangzhou-h', cidr: '10.0.0.0/20', freeIPs: 4_000 },
      { ...inVpc, id: V_SWITCH, zoneId: 'cn-hangzhou-h', cidr: '10.0.16.0/20', freeIPs: 4_000 },
      { ...inVpc, id: OTHER_ZONE_V_SWITCH, zoneId: 'cn-hangzhou-i', cidr: '10.0.32.0/20', freeIPs: 4_000 },
    ],
    routeTables: [
      {
        id: SYSTEM_ROUTE_TABLE,
        vpcId: VPC,
        type: 'System',
        entries: [
          route('10.0.0.0/16', 'System'),
          route('192.168.0.0/24', 'CEN', ['Attachment', 'tr-attach-bp1']),
          route('10.100.0.0/16', 'CEN', ['Attachment', 'tr-attach-bp1']),
        ],
      },
    ],
    securityGroups: [
      {
        id: SECURITY_GROUP,
        vpcId: VPC,
        type: 'normal',
        innerAccess: 'Accept',
        rules: [
          rule('ingress', '192.168.0.0/24'),
          rule('ingress', '10.100.0.0/16'),
          rule('egress', '0.0.0.0/0'),
        ],
      },
    ],
    instanceTypes: [...INSTANCE_TYPES],
    instances: [],
    networkInterfaces: [],
    oidcTokens: new Map(),
  };
  addAccount(world, GOOD_KEY);
  addInstance(world, { id: INSTANCE });
  return world;
}
