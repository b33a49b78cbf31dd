// kube-system/eni-config says what the spec says and Terway can read it. Without `terway.eniConfig` the live one is
// adopted and checked, never created. Unknown keys, their order and the formatting stay; what cannot be parsed is
// reported and never overwritten.
import { ENI_CONFIG, TERWAY_NAMESPACE } from '../../api/annotations.ts';
import type { Reason } from '../../api/conditions.ts';
import type { Action } from '../actions.ts';
import { claimsTerway, ENI_CONFIG_KEY } from '../claims.ts';
import { presentJudgement } from '../cloud-side.ts';
import { notRequired } from '../concern.ts';
import type { Concern, Verdict } from '../concern.ts';
import { changeOf, newConfig, readConfig } from '../eni/config-map.ts';
import type { ConfigChange } from '../eni/config-map.ts';
import { findingsIn, warningsIn } from '../eni/findings.ts';
import type { ConfigMapFact, Facts } from '../facts.ts';
import { rememberedZones, withoutZone, withZones } from '../eni/zones.ts';
import type { Zones } from '../eni/zones.ts';
import { holdBack, isPublished } from '../hold-back.ts';
import { conflictWith, isOnItsWay, listed, unreadable } from '../wording.ts';

const PLACE = { namespace: TERWAY_NAMESPACE, name: ENI_CONFIG };
const NAME = `${PLACE.namespace}/${PLACE.name}`;

export const eniConfig: Concern = {
  name: 'eni-config',
  condition: 'ENIConfigSynced',

  plan(facts, claims) {
    if (!claimsTerway(facts.network))
      return notRequired('Scenario Overlay without terway.eniConfig needs no eni-config.');
    const owner = claims.ownerOf(ENI_CONFIG_KEY);
    if (owner !== undefined && owner.metadata.uid !== facts.network.metadata.uid) {
      return conflictWith(owner, ENI_CONFIG_KEY);
    }
    const zones = zonesIn(facts);
    const network = withZones(facts.network, zones);
    return waitsForValidation(facts, told({ ...facts, network }, zonesProblem(facts, zones)));
  },

  // Its earlier content may have held access keys and is kept nowhere, and running cloud nodes need it: it stays.
  unplan: () => notRequired('eni-config stays as it is.'),
};

function zonesIn(facts: Facts): Zones {
  return new Map([...rememberedZones(facts.network), ...(presentJudgement(facts)?.vSwitchZones ?? [])]);
}

/** What is wrong with vSwitchIDs: while the zone of one is not known, the vswitches that are in place stay. */
function zonesProblem(
  facts: Facts,
  zones: Zones,
): Pick<Verdict, 'health' | 'reason' | 'message'> | undefined {
  const ids = withoutZone(facts.network, zones);
  if (ids.length === 0) return undefined;
  if (presentJudgement(facts)?.vSwitchZones !== undefined) {
    const message = `The VPC has no vSwitch ${listed(ids)}: correct spec.terway.eniConfig.vSwitchIDs, or create it. The vswitches that stand in eni_conf stay.`;
    return { health: 'failed', reason: 'VSwitchNotFound', message };
  }
  const why = facts.cloud?.state === 'unasked' ? ` ${facts.cloud.why}` : ' See CloudValidated.';
  const message = `The zone of ${listed(ids)} (spec.terway.eniConfig.vSwitchIDs) is not known yet, and the vswitches that stand in eni_conf stay.${why}`;
  return { health: 'unknown', reason: 'ZonesUnknown', message };
}

function told(facts: Facts, problem: ReturnType<typeof zonesProblem>): Verdict {
  switch (facts.eniConfig.state) {
    case 'unknown':
    case 'forbidden':
      return unreadable('ConfigMap', PLACE, facts.eniConfig);
    case 'absent':
      return problem === undefined ? absent(facts) : { ...problem, inForce: false, actions: [] };
    case 'present': {
      const verdict = judge(facts, facts.eniConfig.object);
      return problem === undefined || verdict.health === 'failed' ? verdict : { ...verdict, ...problem };
    }
  }
}

function waitsForValidation(facts: Facts, verdict: Verdict): Verdict {
  if (verdict.actions.length === 0 || isPublished(facts, 'ENIConfigSynced')) return verdict;
  const inForce = facts.eniConfig.state === 'present';
  const name = `ConfigMap ${NAME}`;
  return holdBack(facts, { condition: 'ENIConfigSynced', name, inForce }) ?? verdict;
}

function failed(reason: Reason, message: string): Verdict {
  return { health: 'failed', reason, message, inForce: false, actions: [] };
}

// The key inside eni_conf is written together with everything else, so it has to be known first.
function awaitsKey(facts: Facts): boolean {
  const { addonSecret, sourceSecret, network } = facts;
  const isAsked = (network.spec.credentials?.inENIConfig ?? 'Auto') !== 'Never';
  return isAsked && (addonSecret.state === 'unknown' || sourceSecret?.state === 'unknown');
}

function absent(facts: Facts): Verdict {
  if (facts.network.spec.terway?.eniConfig === undefined) {
    return failed(
      'ConfigMapNotFound',
      `There is no ConfigMap ${NAME}. Set spec.terway.eniConfig, or install the terway-eniip add-on.`,
    );
  }
  const common = { inForce: false, message: `ConfigMap ${NAME} is being created.` };
  if (awaitsKey(facts)) return { ...common, health: 'unknown', reason: 'Observing', actions: [] };
  const action: Action = {
    kind: 'configMap.create',
    verb: 'WriteConfigMap',
    class: 'repair',
    ...newConfig(facts),
    why: `ConfigMap ${NAME} does not exist.`,
  };
  return { ...common, health: 'working', reason: 'Progressing', actions: [action] };
}

function judge(facts: Facts, configMap: ConfigMapFact): Verdict {
  const read = readConfig(configMap, facts.network.spec);
  if (read.state === 'malformed') {
    return failed(
      'ConfigMapMalformed',
      `ConfigMap ${NAME} cannot be read and is left as it is: ${read.problem}. Mend it: kubectl -n ${PLACE.namespace} edit configmap ${PLACE.name}`,
    );
  }
  if (read.lacksCniConf) {
    return failed(
      'IncompleteConfig',
      `ConfigMap ${NAME} lacks the key 10-terway.conf, and Terway does not start without it. Set spec.terway.eniConfig, or add the key.`,
    );
  }
  const change = changeOf(facts, configMap, read.live);
  // What Terway has read of both is noted before either changes (terway-rollout).
  if (change.patch !== undefined && isOnItsWay(facts.addonSecret)) {
    const message = `ConfigMap ${NAME} is written as soon as the access key has been read.`;
    return { health: 'unknown', reason: 'Observing', message, inForce: false, actions: [] };
  }
  const warnings = warningsIn(change.eniConf);
  return { ...conclude(change), actions: actionsFor(change, configMap), warnings };
}

function actionsFor({ patch, why }: ConfigChange, { resourceVersion }: ConfigMapFact): readonly Action[] {
  if (patch === undefined) return [];
  return [{ kind: 'configMap.patch', verb: 'WriteConfigMap', class: 'repair', resourceVersion, patch, why }];
}

function conclude(change: ConfigChange): Omit<Verdict, 'actions'> {
  const [refused] = change.refused;
  if (refused !== undefined) {
    return {
      health: 'failed',
      reason: 'ImmutableInPractice',
      message: `Cloud nodes run with another value of ${change.refused.join(' and ')}; it is left as it is. Set the spec back to the value in effect, or remove the cloud nodes first and let them join again afterwards.`,
      inForce: true,
    };
  }
  const [finding] = findingsIn(change.eniConf);
  if (finding !== undefined) {
    return {
      health: 'failed',
      reason: finding.reason,
      message: `eni_conf in ConfigMap ${NAME}: ${finding.problem}. Set it in spec.terway.eniConfig, or edit it: kubectl -n ${PLACE.namespace} edit configmap ${PLACE.name}`,
      inForce: false,
    };
  }
  if (change.patch !== undefined) {
    return {
      health: 'working',
      reason: 'Progressing',
      message: `ConfigMap ${NAME} is being written.`,
      inForce: false,
    };
  }
  return {
    health: 'ok',
    reason: 'Synced',
    message: `ConfigMap ${NAME} says what it should say.`,
    inForce: true,
  };
}
