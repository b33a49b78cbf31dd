import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { termsOf } from '../../../src/plan/affinity.ts';
import {
  exclude,
  exclusionsFor,
  hasObsolete,
  isExcluded,
  isParked,
  keepsAway,
  requiresCloud,
} from '../../../src/plan/exclusion.ts';
import type { Affinity, NodeSelectorTerm, PodTemplate } from '../../../src/plan/facts.ts';
import { kindOfNode } from '../../../src/plan/nodes.ts';
import { selects } from '../../../src/plan/scheduling.ts';
import { anyTemplate, EVERY_NODE } from '../../support/any-affinity.ts';
import { node, nodes } from '../../support/make-facts.ts';
import { daemonSet } from '../../support/make-workload.ts';
import type { WorkloadOptions } from '../../support/make-workload.ts';

const BOTH = exclusionsFor({ excludeVirtualNodes: true });
const CLOUD_ONLY = exclusionsFor({ excludeVirtualNodes: false });
const [OFF_CLOUD, OFF_VIRTUAL] = BOTH;
const DISK = { key: 'disk', operator: 'In', values: ['ssd'] };
const FIELD = { key: 'metadata.name', operator: 'In', values: ['a'] };

function templateOf(options: Omit<WorkloadOptions, 'name'>): PodTemplate {
  return daemonSet({ name: 'agent', ...options }).template;
}

function withTemplate(template: PodTemplate, affinity: Affinity | undefined): PodTemplate {
  return { ...template, spec: { ...template.spec, ...(affinity === undefined ? {} : { affinity }) } };
}

function required(...nodeSelectorTerms: NodeSelectorTerm[]): Affinity {
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}

const expressions = (...matchExpressions: NonNullable<NodeSelectorTerm['matchExpressions']>[number][]) => ({
  matchExpressions,
});
const cloud = (operator: string, ...values: string[]) => ({
  key: 'alibabacloud.com/external',
  operator,
  values,
});
const CREATED = expressions(...BOTH);

const SPREAD = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [] } };
const PREFERRED = {
  preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: expressions(DISK) }],
};

const SHAPES: Record<string, { before: Affinity | undefined; after: Affinity }> = {
  'no affinity gets one term': { before: undefined, after: required(CREATED) },
  'an empty affinity gets one term': { before: {}, after: required(CREATED) },
  'an empty node affinity gets one term': { before: { nodeAffinity: {} }, after: required(CREATED) },
  'a term gets both exclusions behind its own expressions': {
    before: required(expressions(DISK)),
    after: required(expressions(DISK, ...BOTH)),
  },
  'every term gets them': {
    before: required(expressions(DISK), expressions({ ...DISK, values: ['hdd'] })),
    after: required(expressions(DISK, ...BOTH), expressions({ ...DISK, values: ['hdd'] }, ...BOTH)),
  },
  'equal terms each get them': {
    before: required(expressions(DISK), expressions(DISK)),
    after: required(expressions(DISK, ...BOTH), expressions(DISK, ...BOTH)),
  },
  'an empty term stays empty beside another one': {
    before: required({}, expressions(DISK)),
    after: required({}, expressions(DISK, ...BOTH)),
  },
  'a term of fields only gets them': {
    before: required({ matchFields: [FIELD] }),
    after: required({ matchFields: [FIELD], matchExpressions: BOTH }),
  },
  'preferences stay': {
    before: { nodeAffinity: { ...PREFERRED } },
    after: { nodeAffinity: { ...PREFERRED, ...required(CREATED).nodeAffinity } },
  },
  'pod affinity stays': { before: SPREAD, after: { ...SPREAD, ...required(CREATED) } },
  'only what is missing is added': {
    before: required(expressions(DISK, cloud('NotIn', 'true'))),
    after: required(expressions(DISK, cloud('NotIn', 'true'), ...BOTH.slice(1))),
  },
  'a wider NotIn is enough and is not extended': {
    before: required(expressions(cloud('NotIn', 'true', '1'))),
    after: required(expressions(cloud('NotIn', 'true', '1'), ...BOTH.slice(1))),
  },
  'NotIn of another value is not enough': {
    before: required(expressions(cloud('NotIn', '1'))),
    after: required(expressions(cloud('NotIn', '1'), ...BOTH)),
  },
  'DoesNotExist is enough': {
    before: required(expressions(cloud('DoesNotExist'))),
    after: required(expressions(cloud('DoesNotExist'), ...BOTH.slice(1))),
  },
  'In without the value is enough': {
    before: required(expressions(cloud('In', 'false'))),
    after: required(expressions(cloud('In', 'false'), ...BOTH.slice(1))),
  },
  'In with the value among others is not enough': {
    before: required(expressions(cloud('In', 'true', 'false'))),
    after: required(expressions(cloud('In', 'true', 'false'), ...BOTH)),
  },
};

describe('exclude', () => {
  test.each(Object.entries(SHAPES))('%s', (_, { before, after }) => {
    const template = templateOf(before === undefined ? {} : { affinity: before });

    expect(exclude(template, BOTH, undefined).affinity).toEqual(after);
  });

  test('what a nodeSelector for another value guarantees is not written', () => {
    const template = templateOf({ nodeSelector: { 'alibabacloud.com/external': 'false' } });

    expect(exclude(template, BOTH, undefined).affinity).toEqual(required(expressions(...BOTH.slice(1))));
    expect(exclude(template, CLOUD_ONLY, undefined).affinity).toBeUndefined();
  });

  test('without virtual nodes only one expression is added', () => {
    expect(exclude(templateOf({}), CLOUD_ONLY, undefined).affinity).toEqual(
      required(expressions(...CLOUD_ONLY)),
    );
  });

  test('the record names the parents that were made', () => {
    const createdFor = (affinity?: Affinity) =>
      exclude(templateOf(affinity === undefined ? {} : { affinity }), BOTH, undefined).record.created;

    expect(createdFor()).toEqual(['affinity', 'nodeAffinity', 'required']);
    expect(createdFor({})).toEqual(['nodeAffinity', 'required']);
    expect(createdFor({ nodeAffinity: {} })).toEqual(['required']);
    expect(createdFor(required(expressions(DISK)))).toEqual([]);
  });

  test('the record names what was added to which term, and not what was there', () => {
    const affinity = required(expressions(DISK, cloud('NotIn', 'true')), {}, expressions(DISK));
    const { record } = exclude(templateOf({ affinity }), BOTH, undefined);

    expect(record.terms).toMatchObject([
      { index: 0, added: ['type'] },
      { index: 2, added: ['alibabacloud.com/external', 'type'] },
    ]);
  });

  test('an exclusion of ours that is no longer wanted goes, and one of the owner stays', () => {
    const affinity = required(
      expressions(DISK),
      expressions(cloud('Exists'), { key: 'type', operator: 'NotIn', values: ['virtual-kubelet'] }),
    );
    const template = templateOf({ affinity });
    const first = exclude(template, BOTH, undefined);
    const second = exclude(withTemplate(template, first.affinity), CLOUD_ONLY, first.record);

    expect(termsOf(second.affinity)).toEqual([
      expressions(DISK, ...CLOUD_ONLY),
      expressions(
        cloud('Exists'),
        { key: 'type', operator: 'NotIn', values: ['virtual-kubelet'] },
        ...CLOUD_ONLY,
      ),
    ]);
  });
});

describe('exclude, for every template', () => {
  const excluded = (template: PodTemplate): PodTemplate =>
    withTemplate(template, exclude(template, BOTH, undefined).affinity);

  test('no cloud or virtual node is selected afterwards', () => {
    fc.assert(
      fc.property(anyTemplate, (template) => {
        const wrong = EVERY_NODE.filter((one) => kindOfNode(one) !== 'onPremises');
        expect(wrong.filter((one) => selects(excluded(template), one))).toEqual([]);
        expect(isExcluded(excluded(template), BOTH)).toBe(true);
      }),
    );
  });

  test('exactly the on-premises nodes are selected that were before', () => {
    fc.assert(
      fc.property(anyTemplate, (template) => {
        const names = (one: PodTemplate) =>
          EVERY_NODE.filter((each) => kindOfNode(each) === 'onPremises').filter((each) => selects(one, each));
        expect(names(excluded(template))).toEqual(names(template));
      }),
    );
  });

  test('a second time changes nothing, neither the affinity nor the record', () => {
    fc.assert(
      fc.property(anyTemplate, (template) => {
        const once = exclude(template, BOTH, undefined);
        const twice = exclude(withTemplate(template, once.affinity), BOTH, once.record);
        expect(twice).toEqual(once);
      }),
    );
  });

  test('adding virtual nodes later leads to what both at once lead to', () => {
    fc.assert(
      fc.property(anyTemplate, (template) => {
        const first = exclude(template, CLOUD_ONLY, undefined);
        const second = exclude(withTemplate(template, first.affinity), BOTH, first.record);
        expect(second).toEqual(exclude(template, BOTH, undefined));
      }),
    );
  });

  test('giving virtual nodes back leads to what cloud nodes alone lead to', () => {
    fc.assert(
      fc.property(anyTemplate, (template) => {
        const both = exclude(template, BOTH, undefined);
        const less = exclude(withTemplate(template, both.affinity), CLOUD_ONLY, both.record);
        expect(less).toEqual(exclude(template, CLOUD_ONLY, undefined));
      }),
    );
  });
});

describe('isExcluded', () => {
  const CASES: Record<string, { terms: readonly NodeSelectorTerm[]; is: boolean }> = {
    'both in one term': { terms: [CREATED], is: true },
    'both in each of two terms': { terms: [CREATED, expressions(DISK, ...BOTH)], is: true },
    'one term without them': { terms: [CREATED, expressions(DISK)], is: false },
    'one in each term': { terms: BOTH.map((one) => expressions(one)), is: false },
    'an empty term beside them': { terms: [CREATED, {}], is: true },
    'empty terms only': { terms: [{}], is: true },
  };

  test.each(Object.entries(CASES))('%s', (_, { terms, is }) => {
    expect(isExcluded(templateOf({ terms }), BOTH)).toBe(is);
  });
});

describe('keepsAway', () => {
  const CASES: Record<string, { options: Omit<WorkloadOptions, 'name'>; is: boolean }> = {
    'a selector for a label that such nodes do not have': {
      options: { nodeSelector: { rack: '7' } },
      is: true,
    },
    'a selector for linux': { options: { nodeSelector: { 'kubernetes.io/os': 'linux' } }, is: false },
    'a selector for windows, though no such cloud node is there': {
      options: { nodeSelector: { 'kubernetes.io/os': 'windows' } },
      is: false,
    },
    'the name of an on-premises node': { options: { terms: [{ matchFields: [FIELD] }] }, is: true },
    'a preference only': { options: { affinity: { nodeAffinity: PREFERRED } }, is: false },
  };

  test.each(Object.entries(CASES))('%s', (_, { options, is }) => {
    expect(keepsAway(templateOf(options), BOTH, nodes({ onPremises: 1 }))).toBe(is);
  });

  test('a cloud node that has the label ends it', () => {
    const template = templateOf({ nodeSelector: { rack: '7' } });

    expect(keepsAway(template, BOTH, [node('cloud', 'c', { labels: { rack: '7' } })])).toBe(false);
    expect(keepsAway(template, CLOUD_ONLY, [node('virtual', 'v', { labels: { rack: '7' } })])).toBe(true);
  });
});

test('a workload is parked when every term is empty', () => {
  expect(isParked(templateOf({ terms: [{}, {}] }))).toBe(true);
  expect(isParked(templateOf({ terms: [{}, expressions(DISK)] }))).toBe(false);
  expect(isParked(templateOf({}))).toBe(false);
});

test('a workload requires the cloud when its selector or every living term asks for it', () => {
  const asks = expressions(cloud('In', 'true'));

  expect(requiresCloud(templateOf({ nodeSelector: { 'alibabacloud.com/external': 'true' } }))).toBe(true);
  expect(requiresCloud(templateOf({ terms: [asks, {}] }))).toBe(true);
  expect(requiresCloud(templateOf({ terms: [asks, expressions(DISK)] }))).toBe(false);
  expect(requiresCloud(templateOf({ terms: [expressions(cloud('In', 'true', 'false'))] }))).toBe(false);
  expect(requiresCloud(templateOf({ terms: [{}] }))).toBe(false);
});

test('an exclusion is obsolete when it is ours and no longer wanted', () => {
  const template = templateOf({});
  const { affinity, record } = exclude(template, BOTH, undefined);
  const now = withTemplate(template, affinity);

  expect(hasObsolete(now, CLOUD_ONLY, record)).toBe(true);
  expect(hasObsolete(now, BOTH, record)).toBe(false);
  expect(hasObsolete(now, CLOUD_ONLY, undefined)).toBe(false);
  expect([OFF_CLOUD?.key, OFF_VIRTUAL?.key]).toEqual(['alibabacloud.com/external', 'type']);
});
