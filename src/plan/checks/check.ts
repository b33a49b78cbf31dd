// The contract of a check: one question with a stable id, answered from facts alone. The list of all of them: index.ts.
import type { CheckFacts, CloudPart } from './check-facts.ts';
import type { Outcome, Severity } from './outcome.ts';

/**
 * Where the answer comes from: the HybridNetwork itself, what the operator knows of the cluster, what is read in it for
 * checks alone ({@link CheckFacts.details}), or a part of the cloud's answers.
 */
export type Need = 'spec' | 'cluster' | 'details' | CloudPart;

export interface Check {
  /** Never given to another question. */
  readonly id: string;
  /** What should be true, as a sentence without a full stop. */
  readonly title: string;
  readonly severity: Severity;
  readonly needs: readonly Need[];
  /** What to do where it is not true. */
  readonly remedy: string;
  evaluate(facts: CheckFacts): Outcome;
}
