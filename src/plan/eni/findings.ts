// What can be wrong in an eni_conf that parses: found here, told by the concern, never repaired by guessing.
import type { Reason } from '../../api/conditions.ts';
import { isPlaceholder } from './immutable.ts';
import type { JsonObject } from './json-text.ts';
import { KNOWN_KEYS } from './keys.ts';

export interface Finding {
  readonly reason: Reason;
  readonly problem: string;
}

function placeholders(value: unknown, path: string): readonly string[] {
  if (isPlaceholder(value)) return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(isPlaceholder(key) ? [path === '' ? key : path] : []),
    ...placeholders(inner, path === '' ? key : `${path}.${key}`),
  ]);
}

const NUMBERS = ['max_pool_size', 'min_pool_size', 'min_eni', 'max_eni', 'eni_cap_shift'];
const TEXTS = ['service_cidr', 'security_group', 'vswitch_selection_policy', 'access_key', 'access_secret'];

// Terway decodes into typed fields: one wrong type and its daemon does not start.
function wrongTypes(conf: JsonObject): readonly string[] {
  const isWrong = (key: string, type: string): boolean =>
    conf[key] !== undefined && typeof conf[key] !== type;
  const vSwitches = conf['vswitches'];
  const isMapOfLists =
    typeof vSwitches === 'object' &&
    vSwitches !== null &&
    !Array.isArray(vSwitches) &&
    Object.values(vSwitches).every((ids) => Array.isArray(ids) && ids.every((id) => typeof id === 'string'));
  return [
    ...NUMBERS.filter((key) => isWrong(key, 'number')).map((key) => `${key} must be a number`),
    ...TEXTS.filter((key) => isWrong(key, 'string')).map((key) => `${key} must be a string`),
    ...(vSwitches === undefined || isMapOfLists
      ? []
      : ['vswitches must map each zone to a list of vSwitch ids']),
  ];
}

// Every id of the cloud is visible ASCII. A letter of another alphabet that looks like one of it is found by no eye.
const FOREIGN = /[^!-~]/u;

function idsIn(conf: JsonObject): readonly (readonly [path: string, id: string])[] {
  const list = (path: string, ids: unknown): readonly (readonly [string, string])[] =>
    (Array.isArray(ids) ? ids : [ids]).flatMap((id) => (typeof id === 'string' ? [[path, id] as const] : []));
  return [
    ...Object.entries(conf['vswitches'] ?? {}).flatMap(([zone, ids]) => [
      ...list('a zone in vswitches', zone),
      ...list(`vswitches.${zone}`, ids),
    ]),
    ...list('security_group', conf['security_group']),
    ...list('security_groups', conf['security_groups']),
  ];
}

function lookAlikes(conf: JsonObject): readonly string[] {
  return idsIn(conf).flatMap(([path, id]) => {
    const [character] = FOREIGN.exec(id) ?? [];
    if (character === undefined || isPlaceholder(id)) return [];
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return [`${path} holds the character U+${code}, which no id of the cloud has`];
  });
}

/** What keeps Terway from starting or allocating; the first is the worst. */
export function findingsIn(conf: JsonObject): readonly Finding[] {
  const open = placeholders(conf, '');
  const types = wrongTypes(conf);
  const foreign = types.length > 0 ? [] : lookAlikes(conf);
  const [min, max] = [conf['min_pool_size'], conf['max_pool_size']];
  const findings: (Finding | false)[] = [
    open.length > 0 && {
      reason: 'Placeholder',
      problem: `${open.join(', ')} still ${open.length === 1 ? 'is a placeholder' : 'are placeholders'}`,
    },
    types.length > 0 && { reason: 'ConfigMapMalformed', problem: types.join('; ') },
    foreign.length > 0 && { reason: 'ConfigMapMalformed', problem: foreign.join('; ') },
    typeof min === 'number' &&
      typeof max === 'number' &&
      min > max && {
        reason: 'IncompleteConfig',
        problem: `min_pool_size ${min} is above max_pool_size ${max}`,
      },
  ];
  return findings.filter((finding) => finding !== false);
}

function isOneEditAway(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || a === b) return false;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  const rests = [a.slice(at), b.slice(at)] as const;
  const isSwap =
    rests[0].slice(2) === rests[1].slice(2) && rests[0][0] === rests[1][1] && rests[0][1] === rests[1][0];
  return (
    isSwap ||
    rests[0].slice(1) === rests[1].slice(1) ||
    rests[0].slice(1) === rests[1] ||
    rests[0] === rests[1].slice(1)
  );
}

/** Unknown keys are passed over by Terway without a word, so a slip of the pen has no effect and shows nowhere. */
export function warningsIn(conf: JsonObject): readonly string[] {
  const typos = Object.keys(conf)
    .filter((key) => !KNOWN_KEYS.includes(key))
    .flatMap((key) => {
      const meant = KNOWN_KEYS.find((known) => isOneEditAway(key, known));
      return meant === undefined
        ? []
        : [`eni_conf has the key ${key}, which Terway does not read; is ${meant} meant?`];
    });
  const vSwitches = conf['vswitches'];
  const hasVSwitches =
    typeof vSwitches === 'object' && vSwitches !== null && Object.keys(vSwitches).length > 0;
  return hasVSwitches
    ? typos
    : [
        ...typos,
        'eni_conf names no vSwitches, so every cloud node gives its pods addresses of its own vSwitch.',
      ];
}
