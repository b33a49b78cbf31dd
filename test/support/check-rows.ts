// One row of a table of checks: a world, and what the check says of it.
import type { Severity } from '../../src/plan/checks/outcome.ts';
import type { WorldOptions } from './make-check-facts.ts';

export interface FailingRow extends WorldOptions {
  /** What is wrong in this world. */
  readonly what: string;
  readonly says: string | RegExp;
  readonly remedy?: string | RegExp;
  /** Absent: the severity of the check. */
  readonly severity?: Severity;
}

export interface OpenRow extends WorldOptions {
  readonly why: string | RegExp;
}

export interface CheckRows {
  /** Worlds that are well besides the one in which all is well. */
  readonly passes?: readonly WorldOptions[];
  readonly fails: readonly [FailingRow, ...FailingRow[]];
  readonly unchecked: readonly [OpenRow, ...OpenRow[]];
  readonly notApplicable?: readonly WorldOptions[];
}

export type RowTable = Readonly<Record<string, CheckRows>>;

export const NO_CLOUD = { cloud: 'none', why: 'The cloud was not asked.' } as const;
export const NO_CLUSTER = { cluster: 'none', why: 'No cluster was read.' } as const;
