import { describe, expect, test } from '@jest/globals';
import { MOST_PAGES, readNumberedPages, readTokenPages } from '../../../src/cloud/paging.ts';

const ACTION = 'DescribeSomething';

describe('a list by number', () => {
  const pagesOf = (all: readonly number[], size: number) => async (number: number) => ({
    items: all.slice((number - 1) * size, number * size),
    total: all.length,
  });

  test.each([0, 1, 9, 10, 11, 95])('of %d things is read as a whole', async (count) => {
    const all = Array.from({ length: count }, (_one, index) => index);
    expect(await readNumberedPages(ACTION, 10, pagesOf(all, 10))).toEqual(all);
  });

  test('that loses something meanwhile is read again, so that nothing on a border is skipped', async () => {
    let all = Array.from({ length: 20 }, (_one, index) => index);
    let reads = 0;
    const things = await readNumberedPages(ACTION, 10, async (number) => {
      reads += 1;
      const page = await pagesOf(all, 10)(number);
      if (reads === 1) all = all.filter((one) => one !== 3);
      return page;
    });
    expect(things).toEqual(all);
    expect(things).toContain(10);
  });

  test('that says one thing and gives another is given up', async () => {
    const lying = readNumberedPages(ACTION, 10, async () => ({ items: [1], total: 2 }));
    await expect(lying).rejects.toMatchObject({ trouble: { reason: 'Unreachable', action: ACTION } });
  });

  test('that claims to be endless is not begun', async () => {
    let reads = 0;
    const endless = readNumberedPages(ACTION, 10, async () => {
      reads += 1;
      return { items: [], total: 1e9 };
    });
    await expect(endless).rejects.toMatchObject({ trouble: { reason: 'Unreachable' } });
    expect(reads).toBe(1);
  });
});

describe('a list by token', () => {
  test('ends where there is no token any more, missing or empty', async () => {
    const pages = new Map([
      [undefined, { items: [1], nextToken: 'b' }],
      ['b', { items: [2], nextToken: '' }],
    ]);
    const read = async (token: string | undefined) => pages.get(token) ?? { items: [], nextToken: undefined };
    expect(await readTokenPages(ACTION, read)).toEqual([1, 2]);
  });

  test('ends with a trouble where a token comes twice, or where it goes on for ever', async () => {
    const repeating = readTokenPages(ACTION, async () => ({ items: [1], nextToken: 'a' }));
    await expect(repeating).rejects.toMatchObject({ trouble: { reason: 'Unreachable' } });
    let pages = 0;
    const endless = readTokenPages(ACTION, async () => {
      pages += 1;
      return { items: [], nextToken: String(pages) };
    });
    await expect(endless).rejects.toMatchObject({ trouble: { reason: 'Unreachable' } });
    expect(pages).toBe(MOST_PAGES);
  });
});
