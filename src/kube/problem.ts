// Why a reflector cannot read, for conditions and health: a state, not an exception.
import type { FailureError } from '../plan/failure.ts';

export interface Problem {
  /** `Forbidden`, `NotFound` (the resource itself: its CRD is not installed), or a kind of failure. */
  readonly reason: string;
  readonly message: string;
}

export function problemOf({ failure }: FailureError): Problem {
  const reason = failure.kind === 'NotYet' || failure.kind === 'Invalid' ? failure.reason : failure.kind;
  return { reason, message: failure.message };
}
