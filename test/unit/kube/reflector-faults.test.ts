// What a reflector does when the watch or the list goes wrong. A scripted server in virtual time, because a real one
// cannot be told to do most of this; what it can be told stands in test/integration/reflector.test.ts.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { GarbledWatchError } from '../../../src/kube/watch-frame.ts';
import { settle } from '../../support/fake-clock.ts';
import { node, serverError } from './fake-api.ts';
import { createFixture, startedFixture, type Fixture } from './reflector-fixture.ts';

let fixture: Fixture;

afterEach(async () => {
  await fixture.close();
});

const names = (): string[] => fixture.reflector.list().map(({ name }) => name);
const reset = (): Error => Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });

describe('a watch that ends in good order', () => {
  test('is opened again at once from the last version, every 30 s for 10 minutes', async () => {
    fixture = await startedFixture([node('a', 7)]);
    for (let round = 0; round < 20; round += 1) {
      await fixture.pass(30_000);
      await fixture.api.current.bookmark(200 + round);
      await fixture.api.current.close();
      expect(fixture.api.open).toHaveLength(1);
      expect(fixture.api.current.since).toBe(String(200 + round));
    }
    expect(fixture.api.watches).toHaveLength(21);
    expect(fixture.api.lists).toHaveLength(1);
    expect(fixture.problems).toEqual([]);
  });

  test('is opened again at once also when it was idle', async () => {
    fixture = await startedFixture();
    for (let round = 0; round < 5; round += 1) {
      await fixture.pass(60_000);
      await fixture.api.current.close();
    }
    expect(fixture.api.watches).toHaveLength(6);
    expect(fixture.api.lists).toHaveLength(1);
  });

  test('is not opened in a storm when every one ends at once after a bookmark', async () => {
    fixture = await startedFixture();
    for (let version = 200; version < 240; version += 1) {
      if (fixture.api.open.length === 0) await fixture.pass(1_000);
      await fixture.api.current.bookmark(version);
      await fixture.api.current.close();
    }
    const seconds = (fixture.clock.monotonic() - 1_000) / 1_000;
    expect(seconds).toBeGreaterThan(25);
  });
});

describe('a watch that breaks', () => {
  test('after a healthy life is opened again at once, and that is no problem', async () => {
    fixture = await startedFixture();
    await fixture.pass(60_000);
    fixture.api.current.break(reset());
    await settle();
    expect(fixture.api.open).toHaveLength(1);
    expect(fixture.problems).toEqual([]);
  });

  test('is followed by one connection only when it closes and fails both', async () => {
    fixture = await startedFixture();
    await fixture.pass(60_000);
    const { current } = fixture.api;
    current.break(reset());
    await current.close();
    current.break(new Error('once more'));
    await fixture.pass(5_000);
    expect(fixture.api.watches).toHaveLength(2);
    expect(fixture.api.open).toHaveLength(1);
  });

  test('three times at once without a word leads to a list, for no 410 may ever come', async () => {
    fixture = await startedFixture([node('a', 7)]);
    await fixture.pass(20_000);
    await fixture.api.current.close();
    fixture.api.objects = [node('b', 300)];
    fixture.api.version = 300;
    for (let round = 0; round < 3; round += 1) {
      fixture.api.current.break(reset());
      const { length } = fixture.api.watches;
      while (fixture.api.watches.length === length) await fixture.pass(100);
    }
    expect(names()).toEqual(['b']);
    expect(fixture.api.lists).toHaveLength(2);
    expect(fixture.api.current.since).toBe('300');
  });

  test('is retried with delays that grow to 30 s and are spread up to twice that', async () => {
    fixture = await startedFixture([node('a', 7)], 100, { random: () => 0.999 });
    await fixture.pass(60_000);
    fixture.api.watchFaults.push(...Array.from({ length: 100 }, () => ({ status: 503 })));
    const start = fixture.clock.monotonic();
    const opened: number[] = [];
    fixture.api.current.break(reset());
    let seen = fixture.api.watches.length;
    while (fixture.clock.monotonic() - start < 300_000) {
      await fixture.pass(100);
      if (fixture.api.watches.length > seen) opened.push(fixture.clock.monotonic());
      seen = fixture.api.watches.length;
    }
    const gaps = opened.slice(1).map((at, index) => at - (opened[index] ?? 0));
    expect(gaps[0]).toBeLessThan(2_000);
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(30_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(60_100);
    expect(opened.length).toBeLessThanOrEqual(12);
    // Five minutes of 503: what is known stays known, and how old it is shows.
    expect(names()).toEqual(['a']);
    expect(fixture.reflector.stats.ageMs).toBeGreaterThan(290_000);
    expect(fixture.reflector.problem?.message).toContain('503');
  });

  describe('after an outage that has made the delay long', () => {
    beforeEach(async () => {
      fixture = await startedFixture([node('a', 7)], 100, { random: () => 0.999 });
      await fixture.pass(60_000);
      fixture.api.watchFaults.push(...Array.from({ length: 5 }, () => ({ status: 503 })));
      fixture.api.current.break(reset());
      // 1.6, 3.2, 6.4 and 12.8 s have gone by; the next delay is of 25.6 s.
      await fixture.pass(26_000);
    });

    test('is opened again as soon as the server answers somebody else', async () => {
      expect(fixture.api.open).toHaveLength(0);
      fixture.api.answerSomebody();
      await fixture.pass(250);
      expect(fixture.api.open).toHaveLength(1);
    });

    test('is not opened more than three times early while others are answered and it is not', async () => {
      fixture.api.watchFaults.push(...Array.from({ length: 20 }, () => ({ status: 503 })));
      const opened = fixture.api.watches.length;
      for (let second = 0; second < 20; second += 1) {
        fixture.api.answerSomebody();
        await fixture.pass(1_000);
      }
      expect(fixture.api.watches).toHaveLength(opened + 3);
    });
  });

  test('and works again is no problem any more', async () => {
    fixture = await startedFixture();
    await fixture.pass(60_000);
    fixture.api.watchFaults.push({ status: 500 });
    fixture.api.current.break(reset());
    await settle();
    expect(fixture.reflector.problem?.reason).toBe('Unexpected');
    await fixture.pass(2_000);
    expect(fixture.reflector.problem).toBeUndefined();
    expect(fixture.problems.map((problem) => problem?.reason)).toEqual(['Unexpected', undefined]);
  });
});

describe('a version that has expired', () => {
  test('as an ERROR frame leads to one list, and what is gone is told', async () => {
    fixture = await startedFixture([node('a', 7), node('b', 8)]);
    await fixture.pass(20_000);
    fixture.told();
    fixture.api.objects = [node('a', 7), node('c', 150)];
    fixture.api.version = 150;
    await fixture.api.current.send('ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
    await fixture.pass(1_000);
    expect(fixture.told()).toEqual(['-b', '+c']);
    expect(fixture.api.lists).toHaveLength(2);
    expect(fixture.api.current.since).toBe('150');
  });

  test('as an HTTP status leads to one list', async () => {
    fixture = await startedFixture([node('a', 7)]);
    await fixture.pass(20_000);
    fixture.api.watchFaults.push({ status: 410, reason: 'Expired' });
    fixture.api.objects = [];
    await fixture.api.current.close();
    await fixture.pass(1_000);
    expect(fixture.api.lists).toHaveLength(2);
    expect(names()).toEqual([]);
  });

  test('on every watch leads to one list in ten seconds at most', async () => {
    fixture = await startedFixture();
    fixture.api.watchFaults.push(...Array.from({ length: 1_000 }, () => ({ status: 410 })));
    await fixture.api.current.close();
    await fixture.pass(100_000);
    expect(fixture.api.lists.length).toBeLessThanOrEqual(12);
    expect(fixture.api.lists.length).toBeGreaterThanOrEqual(9);
  });

  test('on the second page starts the list anew, after a moment', async () => {
    fixture = createFixture([node('a', 1), node('b', 2)], 100, { pageSize: 1 });
    fixture.api.listFaults.push(undefined, { status: 410, reason: 'Expired' });
    fixture.reflector.start();
    await settle();
    await fixture.pass(700);
    expect(fixture.api.lists).toHaveLength(2);
    await fixture.pass(200);
    expect(names()).toEqual(['a', 'b']);
    expect(fixture.api.lists).toHaveLength(4);
  });
});

describe('a server that asks for patience', () => {
  test.each(['list', 'watch'] as const)('on the %s is not asked again before it said', async (which) => {
    fixture = createFixture([node('a', 1)]);
    const throttled = { status: 429, retryAfter: '7' };
    if (which === 'list') fixture.api.listFaults.push(throttled);
    else fixture.api.watchFaults.push(throttled);
    fixture.reflector.start();
    await settle();
    const asked = (): number => (which === 'list' ? fixture.api.lists : fixture.api.watches).length;
    await fixture.pass(6_999);
    expect(asked()).toBe(1);
    expect(fixture.reflector.problem?.reason).toBe('Throttled');
    await fixture.pass(1_000);
    expect(asked()).toBe(2);
    expect(fixture.reflector.problem).toBeUndefined();
  });

  test('in an ERROR frame is not asked again before it said', async () => {
    fixture = await startedFixture();
    await fixture.pass(60_000);
    const status = { kind: 'Status', code: 429, details: { retryAfterSeconds: 5 } };
    await fixture.api.current.send('ERROR', status);
    await fixture.pass(4_999);
    expect(fixture.api.watches).toHaveLength(1);
    await fixture.pass(1_000);
    expect(fixture.api.watches).toHaveLength(2);
    expect(fixture.api.lists).toHaveLength(1);
  });
});

describe('a missing right', () => {
  test('is a state with a message, asked for soon at first and once a minute later', async () => {
    fixture = createFixture([node('a', 1)]);
    const message = 'nodes is forbidden: User "x" cannot list resource "nodes"';
    fixture.api.listFaults.push(
      ...Array.from({ length: 50 }, () => ({ status: 403, reason: 'Forbidden', message })),
    );
    fixture.reflector.start();
    await settle();
    expect(fixture.reflector.problem).toMatchObject({
      reason: 'Forbidden',
      message: expect.stringContaining(message),
    });
    await fixture.pass(7_500);
    expect(fixture.api.lists).toHaveLength(4); // at 0, 1, 3 and 7 s
    await fixture.pass(600_000);
    const inTenMinutes = fixture.api.lists.length;
    await fixture.pass(600_000);
    expect(fixture.api.lists.length - inTenMinutes).toBeLessThanOrEqual(12);
    fixture.api.listFaults.length = 0;
    await fixture.pass(60_000);
    expect(names()).toEqual(['a']);
    expect(fixture.reflector.problem).toBeUndefined();
  });

  test('that is taken away later leaves in place what was read', async () => {
    fixture = await startedFixture([node('a', 1)]);
    await fixture.pass(60_000);
    fixture.api.watchFaults.push({ status: 403, reason: 'Forbidden' });
    await fixture.api.current.close();
    expect(fixture.reflector.problem?.reason).toBe('Forbidden');
    expect(names()).toEqual(['a']);
  });
});

test('a resource that does not exist yet is waited for', async () => {
  fixture = createFixture([node('a', 1)]);
  fixture.api.listFaults.push({ status: 404 }, { status: 404 });
  fixture.reflector.start();
  await settle();
  expect(fixture.reflector.problem?.reason).toBe('NotFound');
  await fixture.pass(5_000);
  expect(names()).toEqual(['a']);
});

test('a resource that was deleted and came back is listed anew', async () => {
  fixture = await startedFixture([node('a', 1)]);
  await fixture.pass(60_000);
  fixture.api.watchFaults.push({ status: 404 });
  fixture.api.objects = [node('a', 500, 'another')];
  fixture.told();
  await fixture.api.current.close();
  await fixture.pass(2_000);
  expect(fixture.told()).toEqual(['-a', '+a']);
});

describe('silence', () => {
  test('of 90 s is taken for a dead connection, which is replaced at once', async () => {
    fixture = await startedFixture();
    await fixture.api.current.bookmark(120);
    await fixture.pass(89_999);
    expect(fixture.api.watches).toHaveLength(1);
    await fixture.pass(1);
    expect(fixture.api.watches).toHaveLength(2);
    expect(fixture.api.current.since).toBe('120');
    expect(fixture.api.lists).toHaveLength(1);
    expect(fixture.problems).toEqual([]);
  });

  test('of two whole watches leads to a list: the server may be behind our version', async () => {
    fixture = await startedFixture([node('a', 7)], 5_000);
    fixture.api.objects = [node('a', 3), node('b', 4)];
    fixture.api.version = 50;
    await fixture.pass(180_000);
    await settle();
    expect(fixture.api.lists).toHaveLength(2);
    expect(fixture.reflector.get('a')?.version).toBe('3');
    expect(fixture.api.current.since).toBe('50');
    await fixture.api.current.send('MODIFIED', node('a', 51));
    expect(fixture.reflector.get('a')?.version).toBe('51');
  });
});

describe('a stream that cannot be trusted', () => {
  test.each([
    ['a garbled line', (): Error => new GarbledWatchError('a line that is not JSON')],
    ['an expired version', (): Error => serverError({ status: 410, reason: 'Gone' })],
  ])('after %s leads to a list', async (_what, fault) => {
    fixture = await startedFixture([node('a', 7)]);
    await fixture.pass(20_000);
    fixture.api.objects = [node('b', 150)];
    fixture.api.current.break(fault());
    await fixture.pass(1_000);
    expect(names()).toEqual(['b']);
  });

  test('and goes back in time leads to a list, which counts although its versions are lower', async () => {
    fixture = await startedFixture([node('a', 90)]);
    await fixture.pass(20_000);
    await fixture.api.current.send('MODIFIED', node('a', 140));
    fixture.api.objects = [node('a', 60)];
    fixture.api.version = 70;
    await fixture.api.current.send('MODIFIED', node('a', 65));
    await fixture.pass(1_000);
    expect(fixture.reflector.get('a')?.version).toBe('60');
    expect(fixture.api.current.since).toBe('70');
    await fixture.api.current.send('MODIFIED', node('a', 71));
    expect(fixture.reflector.get('a')?.version).toBe('71');
  });

  test('an event that comes twice is told once', async () => {
    fixture = await startedFixture();
    await fixture.api.current.send('ADDED', node('a', 101));
    await fixture.api.current.send('ADDED', node('a', 101));
    expect(fixture.told()).toEqual(['+a']);
    expect(fixture.api.watches).toHaveLength(1);
  });
});

test('an object that was deleted and created anew while nobody watched is gone and then new', async () => {
  fixture = await startedFixture([node('a', 7, 'first')]);
  await fixture.pass(20_000);
  fixture.told();
  fixture.api.objects = [node('a', 120, 'second')];
  await fixture.api.current.send('ERROR', { kind: 'Status', code: 410 });
  await fixture.pass(1_000);
  expect(fixture.told()).toEqual(['-a', '+a']);
  expect(fixture.reflector.get('a')?.uid).toBe('second');
});
