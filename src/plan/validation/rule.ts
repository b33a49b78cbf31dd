// What a rule is, and how a table of them is laid over the parts of a spec that they speak about.
import type { HybridNetworkSpec } from '../../api/hybrid-network.ts';

/** What is wrong in a spec, in the words of the API server: where, and what to write instead. */
export interface Problem {
  /** For example `spec.onPremises.workloads[2]`. */
  readonly path: string;
  readonly message: string;
}

/** A part of a spec and where it stands, list indexes included. */
export type Part<T> = readonly [path: string, part: T];

/** What is said when it does not hold → whether it holds. */
export type Rules<T> = Readonly<Record<string, (part: T) => boolean>>;

/** The rules of one place of the schema. */
export interface RuleSet {
  /** As the CRD nests it; `[]` stands for the items of a list. */
  readonly path: string;
  readonly messages: readonly string[];
  problemsIn(spec: HybridNetworkSpec): readonly Problem[];
}

export function rulesAt<T>(
  path: string,
  rules: Rules<T>,
  partsOf: (spec: HybridNetworkSpec) => readonly Part<T>[],
): RuleSet {
  const broken = ([at, part]: Part<T>): readonly Problem[] =>
    Object.entries(rules)
      .filter(([, holds]) => !holds(part))
      .map(([message]) => ({ path: at, message }));
  return { path, messages: Object.keys(rules), problemsIn: (spec) => partsOf(spec).flatMap(broken) };
}

/** The part at `path`, if it is there. */
export function maybe<T>(path: string, part: T | undefined): readonly Part<T>[] {
  return part === undefined ? [] : [[path, part]];
}

/** CEL counts characters, `length` counts some of them twice. */
export function size(text: string): number {
  return Array.from(text).length;
}

export function everyKey(map: object, test: (key: string) => boolean): boolean {
  return Object.keys(map).every(test);
}
