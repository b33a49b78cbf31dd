import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  capacityOfType,
  nodeCapacities,
  nodesToRecycle,
  spread,
  zoneCapacities,
} from '../../../src/plan/capacity.ts';
import { cloudNodes } from '../../../src/plan/cloud-nodes.ts';
import type { CloudNode } from '../../../src/plan/cloud-nodes.ts';
import { settingsOf } from '../../../src/plan/eni/settings.ts';
import type { EniSettings } from '../../../src/plan/eni/settings.ts';
import {
  byId,
  cloudNode,
  ENI_CONF,
  instance,
  instanceType,
  networkInterface,
  vSwitch,
  ZONE,
} from '../../support/make-check-facts.ts';

const SETTINGS = settingsOf(ENI_CONF);

function settings(changes: Readonly<Record<string, unknown>>): EniSettings {
  return settingsOf({ ...ENI_CONF, ...changes });
}

describe('the capacity of an instance type, as ACK states it', () => {
  // Network planning of ACK, and Terway's own examples.
  test.each([
    {
      id: 'ecs.c7.4xlarge',
      enis: 8,
      ipsPerEni: 30,
      totalEnis: 8,
      trunk: false,
      shared: 210,
      exclusive: 7,
      members: 0,
    },
    {
      id: 'ecs.u1-c1m4.xlarge',
      enis: 3,
      ipsPerEni: 10,
      totalEnis: 3,
      trunk: false,
      shared: 20,
      exclusive: 2,
      members: 0,
    },
    {
      id: 'ecs.g7.2xlarge',
      enis: 4,
      ipsPerEni: 15,
      totalEnis: 10,
      trunk: true,
      shared: 45,
      exclusive: 3,
      members: 6,
    },
  ])(
    '$id: $shared shared, $exclusive exclusive, $members members',
    ({ shared, exclusive, members, ...type }) => {
      expect(capacityOfType(instanceType(type))).toMatchObject({ shared, exclusive, members });
    },
  );

  test.each([
    { eni_cap_ratio: 0.5, shared: 15 },
    { eni_cap_shift: -1, shared: 30 },
    { max_eni: 1, shared: 15 },
    { max_eni: 9, shared: 45 },
    { eni_cap_ratio: 0, shared: 45 },
  ])('with %j of eni_conf', ({ shared, ...limits }) => {
    expect(capacityOfType(instanceType(), settings(limits)).shared).toBe(shared);
  });

  test('is never negative', () => {
    const numbers = fc.integer({ min: 0, max: 20 });
    const types = fc.record({
      enis: numbers,
      ipsPerEni: numbers,
      ipv6PerEni: numbers,
      totalEnis: numbers,
      trunk: fc.boolean(),
    });
    fc.assert(
      fc.property(types, (type) => {
        const { shared, exclusive, members, prefixed } = capacityOfType(instanceType(type));
        expect(Math.min(shared, exclusive, members, prefixed)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('the capacity of a node', () => {
  const types = byId(instanceType());
  const exclusive = cloudNode('ecs-1', {
    labels: { ...cloudNode().labels, 'k8s.aliyun.com/exclusive-mode-eni-type': 'eniOnly' },
  });

  test.each([
    { what: 'shared interfaces', node: cloudNode(), conf: {}, mode: 'Shared', pods: 45 },
    { what: 'an interface for each pod', node: exclusive, conf: {}, mode: 'Exclusive', pods: 3 },
    { what: 'a trunk', node: cloudNode(), conf: { enable_eni_trunking: true }, mode: 'Trunk', pods: 51 },
    { what: 'prefixes', node: cloudNode(), conf: { enable_ip_prefix: true }, mode: 'Prefix', pods: 2_016 },
  ])('with $what', ({ node, conf, mode, pods }) => {
    expect(nodeCapacities(cloudNodes([node]), types, settings(conf))).toEqual([
      { node: 'ecs-1', typeId: 'ecs.g7.2xlarge', mode, pods },
    ]);
  });

  test('is not guessed where the type is not known', () => {
    expect(nodeCapacities(cloudNodes([cloudNode()]), new Map(), SETTINGS)).toEqual([]);
  });
});

describe('nodes to come', () => {
  test('all come somewhere, and nowhere less than none', () => {
    const zones = fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.nat({ max: 500 }), zones, (toCome, present) => {
        const shares = spread(toCome, present);
        expect(shares.reduce((sum, n) => sum + n, 0)).toBe(toCome);
        expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('go where the present ones are, and evenly where there are none', () => {
    expect(spread(10, [3, 1, 0])).toEqual([8, 2, 0]);
    expect(spread(10, [0, 0, 0])).toEqual([4, 3, 3]);
  });
});

describe('the zones', () => {
  const nodes = cloudNodes([cloudNode()], byId(instance()));

  function zonesOf(maxNodes: number | undefined) {
    return zoneCapacities({
      settings: settings({
        vswitches: { [ZONE]: ['vsw-a', 'vsw-b', 'vsw-gone'], 'cn-hangzhou-i': ['vsw-c'] },
      }),
      vSwitches: byId(
        vSwitch('vsw-a', { cidr: '10.0.0.0/24', freeIPs: 100 }),
        vSwitch('vsw-b', { cidr: '10.0.1.0/24', freeIPs: 20 }),
        vSwitch('vsw-c', { cidr: '10.0.2.0/25', freeIPs: 7 }),
      ),
      nodes,
      types: byId(instanceType()),
      maxNodes,
    });
  }

  test('have the free addresses of their vSwitches, and nodes to come where nodes are', () => {
    expect(zonesOf(5)).toEqual([
      {
        zone: ZONE,
        vSwitches: ['vsw-a', 'vsw-b'],
        freeIPs: 120,
        totalIPs: 504,
        nodes: 1,
        nodesToCome: 4,
        neededIPs: 20,
        neededWhenFull: 180,
      },
      {
        zone: 'cn-hangzhou-i',
        vSwitches: ['vsw-c'],
        freeIPs: 7,
        totalIPs: 124,
        nodes: 0,
        nodesToCome: 0,
        neededIPs: 0,
        neededWhenFull: 0,
      },
    ]);
  });

  test('await no nodes without a limit, or beyond it', () => {
    expect(zonesOf(undefined).map(({ nodesToCome }) => nodesToCome)).toEqual([0, 0]);
    expect(zonesOf(1).map(({ nodesToCome }) => nodesToCome)).toEqual([0, 0]);
  });
});

describe('a node is to be recycled', () => {
  const nodes: readonly CloudNode[] = cloudNodes([cloudNode()], byId(instance()));

  test.each([
    { what: 'an interface on a vSwitch of before', one: { vSwitchId: 'vsw-old' }, outdated: ['vSwitch'] },
    {
      what: 'the groups of before',
      one: { securityGroupIds: ['sg-a', 'sg-old'] },
      outdated: ['security groups'],
    },
  ])('for $what', ({ one, outdated }) => {
    expect(nodesToRecycle(nodes, [networkInterface(one)], SETTINGS)).toEqual([
      { node: 'ecs-1', interfaces: ['eni-one'], outdated },
    ]);
  });

  test.each([
    { what: 'its primary interface', one: { type: 'Primary', vSwitchId: 'vsw-nodes' }, conf: {} },
    {
      what: 'an interface of another instance',
      one: { instanceId: 'i-two', vSwitchId: 'vsw-old' },
      conf: {},
    },
    {
      what: 'its groups where eni_conf names none',
      one: { securityGroupIds: ['sg-x'] },
      conf: { security_group: '' },
    },
    {
      what: 'its own vSwitch in a zone that eni_conf does not name',
      one: { vSwitchId: 'vsw-nodes' },
      conf: { vswitches: {} },
    },
  ] as const)('not for $what', ({ one, conf }) => {
    expect(nodesToRecycle(nodes, [networkInterface(one)], settings(conf))).toEqual([]);
  });
});
