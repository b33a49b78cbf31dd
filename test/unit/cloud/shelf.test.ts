import { beforeEach, describe, expect, test } from '@jest/globals';
import { FIVE_MINUTES_MS, Shelf } from '../../../src/cloud/shelf.ts';
import { troubleWith } from '../../../src/cloud/trouble.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const ME = 'me';
const action = 'DescribeSomething';
const denied = (): never => {
  throw troubleWith({ reason: 'Denied', action, detail: 'Forbidden.RAM' });
};

let clock: FakeClock;
let shelf: Shelf<string>;
let asked: string[][];

beforeEach(() => {
  clock = new FakeClock();
  shelf = new Shelf({ clock, action, batch: 2 });
  asked = [];
});

const fetch = async (keys: readonly string[]): Promise<ReadonlyMap<string, string>> => {
  asked.push([...keys]);
  return new Map(keys.filter((key) => !key.startsWith('no-')).map((key) => [key, `${key}!`]));
};

describe('a shelf', () => {
  test('asks in batches, and only for what is old', async () => {
    await shelf.refresh(['a', 'b', 'c'], ME, fetch);
    await clock.advance(FIVE_MINUTES_MS - 1);
    await shelf.refresh(['a', 'b', 'c', 'd'], ME, fetch);
    expect(asked).toEqual([['a', 'b'], ['c'], ['d']]);
    await clock.advance(1);
    await shelf.refresh(['a', 'b', 'c', 'd'], ME, fetch);
    expect(asked.slice(3)).toEqual([['a', 'b'], ['c']]);
  });

  test('knows what is there, what is not there, and what it has not asked for', async () => {
    await shelf.refresh(['a', 'no-b'], ME, fetch);
    const asOf = '2026-01-01T00:00:00.000Z';
    expect(shelf.observe('a')).toEqual({ state: 'known', value: 'a!', asOf });
    expect(shelf.observe('no-b')).toEqual({ state: 'absent', asOf });
    expect(shelf.observe('c')).toEqual({ state: 'pending' });
    expect(shelf.observeAll(['a', 'no-b'])).toEqual({ state: 'known', value: new Map([['a', 'a!']]), asOf });
    expect(shelf.observeAll(['a', 'c'])).toEqual({ state: 'pending' });
  });

  test('keeps the last answer with its time when it cannot ask, and asks again after a while', async () => {
    await shelf.refresh(['a', 'no-b'], ME, fetch);
    const [before, gone] = [shelf.observe('a'), shelf.observe('no-b')];
    await clock.advance(FIVE_MINUTES_MS);
    await shelf.refresh(['a', 'no-b'], ME, async () => denied());
    expect(shelf.observe('a')).toMatchObject({ ...before, stale: { reason: 'Denied' } });
    expect(shelf.observe('no-b')).toMatchObject({ ...gone, stale: { reason: 'Denied' } });
    await shelf.refresh(['a'], ME, fetch);
    expect(asked).toHaveLength(1);
    await clock.advance(FIVE_MINUTES_MS);
    await shelf.refresh(['a'], ME, fetch);
    expect(shelf.observe('a')).not.toHaveProperty('stale');
  });

  test('says of what was never answered why', async () => {
    await shelf.refresh(['a'], ME, async () => denied());
    expect(shelf.observe('a')).toMatchObject({ state: 'unknown', trouble: { reason: 'Denied' } });
    expect(shelf.observeAll(['a'])).toMatchObject({ state: 'unknown' });
  });

  test('takes a mistake of ours for no answer', async () => {
    await shelf.refresh(['a'], ME, async () => {
      throw new TypeError('oh, TheSecret');
    });
    expect(shelf.observe('a')).toMatchObject({
      state: 'unknown',
      trouble: { reason: 'Unreachable', action },
    });
    expect(JSON.stringify(shelf.observe('a'))).not.toContain('TheSecret');
  });

  test('asks once for many', async () => {
    await Promise.all([1, 2, 3].map(() => shelf.refresh(['a'], ME, fetch)));
    expect(asked).toHaveLength(1);
  });

  test('asks anew for somebody else: at once what failed, what is good not at every change', async () => {
    await shelf.refresh(['a'], ME, fetch);
    await shelf.refresh(['b'], ME, async () => denied());
    await shelf.refresh(['a', 'b'], 'another', fetch);
    expect(asked).toEqual([['a'], ['b']]);
    await clock.advance(30_000);
    await shelf.refresh(['a', 'b'], 'another', fetch);
    expect(asked.slice(2)).toEqual([['a']]);
  });

  test('forgets what nobody asks for', async () => {
    await shelf.refresh(['a'], ME, fetch);
    await clock.advance(61 * 60_000);
    await shelf.refresh(['b'], ME, fetch);
    expect(shelf.observe('a')).toEqual({ state: 'pending' });
  });
});
