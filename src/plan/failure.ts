// The five kinds of failure. The kind, and nothing else, decides the retry; adapters translate at the border
// (kube/errors.ts) so that everything inside sees only these.

export type Failure =
  /** A person must act; retrying the same request changes nothing. */
  | { readonly kind: 'Invalid'; readonly reason: string; readonly message: string }
  /** Something is missing that may come (a right, a namespace): look again after the delay. */
  | {
      readonly kind: 'NotYet';
      readonly reason: string;
      readonly message: string;
      readonly retryAfterMs: number;
    }
  /** The object changed between reading and writing: read again and plan anew, silently. */
  | { readonly kind: 'Conflict'; readonly message: string }
  /** The server asked for patience. */
  | { readonly kind: 'Throttled'; readonly message: string; readonly retryAfterMs: number }
  /** Anything else: retried with back-off and logged. */
  | { readonly kind: 'Unexpected'; readonly message: string };

/** Carries a {@link Failure} through promise chains. Its message never contains a request body. */
export class FailureError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.name = 'FailureError';
    this.failure = failure;
  }
}

/** The failure behind a thrown value; what nobody classified is `Unexpected`. */
export function failureOf(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  return { kind: 'Unexpected', message: error instanceof Error ? error.message : String(error) };
}
