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
