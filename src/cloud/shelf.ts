// What the cloud has said about things of one kind, by key: asked for again when it is old, asked for once when many want
// it, and kept when the cloud cannot be asked. At rest each key is asked for once in its time to live.
import type { CloudObserved, CloudTrouble } from '../plan/cloud-facts.ts';
import type { Clock } from '../runtime/clock.ts';
import { cloudErrorOf, retryDelayMs } from './trouble.ts';

const MINUTE_MS = 60_000;
export const FIVE_MINUTES_MS = 5 * MINUTE_MS;
/** What nobody has asked for so long is forgotten: nodes and vSwitches come and go. */
const FORGET_MS = 60 * MINUTE_MS;
/** A new identity asks anew for what its predecessor got, but not more often than this: keys may be replaced in a row. */
const ANEW_MS = MINUTE_MS / 2;

export interface ShelfOptions {
  readonly clock: Clock;
  /** For a trouble that is not one of the cloud's. */
  readonly action: string;
  readonly ttlMs?: number;
  /** How many keys one request may ask for. */
  readonly batch?: number;
}

/** Answers for the keys that were asked for; a key without one does not exist. */
export type FetchMany<T> = (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>;

interface Slot<T> {
  /** What the cloud last said; `value: undefined` says that there is no such thing. */
  answer?: { readonly value: T | undefined; readonly asOf: string };
  trouble?: CloudTrouble | undefined;
  dueAt: number;
  usedAt: number;
  /** Whose answer it is: another identity may see other things. */
  askedAs?: string;
  askedAt?: number;
  inFlight?: Promise<void> | undefined;
}

export class Shelf<T> {
  readonly #slots = new Map<string, Slot<T>>();
  readonly #clock: Clock;
  readonly #action: string;
  readonly #ttlMs: number;
  readonly #batch: number;

  constructor({ clock, action, ttlMs = FIVE_MINUTES_MS, batch = 1 }: ShelfOptions) {
    this.#clock = clock;
    this.#action = action;
    this.#ttlMs = ttlMs;
    this.#batch = batch;
  }

  /** Resolves when every key that was due has been asked for; never rejects. */
  async refresh(keys: Iterable<string>, askedAs: string, fetch: FetchMany<T>): Promise<void> {
    const wanted = [...new Set(keys)];
    const now = this.#clock.monotonic();
    this.#forget(now);
    const due: string[] = [];
    for (const key of wanted) {
      const slot = this.#slots.get(key) ?? { dueAt: 0, usedAt: now };
      this.#slots.set(key, slot);
      slot.usedAt = now;
      if (isDue(slot, askedAs, now)) due.push(key);
    }
    for (let start = 0; start < due.length; start += this.#batch) {
      this.#send(due.slice(start, start + this.#batch), askedAs, fetch);
    }
    await Promise.all(wanted.flatMap((key) => this.#slots.get(key)?.inFlight ?? []));
  }

  /** The value, however old. */
  peek(key: string): T | undefined {
    return this.#slots.get(key)?.answer?.value;
  }

  observe(key: string): CloudObserved<T> {
    const { answer, trouble } = this.#slots.get(key) ?? {};
    if (answer === undefined)
      return trouble === undefined ? { state: 'pending' } : { state: 'unknown', trouble };
    const { value, asOf } = answer;
    const stale = trouble === undefined ? {} : { stale: trouble };
    return value === undefined
      ? { state: 'absent', asOf, ...stale }
      : { state: 'known', value, asOf, ...stale };
  }

  /** Those of the keys that exist, as old as the oldest answer. As long as one was never answered, neither are all. */
  observeAll(keys: readonly string[]): CloudObserved<ReadonlyMap<string, T>> {
    return combine(new Map(keys.map((key) => [key, this.observe(key)])), this.#now());
  }

  #send(keys: readonly string[], askedAs: string, fetch: FetchMany<T>): void {
    const done = fetch(keys).then(
      (answers) => {
        for (const key of keys) this.#keep(key, askedAs, answers.get(key));
      },
      (error: unknown) => {
        const { trouble } = cloudErrorOf(this.#action, error);
        for (const key of keys) this.#excuse(key, askedAs, trouble);
      },
    );
    for (const key of keys) {
      const slot = this.#slots.get(key);
      if (slot !== undefined) slot.inFlight = done;
    }
  }

  #keep(key: string, askedAs: string, value: T | undefined): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    slot.answer = { value, asOf: this.#now() };
    slot.trouble = undefined;
    this.#close(slot, askedAs, this.#ttlMs);
  }

  #excuse(key: string, askedAs: string, trouble: CloudTrouble): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    slot.trouble = trouble;
    this.#close(slot, askedAs, retryDelayMs(trouble));
  }

  #close(slot: Slot<T>, askedAs: string, delayMs: number): void {
    slot.askedAs = askedAs;
    slot.askedAt = this.#clock.monotonic();
    slot.dueAt = slot.askedAt + delayMs;
    slot.inFlight = undefined;
  }

  #forget(now: number): void {
    for (const [key, { usedAt, inFlight }] of this.#slots) {
      if (inFlight === undefined && now - usedAt > Math.max(FORGET_MS, this.#ttlMs)) this.#slots.delete(key);
    }
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}

function isDue(
  { inFlight, dueAt, trouble, askedAs, askedAt = 0 }: Slot<unknown>,
  who: string,
  now: number,
): boolean {
  if (inFlight !== undefined) return false;
  if (dueAt <= now) return true;
  return askedAs !== who && (trouble !== undefined || now - askedAt >= ANEW_MS);
}

/** Many answers as one: see {@link Shelf.observeAll}. */
export function combine<T>(
  parts: ReadonlyMap<string, CloudObserved<T>>,
  asOfNothing: string,
): CloudObserved<ReadonlyMap<string, T>> {
  const value = new Map<string, T>();
  const times: string[] = [];
  let stale: CloudTrouble | undefined;
  let isPending = false;
  for (const [key, part] of parts) {
    if (part.state === 'unknown') return part;
    if (part.state === 'pending') {
      isPending = true;
      continue;
    }
    times.push(part.asOf);
    stale ??= part.stale;
    if (part.state === 'known') value.set(key, part.value);
  }
  if (isPending) return { state: 'pending' };
  const asOf = times.toSorted()[0] ?? asOfNothing;
  return { state: 'known', value, asOf, ...(stale === undefined ? {} : { stale }) };
}
