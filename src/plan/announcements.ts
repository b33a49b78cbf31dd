// What people are told as Events: what was done to which object, and when Ready changed its mind. Nothing is told while
// nothing changes.
import type { HybridNetwork, HybridNetworkStatus } from '../api/hybrid-network.ts';
import type { Action, Target } from './actions.ts';
import { targetOf } from './actions.ts';
import type { Outcome } from './concern-condition.ts';

export interface Announcement {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  /** The object that was touched. */
  readonly related?: Target & { readonly uid?: string };
}

function reasonFor(action: Action): string | undefined {
  const isRepair = action.kind === 'workload.patch' && action.isRepair === true;
  switch (action.verb) {
    case 'PlaceOnCloud':
    case 'KeepOffCloud':
      if (action.class === 'record') return undefined;
      if (isRepair) return 'DriftCorrected';
      return action.verb === 'PlaceOnCloud' ? 'TerwayPlaced' : 'IsolationApplied';
    case 'Withdraw':
      return 'IsolationRemoved';
    case 'WriteSecret':
      return 'CredentialsUpdated';
    case 'WriteConfigMap':
      return 'EniConfigUpdated';
    case 'ReturnStrategy':
      return 'UpdateStrategyReturned';
    case 'RestartTerway':
      return 'TerwayRestarted';
    case 'ReleaseHold':
      return 'HoldReleased';
    case 'Disown':
    case 'NoteContent':
    case 'RememberNodes':
    case 'AddFinalizer':
    case 'RemoveFinalizer':
      return undefined;
  }
}

function uidOf(action: Action): { readonly uid?: string } {
  return action.kind === 'workload.patch' ? { uid: action.workload.uid } : {};
}

function done({ action, failure }: Outcome): Announcement | undefined {
  const reason = failure === undefined ? reasonFor(action) : undefined;
  if (reason === undefined) return undefined;
  const target = targetOf(action);
  return {
    type: 'Normal',
    reason,
    action: action.verb,
    note: action.why,
    related: { ...target, ...uidOf(action) },
  };
}

// A finalizer belongs to no concern, so no condition tells that it cannot be written; and one that cannot be taken off
// keeps the object.
function refused({ action, failure, isRepeated }: Outcome): Announcement | undefined {
  const isFinalizer = action.kind === 'finalizer.add' || action.kind === 'finalizer.remove';
  if (!isFinalizer || failure?.kind !== 'Invalid' || isRepeated === true) return undefined;
  return refusal(action.network, failure.message);
}

function refusal(network: string, message: string): Announcement {
  return {
    type: 'Warning',
    reason: 'Refused',
    action: 'Reconcile',
    note: `The API server takes no write of this object as it is stored. Correct its spec: kubectl edit hn ${network}. What was held stays held. ${message}`,
  };
}

/** The actions that were carried out, and finalizers that the API server refused. */
export function announcementsOf(outcomes: readonly Outcome[]): readonly Announcement[] {
  return outcomes.flatMap((outcome) => [done(outcome), refused(outcome)]).filter((one) => one !== undefined);
}

/** Ready changed its status, or what a person is needed for, or a check fails or no longer does. Work that comes and goes is told by the actions. */
export function announceTransition(
  network: HybridNetwork,
  next: HybridNetworkStatus,
): readonly Announcement[] {
  return [...readyTransition(network, next), ...checkTransitions(network.status, next)];
}

function isAsked({ conditions = [] }: HybridNetworkStatus): boolean {
  return conditions.some(({ type, reason }) => type === 'CloudValidated' && reason !== 'NotAsked');
}

// Of a cloud that is not asked any more nothing is told.
function checkTransitions(
  before: HybridNetworkStatus | undefined,
  next: HybridNetworkStatus,
): readonly Announcement[] {
  if (!isAsked(next)) return [];
  const [old, now] = [before?.checks ?? [], next.checks ?? []];
  const isIn = (checks: typeof now, id: string): boolean => checks.some((check) => check.id === id);
  const failed = now.filter(({ id }) => !isIn(old, id));
  const over = old.filter(({ id }) => !isIn(now, id));
  return [
    ...failed.map(({ id, severity, message, remediation = '' }): Announcement => {
      const type = severity === 'info' ? 'Normal' : 'Warning';
      return { type, reason: 'CheckFailed', action: 'Check', note: `${id}: ${message} ${remediation}` };
    }),
    ...over.map(({ id }): Announcement => {
      return { type: 'Normal', reason: 'CheckRecovered', action: 'Check', note: `${id} no longer fails.` };
    }),
  ];
}

function readyTransition(network: HybridNetwork, next: HybridNetworkStatus): readonly Announcement[] {
  const find = (status: HybridNetworkStatus | undefined) =>
    (status?.conditions ?? []).find(({ type }) => type === 'Ready');
  const [before, after] = [find(network.status), find(next)];
  if (after === undefined) return [];
  const isNews =
    before?.status !== after.status || (after.status === 'False' && before.reason !== after.reason);
  if (!isNews) return [];
  return [
    {
      type: after.status === 'False' ? 'Warning' : 'Normal',
      reason: after.reason,
      action: 'Reconcile',
      note: after.message,
    },
  ];
}

/** No condition can be written, so that this is all that an object tells about itself. */
export function announceRefusedStatus({ metadata }: HybridNetwork, message: string): Announcement {
  return refusal(metadata.name, message);
}
