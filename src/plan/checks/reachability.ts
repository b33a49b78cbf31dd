// Who reaches whom: the data center the cloud nodes and their pods, and these each other.
import { aggregate, textOf } from '../ipv4.ts';
import { listed } from '../wording.ts';
import type { CheckFacts } from './check-facts.ts';
import type { Check } from './check.ts';
import { ruledNodeGroups, ruledPodGroups } from './groups.ts';
import type { RuledGroup } from './groups.ts';
import { eniSettings, whereTerwayRuns } from './known-facts.ts';
import { all, given, notApplicable, passed, unchecked, unless } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { nodeCIDRs, onPremisesCni, podCIDRs, vSwitchRanges } from './ranges.ts';
import type { Range } from './ranges.ts';
import { admits } from './rules.ts';

interface Way {
  readonly what: string;
  /** One of these is enough. */
  readonly anyOf: readonly { readonly protocol: string; readonly port?: number }[];
}

// The API server asks the kubelet of a cloud node for logs.
const TO_KUBELET: Way = { what: 'the kubelet (TCP 10250)', anyOf: [{ protocol: 'TCP', port: 10_250 }] };
const ANYTHING: Way = { what: 'traffic of the data center', anyOf: [{ protocol: 'TCP' }] };

function vxlan(cni: string, port: number): Way {
  return { what: `VXLAN of ${cni} (UDP ${port})`, anyOf: [{ protocol: 'UDP', port }] };
}

const TUNNELS: Readonly<Partial<Record<string, Way>>> = {
  Flannel: vxlan('Flannel', 8_472),
  Canal: vxlan('Flannel', 8_472),
  Cilium: vxlan('Cilium', 8_472),
  // Rules have no name for protocol 4: only one for all protocols lets IPIP in.
  Calico: {
    what: 'tunnel of Calico (IPIP, or VXLAN over UDP 4789)',
    anyOf: [{ protocol: 'IPIP' }, { protocol: 'UDP', port: 4_789 }],
  },
};

function refusedTo(groups: readonly RuledGroup[], from: readonly Range[], way: Way): readonly string[] {
  const refused = aggregate(from.map(({ cidr }) => cidr)).filter((cidr) =>
    way.anyOf.every((traffic) => admits(groups, { ...traffic, from: cidr }) === false),
  );
  if (refused.length === 0) return [];
  const own = listed(groups.map(({ id }) => id));
  return [`${own} does not let in ${way.what} from ${listed(refused.map(textOf), 3)}.`];
}

const NO_GROUPS = 'The security groups are not there, see C20.';

function podsReached(facts: CheckFacts): Outcome {
  return given(all(ruledPodGroups(facts), nodeCIDRs(facts), podCIDRs(facts)), ([groups, nodes, pods]) =>
    groups.length === 0 ? unchecked(NO_GROUPS) : unless(refusedTo(groups, [...nodes, ...pods], ANYTHING)),
  );
}

function nodesReached(facts: CheckFacts): Outcome {
  const cni = onPremisesCni(facts);
  const isOverlay = facts.network.spec.scenario === 'Overlay';
  const tunnel = isOverlay && cni.known ? TUNNELS[cni.value] : undefined;
  const ways = tunnel === undefined ? [TO_KUBELET] : [TO_KUBELET, tunnel];
  return given(all(ruledNodeGroups(facts), nodeCIDRs(facts)), ([groups, nodes]) =>
    groups.length === 0 ? unchecked(NO_GROUPS) : unless(ways.flatMap((way) => refusedTo(groups, nodes, way))),
  );
}

const fromDataCenter: Check = {
  id: 'C24',
  title: 'The security groups let the data center in',
  severity: 'warning',
  needs: ['spec', 'cluster', 'details', 'securityGroups', 'securityGroupRules', 'instances'],
  remedy: 'Add ingress rules for the on-premises node and pod CIDRs.',
  evaluate: (facts) => {
    const parts = [
      nodesReached(facts),
      ...(facts.network.spec.scenario === 'Overlay' ? [] : [podsReached(facts)]),
    ];
    const rank = ['failed', 'unchecked', 'passed'];
    const [worst] = parts.toSorted((a, b) => rank.indexOf(a.state) - rank.indexOf(b.state));
    return worst ?? passed();
  },
};

function reach(from: readonly RuledGroup[], to: readonly RuledGroup[], ranges: readonly Range[]): boolean {
  const shared = to.some(
    (group) =>
      group.type === 'normal' && group.innerAccess === 'Accept' && from.some(({ id }) => id === group.id),
  );
  const byGroup = to.some(({ rules }) =>
    rules.some(
      ({ direction, policy, groupId, protocol }) =>
        direction === 'ingress' &&
        policy === 'Accept' &&
        protocol.toUpperCase() === 'ALL' &&
        from.some(({ id }) => id === groupId),
    ),
  );
  const byRange =
    ranges.length > 0 && ranges.every(({ cidr }) => admits(to, { from: cidr, protocol: 'TCP' }) !== false);
  return shared || byGroup || byRange;
}

function mutual(facts: CheckFacts): Outcome {
  const parts = all(ruledPodGroups(facts), ruledNodeGroups(facts), vSwitchRanges(facts), eniSettings(facts));
  return given(parts, ([pods, nodes, vSwitches, settings]) => {
    if (pods.length === 0 || nodes.length === 0) return unchecked(NO_GROUPS);
    if (settings.securityGroups.length === 0)
      return notApplicable('Pods have the security groups of their node.');
    const listedIds = new Set([...settings.vSwitches.values()].flat());
    const isOfPods = ({ what }: Range): boolean => listedIds.has(what.replace('vSwitch ', ''));
    const name = (groups: readonly RuledGroup[]): string => listed(groups.map(({ id }) => id));
    return unless([
      ...(reach(pods, nodes, vSwitches.filter(isOfPods))
        ? []
        : [`${name(nodes)} of the nodes lets in nothing of the pods (${name(pods)}).`]),
      ...(reach(
        nodes,
        pods,
        vSwitches.filter((range) => !isOfPods(range)),
      )
        ? []
        : [`${name(pods)} of the pods lets in nothing of the nodes (${name(nodes)}).`]),
    ]);
  });
}

const podsAndNodes: Check = {
  id: 'C25',
  title: 'Pods and cloud nodes reach each other',
  severity: 'warning',
  needs: ['spec', 'cluster', 'securityGroups', 'securityGroupRules', 'instances', 'vSwitches'],
  remedy:
    'Put both into one basic group, or add ingress rules for each other: kubelets probe pods, pods ask for Services.',
  evaluate: (facts) => whereTerwayRuns(facts, () => mutual(facts)),
};

export const REACHABILITY: readonly Check[] = [fromDataCenter, podsAndNodes];
