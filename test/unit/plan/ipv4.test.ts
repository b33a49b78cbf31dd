import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  aggregate,
  contains,
  cover,
  lastOf,
  overlap,
  parseCidr,
  sizeOf,
  supernet,
  textOf,
} from '../../../src/plan/ipv4.ts';
import type { Cidr } from '../../../src/plan/ipv4.ts';

/** Ranges in 10.0.0.0/24 and around it, small enough to count their addresses one by one. */
const small = fc
  .record({ at: fc.integer({ min: 0, max: 511 }), length: fc.integer({ min: 22, max: 32 }) })
  .map(({ at, length }) => cidr(`10.0.${Math.floor(at / 256)}.${at % 256}/${length}`));

const anywhere = fc
  .record({ address: fc.integer({ min: 0, max: 2 ** 32 - 1 }), length: fc.integer({ min: 0, max: 32 }) })
  .map(({ address, length }) => cidr(textOf({ first: address, length })));

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(`${text} is no range`);
  return parsed;
}

function addressesOf(ranges: readonly Cidr[]): ReadonlySet<number> {
  return new Set(ranges.flatMap((one) => Array.from({ length: sizeOf(one) }, (_, n) => one.first + n)));
}

describe('a range', () => {
  test.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['255.255.255.255', '255.255.255.255/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    [' 192.168.0.1/24 ', '192.168.0.0/24'],
  ])('%s is %s', (text, normal) => {
    expect(textOf(cidr(text))).toBe(normal);
  });

  test.each([
    '',
    '10.0.0',
    '10.0.0.256/8',
    '10.0.0.0/33',
    'fd00::/8',
    '10.0.0.0/8,fd00::/8',
    '10.0.0.0/',
    'a.b.c.d',
  ])('%j is none', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });

  test('comes back from its text', () => {
    fc.assert(fc.property(anywhere, (range) => expect(parseCidr(textOf(range))).toEqual(range)));
  });

  test('has as many addresses as lie between its first and its last', () => {
    fc.assert(fc.property(anywhere, (range) => expect(lastOf(range) - range.first + 1).toBe(sizeOf(range))));
  });
});

describe('two ranges', () => {
  test('overlap if and only if they share an address', () => {
    fc.assert(
      fc.property(small, small, (a, b) => {
        const shared = [...addressesOf([a])].some((address) => addressesOf([b]).has(address));
        expect(overlap(a, b)).toBe(shared);
        expect(overlap(b, a)).toBe(shared);
      }),
    );
  });

  test('overlap only where one contains the other', () => {
    fc.assert(
      fc.property(anywhere, anywhere, (a, b) => {
        expect(overlap(a, b)).toBe(contains(a, b) || contains(b, a));
      }),
    );
  });
});

describe('several ranges', () => {
  test('as an aggregate have the same addresses, each once', () => {
    fc.assert(
      fc.property(fc.array(small, { maxLength: 12 }), (ranges) => {
        const joined = aggregate(ranges);
        expect(addressesOf(joined)).toEqual(addressesOf(ranges));
        expect(joined.reduce((sum, one) => sum + sizeOf(one), 0)).toBe(addressesOf(ranges).size);
      }),
    );
  });

  test('as an aggregate are as few as can be: joined once more they stay, in any order', () => {
    fc.assert(
      fc.property(fc.array(anywhere, { maxLength: 20 }), (ranges) => {
        const joined = aggregate(ranges);
        expect(aggregate(joined)).toEqual(joined);
        expect(aggregate(ranges.toReversed())).toEqual(joined);
      }),
    );
  });

  test('cover a range if and only if they have all of its addresses', () => {
    fc.assert(
      fc.property(fc.array(small, { maxLength: 8 }), small, (outer, inner) => {
        const have = addressesOf(outer);
        expect(cover(outer, inner)).toBe([...addressesOf([inner])].every((address) => have.has(address)));
      }),
    );
  });

  test('lie in their supernet, and in no half of it', () => {
    fc.assert(
      fc.property(fc.array(anywhere, { minLength: 1, maxLength: 8 }), (ranges) => {
        const whole = supernet(ranges);
        if (whole === undefined) throw new Error('there is one');
        expect(ranges.every((range) => contains(whole, range))).toBe(true);
        if (whole.length === 32) return;
        const half = { first: whole.first, length: whole.length + 1 };
        const other = { first: whole.first + sizeOf(half), length: half.length };
        for (const part of [half, other]) {
          expect(ranges.every((range) => contains(part, range))).toBe(false);
        }
      }),
    );
    expect(supernet([])).toBeUndefined();
  });

  test('that are four halves of halves become one', () => {
    const quarters = ['10.0.0.0/26', '10.0.0.192/26', '10.0.0.64/26', '10.0.0.128/26'].map(cidr);
    expect(aggregate(quarters).map(textOf)).toEqual(['10.0.0.0/24']);
  });
});
