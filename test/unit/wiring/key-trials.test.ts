import { expect, test } from '@jest/globals';
import type { CloudIdentity } from '../../../src/cloud/identity.ts';
import type { ProbeResult } from '../../../src/cloud/probe.ts';
import { troubleWith } from '../../../src/cloud/trouble.ts';
import type { AccessKey } from '../../../src/plan/access-key.ts';
import { SecretString } from '../../../src/plan/secret-string.ts';
import { createKeyTrials } from '../../../src/wiring/key-trials.ts';
import type { KeyTrials } from '../../../src/wiring/key-trials.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const REGION = 'cn-hangzhou';
const ACCEPTED: ProbeResult = { state: 'accepted' };
const DETAIL = { action: 'DescribeVpcs', detail: 'no' };
const REJECTED: ProbeResult = {
  state: 'rejected',
  trouble: troubleWith({ reason: 'InvalidCredentials', ...DETAIL }).trouble,
};
const UNTRIED: ProbeResult = {
  state: 'unknown',
  trouble: troubleWith({ reason: 'Unreachable', ...DETAIL }).trouble,
};
const THROTTLED: ProbeResult = {
  state: 'unknown',
  trouble: troubleWith({ reason: 'Throttled', ...DETAIL, retryAfterMs: 60_000 }).trouble,
};

function keyOf(name: string): AccessKey {
  return { id: new SecretString(name), secret: new SecretString(`${name}Secret`) };
}

interface Setup {
  readonly trials: KeyTrials;
  readonly clock: FakeClock;
  /** Keys that the cloud was asked for. */
  readonly asked: string[];
  /** Answers the oldest open question. */
  readonly answer: (result: ProbeResult) => Promise<void>;
  readonly news: () => number;
}

function setup(): Setup {
  const clock = new FakeClock();
  const asked: string[] = [];
  const open: ((result: ProbeResult) => void)[] = [];
  let news = 0;
  const trials = createKeyTrials({
    clock,
    probe: async ({ accessKeyId }: CloudIdentity) => {
      asked.push(accessKeyId.reveal());
      return await new Promise<ProbeResult>((resolve) => open.push(resolve));
    },
    onNews: () => (news += 1),
  });
  return {
    ...{ trials, clock, asked },
    answer: async (result) => {
      open.shift()?.(result);
      await clock.advance(0);
    },
    news: () => news,
  };
}

const KEY = keyOf('LTAI1');

test('a key is pending until the cloud has answered, and its decision is made again then', async () => {
  const { trials, answer, news } = setup();
  expect(trials.of(KEY, REGION)).toEqual({ state: 'pending' });
  await answer(ACCEPTED);
  expect(news()).toBe(1);
  expect(trials.of(KEY, REGION)).toEqual(ACCEPTED);
});

test('however many ask, the cloud is asked once for each key and region', async () => {
  const { trials, asked, answer } = setup();
  for (let n = 0; n < 5; n += 1) trials.of(keyOf('LTAI1'), REGION);
  trials.of(keyOf('LTAI2'), REGION);
  trials.of(KEY, 'cn-beijing');
  expect(asked).toEqual(['LTAI1', 'LTAI2', 'LTAI1']);
  await answer(ACCEPTED);
  trials.of(KEY, REGION);
  expect(asked).toHaveLength(3);
});

test('another secret of the same id is another key', async () => {
  const { trials, answer } = setup();
  trials.of(KEY, REGION);
  await answer(REJECTED);
  expect(trials.of({ ...KEY, secret: new SecretString('Mended') }, REGION)).toEqual({ state: 'pending' });
});

test('a status waits for half a second, and is told then', async () => {
  const { trials, clock, news } = setup();
  trials.of(KEY, REGION);
  expect(trials.isImminent()).toBe(true);
  await clock.advance(500);
  expect({ isImminent: trials.isImminent(), news: news() }).toEqual({ isImminent: false, news: 1 });
});

test('a key that is refused is tried again after 2 s, 4 s, and at last every 5 minutes, as long as somebody asks', async () => {
  const { trials, clock, asked, answer, news } = setup();
  trials.of(KEY, REGION);
  await answer(REJECTED);
  for (const seconds of [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]) {
    const before = { asked: asked.length, news: news() };
    await clock.advance(seconds * 1_000 - 1);
    trials.of(KEY, REGION);
    expect(asked).toHaveLength(before.asked);
    await clock.advance(1);
    expect(news()).toBe(before.news + 1);
    expect(trials.of(KEY, REGION)).toEqual(REJECTED);
    expect(asked).toHaveLength(before.asked + 1);
    await answer(REJECTED);
  }
  await clock.advance(3_600_000);
  expect(clock.pendingTimers).toBe(0);
});

test('a key that comes to be known is accepted', async () => {
  const { trials, clock, answer } = setup();
  trials.of(KEY, REGION);
  await answer(REJECTED);
  await clock.advance(2_000);
  trials.of(KEY, REGION);
  await answer(ACCEPTED);
  expect(trials.of(KEY, REGION)).toEqual(ACCEPTED);
  expect(clock.pendingTimers).toBe(0);
});

test('what was said stays while the cloud is silent, and no longer than until it says something else', async () => {
  const { trials, clock, answer } = setup();
  trials.of(KEY, REGION);
  await answer(ACCEPTED);
  await clock.advance(600_000);
  trials.of(KEY, REGION);
  await answer(UNTRIED);
  expect(trials.of(KEY, REGION)).toEqual(ACCEPTED);
  await clock.advance(2_000);
  trials.of(KEY, REGION);
  await answer(REJECTED);
  expect(trials.of(KEY, REGION)).toEqual(REJECTED);
});

test('an answer that is too old is asked for again, and does all the same where the cloud is silent', async () => {
  const { trials, clock, asked, answer, news } = setup();
  trials.of(KEY, REGION, 5_000);
  await answer(ACCEPTED);
  await clock.advance(5_000);
  expect(trials.of(KEY, REGION, 5_000)).toEqual(ACCEPTED);
  await clock.advance(1);
  expect(trials.of(KEY, REGION)).toEqual(ACCEPTED);
  expect(trials.of(KEY, REGION, 5_000)).toEqual({ state: 'pending' });
  expect(trials.of(KEY, REGION, 5_000)).toEqual({ state: 'pending' });
  expect(asked).toHaveLength(2);
  await answer(UNTRIED);
  expect(news()).toBe(2);
  expect(trials.of(KEY, REGION, 5_000)).toEqual(ACCEPTED);
});

test('a cloud that asks for patience is left alone', async () => {
  const { trials, clock, asked, answer } = setup();
  trials.of(KEY, REGION);
  await answer(THROTTLED);
  await clock.advance(59_000);
  trials.of(KEY, REGION);
  expect(asked).toHaveLength(1);
  await clock.advance(1_000);
  trials.of(KEY, REGION);
  expect(asked).toHaveLength(2);
});

test('keys of the past are forgotten', async () => {
  const { trials, asked, answer } = setup();
  for (let n = 0; n < 100; n += 1) {
    trials.of(keyOf(`LTAI${n}`), REGION);
    await answer(ACCEPTED);
  }
  trials.of(keyOf('LTAI99'), REGION);
  expect(asked).toHaveLength(100);
  trials.of(keyOf('LTAI0'), REGION);
  expect(asked).toHaveLength(101);
});

test('after the end nothing is asked and nothing is left to wake', async () => {
  const { trials, clock, asked, answer, news } = setup();
  trials.of(KEY, REGION);
  trials.stop();
  await answer(REJECTED);
  trials.of(keyOf('LTAI2'), REGION);
  expect({ asked: asked.length, timers: clock.pendingTimers, news: news() }).toEqual({
    ...{ asked: 1, timers: 0, news: 0 },
  });
});
