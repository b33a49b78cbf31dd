// The cloud side as a decision knows it, for tests.
import type { CheckResult } from '../../src/plan/checks/index.ts';
import type { Severity } from '../../src/plan/checks/outcome.ts';
import type { CloudJudgement, CloudSide } from '../../src/plan/cloud-side.ts';
import { keyIn, keyMark } from '../../src/plan/access-key.ts';
import { facts } from './make-facts.ts';

export function passed(id: string): CheckResult {
  return { id, title: `${id} is so`, severity: 'error', outcome: { state: 'passed' } };
}

export function failed(id: string, severity: Severity = 'error'): CheckResult {
  const outcome = { state: 'failed', message: `${id} is not so.` } as const;
  return { id, title: `${id} is so`, severity, outcome, remedy: `Mend ${id}.` };
}

/** The mark of the key that facts have by default. */
export function goodKeyMark(): string {
  const key = keyIn(facts().addonSecret);
  return key === undefined ? '' : keyMark(key);
}

/** Of generation 1, by the good key: all is well, but for these changes. */
export function judgement(changes: Partial<CloudJudgement> = {}): CloudJudgement {
  return {
    generation: 1,
    key: goodKeyMark(),
    results: [passed('C10'), passed('C12')],
    troubles: [],
    ...changes,
  };
}

export function judged(changes: Partial<CloudJudgement> = {}): CloudSide {
  return { state: 'judged', judgement: judgement(changes) };
}
