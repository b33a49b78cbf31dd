import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { JSON_PATCH } from '../../../src/kube/call.ts';
import {
  createKubeClient,
  type KubeClient,
  type KubeClientOptions,
  type RequestSample,
} from '../../../src/kube/client.ts';
import { failureOf, type Failure } from '../../../src/plan/failure.ts';
import { sendJson, sendStatus, startServer, type TestServer } from './http-server.ts';

const NODES = '/api/v1/nodes';
const SECRET = '/api/v1/namespaces/kube-system/secrets/alibaba-addon-secret';

let server: TestServer;
let client: KubeClient | undefined;

beforeEach(async () => {
  server = await startServer();
});

afterEach(async () => {
  await client?.close();
  await server.close();
});

function connect(options: Partial<KubeClientOptions> = {}): KubeClient {
  client = createKubeClient({
    config: server.config({ token: 'first' }),
    userAgent: 'operator/1',
    ...options,
  });
  return client;
}

function tokens(): unknown[] {
  return server.received.map(({ headers }) => headers.authorization);
}

async function failureIn(promise: Promise<unknown>): Promise<Failure> {
  return failureOf(
    await promise.then(
      () => new Error('it succeeded'),
      (error: unknown) => error,
    ),
  );
}

describe('a request', () => {
  test('carries who asks and what, and gives back what was answered', async () => {
    server.handle((_received, response) => sendJson(response, 200, { items: [1] }));
    const answer = await connect().request({
      method: 'GET',
      path: NODES,
      query: { limit: 5, continue: undefined },
    });
    expect(answer).toEqual({ items: [1] });
    expect(server.received[0]).toMatchObject({ method: 'GET', url: `${NODES}?limit=5`, body: '' });
    expect(server.received[0]?.headers).toMatchObject({
      authorization: 'Bearer first',
      'user-agent': 'operator/1',
      accept: 'application/json',
    });
  });

  test.each([
    ['POST', undefined, 'application/json'],
    ['PATCH', undefined, 'application/merge-patch+json'],
    ['PATCH', JSON_PATCH, JSON_PATCH],
  ] as const)('%s of %s is sent as %s', async (method, contentType, sent) => {
    await connect().request({ method, path: NODES, body: [], ...(contentType && { contentType }) });
    expect(server.received[0]?.headers['content-type']).toBe(sent);
    expect(server.received[0]?.body).toBe('[]');
  });

  test('goes below the path of the server, as behind Rancher', async () => {
    const config = server.config({}, { server: `${server.url}/k8s/clusters/c-1/` });
    await connect({ config }).request({ method: 'GET', path: NODES });
    expect(server.received[0]?.url).toBe(`/k8s/clusters/c-1${NODES}`);
  });

  test('needs no connection of its own', async () => {
    const operator = connect();
    for (let round = 0; round < 50; round += 1) await operator.request({ method: 'GET', path: NODES });
    expect(server.opened()).toBeLessThanOrEqual(2);
  });

  test('for a list gives its items one by one, and the rest as the answer', async () => {
    server.handle((_received, response) => {
      sendJson(response, 200, { metadata: { resourceVersion: '7' }, items: [{ kind: 'a' }, { kind: 'b' }] });
    });
    const kinds: unknown[] = [];
    const operator = connect();
    const answer = await operator.request({
      method: 'GET',
      path: NODES,
      onItem: ({ kind }) => kinds.push(kind),
    });
    expect(kinds).toEqual(['a', 'b']);
    expect(answer).toEqual({ metadata: { resourceVersion: '7' }, items: [] });
  });

  test('is counted with its verb, status and time', async () => {
    const samples: RequestSample[] = [];
    server.handle((_received, response) => sendStatus(response, 409, 'Conflict'));
    const operator = connect({ onRequest: (sample) => samples.push(sample) });
    await failureIn(operator.request({ method: 'PATCH', path: '/apis/apps/v1/namespaces/a/daemonsets/b' }));
    expect(samples).toEqual([
      {
        host: expect.stringMatching(/:\d+$/),
        method: 'PATCH',
        verb: 'patch',
        resource: 'daemonsets.apps',
        status: 409,
        seconds: expect.any(Number),
      },
    ]);
  });
});

describe('a request that fails', () => {
  test('for want of an answer does so at its deadline', async () => {
    server.handle(() => undefined);
    const failure = await failureIn(connect().request({ method: 'GET', path: NODES, timeoutMs: 50 }));
    expect(failure).toEqual({
      kind: 'Unexpected',
      message: 'cannot list nodes: no complete answer within 0.05 s',
    });
  });

  test('for want of the rest of an answer does so at its deadline', async () => {
    server.handle((_received, response) => response.writeHead(200).write('{"items":'));
    const failure = await failureIn(connect().request({ method: 'GET', path: NODES, timeoutMs: 100 }));
    expect(failure.message).toContain('no complete answer within 0.1 s');
  });

  test('ends when its caller gives it up', async () => {
    server.handle(() => undefined);
    const caller = new AbortController();
    setTimeout(() => caller.abort(), 20);
    const failure = await failureIn(connect().request({ method: 'GET', path: NODES, signal: caller.signal }));
    expect(failure.message).toContain('given up');
  });

  test('is not sent at all when its caller had given it up before', async () => {
    await failureIn(connect().request({ method: 'GET', path: NODES, signal: AbortSignal.abort() }));
    expect(server.received).toHaveLength(0);
  });

  test.each([['a reset', (response: { destroy(): void }) => response.destroy(), /cannot list nodes: /]])(
    'by %s is unexpected',
    async (_what, act, message) => {
      server.handle((_received, response) => act(response));
      const failure = await failureIn(connect().request({ method: 'GET', path: NODES }));
      expect(failure).toEqual({ kind: 'Unexpected', message: expect.stringMatching(message) });
    },
  );

  test('because nobody listens is unexpected, and says so', async () => {
    const config = server.config({}, { server: 'http://127.0.0.1:1' });
    const failure = await failureIn(connect({ config }).request({ method: 'GET', path: NODES }));
    expect(failure).toEqual({ kind: 'Unexpected', message: expect.stringContaining('ECONNREFUSED') });
  });

  test.each([200, 404, 502])(
    'with a page of a load balancer under status %d is unexpected',
    async (status) => {
      server.handle((_received, response) => {
        response.writeHead(status, { 'content-type': 'text/html' }).end('<html>hunter2</html>');
      });
      const failure = await failureIn(connect().request({ method: 'GET', path: NODES }));
      expect(failure.kind).toBe('Unexpected');
      expect(failure.message).not.toContain('hunter2');
    },
  );

  test('in an item of a list does not quote the item', async () => {
    server.handle((_received, response) => response.writeHead(200).end('{"items":[{"key": hunter2}]}'));
    const operator = connect();
    const failure = await failureIn(
      operator.request({ method: 'GET', path: NODES, onItem: () => undefined }),
    );
    expect(failure).toEqual({
      kind: 'Unexpected',
      message: 'cannot list nodes: an item of the list is not JSON',
    });
  });

  test('never repeats the body, the token, or what the server says about a Secret', async () => {
    server.handle((_received, response) =>
      sendStatus(response, 422, 'Invalid', 'data[x]: Invalid value: "hunter2"'),
    );
    const operator = connect();
    const failure = await failureIn(
      operator.request({ method: 'PATCH', path: SECRET, body: { data: { x: 'hunter2' } } }),
    );
    expect(failure).toEqual({
      kind: 'Invalid',
      reason: 'Invalid',
      message: 'cannot patch secrets/alibaba-addon-secret in kube-system: Invalid (422)',
    });
  });
});

describe('a token', () => {
  let folder: string;
  let tokenFile: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'token-'));
    tokenFile = join(folder, 'token');
    await writeFile(tokenFile, 'old\n');
    server.handle(({ headers }, response) => {
      if (headers.authorization === 'Bearer new') sendJson(response, 200, {});
      else sendStatus(response, 401, 'Unauthorized');
    });
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  const withTokenFile = (): KubeClient =>
    connect({ config: server.config({ authProvider: { name: 'tokenFile', config: { tokenFile } } }) });

  test('that was rotated is read again on a 401, and the request is repeated', async () => {
    const operator = withTokenFile();
    await failureIn(operator.request({ method: 'GET', path: NODES }));
    server.received.length = 0;
    await writeFile(tokenFile, 'new\n');
    await operator.request({ method: 'GET', path: NODES });
    await operator.request({ method: 'GET', path: NODES });
    expect(tokens()).toEqual(['Bearer old', 'Bearer new', 'Bearer new']);
  });

  test('that stays refused is tried twice, no more', async () => {
    const failure = await failureIn(withTokenFile().request({ method: 'POST', path: NODES, body: {} }));
    expect(failure).toEqual({ kind: 'Unexpected', message: 'cannot create nodes: Unauthorized (401)' });
    expect(tokens()).toEqual(['Bearer old', 'Bearer old']);
  });

  test('that was rotated is read again when a watch is refused', async () => {
    const operator = withTokenFile();
    await failureIn(operator.request({ method: 'GET', path: NODES }));
    await writeFile(tokenFile, 'new\n');
    await operator
      .watch({ path: NODES, signal: new AbortController().signal, onFrame: () => undefined })
      .catch(() => undefined);
    expect(tokens().at(-1)).toBe('Bearer new');
  });
});

describe('the write gate', () => {
  test('lets no write leave while this instance does not lead, but reads and the Lease', async () => {
    const operator = connect({ mayWrite: () => false });
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      expect(await failureIn(operator.request({ method, path: NODES }))).toMatchObject({
        kind: 'NotYet',
        reason: 'NotLeading',
      });
    }
    expect(server.received).toHaveLength(0);
    await operator.request({ method: 'GET', path: NODES });
    await operator.request({
      method: 'PUT',
      path: '/apis/coordination.k8s.io/v1/namespaces/a/leases/b',
      body: {},
    });
    expect(server.received).toHaveLength(2);
  });

  test('stops a write that was begun while we led and has waited for its connection since', async () => {
    const answers = [true, false];
    const operator = connect({ mayWrite: () => answers.shift() ?? false });
    const failure = await failureIn(operator.request({ method: 'PATCH', path: NODES, body: {} }));
    expect(failure).toMatchObject({ kind: 'NotYet', reason: 'NotLeading' });
    expect(answers).toEqual([]);
    await sleep(20);
    expect(server.received).toHaveLength(0);
  });
});

describe('a proxy', () => {
  test('that the kubeconfig names is used', async () => {
    const config = server.config({}, { server: 'http://cluster.invalid', proxyUrl: server.url });
    await connect({ config }).request({ method: 'GET', path: NODES });
    expect(server.received[0]).toMatchObject({ url: `http://cluster.invalid${NODES}` });
  });

  test('that speaks SOCKS is refused in plain words', async () => {
    const config = server.config({}, { proxyUrl: 'socks5://127.0.0.1:1080' });
    const failure = await failureIn(connect({ config }).request({ method: 'GET', path: NODES }));
    expect(failure).toMatchObject({ kind: 'Invalid', reason: 'ProxyNotSupported' });
  });
});

describe('after a 429', () => {
  let now: number;

  beforeEach(() => {
    now = 0;
    server.handle((_received, response) => {
      if (server.received.length > 1) {
        sendJson(response, 200, {});
        return;
      }
      response.setHeader('retry-after', '5');
      sendStatus(response, 429, 'TooManyRequests');
    });
  });

  test('nothing is sent before the time that the server gave, whatever it is about', async () => {
    const asking = connect({ monotonic: () => now });
    await failureIn(asking.request({ method: 'PATCH', path: SECRET, body: {} }));
    now = 4_999;
    const failure = await failureIn(asking.request({ method: 'GET', path: NODES }));
    expect(failure).toMatchObject({ kind: 'Throttled', retryAfterMs: 1 });
    expect(server.received).toHaveLength(1);
    now = 5_000;
    await asking.request({ method: 'GET', path: NODES });
    expect(server.received).toHaveLength(2);
  });

  test('the Lease is renewed all the same', async () => {
    const asking = connect({ monotonic: () => now });
    await failureIn(asking.request({ method: 'GET', path: NODES }));
    const path = '/apis/coordination.k8s.io/v1/namespaces/hybridnetwork-system/leases/hybridnetwork-operator';
    await asking.request({ method: 'GET', path });
    expect(server.received).toHaveLength(2);
  });
});
