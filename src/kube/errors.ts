// Answers of the API server as failures of the five kinds. This is the border: nothing further in looks at a
// status code. Messages quote the server, never a request; about Secrets they do not even quote the server.
import { STATUS_CODES } from 'node:http';
import { FailureError, type Failure } from '../plan/failure.ts';
import { describeTarget, requestTarget, type RequestTarget } from './request-target.ts';
import { retryAfterMs } from './retry-after.ts';

const QUOTE_LIMIT = 512;
const PATIENCE_LIMIT_MS = 60_000;
const DEFAULT_PATIENCE_MS = 1_000;
const FORBIDDEN_RETRY_MS = 60_000;
const MISSING_RETRY_MS = 30_000;

/** What was asked: enough to name it in a message, nothing of its content. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly watching?: boolean;
  /** The body was a JSON Patch with a `test` operation. */
  readonly tested?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly contentType?: string | undefined;
  readonly retryAfter?: string | undefined;
  readonly body: string;
}

/** meta/v1 Status, as far as it is looked at. */
export interface StatusObject {
  readonly kind?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly unknown[];
  };
}

interface KubeErrorOptions extends ErrorOptions {
  readonly asked: Asked;
  readonly status?: number;
  readonly reason?: string | undefined;
  readonly testFailed?: boolean;
}

/** A failure that came from the API server, or from the way to it (`status` 0). */
export class KubeError extends FailureError {
  readonly status: number;
  /** The `reason` of the server's Status; undefined where the answer was none. */
  readonly reason: string | undefined;
  readonly testFailed: boolean;
  /** What was asked, in the words of RBAC. */
  readonly target: RequestTarget;

  constructor(
    failure: Failure,
    { asked, status = 0, reason, testFailed = false, ...rest }: KubeErrorOptions,
  ) {
    super(failure, rest);
    this.name = 'KubeError';
    this.target = requestTarget(asked.method, asked.path, asked.watching);
    this.status = status;
    this.reason = reason;
    this.testFailed = testFailed;
  }
}

/** The object, its namespace or its resource does not exist. */
export const isNotFound = (error: unknown): boolean =>
  error instanceof KubeError && error.status === 404 && error.failure.kind === 'NotYet';

export const isAlreadyExists = (error: unknown): boolean =>
  error instanceof KubeError && error.status === 409 && error.reason === 'AlreadyExists';

export const isForbidden = (error: unknown): boolean => error instanceof KubeError && error.status === 403;

/**
 * The connection failed or was cut, something on the way answered that the server cannot, or the token had just been
 * exchanged: others may be answered while this one waits.
 */
export const isOutage = (error: unknown): boolean =>
  error instanceof KubeError && (error.status === 0 || error.status === 401 || error.status >= 500);

/** A resourceVersion or a continue token is too old: list again. */
export const isExpired = (error: unknown): boolean =>
  error instanceof KubeError &&
  (error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone');

/** A JSON Patch was refused because a `test` in it no longer holds: read again and plan anew. */
export const isTestFailed = (error: unknown): boolean => error instanceof KubeError && error.testFailed;

/** The failure behind an answer that is not a success. */
export function errorFromAnswer(asked: Asked, answer: Answer): KubeError {
  const status = parseStatus(answer.body);
  if (status === undefined && looksLikeHtml(answer)) return fromForeignPage(asked, answer);
  return errorFromStatus(asked, status ?? {}, answer);
}

/** The failure behind a Status object: an answer's body, or the frame of a watch. */
export function errorFromStatus(
  asked: Asked,
  status: StatusObject,
  answer?: Omit<Answer, 'body'>,
): KubeError {
  const code = answer?.status ?? status.code ?? 500;
  const message = describe(asked, code, status);
  const testFailed = code === 422 && asked.tested === true && (status.details?.causes ?? []).length === 0;
  const failure = classify({
    code,
    message,
    status,
    testFailed,
    patience: patienceMs(status, answer?.retryAfter),
  });
  return new KubeError(failure, { asked, status: code, reason: status.reason, testFailed });
}

/** No answer: refused, reset, timed out, not TLS. The cause's own text may hold addresses, but nothing secret. */
export function errorFromTransport(asked: Asked, cause: unknown): KubeError {
  const code =
    typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : undefined;
  const text = cause instanceof Error ? cause.message : String(cause);
  const message = `cannot ${target(asked)}: ${quote(code === undefined ? text : `${text} (${code})`)}`;
  return new KubeError({ kind: 'Unexpected', message }, { asked, cause });
}

interface Verdict {
  readonly code: number;
  readonly message: string;
  readonly status: StatusObject;
  readonly testFailed: boolean;
  readonly patience: number | undefined;
}

function classify({ code, message, status, testFailed, patience }: Verdict): Failure {
  if (code === 403) return classifyRefusal(message, status);
  if (code === 404) return { kind: 'NotYet', reason: 'NotFound', message, retryAfterMs: MISSING_RETRY_MS };
  if (code === 409 || testFailed) return { kind: 'Conflict', message };
  if (code === 429 || (code === 503 && patience !== undefined)) {
    return { kind: 'Throttled', message, retryAfterMs: patience ?? DEFAULT_PATIENCE_MS };
  }
  return classifyRest(code, message, status);
}

// Admission policies and webhooks deny with 403 as well; no right would change their mind.
function classifyRefusal(message: string, status: StatusObject): Failure {
  if (isDenial(status)) return { kind: 'Invalid', reason: 'Denied', message };
  return { kind: 'NotYet', reason: 'Forbidden', message, retryAfterMs: FORBIDDEN_RETRY_MS };
}

// RBAC says: User "…" cannot patch resource "…".
function isDenial({ message = '' }: StatusObject): boolean {
  return message !== '' && !/ cannot \S+ (resource|path) /.test(message);
}

function classifyRest(code: number, message: string, status: StatusObject): Failure {
  if (!isTerminal(code, status)) return { kind: 'Unexpected', message };
  return { kind: 'Invalid', reason: status.reason ?? 'BadRequest', message };
}

function isTerminal(code: number, status: StatusObject): boolean {
  // etcd's own limit comes back as a 500; retrying the same bytes would be a hot loop.
  if (code >= 500) return status.message?.includes('request is too large') === true;
  return code >= 400 && code !== 401 && code !== 408 && code !== 410;
}

function patienceMs(status: StatusObject, retryAfter: string | undefined): number | undefined {
  const seconds = status.details?.retryAfterSeconds;
  const told = retryAfterMs(retryAfter) ?? (typeof seconds === 'number' ? seconds * 1_000 : undefined);
  return told === undefined ? undefined : Math.min(Math.max(told, 0), PATIENCE_LIMIT_MS);
}

function describe(asked: Asked, code: number, status: StatusObject): string {
  const head = `cannot ${target(asked)}: ${status.reason ?? STATUS_CODES[code] ?? 'HTTP'} (${code})`;
  if (status.message === undefined || status.message === '' || isAboutSecrets(asked.path)) return head;
  return `${head}: ${quote(status.message)}`;
}

/** A page of a proxy or load balancer. Its 404 says nothing about our object. */
function fromForeignPage(asked: Asked, { status }: Answer): KubeError {
  const message = `cannot ${target(asked)}: HTTP ${status} with a page that is not from the Kubernetes API`;
  return new KubeError({ kind: 'Unexpected', message }, { asked, status });
}

function looksLikeHtml({ contentType, body }: Answer): boolean {
  return contentType?.includes('html') === true || /^\s*</.test(body);
}

function parseStatus(body: string): StatusObject | undefined {
  if (!body.startsWith('{')) return undefined;
  try {
    const parsed = JSON.parse(body) as StatusObject;
    return parsed.kind === 'Status' ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function target({ method, path, watching }: Asked): string {
  return describeTarget(requestTarget(method, path, watching));
}

function isAboutSecrets(path: string): boolean {
  return /\/secrets(\/|$)/.test(path);
}

function quote(text: string): string {
  return text.length <= QUOTE_LIMIT ? text : `${text.slice(0, QUOTE_LIMIT - 1)}…`;
}
