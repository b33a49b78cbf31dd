import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { pointer, swap, swapKeys } from '../../../src/plan/json-patch.ts';
import { applyPatch, PatchRefused } from '../../support/json-patch-interpreter.ts';

test('a pointer escapes what has a meaning in pointers', () => {
  expect(pointer('a/b', 'c~d', '~1')).toBe('/a~1b/c~0d/~01');
});

describe('swap', () => {
  test('sets what was absent, provided that it still is', () => {
    const patch = swap('/a', undefined, 1);

    expect(applyPatch({}, patch)).toEqual({ a: 1 });
    expect(() => applyPatch({ a: 2 }, patch)).toThrow(PatchRefused);
  });

  test('replaces what was read, provided that it still is there', () => {
    const patch = swap('/a', { x: [1] }, 2);

    expect(applyPatch({ a: { x: [1] } }, patch)).toEqual({ a: 2 });
    expect(() => applyPatch({ a: { x: [1, 2] } }, patch)).toThrow(PatchRefused);
    expect(() => applyPatch({}, patch)).toThrow(PatchRefused);
  });

  test('removes what was read, provided that it still is there', () => {
    const patch = swap('/a', 1, undefined);

    expect(applyPatch({ a: 1, b: 2 }, patch)).toEqual({ b: 2 });
    expect(() => applyPatch({ b: 2 }, patch)).toThrow(PatchRefused);
  });

  test('of nothing into nothing tests only', () => {
    expect(swap('/a', undefined, undefined)).toEqual([{ op: 'test', path: '/a', value: null }]);
  });

  test('a false or empty value is a value', () => {
    expect(applyPatch({ a: false }, swap('/a', false, ''))).toEqual({ a: '' });
  });
});

describe('swapKeys', () => {
  test('makes the map where there is none', () => {
    expect(applyPatch({}, swapKeys('/m', undefined, { a: '1', b: undefined }))).toEqual({ m: { a: '1' } });
  });

  test('does not write over a map that came meanwhile', () => {
    expect(() => applyPatch({ m: { c: '3' } }, swapKeys('/m', undefined, { a: '1' }))).toThrow(PatchRefused);
  });

  test('asks for nothing where nothing is to be done', () => {
    expect(swapKeys('/m', undefined, { a: undefined })).toEqual([]);
    expect(swapKeys('/m', { a: '1' }, { a: '1', b: undefined })).toEqual([]);
  });

  test('a change of another key meanwhile is no obstacle and is kept', () => {
    const patch = swapKeys('/m', { a: '1', c: '3' }, { a: '2' });

    expect(applyPatch({ m: { a: '1', c: '4' } }, patch)).toEqual({ m: { a: '2', c: '4' } });
  });

  test('any change of any map comes out as asked, and the other keys stay', () => {
    const key = fc.constantFrom('a', 'b/c', 'd~e', '~1');
    const value = fc.constantFrom('', '1', '2');
    const map = fc.dictionary(key, value, { noNullPrototype: true });
    const changes = fc.dictionary(key, fc.option(value, { nil: undefined }), { noNullPrototype: true });
    fc.assert(
      fc.property(map, changes, (before, wanted) => {
        const after: Record<string, string | undefined> = { ...before, ...wanted };
        const kept = Object.fromEntries(Object.entries(after).filter(([, one]) => one !== undefined));
        expect(applyPatch({ m: before }, swapKeys('/m', before, wanted))).toEqual({ m: kept });
      }),
    );
  });
});
