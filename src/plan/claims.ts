// Which HybridNetwork is in charge of which object. A target has one owner: the oldest network that claims it, then
// the smaller UID; a network that is being deleted steps back behind the living ones.
import { ADDON_SECRET, ENI_CONFIG, TERWAY_NAMESPACE } from '../api/annotations.ts';
import type { HybridNetwork, WorkloadSelector } from '../api/hybrid-network.ts';
import { findCni } from './cni/index.ts';
import type { CniFinding } from './cni/contract.ts';
import type { Workload } from './facts.ts';
import { workloadKey } from './facts.ts';
import { heldExclusions, recordOf } from './hold.ts';
import { matchesSelector } from './scheduling.ts';

export const ENI_CONFIG_KEY = `ConfigMap/${TERWAY_NAMESPACE}/${ENI_CONFIG}`;
export const ADDON_SECRET_KEY = `Secret/${TERWAY_NAMESPACE}/${ADDON_SECRET}`;

/** kube-system/terway-eniip, or what `spec.terway.daemonSet.name` says. */
export function terwayKey(network: HybridNetwork): string {
  const name = network.spec.terway?.daemonSet?.name ?? 'terway-eniip';
  return workloadKey({ kind: 'DaemonSet', namespace: TERWAY_NAMESPACE, name });
}

/** BGP and HostNetwork run Terway on cloud nodes; Overlay looks after it only when it says how to configure it. */
export function claimsTerway(network: HybridNetwork): boolean {
  return network.spec.scenario !== 'Overlay' || network.spec.terway?.eniConfig !== undefined;
}

export function isBeingDeleted(network: HybridNetwork): boolean {
  return network.metadata.deletionTimestamp !== undefined;
}

/** The network may write: it holds what it claims. */
export function isEnforcing(network: HybridNetwork): boolean {
  return (network.spec.enforcement ?? 'Enforce') === 'Enforce' && network.spec.suspend !== true;
}

export function matchesListed(entry: WorkloadSelector, workload: Workload): boolean {
  if (entry.kind !== workload.kind || entry.namespace !== workload.namespace) return false;
  if (entry.name !== undefined && entry.name !== '') return entry.name === workload.name;
  return entry.labelSelector !== undefined && matchesSelector(entry.labelSelector, workload.labels);
}

function isException(network: HybridNetwork, workload: Workload): boolean {
  return (network.spec.onPremises?.cni?.exceptCompanions ?? []).some(
    ({ kind, namespace, name }) =>
      kind === workload.kind && namespace === workload.namespace && name === workload.name,
  );
}

export interface OnPremisesClaims {
  readonly cni: CniFinding;
  /** Agents, companions and listed workloads that exist, each once. */
  readonly workloads: readonly Workload[];
}

/** The on-premises workloads that a network asks to keep off cloud nodes. */
export function onPremisesClaims(network: HybridNetwork, workloads: readonly Workload[]): OnPremisesClaims {
  // HostNetwork has no on-premises CNI; in Overlay it has to be there, and is left where it is.
  const type =
    network.spec.scenario === 'HostNetwork' ? 'None' : (network.spec.onPremises?.cni?.type ?? 'Auto');
  const cni = findCni(type, workloads);
  if (network.spec.scenario === 'Overlay') return { cni, workloads: [] };
  const listed = (network.spec.onPremises?.workloads ?? []).flatMap((entry) =>
    workloads.filter((workload) => matchesListed(entry, workload)),
  );
  const claimed = [...partsOf(cni, network, workloads), ...listed].filter(({ deleting }) => !deleting);
  return { cni, workloads: [...new Map(claimed.map((w) => [workloadKey(w), w])).values()] };
}

/** Workloads listed by name, whether they exist or not: who is in charge of one has to be clear before it comes. */
export function namedWorkloads(
  network: HybridNetwork,
): readonly Pick<Workload, 'kind' | 'namespace' | 'name'>[] {
  if (network.spec.scenario === 'Overlay') return [];
  return (network.spec.onPremises?.workloads ?? []).flatMap(({ kind, namespace, name }) =>
    name === undefined || name === '' ? [] : [{ kind, namespace, name }],
  );
}

function partsOf(
  cni: CniFinding,
  network: HybridNetwork,
  workloads: readonly Workload[],
): readonly Workload[] {
  switch (cni.state) {
    case 'none':
      return [];
    case 'found':
      return [...cni.agents, ...cni.companions.filter((companion) => !isException(network, companion))];
    case 'absent':
    case 'ambiguous': {
      // While it cannot be told which CNI is in use, what was held stays held.
      const mirrored = mirroredKeys(network);
      return workloads.filter((w) => isMarked(w) && mirrored.has(workloadKey(w)));
    }
  }
}

// A record that somebody garbled does not let the workload go: the hold still says what it is.
function isMarked(workload: Workload): boolean {
  return recordOf(workload) !== undefined || heldExclusions(workload) !== undefined;
}

/** Workloads that the status of a network says it holds. */
export function mirroredKeys(network: HybridNetwork): ReadonlySet<string> {
  const states = new Set<string>(['Held', 'Contested', 'Withdrawing', 'Gone']);
  const held = (network.status?.workloads ?? []).filter(({ state }) => states.has(state));
  return new Set(held.map(workloadKey));
}

function bySeniority(a: HybridNetwork, b: HybridNetwork): number {
  const rank = (n: HybridNetwork): string =>
    `${isBeingDeleted(n) ? 1 : 0} ${n.metadata.creationTimestamp} ${n.metadata.uid}`;
  return rank(a) < rank(b) ? -1 : 1;
}

export interface Claims {
  /** The network in charge of a target, by its key (`Kind/namespace/name`). */
  ownerOf(key: string): HybridNetwork | undefined;
  /** What each network claims on-premises, by its name. */
  onPremisesOf(network: HybridNetwork): OnPremisesClaims;
  /** The network whose status says that it held the workload, where nobody claims it any more. */
  formerOwnerOf(workload: Workload): HybridNetwork | undefined;
}

/** Sorts out the claims of all networks. Pure: the order of its inputs does not matter. */
export function claimsOf(networks: readonly HybridNetwork[], workloads: readonly Workload[]): Claims {
  const seniors = networks.toSorted(bySeniority);
  const owners = new Map<string, HybridNetwork>();
  const onPremises = new Map<string, OnPremisesClaims>();
  const claim = (key: string, network: HybridNetwork): void => {
    if (!owners.has(key)) owners.set(key, network);
  };
  for (const network of seniors) {
    const claimed = onPremisesClaims(network, workloads);
    onPremises.set(network.metadata.name, claimed);
    for (const workload of claimed.workloads) claim(workloadKey(workload), network);
    for (const named of namedWorkloads(network)) claim(workloadKey(named), network);
    if (!claimsTerway(network)) continue;
    for (const key of [terwayKey(network), ENI_CONFIG_KEY, ADDON_SECRET_KEY]) claim(key, network);
  }
  const mirrors = seniors.map((network) => ({ network, mirrored: mirroredKeys(network) }));
  const nothing: OnPremisesClaims = { cni: { state: 'none' }, workloads: [] };
  return {
    ownerOf: (key) => owners.get(key),
    onPremisesOf: (network) => onPremises.get(network.metadata.name) ?? nothing,
    formerOwnerOf: (workload) => {
      const key = workloadKey(workload);
      if (owners.has(key)) return undefined;
      return mirrors.find(({ mirrored }) => mirrored.has(key))?.network;
    },
  };
}

/** The network that keeps the workload where it is: by its claim, or because its withdrawal has not happened yet. */
export function holderOf(workload: Workload, claims: Claims): HybridNetwork | undefined {
  const owner = claims.ownerOf(workloadKey(workload)) ?? claims.formerOwnerOf(workload);
  return owner !== undefined && isEnforcing(owner) ? owner : undefined;
}
