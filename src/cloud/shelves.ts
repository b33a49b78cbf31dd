// What has been asked in one region by one reader, thing by thing.
import type {
  Instance,
  InstanceType,
  NetworkInterface,
  Permissions,
  RouteTable,
  SecurityGroup,
  SecurityGroupRules,
  Vpc,
  VSwitch,
} from '../plan/cloud-facts.ts';
import type { Clock } from '../runtime/clock.ts';
import type { CloudQuery } from './query.ts';
import { Shelf } from './shelf.ts';

const HOUR_MS = 60 * 60_000;
/** Instance types never change; Terway keeps them as long. */
const TYPES_TTL_MS = 15 * 24 * HOUR_MS;

export interface Shelves {
  readonly vpcs: Shelf<Vpc>;
  /** By VPC. */
  readonly vSwitches: Shelf<readonly VSwitch[]>;
  /** By its own id, for those that the VPC does not list and for finding the VPC. */
  readonly strayVSwitches: Shelf<VSwitch>;
  /** By VPC. */
  readonly routeTables: Shelf<readonly RouteTable[]>;
  readonly securityGroups: Shelf<SecurityGroup>;
  /** By the id of the group. */
  readonly securityGroupRules: Shelf<SecurityGroupRules>;
  readonly instances: Shelf<Instance>;
  readonly instanceTypes: Shelf<InstanceType>;
  /** By VPC. */
  readonly networkInterfaces: Shelf<readonly NetworkInterface[]>;
  /** One key, {@link ALL}. */
  readonly permissions: Shelf<Permissions>;
}

export const ALL = 'all';

export function createShelves(clock: Clock): Shelves {
  return {
    vpcs: new Shelf({ clock, action: 'DescribeVpcs', batch: 20 }),
    vSwitches: new Shelf({ clock, action: 'DescribeVSwitches' }),
    strayVSwitches: new Shelf({ clock, action: 'DescribeVSwitches' }),
    routeTables: new Shelf({ clock, action: 'DescribeRouteTableList' }),
    securityGroups: new Shelf({ clock, action: 'DescribeSecurityGroups', batch: 100 }),
    securityGroupRules: new Shelf({ clock, action: 'DescribeSecurityGroupAttribute' }),
    instances: new Shelf({ clock, action: 'DescribeInstances', batch: 100 }),
    instanceTypes: new Shelf({ clock, action: 'DescribeInstanceTypes', batch: 10, ttlMs: TYPES_TTL_MS }),
    networkInterfaces: new Shelf({ clock, action: 'DescribeNetworkInterfaces' }),
    permissions: new Shelf({ clock, action: 'DryRun', ttlMs: HOUR_MS }),
  };
}

/** The VPC that a query is about, as far as that is known. */
export function vpcIdOf({ strayVSwitches, instances }: Shelves, query: CloudQuery): string | undefined {
  if (query.vpcId !== undefined) return query.vpcId;
  for (const id of query.vSwitchIds) {
    const vSwitch = strayVSwitches.peek(id);
    if (vSwitch !== undefined) return vSwitch.vpcId;
  }
  return query.instanceIds.map((id) => instances.peek(id)?.vpcId).find((id) => id !== undefined && id !== '');
}

/** Of the query and of the instances. */
export function securityGroupIdsOf({ instances }: Shelves, query: CloudQuery): readonly string[] {
  const ofInstances = query.instanceIds.flatMap((id) => instances.peek(id)?.securityGroupIds ?? []);
  return [...new Set([...query.securityGroupIds, ...ofInstances])];
}

export function typeIdsOf({ instances }: Shelves, query: CloudQuery): readonly string[] {
  return [...new Set(query.instanceIds.flatMap((id) => instances.peek(id)?.typeId ?? []))];
}

/** Asked for by id and not among those of the VPC. */
export function strayIdsOf({ vSwitches }: Shelves, query: CloudQuery, vpcId: string): readonly string[] {
  const listed = new Set(vSwitches.peek(vpcId)?.map(({ id }) => id));
  return query.vSwitchIds.filter((id) => !listed.has(id));
}
