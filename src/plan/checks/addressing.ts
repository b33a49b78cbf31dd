// What translates addresses between the two networks, and what is shared by them: kube-proxy, Calico's pools and CRDs,
// NetworkPolicy.
import { kubeProxies } from '../cni/warnings.ts';
import type { LiveConfig } from '../eni/config-map.ts';
import { policyInEffect } from '../eni/network-policy.ts';
import type { ConfigMapFact } from '../facts.ts';
import { contains, parseCidr, textOf } from '../ipv4.ts';
import { listed } from '../wording.ts';
import { clusterOf, detail, detailNeeded } from './check-facts.ts';
import type { CheckFacts, IpPool } from './check-facts.ts';
import type { Check } from './check.ts';
import { cloudNodesOf, isAtLeast, liveConfig, parseVersion, whereTerwayRuns } from './known-facts.ts';
import { all, failed, given, notApplicable, passed, unless } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { inWords, onPremisesCni, podVSwitchRanges, yamlValue } from './ranges.ts';
import type { Range } from './ranges.ts';

function masquerades(config: ConfigMapFact, vSwitches: readonly Range[]): Outcome {
  const text = config.data['config.conf'];
  const mode = yamlValue(text, 'detectLocalMode') ?? '';
  const own = (yamlValue(text, 'clusterCIDR') ?? '').split(',').flatMap((part) => parseCidr(part) ?? []);
  if (own.length === 0 || !['', 'ClusterCIDR'].includes(mode)) return passed();
  const foreign = vSwitches.filter(({ cidr }) => !own.some((range) => contains(range, cidr)));
  return unless(
    foreign.map(
      (range) =>
        `clusterCIDR of kube-proxy is ${own.map(textOf).join(', ')} without ${inWords(range)}: pods there reach Services under the address of their node.`,
    ),
  );
}

const kubeProxy: Check = {
  id: 'C63',
  title: 'kube-proxy runs on cloud nodes and takes their pods for its own',
  severity: 'warning',
  needs: ['spec', 'cluster', 'details', 'vSwitches'],
  remedy:
    'In ConfigMap kube-system/kube-proxy set detectLocalMode: InterfaceNamePrefix and detectLocal.interfaceNamePrefix: cali, which Terway and Calico share; where the on-premises CNI is another one, leave clusterCIDR empty.',
  evaluate: (facts) =>
    whereTerwayRuns(facts, () =>
      given(clusterOf(facts), ({ workloads }) => {
        const absent = kubeProxies(workloads.filter(({ deleting }) => !deleting));
        if (absent.length > 0) return unless(absent, { remedy: 'See the message.' });
        return given(all(detail(facts, 'kubeProxy'), podVSwitchRanges(facts)), ([config, vSwitches]) =>
          config === undefined
            ? notApplicable('There is no ConfigMap kube-system/kube-proxy.')
            : masquerades(config, vSwitches),
        );
      }),
    ),
};

function poolFor({ cidr }: Range, at: number): string {
  return `apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: cloud-pods-${at + 1}}\nspec: {cidr: ${textOf(cidr)}, disabled: true}`;
}

function translates(pools: readonly IpPool[], vSwitches: readonly Range[]): Outcome {
  const translating = pools.filter(({ natOutgoing, disabled }) => natOutgoing && !disabled);
  if (translating.length === 0) return passed();
  const known = pools.flatMap(({ cidr }) => parseCidr(cidr) ?? []);
  const foreign = vSwitches.filter(({ cidr }) => !known.some((pool) => contains(pool, cidr)));
  if (foreign.length === 0) return passed();
  return failed(
    `${listed(translating.map(({ name }) => `IPPool ${name}`))} hides on-premises pods behind their node towards ${listed(foreign.map(inWords))}.`,
    {
      remedy: `Add a disabled pool for each, or set natOutgoing: false:\n${foreign.map(poolFor).join('\n---\n')}`,
    },
  );
}

const natOutgoing: Check = {
  id: 'C65',
  title: 'Calico does not translate addresses towards cloud pods',
  severity: 'warning',
  needs: ['spec', 'cluster', 'details', 'vSwitches'],
  remedy: 'Add a disabled IPPool with the range of the pod vSwitches: membership of a pool decides.',
  evaluate: (facts) =>
    whereTerwayRuns(facts, () =>
      given(detail(facts, 'ipPools'), (pools = []) =>
        pools.length === 0
          ? notApplicable('There are no IPPools of Calico.')
          : given(podVSwitchRanges(facts), (vSwitches) => translates(pools, vSwitches)),
      ),
    ),
};

function isCalico(cni: string): boolean {
  return cni === 'Calico' || cni === 'Canal';
}

const realCrds: Check = {
  id: 'C66',
  title: 'The CRDs of Calico are Calico’s own',
  severity: 'error',
  needs: ['spec', 'cluster', 'details'],
  remedy:
    'Apply the CRDs of the Calico that is installed again, at once and before anything is written: those of Terway’s chart know no spec, and the API server drops what they do not know.',
  evaluate: (facts) =>
    given(onPremisesCni(facts), (cni) =>
      isCalico(cni)
        ? given(detail(facts, 'calicoCrds'), (crds = []) => {
            const stubs = crds.filter(({ isStub }) => isStub).map(({ name }) => name);
            return unless(stubs.length === 0 ? [] : [`Without a schema for spec: ${listed(stubs)}.`]);
          })
        : notApplicable('Calico does not run on-premises.'),
    ),
};

/** Of Terway’s eBPF provider. */
const KERNEL = [4, 19, 0] as const;

function oldKernels(facts: CheckFacts): readonly string[] {
  const parts = all(cloudNodesOf(facts), detailNeeded(facts, 'nodes'));
  if (!parts.known) return [];
  const [nodes, details] = parts.value;
  return nodes.flatMap(({ node: { name } }) => {
    const kernel = parseVersion(details.get(name)?.kernelVersion ?? '');
    return kernel !== undefined && !isAtLeast(kernel, KERNEL) ? [name] : [];
  });
}

function textIn(value: unknown, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value.toLowerCase() : fallback;
}

function usesCilium({ cniConf }: LiveConfig): boolean {
  const datapath = textIn(cniConf['eniip_virtual_type'], 'veth');
  return datapath !== 'veth' || textIn(cniConf['network_policy_provider'], 'iptables') === 'ebpf';
}

function policies(facts: CheckFacts, live: LiveConfig, cni: string): Outcome {
  if (cni === 'Cilium' && usesCilium(live)) {
    return failed(
      'Terway brings a Cilium of its own for this data path, which shares CRDs and objects with the one on-premises.',
      {
        remedy:
          'Set spec.terway.datapath: Veth and spec.terway.networkPolicy: Disabled, with network_policy_provider iptables.',
      },
    );
  }
  const isOn = (facts.network.spec.terway?.networkPolicy ?? policyInEffect(live.policy)) === 'Enabled';
  if (!isOn) return passed('NetworkPolicy is off on cloud nodes.');
  const old = usesCilium(live) ? oldKernels(facts) : [];
  if (old.length > 0) return failed(`Kernel older than 4.19, which eBPF needs: ${listed(old)}.`);
  if (!isCalico(cni)) return passed();
  return failed(
    'Terway’s Felix reads the GlobalNetworkPolicies, HostEndpoints and IPPools of the Calico on-premises, and applies them to cloud pods.',
    { severity: 'warning' },
  );
}

const networkPolicy: Check = {
  id: 'C67',
  title: 'NetworkPolicy on cloud nodes gets on with the network on-premises',
  severity: 'error',
  needs: ['spec', 'cluster', 'details'],
  remedy:
    'See that every GlobalNetworkPolicy selects on-premises pods only, or set spec.terway.networkPolicy: Disabled.',
  evaluate: (facts) =>
    whereTerwayRuns(facts, () =>
      given(all(liveConfig(facts), onPremisesCni(facts)), ([live, cni]) =>
        live === undefined ? notApplicable('There is no eni-config yet.') : policies(facts, live, cni),
      ),
    ),
};

/** The chart of Cilium: operator.unmanagedPodWatcher.restart off makes it 0; without the key 15 seconds count. */
function restartsPods(config: ConfigMapFact): Outcome {
  const interval = config.data['unmanaged-pod-watcher-interval'] ?? '15';
  if (/^0s?$/.test(interval.trim())) return passed();
  return failed(
    `Every ${interval.replace(/^(\d+)$/, '$1 s')} the operator of Cilium deletes a kube-dns pod that Cilium does not manage, without asking whether its node runs Cilium: on cloud nodes CoreDNS is restarted for ever.`,
  );
}

const unmanagedPods: Check = {
  id: 'C68',
  title: 'Cilium on-premises does not restart pods of cloud nodes',
  severity: 'error',
  needs: ['spec', 'cluster', 'details'],
  remedy: 'Set in the values of the chart:\noperator:\n  unmanagedPodWatcher:\n    restart: false',
  evaluate: (facts) =>
    whereTerwayRuns(facts, () =>
      given(onPremisesCni(facts), (cni) =>
        cni === 'Cilium'
          ? given(detailNeeded(facts, 'cilium'), restartsPods)
          : notApplicable('Cilium does not run on-premises.'),
      ),
    ),
};

export const ADDRESSING: readonly Check[] = [kubeProxy, natOutgoing, realCrds, networkPolicy, unmanagedPods];
