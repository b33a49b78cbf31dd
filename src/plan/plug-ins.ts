// Which network plug-in is on which node. Two on one node break each other, and a node without one has no pod network, so
// whoever lets one in or takes one away asks here first.
import { TERWAY_NAMESPACE } from '../api/annotations.ts';
import type { HybridNetwork } from '../api/hybrid-network.ts';
import { terwayKey } from './claims.ts';
import { isTerway } from './cni/matching.ts';
import { workloadKey } from './facts.ts';
import type { Facts, LabelSelector, NodeFact, PodFact, Workload } from './facts.ts';
import { holdOf } from './hold.ts';
import { CLOUD_LABEL, CLOUD_VALUE, kindOfNode } from './nodes.ts';
import { runsDaemonOn } from './scheduling.ts';

/** The DaemonSets by which Terway was and is shipped: charts/terway, the add-on, and the manifests up to v1.5. */
const TERWAY_NAMES = ['terway-eniip', 'terway-eni', 'terway'];

/** What Terway's pods carry: the label `app` with the name of their DaemonSet. */
export function terwayPodLabels(network: HybridNetwork): LabelSelector {
  const name = network.spec.terway?.daemonSet?.name;
  const values = [...new Set([...TERWAY_NAMES, ...(name === undefined ? [] : [name])])];
  return { matchExpressions: [{ key: 'app', operator: 'In', values }] };
}

/** Terway's DaemonSets, also those that no HybridNetwork names any more; those that are being deleted too. */
export function findTerways({ network, workloads }: Facts): readonly Workload[] {
  return workloads.filter(
    (workload) =>
      workload.kind === 'DaemonSet' &&
      workload.namespace === TERWAY_NAMESPACE &&
      (isTerway(workload) ||
        workloadKey(workload) === terwayKey(network) ||
        holdOf(workload) === 'cloud-only'),
  );
}

/** Every pod of Terway, its leaving ones and those without a DaemonSet too; undefined while not all have been read. */
export function allTerwayPods(facts: Facts): readonly PodFact[] | undefined {
  const lists = [facts.terwayPods(), ...findTerways(facts).map((terway) => facts.podsOf(terway))];
  if (lists.includes(undefined)) return undefined;
  const pods = lists.flatMap((list) => list ?? []);
  return [...new Map(pods.map((pod) => [pod.uid, pod])).values()];
}

/** The image of one of its containers cannot be had: nothing of the pod has run on its node. */
export function cannotPull({ trouble, hasRun }: PodFact): boolean {
  return hasRun !== true && trouble !== undefined && /Image|RegistryUnavailable/.test(trouble.reason);
}

/** The pod has done something to its node. */
export function hasStarted({ ready, hasRun }: PodFact): boolean {
  return ready || hasRun === true;
}

/** A cloud node as the next one will be, for what has to be true before it comes. */
const NEXT_CLOUD_NODE: NodeFact = {
  name: '',
  uid: '',
  labels: { [CLOUD_LABEL]: CLOUD_VALUE, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
  taints: [],
  ready: true,
};

/** The cloud nodes that there are, and the next one. */
export function cloudNodesToCome(nodes: readonly NodeFact[]): readonly NodeFact[] {
  return [...nodes.filter((node) => kindOfNode(node) === 'cloud'), NEXT_CLOUD_NODE];
}

/** The DaemonSet puts a pod on one of these nodes, and goes on doing so. */
export function runsOnAny({ deleting, template }: Workload, nodes: readonly NodeFact[]): boolean {
  return !deleting && nodes.some((node) => runsDaemonOn(template, node));
}
