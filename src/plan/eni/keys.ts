// The keys of eni_conf that the typed view holds: what the spec wants, and whether what stands there already means it.
// Facts: Terway types/daemon/config.go and its daemon at v1.17.
import type { ENIConfigSpec } from '../../api/hybrid-network.ts';
import type { JsonObject } from './json-text.ts';

/** Keys that Terway knows, in any of the versions that are still in use; others are passed over silently by it. */
export const KNOWN_KEYS: readonly string[] = [
  ...['version', 'access_key', 'access_secret', 'region_id', 'credential_path', 'service_cidr', 'vswitches'],
  ...[
    'eni_tags',
    'max_pool_size',
    'min_pool_size',
    'min_eni',
    'max_eni',
    'eni_cap_ratio',
    'eni_cap_shift',
    'prefix',
  ],
  ...['security_group', 'security_groups', 'vswitch_selection_policy', 'eni_selection_policy', 'ip_stack'],
  ...[
    'enable_eni_trunking',
    'enable_erdma',
    'custom_stateful_workload_kinds',
    'ipam_type',
    'backoff_override',
  ],
  ...['extra_routes', 'disable_device_plugin', 'eni_tag_filter', 'eni_tag_block_list', 'kube_client_qps'],
  ...['kube_client_burst', 'resource_group_id', 'rate_limit', 'enable_patch_pod_ips', 'ip_pool_sync_period'],
  ...[
    'idle_ip_reclaim_after',
    'idle_ip_reclaim_interval',
    'idle_ip_reclaim_batch_size',
    'idle_ip_reclaim_jitter_factor',
  ],
  ...['ip_warm_up_size', 'enable_ip_prefix', 'ipv4_prefix_count', 'ipv6_prefix_count'],
  ...[
    'hot_plug',
    'enable_eip_pool',
    'allow_eip_rob',
    'enable_eip_migrate',
    'eni_cap_policy',
    'wait_trunk_eni',
  ],
  ...['disable_security_group_check'],
];

function strings(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return new Set(a).size === new Set(b).size && a.every((item) => b.includes(item));
}

export function isMap(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasVSwitches(live: unknown, wanted: NonNullable<ENIConfigSpec['vSwitches']>): boolean {
  if (!isMap(live) || !isSameSet(Object.keys(live), Object.keys(wanted))) return false;
  return Object.entries(wanted).every(
    ([zone, ids]) => Array.isArray(live[zone]) && isSameSet(strings(live[zone]), ids),
  );
}

// Terway joins security_group and security_groups.
function securityGroups(live: JsonObject, wanted: readonly string[]): Record<string, unknown> {
  const inEffect = [...strings(live['security_group']), ...strings(live['security_groups'])];
  if (isSameSet(inEffect, wanted)) return {};
  if (wanted.length === 1) {
    return {
      security_group: wanted[0],
      ...('security_groups' in live ? { security_groups: undefined } : {}),
    };
  }
  return { security_groups: wanted, ...('security_group' in live ? { security_group: undefined } : {}) };
}

/** Tags listed in the spec are held; tags that stand there besides stay. */
export function withTags(
  live: unknown,
  wanted: Readonly<Record<string, string>>,
): Record<string, unknown> | undefined {
  const current = isMap(live) ? live : {};
  const isHeld = Object.entries(wanted).every(([key, value]) => current[key] === value);
  return isHeld && isMap(live) ? undefined : { ...current, ...wanted };
}

/** The changes of eni_conf that the spec asks for, without service_cidr and eni_tags, which immutable.ts decides upon. */
export function freelyChangeable(live: JsonObject, spec: ENIConfigSpec): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  // vSwitchIDs whose zones are not known yet leave what stands there.
  if (spec.vSwitches !== undefined && !hasVSwitches(live['vswitches'], spec.vSwitches)) {
    changes['vswitches'] = spec.vSwitches;
  }
  Object.assign(changes, securityGroups(live, spec.securityGroupIDs));
  const plain = {
    min_pool_size: spec.minPoolSize,
    max_pool_size: spec.maxPoolSize,
    vswitch_selection_policy: spec.vSwitchSelectionPolicy,
  };
  for (const [key, wanted] of Object.entries(plain)) {
    if (wanted !== undefined && live[key] !== wanted) changes[key] = wanted;
  }
  return changes;
}

/** An eni_conf from nothing, as the ACK add-on writes it. */
export function newEniConf(spec: ENIConfigSpec): JsonObject {
  return {
    version: '1',
    max_pool_size: spec.maxPoolSize ?? Math.max(5, spec.minPoolSize ?? 0),
    min_pool_size: spec.minPoolSize ?? 0,
    ...(spec.vSwitches === undefined ? {} : { vswitches: spec.vSwitches }),
    ...(spec.eniTags === undefined ? {} : { eni_tags: spec.eniTags }),
    ...(spec.serviceCIDR === undefined ? {} : { service_cidr: spec.serviceCIDR }),
    ...securityGroups({}, spec.securityGroupIDs),
    access_key: '',
    access_secret: '',
    vswitch_selection_policy: spec.vSwitchSelectionPolicy ?? 'ordered',
  };
}
