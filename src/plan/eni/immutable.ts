// Values that running cloud nodes cannot follow: service_cidr, eni_tags, the data path (ACK: "may not be edited") and
// whether NetworkPolicy is on (with the eBPF provider it takes a reboot, with iptables it flushes the rules of a node).
// An absent key may be added, and a value may be put back to what was held last; anything else waits until no cloud
// node is left. What was held last stands in an annotation on eni-config.
import { isDeepStrictEqual } from 'node:util';
import { ADDED_ANNOTATION } from '../../api/annotations.ts';
import type { Datapath, HybridNetworkSpec, NetworkPolicyMode } from '../../api/hybrid-network.ts';
import type { ConfigMapFact } from '../facts.ts';
import type { JsonObject } from './json-text.ts';
import { parseObject } from './json-text.ts';
import { isMap, withTags } from './keys.ts';
import { policyInEffect } from './network-policy.ts';

export type ImmutableKey = 'service_cidr' | 'eni_tags' | 'eniip_virtual_type' | 'disable_network_policy';

/** The values held last, by key. */
export type HeldValues = Readonly<Partial<Record<ImmutableKey, unknown>>>;

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

const CAN_BE_HELD: Readonly<Record<ImmutableKey, (value: unknown) => boolean>> = {
  service_cidr: isText,
  eni_tags: (value) => isMap(value) && Object.values(value).every(isText),
  eniip_virtual_type: isText,
  disable_network_policy: isText,
};

/** What stands in the annotation; somebody may have edited it, and what cannot have been held counts as absent. */
export function heldValues(configMap: ConfigMapFact): HeldValues {
  const text = configMap.annotations[ADDED_ANNOTATION];
  const parsed = text === undefined ? undefined : parseObject(text);
  const value = parsed?.state === 'object' ? parsed.value : {};
  return Object.fromEntries(
    Object.entries(CAN_BE_HELD).flatMap(([key, fits]) => (fits(value[key]) ? [[key, value[key]]] : [])),
  );
}

const VIRTUAL_TYPES: Readonly<Record<Datapath, string>> = {
  Veth: 'veth',
  DataPathV2: 'datapathv2',
  IPVLAN: 'IPVlan',
};

export function isPlaceholder(value: unknown): boolean {
  return typeof value === 'string' && value.includes('{{');
}

function lowerCase(value: unknown): string | undefined {
  return typeof value === 'string' ? value.toLowerCase() : undefined;
}

interface Live {
  readonly eniConf: JsonObject;
  readonly cniConf: JsonObject;
  readonly policy: string | undefined;
}

interface Wish {
  readonly key: ImmutableKey;
  readonly field: string;
  readonly live: unknown;
  readonly wanted: unknown;
  readonly isSame: (live: unknown, wanted: unknown) => boolean;
}

function wishes(spec: HybridNetworkSpec, { eniConf, cniConf, policy }: Live): readonly Wish[] {
  const { serviceCIDR, eniTags } = spec.terway?.eniConfig ?? {};
  const datapath = spec.terway?.datapath;
  return [
    {
      key: 'service_cidr',
      field: 'spec.terway.eniConfig.serviceCIDR',
      live: eniConf['service_cidr'],
      wanted: serviceCIDR,
      isSame: (live, wanted) => live === wanted,
    },
    {
      key: 'eni_tags',
      field: 'spec.terway.eniConfig.eniTags',
      live: eniConf['eni_tags'],
      wanted: eniTags,
      isSame: (live, wanted) => withTags(live, wanted as Record<string, string>) === undefined,
    },
    {
      key: 'eniip_virtual_type',
      field: 'spec.terway.datapath',
      // Absent means veth to Terway, and its spelling does not matter.
      live: cniConf['eniip_virtual_type'],
      wanted: datapath && VIRTUAL_TYPES[datapath],
      isSame: (live, wanted) => lowerCase(live ?? 'veth') === lowerCase(wanted),
    },
    {
      key: 'disable_network_policy',
      field: 'spec.terway.networkPolicy',
      live: policy,
      wanted: spec.terway?.networkPolicy,
      isSame: (live, wanted) => policyInEffect(live as string | undefined) === wanted,
    },
  ];
}

function isInEffect({ key, live }: Wish): boolean {
  if (key === 'eniip_virtual_type') return true;
  if (live === undefined || live === '' || isPlaceholder(live)) return false;
  if (typeof live !== 'object' || live === null) return true;
  const values = Object.values(live);
  return values.length > 0 && !values.some(isPlaceholder);
}

export interface ImmutableDecision {
  readonly changes: Readonly<Partial<Record<Exclude<ImmutableKey, 'disable_network_policy'>, unknown>>> & {
    readonly disable_network_policy?: NetworkPolicyMode;
  };
  readonly held: HeldValues;
  /** Fields whose change is refused, in words. */
  readonly refused: readonly string[];
}

interface Decision {
  /** What has to stand there; undefined: what stands there stays. */
  readonly target: unknown;
  readonly isRefused: boolean;
}

function decide(wish: Wish, last: unknown, hasCloudNodes: boolean): Decision {
  const { live, wanted, isSame } = wish;
  const isRepair = isDeepStrictEqual(last, wanted);
  // What was held is in effect on the nodes that run, even where somebody took it out of the file meanwhile.
  const isBound = isInEffect(wish) || last !== undefined;
  const isRefused = hasCloudNodes && !isRepair && isBound && !isSame(live, wanted);
  return { target: isRefused ? last : wanted, isRefused };
}

/** Which immutable keys to write, what counts as held afterwards, and what is refused. */
export function decideImmutable(
  spec: HybridNetworkSpec,
  live: Live,
  before: HeldValues,
  hasCloudNodes: boolean,
): ImmutableDecision {
  const decided = wishes(spec, live)
    .filter(({ wanted }) => wanted !== undefined)
    .map((wish) => ({ wish, ...decide(wish, before[wish.key], hasCloudNodes) }));
  const held = decided.filter(({ target }) => target !== undefined);
  const changed = held.filter(({ wish, target }) => !wish.isSame(wish.live, target));
  return {
    changes: Object.fromEntries(changed.map(({ wish, target }) => [wish.key, valueOf(wish, target)])),
    held: Object.fromEntries(held.map(({ wish, target }) => [wish.key, target])),
    refused: decided.filter(({ isRefused }) => isRefused).map(({ wish }) => `${wish.field} (${wish.key})`),
  };
}

function valueOf({ key, live }: Wish, target: unknown): unknown {
  return key === 'eni_tags' ? withTags(live, target as Record<string, string>) : target;
}
