// Flannel by Documentation/kube-flannel.yml (v0.28), its chart, rke2-flannel, and kubespray. The flannel inside the k3s
// process is no workload at all.
import type { Cni } from './contract.ts';

export const flannel: Cni = {
  name: 'Flannel',
  summary: 'DaemonSet kube-flannel-ds, kube-flannel or kube-flannel-ds-<arch> (selector app=flannel)',
  agents: [
    {
      what: 'node agent',
      kind: 'DaemonSet',
      anyOf: [
        // kubespray: one DaemonSet for each architecture, kube-flannel and kube-flannel-ds-<arch>, all select app=flannel.
        { selector: { app: 'flannel' } },
        { selector: { 'k8s-app': 'flannel' } },
        { name: /^(kube|rke2)-flannel(-ds)?(-[a-z0-9]+)*$/ },
      ],
      // chart/kube-flannel/templates/daemonset.yaml: the term os In [linux] is hard-coded.
      owner: { chart: { takes: 'NodeSelector', value: 'flannel.nodeSelector' } },
    },
  ],
  companions: [],
};
