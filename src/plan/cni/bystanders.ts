// Node agents that stand beside any CNI and are not kept off by themselves.
import type { Companion } from './contract.ts';

export const BYSTANDERS: readonly Companion[] = [
  {
    what: 'Multus',
    kind: 'DaemonSet',
    // kubespray: kube-multus-ds-<arch>; RKE2: rke2-multus
    anyOf: [{ name: /^(kube-multus-ds(-[a-z0-9]+)*|rke2-multus(-ds)?)$/ }],
    owner: { chart: { takes: 'NodeSelector', value: 'labels.nodeSelector' } },
    verdict: 'Ask',
    why: 'it puts its own CNI configuration before the one of Terway on cloud nodes',
  },
  {
    what: 'node-local DNS cache',
    kind: 'DaemonSet',
    anyOf: [
      { name: /^(node-local-dns|nodelocaldns(-second)?)$/ },
      { selector: { 'k8s-app': 'node-local-dns' } },
    ],
    owner: {},
    verdict: 'Leave',
    why: 'it uses the host network, depends on no CNI and is wanted on both sides',
  },
];
