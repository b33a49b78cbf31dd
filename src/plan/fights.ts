// A fight over a field: somebody else keeps undoing what we hold. Three repairs within ten minutes go ahead at once, the
// next ones after a delay that doubles each time; ten quiet minutes end it. Pure: times enter as values, in milliseconds
// of a clock that never jumps.
import type { Target } from './actions.ts';

export const WINDOW_MS = 600_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 300_000;

/** What is remembered about one field. */
export interface Fight {
  /** When it was put right, newest last: no more than the limit, and while it is fought over the last one only. */
  readonly repairs: readonly number[];
  /** How many repairs came after a delay; undefined while it is no fight. */
  readonly delayed: number | undefined;
  /** Since when it stands wrong; undefined while it stands right. */
  readonly wrongSince: number | undefined;
  /** Who did it, as far as the object told, in order. */
  readonly others: readonly string[];
}

const PEACE: Fight = { repairs: [], delayed: undefined, wrongSince: undefined, others: [] };
/** More names than a message should hold. */
const OTHERS = 3;

/** The field was seen standing wrong. */
export function seenWrong(
  known: Fight | undefined,
  sighting: { readonly now: number; readonly limit: number; readonly others: readonly string[] },
): Fight {
  const { now, limit } = sighting;
  const fight = (known && stillKnown(known, now)) ?? PEACE;
  const isFight = fight.delayed !== undefined || fight.repairs.length >= limit;
  return {
    repairs: fight.repairs,
    delayed: isFight ? (fight.delayed ?? 0) : undefined,
    wrongSince: fight.wrongSince ?? now,
    others: [...new Set([...fight.others, ...sighting.others])].toSorted().slice(0, OTHERS),
  };
}

/** The field stands right; undefined once nothing is left to remember. */
export function seenRight(known: Fight, now: number): Fight | undefined {
  return stillKnown({ ...known, wrongSince: undefined }, now);
}

/** The field was put right, or we tried and somebody was quicker. */
export function repaired({ repairs, delayed, others }: Fight, now: number): Fight {
  return delayed === undefined
    ? { repairs: [...repairs, now], delayed, wrongSince: undefined, others }
    : { repairs: [now], delayed: delayed + 1, wrongSince: undefined, others };
}

// While it stands wrong it is not quiet, however long the delay is.
function stillKnown(fight: Fight, now: number): Fight | undefined {
  if (fight.wrongSince !== undefined) return fight;
  const repairs = fight.repairs.filter((at) => now - at < WINDOW_MS);
  return repairs.length === 0 ? undefined : { ...fight, repairs };
}

/** How long the next repair waits after the field was seen wrong. */
export function delayMs({ delayed }: Fight, longestMs = LONGEST_DELAY_MS): number {
  return delayed === undefined ? 0 : Math.min(FIRST_DELAY_MS * 2 ** delayed, LONGEST_DELAY_MS, longestMs);
}

/** When something happens by itself: the next repair, or the end of the fight; undefined where nothing does. */
export function nextAt(fight: Fight, longestMs?: number): number | undefined {
  if (fight.delayed === undefined) return undefined;
  if (fight.wrongSince !== undefined) return fight.wrongSince + delayMs(fight, longestMs);
  return (fight.repairs.at(-1) ?? 0) + WINDOW_MS;
}

/** A field that is fought over, as the status speaks about it. */
export interface Contest {
  readonly target: Target;
  /** As in held-fields.ts. */
  readonly field: string;
  readonly others: readonly string[];
  /** Terway's placement, which is never put off for long. */
  readonly isGuard: boolean;
  readonly isWrong: boolean;
  /** How long the present, or the next, repair waits. */
  readonly delayMs: number;
  /** What to place at the owner, where its marks tell which. */
  readonly remedy?: string;
}
