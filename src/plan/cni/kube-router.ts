// kube-router by the manifests in daemonset/ of its repository (all 12 variants), kubespray and k0s.
import type { Cni } from './contract.ts';

export const kubeRouter: Cni = {
  name: 'KubeRouter',
  summary: 'DaemonSet kube-router (selector k8s-app=kube-router)',
  agents: [
    {
      what: 'node agent',
      kind: 'DaemonSet',
      anyOf: [{ selector: { 'k8s-app': 'kube-router' } }, { name: /^kube-router$/ }],
      owner: {},
    },
  ],
  companions: [],
};
