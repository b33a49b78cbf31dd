// The on-premises container network, its companions and the listed workloads stay off cloud (and virtual) nodes.
import { FIELD_MANAGER } from '../../api/annotations.ts';
import type { Reason } from '../../api/conditions.ts';
import type { WorkloadStatus } from '../../api/hybrid-network.ts';
import type { Action } from '../actions.ts';
import { namedWorkloads, terwayKey } from '../claims.ts';
import type { Claims, OnPremisesClaims } from '../claims.ts';
import { isNodeAgent } from '../cni/index.ts';
import { warningsFor } from '../cni/warnings.ts';
import type { Concern, Verdict } from '../concern.ts';
import { requiresCloud } from '../exclusion.ts';
import { workloadKey } from '../facts.ts';
import type { Facts, NodeFact, PodFact, Workload } from '../facts.ts';
import { recordOf } from '../hold.ts';
import { giveBack } from '../give-back.ts';
import type { Judgement } from '../judgement.ts';
import { keepOff, wantedExclusions } from '../keep-off.ts';
import { cloudNodesToCome, runsOnAny } from '../plug-ins.ts';
import { conflictWith, count, listed } from '../wording.ts';

export const onPremisesIsolation: Concern = {
  name: 'on-premises-isolation',
  condition: 'OnPremisesIsolated',

  plan(facts, claims) {
    const claimed = claims.onPremisesOf(facts.network);
    const lost = claimed.workloads.filter((workload) => !isOwn(facts, claims, workload));
    const own = claimed.workloads.filter((workload) => isOwn(facts, claims, workload));
    const kept = own.map((workload) => keepOff(facts.network, workload, facts.nodes));
    const former = formerWorkloads(facts, claims).map((workload) => giveBack(facts.network, workload));
    const judgements = [...kept, ...former];
    const misplaced = misplacedOf(own, facts);
    const obstacle =
      missing(claimed, facts) ?? lostTo(claims, lost) ?? problems(kept) ?? unexpected(claimed, facts);
    const verdict = obstacle ?? progress(judgements, misplaced) ?? inPlace(kept);
    return {
      ...verdict,
      inForce: obstacle === undefined && kept.every(({ inForce }) => inForce),
      actions: judgements.flatMap(({ action }): Action[] => (action === undefined ? [] : [action])),
      workloads: [
        ...judgements.filter(isWorthListing).map(({ status }) => status),
        ...absentees(facts, claims, [...own, ...lost]),
      ],
      misplacedPods: misplaced.length,
      warnings: facts.network.spec.scenario === 'BGP' ? warningsFor(claimed.cni, facts.workloads) : [],
    };
  },

  unplan(facts, claims) {
    const judgements = facts.workloads
      .filter((workload) => isToGiveBack(facts, claims, workload))
      .map((workload) => giveBack(facts.network, workload));
    const held = judgements.filter(({ action }) => action !== undefined);
    const actions = held.flatMap(({ action }): Action[] => (action === undefined ? [] : [action]));
    // What was given back may run where it wants.
    const own = held.map(({ workload }) => workload).filter((workload) => isOwn(facts, claims, workload));
    return {
      health: actions.length === 0 ? 'ok' : 'working',
      reason: actions.length === 0 ? 'NotRequired' : 'Progressing',
      message:
        actions.length === 0 ? 'Nothing is left of what was added.' : 'What was added is being removed.',
      inForce: true,
      actions,
      workloads: held.map(({ status }) => status),
      misplacedPods: misplacedOf(own, facts).length,
    };
  },
};

function isOwn(facts: Facts, claims: Claims, workload: Workload): boolean {
  return claims.ownerOf(workloadKey(workload))?.metadata.uid === facts.network.metadata.uid;
}

// What this network held and nobody claims any more: the scenario changed, or a workload left the list.
function formerWorkloads(facts: Facts, claims: Claims): readonly Workload[] {
  return facts.workloads.filter(
    (workload) =>
      !workload.deleting &&
      hasTraces(workload) &&
      claims.formerOwnerOf(workload)?.metadata.uid === facts.network.metadata.uid,
  );
}

// What we added, or, after that was taken back, our entry in managedFields. Terway keeps what it was given.
function hasTraces(workload: Workload): boolean {
  if (recordOf(workload) !== undefined) return true;
  return (
    workload.managers.some(({ manager }) => manager === FIELD_MANAGER) && !requiresCloud(workload.template)
  );
}

// Restore takes back what this network claims, held by its status, or added by the record; not what another one left.
function isToGiveBack(facts: Facts, claims: Claims, workload: Workload): boolean {
  if (workload.deleting || !hasTraces(workload)) return false;
  const owner = claims.ownerOf(workloadKey(workload)) ?? claims.formerOwnerOf(workload);
  if (owner !== undefined) return owner.metadata.uid === facts.network.metadata.uid;
  return recordOf(workload)?.by === facts.network.metadata.name;
}

// A judgement of a workload that was given back already has nothing to tell.
function isWorthListing({ status, action }: Judgement): boolean {
  return status.state !== 'Withdrawing' || action !== undefined;
}

interface Misplaced {
  readonly name: string;
  /** Nothing will move it. */
  readonly isStuck: boolean;
}

/** Names of the nodes that nothing from on-premises may be on: read once for all workloads, as there are thousands. */
function nodesToKeepFree({ network, nodes }: Facts): ReadonlySet<string> {
  const exclusions = wantedExclusions(network);
  const isWrong = ({ labels }: NodeFact): boolean =>
    exclusions.some(({ key, values }) => labels[key] === values[0]);
  return new Set(nodes.filter(isWrong).map(({ name }) => name));
}

function misplacedOf(workloads: readonly Workload[], facts: Facts): readonly Misplaced[] {
  const wrongNodes = nodesToKeepFree(facts);
  return workloads.flatMap((workload) => misplacedPods(facts.podsOf(workload) ?? [], workload, wrongNodes));
}

function misplacedPods(
  pods: readonly PodFact[],
  workload: Workload,
  wrongNodes: ReadonlySet<string>,
): readonly Misplaced[] {
  return pods
    .filter(({ nodeName }) => nodeName !== undefined && wrongNodes.has(nodeName))
    .map(({ namespace, name, deleting }) => ({
      name: `${namespace}/${name}`,
      isStuck: !deleting && leavesPodsAlone(workload),
    }));
}

// The DaemonSet controller takes pods off nodes that changed sides; replicas stay where they are until a rollout.
function leavesPodsAlone({ kind, updateStrategy, ...workload }: Workload): boolean {
  if (kind === 'DaemonSet') return false;
  if (kind === 'StatefulSet' && updateStrategy === 'OnDelete') return true;
  return workload.observedGeneration >= workload.generation && workload.outdated === 0;
}

type Core = Pick<Verdict, 'health' | 'reason' | 'message'>;

function failed(reason: Reason, message: string): Core {
  return { health: 'failed', reason, message };
}

function missing({ cni }: OnPremisesClaims, { network }: Facts): Core | undefined {
  switch (cni.state) {
    case 'found':
    case 'none':
      return undefined;
    case 'absent':
      return failed(
        'CNINotFound',
        `No workload of ${nameOfType(network.spec.onPremises?.cni?.type)} was found. Set spec.onPremises.cni.type if it is installed under an unusual name, or None if there is none.`,
      );
    case 'ambiguous':
      return failed(
        'AmbiguousCNI',
        `More than one on-premises CNI was found: ${listed(
          cni.candidates.map(
            (candidate) => `${candidate.cni.name} (${listed(candidate.agents.map(nameOf))})`,
          ),
        )}. Set spec.onPremises.cni.type to the one in use.`,
      );
  }
}

function nameOfType(type: string | undefined): string {
  return type === undefined || type === 'Auto' ? 'a known on-premises CNI' : type;
}

function nameOf({ namespace, name }: Pick<Workload, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

// HostNetwork keeps no CNI off, so one that is there all the same meets Terway.
function unexpected({ workloads }: OnPremisesClaims, facts: Facts): Core | undefined {
  if (facts.network.spec.scenario !== 'HostNetwork') return undefined;
  const claimed = new Set(workloads.map(workloadKey));
  const nodes = cloudNodesToCome(facts.nodes);
  const agents = facts.workloads.filter(
    (one) => isNodeAgent(one) && !claimed.has(workloadKey(one)) && runsOnAny(one, nodes),
  );
  if (agents.length === 0) return undefined;
  return failed(
    'UnexpectedCNI',
    `Scenario HostNetwork keeps no on-premises CNI off cloud nodes, but ${listed(agents.map(nameOf))} can run there beside Terway, and two network plug-ins on one node break each other. Choose scenario BGP, which keeps it off; or uninstall it; or list it in spec.onPremises.workloads.`,
  );
}

function lostTo(claims: Claims, lost: readonly Workload[]): Core | undefined {
  const [first] = lost;
  if (first === undefined) return undefined;
  const key = workloadKey(first);
  const owner = claims.ownerOf(key);
  return owner === undefined ? undefined : conflictWith(owner, key);
}

function problems(kept: readonly Judgement[]): Core | undefined {
  const [worst, ...others] = kept.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  if (worst === undefined) return undefined;
  const more =
    others.length === 0 ? '' : ` And ${count(others.length, 'other workload')}: see status.workloads.`;
  return failed(worst.reason, worst.message + more);
}

function progress(judgements: readonly Judgement[], misplaced: readonly Misplaced[]): Core | undefined {
  const open = judgements.filter(({ action }) => action !== undefined && action.class !== 'record');
  if (open.length > 0) {
    const names = open.map(({ workload }) => nameOf(workload));
    return { health: 'working', reason: 'Progressing', message: `To be changed: ${listed(names)}.` };
  }
  const stuck = misplaced.filter(({ isStuck }) => isStuck).map(({ name }) => name);
  if (stuck.length > 0) {
    return failed('PodsOnWrongNodes', `Nothing moves these pods, delete them: ${listed(stuck)}.`);
  }
  if (misplaced.length === 0) return undefined;
  const names = listed(misplaced.map(({ name }) => name));
  return {
    health: 'working',
    reason: 'PodsLeaving',
    message: `${count(misplaced.length, 'pod')} still on nodes that they may not run on: ${names}.`,
  };
}

function inPlace(kept: readonly Judgement[]): Core {
  const ours = kept.filter(({ status }) => status.state === 'Held');
  if (kept.length === 0)
    return { health: 'ok', reason: 'NotRequired', message: 'No workload is to be kept off cloud nodes.' };
  const names = listed(kept.map(({ workload }) => nameOf(workload)));
  if (ours.length === 0) {
    return {
      health: 'ok',
      reason: 'AlreadyIsolated',
      message: `Kept off cloud nodes by their own templates: ${names}.`,
    };
  }
  return { health: 'ok', reason: 'Isolated', message: `Kept off cloud nodes: ${names}.` };
}

// Listed by name and not there, or held until somebody deleted it: kept in the status, so that it is known when it
// comes back and is put right without waiting. Only the network in charge lists it: the guard at admission goes by that.
function absentees(facts: Facts, claims: Claims, claimed: readonly Workload[]): readonly WorkloadStatus[] {
  const { network, workloads } = facts;
  const present = new Set([...claimed, ...workloads.filter(({ deleting }) => !deleting)].map(workloadKey));
  const isAnothers = (entry: WorkloadStatus): boolean =>
    (claims.ownerOf(workloadKey(entry)) ?? network).metadata.uid !== network.metadata.uid;
  const isCurrent = network.status?.observedGeneration === network.metadata.generation;
  const gone = (network.status?.workloads ?? [])
    .filter(({ state }) => isCurrent && ['Held', 'Contested', 'Gone'].includes(state))
    .filter((entry) => !present.has(workloadKey(entry)) && workloadKey(entry) !== terwayKey(network))
    .map(({ kind, namespace, name }): WorkloadStatus => ({ kind, namespace, name, state: 'Gone' }));
  const known = new Set([...present, ...gone.map(workloadKey)]);
  const absent = namedWorkloads(network)
    .filter((entry) => !known.has(workloadKey(entry)))
    .map(({ kind, namespace, name }): WorkloadStatus => ({ kind, namespace, name, state: 'Absent' }));
  return [...gone, ...absent].filter((entry) => !isAnothers(entry));
}
