import { describe, expect, test } from '@jest/globals';
import { ADDED_ANNOTATION, HOLD_ANNOTATION } from '../../../src/api/annotations.ts';
import { exclude, exclusionsFor } from '../../../src/plan/exclusion.ts';
import { annotate, holdOf, recordOf } from '../../../src/plan/hold.ts';
import { applyPatch } from '../../support/json-patch-interpreter.ts';
import { daemonSet } from '../../support/make-workload.ts';

const BOTH = exclusionsFor({ excludeVirtualNodes: true });
const { record } = exclude(daemonSet({ name: 'a' }).template, BOTH, undefined);
const recorded = (text: string) => ({ annotations: { [ADDED_ANNOTATION]: text } });

test('a record reads as it was written', () => {
  expect(recordOf(recorded(JSON.stringify(record)))).toEqual(record);
});

const UNUSABLE: Record<string, unknown> = {
  'is no JSON': 'x{',
  'is null': null,
  'is a list': [],
  'lacks its terms': { ...record, terms: undefined },
  'lacks its parents': { ...record, created: undefined },
  'lacks its exclusions': { ...record, exclusions: undefined },
  'names no exclusion at all': { ...record, exclusions: [] },
  'names an exclusion without values': { ...record, exclusions: [{ key: 'type', operator: 'NotIn' }] },
  'names an exclusion that is none of ours': {
    ...record,
    exclusions: [{ key: 'kubernetes.io/os', operator: 'NotIn', values: ['linux'] }],
  },
  'names an exclusion of ours with another value': {
    ...record,
    exclusions: [{ key: 'type', operator: 'NotIn', values: ['bare-metal'] }],
  },
  'has null among its exclusions': { ...record, exclusions: [null] },
  'has null among its terms': { ...record, terms: [null] },
  'has a term without the keys that were added': { ...record, terms: [{ index: 0, hash: '' }] },
};

test.each(Object.entries(UNUSABLE))('a record that %s counts as absent', (_, value) => {
  expect(recordOf(recorded(value === 'x{' ? 'x{' : JSON.stringify(value)))).toBeUndefined();
});

describe('annotate', () => {
  const foreign = daemonSet({ name: 'a', annotations: { mine: 'x' } });
  const bare = daemonSet({ name: 'a' });
  const render = ({ annotations, hasAnnotations }: typeof bare): { metadata: { annotations?: unknown } } => ({
    metadata: hasAnnotations ? { annotations } : {},
  });

  test('puts hold and record beside what is there', () => {
    const patch = annotate(foreign, { hold: 'on-premises-only', record });

    expect(applyPatch(render(foreign), patch).metadata.annotations).toEqual({
      mine: 'x',
      [HOLD_ANNOTATION]: 'on-premises-only',
      [ADDED_ANNOTATION]: JSON.stringify(record),
    });
  });

  test('makes the map where there are no annotations', () => {
    const patch = annotate(bare, { hold: 'cloud-only', record: 'keep' });

    expect(applyPatch(render(bare), patch).metadata.annotations).toEqual({ [HOLD_ANNOTATION]: 'cloud-only' });
  });

  test('takes both off and leaves the others', () => {
    const annotations = { mine: 'x', [HOLD_ANNOTATION]: 'cloud-only', [ADDED_ANNOTATION]: '{}' };
    const workload = daemonSet({ name: 'a', annotations });
    const patch = annotate(workload, { hold: undefined, record: undefined });

    expect(applyPatch(render(workload), patch).metadata.annotations).toEqual({ mine: 'x' });
  });

  test('keeps a record that it does not understand when it is told to keep it', () => {
    const annotations = { [HOLD_ANNOTATION]: 'cloud-only', [ADDED_ANNOTATION]: 'x{' };
    const workload = daemonSet({ name: 'a', annotations });
    const patch = annotate(workload, { hold: undefined, record: 'keep' });

    expect(applyPatch(render(workload), patch).metadata.annotations).toEqual({ [ADDED_ANNOTATION]: 'x{' });
  });

  test('asks for nothing where everything stands', () => {
    const workload = daemonSet({ name: 'a', annotations: { [HOLD_ANNOTATION]: 'cloud-only' } });

    expect(annotate(workload, { hold: 'cloud-only', record: 'keep' })).toEqual([]);
    expect(annotate(bare, { hold: undefined, record: undefined })).toEqual([]);
    expect(holdOf(workload)).toBe('cloud-only');
  });
});
