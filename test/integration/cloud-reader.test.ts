// The cloud as one identity sees it: what is asked, how often, and what becomes of it when the key changes.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CLOUD_ACTIONS } from '../../src/cloud/api.ts';
import { createCloud } from '../../src/cloud/cloud.ts';
import type { Cloud } from '../../src/cloud/cloud.ts';
import type { CloudQuery } from '../../src/cloud/query.ts';
import type { CloudObserved } from '../../src/plan/cloud-facts.ts';
import { startEmulator } from '../alicloud/server.ts';
import type { Emulator } from '../alicloud/server.ts';
import {
  addAccount,
  addInstance,
  addVpc,
  addVSwitches,
  GOOD_KEY,
  INSTANCE,
  OTHER_ZONE_V_SWITCH,
  REGION,
  SECURITY_GROUP,
  V_SWITCH,
  VPC,
} from '../alicloud/world.ts';
import { identityOf } from '../support/make-identity.ts';
import { ShiftedClock } from '../support/shifted-clock.ts';

const MINUTE_MS = 60_000;
const QUERY: CloudQuery = {
  regionId: REGION,
  vSwitchIds: [V_SWITCH],
  securityGroupIds: [SECURITY_GROUP],
  instanceIds: [INSTANCE],
};

let emulator: Emulator;
let cloud: Cloud;
let clock: ShiftedClock;

beforeEach(async () => {
  emulator = await startEmulator();
  clock = new ShiftedClock();
  cloud = createCloud({ clock, endpoint: emulator.url });
});

afterEach(async () => {
  await cloud.close();
  await emulator.close();
});

const goodKey = async (): Promise<ReturnType<typeof identityOf>> => identityOf(GOOD_KEY);

function valueOf<T>(observed: CloudObserved<T>): T {
  if (observed.state !== 'known') throw new Error(`not known: ${JSON.stringify(observed)}`);
  return observed.value;
}

describe('the facts of a good world', () => {
  test('are complete, and every action that the documentation lists is in use', async () => {
    const facts = await cloud.reader(goodKey).gather(QUERY);
    expect(valueOf(facts.vpc)).toEqual({
      id: VPC,
      cidr: '10.0.0.0/16',
      secondaryCidrs: ['10.1.0.0/16'],
      userCidrs: [],
      natGatewayIds: [],
      status: 'Available',
      inCen: true,
    });
    expect(valueOf(facts.vSwitches).get(OTHER_ZONE_V_SWITCH)).toMatchObject({
      zoneId: 'cn-hangzhou-i',
      freeIPs: 4_000,
    });
    expect(valueOf(facts.routeTables)).toMatchObject([
      { type: 'System', entries: [{ type: 'System' }, { type: 'CEN' }, { type: 'CEN' }] },
    ]);
    expect(valueOf(facts.securityGroups).get(SECURITY_GROUP)).toMatchObject({ vpcId: VPC, type: 'normal' });
    expect(valueOf(facts.securityGroupRules).get(SECURITY_GROUP)).toMatchObject({
      innerAccess: 'Accept',
      rules: [
        { direction: 'ingress', cidr: '192.168.0.0/24', priority: 1 },
        { direction: 'ingress', cidr: '10.100.0.0/16' },
        { direction: 'egress', cidr: '0.0.0.0/0', protocol: 'ALL', portRange: '-1/-1' },
      ],
    });
    expect(valueOf(facts.instanceTypes).get('ecs.g7.xlarge')).toEqual({
      id: 'ecs.g7.xlarge',
      enis: 4,
      ipsPerEni: 15,
      ipv6PerEni: 15,
      totalEnis: 20,
      trunk: true,
    });
    expect(valueOf(facts.networkInterfaces)).toMatchObject([
      { type: 'Primary', instanceId: INSTANCE },
      { type: 'Secondary', tags: { creator: 'terway' }, vSwitchId: V_SWITCH },
    ]);
    const actions = CLOUD_ACTIONS.map((action) => action.split(':')[1] ?? '');
    expect([...valueOf(facts.permissions)].toSorted()).toEqual(
      actions.toSorted().map((action) => [action, true]),
    );
  });

  test('are pending before anybody has asked', () => {
    const { vpc, vSwitches, instances, permissions } = cloud.reader(goodKey).observe(QUERY);
    for (const fact of [vpc, vSwitches, instances, permissions]) expect(fact).toEqual({ state: 'pending' });
  });

  test('say of what is not there that it is not there', async () => {
    const query = { ...QUERY, vSwitchIds: [V_SWITCH, 'vsw-bp1gone'], securityGroupIds: ['sg-bp1gone'] };
    const facts = await cloud.reader(goodKey).gather({ ...query, instanceIds: ['i-bp1gone'] });
    expect(valueOf(facts.vSwitches).has('vsw-bp1gone')).toBe(false);
    expect(valueOf(facts.vSwitches).has(V_SWITCH)).toBe(true);
    expect([valueOf(facts.securityGroups).size, valueOf(facts.instances).size]).toEqual([0, 0]);
    const elsewhere = await cloud.reader(goodKey).gather({ ...QUERY, vpcId: 'vpc-bp1gone' });
    expect(elsewhere.vpc).toMatchObject({ state: 'absent' });
  });

  test('tell a vSwitch of another VPC from one that does not exist', async () => {
    addVpc(emulator.world, 'vpc-bp1other', 'vsw-bp1other');
    const query = { ...QUERY, vpcId: VPC, vSwitchIds: [V_SWITCH, 'vsw-bp1other'] };
    const { vSwitches } = await cloud.reader(goodKey).gather(query);
    expect(valueOf(vSwitches).get('vsw-bp1other')).toMatchObject({ vpcId: 'vpc-bp1other' });
  });

  test('come in as many pages as there are', async () => {
    addVSwitches(emulator.world, 140);
    const instanceIds = Array.from(
      { length: 230 },
      (_one, index) => `i-bp1n${String(index).padStart(3, '0')}`,
    );
    for (const id of instanceIds) addInstance(emulator.world, { id });
    const facts = await cloud.reader(goodKey).gather({ ...QUERY, instanceIds });
    expect(valueOf(facts.vSwitches).size).toBe(143);
    expect(valueOf(facts.instances).size).toBe(230);
    expect(valueOf(facts.networkInterfaces)).toHaveLength(460);
    expect(emulator.callsOf('DescribeInstances').filter(({ status }) => status === 200)).toHaveLength(3);
  });
});

describe('at rest', () => {
  test('each thing is asked for once in five minutes, types and rights much more rarely', async () => {
    const reader = cloud.reader(goodKey);
    for (let minute = 0; minute < 20; minute += 1) {
      await reader.gather(QUERY);
      clock.shift(MINUTE_MS);
    }
    const counts = Object.fromEntries(
      CLOUD_ACTIONS.map((action) => action.split(':')[1] ?? '').map((action) => [
        action,
        emulator.callsOf(action).filter(({ status }) => status === 200).length,
      ]),
    );
    expect(counts).toEqual({
      DescribeVSwitches: 4,
      DescribeVpcs: 4,
      DescribeRouteTableList: 4,
      DescribeRouteEntryList: 4,
      DescribeSecurityGroups: 4,
      DescribeSecurityGroupAttribute: 4,
      DescribeInstances: 4,
      DescribeInstanceTypes: 1,
      DescribeNetworkInterfaces: 4,
    });
    expect(emulator.calls.filter(({ code }) => code === 'DryRunOperation')).toHaveLength(4);
  });

  test('many who ask at once are answered with one call', async () => {
    const reader = cloud.reader(goodKey);
    await Promise.all(Array.from({ length: 20 }, () => reader.gather(QUERY)));
    expect(emulator.callsOf('DescribeRouteTableList')).toHaveLength(1);
    expect(emulator.callsOf('DescribeSecurityGroupAttribute')).toHaveLength(1);
  });

  test('a new node costs one call for itself, not one for all', async () => {
    const reader = cloud.reader(goodKey);
    await reader.gather(QUERY);
    addInstance(emulator.world, { id: 'i-bp1new' });
    emulator.forgetCalls();
    const { instances } = await reader.gather({ ...QUERY, instanceIds: [INSTANCE, 'i-bp1new'] });
    expect([...valueOf(instances).keys()]).toEqual([INSTANCE, 'i-bp1new']);
    expect(emulator.calls.map(({ query }) => query['InstanceIds'])).toEqual(['["i-bp1new"]']);
  });
});

describe('the key', () => {
  test('that replaces another is in use with the next call, and everything is asked anew', async () => {
    addAccount(emulator.world, { accessKeyId: 'LTAI5tNext', accessKeySecret: 'NextSecret' });
    let key = GOOD_KEY;
    const reader = cloud.reader(async () => identityOf(key));
    await reader.gather(QUERY);
    emulator.forgetCalls();
    clock.shift(MINUTE_MS / 2);
    key = { accessKeyId: 'LTAI5tNext', accessKeySecret: 'NextSecret' };
    await reader.gather(QUERY);
    expect(emulator.calls.length).toBeGreaterThan(8);
    expect(new Set(emulator.calls.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['LTAI5tNext']));
  });

  test('that is bad takes nothing away, and one that is good mends it at once', async () => {
    let key = GOOD_KEY;
    const reader = cloud.reader(async () => identityOf(key));
    await reader.gather(QUERY);
    key = { accessKeyId: 'LTAI5tBad', accessKeySecret: 'Bad' };
    clock.shift(MINUTE_MS / 2);
    const bad = await reader.gather(QUERY);
    expect(bad.vpc).toMatchObject({ state: 'known', stale: { reason: 'InvalidCredentials' } });
    key = GOOD_KEY;
    const good = await reader.gather(QUERY);
    expect(good.vpc).not.toHaveProperty('stale');
  });

  test('that is replaced a hundred times in a row is followed, and the budgets are kept', async () => {
    const keys = Array.from({ length: 100 }, (_one, index) => ({
      accessKeyId: `LTAI5t${index}`,
      accessKeySecret: `s${index}`,
    }));
    for (const one of keys) addAccount(emulator.world, one);
    let key = GOOD_KEY;
    const reader = cloud.reader(async () => identityOf(key));
    await reader.gather(QUERY);
    for (const one of keys) {
      key = one;
      const { vSwitches } = await reader.gather(QUERY);
      expect(vSwitches).toMatchObject({ state: 'known' });
      expect(vSwitches).not.toHaveProperty('stale');
      clock.shift(1_000);
    }
    expect(emulator.callsOf('DescribeVSwitches').length).toBeLessThan(15);
    expect(emulator.calls.every(({ status, code }) => status === 200 || code === 'DryRunOperation')).toBe(
      true,
    );
  });

  test('is told to be accepted, rejected, or neither', async () => {
    const probe = async (part: Partial<typeof GOOD_KEY>): Promise<unknown> =>
      await cloud.probe(identityOf({ ...GOOD_KEY, ...part }), REGION);
    expect(await probe({})).toEqual({ state: 'accepted' });
    expect(await probe({ accessKeySecret: 'Wrong' })).toMatchObject({
      state: 'rejected',
      trouble: { code: 'SignatureDoesNotMatch' },
    });
    expect(await probe({ accessKeyId: 'LTAI5tNobody' })).toMatchObject({ state: 'rejected' });
    emulator.world.accounts[0]?.denied.add('*');
    expect(await probe({})).toEqual({ state: 'accepted' });
    emulator.weather.add({ trouble: { kind: 'raw', status: 502, type: 'text/html', body: '<html>' } });
    expect(await probe({})).toMatchObject({ state: 'unknown', trouble: { reason: 'Unreachable' } });
  });

  test('can be tried a hundred times in a row without being held back', async () => {
    const results = [];
    for (let attempt = 0; attempt < 100; attempt += 1)
      results.push(await cloud.probe(identityOf(GOOD_KEY), REGION));
    expect(results.filter(({ state }) => state === 'accepted')).toHaveLength(100);
  });
});

test('a right that is missing is known, and nobody takes it for a missing thing', async () => {
  emulator.world.accounts[0]?.denied.add('ecs:DescribeSecurityGroups');
  emulator.world.accounts[0]?.denied.add('vpc:DescribeRouteEntryList');
  const facts = await cloud.reader(goodKey).gather(QUERY);
  expect(facts.securityGroups).toMatchObject({ state: 'unknown', trouble: { reason: 'Denied' } });
  expect(facts.routeTables).toMatchObject({
    state: 'unknown',
    trouble: { reason: 'Denied', action: 'DescribeRouteEntryList' },
  });
  const permissions = valueOf(facts.permissions);
  expect([permissions.get('DescribeSecurityGroups'), permissions.get('DescribeRouteEntryList')]).toEqual([
    false,
    false,
  ]);
  expect(permissions.get('DescribeVpcs')).toBe(true);
});

test('a right that is missing on the rules of security groups leaves the groups known', async () => {
  emulator.world.accounts[0]?.denied.add('ecs:DescribeSecurityGroupAttribute');
  const facts = await cloud.reader(goodKey).gather(QUERY);
  expect([...valueOf(facts.securityGroups).keys()]).toEqual([SECURITY_GROUP]);
  expect(facts.securityGroupRules).toMatchObject({
    state: 'unknown',
    trouble: { reason: 'Denied', action: 'DescribeSecurityGroupAttribute' },
  });
});

test('a cloud that answers nothing any more is silent, until it answers', async () => {
  const reader = cloud.reader(goodKey);
  await reader.refresh(QUERY);
  expect(reader.silentSince()).toBeUndefined();
  emulator.weather.add({ trouble: { kind: 'reset' } });
  clock.shift(6 * 60_000);
  const before = new Date(clock.now()).toISOString();
  await reader.refresh(QUERY);
  expect((reader.silentSince() ?? '') >= before).toBe(true);
  expect(reader.observe(QUERY).vpc).toMatchObject({ state: 'known', stale: { reason: 'Unreachable' } });
  emulator.weather.clear();
  clock.shift(60_000);
  await reader.refresh(QUERY);
  expect(reader.silentSince()).toBeUndefined();
});

test('a cloud in which one API is throttled is not silent', async () => {
  const reader = cloud.reader(goodKey);
  emulator.weather.add({ action: 'DescribeVSwitches', trouble: { kind: 'throttle' } });
  for (let minute = 0; minute < 10; minute += 1) {
    await reader.refresh({ ...QUERY, vpcId: VPC });
    expect(reader.silentSince()).toBeUndefined();
    clock.shift(60_000);
  }
});

test('a cloud that is slow at every page does not hold a refresh for ever', async () => {
  const later = (): void => {
    clock.shift(70_000);
  };
  emulator.weather.add({ action: 'DescribeRouteEntryList', trouble: { kind: 'meanwhile', run: later } });
  const table = emulator.world.routeTables[0];
  for (let entry = 0; entry < 900; entry += 1)
    table?.entries.push({
      destination: `10.2.${entry % 256}.0/24`,
      type: 'Custom',
      status: 'Available',
      nextHops: [],
    });
  const { routeTables } = await cloud.reader(goodKey).gather(QUERY);
  const message = expect.stringMatching(/not read within 120 s/);
  expect(routeTables).toMatchObject({ state: 'unknown', trouble: { failure: { message } } });
});

test('no request leaves for a region that is none, and none for a host that an object could name', async () => {
  for (const regionId of [
    'cn-hangzhou.evil.example/',
    'CN-HANGZHOU',
    'evil.example#',
    '',
    'cn-' + 'x'.repeat(40),
  ]) {
    const { vSwitches } = await cloud.reader(goodKey).gather({ ...QUERY, regionId });
    expect(vSwitches).toMatchObject({
      state: 'unknown',
      trouble: { reason: 'Refused', failure: { kind: 'Invalid' } },
    });
  }
  expect(emulator.calls).toEqual([]);
});
