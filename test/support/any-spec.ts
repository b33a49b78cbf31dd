// Specs that fit the schema and may break any rule: few values for each field, so that they often meet.
import * as fc from 'fast-check';
import type {
  ENIConfigSpec,
  HybridNetworkSpec,
  LabelSelector,
  LabelSelectorRequirement,
  WorkloadSelector,
} from '../../src/api/hybrid-network.ts';

const optional = { noNullPrototype: true };
const kind = fc.constantFrom('DaemonSet' as const, 'Deployment' as const);
const namespace = fc.constantFrom('kube-system', 'monitoring');
const name = fc.constantFrom('kube-proxy', 'terway-eniip', 'terway', 'agent');
const id = (prefix: string) => fc.constantFrom(`${prefix}-1`, `${prefix}-2`, `${prefix}-3`);
const several = <T>(one: fc.Arbitrary<T>) => fc.uniqueArray(one, { minLength: 1, maxLength: 2 });

const longLabelKeys = [
  'a'.repeat(63),
  'a'.repeat(64),
  `${'a'.repeat(253)}/${'b'.repeat(63)}`,
  `${'a'.repeat(254)}/${'b'.repeat(63)}`,
];
const oddLabelKeys = ['not a key', '', '-a', 'a/b/c', 'Example.com/a', '__proto__'];
const labelKey = fc.constantFrom('app', 'app.kubernetes.io/name', ...longLabelKeys, ...oddLabelKeys);

const expression: fc.Arbitrary<LabelSelectorRequirement> = fc.record(
  {
    key: fc.constant('app'),
    operator: fc.constantFrom('In' as const, 'NotIn' as const, 'Exists' as const, 'DoesNotExist' as const),
    values: fc.constantFrom([], ['a'], ['a', 'b']),
  },
  { ...optional, requiredKeys: ['key', 'operator'] },
);

const selector: fc.Arbitrary<LabelSelector> = fc.record(
  {
    matchLabels: fc.dictionary(labelKey, fc.constantFrom('a', '', 'kube-proxy'), { maxKeys: 2 }),
    matchExpressions: fc.array(expression, { maxLength: 2 }),
  },
  { ...optional, requiredKeys: [] },
);

const workload: fc.Arbitrary<WorkloadSelector> = fc.record(
  { kind, namespace, name, labelSelector: selector },
  { ...optional, requiredKeys: ['kind', 'namespace'] },
);

const zones = ['cn-hangzhou-h', 'cn-hangzhou-k', 'cn-hangzhou', 'ap-southeast-1a', `cn-${'a'.repeat(37)}`];
const zone = fc.constantFrom(...zones, 'AZoneID', 'cn-hangzhou-h\n', 'cn-', `cn-${'a'.repeat(38)}`);

const tagText = [
  'c1',
  '部门',
  'aliyun.com/a',
  'ack.aliyun.com',
  'acs:rm',
  'xacs:rm',
  'see http://a',
  'https://a',
];
const tagKey = fc.constantFrom(
  ...tagText,
  '',
  '{{.ClusterID}}',
  '🏷'.repeat(128),
  '🏷'.repeat(129),
  '__proto__',
);
const tagValue = fc.constantFrom(...tagText, '', '{{.ClusterID}}', '}}');

const eniConfig: fc.Arbitrary<ENIConfigSpec> = fc.record(
  {
    vSwitches: fc.dictionary(zone, several(id('vsw')), { minKeys: 1, maxKeys: 3 }),
    vSwitchIDs: several(id('vsw')),
    securityGroupIDs: several(id('sg')),
    eniTags: fc.dictionary(tagKey, tagValue, { maxKeys: 3 }),
    minPoolSize: fc.nat(3),
    maxPoolSize: fc.nat(3),
  },
  { ...optional, requiredKeys: ['securityGroupIDs'] },
);

const cni = fc.record(
  {
    type: fc.constantFrom('Auto' as const, 'Calico' as const, 'None' as const),
    exceptCompanions: fc.uniqueArray(fc.record({ kind, namespace, name }, optional), {
      maxLength: 2,
      selector: (one) => JSON.stringify(one),
    }),
  },
  { ...optional, requiredKeys: [] },
);

const terway = fc.record(
  {
    daemonSet: fc.constantFrom({}, { name: 'terway' }),
    eniConfig,
    datapath: fc.constant('Veth' as const),
    networkPolicy: fc.constant('Enabled' as const),
  },
  { ...optional, requiredKeys: [] },
);

const credentials = fc.record(
  {
    secretRef: fc.constant({ name: 'ram-user' }),
    inENIConfig: fc.constantFrom('Auto' as const, 'Always' as const),
  },
  { ...optional, requiredKeys: [] },
);

export const anySpec: fc.Arbitrary<HybridNetworkSpec> = fc.record(
  {
    scenario: fc.constantFrom('Overlay' as const, 'BGP' as const, 'HostNetwork' as const),
    onPremises: fc.record(
      {
        cni,
        workloads: fc.array(workload, { maxLength: 4 }),
        updateStrategy: fc.constantFrom('RollingUpdate' as const, 'OnDelete' as const),
      },
      { ...optional, requiredKeys: [] },
    ),
    terway,
    credentials,
    cloud: fc.record(
      {
        regionID: fc.constantFrom('cn-hangzhou', 'ap-southeast-1'),
        validation: fc.constantFrom('Disabled' as const, 'Warn' as const, 'Enforce' as const),
        maxNodes: fc.constant(100),
        skipChecks: fc.constantFrom([], ['C15']),
      },
      { ...optional, requiredKeys: [] },
    ),
  },
  { ...optional, requiredKeys: ['scenario'] },
);
