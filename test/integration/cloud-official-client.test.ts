// The thin client against the whole official one: the same parameters on the wire, and the same models back.
import * as ecs from '@alicloud/ecs20140526';
import { $OpenApiUtil } from '@alicloud/openapi-core';
import * as vpc from '@alicloud/vpc20160428';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Asker, Caller } from '../../src/cloud/call.ts';
import { createCaller } from '../../src/cloud/call.ts';
import { describeInstances, describeInstanceTypes, describeVSwitches } from '../../src/cloud/api.ts';
import { createHttp } from '../../src/cloud/http.ts';
import type { Http } from '../../src/cloud/http.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { startEmulator } from '../alicloud/server.ts';
import type { Emulator } from '../alicloud/server.ts';
import { GOOD_KEY, INSTANCE, REGION, VPC } from '../alicloud/world.ts';
import { identityOf } from '../support/make-identity.ts';

const ASKER: Asker = { identity: identityOf(GOOD_KEY), regionId: REGION };

let emulator: Emulator;
let http: Http;
let thin: Caller;
let config: $OpenApiUtil.Config;

beforeAll(async () => {
  emulator = await startEmulator();
  http = createHttp({ clock: systemClock });
  thin = createCaller({ clock: systemClock, http, endpoint: emulator.url });
  config = new $OpenApiUtil.Config({ ...GOOD_KEY, endpoint: new URL(emulator.url).host, protocol: 'http' });
});

afterAll(async () => {
  await http.close();
  await emulator.close();
});

beforeEach(() => {
  emulator.forgetCalls();
});

/** Models of two copies of the same class are compared by what is in them. */
function plain(model: unknown): unknown {
  return { ...(JSON.parse(JSON.stringify(model)) as object), requestId: undefined };
}

function expectTheSameTwice(): void {
  const [first, second] = emulator.calls;
  expect(first).toMatchObject({ status: 200 });
  expect(second).toEqual(first);
}

describe('both clients send and understand the same', () => {
  test('DescribeVSwitches', async () => {
    const query = { regionId: REGION, vpcId: VPC, pageNumber: 1, pageSize: 50 };
    const ours = await thin.call(describeVSwitches, query, ASKER);
    const client = new vpc.default.default(config);
    const { body } = await client.describeVSwitches(new vpc.DescribeVSwitchesRequest(query));
    expect(plain(ours)).toEqual(plain(body));
    expectTheSameTwice();
  });

  test('DescribeInstances', async () => {
    const query = { regionId: REGION, instanceIds: JSON.stringify([INSTANCE]), maxResults: 100 };
    const ours = await thin.call(describeInstances, query, ASKER);
    const client = new ecs.default.default(config);
    const { body } = await client.describeInstances(new ecs.DescribeInstancesRequest(query));
    expect(plain(ours)).toEqual(plain(body));
    expectTheSameTwice();
  });

  test('DescribeInstanceTypes', async () => {
    const query = { instanceTypes: ['ecs.g7.xlarge', 'ecs.g9i.large'], maxResults: 100 };
    const ours = await thin.call(describeInstanceTypes, query, ASKER);
    const client = new ecs.default.default(config);
    const { body } = await client.describeInstanceTypes(new ecs.DescribeInstanceTypesRequest(query));
    expect(plain(ours)).toEqual(plain(body));
    expectTheSameTwice();
  });
});
