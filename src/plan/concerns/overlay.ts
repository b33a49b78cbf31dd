// Overlay: the on-premises CNI spans the cloud nodes. Its pods are verified there, each failure is named with node, image
// and remedy, and Terway beside them is a conflict. Writes nothing.
import type { Reason } from '../../api/conditions.ts';
import { workloadKey } from '../facts.ts';
import type { Facts, NodeFact, PodFact, Workload } from '../facts.ts';
import type { Claims } from '../claims.ts';
import type { CniFinding } from '../cni/contract.ts';
import { isPart } from '../cni/matching.ts';
import { notRequired } from '../concern.ts';
import type { Concern, Verdict } from '../concern.ts';
import { kindOfNode } from '../nodes.ts';
import { inWords, troubleOf } from '../overlay-pods.ts';
import type { Waiter } from '../overlay-pods.ts';
import { allTerwayPods, cloudNodesToCome, findTerways, runsOnAny } from '../plug-ins.ts';
import { runsDaemonOn } from '../scheduling.ts';
import { APPLY_AGAIN, count, listed } from '../wording.ts';

export const overlay: Concern = {
  name: 'overlay',
  condition: 'OverlayReady',

  plan(facts, claims) {
    if (facts.network.spec.scenario !== 'Overlay') {
      return notRequired('Only scenario Overlay runs the on-premises CNI on cloud nodes.');
    }
    const { cni } = claims.onPremisesOf(facts.network);
    if (cni.state !== 'found') return undecided(cni);
    return terwayBeside(facts) ?? verify(facts, claims, cni);
  },

  unplan: () => notRequired('Scenario Overlay adds nothing.'),
};

type Found = Extract<CniFinding, { readonly state: 'found' }>;

function failed(reason: Reason, message: string, misplacedPods = 0): Verdict {
  return { health: 'failed', reason, message, inForce: false, actions: [], misplacedPods };
}

function undecided({ state }: Exclude<CniFinding, Found>): Verdict {
  // OnPremisesIsolated names the candidates.
  if (state === 'ambiguous') {
    return failed('AmbiguousCNI', 'It cannot be told which of the CNIs cloud nodes shall run.');
  }
  return failed('CNINotFound', 'No on-premises CNI was found, so cloud nodes would have no pod network.');
}

function unread(name: string): Verdict {
  const message = `The pods of ${name} have not been read. If this stays, the right to list pods is missing. ${APPLY_AGAIN}`;
  return { health: 'unknown', reason: 'Observing', message, inForce: false, actions: [] };
}

// Two plug-ins on one node. A DaemonSet that would meet the next cloud node counts as well.
function terwayBeside(facts: Facts): Verdict | undefined {
  const pods = allTerwayPods(facts);
  if (pods === undefined) return unread('Terway');
  const cloud = new Set(facts.nodes.filter(isCloud).map(({ name }) => name));
  const beside = pods.filter(({ nodeName }) => nodeName !== undefined && cloud.has(nodeName));
  const terway = findTerways(facts).find((one) => runsOnAny(one, cloudNodesToCome(facts.nodes)));
  if (beside.length === 0 && terway === undefined) return undefined;
  const where = listed([...new Set(beside.map(({ nodeName = '' }) => nodeName))].toSorted());
  const found = beside.length === 0 ? 'Terway would run on the next cloud node' : `Terway runs on ${where}`;
  const name = terway === undefined ? '' : ` DaemonSet ${terway.namespace}/${terway.name},`;
  const remedy =
    beside.length === 0
      ? ` Delete${name} or choose`
      : ` Drain those nodes, delete${name} and re-image them, or choose`;
  return failed(
    'TerwayBesideCNI',
    `${found} beside the on-premises CNI; two network plug-ins on one node break each other.${remedy} scenario BGP.`,
    beside.length,
  );
}

function isCloud(node: NodeFact): boolean {
  return kindOfNode(node) === 'cloud';
}

/** What the CNI runs on every node: its agents, and what its catalogue entry lists beside them (no BGP speakers). */
function daemonsOf({ cni, agents, companions }: Found): readonly Workload[] {
  const own = companions.filter(
    (one) => one.kind === 'DaemonSet' && cni.companions.some((part) => isPart(part, one)),
  );
  return [...agents, ...own];
}

function verify(facts: Facts, claims: Claims, cni: Found): Verdict {
  // The catalogue's agents are Linux ones.
  const nodes = facts.nodes.filter((node) => isCloud(node) && node.labels['kubernetes.io/os'] !== 'windows');
  const excluded = cloudNodesToCome(nodes).filter(
    (node) => !cni.agents.some(({ template }) => runsDaemonOn(template, node)),
  );
  if (excluded.length > 0) return keptOff(facts, claims, cni, excluded);
  const waiters: Waiter[] = [];
  for (const daemon of nodes.length === 0 ? [] : daemonsOf(cni)) {
    const pods = facts.podsOf(daemon);
    if (pods === undefined) return unread(`DaemonSet ${daemon.namespace}/${daemon.name}`);
    const byNode = Map.groupBy(pods, ({ nodeName }) => nodeName);
    waiters.push(...waitersOf(daemon, nodes, byNode, facts.now));
  }
  return judge(waiters, nodes.length, cni);
}

function waitersOf(
  daemon: Workload,
  nodes: readonly NodeFact[],
  byNode: ReadonlyMap<string | undefined, readonly PodFact[]>,
  now: Date,
): readonly Waiter[] {
  return nodes
    .filter((node) => runsDaemonOn(daemon.template, node))
    .flatMap((node) => troubleOf(daemon, node, byNode.get(node.name) ?? [], now) ?? []);
}

// Nobody but the template keeps it off; where what keeps it off is ours, its withdrawal is under way or waits.
function keptOff(facts: Facts, claims: Claims, { agents }: Found, nodes: readonly NodeFact[]): Verdict {
  const names = listed(agents.map(({ namespace, name }) => `${namespace}/${name}`));
  const isComing = agents.some(
    (agent) => claims.formerOwnerOf(agent)?.metadata.uid === facts.network.metadata.uid,
  );
  if (isComing) {
    const message = `DaemonSet ${names} is still kept off cloud nodes by what was held before; OnPremisesIsolated says what it waits for.`;
    return { health: 'working', reason: 'Progressing', message, inForce: false, actions: [] };
  }
  const real = nodes.filter(({ name }) => name !== '').map(({ name }) => name);
  const where = real.length === 0 ? 'the next cloud node' : listed(real);
  return failed(
    'CNIMissing',
    `No pod of DaemonSet ${names} can run on ${where}: its nodeSelector, node affinity or tolerations do not let it. Remove the requirement from its template, or choose scenario BGP.`,
  );
}

function judge(waiters: readonly Waiter[], nodes: number, { agents, cni }: Found): Verdict {
  const failures = waiters.filter(({ state }) => state === 'failed');
  const [worst] = failures;
  if (worst !== undefined) return failed(worst.reason, inWords(failures));
  if (waiters.length > 0) {
    const waits = waiters.flatMap(({ recheckAfterMs }) => recheckAfterMs ?? []);
    return {
      health: 'working',
      reason: 'NodesJoining',
      message: `${count(waiters.length, 'cloud node')} joining or NotReady, without a ready pod of ${cni.name} so far: ${listed([...new Set(waiters.map(({ node }) => node))].toSorted())}.`,
      inForce: true,
      actions: [],
      ...(waits.length === 0 ? {} : { recheckAfterMs: Math.min(...waits) }),
    };
  }
  const names = listed(agents.map(workloadKey).map((key) => key.split('/').slice(1).join('/')));
  const message =
    nodes === 0
      ? `No cloud node yet; ${names} will run there.`
      : `${names} is Ready on ${count(nodes, 'cloud node')}.`;
  return { health: 'ok', reason: 'CNIReady', message, inForce: true, actions: [] };
}
