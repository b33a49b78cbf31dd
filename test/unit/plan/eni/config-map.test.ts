import { describe, expect, test } from '@jest/globals';
import { ADDED_ANNOTATION } from '../../../../src/api/annotations.ts';
import type { HybridNetworkSpec, TerwaySpec } from '../../../../src/api/hybrid-network.ts';
import { changeOf, newConfig, readConfig } from '../../../../src/plan/eni/config-map.ts';
import { policyInEffect } from '../../../../src/plan/eni/network-policy.ts';
import type { ConfigChange } from '../../../../src/plan/eni/config-map.ts';
import type { ConfigMapFact } from '../../../../src/plan/facts.ts';
import {
  CNI_CONF_TEXT,
  configMap,
  facts,
  goodEniConfig,
  KEY_VALUES,
  network,
  nodes,
  present,
  TYPED,
  TYPED_ENI_CONF,
} from '../../../support/make-facts.ts';
import { applyPatch } from '../../../support/json-patch-interpreter.ts';
import { terwayAddOn } from '../../../support/shipped-workloads.ts';

interface Situation {
  readonly spec?: Partial<HybridNetworkSpec>;
  readonly hasCloudNodes?: boolean;
}

function specOf(terway: TerwaySpec | undefined): Partial<HybridNetworkSpec> {
  return { credentials: { inENIConfig: 'Never' }, ...(terway === undefined ? {} : { terway }) };
}

function changed(
  live: ConfigMapFact,
  { spec = specOf(undefined), hasCloudNodes = true }: Situation = {},
): ConfigChange {
  const own = network({ spec });
  const known = facts({
    network: own,
    eniConfig: present(live),
    nodes: nodes({ onPremises: 1, cloud: hasCloudNodes ? 1 : 0 }),
  });
  const read = readConfig(live, own.spec);
  if (read.state !== 'readable') throw new Error(read.problem);
  return changeOf(known, live, read.live);
}

interface Stored {
  readonly metadata: { readonly uid: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
}

function stored(live: ConfigMapFact, change: ConfigChange): Stored {
  const { uid, annotations, hasAnnotations, data, hasData } = live;
  const raw: Stored = {
    metadata: { uid, ...(hasAnnotations ? { annotations } : {}) },
    ...(hasData ? { data } : {}),
  };
  return applyPatch(raw, change.patch ?? []);
}

function liveWith(changes: Readonly<Record<string, string | undefined>>): ConfigMapFact {
  const data = Object.entries({ ...goodEniConfig().data, ...changes });
  return configMap(
    Object.fromEntries(data.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))),
  );
}

test('an absent switch, an empty one, false and 0 leave NetworkPolicy on', () => {
  expect([undefined, '', 'false', '0'].map(policyInEffect)).toEqual([
    'Enabled',
    'Enabled',
    'Enabled',
    'Enabled',
  ]);
  expect(['true', '1', 'yes', 'False'].map(policyInEffect)).toEqual([
    'Disabled',
    'Disabled',
    'Disabled',
    'Disabled',
  ]);
});

interface Policy {
  readonly live: string | undefined;
  readonly wanted?: TerwaySpec['networkPolicy'];
  readonly after: string;
}

const POLICIES: Record<string, Policy> = {
  'an absent switch is written out as it is in effect': { live: undefined, after: 'false' },
  'a switch that is there stays where the spec says nothing': { live: '1', after: '1' },
  'an empty switch stays where the spec says nothing': { live: '', after: '' },
  'Disabled is written': { live: 'false', wanted: 'Disabled', after: 'true' },
  'Disabled in other words is left alone': { live: 'yes', wanted: 'Disabled', after: 'yes' },
  'Enabled is written': { live: 'true', wanted: 'Enabled', after: 'false' },
  'Enabled in other words is left alone': { live: '0', wanted: 'Enabled', after: '0' },
};

test.each(Object.entries(POLICIES))('disable_network_policy: %s', (_, { live: text, wanted, after }) => {
  const before = liveWith({ disable_network_policy: text });
  const spec = specOf(wanted === undefined ? {} : { networkPolicy: wanted });
  const change = changed(before, { spec, hasCloudNodes: false });

  expect(stored(before, change).data?.['disable_network_policy']).toBe(after);
});

describe('what is as it should be', () => {
  test('is not written', () => {
    expect(changed(goodEniConfig()).patch).toBeUndefined();
    expect(changed(goodEniConfig(), { spec: specOf({ eniConfig: TYPED }) }).patch).toBeUndefined();
  });

  test('is not written for its formatting', () => {
    const before = liveWith({ eni_conf: JSON.stringify(JSON.parse(TYPED_ENI_CONF)) });

    expect(changed(before, { spec: specOf({ eniConfig: TYPED }) }).patch).toBeUndefined();
  });

  test('only gets a note of the immutable values that are held', () => {
    const spec = specOf({ eniConfig: { ...TYPED, serviceCIDR: '172.16.0.0/16' } });
    const change = changed(goodEniConfig(), { spec });
    const after = stored(goodEniConfig(), change);

    expect(after.data).toEqual(goodEniConfig().data);
    expect(after.metadata.annotations).toEqual({ [ADDED_ANNOTATION]: '{"service_cidr":"172.16.0.0/16"}' });
    expect(change.why).toBe('The values that are held are noted on the object.');
  });
});

describe('a change', () => {
  const spec = specOf({ eniConfig: { ...TYPED, maxPoolSize: 9 } });

  test('touches the line of its key only, and keeps keys that nobody knows', () => {
    const text = TYPED_ENI_CONF.replace('"version": "1",', '"version": "1",\n  "our_note" :  "x", ');
    const before = liveWith({ eni_conf: text, 'other.conf': '{broken', 'terway-cli': 'x' });
    const after = stored(before, changed(before, { spec }));

    expect(after.data).toEqual({
      ...before.data,
      eni_conf: text.replace('"max_pool_size": 5', '"max_pool_size": 9'),
    });
  });

  test('is refused when the object was deleted and made anew meanwhile', () => {
    const change = changed(goodEniConfig(), { spec });

    expect(() => stored({ ...goodEniConfig(), uid: 'another' }, change)).toThrow(/uid/);
  });

  test('is refused when somebody edited the same text meanwhile', () => {
    const change = changed(goodEniConfig(), { spec });

    expect(() => stored(liveWith({ eni_conf: `${TYPED_ENI_CONF} ` }), change)).toThrow(/eni_conf/);
  });

  test('says which keys differ and never a value', () => {
    expect(changed(goodEniConfig(), { spec }).why).toBe('eni_conf differs from the spec in max_pool_size.');
  });

  test('of the access key says so without it', () => {
    const own = network({ spec: { credentials: { inENIConfig: 'Always' } } });
    const known = facts({ network: own, workloads: [terwayAddOn()] });
    const read = readConfig(goodEniConfig(), own.spec);
    if (read.state !== 'readable') throw new Error(read.problem);
    const change = changeOf(known, goodEniConfig(), read.live);

    expect(change.eniConf['access_secret']).toBe(KEY_VALUES['access-key-secret']);
    expect(change.why).toBe('This Terway reads its access key from eni_conf, which holds another one.');
  });
});

describe('an eni-config without data, with the typed view', () => {
  const before = configMap(undefined);
  const after = stored(before, changed(before, { spec: specOf({ eniConfig: TYPED }) }));

  test('gets everything that Terway needs', () => {
    expect(JSON.parse(after.data?.['eni_conf'] ?? '')).toMatchObject({
      vswitches: TYPED.vSwitches,
      security_group: 'sg-a',
    });
    expect(JSON.parse(after.data?.['10-terway.conf'] ?? '')).toMatchObject({ type: 'terway' });
    expect(after.data?.['disable_network_policy']).toBe('false');
  });

  test('is at rest afterwards', () => {
    const next = configMap(after.data, after.metadata.annotations);

    expect(changed(next, { spec: specOf({ eniConfig: TYPED }) }).patch).toBeUndefined();
  });
});

test('10-terway.conf keeps what others put into it and gets the data path', () => {
  const text = '{"type":"terway","mtu":  1500,"eniip_virtual_type":"veth"}';
  const before = liveWith({ '10-terway.conf': text });
  const spec = specOf({ datapath: 'DataPathV2' });
  const after = stored(before, changed(before, { spec, hasCloudNodes: false }));

  expect(after.data?.['10-terway.conf']).toBe(
    '{"type":"terway","mtu":  1500,"eniip_virtual_type":"datapathv2"}',
  );
});

const UNREADABLE: Record<
  string,
  { data: Readonly<Record<string, string>>; isTyped: boolean; problem: string }
> = {
  'eni_conf is absent and nobody types it': {
    data: { '10-terway.conf': CNI_CONF_TEXT },
    isTyped: false,
    problem: 'it has no key eni_conf',
  },
  'eni_conf is broken': {
    data: { eni_conf: '{"a":' },
    isTyped: true,
    problem: 'eni_conf: ValueExpected at line 1, column 6',
  },
  'eni_conf is empty': {
    data: { eni_conf: '' },
    isTyped: true,
    problem: 'eni_conf: ValueExpected at line 1, column 1',
  },
  '10-terway.conf is broken': {
    data: { eni_conf: '{}', '10-terway.conf': '[]' },
    isTyped: true,
    problem: '10-terway.conf: it is no JSON object',
  },
};

test.each(Object.entries(UNREADABLE))('cannot be read where %s', (_, { data, isTyped, problem }) => {
  const { spec } = network({ spec: isTyped ? { terway: { eniConfig: TYPED } } : {} });

  expect(readConfig(configMap(data), spec)).toEqual({ state: 'malformed', problem });
});

test('a lack of 10-terway.conf is told where nobody types the configuration', () => {
  const bare = configMap({ eni_conf: '{}' });

  expect(readConfig(bare, network().spec)).toMatchObject({ state: 'readable', lacksCniConf: true });
  expect(readConfig(bare, network({ spec: { terway: { eniConfig: TYPED } } }).spec)).toMatchObject({
    lacksCniConf: false,
  });
});

describe('an eni-config that does not exist', () => {
  const eniConfig = { ...TYPED, serviceCIDR: '172.16.0.0/16', eniTags: { a: 'b' } };

  test.each([
    ['by default with NetworkPolicy off', {}, 'true'],
    ['with NetworkPolicy on where asked for', { networkPolicy: 'Enabled' as const }, 'false'],
  ])('is made %s', (_, terway, policy) => {
    const { data } = newConfig(facts({ network: network({ spec: specOf({ eniConfig, ...terway }) }) }));

    expect(data['disable_network_policy']).toBe(policy);
  });

  test('is at rest once it is made', () => {
    const terways: readonly TerwaySpec[] = [
      { eniConfig },
      { eniConfig, datapath: 'IPVLAN' },
      { eniConfig, datapath: 'Veth' },
    ];
    for (const terway of terways) {
      const spec = specOf(terway);
      const { data, annotations } = newConfig(facts({ network: network({ spec }) }));
      const change = changed(configMap(data, annotations), { spec });
      expect(change).toMatchObject({ patch: undefined, refused: [] });
    }
  });
});

test('a text of 900 KB is not quoted as it was, so that the request stays below what the API server takes', () => {
  const bulk = `"x-list": [${Array.from({ length: 180_000 }, () => '"ab"').join(',')}], `;
  const live = configMap({ eni_conf: `{${bulk}"max_pool_size": 50}`, '10-terway.conf': CNI_CONF_TEXT });
  const { patch = [] } = changed(live, { spec: specOf({ eniConfig: { ...TYPED, maxPoolSize: 5 } }) });
  expect(JSON.stringify(patch).length).toBeLessThan(3 * 2 ** 20);
  expect(patch.filter(({ op }) => op === 'test')).toEqual([
    { op: 'test', path: '/metadata/uid', value: live.uid },
    { op: 'test', path: '/metadata/resourceVersion', value: live.resourceVersion },
  ]);
  const { data } = applyPatch(
    { metadata: { uid: live.uid, resourceVersion: live.resourceVersion }, data: live.data },
    patch,
  );
  expect(data['eni_conf']).toContain(`{${bulk}"max_pool_size": 5`);
});
