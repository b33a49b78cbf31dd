// Speakers that announce on-premises addresses beside whatever CNI runs there. On a cloud node they would announce the
// data center's virtual addresses from a VPC, so they are kept off; spec.onPremises.cni.exceptCompanions lets one stay.
import type { Companion } from './contract.ts';

const why = 'it would announce on-premises addresses from the VPC';

export const BGP_SPEAKERS: readonly Companion[] = [
  {
    what: 'MetalLB speaker',
    kind: 'DaemonSet',
    // config/manifests/*.yaml and charts/metallb of v0.15
    anyOf: [
      { selector: { app: 'metallb', component: 'speaker' } },
      { selector: { 'app.kubernetes.io/name': 'metallb', 'app.kubernetes.io/component': 'speaker' } },
    ],
    owner: { chart: { takes: 'Affinity', value: 'speaker.affinity' } },
    verdict: 'KeepOff',
    why,
  },
  {
    what: 'frr-k8s',
    kind: 'DaemonSet',
    // metallb/frr-k8s config/all-in-one (frr-k8s-daemon) and charts/frr-k8s
    anyOf: [
      { selector: { 'control-plane': 'frr-k8s' } },
      { selector: { 'app.kubernetes.io/name': 'frr-k8s', 'app.kubernetes.io/component': 'frr-k8s' } },
      { name: /^(.+-)?frr-k8s(-daemon)?$/ },
    ],
    owner: { chart: { takes: 'Affinity', value: 'frrk8s.affinity' } },
    verdict: 'KeepOff',
    why,
  },
  {
    what: 'kube-vip',
    kind: 'DaemonSet',
    // `kube-vip manifest daemonset`; older releases select name=kube-vip-ds
    anyOf: [{ name: /^kube-vip-ds$/ }],
    owner: { chart: { takes: 'Affinity', value: 'affinity' } },
    verdict: 'KeepOff',
    why,
  },
  {
    what: 'Kube-OVN speaker',
    kind: 'DaemonSet',
    anyOf: [{ selector: { app: 'kube-ovn-speaker' } }, { name: /^kube-ovn-speaker$/ }],
    owner: {},
    verdict: 'KeepOff',
    why,
  },
  {
    what: 'OpenBFDD',
    kind: 'DaemonSet',
    anyOf: [{ selector: { app: 'openbfdd' } }],
    owner: {},
    verdict: 'KeepOff',
    why: 'it watches the BGP sessions of kube-ovn-speaker',
  },
];
