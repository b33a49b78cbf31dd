// Kube-OVN by chart v1 and install.sh (no metadata labels, selectors app=…), and by chart v2 (app.kubernetes.io/name=…).
import type { Cni, Marks } from './contract.ts';

// Neither chart renders node affinity for them, nor has a value for it.
const NO_VALUE = { chart: { takes: 'Nothing' } } as const;

function selecting(v1: string, v2: string): readonly [Marks, Marks] {
  return [{ selector: { app: v1 } }, { selector: { 'app.kubernetes.io/name': v2 } }];
}

// `app=ovs` is too common a label to be trusted alone.
const OVS: readonly [Marks, Marks] = [
  { selector: { app: 'ovs' }, name: /^ovs-ovn$/ },
  { selector: { 'app.kubernetes.io/name': 'kube-ovn-ovs' } },
];

export const kubeOvn: Cni = {
  name: 'KubeOVN',
  summary:
    'DaemonSet kube-ovn-cni of chart v1, chart v2 or install.sh (selector app=kube-ovn-cni or app.kubernetes.io/name=kube-ovn-cni)',
  agents: [
    {
      what: 'node agent',
      kind: 'DaemonSet',
      anyOf: selecting('kube-ovn-cni', 'kube-ovn-cni'),
      owner: NO_VALUE,
    },
  ],
  companions: [
    {
      what: 'Open vSwitch',
      kind: 'DaemonSet',
      anyOf: OVS,
      owner: { chart: { takes: 'Affinity', value: 'ovsOvn.affinity', note: 'Chart v1 has no such value' } },
      verdict: 'KeepOff',
      why: 'it is the data path of kube-ovn-cni',
    },
    {
      what: 'Open vSwitch with DPDK',
      kind: 'DaemonSet',
      anyOf: [{ name: /^ovs-ovn-dpdk$/ }],
      owner: NO_VALUE,
      verdict: 'KeepOff',
      why: 'it is the data path of kube-ovn-cni',
    },
    {
      what: 'pinger',
      kind: 'DaemonSet',
      anyOf: selecting('kube-ovn-pinger', 'kube-ovn-pinger'),
      owner: NO_VALUE,
      verdict: 'KeepOff',
      why: 'on cloud nodes it would report that Kube-OVN is broken',
    },
    {
      what: 'controller',
      kind: 'Deployment',
      anyOf: selecting('kube-ovn-controller', 'kube-ovn-controller'),
      owner: NO_VALUE,
      verdict: 'KeepOff',
      why: 'it uses the host network and ships only a preferred node affinity',
    },
    {
      what: 'OVN databases, monitor and interconnection',
      kind: 'Deployment',
      anyOf: [{ name: /^(ovn-central|kube-ovn-monitor|ovn-ic-controller)$/ }],
      owner: {},
      verdict: 'Leave',
      why: 'a required node affinity pins them to the control plane already',
    },
  ],
};
