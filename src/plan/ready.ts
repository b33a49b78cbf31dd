// Ready, and Stalled or Reconciling where they apply: the sum of the concerns' conditions. Stalled stands before
// Reconciling, because kstatus takes the first of the two.
import { stalls } from '../api/conditions.ts';
import type { Condition, ConditionStatus } from '../api/hybrid-network.ts';
import { nodesToReimage } from './cleanup.ts';
import { PATIENCE_MS, silenceOf } from './cloud-silence.ts';
import type { Words } from './cloud-silence.ts';
import type { Draft, Outcome } from './concern-condition.ts';
import type { Facts } from './facts.ts';
import type { Failure } from './failure.ts';
import { countNodes } from './nodes.ts';
import type { Plan } from './plan.ts';
import { count } from './wording.ts';

export interface Circumstances {
  readonly outcomes: readonly Outcome[];
  readonly now: Date;
  /** When requests began to fail without a success since; undefined while all is well. */
  readonly failingSince: Date | undefined;
}

/** So many problems of a spec at once. */
const TOLD = 5;

/** The first rule that has something to say decides. */
export function readiness(
  plan: Plan,
  facts: Facts,
  concerns: readonly Draft[],
  circumstances: Circumstances,
): readonly Draft[] {
  const before = (facts.network.status?.conditions ?? []).find(({ type }) => type === 'Ready');
  return (
    suspended(plan, before) ??
    invalid(plan) ??
    failed(concerns) ??
    retrying(circumstances, before) ??
    silent(silenceOf(facts, circumstances.now, before)) ??
    working(concerns, isEstablished(facts, before)) ?? [
      ready('True', { reason: 'Reconciled', message: praise(plan, facts) }),
    ]
  );
}

function ready(status: ConditionStatus, words: Words): Draft {
  return { type: 'Ready', status, ...words };
}

// A value that is only kept says nothing about a spec that came since.
function kept(before: Condition | undefined, words: Words): Draft {
  const { observedGeneration } = before ?? {};
  return {
    ...ready(before?.status ?? 'Unknown', words),
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
  };
}

function suspended(plan: Plan, before: Condition | undefined): readonly Draft[] | undefined {
  if (plan.mode !== 'suspended') return undefined;
  const message = 'spec.suspend is true: nothing is repaired, and what was held is let go of.';
  return [kept(before, { reason: 'Suspended', message })];
}

function invalid(plan: Plan): readonly Draft[] | undefined {
  if (plan.mode !== 'invalid') return undefined;
  return notReady({
    reason: 'InvalidSpec',
    message: `${problemsIn(plan)}. What was held stays held.`,
  });
}

// Each with its remedy, and with commas of its own.
function problemsIn({ problems }: Plan): string {
  const told = problems.slice(0, TOLD).join('; ');
  return problems.length > TOLD ? `${told}; and ${problems.length - TOLD} more` : told;
}

function failed(concerns: readonly Draft[]): readonly Draft[] | undefined {
  const open = concerns.filter(({ status }) => status === 'False');
  // What a deletion waits for stands before what was wrong already: it names the way out.
  const worst =
    open.find(({ reason }) => reason === 'DeletionBlocked') ??
    open.find(({ reason }) => stalls(reason)) ??
    open[0];
  if (worst === undefined) return undefined;
  // Nothing will change until the other stops, and yet the operator goes on.
  const fight = open.find(({ reason }) => reason === 'FieldManagerConflict');
  const { reason, message } = fight ?? worst;
  const goingOn: Draft = { type: 'Reconciling', status: 'True', reason, message };
  return [...notReady(worst), ...(fight === undefined ? [] : [goingOn])];
}

function notReady({ reason, message }: Words): readonly Draft[] {
  const words = { reason, message };
  const sum = ready('False', words);
  return stalls(reason) ? [sum, { type: 'Stalled', status: 'True', ...words }] : [sum];
}

function unanswered({ failure }: Outcome): readonly Failure[] {
  return failure?.kind === 'Unexpected' || failure?.kind === 'Throttled' ? [failure] : [];
}

function retrying(
  { outcomes, now, failingSince }: Circumstances,
  before: Condition | undefined,
): readonly Draft[] | undefined {
  const [failure] = outcomes.flatMap(unanswered);
  if (failure === undefined) return undefined;
  const isPatient = now.getTime() - (failingSince ?? now).getTime() < PATIENCE_MS;
  const words = {
    reason: 'ProgressingWithRetry',
    message: `A request is being retried: ${failure.message}`,
  } as const;
  return [
    isPatient ? kept(before, words) : ready('Unknown', words),
    { type: 'Reconciling', status: 'True', ...words },
  ];
}

function silent(words: Words | undefined): readonly Draft[] | undefined {
  if (words === undefined) return undefined;
  return [ready('Unknown', words), { type: 'Reconciling', status: 'True', ...words }];
}

// What was Ready under this very spec stays so while pods follow: it was repaired, not lost.
function isEstablished({ network }: Facts, before: Condition | undefined): boolean {
  return before?.status === 'True' && before.observedGeneration === network.metadata.generation;
}

function working(concerns: readonly Draft[], isKept: boolean): readonly Draft[] | undefined {
  const open = concerns.filter(({ isSettled }) => isSettled === false);
  const [first] = open;
  if (first === undefined) return undefined;
  const words = { reason: first.reason, message: open.map(({ message }) => message).join(' ') };
  return [ready(isKept ? 'True' : 'Unknown', words), { type: 'Reconciling', status: 'True', ...words }];
}

function praise(plan: Plan, facts: Facts): string {
  const nodes = countNodes(facts.nodes);
  const held = plan.concerns
    .filter(({ concern }) => concern.name === 'on-premises-isolation')
    .flatMap(({ verdict }) => (verdict.reason === 'NotRequired' ? [] : [verdict.message]));
  const terway = plan.concerns
    .filter(({ concern, verdict }) => concern.name === 'terway-placement' && verdict.reason === 'Placed')
    .map(() => `Terway on ${count(nodes.cloud, 'cloud node')} only.`);
  const overlay = plan.concerns.flatMap(({ verdict }) =>
    verdict.reason === 'CNIReady' ? [verdict.message] : [],
  );
  const dirty = nodesToReimage(plan.history, facts.network).length;
  const cleanup = dirty === 0 ? [] : [`To be re-imaged, see CleanupNeeded: ${count(dirty, 'cloud node')}.`];
  const warnings = plan.concerns.flatMap(({ verdict }) => verdict.warnings ?? []);
  const sentences = [...terway, ...held, ...overlay, ...cleanup, ...warnings];
  return sentences.length === 0 ? 'Everything that the object asks for is in place.' : sentences.join(' ');
}
