// Who was to write, and who wrote, read from the audit log: each write of the Lease names its holder, and the user agent
// of every other write names the copy of the operator that made it.
import type { AuditEntry } from '../cluster/audit.ts';
import { OPERATOR_USER } from './hybrid-cluster.ts';

const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** From one write of the Lease to the next. */
export interface Term {
  /** '' for nobody. */
  readonly holder: string;
  /** As the API server stamps it: texts of one length, so that they can be compared. */
  readonly from: string;
}

interface LeaseBody {
  readonly spec?: { readonly holderIdentity?: string };
}

function isLease({ group, resource, namespace }: AuditEntry): boolean {
  return group === 'coordination.k8s.io' && resource === 'leases' && namespace === 'hybridnetwork-system';
}

/** The copy of the operator that sent it; undefined where nobody of ours did. */
export function writerOf({ user, userAgent }: AuditEntry): string | undefined {
  return user === OPERATOR_USER ? /^hybridnetwork-operator\/(\S+)$/.exec(userAgent)?.[1] : undefined;
}

/** Every successful write of the Lease, oldest first. */
export function termsIn(entries: readonly AuditEntry[]): readonly Term[] {
  return entries
    .filter((entry) => isLease(entry) && WRITES.has(entry.verb) && entry.code < 300)
    .map(({ at, requestObject }) => ({
      holder: (requestObject as LeaseBody | undefined)?.spec?.holderIdentity ?? '',
      from: at,
    }))
    .toSorted((a, b) => (a.from < b.from ? -1 : 1));
}

/** What copies of the operator wrote, also in vain: everything but the Lease. */
export function writesOfCopies(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  return entries.filter(
    (entry) => !isLease(entry) && WRITES.has(entry.verb) && writerOf(entry) !== undefined,
  );
}

/** Of a whole log: writes by a copy that did not hold the Lease when the server had done them. */
export function writesOutOfTurn(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  const terms = termsIn(entries);
  return writesOfCopies(entries).filter(
    (entry) => terms.findLast(({ from }) => from <= entry.at)?.holder !== writerOf(entry),
  );
}
