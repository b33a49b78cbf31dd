import type { Permissions } from '../../plan/cloud-facts.ts';
import { isDryRunSuccess } from '../answer.ts';
import { describeInstances, describeSecurityGroups, describeVpcs, describeVSwitches } from '../api.ts';
import { CloudError } from '../trouble.ts';
import type { Ask } from './ask.ts';

/** The calls that have DryRun, by their action. */
const DRY_RUNS: Readonly<Record<string, (ask: Ask) => Promise<unknown>>> = {
  DescribeVSwitches: (ask) => ask.send(describeVSwitches, { regionId: ask.regionId, dryRun: true }),
  DescribeVpcs: (ask) => ask.send(describeVpcs, { regionId: ask.regionId, dryRun: true }),
  DescribeSecurityGroups: (ask) => ask.send(describeSecurityGroups, { regionId: ask.regionId, dryRun: true }),
  DescribeInstances: (ask) => ask.send(describeInstances, { regionId: ask.regionId, dryRun: true }),
};

/** What DryRun tells. An action that could not be tried is left out; throws when none could. */
export async function readPermissions(ask: Ask): Promise<Permissions> {
  const permissions = new Map<string, boolean>();
  let trouble: CloudError | undefined;
  for (const [action, probe] of Object.entries(DRY_RUNS)) {
    try {
      permissions.set(action, await isAllowed(probe(ask)));
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      trouble ??= error;
    }
  }
  if (permissions.size === 0 && trouble !== undefined) throw trouble;
  return permissions;
}

/** Whether a DryRun was let through; throws where the answer tells nothing about rights. */
export async function isAllowed(dryRun: Promise<unknown>): Promise<boolean> {
  try {
    await dryRun;
    return true;
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    if (isDryRunSuccess(error.trouble.code)) return true;
    if (error.trouble.reason === 'Denied') return false;
    throw error;
  }
}
