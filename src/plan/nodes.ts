// The three kinds of nodes, told apart by their labels, as the registered cluster and virtual-kubelet set them.
import type { NodeFact } from './facts.ts';

/** Set by ACK One on every ECS node that joins through a registered cluster. */
export const CLOUD_LABEL = 'alibabacloud.com/external';
export const CLOUD_VALUE = 'true';
/** Set by ack-virtual-node (and every other virtual-kubelet) on its nodes. */
export const VIRTUAL_LABEL = 'type';
export const VIRTUAL_VALUE = 'virtual-kubelet';

export type NodeKind = 'cloud' | 'virtual' | 'onPremises';

export function kindOfNode(node: { readonly labels: Readonly<Record<string, string>> }): NodeKind {
  if (node.labels[VIRTUAL_LABEL] === VIRTUAL_VALUE) return 'virtual';
  if (node.labels[CLOUD_LABEL] === CLOUD_VALUE) return 'cloud';
  return 'onPremises';
}

export interface NodeCounts {
  readonly cloud: number;
  readonly onPremises: number;
  readonly virtual: number;
}

export function countNodes(nodes: readonly NodeFact[]): NodeCounts {
  const counts = { cloud: 0, onPremises: 0, virtual: 0 };
  for (const node of nodes) counts[kindOfNode(node)] += 1;
  return counts;
}

/** As the registered cluster and the cloud controller write it: `cn-hangzhou.i-bp1…`, with or without a scheme. */
const ECS_PROVIDER_ID = /^(alicloud:\/\/)?[a-z0-9-]+\.i-[a-z0-9]+$/;

/**
 * Nodes whose label and providerID disagree. A mistyped `kubectl label node` takes the CNI from an on-premises node at
 * once, so they are named.
 */
export function doubtfulNodes(nodes: readonly NodeFact[]): readonly string[] {
  return nodes.flatMap((node) => {
    const kind = kindOfNode(node);
    if (kind === 'virtual') return [];
    const isEcs = ECS_PROVIDER_ID.test(node.providerID ?? '');
    if (kind === 'cloud' && !isEcs) {
      return [
        `Node ${node.name} carries ${CLOUD_LABEL}=${CLOUD_VALUE} but has no providerID of an ECS instance.`,
      ];
    }
    if (kind === 'onPremises' && isEcs) {
      return [
        `Node ${node.name} has the providerID of an ECS instance but no label ${CLOUD_LABEL}=${CLOUD_VALUE}.`,
      ];
    }
    return [];
  });
}
