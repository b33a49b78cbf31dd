import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { progressCheck, serveHealth, serveMetrics } from '../../../src/runtime/health.ts';
import type { Checks, Listener } from '../../../src/runtime/health.ts';
import { createRegistry } from '../../../src/runtime/metrics.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const open: Listener[] = [];

async function health(alive: Checks, ready: Checks = {}): Promise<string> {
  return await urlOf(serveHealth('127.0.0.1:0', { alive, ready }));
}

async function urlOf(serving: Promise<Listener>): Promise<string> {
  const listener = await serving;
  open.push(listener);
  return `http://127.0.0.1:${listener.port}`;
}

async function get(url: string, method = 'GET') {
  const response = await fetch(url, { method });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(async (listener) => await listener.close()));
});

const good = (): undefined => undefined;

describe('the health server', () => {
  test('says ok when every check passes', async () => {
    const url = await health({ watch: good }, { synced: good });
    await expect(get(`${url}/healthz`)).resolves.toMatchObject({ status: 200, text: 'ok\n' });
    await expect(get(`${url}/readyz`)).resolves.toMatchObject({ status: 200, text: 'ok\n' });
  });

  test('names what fails and why, and judges life and readiness apart', async () => {
    const url = await health({ watch: good }, { synced: () => 'pods are not listed yet', other: good });
    await expect(get(`${url}/healthz`)).resolves.toMatchObject({ status: 200 });
    await expect(get(`${url}/readyz`)).resolves.toMatchObject({
      status: 500,
      text: '[-]synced failed: pods are not listed yet\n[+]other ok\nfailed: synced\n',
    });
  });

  test('lists every check when asked to be verbose', async () => {
    const url = await health({}, { synced: good, leader: good });
    await expect(get(`${url}/readyz?verbose`)).resolves.toMatchObject({
      status: 200,
      text: '[+]synced ok\n[+]leader ok\nok\n',
    });
  });

  test('does not tell the network what a broken check threw', async () => {
    const url = await health({
      watch: () => {
        throw new Error('private');
      },
    });
    const { status, text } = await get(`${url}/healthz`);
    expect(status).toBe(500);
    expect(text).not.toContain('private');
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s', async (method) => {
    const answer = await get(`${await health({})}/healthz`, method);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
  });

  test('answers HEAD without a body', async () => {
    await expect(get(`${await health({})}/healthz`, 'HEAD')).resolves.toMatchObject({
      status: 200,
      text: '',
    });
  });

  test.each(['/', '/metrics', '/healthz/x', '/constructor', '/__proto__'])(
    'knows no page %s',
    async (path) => {
      await expect(get((await health({})) + path)).resolves.toMatchObject({ status: 404 });
    },
  );

  test('closes at once although a client keeps its connection', async () => {
    const url = new URL(await health({}));
    const socket = connect(Number(url.port), url.hostname);
    const closed = new Promise((resolve) => {
      socket.on('close', resolve);
    });
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => {
      socket.once('data', resolve);
    });
    await open.splice(0)[0]?.close();
    await closed;
    await expect(get(`${url.href}healthz`)).rejects.toThrow('fetch failed');
  });
});

describe('an address', () => {
  test.each(['0', ''])('"%s" switches the server off', async (address) => {
    const listener = await serveHealth(address, { alive: {}, ready: {} });
    expect(listener.port).toBeUndefined();
    await listener.close();
  });

  test('":0" listens everywhere, on a port that is told', async () => {
    const url = await urlOf(serveHealth(':0', { alive: {}, ready: {} }));
    await expect(get(`${url}/healthz`)).resolves.toMatchObject({ status: 200 });
  });

  test.each(['8080', 'host', ':99999', '::1:8080', 'a:b', ':-1'])('"%s" is refused', async (address) => {
    await expect(serveHealth(address, { alive: {}, ready: {} })).rejects.toThrow('is not an address');
  });

  test('that is taken is named in one sentence', async () => {
    const { host } = new URL(await health({}));
    await expect(serveHealth(host, { alive: {}, ready: {} })).rejects.toThrow(
      `Cannot listen on ${host}: something else listens there.`,
    );
  });
});

test('metrics are served on an address of their own', async () => {
  const url = await urlOf(serveMetrics('127.0.0.1:0', createRegistry()));
  const { status, text, headers } = await get(`${url}/metrics`);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toContain('text/plain; version=0.0.4');
  expect(text).toContain('process_resident_memory_bytes');
  await expect(get(`${url}/healthz`)).resolves.toMatchObject({ status: 404 });
});

async function failing(): Promise<string> {
  throw new Error('private');
}

test('a registry that fails is an answer, not a crash', async () => {
  const url = await urlOf(serveMetrics('127.0.0.1:0', { contentType: 'text/plain', metrics: failing }));
  await expect(get(`${url}/metrics`)).resolves.toMatchObject({ status: 500, text: 'failed\n' });
});

test('a progress check fails when nothing has moved for too long', () => {
  const clock = new FakeClock();
  let last = clock.monotonic();
  const check = progressCheck(clock, () => last, 180_000);
  clock.freeze(180_000);
  expect(check()).toBeUndefined();
  clock.freeze(1000);
  expect(check()).toBe('no progress for 181 s');
  last = clock.monotonic();
  expect(check()).toBeUndefined();
});
