// A request or a watch, made ready for the wire, and what came back for it.
import type { Answer, Asked } from './errors.ts';
import type { ExchangeSink, Headers } from './exchange.ts';
import { createLineSplitter } from './line-stream.ts';
import { ListSplitter } from './list-splitter.ts';
import type { KubeObject } from './object.ts';
import { parseFrame, type WatchFrame } from './watch-frame.ts';

export const JSON_PATCH = 'application/json-patch+json';
export const MERGE_PATCH = 'application/merge-patch+json';
export const APPLY_PATCH = 'application/apply-patch+yaml';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  /** Of the body. Default: JSON; of a PATCH: merge patch. */
  readonly contentType?: string;
  /** From the call to the last byte of the answer, a 401 and its repetition included. Default 10 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Takes the items of a list one by one, while they arrive; the answer then comes without them. */
  readonly onItem?: (item: KubeObject) => void;
}

export interface WatchRequest {
  readonly path: string;
  readonly query?: Query;
  readonly signal: AbortSignal;
  readonly onFrame: (frame: WatchFrame) => void;
  /** Every sign of life of a watch that was accepted: the head of the answer, and any bytes after it. */
  readonly onActivity?: () => void;
}

export interface Call {
  readonly asked: Asked;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
  readonly sink: AnswerSink;
}

export interface AnswerSink extends ExchangeSink {
  readonly status: () => number;
  /** When the head of the answer arrived, on the clock of `performance`. */
  readonly headAt: () => number | undefined;
  readonly answer: () => Answer;
  /** What the taker of the body threw, if it threw. */
  readonly thrown: () => unknown;
}

export function requestCall(request: KubeRequest, signal: AbortSignal): Call {
  const { method, path, query, body, contentType, onItem } = request;
  const type = contentType ?? (method === 'PATCH' ? MERGE_PATCH : 'application/json');
  return {
    asked: { method, path, tested: type === JSON_PATCH && hasTest(body) },
    path: withQuery(path, query),
    headers: body === undefined ? {} : { 'content-type': type },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
    sink: createAnswerSink(onItem && itemTaps(onItem)),
  };
}

export function watchCall({ path, query, signal, onFrame, onActivity }: WatchRequest): Call {
  return {
    asked: { method: 'GET', path, watching: true },
    path: withQuery(path, { ...query, watch: true }),
    headers: {},
    body: undefined,
    signal,
    sink: createAnswerSink({ onActivity, onData: createLineSplitter((line) => onFrame(parseFrame(line))) }),
  };
}

interface Taps {
  readonly onActivity?: (() => void) | undefined;
  /** Takes the body of a 200 in place of collecting it. */
  readonly onData?: (chunk: Buffer) => void;
  /** What is left of such a body. */
  readonly rest?: () => string;
}

function itemTaps(onItem: (item: KubeObject) => void): Taps {
  const splitter = new ListSplitter((text) => onItem(parseItem(text)));
  return { onData: (chunk) => splitter.push(chunk), rest: () => splitter.rest };
}

function parseItem(text: string): KubeObject {
  try {
    return JSON.parse(text) as KubeObject;
  } catch {
    // The parser's own message would quote the item, which may be a Secret.
    throw new Error('an item of the list is not JSON');
  }
}

function createAnswerSink({ onActivity, onData, rest }: Taps = {}): AnswerSink {
  let status = 0;
  let headers: Headers = {};
  let chunks: Buffer[] = [];
  let headAt: number | undefined;
  let thrown: unknown;

  const take = (chunk: Buffer): void => {
    if (onData === undefined || status !== 200) {
      chunks.push(chunk);
      return;
    }
    try {
      onData(chunk);
    } catch (error) {
      thrown = error;
      throw error;
    }
  };

  return {
    onHead(code, given) {
      status = code;
      headAt = performance.now();
      headers = given;
      chunks = [];
      if (code === 200) onActivity?.();
    },
    onData(chunk) {
      if (status === 200) onActivity?.();
      take(chunk);
    },
    status: () => status,
    headAt: () => headAt,
    thrown: () => thrown,
    answer: () => ({
      status,
      contentType: headerOf(headers, 'content-type'),
      retryAfter: headerOf(headers, 'retry-after'),
      body: status === 200 && rest !== undefined ? rest() : textOf(chunks),
    }),
  };
}

function textOf(chunks: readonly Buffer[]): string {
  const [only] = chunks;
  return (chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)).toString('utf8');
}

function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'object' ? value[0] : value;
}

function hasTest(body: unknown): boolean {
  return Array.isArray(body) && body.some((step: { readonly op?: unknown } | null) => step?.op === 'test');
}

function withQuery(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}
