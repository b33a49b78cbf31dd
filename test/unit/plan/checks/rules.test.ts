import { describe, expect, test } from '@jest/globals';
import { admits } from '../../../../src/plan/checks/rules.ts';
import type { Traffic } from '../../../../src/plan/checks/rules.ts';
import type { SecurityGroupRule } from '../../../../src/plan/cloud-facts.ts';
import { parseCidr } from '../../../../src/plan/ipv4.ts';
import { accept, group } from '../../../support/make-check-facts.ts';

const FROM = parseCidr('192.168.0.0/24') ?? { first: 0, length: 32 };
const KUBELET: Traffic = { from: FROM, protocol: 'TCP', port: 10_250 };
const drop = (cidr: string, changes: Partial<SecurityGroupRule> = {}): SecurityGroupRule =>
  accept(cidr, { policy: 'Drop', ...changes });

const ROWS: readonly {
  readonly what: string;
  readonly rules: readonly SecurityGroupRule[];
  readonly traffic?: Traffic;
  readonly gets: boolean | undefined;
}[] = [
  { what: 'no rule at all', rules: [], gets: false },
  { what: 'a rule for all of it', rules: [accept('192.168.0.0/16')], gets: true },
  { what: 'a rule for half of it', rules: [accept('192.168.0.0/25')], gets: false },
  {
    what: 'two rules for a half each',
    rules: [accept('192.168.0.0/25'), accept('192.168.0.128/25')],
    gets: true,
  },
  {
    what: 'a rule for another port',
    rules: [accept('0.0.0.0/0', { protocol: 'TCP', portRange: '22/22' })],
    gets: false,
  },
  {
    what: 'a rule for its port',
    rules: [accept('0.0.0.0/0', { protocol: 'tcp', portRange: '10250/10255' })],
    gets: true,
  },
  { what: 'a rule for another protocol', rules: [accept('0.0.0.0/0', { protocol: 'UDP' })], gets: false },
  { what: 'a rule for what goes out', rules: [accept('0.0.0.0/0', { direction: 'egress' })], gets: false },
  { what: 'a drop of the same priority', rules: [accept('0.0.0.0/0'), drop('192.168.0.7/32')], gets: false },
  {
    what: 'a drop behind it',
    rules: [accept('192.168.0.0/24'), drop('0.0.0.0/0', { priority: 100 })],
    gets: true,
  },
  {
    what: 'a drop behind a rule for half of it',
    rules: [
      accept('192.168.0.0/25'),
      drop('0.0.0.0/0', { priority: 50 }),
      accept('0.0.0.0/0', { priority: 100 }),
    ],
    gets: false,
  },
  { what: 'a drop for others', rules: [accept('0.0.0.0/0'), drop('10.0.0.0/8')], gets: true },
  {
    what: 'a drop of another port',
    rules: [accept('0.0.0.0/0'), drop('0.0.0.0/0', { portRange: '22/22' })],
    gets: true,
  },
  {
    what: 'a rule for some ports where all are asked for',
    rules: [accept('0.0.0.0/0', { portRange: '1/1024' })],
    traffic: { from: FROM, protocol: 'TCP' },
    gets: false,
  },
  {
    what: 'a protocol without a name',
    rules: [accept('0.0.0.0/0')],
    traffic: { from: FROM, protocol: 'IPIP' },
    gets: true,
  },
  {
    what: 'a list of prefixes',
    rules: [
      {
        direction: 'ingress',
        protocol: 'ALL',
        portRange: '-1/-1',
        policy: 'Accept',
        priority: 1,
        prefixListId: 'pl-a',
      },
    ],
    gets: undefined,
  },
];

describe('traffic to a security group', () => {
  test.each(ROWS)('with $what: $gets', ({ rules, traffic = KUBELET, gets }) => {
    expect(admits([group('sg-a', { rules })], traffic)).toBe(gets);
  });

  test('counts the rules of all groups together', () => {
    const halves = ['192.168.0.0/25', '192.168.0.128/25'].map((cidr) =>
      group(cidr, { rules: [accept(cidr)] }),
    );
    expect(admits(halves, KUBELET)).toBe(true);
  });
});
