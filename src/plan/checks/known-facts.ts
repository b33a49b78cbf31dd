// What several checks ask for: eni_conf as it will stand, the ranges of both sides, the cloud nodes, Terway's version.
import { claimsTerway, terwayKey } from '../claims.ts';
import { cloudNodes } from '../cloud-nodes.ts';
import type { CloudNode } from '../cloud-nodes.ts';
import { changeOf, readConfig } from '../eni/config-map.ts';
import type { LiveConfig } from '../eni/config-map.ts';
import type { JsonObject } from '../eni/json-text.ts';
import { newEniConf } from '../eni/keys.ts';
import { withoutZone, withZones } from '../eni/zones.ts';
import type { Zones } from '../eni/zones.ts';
import { settingsOf } from '../eni/settings.ts';
import type { EniSettings } from '../eni/settings.ts';
import { workloadKey } from '../facts.ts';
import type { Facts, Workload } from '../facts.ts';
import { cloudPart, clusterOf } from './check-facts.ts';
import type { CheckFacts } from './check-facts.ts';
import { given, known, mapped, missing, notApplicable } from './outcome.ts';
import type { Known, Outcome } from './outcome.ts';

const OVERLAY = 'Scenario Overlay runs no Terway on cloud nodes.';

/** For checks that speak about Terway: the scenario may run none. */
export function whereTerwayRuns({ network }: CheckFacts, then: () => Outcome): Outcome {
  return claimsTerway(network) ? then() : notApplicable(OVERLAY);
}

/** As {@link given}, for checks that speak about Terway. */
export function ofTerway<T>(facts: CheckFacts, part: () => Known<T>, then: (value: T) => Outcome): Outcome {
  return whereTerwayRuns(facts, () => given(part(), then));
}

/** The zones of the vSwitches that the spec names without one, as the cloud tells them. */
function zonesOf(facts: CheckFacts): Zones {
  if (facts.network.spec.terway?.eniConfig?.vSwitchIDs === undefined) return new Map();
  const vSwitches = cloudPart(facts, 'vSwitches');
  const told = vSwitches.known ? [...vSwitches.value.values()] : [];
  return new Map(told.map(({ id, zoneId }) => [id, zoneId]));
}

/** The vSwitches that the spec names without their zone and that do not exist. */
export function absentVSwitches(facts: CheckFacts): readonly string[] {
  const zones = zonesOf(facts);
  if (withoutZone(facts.network, zones).length === 0 || !cloudPart(facts, 'vSwitches').known) return [];
  return withoutZone(facts.network, zones);
}

function typedConf(facts: CheckFacts, otherwise: string): Known<JsonObject> {
  const typed = withZones(facts.network, zonesOf(facts)).spec.terway?.eniConfig;
  return typed === undefined ? missing(otherwise) : known(newEniConf(typed));
}

function liveConf(facts: CheckFacts, cluster: Facts): Known<JsonObject> {
  const { eniConfig } = cluster;
  const network = withZones(cluster.network, zonesOf(facts));
  switch (eniConfig.state) {
    case 'absent':
      return typedConf(facts, 'There is no ConfigMap kube-system/eni-config.');
    case 'unknown':
      return missing('ConfigMap kube-system/eni-config has not been read yet.');
    case 'forbidden':
      return missing(`ConfigMap kube-system/eni-config may not be read, ${eniConfig.why}.`);
    case 'present': {
      const config = readConfig(eniConfig.object, network.spec);
      if (config.state === 'malformed') return missing('eni-config cannot be understood, see C35.');
      return known(changeOf({ ...cluster, network }, eniConfig.object, config.live).eniConf);
    }
  }
}

/** eni_conf as it stands, with what the operator is about to change in it. */
export function eniConf(facts: CheckFacts): Known<JsonObject> {
  if (facts.cluster !== undefined) return liveConf(facts, facts.cluster);
  return typedConf(facts, 'No cluster was read, and spec.terway.eniConfig is not set.');
}

/** eni-config as it stands now; `undefined` where there is none. */
export function liveConfig(facts: CheckFacts): Known<LiveConfig | undefined> {
  const cluster = clusterOf(facts);
  if (!cluster.known) return cluster;
  const { eniConfig, network } = cluster.value;
  if (eniConfig.state === 'absent') return known(undefined);
  if (eniConfig.state !== 'present')
    return missing('ConfigMap kube-system/eni-config has not been read, see C35.');
  const config = readConfig(eniConfig.object, network.spec);
  return config.state === 'readable'
    ? known(config.live)
    : missing('eni-config cannot be understood, see C35.');
}

export function eniSettings(facts: CheckFacts): Known<EniSettings> {
  return mapped(eniConf(facts), settingsOf);
}

/** One vSwitch of eni_conf and the zone that it stands under. */
export interface ListedVSwitch {
  readonly id: string;
  readonly zone: string;
}

/** The vSwitches of eni_conf; missing where it names none. */
export function listedVSwitches(facts: CheckFacts): Known<readonly ListedVSwitch[]> {
  const settings = eniSettings(facts);
  if (!settings.known) return settings;
  const listed = [...settings.value.vSwitches].flatMap(([zone, ids]) => ids.map((id) => ({ id, zone })));
  return listed.length === 0 ? missing('eni_conf names no vSwitches.') : known(listed);
}

/** The cloud nodes; with what the cloud says of their instances where it was asked. */
export function cloudNodesOf(facts: CheckFacts): Known<readonly CloudNode[]> {
  const instances = cloudPart(facts, 'instances');
  return mapped(clusterOf(facts), ({ nodes }) =>
    cloudNodes(nodes, instances.known ? instances.value : undefined),
  );
}

/** For checks that speak about cloud nodes: there may be none yet. */
export function ofCloudNodes(facts: CheckFacts, then: (nodes: readonly CloudNode[]) => Outcome): Outcome {
  return given(cloudNodesOf(facts), (nodes) =>
    nodes.length === 0 ? notApplicable('There is no cloud node yet.') : then(nodes),
  );
}

export function terwayOf({ network, workloads }: Facts): Workload | undefined {
  return workloads.find((workload) => workloadKey(workload) === terwayKey(network));
}

export type Version = readonly [major: number, minor: number, patch: number];

export function parseVersion(text: string): Version | undefined {
  const [, major, minor, patch = '0'] = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  return major === undefined || minor === undefined
    ? undefined
    : [Number(major), Number(minor), Number(patch)];
}

export function isAtLeast(version: Version, floor: Version): boolean {
  const [a, b] = [version, floor].map(([major, minor, patch]) => major * 1e8 + minor * 1e4 + patch);
  return a !== undefined && b !== undefined && a >= b;
}

function installedVersion(cluster: Facts): Known<Version> {
  const containers = terwayOf(cluster)?.template.spec.containers ?? [];
  const image = containers.map((one) => one.image ?? '').find((one) => /\/terway(-\w+)?[:@]/.test(one));
  const version = parseVersion(/:([^:@/]+)(?:@|$)/.exec(image ?? '')?.[1] ?? '');
  return version === undefined
    ? missing('No version can be read from an image of Terway: give one with --assume-terway.')
    : known(version);
}

/** Terway's version: the assumed one, or that of its image. */
export function terwayVersion(facts: CheckFacts): Known<Version> {
  if (facts.assumedTerway === undefined) {
    const cluster = clusterOf(facts);
    return cluster.known ? installedVersion(cluster.value) : cluster;
  }
  const assumed = parseVersion(facts.assumedTerway);
  return assumed === undefined ? missing(`${facts.assumedTerway} is no version of Terway.`) : known(assumed);
}
