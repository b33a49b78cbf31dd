// The way to the API server: requests and watches over one pool of connections, failures translated, credentials
// renewed. It knows no resource; paths and bodies come from the callers.
import type { KubeConfig } from '@kubernetes/client-node';
import type { Cancel } from '../runtime/clock.ts';
import { FailureError } from '../plan/failure.ts';
import { createAnswers } from './answers.ts';
import { requestCall, watchCall } from './call.ts';
import type { Call, KubeRequest, WatchRequest } from './call.ts';
import { createCredentialStore, type Credentials } from './credentials.ts';
import { createDeadline } from './deadline.ts';
import { errorFromAnswer, errorFromTransport, KubeError, type Answer } from './errors.ts';
import { exchange } from './exchange.ts';
import { requestTarget } from './request-target.ts';
import { createThrottle, type Throttle } from './throttle.ts';
import { refusalOf, type WriteGate } from './write-gate.ts';

const DEFAULT_TIMEOUT_MS = 10_000;

export interface KubeClient {
  /** The parsed answer. Rejects with a FailureError; a KubeError where the server or the way to it is to blame. */
  request<T>(request: KubeRequest): Promise<T>;
  /**
   * Resolves when the server ends the watch. Rejects when it is refused or the connection breaks (FailureError),
   * with the signal's reason when it is aborted, or with whatever `onFrame` threw.
   */
  watch(request: WatchRequest): Promise<void>;
  /**
   * Calls the listener each time the server has answered a request of anybody: whoever waits out a connection that
   * failed need not wait any longer.
   */
  onAnswer(listener: () => void): Cancel;
  /** Cuts every connection. */
  close(): Promise<void>;
}

export interface RequestSample {
  /** The server, as host:port. */
  readonly host: string;
  readonly method: string;
  /** In the words of RBAC. */
  readonly verb: string;
  readonly resource: string;
  /** 0 where no answer came. */
  readonly status: number;
  /** To the end of the answer; of a watch, to its head. */
  readonly seconds: number;
}

export interface KubeClientOptions {
  readonly config: KubeConfig;
  readonly userAgent: string;
  /** While it says false, writes other than to Leases are refused here, and do not leave the process. */
  readonly mayWrite?: WriteGate;
  readonly onRequest?: (sample: RequestSample) => void;
  /** Milliseconds that never jump. */
  readonly monotonic?: () => number;
}

export function createKubeClient(options: KubeClientOptions): KubeClient {
  const { config, userAgent, mayWrite, onRequest, monotonic = () => performance.now() } = options;
  const server = new URL(config.getCurrentCluster()?.server ?? 'http://localhost:8080');
  const basePath = server.pathname.replace(/\/$/, '');
  const credentials = createCredentialStore(config);
  const throttle = createThrottle(monotonic);
  const { onAnswer, heard } = createAnswers();
  const gate = (call: Call): FailureError | undefined => mayWrite && refusalOf(mayWrite, call.asked);

  const send = (call: Call, { dispatcher, headers }: Credentials): Promise<void> =>
    exchange(
      {
        dispatcher,
        origin: server.origin,
        path: basePath + call.path,
        method: call.asked.method,
        headers: { accept: 'application/json', 'user-agent': userAgent, ...call.headers, ...headers },
        body: call.body,
        signal: call.signal,
        mayStart: () => gate(call),
      },
      heard(call.sink),
    );

  /** A 401 gets a second try with credentials read anew, for a token that was rotated meanwhile. */
  const sendAuthorized = async (call: Call): Promise<void> => {
    const first = await credentials.current();
    await send(call, first);
    if (call.sink.status() === 401) await send(call, await credentials.renew(first));
  };

  const perform = async (call: Call): Promise<string> => {
    const refused = gate(call) ?? throttle.refusalOf(call.asked);
    if (refused !== undefined) throw refused;
    const report = onRequest && startSample(call, server.host, onRequest);
    try {
      await sendAuthorized(call);
    } catch (error) {
      report?.(call.asked.watching === true ? call.sink.status() : 0);
      throw asFailure(error, call);
    }
    const answer = call.sink.answer();
    report?.(answer.status);
    return bodyOf(call, answer, throttle);
  };

  return {
    async request<T>(request: KubeRequest) {
      const deadline = createDeadline(request.timeoutMs ?? DEFAULT_TIMEOUT_MS, request.signal);
      try {
        const call = requestCall(request, deadline.signal);
        return parseAnswer(await perform(call), call) as T;
      } finally {
        deadline.clear();
      }
    },
    async watch(request) {
      await perform(watchCall(request));
    },
    onAnswer,
    close: () => credentials.close(),
  };
}

function bodyOf({ asked }: Call, answer: Answer, throttle: Throttle): string {
  if (answer.status >= 200 && answer.status <= 299) return answer.body;
  const error = errorFromAnswer(asked, answer);
  throttle.heed(error);
  throw error;
}

function startSample(
  call: Call,
  host: string,
  onRequest: (sample: RequestSample) => void,
): (status: number) => void {
  const start = performance.now();
  const { method, path, watching } = call.asked;
  const { verb, resource } = requestTarget(method, path, watching);
  return (status) => {
    const end = (watching === true ? call.sink.headAt() : undefined) ?? performance.now();
    onRequest({ host, method, verb, resource, status, seconds: (end - start) / 1_000 });
  };
}

function asFailure(error: unknown, call: Call): unknown {
  if (error instanceof FailureError) return error;
  const fromTheWatcher =
    call.asked.watching === true && (call.signal.aborted || error === call.sink.thrown());
  return fromTheWatcher ? error : errorFromTransport(call.asked, error);
}

function parseAnswer(body: string, call: Call): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    // The parser's message would quote the body.
    const cause = new Error('the answer is not JSON');
    const { failure } = errorFromTransport(call.asked, cause);
    throw new KubeError(failure, { asked: call.asked, status: call.sink.status() });
  }
}
