// Keeps the objects of one resource in memory as the API server has them: list once, then watch, and get over
// everything that can go wrong with either. It never gives up and never ends the process.
import { FailureError } from '../plan/failure.ts';
import type { Query } from './call.ts';
import { sleep, type Clock } from '../runtime/clock.ts';
import { errorFromTransport } from './errors.ts';
import { listPages } from './list-pages.ts';
import { objectKey, type KubeObject } from './object.ts';
import { Pacer, type NextStep } from './pacer.ts';
import { problemOf, type Problem } from './problem.ts';
import type { ReflectorOptions, ReflectorStats } from './reflector-options.ts';
import { Store, type Entry } from './store.ts';
import type { WatchFrame } from './watch-frame.ts';
import { runWatchSession, type SessionResult } from './watch-session.ts';

const PAGE_SIZE = 500;
/** Bookmarks come about once a minute: one may be late. */
const SILENCE_MS = 90_000;
/** controller-runtime's figure, ± 10 %: against what no watch can tell. */
const FULL_LIST_MS = 10 * 3_600_000;
/**
 * As client-go: 5 to 10 minutes at random. Dead connections are found by their silence, so that a shorter life
 * would only mean more handshakes, and the randomness keeps the reflectors from coming back together.
 */
const WATCH_LIFE_S = 300;

export class Reflector<T> {
  readonly #options: ReflectorOptions<T>;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #pacer: Pacer;
  readonly #store: Store<T>;
  readonly #stopping = new AbortController();
  readonly #firstSync = Promise.withResolvers<void>();
  readonly #counts = { events: 0, watches: 0, lists: 0 };
  #loop: Promise<void> | undefined;
  #problem: Problem | undefined;
  #lastSign: number;
  #listDueAt = 0;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#clock = options.clock;
    this.#random = options.random ?? Math.random;
    this.#pacer = new Pacer(() => this.#clock.monotonic(), this.#random);
    this.#store = new Store((change) => this.#guarded(() => options.onChange?.(change)));
    this.#lastSign = this.#clock.monotonic();
    // Whoever does not wait for the first sync must not be told that it failed.
    this.#firstSync.promise.catch(() => undefined);
  }

  /** Resolves after the first complete list; rejects if the reflector is stopped before. */
  get synced(): Promise<void> {
    return this.#firstSync.promise;
  }

  get isSynced(): boolean {
    return this.#counts.lists > 0;
  }

  /** Why nothing can be read at present. What was read before stays. */
  get problem(): Problem | undefined {
    return this.#problem;
  }

  get stats(): ReflectorStats {
    const { events, watches, lists } = this.#counts;
    const ageMs = this.#clock.monotonic() - this.#lastSign;
    return { ageMs, objects: this.#store.size, events, watches, relists: Math.max(0, lists - 1) };
  }

  get(key: string): T | undefined {
    return this.#store.get(key);
  }

  /** The same array until something changes. */
  list(): readonly T[] {
    return this.#store.list();
  }

  /** The answer to our own write, so that no event older than it is acted on. */
  record(raw: KubeObject): void {
    const entry = this.#entryOf(raw);
    if (entry !== undefined) this.#store.record(objectKey(raw), entry);
  }

  /** We have deleted the object ourselves, which we knew in that version. */
  forget(key: string, version: string): void {
    this.#store.forget(key, version);
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Resolves when no timer and no connection of this reflector is left. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#firstSync.reject(new FailureError({ kind: 'Unexpected', message: 'the reflector was stopped' }));
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let step: NextStep = { action: 'list', delayMs: 0 };
    while (!signal.aborted) {
      await this.#pause(step);
      if (!signal.aborted) step = step.action === 'list' ? await this.#list() : await this.#watch();
    }
  }

  async #pause({ action, delayMs, untilAnswer = false }: NextStep): Promise<void> {
    if (delayMs > 0) await (untilAnswer ? this.#sleepUntilAnswer(delayMs) : this.#sleep(delayMs));
    const wait = action === 'list' ? this.#pacer.beforeList() : 0;
    if (wait > 0) await this.#sleep(wait);
  }

  async #sleep(ms: number): Promise<void> {
    await sleep(this.#clock, ms, this.#stopping.signal);
  }

  /** After an outage nobody waits out a delay that has grown meanwhile: the first to be answered wakes the others. */
  async #sleepUntilAnswer(ms: number): Promise<void> {
    const answered = new AbortController();
    const off = this.#options.client.onAnswer(() => answered.abort());
    await sleep(this.#clock, ms, AbortSignal.any([answered.signal, this.#stopping.signal]));
    off();
    if (answered.signal.aborted) await this.#sleep(this.#pacer.onEarlyReturn());
  }

  async #list(): Promise<NextStep> {
    const listed = new Map<string, Entry<T>>();
    this.#store.beginReplace();
    try {
      const version = await listPages({
        client: this.#options.client,
        path: this.#options.path,
        query: this.#selectors(),
        pageSize: this.#options.pageSize ?? PAGE_SIZE,
        signal: this.#stopping.signal,
        onPage: () => this.#alive(),
        onItem: (raw) => {
          const entry = this.#entryOf(raw);
          if (entry !== undefined) listed.set(objectKey(raw), entry);
        },
      });
      this.#takeIn(listed, version);
      return { action: 'watch', delayMs: 0 };
    } catch (error) {
      if (this.#stopping.signal.aborted) return { action: 'list', delayMs: 0 };
      return this.#pacer.afterFailedList(this.#failed(error));
    }
  }

  #takeIn(listed: ReadonlyMap<string, Entry<T>>, version: string): void {
    this.#store.replace(listed, version);
    this.#counts.lists += 1;
    this.#listDueAt = this.#clock.monotonic() + FULL_LIST_MS * (0.9 + 0.2 * this.#random());
    this.#pacer.afterList();
    this.#report(undefined);
    this.#firstSync.resolve();
  }

  async #watch(): Promise<NextStep> {
    const result = await runWatchSession({
      client: this.#options.client,
      path: this.#options.path,
      query: { ...this.#selectors(), timeoutSeconds: Math.round(WATCH_LIFE_S * (1 + this.#random())) },
      version: this.#store.version,
      clock: this.#clock,
      signal: this.#stopping.signal,
      silenceMs: SILENCE_MS,
      listDueAt: this.#listDueAt,
      onOpen: () => {
        this.#counts.watches += 1;
      },
      onActivity: () => this.#alive(),
      onEvent: (frame) => this.#apply(frame),
      onVersion: (version) => this.#store.advance(version),
    });
    return this.#afterWatch(result);
  }

  #afterWatch(result: SessionResult): NextStep {
    const step = this.#pacer.afterWatch(result);
    // A connection that breaks and stands again at once is no problem.
    if (result.end.how === 'failed' && step.delayMs > 0) this.#failed(result.end.error);
    return step;
  }

  #apply({ type, object }: WatchFrame): void {
    this.#counts.events += 1;
    const key = objectKey(object);
    const entry = type === 'DELETED' ? undefined : this.#entryOf(object);
    if (entry === undefined) this.#store.remove(key, object.metadata?.resourceVersion ?? '');
    else this.#store.put(key, entry);
  }

  #entryOf(raw: KubeObject): Entry<T> | undefined {
    const { uid = '', resourceVersion: version = '' } = raw.metadata ?? {};
    try {
      const value = this.#options.project(raw);
      return value === undefined ? undefined : { value, uid, version };
    } catch (error) {
      // What cannot be read is not gone: what was held of it stays.
      this.#tell(error);
      return this.#store.entry(objectKey(raw));
    }
  }

  #selectors(): Query {
    const { labelSelector, fieldSelector } = this.#options;
    return { labelSelector, fieldSelector };
  }

  #alive(): void {
    this.#lastSign = this.#clock.monotonic();
    if (this.isSynced) this.#report(undefined);
  }

  #failed(error: unknown): FailureError {
    const asked = { method: 'GET', path: this.#options.path };
    const failure = error instanceof FailureError ? error : errorFromTransport(asked, error);
    this.#report(problemOf(failure));
    return failure;
  }

  #report(problem: Problem | undefined): void {
    const changed = problem?.reason !== this.#problem?.reason || problem?.message !== this.#problem?.message;
    if (!changed) return;
    this.#problem = problem;
    this.#guarded(() => this.#options.onProblem?.(problem));
  }

  /** Foreign code: what it throws is reported and goes no further. */
  #guarded(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#tell(error);
    }
  }

  #tell(error: unknown): void {
    try {
      this.#options.onError?.(error);
    } catch {
      // There is nobody left to tell.
    }
  }
}
