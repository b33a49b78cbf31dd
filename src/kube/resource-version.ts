// Order of resourceVersions. They are decimal numbers of any length, so that neither parseInt nor a plain
// comparison of strings will do: the longer one is the later one, and equal lengths compare as strings.

const DECIMAL = /^(0|[1-9][0-9]*)$/;

/**
 * Negative: `a` is older than `b`; 0: the same; positive: newer. `undefined` where they have no order, which
 * is so for servers that do not number their versions.
 */
export function compareResourceVersions(a: string, b: string): number | undefined {
  if (a === b) return 0;
  if (!DECIMAL.test(a) || !DECIMAL.test(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : 1;
}

/** False for an equal version and for an older one; true where there is no order to tell by. */
export function isNewer(candidate: string, known: string): boolean {
  const order = compareResourceVersions(candidate, known);
  return order === undefined || order > 0;
}
