// What the campaign prints.
import type { Result } from './run-plan.ts';

export function lineOf({ id, outcome, ms, why, trace }: Result, isLong: boolean): string {
  const repeat = outcome === 'lost' && !isLong ? `\n  npm run faults -- --plan '${id}'` : '';
  const log = isLong ? `\n${trace}` : '';
  return `${outcome.padEnd(11)} ${id} (${(ms / 1_000).toFixed(1)} s)${why === undefined ? '' : `\n  ${why}`}${repeat}${log}\n`;
}

/** A table by family of fault, and the time that it took. */
export function reportOf(results: readonly Result[], ms: number): string {
  const families = [...new Set(results.map(({ family }) => family))].toSorted();
  const row = (name: string, some: readonly Result[]): string => {
    const count = (wanted: Result['outcome']): string =>
      String(some.filter(({ outcome }) => outcome === wanted).length).padStart(12);
    return `${name.padEnd(14)}${String(some.length).padStart(8)}${count('survived')}${count('lost')}${count('not reached')}\n`;
  };
  const slowest = results.toSorted((a, b) => b.ms - a.ms)[0];
  return [
    '\nfault            plans    survived        lost not reached\n',
    ...families.map((family) =>
      row(
        family,
        results.filter((one) => one.family === family),
      ),
    ),
    row('all', results),
    `in ${(ms / 60_000).toFixed(1)} minutes; the slowest: ${slowest?.id ?? '-'} (${((slowest?.ms ?? 0) / 1_000).toFixed(1)} s)\n`,
  ].join('');
}
