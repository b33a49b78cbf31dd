// The hold: annotations that say, on the workload itself, that it is held and what was added to it.
import { isDeepStrictEqual } from 'node:util';
import { ADDED_ANNOTATION, HOLD_ANNOTATION } from '../api/annotations.ts';
import type { Hold } from '../api/annotations.ts';
import type { Exclusion, ExclusionRecord, StrategyRecord } from './affinity.ts';
import { exclusionsFor } from './exclusion.ts';
import type { Workload } from './facts.ts';
import { swapKeys } from './json-patch.ts';
import type { JsonPatch } from './json-patch.ts';

type Annotated = Pick<Workload, 'annotations' | 'hasAnnotations'>;

export function holdOf(workload: Pick<Workload, 'annotations'>): string | undefined {
  return workload.annotations[HOLD_ANNOTATION];
}

// A repair writes what the record names: nothing but our own exclusions may come out of it.
function isOfOurs(value: unknown): boolean {
  return exclusionsFor({ excludeVirtualNodes: true }).some((ours) => isDeepStrictEqual(value, ours));
}

// Nothing but what an owner can have had may be given back.
function isStrategy(value: unknown): boolean {
  const { before, template } = Object(value) as Partial<Record<keyof StrategyRecord, unknown>>;
  return typeof template === 'string' && Object(before).type === 'RollingUpdate';
}

function isRecord(value: unknown): value is ExclusionRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { exclusions, created, terms, strategy } = value as Partial<Record<keyof ExclusionRecord, unknown>>;
  return (
    (strategy === undefined || isStrategy(strategy)) &&
    Array.isArray(exclusions) &&
    exclusions.length > 0 &&
    exclusions.every(isOfOurs) &&
    Array.isArray(created) &&
    Array.isArray(terms) &&
    terms.every((t: unknown) => Array.isArray((t as { added?: unknown } | null)?.added))
  );
}

/** What the hold says is kept off, whatever became of the record; undefined where it is no hold of this kind. */
export function heldExclusions(workload: Pick<Workload, 'annotations'>): readonly Exclusion[] | undefined {
  const hold = holdOf(workload);
  if (hold !== 'on-premises-only' && hold !== 'not-cloud') return undefined;
  return exclusionsFor({ excludeVirtualNodes: hold === 'on-premises-only' });
}

// A decision asks for the record of every workload several times, and most of them are the ones of the last decision.
const RECORDS = new WeakMap<Workload['annotations'], { readonly record: ExclusionRecord | undefined }>();

/** The record on the object. Somebody may have edited it: what cannot be understood counts as absent. */
export function recordOf({ annotations }: Pick<Workload, 'annotations'>): ExclusionRecord | undefined {
  const text = annotations[ADDED_ANNOTATION];
  if (text === undefined) return undefined;
  const known = RECORDS.get(annotations) ?? { record: parseRecord(text) };
  RECORDS.set(annotations, known);
  return known.record;
}

function parseRecord(text: string): ExclusionRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Sets the hold and the record; `undefined` takes one off. What already stands makes no operation. */
export function annotate(
  workload: Annotated,
  wanted: { readonly hold: Hold | undefined; readonly record?: ExclusionRecord | 'keep' | undefined },
): JsonPatch {
  const before = workload.hasAnnotations ? workload.annotations : undefined;
  const added =
    wanted.record === 'keep'
      ? workload.annotations[ADDED_ANNOTATION]
      : wanted.record && JSON.stringify(wanted.record);
  return swapKeys('/metadata/annotations', before, {
    [HOLD_ANNOTATION]: wanted.hold,
    [ADDED_ANNOTATION]: added,
  });
}
