// From the audit log to repair times: each tampering is paired with the first repair that was answered after it. What a
// repairer wrote beyond one write for each tampering is redundant; what was refused changed nothing, and is counted apart.
import type { AuditEntry } from '../cluster/audit.ts';

export interface Repair {
  /** From the answer to the tampering to the answer to the repair, in milliseconds. */
  readonly totalMs: number;
  /** The part until the repair reached the API server: watch, decision, way there. */
  readonly reactionMs: number;
}

export interface Pairing {
  readonly repairs: readonly Repair[];
  /** Tamperings that no repair followed before the next one. */
  readonly unrepaired: number;
  /** Accepted writes beyond one for each tampering. */
  readonly redundant: number;
  /** Writes that the API server refused: a failed `test`, a conflict. */
  readonly refused: number;
}

/** Milliseconds since the epoch, to the microsecond that the audit log records. */
export function timeOf(stamp: string): number {
  const [, seconds = '', fraction = '0'] = /^(.*?)(?:\.(\d+))?Z$/.exec(stamp) ?? [];
  return Date.parse(`${seconds}Z`) + Number(fraction.padEnd(9, '0').slice(0, 9)) / 1e6;
}

type Write = Pick<AuditEntry, 'at' | 'receivedAt' | 'user' | 'code' | 'responseObject'>;

/** etcd's revision: it tells the order of the writes, where the times of two answers may overlap. */
function revisionOf({ responseObject }: Write): number {
  const { metadata } = (responseObject ?? {}) as {
    readonly metadata?: { readonly resourceVersion?: string };
  };
  return Number(metadata?.resourceVersion ?? NaN);
}

/** Writes to one object, in any order, with their answers: those of `tamperer` against those of `repairer`. */
export function pair(
  writes: readonly Write[],
  { tamperer, repairer }: { readonly tamperer: string; readonly repairer: string },
): Pairing {
  const accepted = ({ code }: Write): boolean => code >= 200 && code < 300;
  const own = writes.filter(({ user }) => user === repairer);
  const inOrder = (some: readonly Write[]): readonly Write[] =>
    some.filter(accepted).toSorted((a, b) => revisionOf(a) - revisionOf(b));
  const tamperings = inOrder(writes.filter(({ user }) => user === tamperer));
  const answers = inOrder(own);
  const repairs: Repair[] = [];
  for (const [index, tampering] of tamperings.entries()) {
    const next = tamperings[index + 1];
    const repair = answers.find(
      (answer) =>
        revisionOf(answer) > revisionOf(tampering) &&
        (next === undefined || revisionOf(answer) < revisionOf(next)),
    );
    if (repair === undefined) continue;
    const from = timeOf(tampering.at);
    repairs.push({ totalMs: timeOf(repair.at) - from, reactionMs: timeOf(repair.receivedAt) - from });
  }
  return {
    repairs,
    unrepaired: tamperings.length - repairs.length,
    redundant: answers.length - repairs.length,
    refused: own.length - answers.length,
  };
}
