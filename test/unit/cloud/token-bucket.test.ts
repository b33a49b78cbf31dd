import { describe, expect, test } from '@jest/globals';
import { createTokenBucket } from '../../../src/cloud/token-bucket.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const throttled = { trouble: { reason: 'Throttled', failure: { kind: 'Throttled' } } };

describe('a budget of 30 calls a minute', () => {
  test('lets half of them through at once, and the rest in time', async () => {
    const clock = new FakeClock();
    const bucket = createTokenBucket('DescribeVSwitches', 30, clock);
    let through = 0;
    for (let call = 0; call < 25; call += 1) void bucket.take().then(() => (through += 1));
    await clock.advance(0);
    expect(through).toBe(15);
    await clock.advance(10_000);
    expect(through).toBe(20);
    await clock.advance(10_000);
    expect(through).toBe(25);
  });

  test('is kept over an hour', async () => {
    const clock = new FakeClock();
    const bucket = createTokenBucket('DescribeVSwitches', 30, clock);
    let through = 0;
    for (let second = 0; second < 3_600; second += 1) {
      bucket.take().then(
        () => (through += 1),
        () => undefined,
      );
      await clock.advance(1_000);
    }
    expect(through).toBeLessThanOrEqual(30 * 60 + 15);
    expect(through).toBeGreaterThan(30 * 59);
  });

  test('refuses whoever would wait for long', async () => {
    const clock = new FakeClock();
    const bucket = createTokenBucket('DescribeVSwitches', 30, clock);
    for (let call = 0; call < 25; call += 1) void bucket.take();
    await expect(bucket.take()).rejects.toMatchObject(throttled);
  });

  test('is shut while the cloud asks for patience', async () => {
    const clock = new FakeClock();
    const bucket = createTokenBucket('DescribeVSwitches', 30, clock);
    bucket.pause(60_000);
    await expect(bucket.take()).rejects.toMatchObject(throttled);
    await clock.advance(60_000);
    await expect(bucket.take()).resolves.toBeUndefined();
  });
});
