// From facts to a plan: every concern judges, the gate sorts their actions. Pure; the dry run is this without execute/.
import { RESTORE_FINALIZER } from '../api/annotations.ts';
import type { PluginTrace } from '../api/hybrid-network.ts';
import type { Action } from './actions.ts';
import { claimsOf, isBeingDeleted, isEnforcing } from './claims.ts';
import type { Claims } from './claims.ts';
import type { Concern, Verdict } from './concern.ts';
import { CONCERNS } from './concerns/index.ts';
import { pluginHistory, remember } from './cleanup.ts';
import type { Facts } from './facts.ts';
import type { Contest } from './fights.ts';
import { gate } from './gate.ts';
import type { Waiting } from './gate.ts';
import { orphanedHolds } from './holds.ts';
import { problemsIn } from './validate.ts';

/** Why nothing (or not everything) is written. */
export type Mode = 'enforce' | 'observe' | 'suspended' | 'invalid' | 'deleting';

export interface ConcernPlan {
  readonly concern: Concern;
  readonly verdict: Verdict;
  /** What to do now. */
  readonly run: readonly Action[];
  readonly wait: readonly Waiting[];
  /** What would be done, were it not for the mode. */
  readonly withheld: readonly Action[];
  /** Which of it would wait, and for what. */
  readonly foreseen: readonly Waiting[];
  /** What somebody else keeps undoing: its repairs are delayed, and missing in `run` until they are due. */
  readonly contested?: readonly Contest[];
}

export interface Plan {
  readonly mode: Mode;
  readonly concerns: readonly ConcernPlan[];
  /** Done after Terway's placement and before everything else: finalizers, and holds that nobody stands behind. */
  readonly housekeeping: readonly Action[];
  /** Names the actions that wait for an approval. */
  readonly hash?: string;
  readonly problems: readonly string[];
  /** Which plug-in ran on which cloud node. */
  readonly history: readonly PluginTrace[];
  /** Deleting, and nothing is left to do but to let the object go. */
  readonly isReleased: boolean;
}

function modeOf(facts: Facts, problems: readonly string[]): Mode {
  if (isBeingDeleted(facts.network)) return 'deleting';
  if (facts.network.spec.suspend === true) return 'suspended';
  if (!isEnforcing(facts.network)) return 'observe';
  return problems.length > 0 ? 'invalid' : 'enforce';
}

/** What the network needs now. */
export function planFor(facts: Facts): Plan {
  const problems = problemsIn(facts.network).map(({ path, message }) => `${path}: ${message}`);
  const mode = modeOf(facts, problems);
  const claims = claimsOf(facts.networks, facts.workloads);
  const releases = orphanedHolds(claims, facts.workloads);
  if (mode === 'deleting') return deletion(facts, claims, problems, releases);
  const verdicts = CONCERNS.map((concern) => ({ concern, verdict: concern.plan(facts, claims) }));
  const isRetained = facts.network.spec.deletionPolicy !== 'Restore';
  const sorted = sortActions(verdicts, facts, mode);
  const history = pluginHistory(facts);
  const run = sorted.concerns.flatMap((planned) => planned.run);
  return {
    ...sorted,
    mode,
    problems,
    history,
    housekeeping: [
      ...finalizers(facts, mode, isRetained),
      ...releases,
      ...remember(run, history, facts.network),
    ],
    isReleased: false,
  };
}

interface Judged {
  readonly concern: Concern;
  readonly verdict: Verdict;
}

/** Actions that an invalid spec does not stop: Terway stays guarded, and what was held stays held. */
function isUnderEveryMode({ class: kind }: Action): boolean {
  return kind === 'guard' || kind === 'repair';
}

// A hold or a record is no change of the cluster, and under these modes it is released.
function withoutRecords({ concern, verdict }: Judged): Judged {
  return {
    concern,
    verdict: { ...verdict, actions: verdict.actions.filter((action) => action.class !== 'record') },
  };
}

// The plan of a network that may not write: everything withheld. It has no hash yet: to let it write is a change of the
// spec, and an approval is good for one spec only.
function withholdAll(verdicts: readonly Judged[], facts: Facts): Pick<Plan, 'concerns'> {
  const withheld = verdicts.map(({ verdict }) => verdict.actions);
  const { wait } = gate(withheld.flat(), facts);
  const concerns = verdicts.map((judged, index) => {
    const own = withheld[index] ?? [];
    const foreseen = wait.filter(({ action }) => own.includes(action));
    return { ...judged, run: [], wait: [], withheld: own, foreseen };
  });
  return { concerns };
}

function sortActions(verdicts: readonly Judged[], facts: Facts, mode: Mode): Pick<Plan, 'concerns' | 'hash'> {
  if (mode === 'observe' || mode === 'suspended') {
    return withholdAll(verdicts.map(withoutRecords), facts);
  }
  const allowed = verdicts.flatMap(({ verdict }) =>
    mode === 'invalid'
      ? verdict.actions.filter((action) => isUnderEveryMode(action) && action.kind === 'workload.patch')
      : verdict.actions,
  );
  const gated = gate(allowed, facts);
  const concerns = verdicts.map((judged) => ({
    ...judged,
    run: judged.verdict.actions.filter((action) => gated.run.includes(action)),
    wait: gated.wait.filter(({ action }) => judged.verdict.actions.includes(action)),
    withheld: [],
    foreseen: [],
  }));
  return { concerns, ...(gated.hash === undefined ? {} : { hash: gated.hash }) };
}

function hasFinalizer({ network }: Facts): boolean {
  return (network.metadata.finalizers ?? []).includes(RESTORE_FINALIZER);
}

function addFinalizer({ network }: Facts): Action {
  return {
    kind: 'finalizer.add',
    verb: 'AddFinalizer',
    class: 'record',
    network: network.metadata.name,
    generation: network.metadata.generation,
    why: 'deletionPolicy is Restore: what is added has to be taken back before the object goes.',
  };
}

function removeFinalizer({ network }: Facts, why: string): Action {
  return {
    kind: 'finalizer.remove',
    verb: 'RemoveFinalizer',
    class: 'record',
    network: network.metadata.name,
    generation: network.metadata.generation,
    why,
  };
}

function finalizers(facts: Facts, mode: Mode, isRetained: boolean): readonly Action[] {
  if (isRetained && hasFinalizer(facts)) {
    return [removeFinalizer(facts, 'deletionPolicy is Retain: deleting the object harms nobody.')];
  }
  if (isRetained || hasFinalizer(facts)) return [];
  return mode === 'enforce' || mode === 'invalid' ? [addFinalizer(facts)] : [];
}

// Restore works under a spec that is no longer valid, too; it is not read for it.
function deletion(
  facts: Facts,
  claims: Claims,
  problems: readonly string[],
  releases: readonly Action[],
): Plan {
  const history = pluginHistory(facts);
  const base = { mode: 'deleting' as const, problems, history, housekeeping: releases };
  if (!hasFinalizer(facts)) return { ...base, concerns: [], isReleased: true };
  if (facts.network.spec.deletionPolicy !== 'Restore') {
    const why = 'deletionPolicy is Retain: everything stays in place.';
    return {
      ...base,
      concerns: [],
      housekeeping: [...releases, removeFinalizer(facts, why)],
      isReleased: true,
    };
  }
  const verdicts = CONCERNS.toReversed().map((concern) => ({
    concern,
    verdict: concern.unplan(facts, claims),
  }));
  const hasWork = verdicts.some(({ verdict }) => verdict.actions.some((action) => action.class !== 'guard'));
  if (!hasWork) {
    const why = 'Nothing is left of what was added.';
    return {
      ...base,
      concerns: [],
      housekeeping: [...releases, removeFinalizer(facts, why)],
      isReleased: true,
    };
  }
  if (!isEnforcing(facts.network)) return { ...base, ...withholdAll(verdicts, facts), isReleased: false };
  const sorted = sortActions(verdicts, facts, 'deleting');
  const isBlocked = sorted.concerns.some(({ wait }) => wait.length > 0);
  return {
    ...base,
    ...sorted,
    concerns: isBlocked ? heldMeanwhile(sorted.concerns, facts, claims) : sorted.concerns,
    isReleased: false,
  };
}

// While the deletion waits everything is held, also what Restore would leave alone.
function heldMeanwhile(
  concerns: readonly ConcernPlan[],
  facts: Facts,
  claims: Claims,
): readonly ConcernPlan[] {
  return concerns.map((planned) => {
    if (planned.verdict.actions.length > 0) return planned;
    const verdict = planned.concern.plan(facts, claims);
    return { ...planned, verdict, run: verdict.actions.filter(isUnderEveryMode) };
  });
}
