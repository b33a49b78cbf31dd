// What Terway reads when it starts: eni-config and the access key. It reads it once (terwayd has no watch on it), so a
// change takes effect with a new pod, and only a change of what is read is worth one.
import { createHmac } from 'node:crypto';
import { KEY_ID, KEY_SECRET } from '../../api/annotations.ts';
import { hashOf } from '../affinity.ts';
import { CNI_CONF, DISABLE_POLICY, ENI_CONF } from '../eni/config-map.ts';
import { mountsAddonSecret } from '../eni/inline-key.ts';
import { parseObject } from '../eni/json-text.ts';
import type { JsonObject } from '../eni/json-text.ts';
import { policyInEffect } from '../eni/network-policy.ts';
import type { ConfigMapFact, Facts, SecretFact, Workload } from '../facts.ts';

export interface Content {
  /** Twelve hex digits; two contents that Terway would take the same way have the same. */
  readonly hash: string;
  /** The last write to what it is made of (RFC 3339), where the API server tells. */
  readonly since: string | undefined;
}

/** Read as text by Terway, where they are there (cmd/terway-cli, plugin/driver). */
const PLAIN_KEYS = ['10-terway.conflist', 'in_cluster_loadbalance', 'felix_relay_service'] as const;

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  const value = parseObject(text);
  return value.state === 'object' ? value.value : text;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

interface Key {
  readonly id: string;
  readonly secret: string;
}

// Both files of the Secret, where it is mounted, win over the keys inside eni_conf (types/daemon/config.go).
function keyInEffect(eniConf: unknown, secret: SecretFact | undefined): Key {
  const id = secret?.data.get(KEY_ID)?.reveal() ?? '';
  const value = secret?.data.get(KEY_SECRET)?.reveal() ?? '';
  if (id !== '' && value !== '') return { id, secret: value };
  const inline = isObject(eniConf) ? eniConf : {};
  return { id: textOf(inline['access_key']), secret: textOf(inline['access_secret']) };
}

/** Stand in eni_conf and are read by no Terway (types/daemon/config.go). A key that is not known here may be read. */
const UNREAD = new Set(['version', 'prefix', 'extra_routes']);

function configOf(configMap: ConfigMapFact, eniConf: unknown): unknown {
  const { data } = configMap;
  const { access_key: _id, access_secret: _secret, ...others } = isObject(eniConf) ? eniConf : {};
  const open = Object.fromEntries(Object.entries(others).filter(([key]) => !UNREAD.has(key)));
  return {
    // What cannot be parsed may hold a key as well; it enters only keyed, like everything else.
    eniConf: isObject(eniConf) ? open : eniConf,
    cniConf: parsed(data[CNI_CONF]),
    policy: policyInEffect(data[DISABLE_POLICY]),
    plain: PLAIN_KEYS.map((key) => data[key]),
  };
}

/** The content as it stands; undefined while a part of it has not been read or may not be. */
export function contentOf({ eniConfig, addonSecret }: Facts, terway: Workload): Content | undefined {
  const isMounted = mountsAddonSecret(terway);
  const parts = isMounted ? [eniConfig, addonSecret] : [eniConfig];
  if (parts.some(({ state }) => state === 'unknown' || state === 'forbidden')) return undefined;
  const configMap = eniConfig.state === 'present' ? eniConfig.object : undefined;
  const secret = isMounted && addonSecret.state === 'present' ? addonSecret.object : undefined;
  return configMap === undefined ? hashed(undefined, secret) : remembered(configMap, secret);
}

// Parsing and hashing cost more than all the rest of a decision, and most decisions are about something else.
const CONTENTS = new WeakMap<
  ConfigMapFact,
  { readonly secret: SecretFact | undefined; readonly content: Content }
>();

function remembered(configMap: ConfigMapFact, secret: SecretFact | undefined): Content {
  const known = CONTENTS.get(configMap);
  if (known !== undefined && known.secret === secret) return known.content;
  const content = hashed(configMap, secret);
  CONTENTS.set(configMap, { secret, content });
  return content;
}

function hashed(configMap: ConfigMapFact | undefined, secret: SecretFact | undefined): Content {
  const eniConf = parsed(configMap?.data[ENI_CONF]);
  const { id, secret: key } = keyInEffect(eniConf, secret);
  const open = configMap === undefined ? 'absent' : configOf(configMap, eniConf);
  return {
    // Keyed by the access key: nobody can try from the hash which key is in use, or what the configuration is.
    hash: createHmac('sha256', JSON.stringify([id, key]))
      .update(hashOf(open))
      .digest('hex')
      .slice(0, 12),
    since: [configMap?.changedAt, secret?.changedAt]
      .filter((time) => time !== undefined)
      .toSorted()
      .at(-1),
  };
}
