// Calico by its manifests (calico.yaml, -typha, -vxlan, -bpf, -etcd, -policy-only; v3.32) or by the tigera-operator.
import type { Cni, Companion } from './contract.ts';

// merge.go of the tigera-operator: `overlay` is merged over `default`, and whoever renders `default` never touches it.
const INSTALLATION = { kind: 'Installation', name: 'overlay' };

/** canal.yaml ships it as well. */
export const calicoKubeControllers: Companion = {
  what: 'kube-controllers',
  kind: 'Deployment',
  anyOf: [{ selector: { 'k8s-app': 'calico-kube-controllers' } }, { name: /calico-kube-controllers$/ }],
  owner: { tigera: { ...INSTALLATION, field: 'calicoKubeControllersDeployment' } },
  verdict: 'KeepOff',
  why: 'on a cloud node it would get an address of Terway and work across the link',
};

/** canal.yaml with Typha ships it as well. */
export const calicoTypha: Companion = {
  what: 'Typha',
  kind: 'Deployment',
  anyOf: [{ selector: { 'k8s-app': 'calico-typha' } }],
  owner: { tigera: { ...INSTALLATION, field: 'typhaDeployment' } },
  verdict: 'KeepOff',
  why: 'it tolerates everything, and the on-premises agents would depend on a cloud node',
};

export const calico: Cni = {
  name: 'Calico',
  summary: 'DaemonSet calico-node of the manifests or of the tigera-operator (selector k8s-app=calico-node)',
  agents: [
    {
      what: 'node agent',
      kind: 'DaemonSet',
      anyOf: [{ selector: { 'k8s-app': 'calico-node' } }],
      owner: { tigera: { ...INSTALLATION, field: 'calicoNodeDaemonSet' } },
    },
  ],
  companions: [
    {
      what: 'Windows node agent',
      kind: 'DaemonSet',
      anyOf: [{ selector: { 'k8s-app': 'calico-node-windows' } }, { name: /^calico-node-windows$/ }],
      owner: { tigera: { ...INSTALLATION, field: 'calicoNodeWindowsDaemonSet' } },
      verdict: 'KeepOff',
      why: 'it is the node agent of Windows nodes',
    },
    {
      what: 'CSI driver',
      kind: 'DaemonSet',
      // The name alone could be that of any storage vendor.
      anyOf: [
        { name: /^csi-node-driver$/, namespace: 'calico-system' },
        { name: /^csi-node-driver$/, labels: { 'app.kubernetes.io/part-of': 'Calico' } },
      ],
      owner: { tigera: { ...INSTALLATION, field: 'csiNodeDriverDaemonSet' } },
      verdict: 'KeepOff',
      why: 'it serves calico-node, tolerates every taint and has nothing to do where calico-node does not run',
    },
    calicoTypha,
    calicoKubeControllers,
    {
      what: 'API server',
      kind: 'Deployment',
      // Namespace calico-apiserver up to v3.30, calico-system since.
      anyOf: [
        { name: /^calico-apiserver$/, namespace: 'calico-apiserver' },
        { name: /^calico-apiserver$/, namespace: 'calico-system' },
      ],
      owner: { tigera: { kind: 'APIServer', name: 'default', field: 'apiServerDeployment' } },
      verdict: 'KeepOff',
      why: 'on a cloud node the API server of the cluster would reach it only across the link',
    },
    {
      what: 'Goldmane',
      kind: 'Deployment',
      anyOf: [{ name: /^goldmane$/, namespace: 'calico-system' }],
      owner: { tigera: { kind: 'Goldmane', name: 'default', field: 'goldmaneDeployment' } },
      verdict: 'KeepOff',
      why: 'calico-node sends it flow logs, which would cross the link',
    },
    {
      what: 'Whisker',
      kind: 'Deployment',
      anyOf: [{ name: /^whisker$/, namespace: 'calico-system' }],
      owner: { tigera: { kind: 'Whisker', name: 'default', field: 'whiskerDeployment' } },
      verdict: 'KeepOff',
      why: 'it reads the flow logs of Goldmane, which would cross the link',
    },
  ],
};
