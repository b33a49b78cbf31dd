// Facts for checks: a data center and a VPC in which every check passes. A test changes what it speaks about.
import type { HybridNetworkSpec } from '../../src/api/hybrid-network.ts';
import type { RuledGroup } from '../../src/plan/checks/groups.ts';
import type { CheckFacts, ClusterDetails, NodeDetail } from '../../src/plan/checks/check-facts.ts';
import type {
  CloudFacts,
  CloudObserved,
  CloudTrouble,
  Instance,
  InstanceType,
  NetworkInterface,
  RouteTable,
  SecurityGroupRule,
  Vpc,
  VSwitch,
} from '../../src/plan/cloud-facts.ts';
import type { Facts, NodeFact, Workload } from '../../src/plan/facts.ts';
import { calicoManifest, kubeProxy, terwayAddOn } from './shipped-workloads.ts';
import { configMap, facts, mountingSecret, network, node, present } from './make-facts.ts';
import type { FactsOptions } from './make-facts.ts';
import { deployment, LINUX } from './make-workload.ts';

export const ZONE = 'cn-hangzhou-h';
const AS_OF = '2026-03-01T00:00:00Z';

export function told<T>(value: T): CloudObserved<T> {
  return { state: 'known', value, asOf: AS_OF };
}

/** An answer of earlier days, for the cloud could not be asked again. */
export function toldOnce<T>(value: T, asOf: string): CloudObserved<T> {
  return { state: 'known', value, asOf, stale: trouble('Throttled') };
}

export function trouble(reason: CloudTrouble['reason'], code?: string): CloudTrouble {
  return {
    reason,
    action: 'DescribeVpcs',
    failure: { kind: 'Unexpected', message: 'no' },
    ...(code === undefined ? {} : { code }),
  };
}

export function untold(reason: CloudTrouble['reason'] = 'Unreachable'): CloudObserved<never> {
  return { state: 'unknown', trouble: trouble(reason) };
}

export function byId<T extends { readonly id: string }>(...items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}

export function vpc(changes: Partial<Vpc> = {}): Vpc {
  return {
    id: 'vpc-a',
    cidr: '10.0.0.0/16',
    secondaryCidrs: [],
    userCidrs: [],
    natGatewayIds: ['ngw-a'],
    status: 'Available',
    inCen: true,
    ...changes,
  };
}

export function vSwitch(id: string, changes: Partial<VSwitch> = {}): VSwitch {
  return {
    id,
    vpcId: 'vpc-a',
    zoneId: ZONE,
    cidr: '10.0.32.0/19',
    freeIPs: 8_000,
    status: 'Available',
    ...changes,
  };
}

export const POD_VSWITCH = vSwitch('vsw-pods');
export const NODE_VSWITCH = vSwitch('vsw-nodes', { cidr: '10.0.1.0/24', freeIPs: 240 });

export function accept(cidr: string, changes: Partial<SecurityGroupRule> = {}): SecurityGroupRule {
  return {
    direction: 'ingress',
    protocol: 'ALL',
    portRange: '-1/-1',
    policy: 'Accept',
    priority: 1,
    cidr,
    ...changes,
  };
}

const HOME = [accept('192.168.0.0/24'), accept('10.100.0.0/16')];

export function group(id: string, changes: Partial<RuledGroup> = {}): RuledGroup {
  return { id, vpcId: 'vpc-a', type: 'normal', innerAccess: 'Accept', rules: HOME, ecsCount: 1, ...changes };
}

export function instanceType(changes: Partial<InstanceType> = {}): InstanceType {
  return {
    id: 'ecs.g7.2xlarge',
    enis: 4,
    ipsPerEni: 15,
    ipv6PerEni: 15,
    totalEnis: 10,
    trunk: true,
    ...changes,
  };
}

export function instance(changes: Partial<Instance> = {}): Instance {
  return {
    id: 'i-one',
    typeId: 'ecs.g7.2xlarge',
    zoneId: ZONE,
    regionId: 'cn-hangzhou',
    vpcId: 'vpc-a',
    vSwitchId: 'vsw-nodes',
    securityGroupIds: ['sg-a'],
    status: 'Running',
    ...changes,
  };
}

export function networkInterface(changes: Partial<NetworkInterface> = {}): NetworkInterface {
  return {
    id: 'eni-one',
    instanceId: 'i-one',
    vSwitchId: 'vsw-pods',
    zoneId: ZONE,
    securityGroupIds: ['sg-a'],
    type: 'Secondary',
    status: 'InUse',
    privateIPs: ['10.0.32.5', '10.0.32.6'],
    tags: { creator: 'terway' },
    ...changes,
  };
}

export function route(
  destination: string,
  hop = 'Attachment',
  type = 'Custom',
): RouteTable['entries'][number] {
  return { destination, type, status: 'Available', nextHops: [{ type: hop, id: 'tr-attach-a' }] };
}

export function routeTable(changes: Partial<RouteTable> = {}): RouteTable {
  return {
    id: 'vtb-a',
    vpcId: 'vpc-a',
    type: 'System',
    vSwitchIds: [],
    entries: [route('10.0.32.0/19', 'local', 'System'), route('192.168.0.0/24'), route('10.100.0.0/16')],
    ...changes,
  };
}

/** Groups of {@link group} carry their rules along. */
function rulesOf(groups: CloudFacts['securityGroups']): CloudFacts['securityGroupRules'] {
  return groups.state === 'known'
    ? { ...groups, value: groups.value as ReadonlyMap<string, RuledGroup> }
    : groups;
}

export function cloud(changes: Partial<CloudFacts> = {}): CloudFacts {
  const { securityGroups = told(byId(group('sg-a'))) } = changes;
  return {
    regionId: 'cn-hangzhou',
    vpc: told(vpc()),
    vSwitches: told(byId(POD_VSWITCH, NODE_VSWITCH)),
    routeTables: told([routeTable()]),
    securityGroups,
    securityGroupRules: rulesOf(securityGroups),
    instances: told(byId(instance())),
    instanceTypes: told(byId(instanceType())),
    networkInterfaces: told([networkInterface()]),
    permissions: told(new Map([['DescribeVSwitches', true]])),
    ...changes,
  };
}

export const SPEC: HybridNetworkSpec = {
  scenario: 'BGP',
  onPremises: { podCIDRs: ['10.100.0.0/16'], nodeCIDRs: ['192.168.0.0/24'] },
  terway: {
    eniConfig: {
      vSwitches: { [ZONE]: ['vsw-pods'] },
      securityGroupIDs: ['sg-a'],
      serviceCIDR: '172.21.0.0/20',
      eniTags: { 'ack.aliyun.com': 'c1' },
      minPoolSize: 0,
      maxPoolSize: 5,
    },
  },
};

export function cloudNode(name = 'ecs-1', changes: Partial<NodeFact> = {}): NodeFact {
  const labels = {
    'alibabacloud.com/nodepool-id': 'np1',
    'alibabacloud.com/instance-id': 'i-one',
    'ack.aliyun.com': 'c1',
    'topology.kubernetes.io/region': 'cn-hangzhou',
    'topology.kubernetes.io/zone': ZONE,
    'node.kubernetes.io/instance-type': 'ecs.g7.2xlarge',
  };
  return { ...node('cloud', name, { labels }), providerID: 'cn-hangzhou.i-one', ...changes };
}

export const NODES: readonly NodeFact[] = [
  node('onPremises', 'idc-1'),
  node('onPremises', 'idc-2'),
  cloudNode(),
];

const OFF = [
  {
    matchExpressions: [
      { key: 'alibabacloud.com/external', operator: 'NotIn', values: ['true'] },
      { key: 'type', operator: 'NotIn', values: ['virtual-kubelet'] },
    ],
  },
];

/** The workload with required node affinity that keeps it off cloud and virtual nodes. */
export function keptOff(workload: Workload): Workload {
  const affinity = {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: OFF } },
  };
  const { template } = workload;
  return { ...workload, template: { ...template, spec: { ...template.spec, affinity } } };
}

export function terway(tag = 'v1.16.6'): Workload {
  const mounted = mountingSecret(terwayAddOn({ nodeSelector: { 'alibabacloud.com/external': 'true' } }));
  const { template } = mounted;
  const [first, ...rest] = template.spec.containers ?? [];
  const containers = [
    { name: 'terway', ...first, image: `registry.cn-hangzhou.aliyuncs.com/acs/terway:${tag}` },
    ...rest,
  ];
  return { ...mounted, template: { ...template, spec: { ...template.spec, containers } } };
}

export const COREDNS = deployment({
  name: 'coredns',
  selector: { 'k8s-app': 'kube-dns' },
  nodeSelector: LINUX,
  replicas: 3,
});

export const WORKLOADS: readonly Workload[] = [
  ...calicoManifest().map(keptOff),
  terway(),
  kubeProxy(),
  COREDNS,
];

export const ENI_CONF = {
  version: '1',
  max_pool_size: 5,
  min_pool_size: 0,
  vswitches: { [ZONE]: ['vsw-pods'] },
  eni_tags: { 'ack.aliyun.com': 'c1' },
  service_cidr: '172.21.0.0/20',
  security_group: 'sg-a',
  access_key: '',
  access_secret: '',
  vswitch_selection_policy: 'ordered',
};

/** eni-config with these changes of eni_conf, and of its other keys. */
export function eniConfig(
  changes: Readonly<Record<string, unknown>> = {},
  data: Readonly<Record<string, string>> = {},
): Facts['eniConfig'] {
  return present(
    configMap({
      eni_conf: JSON.stringify({ ...ENI_CONF, ...changes }),
      '10-terway.conf': '{"cniVersion": "0.3.0", "name": "terway", "type": "terway"}',
      disable_network_policy: 'true',
      ...data,
    }),
  );
}

export function nodeDetail(changes: Partial<NodeDetail> = {}): NodeDetail {
  return {
    maxPods: 48,
    kernelVersion: '5.10.134-16.al8.x86_64',
    osImage: 'Alibaba Cloud Linux 3',
    internalIPs: ['192.168.0.10'],
    podCIDRs: [],
    ...changes,
  };
}

export function nodeDetails(cloudChanges: Partial<NodeDetail> = {}): ClusterDetails['nodes'] & object {
  return present(
    new Map([
      ['idc-1', nodeDetail()],
      ['idc-2', nodeDetail({ internalIPs: ['192.168.0.11'] })],
      ['ecs-1', nodeDetail({ internalIPs: ['10.0.1.5'], ...cloudChanges })],
    ]),
  );
}

export function details(changes: ClusterDetails = {}): ClusterDetails {
  return {
    nodes: nodeDetails(),
    serverVersion: present('v1.34.1'),
    serviceCIDRs: present(['172.21.0.0/20']),
    kubeadm: { state: 'absent' },
    kubeProxy: present(configMap({ 'config.conf': 'clusterCIDR: ""\nmode: iptables\n' })),
    cilium: { state: 'absent' },
    flannel: { state: 'absent' },
    ipPools: present([{ name: 'default', cidr: '10.100.0.0/16', natOutgoing: false, disabled: false }]),
    addressBlocks: present(['10.100.1.0/26', '10.100.2.0/26']),
    calicoCrds: present([{ name: 'ippools.crd.projectcalico.org', isStub: false }]),
    ...changes,
  };
}

export interface WorldOptions {
  readonly spec?: Partial<HybridNetworkSpec>;
  /** Without one only the object is known. */
  readonly cluster?: FactsOptions | 'none';
  readonly details?: ClusterDetails;
  readonly cloud?: Partial<CloudFacts> | 'none';
  readonly asker?: CheckFacts['asker'];
  readonly assumedTerway?: string;
  readonly maxNodes?: number;
}

/** A world in which every check passes or is not applicable, but for these changes. */
export function world(options: WorldOptions = {}): CheckFacts {
  const own = network({ spec: { ...SPEC, ...options.spec } });
  const hasCluster = options.cluster !== 'none';
  const cluster = options.cluster === 'none' ? {} : (options.cluster ?? {});
  return {
    network: own,
    cluster: hasCluster
      ? facts({ network: own, nodes: NODES, workloads: WORKLOADS, eniConfig: eniConfig(), ...cluster })
      : undefined,
    details: hasCluster ? details(options.details) : {},
    cloud: options.cloud === 'none' ? undefined : cloud(options.cloud),
    ...(options.asker === undefined ? {} : { asker: options.asker }),
    ...(options.assumedTerway === undefined ? {} : { assumedTerway: options.assumedTerway }),
    ...(options.maxNodes === undefined ? {} : { maxNodes: options.maxNodes }),
  };
}
