// Values that running cloud nodes cannot follow: service_cidr, eni_tags and the data path (ACK: "may not be edited").
// An absent key may be added, and a value may be put back to what was held last; anything else waits until no cloud
// node is left. What was held last stands in an annotation on eni-config.
import { ADDED_ANNOTATION } from '../../api/annotations.ts';
import type { Datapath, HybridNetworkSpec } from '../../api/hybrid-network.ts';
import type { ConfigMapFact } from '../facts.ts';
import type { JsonObject } from './json-text.ts';
import { parseObject } from './json-text.ts';
import { withTags } from './keys.ts';

export type ImmutableKey = 'service_cidr' | 'eni_tags' | 'eniip_virtual_type';

/** The values held last, by key. */
export type HeldValues = Readonly<Partial<Record<ImmutableKey, unknown>>>;

export function heldValues(configMap: ConfigMapFact): HeldValues {
  const text = configMap.annotations[ADDED_ANNOTATION];
  const parsed = text === undefined ? undefined : parseObject(text);
  return parsed?.state === 'object' ? parsed.value : {};
}

const VIRTUAL_TYPES: Readonly<Record<Datapath, string>> = {
  Veth: 'veth',
  DataPathV2: 'datapathv2',
  IPVLAN: 'IPVlan',
};

export function isPlaceholder(value: unknown): boolean {
  return typeof value === 'string' && value.includes('{{');
}

interface Wish {
  readonly key: ImmutableKey;
  readonly field: string;
  readonly live: unknown;
  readonly wanted: unknown;
  readonly isSame: (live: unknown, wanted: unknown) => boolean;
}

function wishes(spec: HybridNetworkSpec, eniConf: JsonObject, cniConf: JsonObject): readonly Wish[] {
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
      isSame: (live, wanted) => String(live ?? 'veth').toLowerCase() === String(wanted).toLowerCase(),
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
  readonly changes: Readonly<Partial<Record<ImmutableKey, unknown>>>;
  readonly held: HeldValues;
  /** Fields whose change is refused, in words. */
  readonly refused: readonly string[];
}

/** Which immutable keys to write, what counts as held afterwards, and what is refused. */
export function decideImmutable(
  spec: HybridNetworkSpec,
  live: { readonly eniConf: JsonObject; readonly cniConf: JsonObject },
  before: HeldValues,
  hasCloudNodes: boolean,
): ImmutableDecision {
  const changes: Partial<Record<ImmutableKey, unknown>> = {};
  const held: Partial<Record<ImmutableKey, unknown>> = {};
  const refused: string[] = [];
  for (const wish of wishes(spec, live.eniConf, live.cniConf)) {
    const { key, wanted, isSame, field } = wish;
    if (wanted === undefined) continue;
    const last = before[key];
    const isRepair = last !== undefined && JSON.stringify(last) === JSON.stringify(wanted);
    const isRefused = hasCloudNodes && !isRepair && isInEffect(wish) && !isSame(wish.live, wanted);
    if (isRefused) refused.push(`${field} (${key})`);
    const target = isRefused ? last : wanted;
    if (target === undefined) continue;
    held[key] = target;
    if (isSame(wish.live, target)) continue;
    changes[key] = key === 'eni_tags' ? withTags(wish.live, target as Record<string, string>) : target;
  }
  return { changes, held, refused };
}
