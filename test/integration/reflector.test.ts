// The client and the reflectors against a real API server: what it really answers, and what happens when it dies.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { JSON_PATCH } from '../../src/kube/call.ts';
import { createKubeClient, type KubeClient } from '../../src/kube/client.ts';
import { isTestFailed } from '../../src/kube/errors.ts';
import { EventRecorder } from '../../src/kube/events.ts';
import { createLeaseStore } from '../../src/kube/lease.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type { ReflectorOptions } from '../../src/kube/reflector-options.ts';
import { Reflector } from '../../src/kube/reflector.ts';
import { failureOf, type Failure } from '../../src/plan/failure.ts';
import { systemClock, type Clock } from '../../src/runtime/clock.ts';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { eventually } from '../support/eventually.ts';

let plane: ControlPlane;
let admin: KubeClient;
let namespace: string;
let namespaces = 0;
const cleanups: (() => Promise<void>)[] = [];

beforeAll(async () => {
  plane = await startControlPlane({
    name: 'reflector',
    without: ['kube-controller-manager', 'kube-scheduler', 'kwok'],
  });
  admin = clientFor(plane.adminToken);
}, 600_000);

afterAll(async () => {
  await admin?.close();
  await plane?.stop();
});

beforeEach(async () => {
  namespaces += 1;
  namespace = `reflector-${namespaces}`;
  await plane.api.call('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function clientFor(token: string): KubeClient {
  const config = new KubeConfig();
  const caData = Buffer.from(plane.ca).toString('base64');
  config.loadFromClusterAndUser(
    { name: 'test', server: plane.url, caData, skipTLSVerify: false },
    { name: 'user', token },
  );
  return createKubeClient({ config, userAgent: 'reflector-test' });
}

const configMaps = (): string => `/api/v1/namespaces/${namespace}/configmaps`;

/** By the harness's own client: nothing of what is tested takes part in the writing. */
async function write(name: string, value: string): Promise<void> {
  const path = `${configMaps()}/${name}?fieldManager=test`;
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } };
  await plane.api.call('PATCH', path, body, { contentType: 'application/apply-patch+yaml' });
}

async function remove(name: string): Promise<void> {
  await plane.api.call('DELETE', `${configMaps()}/${name}`);
}

type Values = Reflector<string>;

/** Follows the ConfigMaps of the namespace as `name=value`. */
function follow(options: Partial<ReflectorOptions<string>> = {}): Values {
  const reflector = new Reflector<string>({
    client: admin,
    clock: systemClock,
    path: configMaps(),
    project: ({ metadata, ...rest }) =>
      `${metadata?.name ?? ''}=${(rest['data'] as { value?: string } | undefined)?.value ?? ''}`,
    ...options,
  });
  cleanups.push(() => reflector.stop());
  reflector.start();
  return reflector;
}

const held = (reflector: Values): string[] => reflector.list().toSorted();

async function failureIn(promise: Promise<unknown>): Promise<Failure> {
  return failureOf(
    await promise.then(
      () => new Error('it succeeded'),
      (error: unknown) => error,
    ),
  );
}

describe('a reflector', () => {
  test('lists in pages and then follows every change', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await write(name, '1');
    const reflector = follow({ pageSize: 2 });
    await reflector.synced;
    expect(held(reflector)).toEqual(['a=1', 'b=1', 'c=1', 'd=1', 'e=1']);
    await write('a', '2');
    await remove('b');
    await write('f', '1');
    await eventually(() => expect(held(reflector)).toEqual(['a=2', 'c=1', 'd=1', 'e=1', 'f=1']));
    expect(reflector.stats).toMatchObject({ events: 3, watches: 1, relists: 0 });
  });

  test('follows one object by name, and only that one', async () => {
    const reflector = follow({ fieldSelector: 'metadata.name=eni-config' });
    await reflector.synced;
    await write('another', '1');
    await write('eni-config', '1');
    await eventually(() => expect(held(reflector)).toEqual(['eni-config=1']));
    await remove('eni-config');
    await eventually(() => expect(held(reflector)).toEqual([]));
    expect(reflector.stats.events).toBe(2);
  });

  test('takes in its own writes before their events, and is told of them once', async () => {
    const told: string[] = [];
    const reflector = follow({ onChange: ({ after }) => told.push(after ?? 'gone') });
    await reflector.synced;
    for (let round = 0; round < 50; round += 1) {
      const value = String(round);
      const answer = await admin.request<KubeObject>({
        method: 'PATCH',
        path: `${configMaps()}/own`,
        query: { fieldManager: 'own', force: true },
        contentType: 'application/apply-patch+yaml',
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'own' }, data: { value } },
      });
      reflector.record(answer);
      expect(reflector.get(`${namespace}/own`)).toBe(`own=${value}`);
    }
    await write('last', '1');
    await eventually(() => told.includes('last=1'));
    expect(told).toEqual([...Array.from({ length: 50 }, (_none, round) => `own=${round}`), 'last=1']);
  });
});

describe('rights', () => {
  test('on one name are enough to follow one object', async () => {
    const client = await account('narrow');
    const verbs = ['get', 'list', 'watch'];
    await allow('narrow', { resources: ['configmaps'], resourceNames: ['eni-config'], verbs });
    const reflector = follow({ client, fieldSelector: 'metadata.name=eni-config' });
    await reflector.synced;
    await write('eni-config', '1');
    await eventually(() => expect(held(reflector)).toEqual(['eni-config=1']));
    const failure = await failureIn(client.request({ method: 'GET', path: configMaps() }));
    expect(failure).toMatchObject({ kind: 'NotYet', reason: 'Forbidden', retryAfterMs: 60_000 });
  });

  test('that come a second late are noticed within seconds', async () => {
    const client = await account('late');
    const reflector = follow({ client });
    await eventually(() => reflector.problem !== undefined);
    expect(reflector.problem).toEqual({
      reason: 'Forbidden',
      message: expect.stringMatching(
        /cannot list configmaps in .* cannot list resource "configmaps" in API group ""/,
      ),
    });
    await allow('late', { resources: ['configmaps'], verbs: ['list', 'watch'] });
    await eventually(() => reflector.isSynced);
    expect(reflector.problem).toBeUndefined();
  });
});

describe('a resource that is not installed', () => {
  test('is waited for', async () => {
    // Of its own: the watch of a new resource may be answered with 429, and for a second after that a client sends nothing,
    // whatever it is about (throttle.ts).
    const client = clientFor(plane.adminToken);
    cleanups.push(() => client.close());
    const reflector = follow({ client, path: '/apis/late.test/v1/things' });
    await eventually(() => expect(reflector.problem?.reason).toBe('NotFound'));
    await plane.api.call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd('late.test'));
    await eventually(() => reflector.isSynced, { timeoutMs: 20_000 });
    // It may be listed already while its watch is still refused.
    await eventually(() => expect(reflector.problem).toBeUndefined());
  }, 30_000);
});

describe('what the real server answers', () => {
  test('to a test that no longer holds is a conflict, and to a bad value it is invalid', async () => {
    await write('a', '1');
    const path = `${configMaps()}/a`;
    const patch = (steps: readonly object[]): Promise<unknown> =>
      admin.request({ method: 'PATCH', path, contentType: JSON_PATCH, body: steps });
    const outdated = patch([
      { op: 'test', path: '/data/value', value: 'other' },
      { op: 'replace', path: '/data/value', value: '2' },
    ]);
    const error = await outdated.catch((reason: unknown) => reason);
    expect(isTestFailed(error)).toBe(true);
    expect(failureOf(error).kind).toBe('Conflict');
    const invalid = patch([
      { op: 'test', path: '/data/value', value: '1' },
      { op: 'add', path: '/data/not a key', value: '2' },
    ]);
    expect(await failureIn(invalid)).toMatchObject({ kind: 'Invalid', reason: 'Invalid' });
  });

  test('to what is too large is invalid, and not tried again', async () => {
    const data = { value: 'x'.repeat(1_600_000) };
    const body = { metadata: { name: 'large' }, data };
    expect(await failureIn(admin.request({ method: 'POST', path: configMaps(), body }))).toMatchObject({
      kind: 'Invalid',
    });
  });

  test('to two that want one Lease is yes to one of them', async () => {
    const store = createLeaseStore({ client: admin, namespace, name: 'operator' });
    const { signal } = new AbortController();
    expect(await store.read(signal)).toBeUndefined();
    const now = '2026-01-01T00:00:00.000000Z';
    const times = { acquireTime: now, renewTime: now, leaseDurationSeconds: 15, leaseTransitions: 0 };
    const created = await store.create({ ...times, holderIdentity: 'a' }, signal);
    expect(await store.read(signal)).toEqual(created);
    const results = await Promise.allSettled(
      ['b', 'c'].map((holderIdentity) => store.update({ ...created, holderIdentity }, signal)),
    );
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const current = await store.read(signal);
    const released = await store.update(
      { ...created, ...current, holderIdentity: '', leaseDurationSeconds: 1 },
      signal,
    );
    expect(released.holderIdentity).toBe('');
  });

  test('to an Event about a cluster-scoped object, and to its repetition, is yes', async () => {
    const recorder = new EventRecorder({ client: admin, clock: systemClock, instance: 'pod-1' });
    const regarding = { apiVersion: 'v1', kind: 'HybridNetwork', name: `hn-${namespace}`, uid: 'u' };
    const related = { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace, name: 'calico-node' };
    const event = {
      type: 'Warning',
      reason: 'Fight',
      action: 'Patch',
      note: '节'.repeat(999),
      regarding,
      related,
    };
    for (let round = 0; round < 4; round += 1) {
      recorder.report(event as Parameters<EventRecorder['report']>[0]);
      await recorder.flush();
    }
    expect(recorder.dropped).toBe(0);
    const list = (await plane.api.call('GET', '/apis/events.k8s.io/v1/namespaces/default/events')) as {
      items: { regarding: { name: string }; series?: { count: number } }[];
    };
    const ours = list.items.filter((item) => item.regarding.name === regarding.name);
    expect(ours.map(({ series }) => series?.count)).toEqual([4]);
  });
});

describe('an API server that dies', () => {
  test('by kill -9 and comes back has cost no event, and no list where it still knew the version', async () => {
    for (let index = 0; index < 20; index += 1) await write(`n${index}`, '1');
    const told: string[] = [];
    const reflector = follow({
      onChange: ({ before, after }) => told.push(after ?? `-${before ?? ''}`),
    });
    await reflector.synced;
    told.length = 0;

    await write('n0', 'before the end');
    await plane.component('kube-apiserver').kill();
    await plane.component('kube-apiserver').start();
    await write('n1', 'after the start');
    await remove('n2');
    await write('n3', 'after the start');
    await remove('n3');
    await write('n3', 'anew');

    const expected = ['n0=before the end', 'n1=after the start', 'n3=anew'];
    await eventually(
      () => {
        expect(told).toEqual(expect.arrayContaining([...expected, '-n2=1']));
        expect(reflector.list()).toHaveLength(19);
      },
      { timeoutMs: 45_000 },
    );
    expect(held(reflector)).toEqual(expect.arrayContaining(expected));
    expect(reflector.problem).toBeUndefined();
    expect(reflector.stats.relists).toBeLessThanOrEqual(1);
  }, 90_000);

  test('has forgotten what was before, and its 410 costs one list', async () => {
    let stale = true;
    const client: Pick<KubeClient, 'request' | 'watch' | 'onAnswer'> = {
      request: (request) => admin.request(request),
      watch: (request) => {
        // The first watch asks for a version from before the restart.
        const query = stale ? { ...request.query, resourceVersion: '1' } : request.query;
        stale = false;
        return admin.watch({ ...request, ...(query && { query }) });
      },
      onAnswer: (listener) => admin.onAnswer(listener),
    };
    await write('a', '1');
    // Time at ten times its speed, or the list would wait for ten seconds.
    const reflector = follow({ client, clock: fastClock(10) });
    await eventually(() => reflector.stats.relists === 1);
    await write('a', '2');
    await eventually(() => expect(held(reflector)).toEqual(['a=2']));
    expect(reflector.stats.relists).toBe(1);
  });

  test('and whose etcd is restored from a backup is believed, although time runs backwards', async () => {
    const etcd = plane.component('etcd');
    const apiServer = plane.component('kube-apiserver');
    const data = join(plane.dir, 'etcd');
    const backup = join(plane.dir, 'etcd-backup');
    await write('a', 'in the backup');
    await apiServer.kill();
    await etcd.stop();
    await cp(data, backup, { recursive: true });
    await etcd.start();
    await apiServer.start();

    // Ten times the speed: a silence of 90 s takes 9.
    const reflector = follow({ clock: fastClock(10) });
    await reflector.synced;
    for (let round = 0; round < 200; round += 1) await write('b', String(round));
    await eventually(() => expect(held(reflector)).toEqual(['a=in the backup', 'b=199']));

    await apiServer.kill();
    await etcd.stop();
    await rm(data, { recursive: true });
    await cp(backup, data, { recursive: true });
    await etcd.start();
    await apiServer.start();
    await eventually(() => expect(held(reflector)).toEqual(['a=in the backup']), { timeoutMs: 60_000 });
    await write('a', 'after the restore');
    await eventually(() => expect(held(reflector)).toEqual(['a=after the restore']));
  }, 150_000);
});

/** The real clock, running faster. */
function fastClock(speed: number): Clock {
  return {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic() * speed,
    after: (ms, callback) => systemClock.after(ms / speed, callback),
  };
}

async function account(name: string): Promise<KubeClient> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await plane.api.call('POST', path, { metadata: { name } });
  const client = clientFor(await plane.tokenFor(namespace, name));
  cleanups.push(() => client.close());
  return client;
}

async function allow(name: string, rule: object): Promise<void> {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  await plane.api.call('POST', `${rbac}/roles`, {
    metadata: { name },
    rules: [{ apiGroups: [''], ...rule }],
  });
  await plane.api.call('POST', `${rbac}/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
}

const crd = (group: string): object => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `things.${group}` },
  spec: {
    group,
    scope: 'Cluster',
    names: { kind: 'Thing', plural: 'things', singular: 'thing', listKind: 'ThingList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
});
