// Worlds for the checks of workloads and of what lies between the networks.
import { daemonSet } from '../../../support/make-workload.ts';
import { calicoByTigera, ciliumChart, kubeProxy } from '../../../support/shipped-workloads.ts';
import {
  COREDNS,
  eniConfig,
  keptOff,
  nodeDetails,
  SPEC,
  terway,
  WORKLOADS,
} from '../../../support/make-check-facts.ts';
import { configMap, podOf, present } from '../../../support/make-facts.ts';
import { NO_CLOUD, NO_CLUSTER } from '../../../support/check-rows.ts';
import type { RowTable } from '../../../support/check-rows.ts';

const WITHOUT_CALICO = WORKLOADS.filter(({ name }) => !name.startsWith('calico'));

const WITH_CILIUM = [...WITHOUT_CALICO, ...ciliumChart().map(keptOff)];

const CALICO_NODE =
  WORKLOADS.find(({ name }) => name === 'calico-node') ?? daemonSet({ name: 'calico-node' });

export const WORKLOAD_ROWS: RowTable = {
  C60: {
    fails: [
      {
        what: 'a pod of Calico on a cloud node',
        cluster: { pods: { 'DaemonSet/kube-system/calico-node': [podOf(CALICO_NODE, 'ecs-1')] } },
        says: /1 pod on the wrong side: .*calico-node-ecs-1/,
      },
    ],
    unchecked: [
      NO_CLUSTER,
      {
        cluster: { pods: { 'DaemonSet/kube-system/calico-node': undefined } },
        why: 'Not all pods can be read.',
      },
    ],
  },
  C61: {
    fails: [
      {
        what: 'a template without the exclusion',
        cluster: {
          workloads: [daemonSet({ name: 'calico-node', selector: { 'k8s-app': 'calico-node' } }), terway()],
        },
        says: 'To be changed: kube-system/calico-node.',
      },
    ],
    unchecked: [NO_CLUSTER],
    notApplicable: [{ spec: { scenario: 'Overlay' } }],
  },
  C62: {
    fails: [
      {
        what: 'a Calico of the tigera-operator',
        cluster: { workloads: [...WITHOUT_CALICO, ...calicoByTigera()] },
        says: 'Owned by somebody who would revert a change: calico-system/calico-node',
        remedy: 'kind: Installation',
      },
    ],
    unchecked: [NO_CLUSTER],
  },
  C63: {
    passes: [
      {
        details: {
          kubeProxy: present(
            configMap({
              'config.conf': 'clusterCIDR: 10.100.0.0/16\ndetectLocalMode: InterfaceNamePrefix\n',
            }),
          ),
        },
      },
    ],
    fails: [
      {
        what: 'a clusterCIDR without the pod vSwitches',
        details: { kubeProxy: present(configMap({ 'config.conf': 'clusterCIDR: 10.100.0.0/16\n' })) },
        says: 'clusterCIDR of kube-proxy is 10.100.0.0/16 without pod vSwitch vsw-pods (10.0.32.0/19)',
        remedy: 'detectLocalMode: InterfaceNamePrefix',
      },
      {
        what: 'a kube-proxy that is kept off cloud nodes',
        cluster: {
          workloads: [...WITHOUT_CALICO.filter(({ name }) => name !== 'kube-proxy'), keptOff(kubeProxy())],
        },
        says: 'is kept off cloud nodes, and Terway needs it there',
      },
    ],
    unchecked: [NO_CLUSTER, NO_CLOUD],
  },
  C64: {
    fails: [
      {
        what: 'CoreDNS on one side only',
        cluster: { pods: { 'Deployment/kube-system/coredns': [podOf(COREDNS, 'idc-1')] } },
        says: 'No ready pod of CoreDNS is on a cloud node.',
      },
    ],
    unchecked: [
      NO_CLUSTER,
      {
        cluster: { pods: { 'Deployment/kube-system/coredns': undefined } },
        why: 'The pods of CoreDNS cannot be read.',
      },
    ],
  },
  C65: {
    passes: [
      {
        details: {
          ipPools: present([
            { name: 'default', cidr: '10.100.0.0/16', natOutgoing: true, disabled: false },
            { name: 'cloud', cidr: '10.0.0.0/16', natOutgoing: false, disabled: true },
          ]),
        },
      },
    ],
    fails: [
      {
        what: 'a pool that translates',
        details: {
          ipPools: present([{ name: 'default', cidr: '10.100.0.0/16', natOutgoing: true, disabled: false }]),
        },
        says: 'IPPool default hides on-premises pods behind their node towards pod vSwitch vsw-pods (10.0.32.0/19).',
        remedy: 'spec: {cidr: 10.0.32.0/19, disabled: true}',
      },
    ],
    unchecked: [{ details: { ipPools: { state: 'forbidden', why: 'no right' } }, why: 'no right' }],
  },
  C66: {
    fails: [
      {
        what: 'CRDs of Terway’s chart over those of Calico',
        details: { calicoCrds: present([{ name: 'ippools.crd.projectcalico.org', isStub: true }]) },
        says: 'Without a schema for spec: ippools.crd.projectcalico.org.',
      },
    ],
    unchecked: [
      { cluster: 'none', why: 'No cluster was read. Or set spec.onPremises.cni.type.' },
      { details: { calicoCrds: { state: 'forbidden', why: 'no right' } }, why: 'no right' },
    ],
    notApplicable: [{ cluster: { workloads: WITH_CILIUM } }],
  },
  C67: {
    fails: [
      {
        what: 'two Ciliums',
        cluster: {
          workloads: WITH_CILIUM,
          eniConfig: eniConfig(
            {},
            { '10-terway.conf': '{"type":"terway","eniip_virtual_type":"DataPathV2"}' },
          ),
        },
        says: 'Terway brings a Cilium of its own for this data path',
        remedy: 'spec.terway.datapath: Veth',
      },
      {
        what: 'policies of Calico on both sides',
        spec: { terway: { ...SPEC.terway, networkPolicy: 'Enabled' } },
        says: 'applies them to cloud pods',
        severity: 'warning',
      },
      {
        what: 'eBPF on an old kernel',
        spec: { terway: { ...SPEC.terway, networkPolicy: 'Enabled' } },
        cluster: {
          eniConfig: eniConfig(
            {},
            { '10-terway.conf': '{"type":"terway","network_policy_provider":"ebpf"}' },
          ),
        },
        details: { nodes: nodeDetails({ kernelVersion: '4.18.0-193.el8' }) },
        says: 'Kernel older than 4.19, which eBPF needs: ecs-1.',
      },
    ],
    unchecked: [NO_CLUSTER],
  },
  C68: {
    passes: [
      {
        cluster: { workloads: WITH_CILIUM },
        details: { cilium: present(configMap({ 'unmanaged-pod-watcher-interval': '0' })) },
      },
    ],
    fails: [
      {
        what: 'the watcher with which Cilium ships',
        cluster: { workloads: WITH_CILIUM },
        details: { cilium: present(configMap({ 'unmanaged-pod-watcher-interval': '15' })) },
        says: 'Every 15 s the operator of Cilium deletes a kube-dns pod',
        remedy: 'operator:\n  unmanagedPodWatcher:\n    restart: false',
      },
    ],
    unchecked: [
      { cluster: 'none', why: 'No cluster was read. Or set spec.onPremises.cni.type.' },
      { cluster: { workloads: WITH_CILIUM }, why: 'ConfigMap kube-system/cilium-config: not there.' },
    ],
  },
};
