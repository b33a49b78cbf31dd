// When the API server has come back, what was put off meanwhile is due: at once, and once more a little later, because in its
// first seconds a server refuses much that it will allow when it has read its roles.
import type { Cancel, Clock } from '../runtime/clock.ts';

const ROLES_READ_MS = 5_000;

export interface Outages {
  /** Something that could not be read can be read again. */
  over(): void;
  /** Grows whenever what was put off is due. */
  count(): number;
  stop(): void;
}

export function createOutages(clock: Clock, onDue: () => void): Outages {
  let count = 0;
  let cancel: Cancel = () => {};
  return {
    over() {
      count += 1;
      cancel();
      cancel = clock.after(ROLES_READ_MS, () => {
        count += 1;
        onDue();
      });
    },
    count: () => count,
    stop: () => cancel(),
  };
}
