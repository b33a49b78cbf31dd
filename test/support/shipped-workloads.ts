// Workloads as the CNIs, and what stands beside them, ship them: labels, selectors, affinity and tolerations.
import type { Affinity, NodeSelectorTerm, Workload } from '../../src/plan/facts.ts';
import {
  APPLIED,
  LINUX,
  TOLERATE_ALL,
  WINDOWS,
  byHelm,
  byTigera,
  daemonSet,
  deployment,
  statefulSet,
} from './make-workload.ts';
import type { WorkloadOptions } from './make-workload.ts';

function spreadBy(selector: Readonly<Record<string, string>>): Affinity {
  const term = { labelSelector: { matchLabels: selector }, topologyKey: 'kubernetes.io/hostname' };
  return { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
}

function labelled(key: string, name: string): Pick<WorkloadOptions, 'labels' | 'selector'> {
  return { labels: { [key]: name }, selector: { [key]: name } };
}

/** manifests/calico-typha.yaml v3.32 */
export function calicoManifest(): readonly Workload[] {
  const common = { annotations: APPLIED, nodeSelector: LINUX, tolerations: TOLERATE_ALL };
  return [
    daemonSet({ ...common, name: 'calico-node', ...labelled('k8s-app', 'calico-node') }),
    deployment({ ...common, name: 'calico-typha', ...labelled('k8s-app', 'calico-typha') }),
    deployment({
      ...common,
      name: 'calico-kube-controllers',
      ...labelled('k8s-app', 'calico-kube-controllers'),
    }),
  ];
}

function calicoSystem(name: string): WorkloadOptions {
  return {
    name,
    namespace: 'calico-system',
    selector: { 'k8s-app': name },
    nodeSelector: LINUX,
    tolerations: TOLERATE_ALL,
    ...byTigera(name),
  };
}

/** tigera/operator pkg/render, Calico v3.32 */
export function calicoByTigera(): readonly Workload[] {
  return [
    daemonSet(calicoSystem('calico-node')),
    daemonSet({ ...calicoSystem('calico-node-windows'), nodeSelector: WINDOWS }),
    daemonSet(calicoSystem('csi-node-driver')),
    deployment({ ...calicoSystem('calico-typha'), replicas: 3 }),
    deployment(calicoSystem('calico-kube-controllers')),
    deployment(calicoSystem('calico-apiserver')),
    deployment(calicoSystem('goldmane')),
    deployment(calicoSystem('whisker')),
  ];
}

/** manifests/canal.yaml v3.32 */
export function canalManifest(): readonly Workload[] {
  const common = { annotations: APPLIED, nodeSelector: LINUX, tolerations: TOLERATE_ALL };
  return [
    daemonSet({ ...common, name: 'canal', ...labelled('k8s-app', 'canal') }),
    deployment({
      ...common,
      name: 'calico-kube-controllers',
      ...labelled('k8s-app', 'calico-kube-controllers'),
    }),
  ];
}

/** rke2-charts packages/rke2-canal: named after its release. */
export function canalByRke2(): readonly Workload[] {
  return [
    daemonSet({
      name: 'rke2-canal',
      selector: { 'k8s-app': 'canal' },
      nodeSelector: LINUX,
      tolerations: TOLERATE_ALL,
      ...byHelm('rke2-canal'),
    }),
  ];
}

const OS_LINUX: NodeSelectorTerm = {
  matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }],
};

/** Documentation/kube-flannel.yml v0.28 */
export function flannelManifest(): readonly Workload[] {
  return [
    daemonSet({
      name: 'kube-flannel-ds',
      namespace: 'kube-flannel',
      labels: { app: 'flannel', tier: 'node', 'k8s-app': 'flannel' },
      annotations: APPLIED,
      selector: { app: 'flannel' },
      terms: [OS_LINUX],
      tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }],
    }),
  ];
}

function flannelFor(arch: string, name: string): Workload {
  const terms = [
    {
      matchExpressions: [
        { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] },
        { key: 'kubernetes.io/arch', operator: 'In', values: [arch] },
      ],
    },
  ];
  const labels = { tier: 'node', app: 'flannel' };
  return daemonSet({
    name,
    labels,
    annotations: APPLIED,
    selector: { app: 'flannel' },
    terms,
    tolerations: TOLERATE_ALL,
  });
}

/** kubespray: one DaemonSet for each architecture, all with the same selector. */
export function flannelByKubespray(): readonly Workload[] {
  return [flannelFor('amd64', 'kube-flannel'), flannelFor('arm64', 'kube-flannel-ds-arm64')];
}

/** Chart 1.20, installed by Helm. */
export function ciliumChart(): readonly Workload[] {
  const envoySelector = { 'k8s-app': 'cilium-envoy' };
  const besideAgent = {
    labelSelector: { matchLabels: { 'k8s-app': 'cilium' } },
    topologyKey: 'kubernetes.io/hostname',
  };
  const common = { ...byHelm('cilium'), nodeSelector: LINUX, tolerations: TOLERATE_ALL };
  return [
    daemonSet({
      ...common,
      name: 'cilium',
      labels: {
        'app.kubernetes.io/managed-by': 'Helm',
        'k8s-app': 'cilium',
        'app.kubernetes.io/name': 'cilium-agent',
      },
      selector: { 'k8s-app': 'cilium' },
      affinity: spreadBy({ 'k8s-app': 'cilium' }),
    }),
    daemonSet({
      ...common,
      name: 'cilium-envoy',
      selector: envoySelector,
      affinity: {
        ...spreadBy(envoySelector),
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [besideAgent] },
      },
      terms: [{ matchExpressions: [{ key: 'cilium.io/no-schedule', operator: 'NotIn', values: ['true'] }] }],
    }),
    deployment({
      ...common,
      name: 'cilium-operator',
      selector: { 'io.cilium/app': 'operator', name: 'cilium-operator' },
      affinity: spreadBy({ 'io.cilium/app': 'operator' }),
      replicas: 2,
    }),
    deployment({
      ...common,
      name: 'hubble-relay',
      selector: { 'k8s-app': 'hubble-relay' },
      affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [besideAgent] } },
    }),
  ];
}

/** daemonset/generic-kuberouter.yaml */
export function kubeRouterManifest(): readonly Workload[] {
  return [
    daemonSet({
      name: 'kube-router',
      labels: { 'k8s-app': 'kube-router', tier: 'node' },
      annotations: APPLIED,
      selector: { 'k8s-app': 'kube-router', tier: 'node' },
      tolerations: TOLERATE_ALL,
    }),
  ];
}

/** build/yamls/antrea.yml and antrea-windows.yml: both agents have the same selector. */
export function antreaManifest(): readonly Workload[] {
  const agent = { app: 'antrea', component: 'antrea-agent' };
  const controller = { app: 'antrea', component: 'antrea-controller' };
  const common = { annotations: APPLIED, tolerations: TOLERATE_ALL };
  return [
    daemonSet({ ...common, name: 'antrea-agent', labels: agent, selector: agent, nodeSelector: LINUX }),
    daemonSet({
      ...common,
      name: 'antrea-agent-windows',
      labels: agent,
      selector: agent,
      nodeSelector: WINDOWS,
    }),
    deployment({
      ...common,
      name: 'antrea-controller',
      labels: controller,
      selector: controller,
      nodeSelector: LINUX,
    }),
  ];
}

type Labels = Readonly<Record<string, string>>;

function tolerant(name: string, selector: Labels): WorkloadOptions {
  return { name, selector, nodeSelector: LINUX, tolerations: TOLERATE_ALL };
}

function kubeOvn(select: (v1: string, v2: string) => Labels): readonly Workload[] {
  const pinned = { matchExpressions: [{ key: 'kube-ovn/role', operator: 'In', values: ['master'] }] };
  return [
    daemonSet(tolerant('kube-ovn-cni', select('kube-ovn-cni', 'kube-ovn-cni'))),
    daemonSet(tolerant('ovs-ovn', select('ovs', 'kube-ovn-ovs'))),
    daemonSet(tolerant('kube-ovn-pinger', select('kube-ovn-pinger', 'kube-ovn-pinger'))),
    deployment(tolerant('kube-ovn-controller', select('kube-ovn-controller', 'kube-ovn-controller'))),
    deployment({ ...tolerant('ovn-central', select('ovn-central', 'ovn-central')), terms: [pinned] }),
  ];
}

/** install.sh and chart v1: no labels on the objects themselves. */
export function kubeOvnV1(): readonly Workload[] {
  return kubeOvn((v1) => ({ app: v1, component: 'network', type: 'infra' }));
}

export function kubeOvnV2(): readonly Workload[] {
  return kubeOvn((_, v2) => ({ 'app.kubernetes.io/name': v2, 'app.kubernetes.io/part-of': 'kube-ovn' }));
}

/** kubeadm cmd/kubeadm/app/phases/addons/proxy */
export function kubeProxy(options: Partial<WorkloadOptions> = {}): Workload {
  return daemonSet({
    name: 'kube-proxy',
    labels: { 'k8s-app': 'kube-proxy' },
    selector: { 'k8s-app': 'kube-proxy' },
    nodeSelector: LINUX,
    tolerations: TOLERATE_ALL,
    ...options,
  });
}

/** The add-on of a registered cluster. */
export function terwayAddOn(options: Partial<WorkloadOptions> = {}): Workload {
  return daemonSet({
    name: 'terway-eniip',
    labels: { app: 'terway-eniip' },
    selector: { app: 'terway-eniip' },
    nodeSelector: { 'alibabacloud.com/external': 'true' },
    tolerations: TOLERATE_ALL,
    ...options,
  });
}

/** config/manifests/metallb-native.yaml */
export function metalLbSpeaker(): Workload {
  const speaker = { app: 'metallb', component: 'speaker' };
  return daemonSet({
    name: 'speaker',
    namespace: 'metallb-system',
    labels: speaker,
    selector: speaker,
    nodeSelector: LINUX,
  });
}

/** kube-vip manifest daemonset --services */
export function kubeVip(): Workload {
  return daemonSet({ name: 'kube-vip-ds', ...labelled('app.kubernetes.io/name', 'kube-vip-ds') });
}

/** Nothing here is a CNI's, whatever its name suggests. */
export function neighbours(): readonly Workload[] {
  return [
    kubeProxy(),
    kubeProxy({ name: 'kube-proxy-windows', nodeSelector: WINDOWS }),
    terwayAddOn(),
    daemonSet({
      name: 'node-local-dns',
      ...labelled('k8s-app', 'node-local-dns'),
      tolerations: TOLERATE_ALL,
    }),
    daemonSet({ name: 'kube-multus-ds', labels: { app: 'multus' }, selector: { name: 'multus' } }),
    daemonSet({ name: 'csi-node-driver', namespace: 'storage' }),
    daemonSet({ name: 'node-exporter', namespace: 'monitoring' }),
    daemonSet({ name: 'spire-agent', namespace: 'spire' }),
    deployment({ name: 'coredns', ...labelled('k8s-app', 'kube-dns') }),
    deployment({ name: 'flannel', namespace: 'shop' }),
    statefulSet({ name: 'calico-node', namespace: 'shop', selector: { 'k8s-app': 'calico-node' } }),
  ];
}
