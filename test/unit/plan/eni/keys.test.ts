import { describe, expect, test } from '@jest/globals';
import type { ENIConfigSpec } from '../../../../src/api/hybrid-network.ts';
import type { JsonObject } from '../../../../src/plan/eni/json-text.ts';
import { freelyChangeable, newEniConf, withTags } from '../../../../src/plan/eni/keys.ts';
import { TYPED } from '../../../support/make-facts.ts';

const GOOD: JsonObject = { vswitches: { 'cn-hangzhou-h': ['vsw-a'] }, security_group: 'sg-a' };

interface Case {
  readonly live?: JsonObject;
  readonly spec?: Partial<ENIConfigSpec>;
  readonly changes: Record<string, unknown>;
}

const CASES: Record<string, Case> = {
  'what means the same is left alone': { changes: {} },
  'vSwitches are a set in each zone': {
    live: { ...GOOD, vswitches: { 'cn-hangzhou-h': ['vsw-b', 'vsw-a'] } },
    spec: { vSwitches: { 'cn-hangzhou-h': ['vsw-a', 'vsw-b'] } },
    changes: {},
  },
  'another vSwitch is a difference': {
    live: { ...GOOD, vswitches: { 'cn-hangzhou-h': ['vsw-a', 'vsw-b'] } },
    changes: { vswitches: TYPED.vSwitches },
  },
  'another zone is a difference': {
    live: { ...GOOD, vswitches: { 'cn-hangzhou-h': ['vsw-a'], 'cn-hangzhou-k': ['vsw-k'] } },
    changes: { vswitches: TYPED.vSwitches },
  },
  'vSwitches of the wrong type are written': {
    live: { ...GOOD, vswitches: { 'cn-hangzhou-h': 'vsw-a' } },
    changes: { vswitches: TYPED.vSwitches },
  },
  'absent vSwitches are written': {
    live: { security_group: 'sg-a' },
    changes: { vswitches: TYPED.vSwitches },
  },
  'one security group may stand in either key': {
    live: { ...GOOD, security_group: undefined, security_groups: ['sg-a'] },
    changes: {},
  },
  'security groups of both keys are joined': {
    live: { ...GOOD, security_groups: ['sg-b'] },
    spec: { securityGroupIDs: ['sg-b', 'sg-a'] },
    changes: {},
  },
  'another security group goes into the key for one': {
    live: { ...GOOD, security_group: 'sg-x' },
    changes: { security_group: 'sg-a' },
  },
  'one security group in place of several takes their key away': {
    live: { ...GOOD, security_groups: ['sg-b'] },
    changes: { security_group: 'sg-a', security_groups: undefined },
  },
  'several security groups take the key for one away': {
    spec: { securityGroupIDs: ['sg-a', 'sg-b'] },
    changes: { security_groups: ['sg-a', 'sg-b'], security_group: undefined },
  },
  'a number as a text is a difference': {
    live: { ...GOOD, max_pool_size: '5' },
    spec: { maxPoolSize: 5 },
    changes: { max_pool_size: 5 },
  },
  'zero is a value': {
    live: { ...GOOD, min_pool_size: 3 },
    spec: { minPoolSize: 0 },
    changes: { min_pool_size: 0 },
  },
  'what the spec does not name is left alone': {
    live: { ...GOOD, min_pool_size: 3, max_pool_size: 7, vswitch_selection_policy: 'random' },
    changes: {},
  },
  'the selection policy is held': {
    live: { ...GOOD, vswitch_selection_policy: 'random' },
    spec: { vSwitchSelectionPolicy: 'ordered' },
    changes: { vswitch_selection_policy: 'ordered' },
  },
};

test.each(Object.entries(CASES))('%s', (_, { live = GOOD, spec, changes }) => {
  expect(freelyChangeable(live, { ...TYPED, ...spec })).toEqual(changes);
});

describe('tags', () => {
  test('those of the spec are held and the others stay', () => {
    expect(withTags({ mine: 'x', ours: 'old' }, { ours: 'new' })).toEqual({ mine: 'x', ours: 'new' });
    expect(withTags({ mine: 'x', ours: 'new' }, { ours: 'new' })).toBeUndefined();
  });

  test('what is no map is replaced', () => {
    expect(withTags(undefined, { ours: 'new' })).toEqual({ ours: 'new' });
    expect(withTags(['x'], {})).toEqual({});
  });

  test('a tag named __proto__ is a tag', () => {
    const wanted: Record<string, string> = JSON.parse('{"__proto__": "x"}');

    expect(JSON.stringify(withTags({}, wanted))).toBe('{"__proto__":"x"}');
  });
});

test('a new eni_conf needs no change for the spec that it was made from', () => {
  const specs: readonly ENIConfigSpec[] = [
    TYPED,
    { ...TYPED, securityGroupIDs: ['sg-a', 'sg-b'], minPoolSize: 8 },
    {
      ...TYPED,
      serviceCIDR: '172.16.0.0/16',
      eniTags: { a: 'b' },
      maxPoolSize: 3,
      vSwitchSelectionPolicy: 'random',
    },
  ];
  for (const spec of specs) {
    const made = newEniConf(spec);
    expect(freelyChangeable(made, spec)).toEqual({});
    expect(made).toMatchObject({ version: '1', access_key: '', access_secret: '' });
    expect(Number(made['max_pool_size'])).toBeGreaterThanOrEqual(Number(made['min_pool_size']));
  }
});
