// A single named object as a fact: there, absent, not read yet, or not readable.
import type { Observed } from '../plan/facts.ts';
import type { Reflector } from './reflector.ts';

export function observed<T>(reflector: Reflector<T>): Observed<T> {
  const [object] = reflector.list();
  if (object !== undefined) return { state: 'present', object };
  if (reflector.isSynced) return { state: 'absent' };
  const { problem } = reflector;
  return problem?.reason === 'Forbidden'
    ? { state: 'forbidden', why: problem.message }
    : { state: 'unknown' };
}

/** Calls back after the first list. One that is stopped before that has nobody left to tell. */
export function onFirstList(reflector: Pick<Reflector<unknown>, 'synced'>, tell: () => void): void {
  reflector.synced.then(tell, () => {});
}
