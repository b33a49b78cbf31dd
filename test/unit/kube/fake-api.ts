// An API server without a network, for faults and virtual time: a list of objects, and watches whose every frame
// and end the test decides. What a real server can do is tested against the real one.
import type { KubeRequest, WatchRequest } from '../../../src/kube/call.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { errorFromAnswer } from '../../../src/kube/errors.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { settle } from '../../support/fake-clock.ts';

export interface ServerError {
  readonly status: number;
  readonly reason?: string;
  readonly message?: string;
  readonly retryAfter?: string;
}

export function node(name: string, version: number, uid = `uid-${name}`): KubeObject {
  return { metadata: { name, uid, resourceVersion: String(version) } };
}

export function serverError(error: ServerError, path = '/api/v1/nodes'): Error {
  const { status, reason, message, retryAfter } = error;
  const body = JSON.stringify({ kind: 'Status', code: status, reason, message });
  return errorFromAnswer({ method: 'GET', path }, { status, retryAfter, body });
}

export class FakeWatch {
  readonly request: WatchRequest;
  readonly #done = Promise.withResolvers<void>();
  #open = false;
  ended = false;

  constructor(request: WatchRequest) {
    this.request = request;
    request.signal.addEventListener('abort', () => this.break(request.signal.reason as Error));
  }

  get done(): Promise<void> {
    return this.#done.promise;
  }

  get since(): string {
    return String(this.request.query?.['resourceVersion']);
  }

  accept(): void {
    if (this.#open) return;
    this.#open = true;
    this.request.onActivity?.();
  }

  async send(type: string, object: KubeObject): Promise<void> {
    this.accept();
    this.request.onActivity?.();
    try {
      this.request.onFrame({ type, object });
    } catch (error) {
      // The client hands out what the taker of the frames throws.
      this.break(error as Error);
    }
    await settle();
  }

  async bookmark(version: number): Promise<void> {
    await this.send('BOOKMARK', { metadata: { resourceVersion: String(version) } });
  }

  async close(): Promise<void> {
    this.accept();
    this.#end();
    this.#done.resolve();
    await settle();
  }

  break(error: Error): void {
    this.#end();
    this.#done.reject(error);
  }

  #end(): void {
    this.ended = true;
  }
}

export class FakeApi implements Pick<KubeClient, 'request' | 'watch' | 'onAnswer'> {
  objects: KubeObject[] = [];
  version = 1;
  readonly lists: KubeRequest[] = [];
  readonly watches: FakeWatch[] = [];
  /** Answers the next lists with these instead; `undefined` lets one through. */
  readonly listFaults: (ServerError | undefined)[] = [];
  /** Refuses the next watches with these. */
  readonly watchFaults: ServerError[] = [];
  /** Whether the server accepts a watch by itself. */
  accepting = true;
  #beforeList: (() => void) | undefined;
  readonly #listeners = new Set<() => void>();

  /** Runs between the taking of the next list's snapshot and its delivery. */
  whileListing(action: () => void): void {
    this.#beforeList = action;
  }

  async request<T>(request: KubeRequest): Promise<T> {
    this.lists.push(request);
    const fault = this.listFaults.shift();
    if (fault !== undefined) throw serverError(fault, request.path);
    const start = Number(request.query?.['continue'] ?? 0);
    const end = start + Number(request.query?.['limit'] ?? Infinity);
    const metadata = {
      resourceVersion: String(this.version),
      ...(end < this.objects.length && { continue: String(end) }),
    };
    const page = { metadata, items: this.objects.slice(start, end) };
    await settle();
    this.#beforeList?.();
    this.#beforeList = undefined;
    return page as T;
  }

  async watch(request: WatchRequest): Promise<void> {
    const fault = this.watchFaults.shift();
    const watch = new FakeWatch(request);
    this.watches.push(watch);
    if (fault !== undefined) watch.break(serverError(fault, request.path));
    else if (this.accepting) watch.accept();
    await watch.done;
  }

  onAnswer(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The server answers somebody. */
  answerSomebody(): void {
    for (const listener of this.#listeners) listener();
  }

  /** The watch that was opened last. */
  get current(): FakeWatch {
    const last = this.watches.at(-1);
    if (last === undefined) throw new Error('no watch has been opened');
    return last;
  }

  get open(): readonly FakeWatch[] {
    return this.watches.filter(({ ended }) => !ended);
  }
}
