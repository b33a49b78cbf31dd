// The one struct that every check decides from, and the ways to ask it for a part.
import type { HybridNetwork } from '../../api/hybrid-network.ts';
import type { CloudFacts, CloudObserved, CloudTrouble } from '../cloud-facts.ts';
import type { ConfigMapFact, Facts, Observed } from '../facts.ts';
import { known, missing } from './outcome.ts';
import type { Known } from './outcome.ts';

/** What of a Node only checks look at. */
export interface NodeDetail {
  /** status.capacity.pods */
  readonly maxPods?: number;
  /** `5.10.134-16.al8.x86_64` */
  readonly kernelVersion?: string;
  readonly osImage?: string;
  readonly internalIPs: readonly string[];
  readonly podCIDRs: readonly string[];
}

/** crd.projectcalico.org/v1 IPPool */
export interface IpPool {
  readonly name: string;
  readonly cidr: string;
  readonly natOutgoing: boolean;
  readonly disabled: boolean;
}

/** A CRD of crd.projectcalico.org. */
export interface CalicoCrd {
  readonly name: string;
  /** Its schema has no spec and keeps no unknown fields: the API server drops everything that is written to it. */
  readonly isStub: boolean;
}

/** What is read in the cluster for checks alone; a part that is absent has not been asked for. */
export interface ClusterDetails {
  /** By name. */
  readonly nodes?: Observed<ReadonlyMap<string, NodeDetail>>;
  /** gitVersion of the API server, `v1.30.4`. */
  readonly serverVersion?: Observed<string>;
  /** networking.k8s.io ServiceCIDR objects. */
  readonly serviceCIDRs?: Observed<readonly string[]>;
  /** kube-system/kubeadm-config */
  readonly kubeadm?: Observed<ConfigMapFact>;
  /** kube-system/kube-proxy */
  readonly kubeProxy?: Observed<ConfigMapFact>;
  /** kube-system/cilium-config */
  readonly cilium?: Observed<ConfigMapFact>;
  /** kube-flannel-cfg, in kube-flannel or kube-system */
  readonly flannel?: Observed<ConfigMapFact>;
  readonly ipPools?: Observed<readonly IpPool[]>;
  /** CIDRs of the blocks that the on-premises CNI has given to nodes: each is a route of its own. */
  readonly addressBlocks?: Observed<readonly string[]>;
  readonly calicoCrds?: Observed<readonly CalicoCrd[]>;
}

export interface CheckFacts {
  readonly network: HybridNetwork;
  /** undefined: no cluster was read, only the object. */
  readonly cluster: Facts | undefined;
  readonly details: ClusterDetails;
  /** undefined: the cloud was not asked. */
  readonly cloud: CloudFacts | undefined;
  /** Whose identity asked it; by default the access key that Terway works with. */
  readonly asker?: 'Terway' | 'Reader' | 'Process' | 'Environment';
  /** Why it was not asked, as a sentence with the way out. */
  readonly whyNoCloud?: string;
  /** A version of Terway to judge by in place of the installed one, before an upgrade. */
  readonly assumedTerway?: string;
  /** How many cloud nodes there may be one day: what forecasts count with. */
  readonly maxNodes?: number;
}

export function clusterOf({ cluster }: CheckFacts): Known<Facts> {
  return cluster === undefined ? missing('No cluster was read.') : known(cluster);
}

type Detail<K extends keyof ClusterDetails> =
  NonNullable<ClusterDetails[K]> extends Observed<infer T> ? T : never;

const NAMES: Readonly<Record<keyof ClusterDetails, string>> = {
  nodes: 'The nodes in detail',
  serverVersion: 'The version of the API server',
  serviceCIDRs: 'The Service CIDR of the API server',
  kubeadm: 'ConfigMap kube-system/kubeadm-config',
  kubeProxy: 'ConfigMap kube-system/kube-proxy',
  cilium: 'ConfigMap kube-system/cilium-config',
  flannel: 'ConfigMap kube-flannel-cfg',
  ipPools: 'The IPPools of Calico',
  addressBlocks: 'The address blocks of the on-premises CNI',
  calicoCrds: 'The CRDs of Calico',
};

function why(what: string, observed: Observed<unknown> | undefined): string {
  if (observed === undefined) return `${what}: not read.`;
  switch (observed.state) {
    case 'present':
    case 'absent':
      return `${what}: not there.`;
    case 'unknown':
      return `${what}: not read yet${observed.why === undefined ? '' : `, ${observed.why}`}.`;
    case 'forbidden':
      return `${what}: may not be read, ${observed.why}.`;
  }
}

/** A part of the details; one that does not exist is `undefined`. */
export function detail<K extends keyof ClusterDetails>(
  { details }: CheckFacts,
  key: K,
): Known<Detail<K> | undefined> {
  const observed = details[key] as Observed<Detail<K>> | undefined;
  if (observed?.state === 'present') return known(observed.object);
  if (observed?.state === 'absent') return known(undefined);
  return missing(why(NAMES[key], observed));
}

/** A part of the details that cannot be done without. */
export function detailNeeded<K extends keyof ClusterDetails>(facts: CheckFacts, key: K): Known<Detail<K>> {
  const part = detail(facts, key);
  if (!part.known) return part;
  return part.value === undefined ? missing(why(NAMES[key], { state: 'absent' })) : known(part.value);
}

/** The parts of the cloud's answers. */
export type CloudPart = Exclude<keyof CloudFacts, 'regionId'>;

type Answer<K extends CloudPart> = CloudFacts[K] extends CloudObserved<infer T> ? T : never;

const WORDS: Readonly<Record<CloudPart, string>> = {
  vpc: 'the VPC',
  vSwitches: 'the vSwitches',
  routeTables: 'the route tables',
  securityGroups: 'the security groups',
  securityGroupRules: 'the rules of the security groups',
  instances: 'the ECS instances',
  instanceTypes: 'the instance types',
  networkInterfaces: 'the network interfaces',
  permissions: 'the permissions of the access key',
};

/** Why the cloud cannot be asked, with the way out. */
export function troubleText({ reason, action, code }: CloudTrouble): string {
  const said = code === undefined ? '' : ` (${code})`;
  switch (reason) {
    case 'Denied':
      return `RAM does not allow ${action}${said}: allow it to the RAM user.`;
    case 'InvalidCredentials':
      return action === 'AssumeRoleWithOIDC'
        ? `The operator is not given its RAM role${said}: see whether the role is there, and whether it trusts the identity provider and the service account.`
        : `The cloud does not take the access key${said}, see C30.`;
    case 'ClockSkew':
      return `The clock here differs from the cloud's${said}: set it right.`;
    case 'Throttled':
      return `The cloud asks for patience with ${action}${said}.`;
    case 'Unreachable':
      return `${action} got no answer${said}: look at DNS, the egress proxy and the firewall.`;
    case 'Refused':
      return `The cloud refuses ${action}${said}: look at spec.cloud, and at the ids in eni-config.`;
    case 'NoCredentials':
      return 'There is no identity to ask the cloud with: give the operator its RAM role (docs/options.md), or set spec.cloud.credentialsRef.';
  }
}

/** Why there are no answers of the cloud at all. */
export function notAsked({ whyNoCloud = 'The cloud was not asked.' }: CheckFacts): string {
  return whyNoCloud;
}

/** A part of the cloud's answers; what the cloud says is not there is missing as well. */
export function cloudPart<K extends CloudPart>(facts: CheckFacts, key: K): Known<Answer<K>> {
  const { cloud } = facts;
  if (cloud === undefined) return missing(notAsked(facts));
  const observed = cloud[key] as CloudObserved<Answer<K>>;
  switch (observed.state) {
    case 'known':
      return known(observed.value);
    case 'pending':
      return missing(`The cloud has not been asked for ${WORDS[key]} yet.`);
    case 'absent':
      return missing(`The cloud knows nothing of ${WORDS[key]}.`);
    case 'unknown':
      return missing(troubleText(observed.trouble));
  }
}
