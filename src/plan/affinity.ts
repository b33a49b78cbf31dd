// Reading and rebuilding the required node affinity of a pod template, and telling whose expressions stand in it.
import { createHash } from 'node:crypto';
import type { Affinity, NodeSelectorRequirement, NodeSelectorTerm, UpdateStrategy } from './facts.ts';

/** A requirement that makes a term impossible on nodes where the label has the value. */
export interface Exclusion {
  readonly key: string;
  readonly operator: 'NotIn';
  readonly values: readonly [string];
}

export type Parent = 'affinity' | 'nodeAffinity' | 'required';

export interface TouchedTerm {
  readonly index: number;
  /**
   * {@link hashOf} the term without our expressions. Empty where they were added at admission (deploy/guard), which
   * cannot compute it: then the place alone tells the term.
   */
  readonly hash: string;
  /** Keys of the exclusions that we appended to this term. */
  readonly added: readonly string[];
}

/** The owner's updateStrategy of a DaemonSet that we set to OnDelete. */
export interface StrategyRecord {
  readonly before: UpdateStrategy;
  /** {@link hashOf} the pod template without required node affinity: another one is a change of the owner's. */
  readonly template: string;
}

/** What we added, written on the object so that it survives a lost status, a restored backup and a new operator. */
export interface ExclusionRecord {
  /** The HybridNetwork that added it, by name: one created anew under that name is meant too. */
  readonly by?: string;
  readonly exclusions: readonly Exclusion[];
  /** Parents of the terms that did not exist before: `affinity: {}` is not the same as no affinity. */
  readonly created: readonly Parent[];
  /** One entry for each term that we touched. */
  readonly terms: readonly TouchedTerm[];
  /** Absent: the updateStrategy is the owner's. */
  readonly strategy?: StrategyRecord;
}

/** The terms of required node affinity; undefined where there is none. */
export function termsOf(affinity: Affinity | undefined): readonly NodeSelectorTerm[] | undefined {
  return affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
}

/** The affinity with these terms; parents are made where they are missing. */
export function withTerms(
  affinity: Affinity | undefined,
  nodeSelectorTerms: readonly NodeSelectorTerm[],
): Affinity {
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: {
        ...affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution,
        nodeSelectorTerms,
      },
    },
  };
}

export function isSame(expression: NodeSelectorRequirement, exclusion: Exclusion): boolean {
  return (
    expression.key === exclusion.key &&
    expression.operator === exclusion.operator &&
    expression.values?.length === 1 &&
    expression.values[0] === exclusion.values[0]
  );
}

/**
 * The term without one of each of these exclusions: a second one of the same words is the owner's.
 * `matchExpressions` goes when nothing is left in it.
 */
export function without(term: NodeSelectorTerm, exclusions: readonly Exclusion[]): NodeSelectorTerm {
  if (term.matchExpressions === undefined || exclusions.length === 0) return term;
  const kept = [...term.matchExpressions];
  for (const ours of exclusions) {
    const at = kept.findIndex((expression) => isSame(expression, ours));
    if (at >= 0) kept.splice(at, 1);
  }
  if (kept.length > 0) return { ...term, matchExpressions: kept };
  const { matchExpressions: _, ...rest } = term;
  return rest;
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, canonical(inner)]));
}

/** Twelve hex digits of SHA-256 over the value with sorted keys. */
export function hashOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(value)) ?? '')
    .digest('hex')
    .slice(0, 12);
}

function present(term: NodeSelectorTerm, exclusions: readonly Exclusion[]): readonly Exclusion[] {
  return exclusions.filter((exclusion) => (term.matchExpressions ?? []).some((e) => isSame(e, exclusion)));
}

// What was added at admission, at one place at several times, adds up.
function oneForEachPlace(terms: readonly TouchedTerm[]): readonly TouchedTerm[] {
  const [placed, hashed] = [terms.filter(({ hash }) => hash === ''), terms.filter(({ hash }) => hash !== '')];
  const places = [...new Set(placed.map(({ index }) => index))];
  const added = (place: number): readonly string[] =>
    placed.filter(({ index }) => index === place).flatMap((touched) => touched.added);
  return [...places.map((index) => ({ index, hash: '', added: added(index) })), ...hashed];
}

/**
 * Which exclusions in which term are ours: each entry of the record is given to one term. First the term at the same
 * place that is otherwise unchanged, then an unchanged one elsewhere (somebody reordered), then one that somebody
 * edited but that still holds our very expression. What no entry accounts for was written by somebody else.
 */
export function attribute(
  terms: readonly NodeSelectorTerm[],
  record: ExclusionRecord | undefined,
): ReadonlyMap<number, readonly Exclusion[]> {
  const ours = new Map<number, readonly Exclusion[]>();
  const open = new Set(oneForEachPlace(record?.terms ?? []));
  const claim = (
    accepts: (touched: TouchedTerm, index: number, found: readonly Exclusion[]) => boolean,
  ): void => {
    for (const touched of open) {
      const added = (record?.exclusions ?? []).filter(({ key }) => touched.added.includes(key));
      const index = terms.findIndex((term, at) => {
        const found = present(term, added);
        return found.length > 0 && !ours.has(at) && accepts(touched, at, found);
      });
      const term = terms[index];
      if (term === undefined) continue;
      ours.set(index, present(term, added));
      open.delete(touched);
    }
  };
  const isUnchanged = (touched: TouchedTerm, at: number, found: readonly Exclusion[]): boolean =>
    hashOf(without(terms[at] ?? {}, found)) === touched.hash;
  claim((touched, at, found) => touched.index === at && isUnchanged(touched, at, found));
  claim(isUnchanged);
  claim((touched, at) => touched.index === at);
  claim((touched) => touched.hash !== '');
  return ours;
}
