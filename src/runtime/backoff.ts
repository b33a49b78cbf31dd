// How long to wait after the n-th failure in a row: 5 ms, growing fourfold up to 5 minutes, each step drawn at
// random from its upper half.
//
// The upper half, not all of it, because the promise is a hard one: at most 12 attempts in the first 10 minutes.
// Even if every draw is the shortest possible, attempts fall at 0, 2.5 ms, 12.5 ms, 52.5 ms, 0.2 s, 0.9 s, 3.4 s,
// 13.7 s, 55 s, 3.4 min, 5.9 min and 8.4 min: that is 12; the 13th comes after 10.9 min. Drawing from zero on
// could not promise any number, and half of 5 minutes is spread enough for the few keys that we retry.

const FIRST_STEP_MS = 5;
const GROWTH = 4;
const LONGEST_STEP_MS = 5 * 60_000;

/** `failures` counts from 1; `random` yields [0, 1). */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const step = Math.min(FIRST_STEP_MS * GROWTH ** (Math.max(1, failures) - 1), LONGEST_STEP_MS);
  return step / 2 + (random() * step) / 2;
}
