// A watch on a real socket: how the bytes become frames, and what its ends look like.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { createKubeClient, type KubeClient } from '../../../src/kube/client.ts';
import { isExpired } from '../../../src/kube/errors.ts';
import { Reflector } from '../../../src/kube/reflector.ts';
import { GarbledWatchError } from '../../../src/kube/watch-frame.ts';
import { failureOf } from '../../../src/plan/failure.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { eventually } from '../../support/eventually.ts';
import { node } from './fake-api.ts';
import { sendJson, sendStatus, startServer, type TestServer } from './http-server.ts';

const NODES = '/api/v1/nodes';

let server: TestServer;
let client: KubeClient;

beforeEach(async () => {
  server = await startServer();
  client = createKubeClient({ config: server.config({ token: 'x' }), userAgent: 'test' });
});

afterEach(async () => {
  await client.close();
  await server.close();
});

const line = (type: string, name: string, version: number): string =>
  `${JSON.stringify({ type, object: node(name, version) })}\n`;

interface Watched {
  readonly frames: string[];
  readonly ended: Promise<unknown>;
  readonly signs: () => number;
}

function watch(signal: AbortSignal = new AbortController().signal): Watched {
  const frames: string[] = [];
  let signs = 0;
  const ended = client
    .watch({
      path: NODES,
      signal,
      onFrame: ({ type, object }) => frames.push(`${type} ${object.metadata?.name ?? ''}`),
      onActivity: () => {
        signs += 1;
      },
    })
    .then(
      () => 'closed',
      (error: unknown) => error,
    );
  return { frames, ended, signs: () => signs };
}

describe('the lines of a watch', () => {
  test('are put together however they were cut, through characters too', async () => {
    server.handle((_received, response) => {
      response.writeHead(200);
      const bytes = Buffer.from(line('ADDED', 'knöten-节点', 1) + line('DELETED', 'b', 2));
      void sendInPieces(response, bytes, 3);
    });
    const { frames, ended } = watch();
    expect(await ended).toBe('closed');
    expect(frames).toEqual(['ADDED knöten-节点', 'DELETED b']);
  });

  test('are handed on as soon as they are complete', async () => {
    server.handle((_received, response) => response.writeHead(200).write(line('ADDED', 'a', 1)));
    const stop = new AbortController();
    const { frames, ended } = watch(stop.signal);
    await eventually(() => frames.length === 1);
    stop.abort(new Error('enough'));
    expect(await ended).toEqual(new Error('enough'));
  });

  test('that are no JSON end it, without being repeated in the error', async () => {
    server.handle((_received, response) => {
      response.writeHead(200).end(`${line('ADDED', 'a', 1)}{"type":"hunter2\n`);
    });
    const { frames, ended } = watch();
    const error = await ended;
    expect(error).toBeInstanceOf(GarbledWatchError);
    expect(String(error)).not.toContain('hunter2');
    expect(frames).toEqual(['ADDED a']);
  });

  test('that never end are given up', async () => {
    server.handle((_received, response) => {
      response.writeHead(200);
      for (let megabyte = 0; megabyte < 5; megabyte += 1) response.write('x'.repeat(1024 * 1024));
    });
    expect(String(await watch().ended)).toContain('exceeds');
  });
});

describe('a watch', () => {
  test('that is refused with 410 is known as expired', async () => {
    server.handle((_received, response) => sendStatus(response, 410, 'Expired', 'too old resource version'));
    const { ended, signs } = watch();
    expect(isExpired(await ended)).toBe(true);
    expect(signs()).toBe(0);
  });

  test('that is cut in the middle of a line is unexpected, and the piece is dropped', async () => {
    server.handle((_received, response) => {
      response.writeHead(200);
      response.write(line('ADDED', 'a', 1) + line('ADDED', 'b', 2).slice(0, 20), () => {
        setTimeout(() => response.destroy(), 20);
      });
    });
    const { frames, ended } = watch();
    expect(failureOf(await ended)).toMatchObject({ kind: 'Unexpected' });
    expect(frames).toEqual(['ADDED a']);
  });

  test('that is aborted leaves no connection', async () => {
    server.handle((_received, response) => response.writeHead(200).write(line('ADDED', 'a', 1)));
    const stop = new AbortController();
    const { ended, signs } = watch(stop.signal);
    await eventually(() => signs() > 0);
    expect(server.sockets.size).toBe(1);
    stop.abort(new Error('enough'));
    await ended;
    await eventually(() => server.sockets.size === 0);
  });
});

test('many watches, one after another, need two connections at most', async () => {
  server.handle((_received, response) => response.writeHead(200).end(line('ADDED', 'a', 1)));
  let most = 0;
  for (let round = 0; round < 1_000; round += 1) {
    await watch().ended;
    most = Math.max(most, server.sockets.size);
  }
  expect(most).toBeLessThanOrEqual(2);
  expect(server.opened()).toBeLessThanOrEqual(2);
});

describe('a reflector on a socket', () => {
  let reflector: Reflector<string>;

  afterEach(async () => {
    await reflector.stop();
  });

  function reflect(): void {
    reflector = new Reflector<string>({
      client,
      clock: systemClock,
      path: NODES,
      project: ({ metadata }) => metadata?.name,
    });
    reflector.start();
  }

  test('misses nothing when the connection is cut in the middle of a line', async () => {
    server.handle(({ url }, response) => {
      if (!url.includes('watch=true')) {
        sendJson(response, 200, { metadata: { resourceVersion: '1' }, items: [] });
        return;
      }
      response.writeHead(200);
      const events = [2, 3, 4, 5].filter((version) => version > since(url));
      const lines = events.map((version) => line('ADDED', `n${version}`, version)).join('');
      if (events.length === 0) response.write('\n');
      else
        response.write(lines.slice(0, lines.indexOf('\n') + 10), () =>
          setTimeout(() => response.destroy(), 10),
        );
    });
    reflect();
    await eventually(() => reflector.list().length === 4);
    expect(reflector.list()).toEqual(['n2', 'n3', 'n4', 'n5']);
    expect(reflector.stats.relists).toBe(0);
  });

  test('leaves no connection in use behind when it is stopped', async () => {
    server.handle(({ url }, response) => {
      if (url.includes('watch=true')) response.writeHead(200).write('\n');
      else sendJson(response, 200, { metadata: { resourceVersion: '1' }, items: [] });
    });
    reflect();
    await eventually(() => reflector.stats.watches === 1);
    expect(server.sockets.size).toBe(2);
    await reflector.stop();
    // The other one has carried the list, and waits for the next request.
    await eventually(() => server.sockets.size === 1);
  });
});

function since(url: string): number {
  return Number(new URL(url, server.url).searchParams.get('resourceVersion'));
}

async function sendInPieces(response: ServerResponse, bytes: Buffer, size: number): Promise<void> {
  for (let start = 0; start < bytes.length; start += size) {
    await new Promise((resolve) => {
      response.write(bytes.subarray(start, start + size), resolve);
    });
    await new Promise(setImmediate);
  }
  response.end();
}
