// The emulator: an HTTP server that speaks the wire format of ECS, VPC and STS as the official SDKs send it, on
// 127.0.0.1 only. Requests to ECS and VPC have to be signed as for the real ones.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ACTIONS } from './actions/index.ts';
import { answerMetadata, isMetadata } from './metadata.ts';
import type { Account, World } from './model.ts';
import { Parameters } from './parameters.ts';
import { ApiProblem } from './problem.ts';
import { createVerifier } from './signature.ts';
import type { SignedRequest, Verifier } from './signature.ts';
import { assumeRoleWithOidc } from './sts.ts';
import { interfere, send, Weather } from './weather.ts';
import type { Trouble } from './weather.ts';
import { createWorld } from './world.ts';

const VERSIONS = { ecs: '2014-05-26', vpc: '2016-04-28' } as const;

/** A call that arrived, whatever became of it. */
export interface SeenCall {
  readonly action: string;
  readonly accessKeyId: string;
  readonly query: Readonly<Record<string, string>>;
  readonly status: number;
  readonly code?: string;
}

export interface Emulator {
  /** `http://127.0.0.1:40123` */
  readonly url: string;
  /** What there is; to be changed at will. */
  readonly world: World;
  readonly weather: Weather;
  /** Calls that were answered, oldest first. */
  readonly calls: readonly SeenCall[];
  /** How far the cloud's clock is ahead of ours. */
  skewMs: number;
  callsOf(action: string): readonly SeenCall[];
  forgetCalls(): void;
  close(): Promise<void>;
}

export interface EmulatorOptions {
  readonly world?: World;
  /** 0: any free one. */
  readonly port?: number;
}

interface Desk {
  readonly world: World;
  readonly weather: Weather;
  readonly verifier: Verifier;
  readonly now: () => number;
  readonly calls: SeenCall[];
}

export async function startEmulator({
  world = createWorld(),
  port = 0,
}: EmulatorOptions = {}): Promise<Emulator> {
  const state = { skewMs: 0 };
  const now = (): number => Date.now() + state.skewMs;
  const desk: Desk = { world, weather: new Weather(), verifier: createVerifier(now), now, calls: [] };
  const server = createServer((request, response) => {
    void serve(desk, request, response);
  });
  await listen(server, port);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    world,
    weather: desk.weather,
    calls: desk.calls,
    get skewMs() {
      return state.skewMs;
    },
    set skewMs(ms) {
      state.skewMs = ms;
    },
    callsOf: (action) => desk.calls.filter((call) => call.action === action),
    forgetCalls: () => {
      desk.calls.length = 0;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

async function serve(desk: Desk, message: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('error', () => undefined);
  const request = await readRequest(message);
  if (isMetadata(request.path)) {
    answerMetadata(desk.world, request, response, desk.now());
    return;
  }
  const action = request.headers['x-acs-action'] ?? request.query.get('Action') ?? '';
  const trouble = desk.weather.next(action);
  if (trouble?.kind === 'slow') await sleep(trouble.ms);
  const call = { action, accessKeyId: keyIdIn(request), query: Object.fromEntries(request.query) };
  try {
    if (interfere(trouble, response)) {
      desk.calls.push({ ...call, status: 0 });
      return;
    }
    const body = answer(desk, action, request);
    desk.calls.push({ ...call, status: 200 });
    reply(response, 200, { ...body, ...spoil(trouble) }, trouble);
  } catch (error) {
    const problem = problemOf(error);
    desk.calls.push({ ...call, status: problem.status, code: problem.code });
    for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
    reply(
      response,
      problem.status,
      { HostId: '127.0.0.1', Code: problem.code, Message: problem.message },
      trouble,
    );
  }
}

function problemOf(error: unknown): ApiProblem {
  return error instanceof ApiProblem ? error : new ApiProblem(500, 'InternalError', String(error));
}

async function readRequest(message: IncomingMessage): Promise<SignedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const url = new URL(message.url ?? '/', 'http://127.0.0.1');
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, String(value)]),
  );
  const { method = 'GET' } = message;
  return { method, path: url.pathname, query: url.searchParams, headers, body: Buffer.concat(chunks) };
}

function keyIdIn({ headers }: SignedRequest): string {
  return /Credential=([^,]+)/.exec(headers['authorization'] ?? '')?.[1] ?? '';
}

/** Signature, then the action, then RAM, then the action itself: a denied action tells nothing of what there is. */
function answer(desk: Desk, name: string, request: SignedRequest): Record<string, unknown> {
  if (name === 'AssumeRoleWithOIDC') return assumeRoleWithOidc(desk, request);
  const account = desk.verifier.verify(request, desk.world.accounts);
  const action = ACTIONS[name];
  const version = request.headers['x-acs-version'];
  if (action === undefined || version !== VERSIONS[action.product])
    throw new ApiProblem(404, 'InvalidAction.NotFound', 'Specified api is not found.');
  checkRam(account, action.product, name);
  const parameters = new Parameters(request.query);
  const result = action.run(desk.world, parameters);
  if (action.hasDryRun === true && parameters.isTrue('DryRun'))
    throw new ApiProblem(400, 'DryRunOperation', 'Request validation has been passed with DryRun flag set.');
  return result;
}

function checkRam({ denied }: Account, product: string, action: string): void {
  if (!denied.has('*') && !denied.has(`${product}:${action}`)) return;
  throw new ApiProblem(403, 'Forbidden.RAM', 'User not authorized to operate on the specified resource.');
}

function spoil(trouble: Trouble | undefined): Record<string, unknown> {
  return trouble?.kind === 'endless' ? { NextToken: Buffer.from(' ').toString('base64url') } : {};
}

function reply(
  response: ServerResponse,
  status: number,
  body: Readonly<Record<string, unknown>>,
  trouble: Trouble | undefined,
): void {
  const requestId = randomUUID().toUpperCase();
  response.setHeader('content-type', 'application/json;charset=utf-8');
  response.setHeader('x-acs-request-id', requestId);
  response.setHeader('keep-alive', 'timeout=25');
  response.statusCode = status;
  send(response, JSON.stringify({ RequestId: requestId, ...body }), trouble);
}
