// From the live eni-config and the spec to the texts that should stand in it. Pure; nothing that is fine is rewritten.
import { ADDED_ANNOTATION } from '../../api/annotations.ts';
import type { HybridNetworkSpec } from '../../api/hybrid-network.ts';
import type { ConfigMapFact, Facts } from '../facts.ts';
import { swap, swapKeys } from '../json-patch.ts';
import type { JsonPatch } from '../json-patch.ts';
import { countNodes } from '../nodes.ts';
import { decideImmutable, heldValues } from './immutable.ts';
import type { HeldValues } from './immutable.ts';
import { inlineKeyChange } from './inline-key.ts';
import { parseObject, setKeys } from './json-text.ts';
import type { JsonObject } from './json-text.ts';
import { freelyChangeable, newEniConf } from './keys.ts';
import { policyText } from './network-policy.ts';

export const ENI_CONF = 'eni_conf';
export const CNI_CONF = '10-terway.conf';
export const DISABLE_POLICY = 'disable_network_policy';

const NEW_CNI_CONF: JsonObject = { cniVersion: '0.3.0', name: 'terway', type: 'terway' };

export interface LiveConfig {
  readonly eniConf: JsonObject;
  readonly cniConf: JsonObject;
  /** Text of disable_network_policy; undefined where the key is absent. */
  readonly policy: string | undefined;
}

export type ReadConfig =
  | { readonly state: 'readable'; readonly live: LiveConfig; readonly lacksCniConf: boolean }
  | { readonly state: 'malformed'; readonly problem: string };

/** Parses both JSON texts of the ConfigMap. */
export function readConfig(configMap: ConfigMapFact, spec: HybridNetworkSpec): ReadConfig {
  const eniText = configMap.data[ENI_CONF];
  const isTyped = spec.terway?.eniConfig !== undefined;
  if (eniText === undefined && !isTyped) return { state: 'malformed', problem: `it has no key ${ENI_CONF}` };
  const eniConf = parseObject(eniText ?? '{}');
  if (eniConf.state === 'malformed')
    return { state: 'malformed', problem: `${ENI_CONF}: ${eniConf.problem}` };
  const cniConf = parseObject(configMap.data[CNI_CONF] ?? '{}');
  if (cniConf.state === 'malformed')
    return { state: 'malformed', problem: `${CNI_CONF}: ${cniConf.problem}` };
  const live = {
    eniConf: eniConf.value,
    cniConf: cniConf.value,
    policy: configMap.data[DISABLE_POLICY],
  };
  return { state: 'readable', live, lacksCniConf: configMap.data[CNI_CONF] === undefined && !isTyped };
}

export interface ConfigChange {
  /** undefined: everything stands as it should. */
  readonly patch: JsonPatch | undefined;
  readonly why: string;
  readonly refused: readonly string[];
  /** eni_conf as it will be. */
  readonly eniConf: JsonObject;
}

function render(value: JsonObject): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function nextEniText(
  text: string | undefined,
  changes: Readonly<Record<string, unknown>>,
  spec: HybridNetworkSpec,
): string {
  const typed = spec.terway?.eniConfig;
  if (text === undefined && typed !== undefined) return setKeys(render(newEniConf(typed)), changes);
  return Object.keys(changes).length === 0 ? (text ?? '') : setKeys(text ?? '{}', changes);
}

function nextCniText(
  text: string | undefined,
  live: JsonObject,
  datapath: unknown,
  isTyped: boolean,
): string | undefined {
  if (!isTyped && datapath === undefined) return text;
  const changes = {
    ...(live['type'] === 'terway' ? {} : { type: 'terway' }),
    ...(datapath === undefined ? {} : { eniip_virtual_type: datapath }),
  };
  if (text === undefined) return render({ ...NEW_CNI_CONF, ...changes });
  return Object.keys(changes).length === 0 ? text : setKeys(text, changes);
}

function recordPatch(configMap: ConfigMapFact, before: HeldValues, held: HeldValues): JsonPatch {
  if (Object.keys(held).length === 0) return [];
  const record = JSON.stringify({ ...before, ...held });
  return swapKeys('/metadata/annotations', configMap.hasAnnotations ? configMap.annotations : undefined, {
    [ADDED_ANNOTATION]: record,
  });
}

/** The API server takes no body above 3 MiB, and a text of 1 MiB may double by its escapes, once as read and once as written. */
const LARGE = 1_000_000;

// A large text is not quoted as it was: the version under which it was read says the same.
function lockedBy({ resourceVersion }: ConfigMapFact, patch: JsonPatch): JsonPatch {
  if (JSON.stringify(patch).length <= LARGE) return patch;
  const changes = patch.filter(({ op }) => op !== 'test');
  return [{ op: 'test', path: '/metadata/resourceVersion', value: resourceVersion }, ...changes];
}

/** What has to change in the live ConfigMap. */
export function changeOf(facts: Facts, configMap: ConfigMapFact, live: LiveConfig): ConfigChange {
  const { spec } = facts.network;
  const typed = spec.terway?.eniConfig;
  const before = heldValues(configMap);
  const immutable = decideImmutable(spec, live, before, countNodes(facts.nodes).cloud > 0);
  const { eniip_virtual_type: datapath, disable_network_policy: policy, ...eniImmutable } = immutable.changes;
  const inline = inlineKeyChange(facts, live.eniConf);
  const changes = {
    ...(typed === undefined ? {} : freelyChangeable(live.eniConf, typed)),
    ...eniImmutable,
    ...inline?.changes,
  };
  const data = {
    [ENI_CONF]: nextEniText(configMap.data[ENI_CONF], changes, spec),
    [CNI_CONF]: nextCniText(configMap.data[CNI_CONF], live.cniConf, datapath, typed !== undefined),
    [DISABLE_POLICY]: policyText(policy, live.policy),
  };
  const dataPatch = swapKeys('/data', configMap.hasData ? configMap.data : undefined, data);
  const annotationPatch = recordPatch(configMap, before, immutable.held);
  const next = parseObject(data[ENI_CONF]);
  return {
    patch:
      dataPatch.length + annotationPatch.length === 0
        ? undefined
        : [
            ...swap('/metadata/uid', configMap.uid, configMap.uid).slice(0, 1),
            ...lockedBy(configMap, [...dataPatch, ...annotationPatch]),
          ],
    why: why(configMap, data, changes, inline?.why),
    refused: immutable.refused,
    eniConf: next.state === 'object' ? next.value : live.eniConf,
  };
}

function why(
  configMap: ConfigMapFact,
  data: Readonly<Record<string, string | undefined>>,
  changes: Readonly<Record<string, unknown>>,
  inlineWhy: string | undefined,
): string {
  const keys = Object.keys(changes).filter((key) => key !== 'access_key' && key !== 'access_secret');
  const sentences = [
    keys.length > 0 && `eni_conf differs from the spec in ${keys.join(', ')}.`,
    inlineWhy,
    data[CNI_CONF] !== configMap.data[CNI_CONF] && '10-terway.conf differs from the spec.',
    data[DISABLE_POLICY] !== configMap.data[DISABLE_POLICY] &&
      (configMap.data[DISABLE_POLICY] === undefined
        ? 'disable_network_policy is not written out.'
        : 'disable_network_policy differs from the spec.'),
  ].filter((sentence) => typeof sentence === 'string');
  return sentences.length === 0 ? 'The values that are held are noted on the object.' : sentences.join(' ');
}

/** The data of an eni-config that does not exist yet. */
export function newConfig(facts: Facts): {
  readonly data: Record<string, string>;
  readonly annotations: Record<string, string>;
} {
  const { spec } = facts.network;
  const typed = spec.terway?.eniConfig;
  const base = typed === undefined ? {} : newEniConf(typed);
  const inline = inlineKeyChange(facts, base);
  const { held, changes } = decideImmutable(
    spec,
    { eniConf: base, cniConf: NEW_CNI_CONF, policy: undefined },
    {},
    false,
  );
  const datapath = changes.eniip_virtual_type;
  return {
    data: {
      [ENI_CONF]: render({ ...base, ...inline?.changes }),
      [CNI_CONF]: render({
        ...NEW_CNI_CONF,
        ...(datapath === undefined ? {} : { eniip_virtual_type: datapath }),
      }),
      // Off is what the ACK add-on installs, and the only mode that needs none of Calico's or Cilium's CRDs.
      [DISABLE_POLICY]: spec.terway?.networkPolicy === 'Enabled' ? 'false' : 'true',
    },
    annotations: Object.keys(held).length === 0 ? {} : { [ADDED_ANNOTATION]: JSON.stringify(held) },
  };
}
