// How a reflector follows the API server in good order. Virtual time and a scripted server: see fake-api.ts.
import { afterEach, describe, expect, test } from '@jest/globals';
import { settle } from '../../support/fake-clock.ts';
import { node } from './fake-api.ts';
import { createFixture, startedFixture, type Fixture } from './reflector-fixture.ts';

let fixture: Fixture;

afterEach(async () => {
  await fixture.close();
});

const names = (): string[] => fixture.reflector.list().map(({ name }) => name);

describe('the first list', () => {
  test('is what the store holds when the reflector says that it is synced', async () => {
    fixture = createFixture([node('a', 7), node('b', 9)]);
    expect(fixture.reflector.isSynced).toBe(false);
    fixture.reflector.start();
    await fixture.reflector.synced;
    expect(fixture.reflector.isSynced).toBe(true);
    expect(names()).toEqual(['a', 'b']);
    expect(fixture.reflector.get('a')).toEqual({ name: 'a', uid: 'uid-a', version: '7' });
    expect(fixture.told()).toEqual(['+a', '+b']);
  });

  test('is read page by page', async () => {
    fixture = await startedFixture([node('a', 1), node('b', 2), node('c', 3)], 100, { pageSize: 2 });
    expect(names()).toEqual(['a', 'b', 'c']);
    expect(fixture.api.lists.map(({ query }) => [query?.['limit'], query?.['continue']])).toEqual([
      [2, undefined],
      [2, '2'],
    ]);
  });

  test('holds an object once that stands on two pages', async () => {
    fixture = await startedFixture([node('a', 1), node('b', 2), node('b', 2)], 100, { pageSize: 2 });
    expect(names()).toEqual(['a', 'b']);
    expect(fixture.told()).toEqual(['+a', '+b']);
  });

  test('asks for one object where a name is given', async () => {
    fixture = await startedFixture([], 100, { fieldSelector: 'metadata.name=eni-config' });
    expect(fixture.api.lists[0]?.query).toMatchObject({ fieldSelector: 'metadata.name=eni-config' });
    expect(fixture.api.current.request.query).toMatchObject({ fieldSelector: 'metadata.name=eni-config' });
  });

  test('leaves out what the projection does not want', async () => {
    fixture = await startedFixture([node('a', 1)], 100, { project: () => undefined });
    expect(names()).toEqual([]);
  });
});

describe('the watch', () => {
  test('begins where the list ended, with bookmarks and a life of 5 to 10 minutes', async () => {
    fixture = await startedFixture([node('a', 7)], 100, { random: () => 0.5 });
    expect(fixture.api.current.since).toBe('100');
    expect(fixture.api.current.request.query).toMatchObject({
      allowWatchBookmarks: true,
      timeoutSeconds: 450,
    });
  });

  test('adds, changes and removes, and tells of it after the store has changed', async () => {
    const held: unknown[] = [];
    fixture = await startedFixture([node('a', 7)], 100, {
      onChange: ({ key }) => held.push(fixture?.reflector.get(key)?.version),
    });
    held.length = 0;
    await fixture.api.current.send('ADDED', node('b', 101));
    await fixture.api.current.send('MODIFIED', node('a', 102));
    await fixture.api.current.send('DELETED', node('b', 103));
    expect(held).toEqual(['101', '102', undefined]);
    expect(names()).toEqual(['a']);
    expect(fixture.reflector.stats).toMatchObject({ events: 3, objects: 1, watches: 1, relists: 0 });
  });

  test('gives out the same array until something changes', async () => {
    fixture = await startedFixture([node('a', 7)]);
    const before = fixture.reflector.list();
    expect(fixture.reflector.list()).toBe(before);
    await fixture.api.current.send('ADDED', node('b', 101));
    expect(before).toHaveLength(1);
    expect(fixture.reflector.list()).toHaveLength(2);
  });

  test('goes on, with the store changed, when a handler throws', async () => {
    fixture = await startedFixture([], 100, {
      onChange: () => {
        throw new Error('handler');
      },
    });
    await fixture.api.current.send('ADDED', node('a', 101));
    await fixture.api.current.send('ADDED', node('b', 102));
    expect(names()).toEqual(['a', 'b']);
    expect(fixture.errors).toEqual([new Error('handler'), new Error('handler')]);
    expect(fixture.api.watches).toHaveLength(1);
  });

  test('keeps what it held of an object that it cannot read any more', async () => {
    let broken = false;
    fixture = await startedFixture([node('a', 7)], 100, {
      project: ({ metadata }) => {
        if (broken) throw new Error('unreadable');
        return { name: metadata?.name ?? '', uid: '', version: metadata?.resourceVersion ?? '' };
      },
    });
    broken = true;
    await fixture.api.current.send('MODIFIED', node('a', 101));
    expect(fixture.reflector.get('a')?.version).toBe('7');
    expect(fixture.errors).toEqual([new Error('unreadable')]);
  });

  test('measures the time since the last sign of life, bookmarks included', async () => {
    fixture = await startedFixture();
    await fixture.pass(40_000);
    expect(fixture.reflector.stats.ageMs).toBe(40_000);
    await fixture.api.current.bookmark(120);
    expect(fixture.reflector.stats.ageMs).toBe(0);
  });

  test('lists in full after ten hours, give or take an hour', async () => {
    fixture = await startedFixture([node('a', 7)], 100, { random: () => 0 });
    for (let minute = 0; minute < 9 * 60 - 1; minute += 1) {
      await fixture.clock.advance(60_000);
      await fixture.api.current.bookmark(200 + minute);
    }
    expect(fixture.api.lists).toHaveLength(1);
    fixture.api.objects = [node('b', 900)];
    await fixture.pass(60_000);
    await settle();
    expect(fixture.api.lists).toHaveLength(2);
    expect(names()).toEqual(['b']);
  });
});

describe('stopping', () => {
  test('ends an open watch and tells those who still wait for the first list', async () => {
    fixture = createFixture();
    fixture.api.listFaults.push({ status: 500 });
    fixture.reflector.start();
    await settle();
    await fixture.reflector.stop();
    await expect(fixture.reflector.synced).rejects.toThrow('stopped');
  });

  test('can be asked for twice, and before the start', async () => {
    fixture = createFixture();
    await fixture.reflector.stop();
    await fixture.reflector.stop();
    fixture.reflector.start();
    await settle();
    expect(fixture.api.lists).toHaveLength(0);
  });
});
