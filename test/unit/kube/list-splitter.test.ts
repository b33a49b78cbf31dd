import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ListSplitter } from '../../../src/kube/list-splitter.ts';

interface Taken {
  readonly items: unknown[];
  readonly rest: unknown;
}

function take(document: string, chunkSize: number): Taken {
  const items: unknown[] = [];
  const splitter = new ListSplitter((text) => items.push(JSON.parse(text)));
  const bytes = Buffer.from(document);
  for (let at = 0; at < bytes.length; at += chunkSize) splitter.push(bytes.subarray(at, at + chunkSize));
  return { items, rest: JSON.parse(splitter.rest) };
}

describe('a list in pieces', () => {
  const list = {
    kind: 'NodeList',
    apiVersion: 'v1',
    metadata: { resourceVersion: '7', continue: 'x[{"items":[' },
    items: [
      { metadata: { name: '节点 "a" \\' }, list: [1, [2, { items: [] }]] },
      {},
      { metadata: { name: '}]{[' }, text: '\\"}\\\\' },
    ],
  };

  test.each([1, 2, 3, 7, 64, 10_000])('of %d bytes comes out in items, and a rest', (size) => {
    for (const document of [JSON.stringify(list), `${JSON.stringify(list, null, 2)}\n`]) {
      expect(take(document, size)).toEqual({ items: list.items, rest: { ...list, items: [] } });
    }
  });

  test.each([
    ['{"metadata":{},"items":[]}', { metadata: {}, items: [] }],
    ['{"metadata":{},"items":null}', { metadata: {}, items: null }],
    ['{"kind":"Status","details":{"causes":[{"a":1}]}}', { kind: 'Status', details: { causes: [{ a: 1 }] } }],
  ])('%s has no items', (document, rest) => {
    expect(take(document, 5)).toEqual({ items: [], rest });
  });

  test('whose metadata follows the items is read too', () => {
    expect(take('{"items":[{"a":1},{"b":2}],"metadata":{"resourceVersion":"9"}}', 4)).toEqual({
      items: [{ a: 1 }, { b: 2 }],
      rest: { items: [], metadata: { resourceVersion: '9' } },
    });
  });

  test('is what it was as a whole, whatever stands in it and however it is cut', () => {
    const items = fc.array(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), { maxLength: 5 });
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 50 }), (objects, size) => {
        const document = JSON.stringify({ metadata: {}, items: objects });
        expect(take(document, size)).toEqual({
          items: JSON.parse(JSON.stringify(objects)) as unknown,
          rest: { metadata: {}, items: [] },
        });
      }),
    );
  });
});
