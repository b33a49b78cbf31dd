// Bad weather between the operator and the cloud: each kind is a state with its reason, what was known stays, the rest
// goes on, and no key is in any word of it.
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { CallRecord } from '../../src/cloud/call.ts';
import { createCloud } from '../../src/cloud/cloud.ts';
import type { Cloud } from '../../src/cloud/cloud.ts';
import type { CloudReader } from '../../src/cloud/reader.ts';
import type { CloudQuery } from '../../src/cloud/query.ts';
import type { CloudFacts, CloudObserved } from '../../src/plan/cloud-facts.ts';
import type { Emulator } from '../alicloud/server.ts';
import { startEmulator } from '../alicloud/server.ts';
import type { Trouble } from '../alicloud/weather.ts';
import { addVSwitches, GOOD_KEY, INSTANCE, REGION, SECURITY_GROUP, V_SWITCH } from '../alicloud/world.ts';
import { identityOf } from '../support/make-identity.ts';
import { ShiftedClock } from '../support/shifted-clock.ts';

const DEADLINE_MS = 1_000;
const FIVE_MINUTES_MS = 5 * 60_000;
const QUERY: CloudQuery = {
  regionId: REGION,
  vSwitchIds: [V_SWITCH],
  securityGroupIds: [SECURITY_GROUP],
  instanceIds: [INSTANCE],
};

let emulator: Emulator;
let cloud: Cloud;
let clock: ShiftedClock;
let records: CallRecord[];
let key = GOOD_KEY;

function connect(endpoint = emulator.url): Cloud {
  return createCloud({
    clock,
    endpoint,
    deadlineMs: DEADLINE_MS,
    onCall: (record) => {
      records.push(record);
    },
  });
}

function reader(of: Cloud = cloud): CloudReader {
  return of.reader(async () => identityOf(key));
}

/** The SDK is loaded by the first call, and that takes time from its deadline. */
beforeAll(async () => {
  const warm = await startEmulator();
  const first = createCloud({ clock: new ShiftedClock(), endpoint: warm.url });
  await first.reader(async () => identityOf(GOOD_KEY)).gather(QUERY);
  await first.close();
  await warm.close();
});

beforeEach(async () => {
  emulator = await startEmulator();
  clock = new ShiftedClock();
  records = [];
  key = GOOD_KEY;
  cloud = connect();
});

afterEach(async () => {
  await cloud.close();
  await emulator.close();
});

function everyFact(facts: CloudFacts): readonly CloudObserved<unknown>[] {
  return Object.values(facts).filter((fact): fact is CloudObserved<unknown> => typeof fact === 'object');
}

/** Whatever a key could have slipped into. */
function expectNoKeyIn(...texts: readonly unknown[]): void {
  const said = JSON.stringify(texts, (_name, value: unknown) => (value instanceof Map ? [...value] : value));
  for (const part of Object.values(key)) expect(said).not.toContain(part);
}

const SKEWED_PAGE = '<html><body><h1>502 Bad Gateway</h1></body></html>';

interface Weather {
  readonly name: string;
  readonly trouble: Trouble;
  readonly reason: string;
  readonly kind: string;
  readonly code?: string;
  readonly says: RegExp;
}

const WEATHERS: readonly Weather[] = [
  {
    name: 'throttled',
    trouble: { kind: 'throttle' },
    reason: 'Throttled',
    kind: 'Throttled',
    code: 'Throttling.User',
    says: /too many calls/,
  },
  {
    name: 'an internal error',
    trouble: { kind: 'error', status: 500, code: 'InternalError' },
    reason: 'Unreachable',
    kind: 'Unexpected',
    code: 'InternalError',
    says: /InternalError \(HTTP 500, request [0-9A-F-]{36}\)/,
  },
  {
    name: 'in maintenance',
    trouble: { kind: 'error', status: 503, code: 'ServiceUnavailable.RegionMaintaining' },
    reason: 'Unreachable',
    kind: 'Unexpected',
    says: /HTTP 503/,
  },
  {
    name: 'an error that nobody knows',
    trouble: { kind: 'error', status: 400, code: 'Brand.New' },
    reason: 'Unreachable',
    kind: 'Unexpected',
    code: 'Brand.New',
    says: /Brand\.New/,
  },
  {
    name: 'a page of a gateway',
    trouble: { kind: 'raw', status: 502, type: 'text/html', body: SKEWED_PAGE },
    reason: 'Unreachable',
    kind: 'Unexpected',
    says: /HTTP 502 with a body that is not JSON/,
  },
  {
    name: 'an empty 503',
    trouble: { kind: 'raw', status: 503, type: 'text/plain', body: '' },
    reason: 'Unreachable',
    kind: 'Unexpected',
    says: /HTTP 503 with an empty body/,
  },
  {
    name: 'a redirect to a portal',
    trouble: { kind: 'raw', status: 302, type: 'text/html', body: '' },
    reason: 'Unreachable',
    kind: 'Unexpected',
    says: /HTTP 302/,
  },
  {
    name: 'a success without JSON',
    trouble: { kind: 'raw', status: 200, type: 'text/html', body: SKEWED_PAGE },
    reason: 'Unreachable',
    kind: 'Unexpected',
    says: /HTTP 200 with a body that is not JSON/,
  },
  {
    name: 'JSON of another shape',
    trouble: { kind: 'raw', status: 200, type: 'application/json', body: '{"VSwitches":"","TotalCount":1}' },
    reason: 'Unreachable',
    kind: 'Unexpected',
    says: /another shape/,
  },
  {
    name: 'silence',
    trouble: { kind: 'silent' },
    reason: 'Unreachable',
    kind: 'Unexpected',
    says: /no complete answer within 1 s/,
  },
  {
    name: 'an answer that comes too late',
    trouble: { kind: 'slow', ms: DEADLINE_MS + 200 },
    reason: 'Unreachable',
    kind: 'Unexpected',
    says: /no complete answer within 1 s/,
  },
  {
    name: 'an answer that trickles',
    trouble: { kind: 'trickle' },
    reason: 'Unreachable',
    kind: 'Unexpected',
    says: /no complete answer within 1 s/,
  },
  {
    name: 'a socket that is reset, again and again',
    trouble: { kind: 'reset' },
    reason: 'Unreachable',
    kind: 'Unexpected',
    says: /reset|closed/,
  },
  {
    name: 'an answer that is cut',
    trouble: { kind: 'cut' },
    reason: 'Unreachable',
    kind: 'Unexpected',
    says: /closed|cut|reset/,
  },
  {
    name: 'a body of 20 MB',
    trouble: { kind: 'huge', bytes: 20 * 1024 * 1024 },
    reason: 'Unreachable',
    kind: 'Unexpected',
    says: /more than 8 MiB/,
  },
  {
    name: 'a denied action',
    trouble: { kind: 'error', status: 403, code: 'Forbidden.RAM' },
    reason: 'Denied',
    kind: 'NotYet',
    code: 'Forbidden.RAM',
    says: /RAM does not allow it/,
  },
  {
    name: 'a key that was deleted',
    trouble: { kind: 'error', status: 404, code: 'InvalidAccessKeyId.NotFound' },
    reason: 'InvalidCredentials',
    kind: 'Invalid',
    says: /the access key is not accepted/,
  },
  {
    name: 'an expired session',
    trouble: { kind: 'error', status: 400, code: 'InvalidSecurityToken.Expired' },
    reason: 'InvalidCredentials',
    kind: 'Invalid',
    says: /the access key is not accepted/,
  },
  {
    name: 'a clock that is wrong',
    trouble: { kind: 'error', status: 400, code: 'InvalidTimeStamp.Expired' },
    reason: 'ClockSkew',
    kind: 'NotYet',
    says: /the clocks differ/,
  },
  {
    name: 'a refusal',
    trouble: { kind: 'error', status: 404, code: 'InvalidRegionId.NotFound' },
    reason: 'Refused',
    kind: 'Invalid',
    says: /refused/,
  },
  {
    name: 'an error that quotes the key',
    trouble: {
      kind: 'error',
      status: 400,
      code: GOOD_KEY.accessKeyId,
      message: `${GOOD_KEY.accessKeyId} ${GOOD_KEY.accessKeySecret}`,
    },
    reason: 'Unreachable',
    kind: 'Unexpected',
    says: /no error code \(HTTP 400/,
  },
];

describe('when DescribeVSwitches meets', () => {
  test.each(WEATHERS)('$name, what was known stays and says why it is old', async (weather) => {
    const { trouble, reason, kind, code, says } = weather;
    const asked = reader();
    const before = await asked.gather(QUERY);
    clock.shift(FIVE_MINUTES_MS);
    emulator.weather.add({ action: 'DescribeVSwitches', trouble });
    const { vSwitches, vpc, ...rest } = await asked.gather(QUERY);
    const failure = { kind, message: expect.stringMatching(says) };
    const stale = { reason, action: 'DescribeVSwitches', failure, ...(code === undefined ? {} : { code }) };
    expect(vSwitches).toMatchObject({ ...before.vSwitches, stale });
    expect(vpc).toMatchObject({ state: 'known' });
    expect(vpc).not.toHaveProperty('stale');
    expectNoKeyIn(vSwitches, rest, records);
  });

  test.each(WEATHERS)(
    '$name from the start, the vSwitches are unknown and the rest is known',
    async ({ trouble, reason }) => {
      emulator.weather.add({ action: 'DescribeVSwitches', trouble });
      const facts = await reader().gather({ ...QUERY, vpcId: 'vpc-bp1good' });
      expect(facts.vSwitches).toMatchObject({
        state: 'unknown',
        trouble: { reason, action: 'DescribeVSwitches' },
      });
      for (const fact of [
        facts.vpc,
        facts.routeTables,
        facts.securityGroups,
        facts.instances,
        facts.networkInterfaces,
      ])
        expect(fact).toMatchObject({ state: 'known' });
      expectNoKeyIn(facts, records);
    },
  );
});

describe('when the whole cloud', () => {
  test('does not know the key, everything says so', async () => {
    key = { accessKeyId: 'LTAI5tUnknown', accessKeySecret: 'Whatever' };
    const facts = await reader().gather(QUERY);
    for (const fact of everyFact(facts))
      expect(fact).toMatchObject({
        state: 'unknown',
        trouble: { reason: 'InvalidCredentials', code: 'InvalidAccessKeyId.NotFound' },
      });
    expectNoKeyIn(facts, records);
  });

  test('finds the signature wrong, everything says so', async () => {
    key = { ...GOOD_KEY, accessKeySecret: 'NotTheSecret' };
    const facts = await reader().gather(QUERY);
    expect(facts.vSwitches).toMatchObject({
      state: 'unknown',
      trouble: { reason: 'InvalidCredentials', code: 'SignatureDoesNotMatch' },
    });
    expectNoKeyIn(facts, records);
  });

  test('has another time, everything says so', async () => {
    emulator.skewMs = 20 * 60_000;
    const facts = await reader().gather(QUERY);
    expect(facts.instances).toMatchObject({
      state: 'unknown',
      trouble: { reason: 'ClockSkew', failure: { kind: 'NotYet' } },
    });
  });

  test('denies everything, rights are known and nothing else', async () => {
    emulator.world.accounts[0]?.denied.add('*');
    const facts = await reader().gather(QUERY);
    expect(facts.instances).toMatchObject({
      state: 'unknown',
      trouble: { reason: 'Denied', code: 'Forbidden.RAM' },
    });
    expect(facts.permissions).toMatchObject({ state: 'known' });
    expect(facts.permissions.state === 'known' && [...facts.permissions.value.values()]).not.toContain(true);
  });

  test('cannot be found by name, everything says so', async () => {
    const lost = connect('http://no-such-host.invalid');
    const facts = await reader(lost).gather(QUERY);
    const message = expect.stringMatching(/the name of the endpoint cannot be resolved/);
    expect(facts.vSwitches).toMatchObject({
      state: 'unknown',
      trouble: { reason: 'Unreachable', failure: { message } },
    });
    expectNoKeyIn(facts, records);
    await lost.close();
  });

  test('is not there, everything says so', async () => {
    const { url } = emulator;
    await emulator.close();
    const lost = connect(url);
    const facts = await reader(lost).gather(QUERY);
    expect(facts.vSwitches).toMatchObject({
      state: 'unknown',
      trouble: { reason: 'Unreachable', failure: { message: expect.stringMatching(/ECONNREFUSED/) } },
    });
    await lost.close();
  });

  test('is asked by nobody, everything says so, and nothing is sent', async () => {
    const facts = await cloud.reader(async () => undefined).gather(QUERY);
    expect(facts.vSwitches).toMatchObject({ state: 'unknown', trouble: { reason: 'NoCredentials' } });
    expect(emulator.calls).toEqual([]);
  });
});

describe('a list', () => {
  test('whose NextToken repeats for ever is given up', async () => {
    emulator.weather.add({ action: 'DescribeNetworkInterfaces', trouble: { kind: 'endless' } });
    const facts = await reader().gather(QUERY);
    const message = expect.stringMatching(/the same NextToken twice/);
    expect(facts.networkInterfaces).toMatchObject({
      state: 'unknown',
      trouble: { reason: 'Unreachable', failure: { message } },
    });
    expect(emulator.callsOf('DescribeNetworkInterfaces')).toHaveLength(2);
  });

  test('that a vSwitch leaves between two pages is read again from its start', async () => {
    addVSwitches(emulator.world, 60);
    const remove = (): void => void emulator.world.vSwitches.splice(10, 1);
    emulator.weather.add({
      action: 'DescribeVSwitches',
      times: 2,
      trouble: { kind: 'meanwhile', run: () => undefined },
    });
    emulator.weather.add({
      action: 'DescribeVSwitches',
      times: 1,
      trouble: { kind: 'meanwhile', run: remove },
    });
    const { vSwitches } = await reader().gather({ ...QUERY, vpcId: 'vpc-bp1good' });
    expect(vSwitches.state === 'known' && vSwitches.value.size).toBe(62);
  });

  test('that never stands still is given up', async () => {
    addVSwitches(emulator.world, 120);
    const remove = (): void => void emulator.world.vSwitches.splice(3, 1);
    emulator.weather.add({ action: 'DescribeVSwitches', trouble: { kind: 'meanwhile', run: remove } });
    const { vSwitches } = await reader().gather({ ...QUERY, vpcId: 'vpc-bp1good' });
    const message = expect.stringMatching(/kept changing/);
    expect(vSwitches).toMatchObject({ state: 'unknown', trouble: { failure: { message } } });
  });
});

test('an answer that comes late, but in time, is an answer', async () => {
  emulator.weather.add({ action: 'DescribeVSwitches', trouble: { kind: 'slow', ms: 50 } });
  const facts = await reader().gather(QUERY);
  expect(facts.vSwitches).toMatchObject({ state: 'known' });
});

test('a socket that was reset once does not count', async () => {
  emulator.weather.add({ action: 'DescribeVSwitches', times: 1, trouble: { kind: 'reset' } });
  const facts = await reader().gather(QUERY);
  expect(facts.vSwitches).toMatchObject({ state: 'known' });
});

test('after a throttled call the API is left alone for a minute, the others are not', async () => {
  const asked = reader();
  emulator.weather.add({ action: 'DescribeNetworkInterfaces', times: 1, trouble: { kind: 'throttle' } });
  const calls = (action: string): number => emulator.callsOf(action).length;
  await asked.gather(QUERY);
  clock.shift(59_000);
  await cloud.reader(async () => identityOf(GOOD_KEY)).gather(QUERY);
  expect([calls('DescribeNetworkInterfaces'), calls('DescribeRouteTableList')]).toEqual([1, 2]);
  clock.shift(2_000);
  const { networkInterfaces } = await asked.gather(QUERY);
  expect(networkInterfaces).toMatchObject({ state: 'known' });
  expect(calls('DescribeNetworkInterfaces')).toBe(2);
});
