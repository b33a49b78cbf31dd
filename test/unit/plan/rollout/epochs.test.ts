import { describe, expect, test } from '@jest/globals';
import type { PodFact } from '../../../../src/plan/facts.ts';
import {
  isStale,
  parseEpochs,
  renderEpochs,
  triggerOf,
  withContent,
  withoutPast,
} from '../../../../src/plan/rollout/epochs.ts';
import type { Epoch } from '../../../../src/plan/rollout/epochs.ts';
import { podOf } from '../../../support/make-facts.ts';
import { terwayAddOn } from '../../../support/shipped-workloads.ts';

const [GOOD, WRONG] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'];
const at = (minute: number): string => `2026-03-01T00:${String(minute).padStart(2, '0')}:00Z`;
/** Good content; wrong content from minute 10 to minute 20; good content since. */
const HISTORY: readonly Epoch[] = [
  { hash: GOOD, since: undefined },
  { hash: WRONG, since: at(10) },
  { hash: GOOD, since: at(20) },
];

function started(created: number, ready: number | undefined, more: Partial<PodFact> = {}): PodFact {
  return podOf(terwayAddOn(), 'cloud-1', {
    createdAt: at(created),
    ready: ready !== undefined,
    ...(ready === undefined ? {} : { readySince: at(ready) }),
    ...more,
  });
}

describe('a pod is', () => {
  test.each<[string, PodFact, boolean]>([
    ['fresh when it was ready before the wrong content came', started(1, 2), false],
    ['fresh when it was made after the wrong content had gone', started(21, 22), false],
    ['stale when it started while the wrong content stood', started(11, 12), true],
    ['stale when it was made before and ready only afterwards', started(9, 11), true],
    ['stale when it was made in time and is not ready yet', started(9, undefined), true],
    ['stale when it was made in the very second of a change', started(20, 21), true],
    [
      'fresh when it was made for what stands now',
      started(20, 21, { contentHash: triggerOf(HISTORY) }),
      false,
    ],
  ])('%s', (_, pod, expected) => {
    expect(isStale(HISTORY, pod)).toBe(expected);
  });
});

describe('the history', () => {
  test('reads as it was written', () => {
    expect(parseEpochs(renderEpochs(HISTORY))).toEqual(HISTORY);
  });

  test.each([undefined, '', 'x', `${GOOD}@yesterday`, '{"hash":1}'])('counts %j as nothing', (text) => {
    expect(parseEpochs(text)).toEqual([]);
  });

  test('begins with what stood before everything that is known', () => {
    expect(withContent([], { hash: GOOD, since: at(5) })).toEqual([{ hash: GOOD, since: undefined }]);
  });

  test('grows by what is new only', () => {
    expect(withContent(HISTORY, { hash: GOOD, since: at(30) })).toEqual(HISTORY);
    expect(withContent(HISTORY, { hash: WRONG, since: at(30) })).toHaveLength(4);
  });

  test('forgets what no living pod can have read', () => {
    expect(withoutPast(HISTORY, [started(25, 26)])).toEqual(HISTORY.slice(2));
    expect(withoutPast(HISTORY, [started(15, 16), started(25, 26)])).toEqual(HISTORY.slice(1));
    expect(withoutPast(HISTORY, [])).toEqual(HISTORY.slice(2));
  });

  test('stays short', () => {
    const long = Array.from({ length: 20 }, (_, n): Epoch => ({ hash: GOOD, since: at(n) }));

    expect(parseEpochs(renderEpochs(long))).toHaveLength(8);
  });
});
