// What carries out one action. Rejects with a FailureError, whose kind decides what happens next.
import type { Action } from '../plan/actions.ts';

export type Write = (action: Action) => Promise<void>;
