import { describe, expect, test } from '@jest/globals';
import { delayMs, nextAt, repaired, seenRight, seenWrong, WINDOW_MS } from '../../../src/plan/fights.ts';
import type { Fight } from '../../../src/plan/fights.ts';

const LIMIT = 3;
const MINUTE = 60_000;

function wrong(fight: Fight | undefined, now: number, others: readonly string[] = ['rival']): Fight {
  return seenWrong(fight, { now, limit: LIMIT, others });
}

/** Undone and put right so many times, one second apart. */
function after(rounds: number, from = 0): Fight {
  let fight: Fight | undefined;
  for (let n = 0; n < rounds; n += 1) fight = repaired(wrong(fight, from + n * 1_000), from + n * 1_000);
  if (fight === undefined) throw new Error('a fight has rounds');
  return fight;
}

describe('a field that is undone', () => {
  test.each([1, 2, 3])('is put right at once the %d. time', (time) => {
    const before = time === 1 ? undefined : after(time - 1);

    expect(delayMs(wrong(before, 5_000))).toBe(0);
  });

  test('waits from the fourth time on, twice as long each time, up to five minutes', () => {
    const delays = Array.from({ length: 14 }, (_, n) => delayMs(wrong(after(LIMIT + n), 30_000)));

    expect(delays.slice(0, 5)).toEqual([100, 200, 400, 800, 1_600]);
    expect(delays.at(-1)).toBe(5 * MINUTE);
  });

  test('waits no longer than a limit of its own', () => {
    expect(delayMs(wrong(after(12), 30_000), 1_000)).toBe(1_000);
  });

  test('is counted within ten minutes only', () => {
    const old = after(LIMIT);

    expect(delayMs(wrong(old, WINDOW_MS + 5_000))).toBe(0);
  });

  test('names at most three that it may have been, each once', () => {
    const fight = ['a', 'b', 'b', 'c', 'd'].reduce<Fight | undefined>(
      (one, name) => wrong(one, 0, [name]),
      undefined,
    );

    expect(fight?.others).toEqual(['a', 'b', 'c']);
  });
});

describe('a fight', () => {
  test('is forgotten after ten quiet minutes', () => {
    const fight = after(LIMIT + 2);
    const last = fight.repairs.at(-1) ?? 0;

    expect(seenRight(fight, last + WINDOW_MS - 1)).toBeDefined();
    expect(seenRight(fight, last + WINDOW_MS)).toBeUndefined();
    expect(nextAt(fight)).toBe(last + WINDOW_MS);
  });

  test('is not quiet while the field stands wrong', () => {
    const fight = wrong(after(LIMIT + 2), 10_000);

    expect(wrong(fight, 10_000 + 2 * WINDOW_MS).delayed).toBe(2);
  });

  test('says when the next repair is due', () => {
    expect(nextAt(wrong(after(LIMIT + 1), 10_000))).toBe(10_200);
  });
});
