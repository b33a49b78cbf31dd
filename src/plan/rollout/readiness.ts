// Terway's pods on the cloud nodes: which are there and ready, which are awaited and why, and since when nothing moves.
import type { Facts, NodeFact, PodFact, Workload } from '../facts.ts';
import { CONTENT_HASH_ANNOTATION } from '../../api/annotations.ts';
import { kindOfNode } from '../nodes.ts';
import { runsDaemonOn } from '../scheduling.ts';

/** The rollout failed if nothing moved for so long, as with `progressDeadlineSeconds` of a Deployment. */
export const DEADLINE_MS = 600_000;

export interface Awaited {
  readonly node: string;
  /** `pod kube-system/terway-x has been terminating since …`. */
  readonly why: string;
}

export interface Readiness {
  /** Ready cloud nodes that have to run Terway. */
  readonly wanted: number;
  /** Of these, with a ready pod of the present template. */
  readonly done: number;
  /** Of these, with a ready pod of an earlier template, whose turn has not come. */
  readonly outdated: number;
  /** Nodes whose pod is missing, not ready or stuck. */
  readonly awaited: readonly Awaited[];
  /** Cloud nodes that are not Ready: their pods are not waited for. */
  readonly notReadyNodes: number;
  /** The last thing that moved; undefined where nobody can tell. */
  readonly movedAt: number | undefined;
}

function newest(times: readonly (string | undefined)[]): number | undefined {
  const known = times.flatMap((time) => (time === undefined ? [] : [Date.parse(time)]));
  return known.length === 0 ? undefined : Math.max(...known);
}

// The DaemonSet does not say which of its revisions is the present one; its youngest pod is of it.
function presentRevision(pods: readonly PodFact[]): string | undefined {
  const living = pods.filter(({ deleting }) => !deleting);
  return living.toSorted((a, b) => ((a.createdAt ?? '') < (b.createdAt ?? '') ? 1 : -1))[0]?.revision;
}

type State = 'done' | 'outdated' | Awaited;

function stateOn(node: NodeFact, pods: readonly PodFact[], isPresent: (pod: PodFact) => boolean): State {
  const own = pods.filter(({ nodeName }) => nodeName === node.name);
  const living = own.filter(({ deleting }) => !deleting);
  const ready = living.filter((pod) => pod.ready);
  if (ready.some(isPresent)) return 'done';
  if (ready.length > 0) return 'outdated';
  const [unready] = living;
  if (unready !== undefined) return { node: node.name, why: `pod ${nameOf(unready)} is not Ready` };
  const [leaving] = own;
  if (leaving === undefined) return { node: node.name, why: 'it has no pod' };
  const deadline = leaving.deletionTimestamp ?? 'an unknown time';
  return {
    node: node.name,
    why: `pod ${nameOf(leaving)} is terminating and should have been gone at ${deadline}`,
  };
}

function nameOf({ namespace, name }: PodFact): string {
  return `${namespace}/${name}`;
}

/** How Terway stands on the cloud nodes. */
export function readinessOf(
  { nodes }: Pick<Facts, 'nodes'>,
  terway: Workload,
  pods: readonly PodFact[],
): Readiness {
  const cloud = nodes.filter((node) => kindOfNode(node) === 'cloud' && runsDaemonOn(terway.template, node));
  const ready = cloud.filter((node) => node.ready);
  const revision = presentRevision(pods);
  const trigger = terway.template.metadata?.annotations?.[CONTENT_HASH_ANNOTATION];
  const isPresent = (pod: PodFact): boolean => pod.revision === revision && pod.contentHash === trigger;
  const states = ready.map((node) => stateOn(node, pods, isPresent));
  return {
    wanted: ready.length,
    done: states.filter((state) => state === 'done').length,
    outdated: states.filter((state) => state === 'outdated').length,
    awaited: states.filter((state) => typeof state === 'object'),
    notReadyNodes: cloud.length - ready.length,
    movedAt: newest([
      ...ready.map(({ readySince }) => readySince),
      ...pods.flatMap((pod) => [
        pod.createdAt,
        pod.ready ? pod.readySince : undefined,
        pod.deletionTimestamp,
      ]),
      // Somebody changed the template, ourselves included; the controllers' status writes do not count.
      ...terway.managers.filter(({ subresource }) => (subresource ?? '') === '').map(({ time }) => time),
    ]),
  };
}
