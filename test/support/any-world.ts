// Worlds of every kind for the contract of the concerns: a few objects, each in many shapes.
import * as fc from 'fast-check';
import type { HybridNetwork, HybridNetworkSpec } from '../../src/api/hybrid-network.ts';
import type { ConfigMapFact, NodeFact, SecretFact, Workload } from '../../src/plan/facts.ts';
import { anyAffinity } from './any-affinity.ts';
import type { WorldContent } from './fake-world.ts';
import {
  CNI_CONF_TEXT,
  configMap,
  KEY_VALUES,
  network,
  node,
  OTHER_KEY_VALUES,
  secret,
  TYPED,
  TYPED_ENI_CONF,
} from './make-facts.ts';
import { APPLIED, byHelm, daemonSet, deployment, LINUX, statefulSet, TOLERATE_ALL } from './make-workload.ts';
import type { WorkloadOptions } from './make-workload.ts';
import { kubeProxy, terwayAddOn } from './shipped-workloads.ts';

const foreignAnnotations = fc.constantFrom<WorkloadOptions['annotations']>(
  undefined,
  { team: 'net' },
  APPLIED,
);
const nodeSelector = fc.constantFrom<WorkloadOptions['nodeSelector']>(
  undefined,
  LINUX,
  { rack: '7' },
  { 'alibabacloud.com/external': 'true' },
);

function shaped(make: (options: WorkloadOptions) => Workload, base: WorkloadOptions): fc.Arbitrary<Workload> {
  return fc.tuple(anyAffinity, nodeSelector, foreignAnnotations).map(([affinity, selector, annotations]) =>
    make({
      tolerations: TOLERATE_ALL,
      ...base,
      ...(selector === undefined ? {} : { nodeSelector: selector }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(affinity === undefined ? {} : { affinity }),
    }),
  );
}

const calico = shaped(daemonSet, { name: 'calico-node', selector: { 'k8s-app': 'calico-node' } });
const typha = shaped(deployment, { name: 'calico-typha', selector: { 'k8s-app': 'calico-typha' } });
const helmed = shaped((options) => daemonSet({ ...options, ...byHelm('exporter', 'monitoring') }), {
  name: 'helmed',
  namespace: 'monitoring',
});
const exporter = shaped(daemonSet, {
  name: 'node-exporter',
  namespace: 'monitoring',
  labels: { tier: 'node' },
});
const database = shaped(statefulSet, { name: 'database', namespace: 'shop' });
const bystander = shaped(daemonSet, { name: 'spire-agent', namespace: 'spire' });
const flannel = shaped(daemonSet, {
  name: 'kube-flannel-ds',
  namespace: 'kube-flannel',
  selector: { app: 'flannel' },
});
const terway = fc
  .tuple(anyAffinity, nodeSelector, foreignAnnotations)
  .map(([affinity, selector, annotations]) =>
    terwayAddOn({
      nodeSelector: selector ?? {},
      ...(affinity === undefined ? {} : { affinity }),
      ...(annotations === undefined ? {} : { annotations }),
    }),
  )
  .map(
    // As the API server stores it: an empty nodeSelector is none.
    (one): Workload => {
      const { nodeSelector: selector = {}, ...spec } = one.template.spec;
      if (Object.keys(selector).length > 0) return one;
      return { ...one, template: { ...one.template, spec } };
    },
  );

function some<T>(one: fc.Arbitrary<T>, freq = 4): fc.Arbitrary<readonly T[]> {
  return fc.option(one, { nil: undefined, freq }).map((value) => (value === undefined ? [] : [value]));
}

const anyWorkloads: fc.Arbitrary<readonly Workload[]> = fc
  .tuple(
    some(calico),
    some(typha),
    some(helmed),
    some(exporter),
    some(database),
    some(bystander),
    some(terway),
    some(fc.constant(kubeProxy())),
    flannel.map((one) => [one]).chain((one) => fc.constantFrom([], [], [], [], one)),
  )
  .map((lists) => lists.flat());

const ALL_NODES: readonly NodeFact[] = [
  node('onPremises', 'idc-1', { labels: { zone: 'a', cores: '8' } }),
  node('onPremises', 'idc-2', { labels: { rack: '7' } }),
  node('onPremises', 'windows-1', { os: 'windows' }),
  node('cloud', 'cloud-1', { labels: { zone: 'a' } }),
  node('cloud', 'cloud-2', { labels: { rack: '7' } }),
  node('virtual', 'virtual-1'),
];

const foreignSecrets = { 'other-add-on': 'kept', token: 'x\n' };

const anySecret: fc.Arbitrary<SecretFact | undefined> = fc.constantFrom<SecretFact | undefined>(
  undefined,
  secret(undefined),
  secret(KEY_VALUES),
  secret({ ...OTHER_KEY_VALUES, ...foreignSecrets }),
  secret({ ...KEY_VALUES, 'access-key-id': ' padded\n' }),
  secret({ ...foreignSecrets }),
  secret({ ...KEY_VALUES, 'access-key-secret': '${SECRET}' }),
);

const eniTexts = [
  TYPED_ENI_CONF,
  JSON.stringify(JSON.parse(TYPED_ENI_CONF)),
  '{"our_note" : {"b":1,"a":[ ]}, "vswitches": {}, "access_key":"LTAIold","access_secret":"old"}',
  '{\n\t"service_cidr": "{{.ServiceCIDR}}",\n\t"max_pool_size": "5",\n\t"acces_key": "typo"\n}\n',
  '{\r\n    "eni_tags": {"mine":"x"},\r\n    "service_cidr" : "10.0.0.0/8"\r\n}',
  '{}',
  '{"a": 1,}',
  '{"access_key": "a", "access_key": "b"}',
  '',
];

const anyEniConfig: fc.Arbitrary<ConfigMapFact | undefined> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom<ConfigMapFact | undefined>(undefined, configMap(undefined)) },
  {
    weight: 6,
    arbitrary: fc
      .record(
        {
          eni_conf: fc.constantFrom(...eniTexts),
          '10-terway.conf': fc.constantFrom(
            CNI_CONF_TEXT,
            '{"type":"other","mtu": 1500}',
            '{',
            '{"eniip_virtual_type":"IPVlan"}',
          ),
          disable_network_policy: fc.constantFrom('true', 'false', '', '1'),
          'foreign.conf': fc.constant('{not ours'),
        },
        { noNullPrototype: true, requiredKeys: [] },
      )
      .chain((data) =>
        fc
          .constantFrom<Record<string, string> | undefined>(undefined, { team: 'net' })
          .map((annotations) => configMap(data, annotations)),
      ),
  },
);

const LISTED: NonNullable<HybridNetworkSpec['onPremises']>['workloads'] = [
  { kind: 'DaemonSet', namespace: 'monitoring', labelSelector: { matchLabels: { tier: 'node' } } },
  { kind: 'DaemonSet', namespace: 'monitoring', name: 'helmed' },
  { kind: 'StatefulSet', namespace: 'shop', name: 'database' },
  { kind: 'Deployment', namespace: 'shop', name: 'not-there' },
];

const eniConfig = fc.constantFrom(
  undefined,
  TYPED,
  { ...TYPED, serviceCIDR: '172.16.0.0/16', eniTags: { ours: 'x' }, maxPoolSize: 7 },
  { ...TYPED, securityGroupIDs: ['sg-a', 'sg-b'] },
);

/** Spreads `{ [key]: value }` where there is a value. */
function given<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, T>);
}

const anySpec: fc.Arbitrary<Partial<HybridNetworkSpec>> = fc
  .record({
    scenario: fc.constantFrom(
      'BGP' as const,
      'BGP' as const,
      'BGP' as const,
      'HostNetwork' as const,
      'Overlay' as const,
    ),
    type: fc.constantFrom('Auto' as const, 'Calico' as const, 'None' as const),
    workloads: fc.constantFrom(undefined, LISTED),
    excludeVirtualNodes: fc.boolean(),
    updateStrategy: fc.constantFrom('RollingUpdate' as const, 'OnDelete' as const),
    eniConfig,
    datapath: fc.constantFrom(undefined, 'Veth' as const, 'DataPathV2' as const),
    networkPolicy: fc.constantFrom(undefined, 'Enabled' as const, 'Disabled' as const),
    secretRef: fc.constantFrom(undefined, { name: 'ram-user' }),
    inENIConfig: fc.constantFrom('Auto' as const, 'Always' as const, 'Never' as const),
  })
  .map((one) => ({
    scenario: one.scenario,
    onPremises: {
      cni: { type: one.type },
      excludeVirtualNodes: one.excludeVirtualNodes,
      updateStrategy: one.updateStrategy,
      ...given('workloads', one.workloads),
    },
    terway: {
      ...given('eniConfig', one.eniConfig),
      ...given('datapath', one.datapath),
      ...given('networkPolicy', one.networkPolicy),
    },
    credentials: { inENIConfig: one.inENIConfig, ...given('secretRef', one.secretRef) },
  }));

const younger: HybridNetwork = network({ name: 'younger', created: '2026-01-05T00:00:00Z' });
const older: HybridNetwork = network({
  name: 'older',
  created: '2025-01-05T00:00:00Z',
  spec: { scenario: 'HostNetwork', onPremises: { workloads: LISTED.slice(0, 1) } },
});

/** A cluster that nobody has touched yet, with the network `idc` and sometimes others. */
export const anyWorld: fc.Arbitrary<WorldContent> = fc
  .record({
    spec: anySpec,
    others: fc.constantFrom<readonly HybridNetwork[]>([], [], [], [younger], [older]),
    nodes: fc.subarray([...ALL_NODES], { minLength: 1 }),
    workloads: anyWorkloads,
    eniConfig: anyEniConfig,
    addonSecret: anySecret,
    sourceSecret: anySecret,
    cloud: fc.constantFrom(undefined, undefined, 'well' as const, 'wrong' as const),
    validation: fc.constantFrom('Warn' as const, 'Enforce' as const),
  })
  .map(({ spec, others, validation, ...content }) => {
    const cloud = { regionID: 'cn-hangzhou', validation };
    const own = network({ spec: { ...spec, ...(content.cloud === undefined ? {} : { cloud }) } });
    return { ...content, networks: [own, ...others] };
  });
