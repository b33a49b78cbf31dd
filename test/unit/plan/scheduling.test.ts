import { describe, expect, test } from '@jest/globals';
import { exclude, exclusionsFor } from '../../../src/plan/exclusion.ts';
import type { NodeFact, NodeSelectorTerm, PodTemplate, Toleration } from '../../../src/plan/facts.ts';
import { runsDaemonOn, selects } from '../../../src/plan/scheduling.ts';
import { node } from '../../support/make-facts.ts';
import { daemonSet } from '../../support/make-workload.ts';

const LINUX_TERM = { matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }] };
const OFF = {
  matchExpressions: [
    { key: 'alibabacloud.com/external', operator: 'NotIn', values: ['true'] },
    { key: 'type', operator: 'NotIn', values: ['virtual-kubelet'] },
  ],
};

function templateWith(terms: readonly NodeSelectorTerm[]): PodTemplate {
  return daemonSet({ name: 'kube-flannel-ds', terms }).template;
}

function merged(): PodTemplate {
  const { template } = daemonSet({ name: 'kube-flannel-ds', terms: [LINUX_TERM] });
  const { affinity } = exclude(template, exclusionsFor({ excludeVirtualNodes: true }), undefined);
  return { ...template, spec: { ...template.spec, ...(affinity === undefined ? {} : { affinity }) } };
}

const FOUR_NODES: readonly NodeFact[] = [
  node('onPremises', 'linux'),
  node('onPremises', 'windows', { os: 'windows' }),
  node('cloud', 'cloud'),
  node('virtual', 'virtual'),
];

interface Placement {
  readonly template: PodTemplate;
  readonly runsOn: readonly string[];
}

const FLANNEL: Record<string, Placement> = {
  'as shipped it runs on every Linux node, cloud and virtual ones too': {
    template: templateWith([LINUX_TERM]),
    runsOn: ['linux', 'cloud', 'virtual'],
  },
  'a patch that replaces the terms lets it onto Windows nodes': {
    template: templateWith([OFF]),
    runsOn: ['linux', 'windows'],
  },
  'a patch that appends a term lets it onto every node': {
    template: templateWith([LINUX_TERM, OFF]),
    runsOn: ['linux', 'windows', 'cloud', 'virtual'],
  },
  'two exclusions in two terms exclude nothing': {
    template: templateWith(OFF.matchExpressions.map((one) => ({ matchExpressions: [one] }))),
    runsOn: ['linux', 'windows', 'cloud', 'virtual'],
  },
  'both exclusions merged into every term keep it on on-premises Linux nodes': {
    template: merged(),
    runsOn: ['linux'],
  },
};

test.each(Object.entries(FLANNEL))('flannel: %s', (_, { template, runsOn }) => {
  const admitted = FOUR_NODES.filter((one) => selects(template, one)).map(({ name }) => name);

  expect(admitted).toEqual(runsOn);
});

const expression = (operator: string, ...values: string[]): NodeSelectorTerm => ({
  matchExpressions: [{ key: 'cores', operator, ...(values.length === 0 ? {} : { values }) }],
});

const REQUIREMENTS: Record<string, { term: NodeSelectorTerm; cores: string | undefined; matches: boolean }> =
  {
    'In wants one of its values': { term: expression('In', '4', '8'), cores: '8', matches: true },
    'In does not match another value': { term: expression('In', '4'), cores: '8', matches: false },
    'In does not match an absent label': { term: expression('In', '4'), cores: undefined, matches: false },
    'NotIn matches an absent label': { term: expression('NotIn', '4'), cores: undefined, matches: true },
    'NotIn does not match a value of its own': { term: expression('NotIn', '4'), cores: '4', matches: false },
    'NotIn is a comparison of text, case and all': {
      term: expression('NotIn', 'a'),
      cores: 'A',
      matches: true,
    },
    'Exists matches an empty value': { term: expression('Exists'), cores: '', matches: true },
    'Exists does not match an absent label': { term: expression('Exists'), cores: undefined, matches: false },
    'DoesNotExist matches an absent label': {
      term: expression('DoesNotExist'),
      cores: undefined,
      matches: true,
    },
    'DoesNotExist does not match an empty value': {
      term: expression('DoesNotExist'),
      cores: '',
      matches: false,
    },
    'Gt compares as numbers': { term: expression('Gt', '9'), cores: '10', matches: true },
    'Gt does not match the same number': { term: expression('Gt', '9'), cores: '9', matches: false },
    'Lt compares as numbers': { term: expression('Lt', '10'), cores: '9', matches: true },
    'Gt does not match what is no number': { term: expression('Gt', '4'), cores: 'many', matches: false },
    'Lt does not match an absent label': { term: expression('Lt', '4'), cores: undefined, matches: false },
    'an operator that nobody knows matches nothing': {
      term: expression('Near', '4'),
      cores: '4',
      matches: false,
    },
  };

test.each(Object.entries(REQUIREMENTS))('%s', (_, { term, cores, matches }) => {
  const one = node('onPremises', 'a', cores === undefined ? {} : { labels: { cores } });

  expect(selects(templateWith([term]), one)).toBe(matches);
});

describe('terms', () => {
  const here = node('onPremises', 'here');

  const TERMS: Record<string, { terms: readonly NodeSelectorTerm[]; matches: boolean }> = {
    'an empty term matches nothing': { terms: [{}], matches: false },
    'a term with empty lists matches nothing': {
      terms: [{ matchExpressions: [], matchFields: [] }],
      matches: false,
    },
    'one term that matches is enough': { terms: [{}, LINUX_TERM], matches: true },
    'a field names the node': {
      terms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['here'] }] }],
      matches: true,
    },
    'fields and expressions of a term must both hold': {
      terms: [
        { ...LINUX_TERM, matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['here'] }] },
      ],
      matches: false,
    },
  };

  test.each(Object.entries(TERMS))('%s', (_, { terms, matches }) => {
    expect(selects(templateWith(terms), here)).toBe(matches);
  });

  test('the nodeSelector must hold as well', () => {
    const { template } = daemonSet({ name: 'a', terms: [LINUX_TERM], nodeSelector: { disk: 'ssd' } });

    expect(selects(template, here)).toBe(false);
    expect(selects(template, node('onPremises', 'there', { labels: { disk: 'ssd' } }))).toBe(true);
  });

  test('a label may have the name of a built-in of JavaScript', () => {
    const terms = [{ matchExpressions: [{ key: 'constructor', operator: 'DoesNotExist' }] }];

    expect(selects(templateWith(terms), here)).toBe(true);
  });
});

const KEY = 'dedicated';
const taint = (key: string, effect: string, value?: string): NodeFact['taints'][number] => ({
  key,
  effect,
  ...(value === undefined ? {} : { value }),
});

interface Tainted {
  readonly tolerations: readonly Toleration[];
  readonly taints: NodeFact['taints'];
  readonly runs: boolean;
}

const TAINTS: Record<string, Tainted> = {
  'a taint keeps a DaemonSet off that does not tolerate it': {
    tolerations: [],
    taints: [taint(KEY, 'NoSchedule')],
    runs: false,
  },
  'PreferNoSchedule keeps nothing off': {
    tolerations: [],
    taints: [taint(KEY, 'PreferNoSchedule')],
    runs: true,
  },
  'a toleration without key tolerates everything': {
    tolerations: [{ operator: 'Exists' }],
    taints: [taint(KEY, 'NoExecute', 'x'), taint('other', 'NoSchedule')],
    runs: true,
  },
  'a toleration of another effect does not help': {
    tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }],
    taints: [taint(KEY, 'NoExecute')],
    runs: false,
  },
  'Equal, the default operator, compares the value': {
    tolerations: [{ key: KEY, value: 'gpu' }],
    taints: [taint(KEY, 'NoSchedule', 'gpu')],
    runs: true,
  },
  'another value is another taint': {
    tolerations: [{ key: KEY, value: 'gpu' }],
    taints: [taint(KEY, 'NoSchedule', 'fpga')],
    runs: false,
  },
  'an absent value is an empty one': {
    tolerations: [{ key: KEY, value: '' }],
    taints: [taint(KEY, 'NoSchedule')],
    runs: true,
  },
  'every taint has to be tolerated': {
    tolerations: [{ key: KEY, operator: 'Exists' }],
    taints: [taint(KEY, 'NoSchedule'), taint('other', 'NoSchedule')],
    runs: false,
  },
  'a cordoned node keeps its DaemonSet pods': {
    tolerations: [],
    taints: [taint('node.kubernetes.io/unschedulable', 'NoSchedule')],
    runs: true,
  },
};

test.each(Object.entries(TAINTS))('%s', (_, { tolerations, taints, runs }) => {
  const { template } = daemonSet({ name: 'a', tolerations });

  expect(runsDaemonOn(template, node('onPremises', 'n', { taints }))).toBe(runs);
});
