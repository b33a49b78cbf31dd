// The emulator against a second client that shares no line with the first: Alibaba Cloud's SDK for Go.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { askAsSecondClient, buildSecondClient } from '../alicloud/second-client.ts';
import { startEmulator } from '../alicloud/server.ts';
import type { Emulator } from '../alicloud/server.ts';
import { GOOD_KEY } from '../alicloud/world.ts';

const BUILD_MS = 10 * 60_000;
let emulator: Emulator;
let program: string;

beforeAll(async () => {
  program = await buildSecondClient();
  emulator = await startEmulator();
}, BUILD_MS);

afterAll(async () => {
  await emulator.close();
});

describe('the SDK for Go', () => {
  test('understands the answer to every call that the operator makes', async () => {
    const answers = await askAsSecondClient(program, emulator.url, GOOD_KEY);
    expect(answers).toMatchObject({
      DescribeVSwitches: {
        TotalCount: 3,
        VSwitches: {
          VSwitch: [
            { VSwitchId: 'vsw-bp1nodes', ZoneId: 'cn-hangzhou-h', VpcId: 'vpc-bp1good' },
            {
              VSwitchId: 'vsw-bp1good',
              CidrBlock: '10.0.16.0/20',
              AvailableIpAddressCount: 4_000,
              RouteTable: { RouteTableId: 'vtb-bp1system' },
            },
            { VSwitchId: 'vsw-bp1second', ZoneId: 'cn-hangzhou-i', Status: 'Available' },
          ],
        },
      },
      'DescribeVSwitches DryRun': { Code: 'DryRunOperation' },
      DescribeVpcs: {
        Vpcs: {
          Vpc: [
            {
              CidrBlock: '10.0.0.0/16',
              SecondaryCidrBlocks: { SecondaryCidrBlock: ['10.1.0.0/16'] },
              CenStatus: 'Attached',
            },
          ],
        },
      },
      DescribeRouteTableList: {
        RouterTableList: {
          RouterTableListType: [{ RouteTableId: 'vtb-bp1system', RouteTableType: 'System' }],
        },
      },
      DescribeRouteEntryList: {
        RouteEntrys: {
          RouteEntry: [
            { DestinationCidrBlock: '10.0.0.0/16', Type: 'System' },
            { NextHops: { NextHop: [{ NextHopType: 'Attachment', NextHopId: 'tr-attach-bp1' }] } },
            { Type: 'CEN' },
          ],
        },
      },
      DescribeSecurityGroups: {
        SecurityGroups: {
          SecurityGroup: [{ SecurityGroupId: 'sg-bp1good', SecurityGroupType: 'normal', EcsCount: 1 }],
        },
      },
      DescribeSecurityGroupAttribute: {
        InnerAccessPolicy: 'Accept',
        Permissions: {
          Permission: [
            { Direction: 'ingress', SourceCidrIp: '192.168.0.0/24', Priority: '1' },
            { Direction: 'ingress' },
            { Direction: 'egress', DestCidrIp: '0.0.0.0/0' },
          ],
        },
      },
      DescribeInstances: {
        Instances: { Instance: [{ InstanceId: 'i-bp1ecs1', VpcAttributes: { VSwitchId: 'vsw-bp1nodes' } }] },
      },
      DescribeInstanceTypes: {
        InstanceTypes: {
          InstanceType: [
            {
              InstanceTypeId: 'ecs.g6.16xlarge',
              EniQuantity: 8,
              EniTotalQuantity: 60,
              EniTrunkSupported: true,
            },
            { InstanceTypeId: 'ecs.g7.xlarge', EniPrivateIpAddressQuantity: 15, EniIpv6AddressQuantity: 15 },
          ],
        },
      },
      DescribeNetworkInterfaces: {
        NetworkInterfaceSets: {
          NetworkInterfaceSet: [
            { Type: 'Primary', InstanceId: 'i-bp1ecs1' },
            { Type: 'Secondary', Tags: { Tag: [{ TagKey: 'creator', TagValue: 'terway' }] } },
          ],
        },
      },
    });
  });

  test('is refused with a wrong secret, and so is everybody', async () => {
    const answers = await askAsSecondClient(program, emulator.url, { ...GOOD_KEY, accessKeySecret: 'Wrong' });
    expect(new Set(Object.values(answers).map((answer) => (answer as { Code?: string }).Code))).toEqual(
      new Set(['SignatureDoesNotMatch']),
    );
  });

  test('meets throttling and RAM as codes that it knows', async () => {
    emulator.weather.add({ action: 'DescribeVpcs', trouble: { kind: 'throttle' } });
    emulator.world.accounts[0]?.denied.add('ecs:DescribeInstances');
    const answers = await askAsSecondClient(program, emulator.url, GOOD_KEY);
    expect(answers).toMatchObject({
      DescribeVpcs: { Code: 'Throttling.User' },
      DescribeInstances: { Code: 'Forbidden.RAM' },
    });
  });
});
