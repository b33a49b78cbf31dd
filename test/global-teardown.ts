// After the last test: the operator has made use of its rights, of each of them, and of no other.
import { ALLOWED } from './support/allowed-rights.ts';
import { compareRights, GATHERED_IN, gatheredRights } from './support/used-rights.ts';

/** What Jest was asked to run: the parts of its global configuration that narrow a run. */
interface Asked {
  readonly testPathPatterns: { readonly patterns: readonly string[] };
  readonly testNamePattern?: string;
  readonly shard?: object;
  readonly onlyChanged?: boolean;
  readonly onlyFailures?: boolean;
}

/** Only a run of all tests can say that a right is idle. */
function isWhole({
  testPathPatterns,
  testNamePattern = '',
  shard,
  onlyChanged,
  onlyFailures,
}: Asked): boolean {
  const isNarrowed = testPathPatterns.patterns.length > 0 || testNamePattern !== '' || shard !== undefined;
  return !isNarrowed && onlyChanged !== true && onlyFailures !== true;
}

/** Throws, and so fails the run, where test/support/allowed-rights.ts and the audit logs differ. */
// oxlint-disable-next-line import/no-default-export -- Jest takes its global teardown from the default export
export default function globalTeardown(asked: Asked): void {
  const file = process.env[GATHERED_IN];
  if (file === undefined) throw new Error(`${GATHERED_IN} is not set: test/global-setup.ts has not run`);
  const { missing, idle } = compareRights(gatheredRights(file), ALLOWED);
  if (missing.length > 0) {
    throw new Error(`the operator made use of what is not on the list:\n  ${missing.join('\n  ')}`);
  }
  if (isWhole(asked) && idle.length > 0) {
    throw new Error(`rights that no test made use of:\n  ${idle.join('\n  ')}`);
  }
}
