// Annotations that network plug-ins leave on a Node for as long as it exists, whether or not they still run there. Looked
// for on cloud nodes only: on all others it does not matter.
import type { NodeFact } from '../plan/facts.ts';
import { kindOfNode } from '../plan/nodes.ts';
import type { RawMeta } from './raw-meta.ts';

/** calico-node writes its address, flannel its marker; Cilium, Antrea, kube-router and Kube-OVN are not known to do so. */
const ON_PREMISES = ['projectcalico.org/IPv4Address', 'flannel.alpha.coreos.com/kube-subnet-manager'];
/** terwayd, in the shared ENI mode. */
const TERWAY = ['k8s.aliyun.com/max-available-ip'];

type Marks = NonNullable<NodeFact['ran']>;

// One list for all nodes of a kind: there are thousands of them.
const BOTH: Marks = ['OnPremises', 'Terway'];
const ONE: Marks = ['OnPremises'];
const OTHER: Marks = ['Terway'];

export function pluginsIn({ labels = {}, annotations = {} }: RawMeta): Marks | undefined {
  if (kindOfNode({ labels }) !== 'cloud') return undefined;
  const [onPremises, terway] = [ON_PREMISES, TERWAY].map((keys) => keys.some((key) => key in annotations));
  if (onPremises === true) return terway === true ? BOTH : ONE;
  return terway === true ? OTHER : undefined;
}
