// The few figures that the benches print.

/** The value below which the share `p` (0 … 1) of the values lies, by the nearest rank. Throws on an empty list. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)];
  if (found === undefined) throw new Error('no values');
  return found;
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const low = sorted[Math.ceil(half) - 1];
  const high = sorted[Math.floor(half)];
  if (low === undefined || high === undefined) throw new Error('no values');
  return (low + high) / 2;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** By how much y grows for each 1 of x: the slope of the least-squares line. */
export function slope(points: readonly Point[]): number {
  const mean = (of: (point: Point) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [middleX, middleY] = [mean(({ x }) => x), mean(({ y }) => y)];
  const over = points.reduce((sum, { x, y }) => sum + (x - middleX) * (y - middleY), 0);
  const under = points.reduce((sum, { x }) => sum + (x - middleX) ** 2, 0);
  return under === 0 ? 0 : over / under;
}
