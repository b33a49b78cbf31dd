// Whoever has lost the Lease writes nothing any more. The gate stands in the client, where no write gets past it;
// the traffic of the Lease itself goes through, or nobody could ever lead again.
import { FailureError } from '../plan/failure.ts';

/** Asked before every write, and again when its first byte would go out. */
export type WriteGate = () => boolean;

const RETRY_MS = 1_000;
const LEASES = '/apis/coordination.k8s.io/';

export function isAboutLeases(path: string): boolean {
  return path.startsWith(LEASES);
}

export function refusalOf(
  mayWrite: WriteGate,
  { method, path }: { readonly method: string; readonly path: string },
): FailureError | undefined {
  if (method === 'GET' || isAboutLeases(path) || mayWrite()) return undefined;
  return new FailureError({
    kind: 'NotYet',
    reason: 'NotLeading',
    message: 'this instance does not lead at present and writes nothing',
    retryAfterMs: RETRY_MS,
  });
}
