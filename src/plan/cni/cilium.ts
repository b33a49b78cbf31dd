// Cilium by its chart (1.20; also rke2-cilium and cilium-cli, which install the same chart).
import type { Cni } from './contract.ts';

export const cilium: Cni = {
  name: 'Cilium',
  summary: 'DaemonSet cilium (selector k8s-app=cilium)',
  agents: [
    {
      what: 'node agent',
      kind: 'DaemonSet',
      anyOf: [{ selector: { 'k8s-app': 'cilium' } }],
      owner: {
        chart: {
          takes: 'Affinity',
          value: 'affinity',
          // templates/cilium-agent/daemonset.yaml
          note: 'With scheduling.mode kube-scheduler the chart ignores this value; use nodeSelector there',
        },
      },
    },
  ],
  companions: [
    {
      what: 'Envoy proxy',
      kind: 'DaemonSet',
      anyOf: [{ selector: { 'k8s-app': 'cilium-envoy' } }],
      // The list replaces the chart's own, so it has to repeat cilium.io/no-schedule; the wanted affinity does.
      owner: { chart: { takes: 'Affinity', value: 'envoy.affinity' } },
      verdict: 'KeepOff',
      why: 'the DaemonSet controller ignores its podAffinity to cilium: without the agent its pods would be Pending for ever and rollouts would hang',
    },
    {
      what: 'operator',
      kind: 'Deployment',
      anyOf: [{ selector: { 'io.cilium/app': 'operator' } }, { name: /^cilium-operator$/ }],
      owner: {
        chart: {
          takes: 'Affinity',
          value: 'operator.affinity',
          // operator/unmanagedpods/controller.go does not look whether the node runs Cilium.
          note: 'Set operator.unmanagedPodWatcher.restart to false as well, or the operator keeps deleting CoreDNS pods on cloud nodes',
        },
      },
      verdict: 'KeepOff',
      why: 'it uses the host network and tolerates every taint',
    },
    {
      what: 'node initialisation',
      kind: 'DaemonSet',
      anyOf: [{ name: /^cilium-node-init$/ }],
      owner: { chart: { takes: 'Affinity', value: 'nodeinit.affinity' } },
      verdict: 'KeepOff',
      why: 'it prepares nodes for the agent and rewrites their CNI configuration',
    },
    {
      what: 'ztunnel',
      kind: 'DaemonSet',
      anyOf: [{ name: /^ztunnel-cilium$/ }],
      owner: {},
      verdict: 'KeepOff',
      why: 'it works on the pods of the agent',
    },
    {
      what: 'DNS proxy',
      kind: 'DaemonSet',
      anyOf: [{ name: /^standalone-dns-proxy$/ }],
      owner: {},
      verdict: 'KeepOff',
      why: 'it works on the pods of the agent',
    },
    {
      what: 'SPIRE agent',
      kind: 'DaemonSet',
      // SPIRE without Cilium uses the same name in other namespaces.
      anyOf: [{ name: /^spire-agent$/, namespace: 'cilium-spire' }],
      owner: { chart: { takes: 'Affinity', value: 'authentication.mutual.spire.install.agent.affinity' } },
      verdict: 'KeepOff',
      why: 'it authenticates the pods of the agent',
    },
    {
      what: 'pre-flight check',
      kind: 'DaemonSet',
      anyOf: [{ name: /^cilium-pre-flight-check$/ }],
      owner: { chart: { takes: 'Affinity', value: 'preflight.affinity' } },
      verdict: 'KeepOff',
      why: 'like cilium-envoy: its pods would be Pending wherever the agent does not run',
    },
    {
      what: 'Hubble relay',
      kind: 'Deployment',
      anyOf: [{ selector: { 'k8s-app': 'hubble-relay' } }],
      owner: { chart: { takes: 'Affinity', value: 'hubble.relay.affinity' } },
      verdict: 'Leave',
      why: 'the scheduler heeds its required podAffinity to cilium, so it follows by itself',
    },
  ],
};
