// What RAM has to allow Terway, by its version. Facts: the calls in Terway's pkg/aliyun/client from v1.5.7 to v1.17, its
// docs/ecs.md and docs/ipv6.md, and ACK's release note of 1.7.0. docs/ram-policies.md is rendered from this.

export interface TerwayPolicy {
  /** `1.10 and later` */
  readonly versions: string;
  readonly actions: readonly string[];
  /** What the version calls that the one above it does not. */
  readonly note?: string;
}

/** Of every version. */
const EVERY_VERSION = [
  'ecs:CreateNetworkInterface',
  'ecs:DescribeNetworkInterfaces',
  'ecs:AttachNetworkInterface',
  'ecs:DetachNetworkInterface',
  'ecs:DeleteNetworkInterface',
  'ecs:AssignPrivateIpAddresses',
  'ecs:UnassignPrivateIpAddresses',
  'ecs:DescribeInstanceTypes',
  'vpc:DescribeVSwitches',
] as const;

/** With `ip_stack: dual`, or prefixes of IPv6. */
export const TERWAY_IPV6_ACTIONS: readonly string[] = [
  'ecs:AssignIpv6Addresses',
  'ecs:UnassignIpv6Addresses',
];

/** With the feature gate ENIAttributeBasic, or central IPAM. */
export const TERWAY_OPTIONAL_ACTIONS: readonly string[] = ['ecs:DescribeNetworkInterfaceAttribute'];

/** The latest first. */
export const TERWAY_POLICIES: readonly TerwayPolicy[] = [
  { versions: '1.10 and later', actions: [...EVERY_VERSION, ...TERWAY_IPV6_ACTIONS] },
  {
    versions: '1.7 to 1.9',
    actions: [...EVERY_VERSION, ...TERWAY_IPV6_ACTIONS, 'ecs:ModifyNetworkInterfaceAttribute'],
    note: 'The client that changes attributes of an interface was taken out by 1.10.',
  },
  {
    versions: 'before 1.7',
    actions: [
      ...EVERY_VERSION,
      ...TERWAY_IPV6_ACTIONS,
      'ecs:ModifyNetworkInterfaceAttribute',
      'ecs:DescribeInstances',
      'ecs:DescribeInstanceAttribute',
    ],
    note: 'It looks at the instance to find its security groups and limits. A single vSwitch was never asked for before 1.7, so that policies of that time may lack vpc:DescribeVSwitches: grant it before an upgrade.',
  },
];
