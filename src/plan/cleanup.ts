// Which cloud nodes the network plug-in of the other scenario has run on. It leaves its CNI configuration, interfaces and
// iptables chains there, and the runtime takes the first configuration by name: 05-cilium, 10-calico and 10-flannel all
// sort before 10-terway. Nothing but a new image takes that away. What is known: pods that are there now, what was known
// before (the status remembers it), and annotations that some plug-ins leave on the Node. All of it is about one Node
// object: one that is created anew is clean.
import { STATUS_LIMITS } from '../api/hybrid-network.ts';
import type { HybridNetwork, PluginTrace } from '../api/hybrid-network.ts';
import type { Action, NetworkRemember } from './actions.ts';
import { isNodeAgent } from './cni/index.ts';
import type { Draft } from './concern-condition.ts';
import type { Facts, NodeFact, PodFact } from './facts.ts';
import { kindOfNode } from './nodes.ts';
import { allTerwayPods, hasStarted } from './plug-ins.ts';
import { count, listed } from './wording.ts';

type Plugin = PluginTrace['ran'];

/** The plug-in that the scenario does not want on cloud nodes. */
function otherPlugin({ spec }: HybridNetwork): Plugin {
  return spec.scenario === 'Overlay' ? 'Terway' : 'OnPremises';
}

/** Everything that is known about the cloud nodes that there are, sorted by name. */
export function pluginHistory(facts: Facts): readonly PluginTrace[] {
  const cloud = new Map(
    facts.nodes.filter((node) => kindOfNode(node) === 'cloud').map((node) => [node.name, node]),
  );
  if (cloud.size === 0) return [];
  const other = otherPlugin(facts.network);
  const known = (facts.network.status?.pluginHistory ?? []).filter(
    ({ node, uid }) => cloud.get(node)?.uid === uid,
  );
  const seen = foreignPods(facts, other)
    .filter(hasStarted)
    .flatMap(({ nodeName = '' }) => cloud.get(nodeName) ?? []);
  const marked = [...cloud.values()].filter(({ ran }) => ran?.includes(other));
  const found = [...seen, ...marked].map(({ name, uid }: NodeFact) => ({ node: name, uid, ran: other }));
  const traces = [...new Map([...known, ...found].map((one) => [`${one.uid} ${one.ran}`, one])).values()];
  // Where they are too many the ones known longest stay: a list that changes by chance would never be at rest.
  return traces.slice(0, STATUS_LIMITS.pluginHistory).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function keyOf({ node, ran }: PluginTrace): string {
  return `${node} ${ran}`;
}

function foreignPods(facts: Facts, other: Plugin): readonly PodFact[] {
  if (other === 'Terway') return allTerwayPods(facts) ?? [];
  return facts.workloads.filter(isNodeAgent).flatMap((agent) => facts.podsOf(agent) ?? []);
}

/**
 * Before a network plug-in is taken off nodes it is written down where it ran: afterwards nobody could tell, also if the
 * operator ended in between.
 */
export function remember(
  run: readonly Action[],
  history: readonly PluginTrace[],
  network: HybridNetwork,
): readonly NetworkRemember[] {
  const isLeaving = run.some(
    (action) =>
      action.kind === 'workload.patch' && action.template !== undefined && isNodeAgent(action.workload),
  );
  const known = new Set((network.status?.pluginHistory ?? []).map(({ uid, ran }) => `${uid} ${ran}`));
  if (!isLeaving || history.every(({ uid, ran }) => known.has(`${uid} ${ran}`))) return [];
  return [
    {
      kind: 'network.remember',
      verb: 'RememberNodes',
      class: 'record',
      network: network.metadata.name,
      history,
      why: `The on-premises network is about to leave ${count(history.length, 'cloud node')}, which will have to be re-imaged.`,
    },
  ];
}

/** Nodes that have to be re-imaged under the present scenario. */
export function nodesToReimage(history: readonly PluginTrace[], network: HybridNetwork): readonly string[] {
  const other = otherPlugin(network);
  return history.filter(({ ran }) => ran === other).map(({ node }) => node);
}

/** The condition CleanupNeeded; none where nothing is to be cleaned up. */
export function cleanupNeeded(history: readonly PluginTrace[], network: HybridNetwork): readonly Draft[] {
  const names = nodesToReimage(history, network);
  if (names.length === 0) return [];
  const what = otherPlugin(network) === 'Terway' ? 'Terway' : 'The on-premises CNI';
  const more =
    history.length < STATUS_LIMITS.pluginHistory ? '' : ` No more than ${history.length} are remembered.`;
  return [
    {
      type: 'CleanupNeeded',
      status: 'True',
      reason: 'ReimageNodes',
      message: `${what} has run on ${listed(names, 20)}, and what it left there may win over the right network plug-in. Drain each node, delete its Node object, re-image it and let it join again.${more}`,
    },
  ];
}
