// A single named object as a fact: there, absent, not read yet, or not readable.
import type { Observed } from '../plan/facts.ts';
import type { Reflector } from './reflector.ts';

export function observed<T>(reflector: Reflector<T>): Observed<T> {
  const [object] = reflector.list();
  if (object !== undefined) return { state: 'present', object };
  if (reflector.isSynced) return { state: 'absent' };
  const { problem } = reflector;
  if (problem === undefined) return { state: 'unknown' };
  return { state: problem.reason === 'Forbidden' ? 'forbidden' : 'unknown', why: problem.message };
}

/** Calls back after the first list. One that is stopped before that has nobody left to tell. */
export function onFirstList(reflector: Pick<Reflector<unknown>, 'synced'>, tell: () => void): void {
  reflector.synced.then(tell, () => {});
}
