import { describe, expect, test } from '@jest/globals';
import { findingsIn, warningsIn } from '../../../../src/plan/eni/findings.ts';
import type { JsonObject } from '../../../../src/plan/eni/json-text.ts';

const GOOD: JsonObject = {
  vswitches: { z: ['vsw-a'] },
  max_pool_size: 5,
  min_pool_size: 0,
  security_group: 'sg-a',
};

const FINDINGS: Record<string, { conf: JsonObject; reason: string; problem: string }> = {
  'a placeholder': {
    conf: { ...GOOD, service_cidr: '{{.ServiceCIDR}}' },
    reason: 'Placeholder',
    problem: 'service_cidr still is a placeholder',
  },
  'placeholders inside maps and lists, and as keys': {
    conf: { vswitches: { '{{.Zone}}': ['vsw-a'], z: ['{{.VSwitch}}'] }, eni_tags: { '{{.Tag}}': 'x' } },
    reason: 'Placeholder',
    problem: 'vswitches, vswitches.z.0, eni_tags still are placeholders',
  },
  'a number as a text': {
    conf: { ...GOOD, max_pool_size: '5' },
    reason: 'ConfigMapMalformed',
    problem: 'max_pool_size must be a number',
  },
  'a text as a number': {
    conf: { ...GOOD, security_group: 7 },
    reason: 'ConfigMapMalformed',
    problem: 'security_group must be a string',
  },
  'vSwitches that are no lists': {
    conf: { vswitches: { z: 'vsw-a' } },
    reason: 'ConfigMapMalformed',
    problem: 'vswitches must map each zone to a list of vSwitch ids',
  },
  'a letter of another alphabet in ids and zones, and a blank': {
    conf: {
      vswitches: { 'cn-h\u0430ngzhou-h': ['vsw-a'], z: ['vsw-\uFF42', 'vsw-b'] },
      security_groups: ['sg-a', 'sg b'],
    },
    reason: 'ConfigMapMalformed',
    problem:
      'a zone in vswitches holds the character U+0430, which no id of the cloud has; vswitches.z holds the character U+FF42, which no id of the cloud has; security_groups holds the character U+0020, which no id of the cloud has',
  },
  'a pool that is larger at least than at most': {
    conf: { ...GOOD, min_pool_size: 6 },
    reason: 'IncompleteConfig',
    problem: 'min_pool_size 6 is above max_pool_size 5',
  },
};

test.each(Object.entries(FINDINGS))('finds %s', (_, { conf, reason, problem }) => {
  expect(findingsIn(conf)).toEqual([{ reason, problem }]);
});

test('finds nothing where all is well, and tells the placeholder first where much is wrong', () => {
  expect(findingsIn(GOOD)).toEqual([]);
  const many = findingsIn({ max_pool_size: '{{.Max}}', min_pool_size: '1' });
  expect(many.map(({ reason }) => reason)).toEqual(['Placeholder', 'ConfigMapMalformed']);
});

test('never tells a value', () => {
  const conf = { access_key: 'Zk9{{.Key}}', access_secret: 12345, max_pool_size: 'Zk9' };

  expect(JSON.stringify(findingsIn(conf))).not.toMatch(/Zk9|12345/);
});

describe('typos', () => {
  test.each([
    ['a letter is missing', 'max_pol_size', 'max_pool_size'],
    ['a letter is too much', 'min_pool_sizee', 'min_pool_size'],
    ['a letter is another', 'acces_key', 'access_key'],
    ['two letters are swapped', 'vswithces', 'vswitches'],
  ])('are told where %s', (_, key, meant) => {
    expect(warningsIn({ ...GOOD, [key]: 1 })).toEqual([
      `eni_conf has the key ${key}, which Terway does not read; is ${meant} meant?`,
    ]);
  });

  test('are not seen in keys that Terway knows or that resemble none', () => {
    expect(
      warningsIn({ ...GOOD, min_eni: 1, max_eni: 2, security_groups: ['a'], our_own_note: 'x' }),
    ).toEqual([]);
  });
});

test('no vSwitches are worth a word', () => {
  for (const conf of [{}, { vswitches: {} }]) {
    expect(warningsIn(conf)).toEqual([expect.stringContaining('names no vSwitches')]);
  }
});
