// Carries out a plan: Terway's placement first, then finalizers and holds, then the rest in the order of the concerns.
// One object's failure stops neither the other objects nor the other concerns.
import type { Action } from '../plan/actions.ts';
import type { Outcome } from '../plan/concern-condition.ts';
import { failureOf } from '../plan/failure.ts';
import type { Plan } from '../plan/plan.ts';
import { NotDue } from './patience.ts';
import type { Write } from './write.ts';

/** The order of writes; exported for those who show a plan. */
export function inOrder(plan: Plan): readonly Action[] {
  const actions = plan.concerns.flatMap(({ run }) => run);
  const isGuard = (action: Action): boolean => action.class === 'guard';
  return [...actions.filter(isGuard), ...plan.housekeeping, ...actions.filter((action) => !isGuard(action))];
}

/** Does everything that may be done now. It never rejects: what failed says so in its outcome. */
export async function execute(plan: Plan, write: Write): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  // Without the finalizer nothing that Restore has to take back may be added; and no plug-in leaves a node unremembered.
  let isUnprotected = false;
  // What Terway has read is noted before it changes: afterwards nobody could tell.
  let isUnnoted = false;
  for (const action of inOrder(plan)) {
    if (isUnprotected && action.class === 'change') continue;
    if (isUnnoted && changesContent(action)) continue;
    const outcome = await attempt(action, write);
    outcomes.push(outcome);
    if (isProtection(action) && outcome.failure !== undefined) isUnprotected = true;
    if (notesContent(action) && isPassing(outcome)) isUnnoted = true;
  }
  return outcomes;
}

function notesContent(action: Action): boolean {
  return action.kind === 'workload.patch' && action.notesContent === true;
}

function changesContent({ verb }: Action): boolean {
  return verb === 'WriteConfigMap' || verb === 'WriteSecret';
}

// A missing right may stay missing, and must not keep a wrong configuration in place.
function isPassing({ failure }: Outcome): boolean {
  return failure?.kind === 'Conflict' || failure?.kind === 'Throttled' || failure?.kind === 'Unexpected';
}

function isProtection({ kind }: Action): boolean {
  return kind === 'finalizer.add' || kind === 'network.remember';
}

async function attempt(action: Action, write: Write): Promise<Outcome> {
  try {
    await write(action);
    return { action };
  } catch (error) {
    const failure = failureOf(error);
    return error instanceof NotDue
      ? { action, failure, isRepeated: true, dueInMs: error.dueInMs }
      : { action, failure };
  }
}
