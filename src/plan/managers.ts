// Who writes a workload besides us, whether a direct write would last, and what to place at the owner where it would
// not. Several may have left marks (Helm installs the tigera-operator, which makes the DaemonSet): the topmost decides.
import type { Affinity, Workload } from './facts.ts';
import { DETECTORS, manager } from './owner-marks.ts';
import type { Manager } from './owner-marks.ts';
import { ownerSnippet } from './owner-snippets.ts';

export type { Manager, ManagerName, WritePermission } from './owner-marks.ts';

/** The topmost known writer of a workload. */
export function managerOf(workload: Workload): Manager {
  for (const detect of DETECTORS) {
    const found = detect(workload);
    if (found !== undefined) return found;
  }
  return manager('none');
}

/** A write of required node affinity to the workload itself will last. */
export function mayWrite({ writes }: Manager, ownerRendersAffinity: boolean): boolean {
  return writes === 'Always' || (writes === 'UnlessOwnerRendersAffinity' && !ownerRendersAffinity);
}

/**
 * What a person places at the owner, as a sentence and YAML to paste.
 * @param wanted the whole affinity as it shall stand in the pod template, merged with what stands there now
 */
export function snippetFor(workload: Workload, owner: Manager, wanted: Affinity): string {
  return ownerSnippet({ workload, manager: owner, wanted });
}
