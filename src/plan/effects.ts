// The blast radius of an action: what it does to pods, and whether it lets a network onto nodes that it was kept off.
import type { Action, WorkloadPatch } from './actions.ts';
import type { Facts, NodeFact, PodFact, Workload } from './facts.ts';
import { kindOfNode } from './nodes.ts';
import { runsDaemonOn, selects } from './scheduling.ts';

export interface Effect {
  readonly restarted: number;
  readonly evicted: number;
  readonly widens: boolean;
}

export const NO_EFFECT: Effect = { restarted: 0, evicted: 0, widens: false };

/** What the action does; undefined while the pods of its workload have not been read. */
export function effectOf(action: Action, facts: Facts): Effect | undefined {
  if (action.kind !== 'workload.patch' || action.template === undefined) return NO_EFFECT;
  const pods = facts.podsOf(action.workload);
  if (pods === undefined) return undefined;
  const living = pods.filter(({ deleting }) => !deleting);
  if (action.workload.kind !== 'DaemonSet') return effectOnReplicas(action, living.length);
  const byName = new Map(facts.nodes.map((node) => [node.name, node]));
  const { template } = action;
  const staying = living.filter(({ nodeName }) => {
    const node = nodeName === undefined ? undefined : byName.get(nodeName);
    return node === undefined || selects(template, node);
  });
  return {
    // Under OnDelete the pods that may stay keep running as they are; those on other nodes are removed all the same.
    restarted: strategyAfter(action) === 'OnDelete' ? 0 : staying.length,
    evicted: living.length - staying.length,
    widens: action.widens,
  };
}

function strategyAfter({ strategyAfter: after, workload }: WorkloadPatch): string | undefined {
  return after ?? workload.updateStrategy;
}

// A Deployment or StatefulSet replaces every pod, wherever it was.
function effectOnReplicas({ workload, widens }: WorkloadPatch, pods: number): Effect {
  return { restarted: workload.updateStrategy === 'OnDelete' ? 0 : pods, evicted: 0, widens };
}

/** Nodes that the action newly admits, of those that are cloud or virtual nodes. */
export function newlyAdmitted(action: WorkloadPatch, nodes: readonly NodeFact[]): readonly NodeFact[] {
  const { template, workload } = action;
  if (template === undefined) return [];
  return nodes.filter(
    (node) =>
      kindOfNode(node) !== 'onPremises' && selects(template, node) && !selects(workload.template, node),
  );
}

/**
 * Why a DaemonSet is in no state to be restarted: it is rolling out, or pods are unavailable on Ready nodes that it
 * keeps. Pods that fail on the nodes it is about to leave are the very thing to mend, and no reason to wait.
 */
export function unrest(action: WorkloadPatch, facts: Facts): string | undefined {
  const { workload, template } = action;
  if (workload.kind !== 'DaemonSet' || template === undefined) return undefined;
  const name = `DaemonSet ${workload.namespace}/${workload.name}`;
  if (workload.observedGeneration < workload.generation)
    return `${name} has a change that is not rolled out yet`;
  const pods = facts.podsOf(workload) ?? [];
  const kept = facts.nodes.filter((node) => node.ready && runsDaemonOn(template, node));
  const bad = kept.filter((node) => !hasAvailablePod(pods, node));
  const [first] = bad;
  if (first !== undefined) return `${name} has no available pod on ${nodeList(bad)}`;
  return isRolling(workload, pods, kept) ? `${name} is rolling out` : undefined;
}

function hasAvailablePod(pods: readonly PodFact[], node: NodeFact): boolean {
  return pods.some((pod) => pod.nodeName === node.name && pod.ready && !pod.deleting);
}

function nodeList(nodes: readonly NodeFact[]): string {
  const names = nodes.slice(0, 3).map(({ name }) => name);
  return nodes.length > 3 ? `${names.join(', ')} and ${nodes.length - 3} more nodes` : names.join(', ');
}

function isRolling(workload: Workload, pods: readonly PodFact[], kept: readonly NodeFact[]): boolean {
  if (workload.updateStrategy === 'OnDelete') return false;
  const nodes = new Set(kept.map(({ name }) => name));
  const revisions = pods.filter(({ nodeName }) => nodeName !== undefined && nodes.has(nodeName));
  return new Set(revisions.map(({ revision }) => revision)).size > 1;
}
