// eni_conf as Terway reads it: the values that checks and capacity count with, each with Terway's own default.
// Facts: Terway types/daemon/config.go and daemon/config.go at v1.17.
import type { JsonObject } from './json-text.ts';
import { isMap } from './keys.ts';

export interface EniSettings {
  /** Zone → ids. */
  readonly vSwitches: ReadonlyMap<string, readonly string[]>;
  /** Of security_group and security_groups together; none: those of the node's primary interface. */
  readonly securityGroups: readonly string[];
  /** The IPv4 part of a list "v4,v6". */
  readonly serviceCIDR: string | undefined;
  readonly eniTags: Readonly<Record<string, string>>;
  /** Idle addresses that a node keeps; 0 where it is not set. */
  readonly minPoolSize: number;
  readonly maxPoolSize: number;
  /** 0: no limit. */
  readonly maxEni: number;
  readonly eniCapRatio: number;
  readonly eniCapShift: number;
  readonly isDualStack: boolean;
  readonly isPrefixMode: boolean;
  readonly isTrunking: boolean;
}

function strings(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((item): item is string => typeof item === 'string' && item !== '');
}

function number(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback;
}

function isIPv4(text: string): boolean {
  return text.includes('.');
}

function serviceCIDROf(conf: JsonObject): string | undefined {
  const value = conf['service_cidr'];
  if (typeof value !== 'string') return undefined;
  return value
    .split(',')
    .map((part) => part.trim())
    .find(isIPv4);
}

function textsIn(value: unknown): Readonly<Record<string, string>> {
  if (!isMap(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** Values of a wrong type count as absent: what is wrong with them is told by findings.ts. */
export function settingsOf(conf: JsonObject): EniSettings {
  const vSwitches = conf['vswitches'];
  return {
    vSwitches: new Map(
      Object.entries(isMap(vSwitches) ? vSwitches : {}).map(([zone, ids]) => [zone, strings(ids)]),
    ),
    securityGroups: [...new Set([...strings(conf['security_group']), ...strings(conf['security_groups'])])],
    serviceCIDR: serviceCIDROf(conf),
    eniTags: textsIn(conf['eni_tags']),
    minPoolSize: number(conf['min_pool_size'], 0),
    maxPoolSize: number(conf['max_pool_size'], 0),
    maxEni: number(conf['max_eni'], 0),
    eniCapRatio: number(conf['eni_cap_ratio'], 0) || 1,
    eniCapShift: number(conf['eni_cap_shift'], 0),
    isDualStack: conf['ip_stack'] === 'dual',
    isPrefixMode: conf['enable_ip_prefix'] === true,
    isTrunking: conf['enable_eni_trunking'] === true,
  };
}
