// How many pods the cloud nodes can carry, and how many addresses are left for them, by Terway's own formulas
// (pkg/aliyun/client/limit.go and daemon/config.go at v1.17): the scheduler counts pods, not network interfaces, and
// hands a node more than it can give addresses to.
import type { InstanceType, NetworkInterface, VSwitch } from './cloud-facts.ts';
import { EXCLUSIVE_LABEL, EXCLUSIVE_VALUE } from './cloud-nodes.ts';
import type { CloudNode } from './cloud-nodes.ts';
import type { EniSettings } from './eni/settings.ts';

export interface TypeCapacity {
  readonly typeId: string;
  /** Network interfaces for pods; the primary one is the node's own. */
  readonly enis: number;
  readonly ipsPerEni: number;
  /** Pods that share interfaces. */
  readonly shared: number;
  /** Pods with an interface of their own. */
  readonly exclusive: number;
  /** Pods on member interfaces of a trunk, on top of the shared ones. */
  readonly members: number;
  /** Pods with prefixes of 16 addresses. */
  readonly prefixed: number;
  readonly isDualStackPossible: boolean;
}

type Limits = Pick<EniSettings, 'maxEni' | 'eniCapRatio' | 'eniCapShift'>;

const NO_LIMITS: Limits = { maxEni: 0, eniCapRatio: 1, eniCapShift: 0 };

function atLeastZero(n: number): number {
  return Math.max(0, n);
}

// maxENI = int(EniQuantity × ratio) + shift − 1, then max_eni as a cap where it is set.
function enisForPods({ enis }: InstanceType, { maxEni, eniCapRatio, eniCapShift }: Limits): number {
  const most = atLeastZero(Math.trunc(enis * eniCapRatio) + eniCapShift - 1);
  return maxEni > 0 ? Math.min(most, maxEni) : most;
}

function membersOf({ trunk, totalEnis, enis }: InstanceType): number {
  return trunk ? atLeastZero(Math.min(totalEnis - enis, totalEnis - 2)) : 0;
}

/** What a node of this type can carry. */
export function capacityOfType(type: InstanceType, limits: Limits = NO_LIMITS): TypeCapacity {
  const enis = enisForPods(type, limits);
  return {
    typeId: type.id,
    enis,
    ipsPerEni: type.ipsPerEni,
    shared: enis * atLeastZero(type.ipsPerEni),
    exclusive: atLeastZero(type.enis - 1),
    members: membersOf(type),
    prefixed: atLeastZero(type.ipsPerEni - 1) * 16 * atLeastZero(type.totalEnis - 1),
    isDualStackPossible: type.ipv6PerEni > 0 && type.ipv6PerEni === type.ipsPerEni,
  };
}

export type EniMode = 'Shared' | 'Exclusive' | 'Prefix' | 'Trunk';

export interface NodeCapacity {
  readonly node: string;
  readonly typeId: string;
  readonly mode: EniMode;
  /** Pods that Terway has addresses for; pods of the host network come on top. */
  readonly pods: number;
}

function modeOf({ node }: CloudNode, settings: EniSettings): EniMode {
  if (node.labels[EXCLUSIVE_LABEL] === EXCLUSIVE_VALUE) return 'Exclusive';
  if (settings.isPrefixMode) return 'Prefix';
  return settings.isTrunking ? 'Trunk' : 'Shared';
}

function podsIn(mode: EniMode, { shared, exclusive, members, prefixed }: TypeCapacity): number {
  switch (mode) {
    case 'Exclusive':
      return exclusive;
    case 'Prefix':
      return prefixed;
    case 'Trunk':
      return shared + members;
    case 'Shared':
      return shared;
  }
}

/** The capacity of every node whose instance type is known, in the order of the nodes. */
export function nodeCapacities(
  nodes: readonly CloudNode[],
  types: ReadonlyMap<string, InstanceType>,
  settings: EniSettings,
): readonly NodeCapacity[] {
  return nodes.flatMap((one): readonly NodeCapacity[] => {
    const type = types.get(one.typeId ?? '');
    if (type === undefined) return [];
    const mode = modeOf(one, settings);
    const pods = podsIn(mode, capacityOfType(type, settings));
    return [{ node: one.node.name, typeId: type.id, mode, pods }];
  });
}

export interface ZoneCapacity {
  readonly zone: string;
  /** Ids of the pod vSwitches that exist. */
  readonly vSwitches: readonly string[];
  readonly freeIPs: number;
  /** Addresses that its vSwitches have for use at all. */
  readonly totalIPs: number;
  readonly nodes: number;
  /** Cloud nodes that are still to come here, of those that there may be. */
  readonly nodesToCome: number;
  /** Addresses that they take at once: their idle pools. */
  readonly neededIPs: number;
  /** Addresses that they take when every one of them is full; undefined where no instance type is known. */
  readonly neededWhenFull: number | undefined;
}

export interface CapacityInput {
  readonly settings: EniSettings;
  readonly vSwitches: ReadonlyMap<string, VSwitch>;
  readonly nodes: readonly CloudNode[];
  readonly types: ReadonlyMap<string, InstanceType>;
  /** undefined: no nodes are to come. */
  readonly maxNodes: number | undefined;
}

// The first and the last three addresses of a vSwitch are the cloud's own.
const OWN_OF_THE_CLOUD = 4;

function sizeOf({ cidr }: VSwitch): number {
  const length = Number(cidr.split('/')[1]);
  return Number.isInteger(length) ? atLeastZero(2 ** (32 - length) - OWN_OF_THE_CLOUD) : 0;
}

/** Nodes to come, spread as those that there are; evenly where there are none. The first zones take the rest. */
export function spread(toCome: number, present: readonly number[]): readonly number[] {
  const total = present.reduce((sum, n) => sum + n, 0);
  const weights = total === 0 ? present.map(() => 1) : present;
  const weight = weights.reduce((sum, n) => sum + n, 0);
  const shares = weights.map((n) => Math.floor((toCome * n) / weight));
  let rest = toCome - shares.reduce((sum, n) => sum + n, 0);
  return shares.map((share, at) => {
    if (rest === 0 || weights[at] === 0) return share;
    rest -= 1;
    return share + 1;
  });
}

function average(numbers: readonly number[]): number | undefined {
  if (numbers.length === 0) return undefined;
  return Math.ceil(numbers.reduce((sum, n) => sum + n, 0) / numbers.length);
}

/** Free addresses by zone, and how far they go; in the order of the zones. */
export function zoneCapacities({
  settings,
  vSwitches,
  nodes,
  types,
  maxNodes,
}: CapacityInput): readonly ZoneCapacity[] {
  const zones = [...settings.vSwitches.keys()].toSorted();
  const present = zones.map((zone) => nodes.filter(({ zoneId }) => zoneId === zone).length);
  const toCome = spread(atLeastZero((maxNodes ?? 0) - nodes.length), present);
  const full = average(nodeCapacities(nodes, types, settings).map(({ pods }) => pods));
  return zones.map((zone, at): ZoneCapacity => {
    const found = (settings.vSwitches.get(zone) ?? []).flatMap((id) => vSwitches.get(id) ?? []);
    const nodesToCome = toCome[at] ?? 0;
    return {
      zone,
      vSwitches: found.map(({ id }) => id),
      freeIPs: found.reduce((sum, { freeIPs }) => sum + freeIPs, 0),
      totalIPs: found.reduce((sum, vSwitch) => sum + sizeOf(vSwitch), 0),
      nodes: present[at] ?? 0,
      nodesToCome,
      neededIPs: nodesToCome * settings.maxPoolSize,
      neededWhenFull: full === undefined ? undefined : nodesToCome * full,
    };
  });
}

/** A node whose network interfaces were made before a change: Terway changes none that is there. */
export interface NodeToRecycle {
  readonly node: string;
  readonly interfaces: readonly string[];
  /** What of them is of earlier days. */
  readonly outdated: readonly ('vSwitch' | 'security groups')[];
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.every((one) => b.includes(one)) && b.every((one) => a.includes(one));
}

// A zone that eni_conf does not name uses the vSwitch of the node itself (daemon/builder.go).
function vSwitchesFor({ zoneId, instance }: CloudNode, settings: EniSettings): readonly string[] | undefined {
  const listed = settings.vSwitches.get(zoneId ?? '') ?? [];
  if (listed.length > 0) return listed;
  return instance === undefined ? undefined : [instance.vSwitchId];
}

function outdatedIn(
  one: NetworkInterface,
  node: CloudNode,
  settings: EniSettings,
): NodeToRecycle['outdated'] {
  const vSwitches = vSwitchesFor(node, settings);
  const groups = settings.securityGroups;
  return [
    ...(vSwitches === undefined || vSwitches.includes(one.vSwitchId) ? [] : (['vSwitch'] as const)),
    ...(groups.length === 0 || isSameSet(groups, one.securityGroupIds) ? [] : (['security groups'] as const)),
  ];
}

/** Nodes with interfaces on a vSwitch, or with security groups, that eni_conf no longer names; in the order of the nodes. */
export function nodesToRecycle(
  nodes: readonly CloudNode[],
  interfaces: readonly NetworkInterface[],
  settings: EniSettings,
): readonly NodeToRecycle[] {
  const byInstance = Map.groupBy(
    interfaces.filter(({ type }) => type === 'Secondary'),
    ({ instanceId }) => instanceId,
  );
  return nodes.flatMap((node): readonly NodeToRecycle[] => {
    const own = (byInstance.get(node.instanceId) ?? [])
      .map((one) => ({ id: one.id, outdated: outdatedIn(one, node, settings) }))
      .filter(({ outdated }) => outdated.length > 0);
    if (node.instanceId === undefined || own.length === 0) return [];
    return [
      {
        node: node.node.name,
        interfaces: own.map(({ id }) => id),
        outdated: [...new Set(own.flatMap(({ outdated }) => outdated))],
      },
    ];
  });
}
