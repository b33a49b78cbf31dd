import { beforeEach, expect, test } from '@jest/globals';
import { createSilence } from '../../../src/cloud/silence.ts';
import type { Silence } from '../../../src/cloud/silence.ts';
import { troubleWith } from '../../../src/cloud/trouble.ts';
import type { CloudTroubleReason } from '../../../src/plan/cloud-facts.ts';
import { FakeClock } from '../../support/fake-clock.ts';

let clock: FakeClock;
let silence: Silence;

beforeEach(() => {
  clock = new FakeClock();
  silence = createSilence(clock);
});

function fail(action: string, reason: CloudTroubleReason = 'Unreachable', code?: string): void {
  silence.note(action, troubleWith({ reason, action, detail: 'no', code }));
}

test('begins with the first call that had no answer, and ends with the first that has one', async () => {
  const start = new Date(clock.now()).toISOString();
  fail('DescribeVpcs');
  await clock.advance(60_000);
  fail('DescribeVSwitches', 'Throttled');
  expect(silence.since()).toBe(start);
  silence.note('DescribeVpcs', undefined);
  expect(silence.since()).toBeUndefined();
});

test.each<CloudTroubleReason>(['Denied', 'InvalidCredentials', 'ClockSkew', 'Refused'])(
  'is none where the cloud answers with %s',
  (reason) => {
    fail('DescribeVpcs');
    fail('DescribeVpcs', reason);
    expect(silence.since()).toBeUndefined();
  },
);

test('is none where a DryRun is told to have been let through, which comes as an error', () => {
  fail('DescribeVpcs');
  fail('DescribeVpcs', 'Unreachable', 'DryRunOperation');
  expect(silence.since()).toBeUndefined();
});

test('of one API is not that of the cloud, as long as another has answered lately', async () => {
  silence.note('DescribeVpcs', undefined);
  await clock.advance(1_000);
  fail('DescribeVSwitches', 'Throttled');
  await clock.advance(350_000);
  fail('DescribeVSwitches', 'Throttled');
  expect(silence.since()).toBeUndefined();
  await clock.advance(10_000);
  expect(silence.since()).not.toBeUndefined();
});

test('does not wait for an API that is asked for once in days', async () => {
  silence.note('DescribeInstanceTypes', undefined);
  await clock.advance(3_600_000);
  fail('DescribeVpcs');
  expect(silence.since()).not.toBeUndefined();
});
