// The contract of a concern: one thing that has to be true, one file, one condition.
//
// `plan` and `unplan` are pure: the same facts give the same verdict. A verdict says how things stand *now*, and the
// actions that would make them right; the gate (gate.ts) decides which of them may run, and status.ts, nobody else,
// turns both into conditions. Every concern passes the shared contract test (test/support/concern-contract.ts).
import type { ConditionType, Reason } from '../api/conditions.ts';
import type { WorkloadStatus } from '../api/hybrid-network.ts';
import type { Action } from './actions.ts';
import type { Claims } from './claims.ts';
import type { Facts } from './facts.ts';

/** How one concern stands. */
export interface Verdict {
  /**
   * `ok`: it is as it should be. `working`: it gets there by itself. `failed`: a person is needed (see the reason).
   * `unknown`: something has not been read yet.
   */
  readonly health: 'ok' | 'working' | 'failed' | 'unknown';
  readonly reason: Reason;
  /** Full sentences with the remedy, where there is one. */
  readonly message: string;
  /** What we hold is in force, even if pods are still on their way: the next cloud node may come. */
  readonly inForce: boolean;
  readonly actions: readonly Action[];
  readonly workloads?: readonly WorkloadStatus[];
  /** Pods on a node of the wrong side. */
  readonly misplacedPods?: number;
  /** Milliseconds after which the verdict may change although nothing else does: a deadline. */
  readonly recheckAfterMs?: number;
  /** It says how things stand, and neither True nor under way: Ready goes by the other conditions. */
  readonly isAside?: true;
  /** Things worth knowing that do not make the concern fail. */
  readonly warnings?: readonly string[];
}

export interface Concern {
  readonly name: string;
  readonly condition: ConditionType;
  plan(facts: Facts, claims: Claims): Verdict;
  /** What Restore takes back, in the same terms; what has no undo answers `ok` without actions. */
  unplan(facts: Facts, claims: Claims): Verdict;
}

/** Nothing asked for, nothing to do. */
export function notRequired(message: string): Verdict {
  return { health: 'ok', reason: 'NotRequired', message, inForce: true, actions: [] };
}
