// Why a call to the cloud failed, as one of the reasons of plan/cloud-facts.ts and one of the five kinds of failure.
// Messages are put together here, of our own words and the cloud's error code: nothing that was sent is quoted.
import type { CloudTrouble, CloudTroubleReason } from '../plan/cloud-facts.ts';
import type { Failure } from '../plan/failure.ts';
import { FailureError } from '../plan/failure.ts';

const MINUTE_MS = 60_000;
/** ECS lets a throttled API be called again in the next minute (ECS, "API call throttling"). */
export const THROTTLED_RETRY_MS = MINUTE_MS;
const LONGEST_RETRY_MS = 10 * MINUTE_MS;

export class CloudError extends FailureError {
  readonly trouble: CloudTrouble;

  constructor(trouble: CloudTrouble, options?: ErrorOptions) {
    super(trouble.failure, options);
    this.name = 'CloudError';
    this.trouble = trouble;
  }
}

export interface TroubleParts {
  readonly reason: CloudTroubleReason;
  readonly action: string;
  /** Goes into the message: our words, or censored ones. */
  readonly detail: string;
  readonly code?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

const MEANING: Readonly<Record<CloudTroubleReason, string>> = {
  Denied: 'RAM does not allow it',
  InvalidCredentials: 'the access key is not accepted',
  ClockSkew: 'the clocks differ by more than the cloud accepts',
  Throttled: 'too many calls',
  Unreachable: 'no usable answer',
  Refused: 'refused',
  NoCredentials: 'there is no identity to ask with',
};

export function troubleWith({ reason, action, detail, code, retryAfterMs }: TroubleParts): CloudError {
  const message = `${action}: ${MEANING[reason]}: ${detail}`;
  const failure = failureFor(reason, message, retryAfterMs);
  return new CloudError({ reason, action, failure, ...(code === undefined ? {} : { code }) });
}

/** What was thrown on the way to an answer; whatever nobody classified means that there was none. */
export function cloudErrorOf(action: string, error: unknown): CloudError {
  if (error instanceof CloudError) return error;
  const name = error instanceof Error ? error.name : typeof error;
  return troubleWith({ reason: 'Unreachable', action, detail: `unexpected ${name}` });
}

function failureFor(reason: CloudTroubleReason, message: string, retryAfterMs?: number): Failure {
  switch (reason) {
    case 'Denied':
      return { kind: 'NotYet', reason, message, retryAfterMs: 5 * MINUTE_MS };
    case 'NoCredentials':
    case 'ClockSkew':
      return { kind: 'NotYet', reason, message, retryAfterMs: MINUTE_MS };
    case 'InvalidCredentials':
    case 'Refused':
      return { kind: 'Invalid', reason, message };
    case 'Throttled':
      return {
        kind: 'Throttled',
        message,
        retryAfterMs: Math.min(retryAfterMs ?? THROTTLED_RETRY_MS, LONGEST_RETRY_MS),
      };
    case 'Unreachable':
      return { kind: 'Unexpected', message };
  }
}

/** When to ask again after a trouble, if nothing else changes. */
export function retryDelayMs({ failure }: CloudTrouble): number {
  switch (failure.kind) {
    case 'NotYet':
    case 'Throttled':
      return failure.retryAfterMs;
    case 'Invalid':
      return 5 * MINUTE_MS;
    case 'Conflict':
    case 'Unexpected':
      return 30_000;
  }
}
