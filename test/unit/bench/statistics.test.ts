import { describe, expect, test } from '@jest/globals';
import { median, percentile, slope } from '../../bench/statistics.ts';

const HUNDRED = Array.from({ length: 100 }, (_, index) => 100 - index);

describe('the figures of a bench', () => {
  test.each([
    [0.5, 50],
    [0.9, 90],
    [0.99, 99],
    [1, 100],
    [0, 1],
  ])('percentile %s of 1 to 100, in whatever order, is %s', (share, value) => {
    expect(percentile(HUNDRED, share)).toBe(value);
  });

  test('the median of an even number of values lies between the two in the middle', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([9, 1, 5])).toBe(5);
  });

  test('no values have neither', () => {
    expect(() => percentile([], 0.5)).toThrow('no values');
    expect(() => median([])).toThrow('no values');
  });

  test('the slope is that of the line through noisy points', () => {
    const points = [0, 1, 2, 3].map((x) => ({ x, y: 5 + 2 * x + (x % 2 === 0 ? 1 : -1) }));
    expect(slope(points)).toBeCloseTo(1.6);
    expect(slope([{ x: 1, y: 7 }])).toBe(0);
  });
});
