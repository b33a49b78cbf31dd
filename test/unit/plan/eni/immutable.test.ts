import { describe, expect, test } from '@jest/globals';
import { ADDED_ANNOTATION } from '../../../../src/api/annotations.ts';
import type { TerwaySpec } from '../../../../src/api/hybrid-network.ts';
import { decideImmutable, heldValues } from '../../../../src/plan/eni/immutable.ts';
import type { HeldValues } from '../../../../src/plan/eni/immutable.ts';
import type { JsonObject } from '../../../../src/plan/eni/json-text.ts';
import { configMap, TYPED } from '../../../support/make-facts.ts';

const OLD = '172.16.0.0/16';
const NEW = '10.96.0.0/12';

interface Case {
  readonly serviceCIDR?: string;
  readonly eniTags?: Record<string, string>;
  readonly datapath?: TerwaySpec['datapath'];
  readonly networkPolicy?: TerwaySpec['networkPolicy'];
  readonly policy?: string;
  readonly live?: JsonObject;
  readonly cniConf?: JsonObject;
  readonly before?: HeldValues;
  readonly hasCloudNodes: boolean;
  readonly changes: Record<string, unknown>;
  readonly held?: Record<string, unknown>;
  readonly refused?: readonly string[];
}

const SERVICE_CIDR = 'spec.terway.eniConfig.serviceCIDR (service_cidr)';
const ENI_TAGS = 'spec.terway.eniConfig.eniTags (eni_tags)';
const DATAPATH = 'spec.terway.datapath (eniip_virtual_type)';

const NETWORK_POLICY = 'spec.terway.networkPolicy (disable_network_policy)';

const CASES: Record<string, Case> = {
  'what the spec does not name is left alone': {
    live: { service_cidr: OLD },
    hasCloudNodes: false,
    changes: {},
    held: {},
  },
  'without cloud nodes a value changes freely': {
    serviceCIDR: NEW,
    live: { service_cidr: OLD },
    hasCloudNodes: false,
    changes: { service_cidr: NEW },
    held: { service_cidr: NEW },
  },
  'with cloud nodes the value in effect stays': {
    serviceCIDR: NEW,
    live: { service_cidr: OLD },
    hasCloudNodes: true,
    changes: {},
    held: {},
    refused: [SERVICE_CIDR],
  },
  'with cloud nodes an absent key is added': {
    serviceCIDR: NEW,
    live: {},
    hasCloudNodes: true,
    changes: { service_cidr: NEW },
    held: { service_cidr: NEW },
  },
  'with cloud nodes an empty value or a placeholder is filled in': {
    serviceCIDR: NEW,
    eniTags: { a: 'b' },
    live: { service_cidr: '{{.ServiceCIDR}}', eni_tags: {} },
    hasCloudNodes: true,
    changes: { service_cidr: NEW, eni_tags: { a: 'b' } },
    held: { service_cidr: NEW, eni_tags: { a: 'b' } },
  },
  'with cloud nodes drift goes back to what was held': {
    serviceCIDR: OLD,
    live: { service_cidr: NEW },
    before: { service_cidr: OLD },
    hasCloudNodes: true,
    changes: { service_cidr: OLD },
    held: { service_cidr: OLD },
  },
  'drift and a change of the spec at once go back to what was held': {
    serviceCIDR: NEW,
    live: { service_cidr: '192.168.0.0/16' },
    before: { service_cidr: OLD },
    hasCloudNodes: true,
    changes: { service_cidr: OLD },
    held: { service_cidr: OLD },
    refused: [SERVICE_CIDR],
  },
  'taking the key out of the file is no way around': {
    serviceCIDR: NEW,
    live: {},
    before: { service_cidr: OLD },
    hasCloudNodes: true,
    changes: { service_cidr: OLD },
    held: { service_cidr: OLD },
    refused: [SERVICE_CIDR],
  },
  'a refused change is refused again, and nothing is written': {
    serviceCIDR: NEW,
    live: { service_cidr: OLD },
    before: { service_cidr: OLD },
    hasCloudNodes: true,
    changes: {},
    held: { service_cidr: OLD },
    refused: [SERVICE_CIDR],
  },
  'tags that stand there besides are no difference': {
    eniTags: { ours: 'x' },
    live: { eni_tags: { ours: 'x', mine: 'y' } },
    hasCloudNodes: true,
    changes: {},
    held: { eni_tags: { ours: 'x' } },
  },
  'a new tag is a change of the value in effect': {
    eniTags: { ours: 'x' },
    live: { eni_tags: { mine: 'y' } },
    hasCloudNodes: true,
    changes: {},
    held: {},
    refused: [ENI_TAGS],
  },
  'repaired tags keep those that stand there besides': {
    eniTags: { ours: 'x' },
    live: { eni_tags: { mine: 'y' } },
    before: { eni_tags: { ours: 'x' } },
    hasCloudNodes: true,
    changes: { eni_tags: { mine: 'y', ours: 'x' } },
    held: { eni_tags: { ours: 'x' } },
  },
  'the order of held tags does not matter': {
    eniTags: { a: '1', b: '2' },
    live: { eni_tags: { a: '0' } },
    before: { eni_tags: { b: '2', a: '1' } },
    hasCloudNodes: true,
    changes: { eni_tags: { a: '1', b: '2' } },
    held: { eni_tags: { a: '1', b: '2' } },
  },
  'no data path means veth': {
    datapath: 'Veth',
    hasCloudNodes: true,
    changes: {},
    held: { eniip_virtual_type: 'veth' },
  },
  'the spelling of the data path does not matter': {
    datapath: 'IPVLAN',
    cniConf: { eniip_virtual_type: 'ipvlan' },
    hasCloudNodes: true,
    changes: {},
    held: { eniip_virtual_type: 'IPVlan' },
  },
  'with cloud nodes the data path stays, also one that is not written out': {
    datapath: 'DataPathV2',
    hasCloudNodes: true,
    changes: {},
    held: {},
    refused: [DATAPATH],
  },
  'with cloud nodes NetworkPolicy stays as it is': {
    networkPolicy: 'Enabled',
    policy: 'true',
    hasCloudNodes: true,
    changes: {},
    held: {},
    refused: [NETWORK_POLICY],
  },
  'a key for NetworkPolicy that is absent may be added': {
    networkPolicy: 'Disabled',
    hasCloudNodes: true,
    changes: { disable_network_policy: 'Disabled' },
    held: { disable_network_policy: 'Disabled' },
  },
  'NetworkPolicy that somebody switched goes back to what was held': {
    networkPolicy: 'Disabled',
    policy: 'false',
    before: { disable_network_policy: 'Disabled' },
    hasCloudNodes: true,
    changes: { disable_network_policy: 'Disabled' },
    held: { disable_network_policy: 'Disabled' },
  },
  'without cloud nodes NetworkPolicy changes': {
    networkPolicy: 'Enabled',
    policy: 'true',
    hasCloudNodes: false,
    changes: { disable_network_policy: 'Enabled' },
    held: { disable_network_policy: 'Enabled' },
  },
  'without cloud nodes the data path changes': {
    datapath: 'DataPathV2',
    cniConf: { eniip_virtual_type: 'veth' },
    hasCloudNodes: false,
    changes: { eniip_virtual_type: 'datapathv2' },
    held: { eniip_virtual_type: 'datapathv2' },
  },
};

test.each(Object.entries(CASES))('%s', (_, one) => {
  const eniConfig = {
    ...TYPED,
    ...(one.serviceCIDR === undefined ? {} : { serviceCIDR: one.serviceCIDR }),
    ...(one.eniTags === undefined ? {} : { eniTags: one.eniTags }),
  };
  const terway = {
    eniConfig,
    ...(one.datapath === undefined ? {} : { datapath: one.datapath }),
    ...(one.networkPolicy === undefined ? {} : { networkPolicy: one.networkPolicy }),
  };
  const live = { eniConf: one.live ?? {}, cniConf: one.cniConf ?? {}, policy: one.policy };
  const decision = decideImmutable({ scenario: 'BGP', terway }, live, one.before ?? {}, one.hasCloudNodes);

  expect(decision).toEqual({ changes: one.changes, held: one.held, refused: one.refused ?? [] });
});

describe('the note of what was held', () => {
  const noted = (text: string) => heldValues(configMap({}, { [ADDED_ANNOTATION]: text }));

  test('reads as it was written', () => {
    const values = { service_cidr: OLD, eni_tags: { a: 'b' }, eniip_virtual_type: 'veth' };

    expect(noted(JSON.stringify(values))).toEqual(values);
  });

  test.each([
    ['is no JSON', '{'],
    ['is a list', '[]'],
    ['holds null for tags', '{"eni_tags": null}'],
    ['holds a text for tags', '{"eni_tags": "x"}'],
    ['holds a number in tags', '{"eni_tags": {"a": 1}}'],
    ['holds a number for the Service range', '{"service_cidr": 1}'],
    ['holds something else', '{"access_key": "x"}'],
  ])('counts as absent where it %s', (_, text) => {
    expect(noted(text)).toEqual({});
  });
});
