// What there is in the emulated cloud. Plain data that a test changes as it likes; the actions read it anew each time.

export interface Account {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** Of a session; it is then asked for with every call. */
  readonly securityToken?: string;
  /** When the session ends, in milliseconds since the epoch. */
  expiresAt?: number;
  isDisabled?: boolean;
  /** Actions that RAM does not allow, `vpc:DescribeVSwitches`; `*` for all. */
  readonly denied: Set<string>;
}

export interface Vpc {
  readonly id: string;
  readonly regionId: string;
  cidr: string;
  secondaryCidrs: string[];
  userCidrs: string[];
  natGatewayIds: string[];
  status: string;
  inCen: boolean;
}

export interface VSwitch {
  readonly id: string;
  readonly vpcId: string;
  readonly zoneId: string;
  cidr: string;
  ipv6Cidr?: string;
  freeIPs: number;
  status: string;
  routeTableId: string;
}

export interface RouteEntry {
  readonly destination: string;
  readonly type: 'Custom' | 'System' | 'BGP' | 'CEN' | 'ECR';
  status: string;
  readonly nextHops: readonly { readonly type: string; readonly id: string }[];
}

export interface RouteTable {
  readonly id: string;
  readonly vpcId: string;
  readonly type: 'System' | 'Custom';
  readonly entries: RouteEntry[];
}

export interface SecurityGroupRule {
  readonly direction: 'ingress' | 'egress';
  readonly protocol: string;
  readonly portRange: string;
  readonly policy: 'Accept' | 'Drop';
  readonly priority: number;
  readonly cidr?: string;
  readonly groupId?: string;
  readonly prefixListId?: string;
}

export interface SecurityGroup {
  readonly id: string;
  readonly vpcId: string;
  type: 'normal' | 'enterprise';
  innerAccess: 'Accept' | 'Drop';
  readonly rules: SecurityGroupRule[];
}

export interface InstanceType {
  readonly id: string;
  readonly family: string;
  readonly cpu: number;
  readonly memoryGiB: number;
  readonly enis: number;
  readonly ipsPerEni: number;
  readonly ipv6PerEni: number;
  readonly totalEnis: number;
  readonly trunk: boolean;
}

export interface Instance {
  readonly id: string;
  readonly typeId: string;
  readonly zoneId: string;
  readonly vSwitchId: string;
  readonly securityGroupIds: string[];
  status: string;
}

export interface NetworkInterface {
  readonly id: string;
  readonly instanceId?: string;
  readonly vSwitchId: string;
  readonly securityGroupIds: string[];
  readonly type: 'Primary' | 'Secondary' | 'Trunk' | 'Member';
  status: string;
  readonly privateIPs: string[];
  readonly tags: Readonly<Record<string, string>>;
}

export interface World {
  readonly accounts: Account[];
  readonly vpcs: Vpc[];
  readonly vSwitches: VSwitch[];
  readonly routeTables: RouteTable[];
  readonly securityGroups: SecurityGroup[];
  readonly instanceTypes: InstanceType[];
  readonly instances: Instance[];
  readonly networkInterfaces: NetworkInterface[];
  /** Tokens of service accounts that may take a role by AssumeRoleWithOIDC, and the role of each. */
  readonly oidcTokens: Map<string, string>;
  /** The RAM role of the instance that the metadata service is asked from. */
  instanceRole?: string;
}

export function regionOfZone(zoneId: string): string {
  return zoneId.replace(/-?[a-z]$/, '');
}

export function vpcOf(world: World, vSwitchId: string): string {
  return world.vSwitches.find(({ id }) => id === vSwitchId)?.vpcId ?? '';
}

export function regionOfVpc(world: World, vpcId: string): string {
  return world.vpcs.find(({ id }) => id === vpcId)?.regionId ?? '';
}
