// Rules for spec.terway.eniConfig.
import type { ENIConfigSpec, HybridNetworkSpec } from '../../api/hybrid-network.ts';
import { everyKey, maybe, type Part, type RuleSet, type Rules, rulesAt, size } from './rule.ts';

type VSwitches = NonNullable<ENIConfigSpec['vSwitches']>;
type Tags = Readonly<Record<string, string>>;

const ZONE = /^[a-z]{2}(-[a-z0-9]+)+$/;

const ofEniConfig: Rules<ENIConfigSpec> = {
  'minPoolSize must not be greater than maxPoolSize': ({ minPoolSize, maxPoolSize }) =>
    minPoolSize === undefined || maxPoolSize === undefined || minPoolSize <= maxPoolSize,
  'exactly one of vSwitches and vSwitchIDs must be set': ({ vSwitches, vSwitchIDs }) =>
    (vSwitches === undefined) !== (vSwitchIDs === undefined),
};

function lieInOneZone(vSwitches: VSwitches): boolean {
  // One that stands twice in the same zone is refused by the schema, on every release.
  const ids = Object.values(vSwitches).flatMap((zone) => [...new Set(zone)]);
  return new Set(ids).size === ids.length;
}

const ofVSwitches: Rules<VSwitches> = {
  'every key must be the ID of a zone, in lower case as the cloud writes it, for example cn-hangzhou-h': (
    zones,
  ) => everyKey(zones, (zone) => size(zone) <= 40 && ZONE.test(zone)),
  'a vSwitch lies in one zone and must be listed under that zone only': lieInOneZone,
};

function hasAddress(text: string): boolean {
  return text.includes('http://') || text.includes('https://');
}

const ofTags: Rules<Tags> = {
  'every tag key must have 1 to 128 characters': (tags) =>
    everyKey(tags, (key) => key !== '' && size(key) <= 128),
  'a tag key must not start with aliyun or acs:, which the cloud keeps for itself (ack.aliyun.com is fine)': (
    tags,
  ) => everyKey(tags, (key) => !key.startsWith('aliyun') && !key.startsWith('acs:')),
  'a tag key must not contain http:// or https://': (tags) => everyKey(tags, (key) => !hasAddress(key)),
  'a tag value must not start with acs: and must not contain http:// or https://': (tags) =>
    Object.values(tags).every((value) => !value.startsWith('acs:') && !hasAddress(value)),
  'a tag must not hold a placeholder such as {{.ClusterID}}, nothing replaces it: write the real value': (
    tags,
  ) => Object.entries(tags).every((tag) => tag.every((text) => !text.includes('{{'))),
};

function eniConfigOf({ terway }: HybridNetworkSpec): readonly Part<ENIConfigSpec>[] {
  return maybe('spec.terway.eniConfig', terway?.eniConfig);
}

export const eniConfigRules: readonly RuleSet[] = [
  rulesAt('spec.terway.eniConfig', ofEniConfig, eniConfigOf),
  rulesAt('spec.terway.eniConfig.vSwitches', ofVSwitches, (spec) =>
    eniConfigOf(spec).flatMap(([at, { vSwitches }]) => maybe(`${at}.vSwitches`, vSwitches)),
  ),
  rulesAt('spec.terway.eniConfig.eniTags', ofTags, (spec) =>
    eniConfigOf(spec).flatMap(([at, { eniTags }]) => maybe(`${at}.eniTags`, eniTags)),
  ),
];
