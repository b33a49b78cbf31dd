// Specs that must be refused, each with what the API server has to say about it. `by: 'rule'` marks a CEL rule of the
// CRD, which old API servers drop: the operator has to come to the same verdict by itself.

export interface BadSpec {
  readonly by: 'schema' | 'rule';
  /** Laid over `{scenario: 'BGP'}`. */
  readonly spec: Record<string, unknown>;
  /** A part of the answer. */
  readonly message: string;
}

const schema = (spec: BadSpec['spec'], message: string): BadSpec => ({ by: 'schema', spec, message });
const rule = (spec: BadSpec['spec'], message: string): BadSpec => ({ by: 'rule', spec, message });

export const eniConfig = {
  vSwitches: { 'cn-hangzhou-h': ['vsw-bp1h'] },
  securityGroupIDs: ['sg-bp1a'],
};

const nodeExporter = { kind: 'DaemonSet', namespace: 'monitoring', name: 'node-exporter' };
const csiNodeDriver = { kind: 'DaemonSet', namespace: 'calico-system', name: 'csi-node-driver' };

const withENI = (changes: Record<string, unknown>) => ({
  terway: { eniConfig: { ...eniConfig, ...changes } },
});
const withWorkload = (changes: Record<string, unknown>) => ({
  onPremises: { workloads: [{ kind: 'DaemonSet', namespace: 'monitoring', ...changes }] },
});
const withSelector = (labelSelector: unknown) => withWorkload({ labelSelector });
const withTags = (eniTags: Record<string, string>) => withENI({ eniTags });

const scenarios: Record<string, BadSpec> = {
  'no scenario': schema({ scenario: undefined }, 'spec.scenario: Required value'),
  'a scenario that does not exist': schema(
    { scenario: 'Vxlan' },
    'supported values: "Overlay", "BGP", "HostNetwork"',
  ),
  'a scenario in small letters': schema({ scenario: 'bgp' }, 'Unsupported value: "bgp"'),
  'Overlay without a CNI': rule(
    { scenario: 'Overlay', onPremises: { cni: { type: 'None' } } },
    'so onPremises.cni.type must not be None: write Auto or the name of the CNI',
  ),
  'Overlay with workloads to keep off': rule(
    { scenario: 'Overlay', onPremises: { workloads: [nodeExporter] } },
    'so remove onPremises.workloads or choose another scenario',
  ),
  'Overlay with a way to spare pods that nothing restarts': rule(
    { scenario: 'Overlay', onPremises: { updateStrategy: 'OnDelete' } },
    'write RollingUpdate or choose another scenario',
  ),
  'an update strategy that DaemonSets do not have': schema(
    { onPremises: { updateStrategy: 'Recreate' } },
    'supported values: "RollingUpdate", "OnDelete"',
  ),
  'Overlay with a data path for a Terway that it does not claim': rule(
    { scenario: 'Overlay', terway: { datapath: 'Veth' } },
    'set terway.eniConfig, or remove terway.datapath and terway.networkPolicy',
  ),
  'Overlay with NetworkPolicies for a Terway that it does not claim': rule(
    { scenario: 'Overlay', terway: { networkPolicy: 'Enabled' } },
    'set terway.eniConfig, or remove terway.datapath and terway.networkPolicy',
  ),
  'Overlay with credentials that nothing needs': rule(
    { scenario: 'Overlay', credentials: { secretRef: { name: 'ram-user' } } },
    'scenario Overlay needs no cloud credentials unless terway.eniConfig is set',
  ),
  'Overlay with keys in an eni_conf that it does not claim': rule(
    { scenario: 'Overlay', credentials: { inENIConfig: 'Always' } },
    'set terway.eniConfig, or remove credentials',
  ),
  'HostNetwork with a named CNI': rule(
    { scenario: 'HostNetwork', onPremises: { cni: { type: 'Calico' } } },
    'choose scenario BGP if there is one to keep off cloud nodes',
  ),
  'HostNetwork with companions of a CNI': rule(
    { scenario: 'HostNetwork', onPremises: { cni: { exceptCompanions: [csiNodeDriver] } } },
    'onPremises.cni.exceptCompanions counts in scenario BGP only',
  ),
  'BGP with nothing to keep off': rule(
    { onPremises: { cni: { type: 'None' } } },
    'name it in onPremises.cni.type, or list its workloads in onPremises.workloads',
  ),
};

const switches: Record<string, BadSpec> = {
  'a field that does not exist yet': schema(
    { cloud: { accountID: '1234' } },
    'unknown field "spec.cloud.accountID"',
  ),
  'a misspelt field': schema({ deletionpolicy: 'Restore' }, 'unknown field "spec.deletionpolicy"'),
  'an enforcement that does not exist': schema(
    { enforcement: 'DryRun' },
    'supported values: "Enforce", "Observe"',
  ),
  'a deletion policy that would delete': schema(
    { deletionPolicy: 'Delete' },
    'supported values: "Retain", "Restore"',
  ),
  'suspend as a word': schema({ suspend: 'yes' }, 'must be of type boolean'),
  'a negative threshold': schema(
    { approveAbove: -1 },
    'spec.approveAbove in body should be greater than or equal to 0',
  ),
  'a threshold that nothing could exceed': schema(
    { approveAbove: 100_001 },
    'spec.approveAbove in body should be less than or equal to 100000',
  ),
  'an unknown validation': schema(
    { cloud: { validation: 'Off' } },
    'supported values: "Disabled", "Warn", "Enforce"',
  ),
  'a VPC that is none': schema({ cloud: { vpcID: 'vsw-1' } }, 'spec.cloud.vpcID in body should match'),
  'no nodes at all to come': schema(
    { cloud: { maxNodes: 0 } },
    'spec.cloud.maxNodes in body should be greater than or equal to 1',
  ),
  'a check by its title': schema(
    { cloud: { skipChecks: ['No range is one that is reserved'] } },
    'spec.cloud.skipChecks[0]',
  ),
  'a check that is skipped twice': schema({ cloud: { skipChecks: ['C15', 'C15'] } }, 'Duplicate value'),
  'an unknown place for the keys': schema(
    { credentials: { inENIConfig: 'Yes' } },
    'supported values: "Auto", "Always", "Never"',
  ),
  'a reference to a Secret without its name': schema(
    { credentials: { secretRef: {} } },
    'spec.credentials.secretRef.name: Required value',
  ),
  'a Secret in another namespace': schema(
    { credentials: { secretRef: { name: 'ram-user', namespace: 'kube-system' } } },
    'unknown field "spec.credentials.secretRef.namespace"',
  ),
  'a Secret by a path': schema(
    { credentials: { secretRef: { name: '../kube-system/secrets/x' } } },
    'spec.credentials.secretRef.name in body should match',
  ),
  'a reader without the name of its Secret': schema(
    { cloud: { credentialsRef: {} } },
    'spec.cloud.credentialsRef.name: Required value',
  ),
  'a reader by a path': schema(
    { cloud: { credentialsRef: { name: '../kube-system/secrets/x' } } },
    'spec.cloud.credentialsRef.name in body should match',
  ),
};

const onPremises: Record<string, BadSpec> = {
  'a CNI that nobody knows': schema({ onPremises: { cni: { type: 'Weave' } } }, 'Unsupported value: "Weave"'),
  'companions of no CNI': rule(
    {
      onPremises: { cni: { type: 'None', exceptCompanions: [csiNodeDriver] }, workloads: [nodeExporter] },
    },
    'exceptCompanions needs a CNI that has companions',
  ),
  'a companion listed twice': schema(
    { onPremises: { cni: { exceptCompanions: [csiNodeDriver, csiNodeDriver] } } },
    'spec.onPremises.cni.exceptCompanions[1]: Duplicate value',
  ),
  'a workload listed twice': rule(
    { onPremises: { workloads: [nodeExporter, nodeExporter] } },
    'a workload must be listed once only',
  ),
  'a workload with neither name nor selector': rule(
    withWorkload({}),
    'exactly one of name or labelSelector must be set',
  ),
  'a workload with both name and selector': rule(
    withWorkload({ name: 'agent', labelSelector: { matchLabels: { app: 'agent' } } }),
    'exactly one of name or labelSelector must be set',
  ),
  'a workload without a namespace': schema(
    { onPremises: { workloads: [{ kind: 'DaemonSet', name: 'agent' }] } },
    'spec.onPremises.workloads[0].namespace: Required value',
  ),
  'a bare Pod as a workload': schema(
    withWorkload({ kind: 'Pod', name: 'agent' }),
    'supported values: "DaemonSet", "Deployment", "StatefulSet"',
  ),
  'an empty name': schema(
    withWorkload({ name: '' }),
    'spec.onPremises.workloads[0].name in body should be at least 1 chars long',
  ),
  'a name with a Cyrillic a': schema(
    withWorkload({ name: 'c\u0430lico-node' }),
    'spec.onPremises.workloads[0].name in body should match',
  ),
  'a name with a line break at its end': schema(
    withWorkload({ name: 'calico-node\n' }),
    'spec.onPremises.workloads[0].name in body should match',
  ),
  'kube-proxy by name': rule(
    withWorkload({ namespace: 'kube-system', name: 'kube-proxy' }),
    'kube-proxy must not be listed: cloud nodes have no Service network without it, so remove it',
  ),
  'kube-proxy by its label': rule(
    withSelector({ matchLabels: { 'k8s-app': 'kube-proxy' } }),
    'labelSelector must not select kube-proxy',
  ),
  "Terway's own DaemonSet as an on-premises workload": rule(
    withWorkload({ namespace: 'kube-system', name: 'terway-eniip' }),
    'onPremises.workloads must not list the DaemonSet of Terway',
  ),
  "Terway's renamed DaemonSet as an on-premises workload": rule(
    {
      ...withWorkload({ namespace: 'kube-system', name: 'terway' }),
      terway: { daemonSet: { name: 'terway' } },
    },
    'onPremises.workloads must not list the DaemonSet of Terway',
  ),
  'an empty label selector': rule(
    withSelector({}),
    'labelSelector must not be empty, it would select every workload of the namespace',
  ),
  'a label selector with empty parts': rule(
    withSelector({ matchLabels: {}, matchExpressions: [] }),
    'labelSelector must not be empty, it would select every workload of the namespace',
  ),
  'a label key that is none': rule(
    withSelector({ matchLabels: { 'not a key': 'x' } }),
    'every key must be a label key',
  ),
  'a label value that is none': schema(
    withSelector({ matchLabels: { app: 'a b' } }),
    'spec.onPremises.workloads[0].labelSelector.matchLabels.app in body should match',
  ),
  'In without values': rule(
    withSelector({ matchExpressions: [{ key: 'app', operator: 'In', values: [] }] }),
    'values must be set for the operators In and NotIn',
  ),
  'Exists with values': rule(
    withSelector({ matchExpressions: [{ key: 'app', operator: 'Exists', values: ['x'] }] }),
    'must not be set for Exists and DoesNotExist',
  ),
  'more than 64 workloads': schema(
    {
      onPremises: { workloads: Array.from({ length: 65 }, (_, n) => ({ ...nodeExporter, name: `w${n}` })) },
    },
    'spec.onPremises.workloads: Too many: 65: must have at most 64 items',
  ),
  'an address range without its length': schema(
    { onPremises: { podCIDRs: ['10.100.0.0'] } },
    'spec.onPremises.podCIDRs[0] in body should match',
  ),
  'an address range out of range': schema(
    { onPremises: { podCIDRs: ['10.256.0.0/16'] } },
    'spec.onPremises.podCIDRs[0] in body should match',
  ),
  'an octet with a leading zero': schema(
    { onPremises: { nodeCIDRs: ['192.168.010.0/24'] } },
    'spec.onPremises.nodeCIDRs[0] in body should match',
  ),
  'the whole Internet as nodes': schema(
    { onPremises: { nodeCIDRs: ['0.0.0.0/0'] } },
    'spec.onPremises.nodeCIDRs[0] in body should match',
  ),
  'the same address range twice': schema(
    { onPremises: { podCIDRs: ['10.100.0.0/16', '10.100.0.0/16'] } },
    'spec.onPremises.podCIDRs[1]: Duplicate value',
  ),
};

const terway: Record<string, BadSpec> = {
  'a DaemonSet without a name': schema(
    { terway: { daemonSet: { name: '' } } },
    'spec.terway.daemonSet.name in body should be at least 1 chars long',
  ),
  'vSwitches with and without their zones': rule(
    { ...withENI({ vSwitchIDs: ['vsw-bp1k'] }), cloud: { regionID: 'cn-hangzhou' } },
    'exactly one of vSwitches and vSwitchIDs must be set',
  ),
  'an eni-config without vSwitches': rule(
    { terway: { eniConfig: { securityGroupIDs: ['sg-bp1a'] } } },
    'exactly one of vSwitches and vSwitchIDs must be set',
  ),
  'an eni-config without security groups': schema(
    { terway: { eniConfig: { vSwitches: eniConfig.vSwitches } } },
    'spec.terway.eniConfig.securityGroupIDs: Required value',
  ),
  'no zone at all': schema(
    withENI({ vSwitches: {} }),
    'spec.terway.eniConfig.vSwitches in body should have at least 1 properties',
  ),
  'a zone without a vSwitch': schema(
    withENI({ vSwitches: { 'cn-hangzhou-h': [] } }),
    'spec.terway.eniConfig.vSwitches.cn-hangzhou-h in body should have at least 1 items',
  ),
  'a vSwitch in place of a list': schema(
    withENI({ vSwitches: { 'cn-hangzhou-h': 'vsw-bp1h' } }),
    'must be of type array',
  ),
  'the placeholder of the documentation as a zone': rule(
    withENI({ vSwitches: { AZoneID: ['vsw-bp1h'] } }),
    'every key must be the ID of a zone, in lower case as the cloud writes it, for example cn-hangzhou-h',
  ),
  'a security group where a vSwitch belongs': schema(
    withENI({ vSwitches: { 'cn-hangzhou-h': ['sg-bp1a'] } }),
    "should match '^vsw-[a-z0-9]{1,60}$'",
  ),
  'a vSwitch with a line break at its end': schema(
    withENI({ vSwitches: { 'cn-hangzhou-h': ['vsw-bp1h\n'] } }),
    "should match '^vsw-[a-z0-9]{1,60}$'",
  ),
  'a vSwitch in full-width letters': schema(
    withENI({ vSwitches: { 'cn-hangzhou-h': ['vsw-\uFF42\uFF50'] } }),
    "should match '^vsw-[a-z0-9]{1,60}$'",
  ),
  'a vSwitch twice in a zone': schema(
    withENI({ vSwitches: { 'cn-hangzhou-h': ['vsw-bp1h', 'vsw-bp1h'] } }),
    'Duplicate value: "vsw-bp1h"',
  ),
  'a vSwitch in two zones': rule(
    withENI({
      vSwitches: { 'cn-hangzhou-h': ['vsw-bp1h'], 'cn-hangzhou-k': ['vsw-bp1k', 'vsw-bp1h'] },
    }),
    'a vSwitch lies in one zone and must be listed under that zone only',
  ),
  'a security group with a second parameter in it': schema(
    withENI({ securityGroupIDs: ['sg-bp1a&Action=DeleteSecurityGroup'] }),
    "should match '^sg-[a-z0-9]{1,61}$'",
  ),
  'more than ten security groups': schema(
    withENI({ securityGroupIDs: Array.from({ length: 11 }, (_, n) => `sg-${n}`) }),
    'spec.terway.eniConfig.securityGroupIDs: Too many: 11: must have at most 10 items',
  ),
  'a security group twice': schema(
    withENI({ securityGroupIDs: ['sg-bp1a', 'sg-bp1a'] }),
    'spec.terway.eniConfig.securityGroupIDs[1]: Duplicate value: "sg-bp1a"',
  ),
  'a placeholder as the range of Services': schema(
    withENI({ serviceCIDR: '{{.ServiceCIDR}}' }),
    'spec.terway.eniConfig.serviceCIDR in body should match',
  ),
  'a pool that is smaller than its minimum': rule(
    withENI({ minPoolSize: 6, maxPoolSize: 5 }),
    'minPoolSize must not be greater than maxPoolSize',
  ),
  'half an address': schema(withENI({ maxPoolSize: 2.5 }), 'must be of type integer'),
  "a selection policy that is not Terway's": schema(
    withENI({ vSwitchSelectionPolicy: 'Ordered' }),
    'supported values: "ordered", "random", "most"',
  ),
  'a tag that only the cloud may set': rule(
    withTags({ 'aliyun.com/owner': 'me' }),
    'a tag key must not start with aliyun or acs:',
  ),
  'a tag of the resource manager': rule(
    withTags({ 'acs:rm:rgId': 'rg-1' }),
    'a tag key must not start with aliyun or acs:',
  ),
  'an address as the key of a tag': rule(
    withTags({ 'https://example.com': 'x' }),
    'a tag key must not contain http:// or https://',
  ),
  'an address as the value of a tag': rule(
    withTags({ docs: 'see https://example.com' }),
    'a tag value must not start with acs: and must not contain http:// or https://',
  ),
  'a placeholder as the value of a tag': rule(
    withTags({ 'ack.aliyun.com': '{{.ClusterID}}' }),
    'a tag must not hold a placeholder such as {{.ClusterID}}',
  ),
  'a tag without a key': rule(withTags({ '': 'x' }), 'every tag key must have 1 to 128 characters'),
  'a tag value with a line break': schema(
    withTags({ team: 'a\nb' }),
    'spec.terway.eniConfig.eniTags.team in body should match',
  ),
  'a data path that does not exist': schema(
    { terway: { datapath: 'veth' } },
    'supported values: "Veth", "DataPathV2", "IPVLAN"',
  ),
  'NetworkPolicies as a boolean': schema({ terway: { networkPolicy: true } }, 'must be of type string'),
};

const cloud: Record<string, BadSpec> = {
  'a region that would build another host name': schema(
    { ...withENI({}), cloud: { regionID: 'cn-hangzhou.example.com/' } },
    'spec.cloud.regionID in body should match',
  ),
  'a region that ends in a hyphen': schema(
    { ...withENI({}), cloud: { regionID: 'cn-hangzhou-' } },
    'spec.cloud.regionID in body should match',
  ),
  'a region with a line break at its end': schema(
    { ...withENI({}), cloud: { regionID: 'cn-hangzhou\n' } },
    'spec.cloud.regionID in body should match',
  ),
  'a zone in another region': rule(
    { ...withENI({}), cloud: { regionID: 'cn-beijing' } },
    'every zone in terway.eniConfig.vSwitches must lie in cloud.regionID',
  ),
  'a region where a zone belongs': rule(
    { ...withENI({ vSwitches: { 'cn-hangzhou': ['vsw-bp1h'] } }), cloud: { regionID: 'cn-hangzhou' } },
    'every zone in terway.eniConfig.vSwitches must lie in cloud.regionID',
  ),
  'vSwitches to be looked up nowhere': rule(
    withENI({ vSwitches: undefined, vSwitchIDs: ['vsw-bp1h'] }),
    'the zones of terway.eniConfig.vSwitchIDs are looked up in the cloud',
  ),
  'vSwitches to be looked up without a call': rule(
    {
      ...withENI({ vSwitches: undefined, vSwitchIDs: ['vsw-bp1h'] }),
      cloud: { regionID: 'cn-hangzhou', validation: 'Disabled' },
    },
    'the zones of terway.eniConfig.vSwitchIDs are looked up in the cloud',
  ),
};

export const badSpecs: Record<string, BadSpec> = {
  ...scenarios,
  ...switches,
  ...onPremises,
  ...terway,
  ...cloud,
};
