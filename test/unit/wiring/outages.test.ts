import { describe, expect, test } from '@jest/globals';
import { createOutages } from '../../../src/wiring/outages.ts';
import { FakeClock } from '../../support/fake-clock.ts';

describe('when the API server is back', () => {
  test('what was put off is due at once, and once more when the server has read its roles', async () => {
    const clock = new FakeClock();
    let told = 0;
    const outages = createOutages(clock, () => (told += 1));
    outages.over();
    expect([outages.count(), told]).toEqual([1, 0]);
    await clock.advance(4_999);
    expect([outages.count(), told]).toEqual([1, 0]);
    await clock.advance(1);
    expect([outages.count(), told]).toEqual([2, 1]);
  });

  test('many watches that come back one after the other make it due once more only once', async () => {
    const clock = new FakeClock();
    let told = 0;
    const outages = createOutages(clock, () => (told += 1));
    for (let n = 0; n < 10; n += 1) {
      outages.over();
      await clock.advance(100);
    }
    await clock.advance(10_000);
    expect(told).toBe(1);
  });

  test('nothing is due after the stop', async () => {
    const clock = new FakeClock();
    let told = 0;
    const outages = createOutages(clock, () => (told += 1));
    outages.over();
    outages.stop();
    await clock.advance(10_000);
    expect(told).toBe(0);
  });
});
