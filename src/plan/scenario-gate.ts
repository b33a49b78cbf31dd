// What no approval lets through: a network plug-in onto nodes where Terway is or will be, and the only network plug-in
// off a node. A node cannot change its plug-in while it works: it is drained, re-imaged and joins again. docs/scenarios.md
// has the table of every change of scenario, by these two rules.
import type { WorkloadPatch } from './actions.ts';
import { nameOf, targetOf } from './actions.ts';
import { isBeingDeleted } from './claims.ts';
import { findPart, isNodeAgent } from './cni/index.ts';
import { newlyAdmitted } from './effects.ts';
import type { Facts, NodeFact, PodFact } from './facts.ts';
import type { HoldUp } from './gate.ts';
import { kindOfNode } from './nodes.ts';
import {
  allTerwayPods,
  cannotPull,
  cloudNodesToCome,
  findTerways,
  hasStarted,
  runsOnAny,
} from './plug-ins.ts';
import { runsDaemonOn, selects } from './scheduling.ts';
import { count, listed } from './wording.ts';

/** What stands in the way of each of these changes, whoever approves it. Companions wait for their node agent. */
export function obstaclesTo(
  actions: readonly WorkloadPatch[],
  facts: Facts,
): (action: WorkloadPatch) => HoldUp {
  const ofAgents = actions
    .filter(({ workload }) => isNodeAgent(workload))
    .map((action) => ({ action, obstacle: obstacleTo(action, facts) }));
  return (action) => {
    if (findPart(action.workload) === undefined) return undefined;
    const own = ofAgents.find((one) => one.action === action);
    const same = ofAgents.filter((one) => one.action.verb === action.verb);
    return (own ?? same.find(({ obstacle }) => obstacle !== undefined))?.obstacle;
  };
}

function obstacleTo(action: WorkloadPatch, facts: Facts): HoldUp {
  // A deletion is different: it was asked to bring back what was there, and its approval says so.
  if (action.template === undefined || isBeingDeleted(facts.network)) return undefined;
  return action.widens ? collision(action, facts) : desertion(action, facts);
}

const UNREAD: HoldUp = { waitsFor: 'Observation', because: 'the pods of Terway have not been read yet' };

// Two on one node. Also those count that are on their way out, and, where no cloud node has come yet, the DaemonSet that
// would meet the on-premises network on the next one.
function collision(action: WorkloadPatch, facts: Facts): HoldUp {
  const admitted = newlyAdmitted(action, cloudNodesToCome(facts.nodes));
  if (admitted.length === 0) return undefined;
  const pods = allTerwayPods(facts);
  if (pods === undefined) return UNREAD;
  const name = nameOf(targetOf(action));
  const busy = new Set(pods.map(({ nodeName }) => nodeName));
  const shared = admitted.filter((node) => busy.has(node.name));
  if (shared.length > 0) {
    const nodes = `${count(shared.length, 'node')} where Terway runs (${listed(namesOf(shared), 3)})`;
    return { waitsFor: 'Terway', because: `${name} would be let onto ${nodes}` };
  }
  const terway = findTerways(facts).find((one) => runsOnAny(one, admitted));
  if (terway === undefined) return undefined;
  return {
    waitsFor: 'Terway',
    because: `${name} would be let onto cloud nodes, for which DaemonSet ${terway.namespace}/${terway.name} is still there`,
  };
}

function namesOf(nodes: readonly NodeFact[]): readonly string[] {
  return nodes.map(({ name }) => name);
}

// None on a node.
function desertion(action: WorkloadPatch, facts: Facts): HoldUp {
  const left = nodesLeft(action, facts);
  if (left.length === 0) return undefined;
  const successor = successorOn(facts);
  if (successor === undefined) return UNREAD;
  const bare = left.filter((node) => successor(node) === 'none');
  if (bare.length === 0) return undefined;
  return {
    waitsFor: 'Plugin',
    because: `${nameOf(targetOf(action))} is the only network plug-in on ${listed(namesOf(bare), 3)}`,
  };
}

/** Terway is about to take over nodes that the action leaves; an approval need not wait for it. */
export function startingTerway(action: WorkloadPatch, facts: Facts): string | undefined {
  if (!isNodeAgent(action.workload)) return undefined;
  const left = nodesLeft(action, facts);
  const successor = left.length === 0 ? undefined : successorOn(facts);
  const nodes = left.filter((node) => successor?.(node) === 'starting');
  return nodes.length === 0 ? undefined : `Terway is starting on ${listed(namesOf(nodes), 3)}`;
}

/** Cloud nodes in service that have the network of the action's workload, and would no longer have it. */
function nodesLeft({ workload, template }: WorkloadPatch, facts: Facts): readonly NodeFact[] {
  // A pod that is not Ready is no network that the node has.
  const served = new Set(
    (facts.podsOf(workload) ?? []).flatMap(({ ready, deleting, nodeName }) =>
      ready && !deleting && nodeName !== undefined ? [nodeName] : [],
    ),
  );
  return facts.nodes.filter(
    (node) =>
      served.has(node.name) &&
      kindOfNode(node) === 'cloud' &&
      !isCordoned(node) &&
      template !== undefined &&
      !selects(template, node),
  );
}

/** Drained nodes stay cordoned. The node controller turns spec.unschedulable into this taint. */
function isCordoned({ taints }: NodeFact): boolean {
  return taints.some(({ key }) => key === 'node.kubernetes.io/unschedulable');
}

type Successor = 'running' | 'starting' | 'none';

/** How Terway stands on a node; undefined while its pods have not been read. */
function successorOn(facts: Facts): ((node: NodeFact) => Successor) | undefined {
  const pods = allTerwayPods(facts);
  if (pods === undefined) return undefined;
  const terways = findTerways(facts);
  const living = terways.filter(({ deleting }) => !deleting);
  const dying = new Set(terways.filter(({ deleting }) => deleting).map(({ uid }) => uid));
  const stays = (pod: PodFact): boolean => !pod.deleting && !dying.has(pod.controllerUid ?? '');
  const byNode = Map.groupBy(pods, ({ nodeName }) => nodeName);
  return (node) => {
    const own = byNode.get(node.name) ?? [];
    const isWanted = living.some(({ template }) => runsDaemonOn(template, node));
    // It need not be Ready: beside Calico it may never become so, for both want port 9099.
    if (own.some((pod) => hasStarted(pod) && (isWanted || stays(pod)))) return 'running';
    return isWanted && !own.some(cannotPull) ? 'starting' : 'none';
  };
}

/** What a person does about a change that waits for Terway to go, or would leave nodes without a network. */
export function remedyFor(waitsFor: 'Terway' | 'Plugin', { network }: Facts): string {
  if (waitsFor === 'Plugin') {
    return 'Nothing is taken from a node that would be left without a network: drain those nodes (kubectl drain) or remove them, and it goes ahead; re-image them, and let them join again for Terway.';
  }
  if (network.spec.scenario === 'HostNetwork') {
    return 'Scenario HostNetwork has no on-premises network: uninstall it, or go back to scenario BGP.';
  }
  return 'Remove Terway from those nodes first: drain and remove them, delete its DaemonSet, and let them join again, re-imaged.';
}
