// What a fault is, and the answers that faults are made of.
import type { Entry, Exchange } from './exchange.ts';
import type { World } from './world.ts';

export interface Fault {
  /** Unique; a part of the plan's id. */
  readonly id: string;
  /** The family that the campaign counts it in. */
  readonly family:
    'answer' | 'transport' | 'watch' | 'credentials' | 'control plane' | 'other writer' | 'crash';
  /** Whether it can happen to a request that was recorded in the run without faults. */
  readonly applies: (entry: Entry) => boolean;
  /** How many requests of that name are harmed, one after the other; 1 unless told. */
  readonly times?: number;
  readonly harm: (exchange: Exchange, world: World) => Promise<void>;
}

export interface StatusText {
  readonly code: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: object;
}

/** meta/v1 Status. */
export function statusObject({ code, reason, message, details }: StatusText): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details };
}

export function answers(text: StatusText, headers: Readonly<Record<string, string>> = {}): Fault['harm'] {
  return async (exchange) => exchange.answer(text.code, statusObject(text), headers);
}

/** The server acts, and something on the way says otherwise. */
export function actsAndAnswers(text: StatusText): Fault['harm'] {
  return async (exchange) => {
    await exchange.forward();
    exchange.answer(text.code, statusObject(text));
  };
}

export const PAGE = '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>';

export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** A Lease is no part of the plan: what happens to it is told elsewhere, and Events are the best effort that they are. */
export const isRead = ({ kind }: Entry): boolean => kind === 'list' || kind === 'get';
export const isWrite = ({ kind }: Entry): boolean => kind === 'write';
export const isWatch = ({ kind }: Entry): boolean => kind === 'watch';
export const isAny = (): boolean => true;
/** Writes that the end state is made of. */
export const isChange = ({ kind, resource }: Entry): boolean =>
  kind === 'write' && resource !== 'events' && resource !== 'leases';
