// The address ranges of both sides, each with the place where it stands. What the spec says comes first, then what the
// on-premises CNI is configured with.
import { findCni } from '../cni/index.ts';
import type { ConfigMapFact } from '../facts.ts';
import { contains, overlap, parseCidr, textOf } from '../ipv4.ts';
import type { Cidr } from '../ipv4.ts';
import { kindOfNode } from '../nodes.ts';
import { cloudPart, clusterOf, detail, detailNeeded } from './check-facts.ts';
import type { CheckFacts } from './check-facts.ts';
import { eniSettings, listedVSwitches } from './known-facts.ts';
import { all, known, mapped, missing, unchecked, unless } from './outcome.ts';
import type { Known, Outcome } from './outcome.ts';

export interface Range {
  /** Where it comes from, for a sentence: `vSwitch vsw-a`. */
  readonly what: string;
  readonly cidr: Cidr;
}

export function inWords({ what, cidr }: Range): string {
  return `${what} (${textOf(cidr)})`;
}

/** What is no IPv4 range is left out: IPv6 is compared nowhere here. */
export function rangesOf(what: string, texts: readonly string[]): readonly Range[] {
  return texts.flatMap((text) => {
    const cidr = parseCidr(text);
    return cidr === undefined ? [] : [{ what, cidr }];
  });
}

/** `serviceSubnet: 10.96.0.0/12` in a YAML text. */
export function yamlValue(text: string | undefined, key: string): string | undefined {
  return new RegExp(`^\\s*${key}:[ \\t]*["']?([^"'\\s#]+)`, 'm').exec(text ?? '')?.[1];
}

function kubeadmValue(kubeadm: ConfigMapFact | undefined, key: string): readonly string[] {
  return yamlValue(kubeadm?.data['ClusterConfiguration'], key)?.split(',') ?? [];
}

function orMissing(ranges: readonly Range[], why: string): Known<readonly Range[]> {
  return ranges.length === 0 ? missing(why) : known(ranges);
}

/** The Service CIDR that the API server gives addresses from. */
export function realServiceCIDR(facts: CheckFacts): Known<readonly Range[]> {
  const served = detail(facts, 'serviceCIDRs');
  const ranges = rangesOf('the Service CIDR of the API server', (served.known && served.value) || []);
  if (ranges.length > 0) return known(ranges);
  const kubeadm = detail(facts, 'kubeadm');
  const [subnet] = rangesOf(
    'the Service CIDR in kubeadm-config',
    kubeadm.known ? kubeadmValue(kubeadm.value, 'serviceSubnet') : [],
  );
  if (subnet !== undefined) return known([subnet]);
  return missing(
    served.known ? 'The Service CIDR of the API server cannot be read in this cluster.' : served.why,
  );
}

/** The Service CIDR: what eni_conf says, or what the API server says. */
export function serviceCIDR(facts: CheckFacts): Known<readonly Range[]> {
  const typed = facts.network.spec.terway?.eniConfig?.serviceCIDR;
  const settings = eniSettings(facts);
  const text = typed ?? (settings.known ? settings.value.serviceCIDR : undefined);
  const [range] = text === undefined ? [] : rangesOf('the Service CIDR', [text]);
  return range === undefined ? realServiceCIDR(facts) : known([range]);
}

function calicoRanges(facts: CheckFacts): Known<readonly Range[]> {
  return mapped(detail(facts, 'ipPools'), (pools = []) =>
    pools.filter(({ disabled }) => !disabled).flatMap(({ name, cidr }) => rangesOf(`IPPool ${name}`, [cidr])),
  );
}

function ciliumRanges(facts: CheckFacts): Known<readonly Range[]> {
  return mapped(detail(facts, 'cilium'), (config) =>
    rangesOf(
      'the cluster pool of Cilium',
      (config?.data['cluster-pool-ipv4-cidr'] ?? config?.data['ipv4-native-routing-cidr'] ?? '').split(/\s+/),
    ),
  );
}

function flannelRanges(facts: CheckFacts): Known<readonly Range[]> {
  return mapped(detail(facts, 'flannel'), (config) =>
    rangesOf('the network of Flannel', [
      /"Network"\s*:\s*"([^"]+)"/.exec(config?.data['net-conf.json'] ?? '')?.[1] ?? '',
    ]),
  );
}

function kubeadmRanges(facts: CheckFacts): Known<readonly Range[]> {
  return mapped(detail(facts, 'kubeadm'), (config) =>
    rangesOf('the pod subnet in kubeadm-config', kubeadmValue(config, 'podSubnet')),
  );
}

/** spec.podCIDR of the on-premises nodes. */
export function nodePodRanges(facts: CheckFacts): Known<readonly Range[]> {
  return mapped(all(clusterOf(facts), detailNeeded(facts, 'nodes')), ([{ nodes }, details]) =>
    nodes
      .filter((node) => kindOfNode(node) === 'onPremises')
      .flatMap(({ name }) => rangesOf(`the pod CIDR of node ${name}`, details.get(name)?.podCIDRs ?? [])),
  );
}

type Source = (facts: CheckFacts) => Known<readonly Range[]>;

const SOURCES: Readonly<Partial<Record<string, readonly Source[]>>> = {
  Calico: [calicoRanges],
  Canal: [flannelRanges, nodePodRanges],
  Cilium: [ciliumRanges],
  Flannel: [flannelRanges, nodePodRanges],
};

/** The on-premises CNI by its name, `None` for none: what the spec says, or what runs. */
export function onPremisesCni(facts: CheckFacts): Known<string> {
  const type = facts.network.spec.onPremises?.cni?.type ?? 'Auto';
  if (type !== 'Auto') return known(type);
  const cluster = clusterOf(facts);
  if (!cluster.known) return missing(`${cluster.why} Or set spec.onPremises.cni.type.`);
  const finding = findCni('Auto', cluster.value.workloads);
  if (finding.state === 'ambiguous') return missing('More than one CNI runs: set spec.onPremises.cni.type.');
  return known(finding.state === 'found' ? finding.cni.name : 'None');
}

const SET_POD_CIDRS =
  'The on-premises pod CIDRs are not known: set spec.onPremises.podCIDRs, or let the configuration of the CNI be read.';

/** spec.onPremises.podCIDRs; without them what the CNI is configured with, then what kubeadm and the nodes say. */
export function podCIDRs(facts: CheckFacts): Known<readonly Range[]> {
  const given = facts.network.spec.onPremises?.podCIDRs ?? [];
  if (given.length > 0) return known(rangesOf('the on-premises pod CIDR', given));
  const cni = onPremisesCni(facts);
  for (const source of [...((cni.known && SOURCES[cni.value]) || []), kubeadmRanges, nodePodRanges]) {
    const found = source(facts);
    if (found.known && found.value.length > 0) return found;
  }
  return missing(SET_POD_CIDRS);
}

/** spec.onPremises.nodeCIDRs; without them the addresses of the on-premises nodes. */
export function nodeCIDRs(facts: CheckFacts): Known<readonly Range[]> {
  const given = facts.network.spec.onPremises?.nodeCIDRs ?? [];
  if (given.length > 0) return known(rangesOf('the on-premises node CIDR', given));
  const found = all(clusterOf(facts), detailNeeded(facts, 'nodes'));
  if (!found.known) return missing(`${found.why} Or set spec.onPremises.nodeCIDRs.`);
  const [{ nodes }, details] = found.value;
  const ranges = nodes
    .filter((node) => kindOfNode(node) === 'onPremises')
    .flatMap(({ name }) => rangesOf(`node ${name}`, details.get(name)?.internalIPs ?? []));
  return orMissing(ranges, 'No address of an on-premises node is known: set spec.onPremises.nodeCIDRs.');
}

/** The vSwitches that eni_conf names, as far as they exist. */
export function podVSwitchRanges(facts: CheckFacts): Known<readonly Range[]> {
  return mapped(all(listedVSwitches(facts), cloudPart(facts, 'vSwitches')), ([listed, vSwitches]) =>
    listed.flatMap(({ id }) => rangesOf(`pod vSwitch ${id}`, [vSwitches.get(id)?.cidr ?? ''])),
  );
}

/** Every vSwitch of the VPC. */
export function vSwitchRanges(facts: CheckFacts): Known<readonly Range[]> {
  return mapped(cloudPart(facts, 'vSwitches'), (vSwitches) =>
    [...vSwitches.values()].flatMap(({ id, cidr }) => rangesOf(`vSwitch ${id}`, [cidr])),
  );
}

/** The blocks of the VPC, secondary ones too. */
export function vpcRanges(facts: CheckFacts): Known<readonly Range[]> {
  return mapped(cloudPart(facts, 'vpc'), ({ id, cidr, secondaryCidrs }) => [
    ...rangesOf(`VPC ${id}`, [cidr]),
    ...rangesOf(`a secondary block of VPC ${id}`, secondaryCidrs),
  ]);
}

function pairs(
  left: readonly Range[],
  right: readonly Range[],
  meet: (a: Cidr, b: Cidr) => boolean,
): readonly (readonly [Range, Range])[] {
  return left.flatMap((a) => right.filter((b) => meet(a.cidr, b.cidr)).map((b) => [a, b] as const));
}

/**
 * No range of one side may meet a range of the other. A meeting of what is known is told also where something else is
 * not known.
 */
export function apart(
  left: readonly Known<readonly Range[]>[],
  right: readonly Known<readonly Range[]>[],
): Outcome {
  const valuesOf = (sides: readonly Known<readonly Range[]>[]): readonly Range[] =>
    sides.flatMap((side) => (side.known ? side.value : []));
  const problems = pairs(valuesOf(left), valuesOf(right), overlap).map(
    ([a, b]) => `${inWords(a)} overlaps ${inWords(b)}.`,
  );
  if (problems.length > 0) return unless(problems);
  const lacking = [...left, ...right].find((side) => !side.known);
  return lacking === undefined ? unless([]) : unchecked(lacking.why);
}

/** No range of one side may lie in, or be larger than and around, one of the other. */
export function nested(
  inner: readonly Range[],
  outer: readonly Range[],
): readonly (readonly [Range, Range])[] {
  return pairs(inner, outer, (a, b) => contains(b, a) || contains(a, b));
}
