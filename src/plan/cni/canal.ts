// Canal (Flannel for the network, Calico for policies): manifests/canal.yaml v3.32 and canal-etcd.yaml of Calico, and
// RKE2, whose chart rke2-canal names the DaemonSet after its release.
import { calicoKubeControllers, calicoTypha } from './calico.ts';
import type { Cni } from './contract.ts';

export const canal: Cni = {
  name: 'Canal',
  summary: 'DaemonSet canal, canal-node or rke2-canal (selector k8s-app=canal or canal-node)',
  agents: [
    {
      what: 'node agent',
      kind: 'DaemonSet',
      anyOf: [{ selector: { 'k8s-app': 'canal' } }, { selector: { 'k8s-app': 'canal-node' } }],
      // rke2-charts packages/rke2-canal/charts/templates/daemonset.yaml: os=linux is hard-coded, there is no value for
      // affinity, nodeSelector or tolerations.
      owner: { chart: { takes: 'Nothing' } },
    },
  ],
  companions: [calicoTypha, calicoKubeControllers],
};
