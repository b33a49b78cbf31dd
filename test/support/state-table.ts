// The state table: situations of a HybridNetwork, what its status then says, and what tools that read it make of that. The
// objects come out of the operator's own computation (situation.ts), so that the table cannot drift from it.
import type { Row } from './state-row.ts';
import { AT_WORK } from './states-at-work.ts';
import { FOR_PEOPLE } from './states-for-people.ts';

export const STATES: Readonly<Record<string, Row>> = { ...AT_WORK, ...FOR_PEOPLE };
