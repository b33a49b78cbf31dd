// Tells people what the operator did, as Kubernetes Events. Nobody waits for them: they are queued, written one after
// another, counted up instead of repeated, and dropped where they cannot be written.
import { randomBytes } from 'node:crypto';
import type { KubeClient } from './client.ts';
import { MERGE_PATCH } from './call.ts';
import { sleep, type Clock } from '../runtime/clock.ts';
import { isAlreadyExists, isNotFound } from './errors.ts';
import { eventIdentity, eventName, eventObject, seriesPatch, type EventToReport } from './event-object.ts';

/** An event that comes again within this time continues a series. */
const SERIES_MS = 6 * 60_000;
/** A long series is written at 2, 4, 8 …, and at least this often. */
const SERIES_WRITE_MS = 60_000;
const SERIES_LIMIT = 256;
const QUEUE_LIMIT = 100;
const FLUSH_MS = 1_500;
const TIMEOUT_MS = 5_000;

export interface EventRecorderOptions {
  readonly client: Pick<KubeClient, 'request'>;
  readonly clock: Clock;
  /** This process among its replicas: the pod's name. */
  readonly instance: string;
  /** Events about cluster-scoped objects are accepted only in `default`. */
  readonly namespace?: string;
}

interface Series {
  readonly event: EventToReport;
  readonly name: string;
  readonly bornAt: number;
  count: number;
  written: number;
  seenAt: number;
  writtenAt: number;
  queued: boolean;
}

export class EventRecorder {
  readonly #options: EventRecorderOptions;
  /** In the order in which they were last seen. */
  readonly #series = new Map<string, Series>();
  readonly #queue: Series[] = [];
  #writing: Promise<void> | undefined;
  #dropped = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  /** Events that were not written: the queue was full, or the write failed. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Never throws, and nothing waits for it. */
  report(event: EventToReport): void {
    const now = this.#options.clock.monotonic();
    const series = this.#continued(event, now);
    series.count += 1;
    series.seenAt = now;
    if (series.queued || !isDue(series, now)) return;
    if (this.#queue.length >= QUEUE_LIMIT) {
      this.#dropped += 1;
      return;
    }
    series.queued = true;
    this.#queue.push(series);
    this.#writing ??= this.#drain();
  }

  /** Resolves when everything is written, or 1.5 s have passed. */
  async flush(): Promise<void> {
    if (this.#writing === undefined) return;
    const waited = new AbortController();
    await Promise.race([this.#writing, sleep(this.#options.clock, FLUSH_MS, waited.signal)]);
    waited.abort();
  }

  #continued(event: EventToReport, now: number): Series {
    const identity = eventIdentity(event);
    const known = this.#series.get(identity);
    this.#series.delete(identity);
    const continues = known !== undefined && now - known.seenAt < SERIES_MS;
    const series = continues ? known : this.#begin(event, now);
    this.#series.set(identity, series);
    for (const oldest of this.#series.keys()) {
      if (this.#series.size <= SERIES_LIMIT) break;
      this.#series.delete(oldest);
    }
    return series;
  }

  #begin(event: EventToReport, now: number): Series {
    const bornAt = this.#options.clock.now();
    const name = eventName(event.regarding.name, bornAt, randomBytes(3).toString('hex'));
    return { event, name, bornAt, count: 0, written: 0, seenAt: now, writtenAt: now, queued: false };
  }

  async #drain(): Promise<void> {
    for (let series = this.#queue.shift(); series !== undefined; series = this.#queue.shift()) {
      series.queued = false;
      await this.#write(series);
    }
    this.#writing = undefined;
  }

  async #write(series: Series): Promise<void> {
    const { count, written } = series;
    series.written = count;
    series.writtenAt = this.#options.clock.monotonic();
    try {
      if (written === 0) await this.#create(series);
      else await this.#continue(series, count);
    } catch {
      // An event that was lost is not worth a retry: what matters stands in the conditions.
      this.#dropped += 1;
      series.written = written;
    }
  }

  async #create({ event, name, bornAt, count }: Series): Promise<void> {
    const { client, instance } = this.#options;
    const context = { namespace: this.#namespace, instance, epochMs: bornAt, name, count };
    try {
      await client.request({
        method: 'POST',
        path: this.#path,
        body: eventObject(event, context),
        timeoutMs: TIMEOUT_MS,
      });
    } catch (error) {
      // Written earlier, when only the answer was lost.
      if (!isAlreadyExists(error)) throw error;
    }
  }

  async #continue(series: Series, count: number): Promise<void> {
    try {
      await this.#options.client.request({
        method: 'PATCH',
        path: `${this.#path}/${series.name}`,
        contentType: MERGE_PATCH,
        body: seriesPatch(count, this.#options.clock.now()),
        timeoutMs: TIMEOUT_MS,
      });
    } catch (error) {
      // The server forgets events after an hour.
      if (!isNotFound(error)) throw error;
      await this.#create(series);
    }
  }

  get #namespace(): string {
    return this.#options.namespace ?? 'default';
  }

  get #path(): string {
    return `/apis/events.k8s.io/v1/namespaces/${this.#namespace}/events`;
  }
}

function isDue({ count, written, writtenAt }: Series, now: number): boolean {
  if (written === 0) return true;
  return count >= written * 2 || now - writtenAt >= SERIES_WRITE_MS;
}
