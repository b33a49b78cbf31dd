import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { backoffMs } from '../../../src/runtime/backoff.ts';
import { WorkQueue } from '../../../src/runtime/work-queue.ts';
import type { WorkQueueOptions } from '../../../src/runtime/work-queue.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

/** A queue whose runs are held until the test lets them end, or end by themselves after `workMs`. */
function rig(
  options: Partial<WorkQueueOptions> & { readonly workMs?: number; readonly held?: boolean } = {},
) {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock, random: () => 0.5, ...options });
  const started: string[] = [];
  const release: (() => void)[] = [];
  const hold = async (): Promise<void> =>
    await new Promise<void>((resolve) => {
      if (options.workMs === undefined) release.push(resolve);
      else clock.after(options.workMs, resolve);
    });
  queue.run(async (key) => {
    started.push(key);
    if (options.held === true || options.workMs !== undefined) await hold();
  });
  return {
    clock,
    queue,
    started,
    endOne: async () => {
      release.shift()?.();
      await settle();
    },
  };
}

describe('a work queue', () => {
  test('starts a key in the turn in which it is added, without a timer', async () => {
    const { clock, queue, started } = rig();
    queue.add('a');
    await Promise.resolve();
    expect(started).toEqual(['a']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('makes one run of many adds in one turn', async () => {
    const { queue, started } = rig();
    for (let i = 0; i < 100; i += 1) queue.add('a');
    await settle();
    expect(started).toEqual(['a']);
  });

  test('makes exactly one more run of whatever arrives while a key runs', async () => {
    const { queue, started, endOne } = rig({ held: true });
    queue.add('a');
    await settle();
    for (let i = 0; i < 100; i += 1) queue.add('a');
    await settle();
    expect(started).toEqual(['a']);
    await endOne();
    expect(started).toEqual(['a', 'a']);
    await endOne();
    expect(started).toEqual(['a', 'a']);
  });

  test('runs several keys at once up to its limit, in the order in which they came', async () => {
    const { queue, started, endOne } = rig({ held: true, concurrency: 2 });
    for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
    await settle();
    expect(started).toEqual(['a', 'b']);
    expect(queue.depth).toBe(2);
    expect(queue.runningMs()).toHaveLength(2);
    await endOne();
    expect(started).toEqual(['a', 'b', 'c']);
  });

  test('lets another key pass one that must wait for its own run to end', async () => {
    const { queue, started } = rig({ held: true, concurrency: 2 });
    queue.add('a');
    await settle();
    queue.add('a');
    queue.add('b');
    await settle();
    expect(started).toEqual(['a', 'b']);
  });

  test('keeps what is added before it is run', async () => {
    const queue = new WorkQueue({ clock: new FakeClock() });
    const started: string[] = [];
    queue.add('a');
    await settle();
    queue.run(async (key) => {
      started.push(key);
    });
    await settle();
    expect(started).toEqual(['a']);
  });

  test('starts nothing while it is paused, and what gathered when it resumes', async () => {
    const { queue, started } = rig();
    queue.pause();
    queue.add('a');
    queue.add('b');
    await settle();
    expect(started).toEqual([]);
    queue.resume();
    await settle();
    expect(started).toEqual(['a', 'b']);
  });
});

describe('a delayed key', () => {
  test('runs when its time has come and not before', async () => {
    const { clock, queue, started } = rig();
    queue.addAfter('a', 1000);
    await clock.advance(999);
    expect(started).toEqual([]);
    await clock.advance(1);
    expect(started).toEqual(['a']);
  });

  test.each([
    ['the later request comes second', 1000, 5000],
    ['the sooner request comes second', 5000, 1000],
  ])('runs once, at the soonest time: %s', async (_, first, second) => {
    const { clock, queue, started } = rig();
    queue.addAfter('a', first);
    queue.addAfter('a', second);
    await clock.advance(1000);
    expect(started).toEqual(['a']);
    await clock.advance(10_000);
    expect(started).toEqual(['a']);
  });

  test('is replaced by an add', async () => {
    const { clock, queue, started } = rig();
    queue.addAfter('a', 1000);
    queue.add('a');
    await clock.advance(10_000);
    expect(started).toEqual(['a']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('runs at once when the delay is none', async () => {
    const { queue, started } = rig();
    queue.addAfter('a', 0);
    await settle();
    expect(started).toEqual(['a']);
  });

  test('that falls due while the key runs becomes one more run', async () => {
    const { clock, queue, started, endOne } = rig({ held: true });
    queue.add('a');
    await settle();
    queue.addAfter('a', 100);
    await clock.advance(200);
    expect(started).toEqual(['a']);
    await endOne();
    expect(started).toEqual(['a', 'a']);
  });
});

describe('back-off', () => {
  test('grows with each retry until the key is forgotten', () => {
    const { queue } = rig();
    const first = queue.retry('a');
    const second = queue.retry('a');
    expect(second).toBeGreaterThan(first);
    queue.forget('a');
    expect(queue.retry('a')).toBe(first);
    expect(queue.retry('b')).toBe(first);
  });

  test('starts between 2.5 and 5 ms and ends between 2.5 and 5 minutes', () => {
    expect(backoffMs(1, () => 0)).toBe(2.5);
    expect(backoffMs(1, () => 1)).toBe(5);
    expect(backoffMs(100, () => 0)).toBe(150_000);
    expect(backoffMs(100, () => 1)).toBe(300_000);
  });

  test('allows at most 12 attempts in the first 10 minutes, whatever is drawn', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 }),
        (draws) => {
          let at = 0;
          const attempts = [at, ...draws.map((draw, i) => (at += backoffMs(i + 1, () => draw)))];
          expect(attempts.filter((time) => time <= 600_000).length).toBeLessThanOrEqual(12);
        },
      ),
    );
    let at = 0;
    for (let failures = 1; failures <= 12; failures += 1) at += backoffMs(failures, () => 0);
    expect(at).toBeGreaterThan(600_000);
  });

  test('follows a handler that throws, which is reported with its key', async () => {
    const clock = new FakeClock();
    const errors: unknown[] = [];
    const queue = new WorkQueue({ clock, onError: (error, key) => errors.push([key, String(error)]) });
    let runs = 0;
    queue.run(async () => {
      runs += 1;
      if (runs < 3) throw new Error(`no. ${runs}`);
    });
    queue.add('a');
    await clock.advance(60_000);
    expect(runs).toBe(3);
    expect(errors).toEqual([
      ['a', 'Error: no. 1'],
      ['a', 'Error: no. 2'],
    ]);
  });
});

describe('closing a queue', () => {
  test('waits for what runs, drops what waits, and starts nothing more', async () => {
    const { clock, queue, started, endOne } = rig({ held: true });
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 10);
    await settle();
    const closed = queue.close(2000);
    queue.add('d');
    queue.addAfter('e', 1);
    queue.retry('f');
    await clock.advance(100);
    await endOne();
    await expect(closed).resolves.toEqual([]);
    expect(started).toEqual(['a']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('names what still runs at the deadline', async () => {
    const { clock, queue } = rig({ held: true });
    queue.add('a');
    await settle();
    const closed = queue.close(2000);
    await clock.advance(2000);
    await expect(closed).resolves.toEqual(['a']);
  });

  test('comes back at once when nothing runs', async () => {
    const { queue } = rig();
    await expect(queue.close(2000)).resolves.toEqual([]);
  });
});

test('the observer hears of adds, waits, work and retries', async () => {
  const clock = new FakeClock();
  const heard: string[] = [];
  const queue = new WorkQueue({
    clock,
    random: () => 1,
    observer: {
      added: () => heard.push('added'),
      started: (ms) => heard.push(`waited ${ms}`),
      finished: (ms) => heard.push(`worked ${ms}`),
      retried: () => heard.push('retried'),
    },
  });
  queue.add('a');
  await clock.advance(30);
  let runs = 0;
  queue.run(async () => {
    runs += 1;
    await new Promise<void>((resolve) => {
      clock.after(7, resolve);
    });
    if (runs === 1) throw new Error('once');
  });
  await clock.advance(100);
  expect(heard).toEqual(['added', 'waited 30', 'retried', 'worked 7', 'added', 'waited 0', 'worked 7']);
});

test('no key ever runs twice at once, no more keys than allowed run, and the last add is always followed by a run', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('add' as const), key: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ do: fc.constant('later' as const), key: fc.constantFrom('a', 'b', 'c'), ms: fc.nat(50) }),
    fc.record({ do: fc.constant('retry' as const), key: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.nat(50) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.nat(30), { minLength: 5, maxLength: 5 }),
      async (steps, concurrency, durations) => {
        const clock = new FakeClock();
        const queue = new WorkQueue({ clock, concurrency });
        const running = new Set<string>();
        const owed = new Set<string>();
        const broken: string[] = [];
        let runs = 0;
        queue.run(async (key) => {
          if (running.has(key)) broken.push(`${key} twice`);
          running.add(key);
          owed.delete(key);
          if (running.size > concurrency) broken.push(`${running.size} at once`);
          const ms = durations[runs++ % durations.length] ?? 0;
          await new Promise<void>((resolve) => {
            clock.after(ms, resolve);
          });
          running.delete(key);
          if (runs % 7 === 0) throw new Error('now and then');
        });
        for (const next of steps) {
          if (next.do === 'wait') {
            await clock.advance(next.ms);
            continue;
          }
          if (next.do === 'add') queue.add(next.key);
          if (next.do === 'later') queue.addAfter(next.key, next.ms);
          if (next.do === 'retry') queue.retry(next.key);
          owed.add(next.key);
        }
        await clock.advance(3_600_000);
        expect(broken).toEqual([]);
        expect([...owed]).toEqual([]);
        expect(queue.depth).toBe(0);
        await expect(queue.close(0)).resolves.toEqual([]);
      },
    ),
    { numRuns: 150 },
  );
});
