// How a pod of the on-premises CNI fares on one cloud node, and the sentence for what is wrong there.
import type { Reason } from '../api/conditions.ts';
import type { NodeFact, PodFact, PodTrouble, Workload } from './facts.ts';
import { cannotPull } from './plug-ins.ts';
import { count, listed } from './wording.ts';

/** A node may take this long to join before a missing or unready pod is a failure. */
const JOIN_MS = 600_000;

/** A cloud node without a ready pod. */
export interface Waiter {
  readonly node: string;
  readonly daemon: Workload;
  readonly state: 'failed' | 'joining';
  readonly reason: Reason;
  readonly trouble?: PodTrouble;
  readonly pod?: string;
  /** When a joining one becomes a failed one, if nothing happens. */
  readonly recheckAfterMs?: number;
}

/** undefined: a pod is ready there. */
export function troubleOf(
  daemon: Workload,
  node: NodeFact,
  pods: readonly PodFact[],
  now: Date,
): Waiter | undefined {
  const living = pods.filter(({ deleting }) => !deleting);
  if (living.some(({ ready }) => ready)) return undefined;
  const [pod] = living;
  const common = { node: node.name, daemon, ...(pod === undefined ? {} : { pod: pod.name }) };
  // Of a node that is out of reach the last word is stale.
  const isReachable = !node.taints.some(({ key }) => key === 'node.kubernetes.io/unreachable');
  if (pod?.trouble !== undefined && isReachable) {
    const reason = cannotPull(pod) ? 'ImagePullFailed' : 'CNIFailing';
    return { ...common, state: 'failed', reason, trouble: pod.trouble };
  }
  const reason = pod === undefined ? 'CNIMissing' : 'CNIFailing';
  // Without its CNI a node may well be NotReady; but a pod that fails has been told above.
  if (!node.ready) return { ...common, state: 'joining', reason };
  const leftMs = JOIN_MS - (now.getTime() - startOf(node, pod));
  if (leftMs <= 0) return { ...common, state: 'failed', reason };
  return { ...common, state: 'joining', reason, recheckAfterMs: leftMs };
}

// Of node and pod the later one: a rollout replaces the pods of nodes that joined long ago.
function startOf(node: NodeFact, pod: PodFact | undefined): number {
  const times = [node.readySince, pod?.readySince, pod?.createdAt];
  return Math.max(0, ...times.map((time) => (time === undefined ? 0 : Date.parse(time))));
}

/** Failures in sentences, like ones together, with the remedy of each kind. */
export function inWords(failures: readonly Waiter[]): string {
  const groups = [...Map.groupBy(failures, kindOf).values()];
  const sentences = groups.slice(0, 3).map(sentenceFor);
  const more = groups.length > 3 ? [`And ${count(groups.length - 3, 'other kind')} of failure.`] : [];
  return [...sentences, ...more].join(' ');
}

function kindOf({ daemon, reason, trouble }: Waiter): string {
  return JSON.stringify([daemon.namespace, daemon.name, reason, trouble?.image, trouble?.reason]);
}

function sentenceFor(group: readonly Waiter[]): string {
  const [first] = group;
  if (first === undefined) return '';
  const { daemon, trouble, reason } = first;
  const where = listed(group.map(({ node }) => node).toSorted());
  const name = `DaemonSet ${daemon.namespace}/${daemon.name}`;
  if (reason === 'CNIMissing') {
    return `${name} has had no pod on ${where} for 10 minutes. See what keeps it from being created: kubectl -n ${daemon.namespace} describe daemonset ${daemon.name}`;
  }
  if (trouble === undefined) {
    return `The pod of ${name} on ${where} has not been Ready for 10 minutes. ${REACH} ${logsOf(first)}`;
  }
  const said = trouble.message === undefined ? '' : ` (${trouble.message})`;
  const what = `${name} on ${where}: ${trouble.reason} of image ${trouble.image}${said}.`;
  if (reason === 'ImagePullFailed') return `${what} ${PULL}`;
  return `${what} ${REACH} ${logsOf(first)}`;
}

const PULL =
  'Mirror the image to a registry that the VPC reaches and name that in the DaemonSet, or give the nodes a way to its registry (NAT gateway, credentials).';

// Which ports: VXLAN 8472 Flannel and Cilium, 4789 Calico; Typha 5473.
const REACH =
  'Look whether the security group lets the tunnel (VXLAN UDP 8472 or 4789, IPIP protocol 4), the API server and Typha (TCP 5473) through.';

function logsOf({ daemon, pod }: Waiter): string {
  return `Its log: kubectl -n ${daemon.namespace} logs ${pod ?? `daemonset/${daemon.name}`} --all-containers --prefix`;
}
