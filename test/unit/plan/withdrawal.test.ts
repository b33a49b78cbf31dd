import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { termsOf } from '../../../src/plan/affinity.ts';
import type { ExclusionRecord } from '../../../src/plan/affinity.ts';
import { exclude, exclusionsFor } from '../../../src/plan/exclusion.ts';
import type {
  Affinity,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodTemplate,
} from '../../../src/plan/facts.ts';
import { isEmptyTerm, selects } from '../../../src/plan/scheduling.ts';
import { withdraw } from '../../../src/plan/withdrawal.ts';
import { anyTemplate, anyTerm, EVERY_NODE } from '../../support/any-affinity.ts';
import { daemonSet } from '../../support/make-workload.ts';

const BOTH = exclusionsFor({ excludeVirtualNodes: true });
const CLOUD_ONLY = exclusionsFor({ excludeVirtualNodes: false });
const DISK = { key: 'disk', operator: 'In', values: ['ssd'] };
const ZONE = { key: 'zone', operator: 'In', values: ['a'] };
const RACK = { key: 'rack', operator: 'Exists' };
const PREFERRED = { preferredDuringSchedulingIgnoredDuringExecution: [] };
const SPREAD = { podAntiAffinity: {} };

const term = (...matchExpressions: NodeSelectorRequirement[]): NodeSelectorTerm => ({ matchExpressions });

function required(...nodeSelectorTerms: NodeSelectorTerm[]): Affinity {
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}

function templateWith(affinity: Affinity | undefined): PodTemplate {
  return daemonSet({ name: 'agent', ...(affinity === undefined ? {} : { affinity }) }).template;
}

function excludedFrom(before: Affinity | undefined): {
  readonly affinity: Affinity;
  readonly record: ExclusionRecord;
} {
  const { affinity, record } = exclude(templateWith(before), BOTH, undefined);
  // Over the wire and back, as the record on the object goes.
  const stored: ExclusionRecord = JSON.parse(JSON.stringify(record));
  return { affinity: affinity ?? {}, record: stored };
}

const SHAPES: Record<string, Affinity | undefined> = {
  'no affinity at all': undefined,
  'affinity: {}': {},
  'nodeAffinity: {}': { nodeAffinity: {} },
  'an empty node affinity before other affinity': { nodeAffinity: {}, ...SPREAD },
  'preferences only, before other affinity': { nodeAffinity: PREFERRED, ...SPREAD },
  'pod affinity only': SPREAD,
  'one term': required(term(DISK)),
  'a term of fields only': required({
    matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }],
  }),
  'expressions and fields': required({
    matchExpressions: [DISK],
    matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }],
  }),
  'an empty term among others': required({}, term(DISK), {}),
  'equal terms': required(term(DISK), term(DISK)),
  'an exclusion of its own': required(term(...CLOUD_ONLY, DISK)),
  'both exclusions of its own in one of two terms': required(term(...BOTH), term(ZONE)),
  'an expression twice': required(term(DISK, DISK)),
};

test.each(Object.entries(SHAPES))('gives back %s, letter for letter', (_, before) => {
  const { affinity, record } = excludedFrom(before);
  const after = withdraw(templateWith(affinity), record);

  expect(after.left).toBeUndefined();
  expect(JSON.stringify(after.affinity)).toBe(JSON.stringify(before));
});

interface Edit {
  readonly before: Affinity | undefined;
  readonly edit: (terms: readonly NodeSelectorTerm[]) => readonly NodeSelectorTerm[];
  readonly after: Affinity | undefined;
}

const without = (one: NodeSelectorTerm, ...gone: NodeSelectorRequirement[]): NodeSelectorTerm =>
  term(...(one.matchExpressions ?? []).filter((each) => !gone.some((other) => other.key === each.key)));
const plus = (one: NodeSelectorTerm | undefined, ...more: NodeSelectorRequirement[]): NodeSelectorTerm =>
  term(...(one?.matchExpressions ?? []), ...more);

const EDITS: Record<string, Edit> = {
  'terms in another order are found again': {
    before: required(term(DISK), term(ZONE)),
    edit: (terms) => terms.toReversed(),
    after: required(term(ZONE), term(DISK)),
  },
  'a term that somebody added stays': {
    before: required(term(DISK)),
    edit: (terms) => [term(ZONE), ...terms],
    after: required(term(ZONE), term(DISK)),
  },
  'a term that somebody added stays, exclusion and all': {
    before: required(term(DISK)),
    edit: (terms) => [...terms, term(ZONE, ...BOTH)],
    after: required(term(DISK), term(ZONE, ...BOTH)),
  },
  'a term that somebody put before ours stays, exclusion and all': {
    before: required(term(DISK)),
    edit: (terms) => [term(ZONE, ...BOTH), ...terms],
    after: required(term(ZONE, ...BOTH), term(DISK)),
  },
  'a copy of a term stays as it was copied': {
    before: required(term(DISK)),
    edit: (terms) => [...terms, ...terms],
    after: required(term(DISK), term(DISK, ...BOTH)),
  },
  'a term that somebody removed stays removed': {
    before: required(term(DISK), term(ZONE)),
    edit: (terms) => terms.slice(1),
    after: required(term(ZONE)),
  },
  'an edited term keeps the edit and loses what is ours': {
    before: required(term(DISK), term(ZONE)),
    edit: ([first, second]) => [plus(first, RACK), second ?? {}],
    after: required(term(DISK, RACK), term(ZONE)),
  },
  'an edited term is found at another place': {
    before: required(term(DISK), term(ZONE)),
    edit: ([first, second]) => [second ?? {}, plus(first, RACK)],
    after: required(term(ZONE), term(DISK, RACK)),
  },
  'one expression of ours that somebody removed is not missed': {
    before: required(term(DISK)),
    edit: ([first]) => [without(first ?? {}, ...CLOUD_ONLY)],
    after: required(term(DISK)),
  },
  'what somebody put into the term that we made stays': {
    before: undefined,
    edit: ([first]) => [plus(first, RACK)],
    after: required(term(RACK)),
  },
  'a term that somebody put beside the one that we made stays': {
    before: undefined,
    edit: (terms) => [...terms, term(ZONE)],
    after: required(term(ZONE)),
  },
  'a wider NotIn that the owner wrote in place of ours is his': {
    before: required(term(DISK)),
    edit: ([first]) => [
      plus(without(first ?? {}, ...CLOUD_ONLY), {
        key: 'alibabacloud.com/external',
        operator: 'NotIn',
        values: ['true', '1'],
      }),
    ],
    after: required(
      term(DISK, { key: 'alibabacloud.com/external', operator: 'NotIn', values: ['true', '1'] }),
    ),
  },
  'the same NotIn that the owner wrote beside ours is his': {
    before: required(term(DISK)),
    edit: ([first]) => [plus(first, ...CLOUD_ONLY)],
    after: required(term(DISK, ...CLOUD_ONLY)),
  },
  'an empty term that somebody added matches nothing and stays': {
    before: required(term(DISK)),
    edit: (terms) => [...terms, {}],
    after: required(term(DISK), {}),
  },
};

test.each(Object.entries(EDITS))('%s', (_, { before, edit, after }) => {
  const { affinity, record } = excludedFrom(before);
  const edited = required(...edit(termsOf(affinity) ?? []));

  expect(withdraw(templateWith(edited), record)).toEqual({ affinity: after });
});

describe('the owner adds affinity of another kind meanwhile', () => {
  test.each([
    ['pod affinity', SPREAD],
    ['preferences', { nodeAffinity: PREFERRED }],
  ])('%s stays when the rest goes', (_, added) => {
    const { affinity, record } = excludedFrom(undefined);
    const nodeAffinity = { ...affinity.nodeAffinity, ...('nodeAffinity' in added ? added.nodeAffinity : {}) };

    expect(withdraw(templateWith({ ...affinity, ...added, nodeAffinity }), record)).toEqual({
      affinity: added,
    });
  });
});

describe('what would run everywhere without ours', () => {
  const expectToStay = (before: Affinity, edited: Affinity) => {
    const { record } = excludedFrom(before);
    const { affinity, left } = withdraw(templateWith(edited), record);
    expect(affinity).toEqual(edited);
    expect(left).toMatch(/would run on every node/);
  };

  test('keeps ours where the requirements of the owner were removed', () => {
    expectToStay(required(term(DISK)), required(term(...BOTH)));
  });

  test('keeps ours where only empty terms would be left', () => {
    expectToStay(required(term(DISK), {}), required(term(...BOTH), {}));
  });
});

test('an affinity that somebody removed stays removed', () => {
  const { record } = excludedFrom(required(term(DISK)));

  expect(withdraw(templateWith(undefined), record)).toEqual({ affinity: undefined });
  expect(withdraw(templateWith({ nodeAffinity: PREFERRED }), record)).toEqual({
    affinity: { nodeAffinity: PREFERRED },
  });
});

test('what was there before and looks like ours is never taken', () => {
  const before = required(term(...BOTH), term(ZONE));
  const { affinity, record } = excludedFrom(before);
  const edited = required(...(termsOf(affinity) ?? []).slice(0, 1));

  expect(withdraw(templateWith(edited), { ...record, terms: [] })).toEqual({ affinity: edited });
});

describe('for every template', () => {
  test('withdrawing gives back what was there, letter for letter', () => {
    fc.assert(
      fc.property(anyTemplate, (template) => {
        const { affinity, record } = exclude(template, BOTH, undefined);
        const now = {
          ...template,
          spec: { ...template.spec, ...(affinity === undefined ? {} : { affinity }) },
        };
        const after = withdraw(now, record);
        expect(after.left).toBeUndefined();
        expect(JSON.stringify(after.affinity)).toBe(JSON.stringify(template.spec.affinity));
      }),
    );
  });

  test('whatever others made of it, no node is let in that their own terms keep out', () => {
    const edits = fc.array(anyTerm, { minLength: 1, maxLength: 3 });
    const keeps = fc.array(fc.nat(2), { maxLength: 3 });
    fc.assert(
      fc.property(anyTemplate, edits, keeps, (template, added, kept) => {
        const { affinity, record } = exclude(template, BOTH, undefined);
        const ours = kept.flatMap((index) => termsOf(affinity)?.slice(index, index + 1) ?? []);
        const edited = templateWith(required(...ours, ...added));
        const after = templateWith(withdraw(edited, record).affinity);
        const terms = termsOf(after.spec.affinity);
        expect(terms?.length ?? 1).toBeGreaterThan(0);
        const isParked = (terms ?? [{}]).every(isEmptyTerm);
        const admits = EVERY_NODE.filter((one) => selects(edited, one));
        // Nothing that ran before runs nowhere now, and what was restricted stays restricted.
        if (admits.length > 0) expect(isParked && terms !== undefined).toBe(false);
        if (termsOf(template.spec.affinity) !== undefined) expect(terms).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });
});
