// What of the cloud side stands in the status. While the first answers of a process, or those about a new spec, are on
// their way, what stood there stays.
import { STATUS_LIMITS } from '../api/hybrid-network.ts';
import type { CheckStatus, HybridNetworkStatus } from '../api/hybrid-network.ts';
import type { Severity } from './checks/outcome.ts';
import { presentJudgement } from './cloud-side.ts';
import type { CloudJudgement } from './cloud-side.ts';
import type { Facts } from './facts.ts';

export interface FailedCheck {
  readonly id: string;
  readonly severity: Severity;
  readonly message: string;
  readonly remedy: string;
}

const WEIGHT: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** The heaviest first, and among equals in the order of their ids. */
export function failedChecks({ results }: Pick<CloudJudgement, 'results'>): readonly FailedCheck[] {
  return results
    .flatMap(({ id, severity, outcome, remedy = '' }) =>
      outcome.state === 'failed' ? [{ id, severity, message: outcome.message, remedy }] : [],
    )
    .toSorted((a, b) => WEIGHT[a.severity] - WEIGHT[b.severity]);
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).toWellFormed()}…`;
}

function checkStatus({ id, severity, message, remedy }: FailedCheck): CheckStatus {
  return {
    id,
    severity,
    message: cut(message, STATUS_LIMITS['checks[].message']),
    remediation: cut(remedy, STATUS_LIMITS['checks[].remediation']),
  };
}

type CloudPart = Pick<HybridNetworkStatus, 'zones' | 'freeIPs' | 'checks' | 'capacity'>;

function judgedStatus(judgement: CloudJudgement, before: CloudPart): CloudPart {
  const { zones, capacity } = judgement;
  const checks = failedChecks(judgement).slice(0, STATUS_LIMITS.checks).map(checkStatus);
  // What was not told to this process stays as it was told to an earlier one.
  const { checks: _, ...kept } = keptStatus(before);
  return {
    ...kept,
    ...(zones === undefined
      ? {}
      : {
          zones: zones.slice(0, STATUS_LIMITS.zones).map((zone) => ({
            ...zone,
            vSwitches: zone.vSwitches.slice(0, STATUS_LIMITS['zones[].vSwitches']),
          })),
          freeIPs: zones.reduce((sum, { freeIPs }) => sum + freeIPs, 0),
        }),
    ...(checks.length === 0 ? {} : { checks }),
    ...(capacity === undefined
      ? {}
      : {
          capacity: {
            ...capacity,
            instanceTypes: (capacity.instanceTypes ?? []).slice(0, STATUS_LIMITS['capacity.instanceTypes']),
          },
        }),
  };
}

function keptStatus({ zones, freeIPs, checks, capacity }: CloudPart): CloudPart {
  return {
    ...(zones === undefined ? {} : { zones }),
    ...(freeIPs === undefined ? {} : { freeIPs }),
    ...(checks === undefined ? {} : { checks }),
    ...(capacity === undefined ? {} : { capacity }),
  };
}

/** `zones`, `freeIPs`, `checks` and `capacity`, as far as there is something to say. */
export function cloudStatus(facts: Facts): CloudPart {
  const before = facts.network.status ?? {};
  if (facts.cloud === undefined) return {};
  if (facts.cloud.state === 'unasked') return facts.cloud.fault === undefined ? {} : keptStatus(before);
  const judgement = presentJudgement(facts);
  return judgement === undefined ? keptStatus(before) : judgedStatus(judgement, before);
}
