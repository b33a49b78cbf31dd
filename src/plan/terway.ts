// The Terway DaemonSet that a network is in charge of, or why there is none to act on.
import type { HybridNetwork } from '../api/hybrid-network.ts';
import { terwayKey } from './claims.ts';
import type { Claims } from './claims.ts';
import { findPart } from './cni/index.ts';
import { isKubeProxy } from './cni/matching.ts';
import type { Verdict } from './concern.ts';
import { workloadKey } from './facts.ts';
import type { Facts, Workload } from './facts.ts';
import { conflictWith } from './wording.ts';

export type OwnTerway =
  | { readonly state: 'found'; readonly terway: Workload }
  | { readonly state: 'obstacle'; readonly verdict: Verdict };

/** `spec.terway.daemonSet.name` in kube-system, if it exists, is Terway, and no older network is in charge of it. */
export function ownTerway({ network, workloads }: Facts, claims: Claims): OwnTerway {
  const key = terwayKey(network);
  const terway = workloads.find((workload) => workloadKey(workload) === key && !workload.deleting);
  const obstacle = lost(network, claims, key) ?? (terway && notTerway(terway));
  if (obstacle !== undefined) return { state: 'obstacle', verdict: obstacle };
  return terway === undefined ? { state: 'obstacle', verdict: absent(key) } : { state: 'found', terway };
}

function absent(key: string): Verdict {
  const [, namespace, name] = key.split('/');
  return {
    health: 'failed',
    reason: 'DaemonSetNotFound',
    message: `There is no DaemonSet ${namespace}/${name}; it is placed as soon as it appears. Install the terway-eniip add-on, or set spec.terway.daemonSet.name.`,
    inForce: false,
    actions: [],
  };
}

function lost(network: HybridNetwork, claims: Claims, key: string): Verdict | undefined {
  const owner = claims.ownerOf(key);
  if (owner === undefined || owner.metadata.uid === network.metadata.uid) return undefined;
  return conflictWith(owner, key);
}

// A name from a copied file must not send the network of the data center to the cloud.
function notTerway(terway: Workload): Verdict | undefined {
  if (findPart(terway) === undefined && !isKubeProxy(terway)) return undefined;
  return {
    health: 'failed',
    reason: 'NotTerway',
    message: `DaemonSet ${terway.namespace}/${terway.name} is not Terway but belongs to the data center; it is not touched. Set spec.terway.daemonSet.name to the DaemonSet of Terway.`,
    inForce: false,
    actions: [],
  };
}
