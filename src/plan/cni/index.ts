// Which on-premises CNI a cluster runs, decided on its workloads: CRDs outlive the CNI that brought them.
import type { CNIType } from '../../api/hybrid-network.ts';
import type { Workload } from '../facts.ts';
import { antrea } from './antrea.ts';
import { BGP_SPEAKERS } from './bgp-speakers.ts';
import { BYSTANDERS } from './bystanders.ts';
import { calico } from './calico.ts';
import { canal } from './canal.ts';
import { cilium } from './cilium.ts';
import type { Cni, CniCandidate, CniFinding, Companion, Part } from './contract.ts';
import { flannel } from './flannel.ts';
import { kubeOvn } from './kube-ovn.ts';
import { kubeRouter } from './kube-router.ts';
import { isForWindows, isPart, neverKeptOff } from './matching.ts';

/** Every CNI that the operator knows. A new one is one file and one line here: docs/adding-a-cni.md. */
export const CNIS: readonly [Cni, ...Cni[]] = [calico, canal, cilium, flannel, kubeRouter, antrea, kubeOvn];

/** Companions of a CNI, whichever it is. */
const COMPANIONS_OF_ANY: readonly Companion[] = [...BGP_SPEAKERS, ...BYSTANDERS];

function isEligible(workload: Workload): boolean {
  return !workload.deleting && neverKeptOff(workload) === undefined;
}

function isAgent(cni: Cni, workload: Workload): boolean {
  return cni.agents.some((part) => isPart(part, workload));
}

function agentsOf(cni: Cni, workloads: readonly Workload[]): readonly Workload[] {
  return workloads.filter((workload) => isAgent(cni, workload) && !isForWindows(workload));
}

function companionsOf(cni: Cni, workloads: readonly Workload[]): readonly Workload[] {
  const kept = [...cni.companions, ...BGP_SPEAKERS].filter(({ verdict }) => verdict === 'KeepOff');
  return workloads.filter((workload) =>
    isForWindows(workload) && isAgent(cni, workload) ? true : kept.some((part) => isPart(part, workload)),
  );
}

function found(cni: Cni, agents: readonly Workload[], workloads: readonly Workload[]): CniFinding {
  return { state: 'found', cni, agents, companions: companionsOf(cni, workloads) };
}

/** The CNI of a cluster: the one that the type names, or for `Auto` the only one whose node agents are there. */
export function findCni(type: CNIType, workloads: readonly Workload[]): CniFinding {
  if (type === 'None') return { state: 'none' };
  const eligible = workloads.filter(isEligible);
  const candidates = CNIS.filter(({ name }) => type === 'Auto' || type === name)
    .map((cni): CniCandidate => ({ cni, agents: agentsOf(cni, eligible) }))
    .filter(({ agents }) => agents.length > 0);
  const [first, ...others] = candidates;
  if (first === undefined) return { state: 'absent' };
  if (others.length > 0) return { state: 'ambiguous', candidates };
  return found(first.cni, first.agents, eligible);
}

/** What the catalogue knows about a workload: an agent, a companion, a speaker, a bystander. */
export function findPart(workload: Workload): Part | Companion | undefined {
  if (neverKeptOff(workload) !== undefined) return undefined;
  const parts = [
    ...CNIS.flatMap(({ agents, companions }) => [...agents, ...companions]),
    ...COMPANIONS_OF_ANY,
  ];
  return parts.find((part) => isPart(part, workload));
}

/** A Linux node agent of any CNI that the catalogue knows: it is the network of the nodes that it runs on. */
export function isNodeAgent(workload: Workload): boolean {
  if (neverKeptOff(workload) !== undefined || isForWindows(workload)) return false;
  return CNIS.some((cni) => isAgent(cni, workload));
}
