// What is known of the VPC: the facts of the cloud side that checks and concerns decide from. src/cloud gathers them
// (ECS 2014-05-26 and VPC 2016-04-28, read-only calls); nothing in plan/ knows how.
import type { Failure } from './failure.ts';

/** The answer about one thing that was asked for. What the cloud did not answer is never "not there". */
export type CloudObserved<T> =
  /** Not asked yet. */
  | { readonly state: 'pending' }
  /** `asOf` (RFC 3339): when the cloud said so. `stale`: why it could not be asked again since. */
  | { readonly state: 'known'; readonly value: T; readonly asOf: string; readonly stale?: CloudTrouble }
  /** The cloud knows of no such thing. */
  | { readonly state: 'absent'; readonly asOf: string; readonly stale?: CloudTrouble }
  /** Never answered so far. */
  | { readonly state: 'unknown'; readonly trouble: CloudTrouble };

/** Why the cloud cannot be asked. */
export interface CloudTrouble {
  readonly reason: CloudTroubleReason;
  /** The API's action, `DescribeVSwitches`. */
  readonly action: string;
  readonly failure: Failure;
  /** The cloud's own error code, `Forbidden.RAM`; absent where no answer came. */
  readonly code?: string;
}

export type CloudTroubleReason =
  /** RAM does not allow the action: it cannot be checked, which does not make it wrong. */
  | 'Denied'
  /** The access key is unknown, disabled, expired, or its secret is wrong. */
  | 'InvalidCredentials'
  /** Our clock and the cloud's differ by more than it accepts. */
  | 'ClockSkew'
  | 'Throttled'
  /** DNS, connection, time-out, 5xx, or an answer that cannot be read. */
  | 'Unreachable'
  /** The cloud refuses what was asked, in so many words. */
  | 'Refused'
  /** No identity to ask with. */
  | 'NoCredentials';

export interface VSwitch {
  readonly id: string;
  readonly vpcId: string;
  readonly zoneId: string;
  /** IPv4, `10.0.0.0/24`. */
  readonly cidr: string;
  readonly ipv6Cidr?: string;
  /** Private IPv4 addresses that are free. */
  readonly freeIPs: number;
  /** `Available` | `Pending`. */
  readonly status: string;
  readonly routeTableId?: string;
}

export interface Vpc {
  readonly id: string;
  readonly cidr: string;
  /** Secondary blocks, and the user's own (UserCidrs). */
  readonly secondaryCidrs: readonly string[];
  readonly userCidrs: readonly string[];
  readonly natGatewayIds: readonly string[];
  readonly status: string;
  /** Attached to a Cloud Enterprise Network. */
  readonly inCen: boolean;
}

export interface RouteEntry {
  readonly destination: string;
  /** `Custom` | `System` | `BGP` | `CEN` | `ECR`. */
  readonly type: string;
  readonly status: string;
  readonly nextHops: readonly { readonly type: string; readonly id: string }[];
}

export interface RouteTable {
  readonly id: string;
  readonly vpcId: string;
  /** `System` | `Custom`. */
  readonly type: string;
  readonly vSwitchIds: readonly string[];
  readonly entries: readonly RouteEntry[];
}

export interface SecurityGroupRule {
  readonly direction: 'ingress' | 'egress';
  /** `TCP` | `UDP` | `ICMP` | `ICMPv6` | `GRE` | `ALL`. */
  readonly protocol: string;
  /** `1/200`, `-1/-1` for all. */
  readonly portRange: string;
  readonly policy: 'Accept' | 'Drop';
  /** 1 counts before 100. */
  readonly priority: number;
  /** IPv4 of the peer: source of an ingress rule, destination of an egress rule. */
  readonly cidr?: string;
  /** The peer as a group. */
  readonly groupId?: string;
  readonly prefixListId?: string;
}

export interface SecurityGroup {
  readonly id: string;
  readonly vpcId: string;
  readonly type: 'normal' | 'enterprise';
  readonly ecsCount?: number;
}

/** What a group lets through: told by another action than the group, which RAM may deny alone. */
export interface SecurityGroupRules {
  /** Whether members of a basic group reach each other without a rule. */
  readonly innerAccess: 'Accept' | 'Drop';
  readonly rules: readonly SecurityGroupRule[];
}

/** Limits of an instance type (DescribeInstanceTypes); they never change. */
export interface InstanceType {
  readonly id: string;
  /** EniQuantity, the primary one included. */
  readonly enis: number;
  /** EniPrivateIpAddressQuantity. */
  readonly ipsPerEni: number;
  /** EniIpv6AddressQuantity. */
  readonly ipv6PerEni: number;
  /** EniTotalQuantity: trunk members included. */
  readonly totalEnis: number;
  readonly trunk: boolean;
}

export interface Instance {
  readonly id: string;
  readonly typeId: string;
  readonly zoneId: string;
  readonly regionId: string;
  readonly vpcId: string;
  readonly vSwitchId: string;
  readonly securityGroupIds: readonly string[];
  readonly status: string;
}

export interface NetworkInterface {
  readonly id: string;
  readonly instanceId?: string;
  readonly vSwitchId: string;
  readonly zoneId: string;
  readonly securityGroupIds: readonly string[];
  readonly type: 'Primary' | 'Secondary' | 'Trunk' | 'Member';
  readonly status: string;
  readonly privateIPs: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** Which read-only actions the identity may call, as DryRun tells: action → allowed; absent: not known. */
export type Permissions = ReadonlyMap<string, boolean>;

/** Everything that the checks of one HybridNetwork look at on the cloud side. */
export interface CloudFacts {
  readonly regionId: string;
  readonly vpc: CloudObserved<Vpc>;
  /** Of the VPC, by id. */
  readonly vSwitches: CloudObserved<ReadonlyMap<string, VSwitch>>;
  readonly routeTables: CloudObserved<readonly RouteTable[]>;
  /** The groups of eni_conf and of the cloud nodes, by id; a group that does not exist is missing. */
  readonly securityGroups: CloudObserved<ReadonlyMap<string, SecurityGroup>>;
  /** Of the same groups, by their ids. */
  readonly securityGroupRules: CloudObserved<ReadonlyMap<string, SecurityGroupRules>>;
  /** The instances behind the cloud nodes, by id. */
  readonly instances: CloudObserved<ReadonlyMap<string, Instance>>;
  readonly instanceTypes: CloudObserved<ReadonlyMap<string, InstanceType>>;
  /** The network interfaces of those instances. */
  readonly networkInterfaces: CloudObserved<readonly NetworkInterface[]>;
  readonly permissions: CloudObserved<Permissions>;
}
