// Every check there is, in the order of their ids, and the engine that asks them.
import { ADDRESSES } from './addresses.ts';
import { ADDRESSING } from './addressing.ts';
import type { CheckFacts } from './check-facts.ts';
import type { Check } from './check.ts';
import { CREDENTIALS } from './credentials.ts';
import { ENI_CONFIG_CHECKS } from './eni-config.ts';
import { INSTANCES } from './instances.ts';
import { NODES } from './nodes.ts';
import type { Outcome, Severity } from './outcome.ts';
import { REACHABILITY } from './reachability.ts';
import { ROUTES } from './routes.ts';
import { SECURITY_GROUPS } from './security-groups.ts';
import { VERSIONS } from './versions.ts';
import { VSWITCHES } from './vswitches.ts';
import { WORKLOADS } from './workloads.ts';

/** A new check is one entry in a file of this folder; a new file is one line here. */
export const CHECKS: readonly Check[] = [
  ...ADDRESSES,
  ...VSWITCHES,
  ...SECURITY_GROUPS,
  ...REACHABILITY,
  ...CREDENTIALS,
  ...ENI_CONFIG_CHECKS,
  ...INSTANCES,
  ...VERSIONS,
  ...NODES,
  ...WORKLOADS,
  ...ADDRESSING,
  ...ROUTES,
].toSorted((a, b) => (a.id < b.id ? -1 : 1));

export interface CheckResult {
  readonly id: string;
  readonly title: string;
  /** Of a failure: how heavy this one is. */
  readonly severity: Severity;
  readonly outcome: Outcome | { readonly state: 'skipped' };
  /** Of a failure. */
  readonly remedy?: string;
  /** Judged by what the cloud said then (RFC 3339), for it could not be asked again since. */
  readonly asOf?: string;
}

function staleSince({ cloud }: CheckFacts, { needs }: Check): string | undefined {
  const times = needs.flatMap((need) => {
    if (need === 'spec' || need === 'cluster' || need === 'details') return [];
    const part = cloud?.[need];
    return part !== undefined && 'stale' in part && part.stale !== undefined ? [part.asOf] : [];
  });
  return times.toSorted()[0];
}

function resultOf(check: Check, facts: CheckFacts): CheckResult {
  const { id, title, severity, remedy } = check;
  const outcome = check.evaluate(facts);
  const asOf = staleSince(facts, check);
  const common = { id, title, outcome, ...(asOf === undefined ? {} : { asOf }) };
  if (outcome.state !== 'failed') return { ...common, severity };
  return { ...common, severity: outcome.severity ?? severity, remedy: outcome.remedy ?? remedy };
}

/** Asks every check, in the order of their ids; those that are to be skipped are not asked. */
export function runChecks(
  facts: CheckFacts,
  skip: readonly string[] = [],
  checks: readonly Check[] = CHECKS,
): readonly CheckResult[] {
  return checks.map((check) =>
    skip.includes(check.id)
      ? { id: check.id, title: check.title, severity: check.severity, outcome: { state: 'skipped' } }
      : resultOf(check, facts),
  );
}

/** Ids that name no check: a slip of the pen would skip nothing. */
export function unknownIds(ids: readonly string[]): readonly string[] {
  return ids.filter((id) => !CHECKS.some((check) => check.id === id));
}

/** At least one check of severity error failed. */
export function hasErrors(results: readonly CheckResult[]): boolean {
  return results.some(({ outcome, severity }) => outcome.state === 'failed' && severity === 'error');
}
