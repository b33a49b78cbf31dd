// Whether a change of an object can matter to any decision. Heartbeats of nodes and status writes of controllers make
// most events of a cluster, and none of them does.
import type { HybridNetwork } from '../api/hybrid-network.ts';
import { SecretString } from '../plan/secret-string.ts';
import type { Change } from './store.ts';

/**
 * Facts and statuses with the same content: plain objects, lists, maps and hidden strings. A field that is undefined
 * counts as absent. Node's own deep equality asks each object whether it is a cryptographic key, and takes ten times
 * as long; this runs for every event of the cluster.
 */
export function isSame(one: unknown, other: unknown): boolean {
  return isSameBut([], one, other);
}

/** `leftOut`: fields of the outermost object that do not count. */
function isSameBut(leftOut: readonly string[], one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!isObject(one) || !isObject(other)) return false;
  if (Array.isArray(one) || Array.isArray(other)) return isSameList(one, other);
  if (one instanceof SecretString) return other instanceof SecretString && one.equals(other);
  if (one instanceof Map) return other instanceof Map && isSameMap(one, other);
  return isSameObject(one, other, leftOut);
}

/** The projected object differs in more than its resourceVersion. */
export function isRelevantChange(before: unknown, after: unknown): boolean {
  return !isSameBut(['resourceVersion'], before, after);
}

const PROGRESS = ['resourceVersion', 'observedGeneration', 'outdated'];

/** A workload's controllers tell how far they are: nothing that is to be repaired shows in it. */
export function isProgress(before: unknown, after: unknown): boolean {
  return isSameBut(PROGRESS, before, after);
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function isSameObject(one: Fields, other: Fields, leftOut: readonly string[]): boolean {
  const counts = (key: string): boolean => !leftOut.includes(key);
  return (
    Object.keys(one).every((key) => !counts(key) || isSame(one[key], other[key])) &&
    // What the first does not have, or has as undefined, the second must not have either.
    Object.keys(other).every((key) => !counts(key) || one[key] !== undefined || other[key] === undefined)
  );
}

function isSameList(one: unknown, other: unknown): boolean {
  return (
    Array.isArray(one) &&
    Array.isArray(other) &&
    one.length === other.length &&
    one.every((item, index) => isSame(item, other[index]))
  );
}

function isSameMap(one: ReadonlyMap<unknown, unknown>, other: ReadonlyMap<unknown, unknown>): boolean {
  if (one.size !== other.size) return false;
  for (const [key, value] of one) if (!other.has(key) || !isSame(value, other.get(key))) return false;
  return true;
}

// Our own status is no news. But the answer to it also shows what somebody changed in the meantime, and the watch will
// not tell that any more.
export function isOwnStatus({ own, before, after }: Change<HybridNetwork>): boolean {
  if (!own || before === undefined || after === undefined) return false;
  return !isRelevantChange(askedBy(before), askedBy(after));
}

/** The part of a HybridNetwork that others write. */
function askedBy({ metadata, spec }: HybridNetwork): unknown {
  const { resourceVersion: _, ...rest } = metadata;
  return { metadata: rest, spec };
}
