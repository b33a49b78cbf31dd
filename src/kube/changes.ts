// Whether a change of an object can matter to any decision. Heartbeats of nodes and status writes of controllers make
// most events of a cluster, and none of them does.
import { isDeepStrictEqual } from 'node:util';

function withoutVersion(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { resourceVersion: _, ...rest } = value as Record<string, unknown>;
  return rest;
}

/** The projected object differs in more than its resourceVersion. */
export function isRelevantChange(before: unknown, after: unknown): boolean {
  return !isDeepStrictEqual(withoutVersion(before), withoutVersion(after));
}
