// Loaded into an operator with `--import`: each SIGUSR2 moves its wall clock to the next of these offsets, as a wrong time
// server would. The monotonic clock and the timers stay true.
const OFFSETS_MS = [3_600_000, -3_600_000, 0];

let jumps = 0;
let offset = 0;
const RealDate = Date;

class JumpingDate extends RealDate {
  constructor(...given: unknown[]) {
    const values = given.length === 0 ? [RealDate.now() + offset] : given;
    super(...(values as [number]));
  }

  static override now(): number {
    return RealDate.now() + offset;
  }
}

globalThis.Date = JumpingDate as DateConstructor;
process.on('SIGUSR2', () => {
  offset = OFFSETS_MS[jumps % OFFSETS_MS.length] ?? 0;
  jumps += 1;
});
