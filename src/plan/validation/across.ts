// Rules for fields that must fit together, most of them to the scenario.
import { TERWAY_NAMESPACE } from '../../api/annotations.ts';
import type { HybridNetworkSpec, WorkloadSelector } from '../../api/hybrid-network.ts';
import { everyKey, type RuleSet, type Rules, rulesAt } from './rule.ts';

function onPremisesOf({ onPremises }: HybridNetworkSpec) {
  return {
    cni: onPremises?.cni?.type ?? 'Auto',
    exceptCompanions: onPremises?.cni?.exceptCompanions ?? [],
    workloads: onPremises?.workloads ?? [],
    sparesPods: onPremises?.updateStrategy === 'OnDelete',
  };
}

function terwayOf({ terway, cloud }: HybridNetworkSpec) {
  return {
    terwayName: terway?.daemonSet?.name ?? 'terway-eniip',
    eniConfig: terway?.eniConfig,
    setsDataPath: terway?.datapath !== undefined || terway?.networkPolicy !== undefined,
    regionID: cloud?.regionID,
    isAsked: cloud?.validation !== 'Disabled',
  };
}

function credentialsOf({ credentials }: HybridNetworkSpec) {
  const inENIConfig = credentials?.inENIConfig ?? 'Auto';
  return { setsCredentials: credentials?.secretRef !== undefined || inENIConfig !== 'Auto' };
}

/** The spec with the defaults of the CRD. */
function filled(spec: HybridNetworkSpec) {
  return { scenario: spec.scenario, ...onPremisesOf(spec), ...terwayOf(spec), ...credentialsOf(spec) };
}

type Filled = ReturnType<typeof filled>;

function isTerway({ kind, namespace, name }: WorkloadSelector, terwayName: string): boolean {
  return kind === 'DaemonSet' && namespace === TERWAY_NAMESPACE && name === terwayName;
}

const ofSpec: Rules<Filled> = {
  'scenario Overlay runs the on-premises CNI on cloud nodes as well, so onPremises.cni.type must not be None: write Auto or the name of the CNI':
    ({ scenario, cni }) => scenario !== 'Overlay' || cni !== 'None',
  'onPremises.workloads counts in the scenarios BGP and HostNetwork only: in Overlay the on-premises network spans the cloud nodes, so remove onPremises.workloads or choose another scenario':
    ({ scenario, workloads }) => scenario !== 'Overlay' || workloads.length === 0,
  'onPremises.updateStrategy OnDelete counts in the scenarios BGP and HostNetwork only, because Overlay keeps nothing off cloud nodes: write RollingUpdate or choose another scenario':
    ({ scenario, sparesPods }) => scenario !== 'Overlay' || !sparesPods,
  'scenario Overlay leaves Terway alone unless terway.eniConfig is set: set terway.eniConfig, or remove terway.datapath and terway.networkPolicy':
    ({ scenario, eniConfig, setsDataPath }) =>
      scenario !== 'Overlay' || eniConfig !== undefined || !setsDataPath,
  'scenario Overlay needs no cloud credentials unless terway.eniConfig is set: set terway.eniConfig, or remove credentials':
    ({ scenario, eniConfig, setsCredentials }) =>
      scenario !== 'Overlay' || eniConfig !== undefined || !setsCredentials,
  'scenario HostNetwork has no on-premises CNI, so onPremises.cni.type must be Auto or None: choose scenario BGP if there is one to keep off cloud nodes':
    ({ scenario, cni }) => scenario !== 'HostNetwork' || cni === 'Auto' || cni === 'None',
  'onPremises.cni.exceptCompanions counts in scenario BGP only, because no other scenario keeps companions of the CNI off cloud nodes: remove it':
    ({ scenario, exceptCompanions }) => scenario === 'BGP' || exceptCompanions.length === 0,
  'scenario BGP keeps the on-premises CNI off cloud nodes: name it in onPremises.cni.type, or list its workloads in onPremises.workloads, or choose scenario HostNetwork if there is none':
    ({ scenario, cni, workloads }) => scenario !== 'BGP' || cni !== 'None' || workloads.length > 0,
  'onPremises.workloads must not list the DaemonSet of Terway (kube-system, terway.daemonSet.name): Terway has to run on cloud nodes, so remove it':
    ({ workloads, terwayName }) => !workloads.some((workload) => isTerway(workload, terwayName)),
  'the zones of terway.eniConfig.vSwitchIDs are looked up in the cloud: set cloud.regionID, with cloud.validation Warn or Enforce, or give the zones in terway.eniConfig.vSwitches':
    ({ regionID, eniConfig, isAsked }) =>
      eniConfig?.vSwitchIDs === undefined || (regionID !== undefined && isAsked),
  'every zone in terway.eniConfig.vSwitches must lie in cloud.regionID: a zone is named after its region, as cn-hangzhou-h in cn-hangzhou or ap-southeast-1a in ap-southeast-1':
    ({ regionID, eniConfig }) =>
      regionID === undefined ||
      everyKey(eniConfig?.vSwitches ?? {}, (zone) => zone.startsWith(regionID) && zone !== regionID),
};

const ofCni: Rules<Filled> = {
  'exceptCompanions needs a CNI that has companions: write Auto or the name of the CNI in type, or remove exceptCompanions':
    ({ cni, exceptCompanions }) => cni !== 'None' || exceptCompanions.length === 0,
};

export const acrossRules: readonly RuleSet[] = [
  rulesAt('spec', ofSpec, (spec) => [['spec', filled(spec)]]),
  rulesAt('spec.onPremises.cni', ofCni, (spec) => [['spec.onPremises.cni', filled(spec)]]),
];
