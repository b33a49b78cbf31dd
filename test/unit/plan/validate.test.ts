import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { schemaOf, walk } from '../../../.tools/generate-api-types.ts';
import type { HybridNetwork, HybridNetworkSpec } from '../../../src/api/hybrid-network.ts';
import { problemsOf, RULES } from '../../../src/plan/validate.ts';
import { badSpecs, eniConfig } from '../../support/bad-specs.ts';

const samples = readdirSync('deploy/samples').map((file) => `deploy/samples/${file}`);
const rows = Object.entries(badSpecs).filter(([, { by }]) => by === 'rule');

/** `path: message` of every rule of the CRD. */
function rulesOfTheCrd(): readonly string[] {
  const found: string[] = [];
  walk('spec', schemaOf(readFileSync('crds/hybridnetworks.yaml', 'utf8')).spec, (path, schema) => {
    const rules = (schema['x-kubernetes-validations'] ?? []) as readonly { readonly message: string }[];
    found.push(...rules.map(({ message }) => `${path}: ${message}`));
  });
  return found;
}

/** A spec as an old API server may have stored it. */
function specOf(fields: Record<string, unknown>): HybridNetworkSpec {
  return { scenario: 'BGP', ...fields };
}

function withTag(key: string): HybridNetworkSpec {
  return specOf({ terway: { eniConfig: { ...eniConfig, eniTags: { [key]: 'x' } } } });
}

const told = (spec: HybridNetworkSpec): readonly string[] =>
  problemsOf(spec).map(({ path, message }) => `${path}: ${message}`);

describe('the rules of the plan', () => {
  it('are those of the CRD: the same texts at the same places', () => {
    const twins = RULES.flatMap(({ path, messages }) => messages.map((message) => `${path}: ${message}`));
    expect(twins.toSorted()).toEqual(rulesOfTheCrd().toSorted());
  });

  it.each(rows)('refuse %s', (_sentence, { spec, message }) => {
    expect(told(specOf(spec))).toContainEqual(expect.stringContaining(message));
  });

  it.each(samples)('accept %s', (file) => {
    expect(problemsOf((parse(readFileSync(file, 'utf8')) as HybridNetwork).spec)).toEqual([]);
  });

  it.each(['Overlay', 'BGP', 'HostNetwork'] as const)('accept %s with nothing but defaults', (scenario) => {
    expect(problemsOf({ scenario })).toEqual([]);
  });

  it('say at which item of a list the problem is', () => {
    const fine = { kind: 'DaemonSet', namespace: 'monitoring', name: 'agent' };
    const matchExpressions = [
      { key: 'app', operator: 'Exists' },
      { key: 'app', operator: 'In' },
    ];
    const workloads = [fine, { ...fine, name: undefined, labelSelector: { matchExpressions } }];
    const path = 'spec.onPremises.workloads[1].labelSelector.matchExpressions[1]';
    expect(problemsOf(specOf({ onPremises: { workloads } }))).toEqual([
      { path, message: expect.stringContaining('values must be set for the operators In and NotIn') },
    ]);
  });

  it('tell everything that is wrong at once', () => {
    const spec = specOf({
      scenario: 'Overlay',
      onPremises: { cni: { type: 'None' }, podCIDRs: ['10.0.0.0/8', '10.1.0.0/16'] },
      terway: { datapath: 'Veth' },
      credentials: { inENIConfig: 'Never' },
    });
    expect(told(spec)).toEqual([
      expect.stringContaining('onPremises.cni.type must not be None'),
      expect.stringContaining('remove terway.datapath and terway.networkPolicy'),
      expect.stringContaining('or remove credentials'),
      expect.stringContaining('10.1.0.0/16 overlaps 10.0.0.0/8'),
    ]);
  });

  it('count the characters of a tag key, not its bytes', () => {
    expect(problemsOf(withTag('🏷'.repeat(128)))).toEqual([]);
    expect(told(withTag('🏷'.repeat(129)))).toEqual([
      expect.stringContaining('every tag key must have 1 to 128 characters'),
    ]);
  });
});

interface Ranges {
  readonly pods?: readonly string[];
  readonly nodes?: readonly string[];
  readonly services?: string;
}

function withRanges({ pods, nodes, services }: Ranges): HybridNetworkSpec {
  return specOf({
    onPremises: { podCIDRs: pods, nodeCIDRs: nodes },
    terway: services === undefined ? {} : { eniConfig: { ...eniConfig, serviceCIDR: services } },
  });
}

const unique = 'an address must belong to one range only, so correct or remove one of the two';

const separate: Record<string, Ranges> = {
  'no ranges at all': {},
  'one range': { pods: ['10.100.0.0/16'] },
  'ranges far apart': { pods: ['10.100.0.0/16'], nodes: ['192.168.0.0/24'], services: '172.16.0.0/16' },
  'ranges that touch': { pods: ['10.0.0.0/9', '10.128.0.0/9'], nodes: ['11.0.0.0/8'], services: '9.0.0.0/8' },
  'neighbouring addresses': { nodes: ['192.168.0.1/32', '192.168.0.2/32'] },
  'the two ends of the address space': { nodes: ['0.0.0.0/8', '255.0.0.0/8'] },
};

const clashing: Record<string, { readonly ranges: Ranges; readonly problems: readonly string[] }> = {
  'pods among the nodes': {
    ranges: { pods: ['192.168.0.0/16'], nodes: ['192.168.7.0/24'] },
    problems: [
      `spec.onPremises.nodeCIDRs[0]: 192.168.7.0/24 overlaps 192.168.0.0/16 in spec.onPremises.podCIDRs[0]: ${unique}`,
    ],
  },
  'pods among the Services': {
    ranges: { pods: ['172.16.128.0/17'], services: '172.16.0.0/16' },
    problems: [
      `spec.terway.eniConfig.serviceCIDR: 172.16.0.0/16 overlaps 172.16.128.0/17 in spec.onPremises.podCIDRs[0]: ${unique}`,
    ],
  },
  'a node among the Services': {
    ranges: { nodes: ['10.0.0.0/24', '172.16.255.255/32'], services: '172.16.0.0/16' },
    problems: [
      `spec.terway.eniConfig.serviceCIDR: 172.16.0.0/16 overlaps 172.16.255.255/32 in spec.onPremises.nodeCIDRs[1]: ${unique}`,
    ],
  },
  'two ranges of pods in one another': {
    ranges: { pods: ['10.100.0.0/16', '10.100.255.0/24'] },
    problems: [
      `spec.onPremises.podCIDRs[1]: 10.100.255.0/24 overlaps 10.100.0.0/16 in spec.onPremises.podCIDRs[0]: ${unique}`,
    ],
  },
  'the same range on both sides, at the top of the address space': {
    ranges: { pods: ['255.255.255.255/32'], nodes: ['255.255.255.255/32'] },
    problems: [
      `spec.onPremises.nodeCIDRs[0]: 255.255.255.255/32 overlaps 255.255.255.255/32 in spec.onPremises.podCIDRs[0]: ${unique}`,
    ],
  },
  'one range everywhere, which makes three pairs': {
    ranges: { pods: ['10.0.0.0/16'], nodes: ['10.0.0.0/16'], services: '10.0.0.0/16' },
    problems: [
      `spec.onPremises.nodeCIDRs[0]: 10.0.0.0/16 overlaps 10.0.0.0/16 in spec.onPremises.podCIDRs[0]: ${unique}`,
      `spec.terway.eniConfig.serviceCIDR: 10.0.0.0/16 overlaps 10.0.0.0/16 in spec.onPremises.podCIDRs[0]: ${unique}`,
      `spec.terway.eniConfig.serviceCIDR: 10.0.0.0/16 overlaps 10.0.0.0/16 in spec.onPremises.nodeCIDRs[0]: ${unique}`,
    ],
  },
  'an address where a range belongs': {
    ranges: { nodes: ['10.0.0.1/8'] },
    problems: [
      'spec.onPremises.nodeCIDRs[0]: 10.0.0.1/8 is an address inside a range, write the range as 10.0.0.0/8',
    ],
  },
  'one range spelled twice': {
    ranges: { pods: ['192.168.255.0/22', '192.168.252.0/22'] },
    problems: [
      'spec.onPremises.podCIDRs[0]: 192.168.255.0/22 is an address inside a range, write the range as 192.168.252.0/22',
      `spec.onPremises.podCIDRs[1]: 192.168.252.0/22 overlaps 192.168.255.0/22 in spec.onPremises.podCIDRs[0]: ${unique}`,
    ],
  },
};

describe('address ranges', () => {
  it.each(Object.entries(separate))('live together: %s', (_sentence, ranges) => {
    expect(told(withRanges(ranges))).toEqual([]);
  });

  it.each(Object.entries(clashing))('are refused: %s', (_sentence, { ranges, problems }) => {
    expect(told(withRanges(ranges))).toEqual(problems);
  });

  it('that are none are left to the schema', () => {
    const words = [
      '',
      '10.0.0.0',
      '10.0.0.0/33',
      '10.256.0.0/16',
      '10.0.0/16',
      'fd00::/8',
      '{{.ServiceCIDR}}',
    ];
    expect(told(withRanges({ pods: words, nodes: ['10.0.0.0/8'] }))).toEqual([]);
  });
});
