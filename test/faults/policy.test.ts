// How often and when the operator asks again, row by row of the policy that docs/faults.md holds, read off the proxy's
// record of requests and the operator's own time.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import type { Exchange, Handler } from './exchange.ts';
import { statefulSet } from '../support/manifests.ts';
import { answers, statusObject } from './fault.ts';
import { jobOf } from './jobs.ts';
import type { States } from './jobs.ts';
import { PATHS, putObject, readObject } from './objects.ts';
import type { RawObject } from './objects.ts';
import { pass } from './proxy.ts';
import { startRig } from './rig.ts';
import type { Rig } from './rig.ts';
import { recordReference } from './run-plan.ts';
import { startAlone } from './subject.ts';
import { isRolledOut, startWorld } from './world.ts';
import type { World } from './world.ts';

const CALICO = 'patch-daemonsets-calico-node';
const ENI_CONFIG = 'patch-configmaps-eni-config';
const STATUS = 'patch-hybridnetworks.status-idc-hangzhou';
const FINALIZER = 'patch-hybridnetworks-idc-hangzhou';
const MINUTE = 60_000;

jest.setTimeout(120_000);

let world: World;
let states: States;
let rig: Rig;

const does =
  (fault: ReturnType<typeof answers>): Handler =>
  async (exchange) =>
    await fault(exchange, world);
const reset: Handler = async (exchange) => exchange.reset();
const forbidden = (resource: string): Handler =>
  does(
    answers({
      code: 403,
      reason: 'Forbidden',
      message: `User "x" cannot patch resource "${resource}" in API group "apps"`,
    }),
  );

/** The first so many are handled so, the rest pass. */
function first(times: number, handler: Handler): Handler {
  let left = times;
  return async (exchange) => {
    left -= 1;
    await (left >= 0 ? handler : pass)(exchange);
  };
}

/** Gaps between times. */
function gaps(times: readonly number[]): readonly number[] {
  return times.slice(1).map((at, index) => at - (times[index] ?? 0));
}

async function conditions(): Promise<
  Readonly<Record<string, { readonly reason: string; readonly message: string }>>
> {
  const { conditions: found = [] } = ((await readObject(world.api, PATHS.network))?.['status'] ?? {}) as {
    readonly conditions?: readonly {
      readonly type: string;
      readonly reason: string;
      readonly message: string;
    }[];
  };
  return Object.fromEntries(found.map((one) => [one.type, one]));
}

async function isHeld(name: 'calico' | 'terway'): Promise<boolean> {
  const object = await readObject(world.api, PATHS[name]);
  return object?.metadata.annotations?.['hybrid.alibabacloud.com/hold'] !== undefined && isRolledOut(object);
}

async function untilAsked(name: string, times: number): Promise<void> {
  await eventually(() => rig.times(name).length >= times, { what: `${times} × ${name}`, timeoutMs: 20_000 });
}

/** How long a new connection and one small answer take at present. */
async function connectionMs(): Promise<number> {
  const start = performance.now();
  const sent = get(`${world.proxy.url}/version`, { ca: world.proxy.ca, agent: false });
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  answer.resume();
  return performance.now() - start;
}

beforeAll(async () => {
  world = await startWorld();
  const wild = await world.snapshot();
  const { end } = await recordReference(world, { wild, held: wild }, jobOf('apply'));
  states = { wild, held: end };
}, 180_000);

afterEach(async () => {
  world.proxy.intercept(() => undefined);
  await rig.subject.stop();
}, 20_000);

afterAll(async () => {
  await world.stop();
}, 60_000);

test('a status that meets a conflict is sent again soon, at most five times in the first 160 ms', async () => {
  rig = await startRig(world, states, 'held');
  rig.harm(STATUS, first(6, does(answers({ code: 409, reason: 'Conflict', message: 'modified' }))));
  await rig.change('network', { spec: { approveAbove: 11 } });
  await untilAsked(STATUS, 7);
  const times = rig.times(STATUS);
  expect(times.filter((at) => at <= 160).length).toBeLessThanOrEqual(5);
  await rig.until('the status speaks about the spec', async () => {
    const network = await readObject(world.api, PATHS.network);
    return (
      (network?.['status'] as { observedGeneration?: number } | undefined)?.observedGeneration ===
      network?.metadata.generation
    );
  });
});

test('a finalizer that meets a conflict is tried again, and nothing that Restore takes back is written before it', async () => {
  rig = await startRig(world, states, 'wild');
  rig.harm(FINALIZER, first(3, does(answers({ code: 409, reason: 'Conflict', message: 'modified' }))));
  const { kind, apiVersion, spec } = states.held.network as RawObject;
  const metadata = { name: 'idc-hangzhou' };
  await world.api.call('POST', PATHS.network.replace(/\/[^/]+$/, ''), { kind, apiVersion, metadata, spec });
  await rig.until('Calico is kept off', async () => await isHeld('calico'));
  const names = rig.asked.map(({ entry }) => entry.name);
  expect(names.filter((name) => name === FINALIZER)).toHaveLength(4);
  expect(names.indexOf(CALICO)).toBeGreaterThan(names.lastIndexOf(FINALIZER));
});

describe('a write that meets another one reads the object again before it is tried again', () => {
  const refuse = does(answers({ code: 409, reason: 'Conflict', message: 'modified' }));
  /** Somebody else changes the object in the very moment. */
  const overtaken = (path: string): Handler =>
    first(1, async (exchange) => {
      const body = { metadata: { annotations: { 'example.com/note': 'mine' } } };
      await world.api.call('PATCH', path, body, { contentType: 'application/merge-patch+json' });
      await refuse(exchange);
    });
  const untilReadAndWritten = async (what: string): Promise<void> => {
    await untilAsked(`patch-${what}`, 2);
    const names = rig.asked.map(({ entry }) => entry.name).filter((name) => name.endsWith(`-${what}`));
    expect(names.slice(0, 3)).toEqual([`patch-${what}`, `get-${what}`, `patch-${what}`]);
  };

  test('eni-config', async () => {
    rig = await startRig(world, states, 'held');
    rig.harm(ENI_CONFIG, overtaken(PATHS.eniConfig));
    await rig.change('eniConfig', { data: states.wild.eniConfig?.['data'] as object });
    await untilReadAndWritten('configmaps-eni-config');
  });

  test('the Secret', async () => {
    rig = await startRig(world, states, 'held');
    rig.harm('patch-secrets-alibaba-addon-secret', overtaken(PATHS.secret));
    await rig.change('secret', { data: { 'access-key-id': Buffer.from('LTAI-other').toString('base64') } });
    await untilReadAndWritten('secrets-alibaba-addon-secret');
  });

  test('a Deployment', async () => {
    rig = await startRig(world, states, 'held');
    rig.harm('patch-deployments-calico-kube-controllers', overtaken(PATHS.companion));
    await putObject(world.api, PATHS.companion, states.wild.companion as RawObject);
    await untilReadAndWritten('deployments-calico-kube-controllers');
  });

  test('a StatefulSet', async () => {
    rig = await startRig(world, states, 'held');
    const path = '/apis/apps/v1/namespaces/kube-system/statefulsets';
    rig.harm('patch-statefulsets-collector', overtaken(`${path}/collector`));
    await world.api.call('POST', path, statefulSet('collector', 1));
    const workloads = [{ kind: 'StatefulSet', namespace: 'kube-system', name: 'collector' }];
    await rig.change('network', { spec: { onPremises: { workloads } } });
    await untilReadAndWritten('statefulsets-collector');
    await world.api.call('DELETE', `${path}/collector`);
  });
});

describe('after a 429', () => {
  test('nothing at all is asked before the time that the server gave, and then everything is done', async () => {
    rig = await startRig(world, states, 'held');
    rig.harm(
      CALICO,
      first(1, does(answers({ code: 429, reason: 'TooManyRequests' }, { 'retry-after': '7' }))),
    );
    await rig.tamper('calico');
    await untilAsked(CALICO, 1);
    const told = rig.asked.find(({ entry }) => entry.name === CALICO);
    await rig.change('eniConfig', { data: states.wild.eniConfig?.['data'] as object });
    await rig.tamper('terway');
    await rig.pass(6_000);
    await rig.until('both are held again', async () => (await isHeld('calico')) && (await isHeld('terway')));
    const later = rig.asked.filter(({ at }) => at > (told?.at ?? 0) + 20);
    expect(later.length).toBeGreaterThan(3);
    expect(Math.min(...later.map(({ at }) => at)) - (told?.at ?? 0)).toBeGreaterThanOrEqual(7_000);
  });

  test('an hour is not waited for, only a minute', async () => {
    rig = await startRig(world, states, 'held');
    rig.harm(
      CALICO,
      first(1, does(answers({ code: 429, reason: 'TooManyRequests' }, { 'retry-after': '3600' }))),
    );
    await rig.tamper('calico');
    await rig.until('Calico is held again', async () => await isHeld('calico'));
    const [gap = 0] = gaps(rig.times(CALICO));
    expect(gap).toBeGreaterThanOrEqual(MINUTE);
    expect(gap).toBeLessThan(2 * MINUTE);
  });
});

test.each([
  ['500', (): Handler => does(answers({ code: 500, reason: 'InternalError', message: 'x' }))],
  ['a reset', (): Handler => reset],
])(
  'a write that meets %s is tried at most 12 times in 10 minutes, further apart each time',
  async (_, handler) => {
    rig = await startRig(world, states, 'held');
    rig.harm(CALICO, handler());
    await rig.tamper('calico');
    await untilAsked(CALICO, 1);
    await rig.pass(10 * MINUTE);
    const times = rig.times(CALICO).filter((at) => at <= 10 * MINUTE);
    expect(times.length).toBeGreaterThanOrEqual(8);
    expect(times.length).toBeLessThanOrEqual(12);
    rig.harm(CALICO, pass);
    await rig.until('Calico is held again', async () => await isHeld('calico'));
  },
);

describe('a patch whose test does not hold', () => {
  const refused = answers({ code: 422, reason: 'Invalid', message: 'testing path' });

  test.each([
    [CALICO, async () => await rig.tamper('calico')],
    [
      ENI_CONFIG,
      async () => await rig.change('eniConfig', { data: states.wild.eniConfig?.['data'] as object }),
    ],
  ])('%s is read again and, if nothing had changed, not repeated', async (name, tamper) => {
    rig = await startRig(world, states, 'held');
    rig.harm(name, does(refused));
    await tamper();
    await untilAsked(name, 1);
    await rig.pass(9 * MINUTE);
    // The status of the DaemonSet moves while its pods go; each move is a change.
    expect(rig.times(name).length).toBeLessThanOrEqual(5);
    expect(rig.times(name).filter((at) => at > 3 * MINUTE)).toEqual([]);
    expect(rig.asked.map(({ entry }) => entry.name)).toContain(name.replace('patch', 'get'));
  });

  test('is made anew when somebody had changed the object, at most five times at once', async () => {
    rig = await startRig(world, states, 'held');
    let count = 0;
    const overtaken: Handler = async (exchange) => {
      count += 1;
      await rig.change('calico', { metadata: { annotations: { 'example.com/count': String(count) } } });
      await refused(exchange, world);
    };
    rig.harm(CALICO, first(6, overtaken));
    await rig.tamper('calico');
    await rig.until('Calico is held again', async () => await isHeld('calico'));
    expect(rig.times(CALICO).filter((at) => at <= 160).length).toBeLessThanOrEqual(5);
    expect((await readObject(world.api, PATHS.calico))?.metadata.annotations?.['example.com/count']).toBe(
      '6',
    );
  });
});

test.each([
  [413, { code: 413, reason: 'RequestEntityTooLarge', message: 'limit is 3145728' }],
  [422, { code: 422, reason: 'Invalid', message: 'x', details: { causes: [{ field: 'data' }] } }],
  [500, { code: 500, reason: 'InternalError', message: 'etcdserver: request is too large' }],
])(
  'what is refused for good (%i) is tried once, told, and tried again when the spec changes',
  async (_, status) => {
    rig = await startRig(world, states, 'held');
    rig.harm(ENI_CONFIG, does(answers(status)));
    await rig.change('network', { spec: { terway: { eniConfig: { maxPoolSize: 8 } } } });
    await untilAsked(ENI_CONFIG, 1);
    await rig.until('it is told', async () => (await conditions())['ENIConfigSynced']?.reason === 'Refused');
    await rig.pass(8 * MINUTE);
    expect(rig.times(ENI_CONFIG)).toHaveLength(1);
    rig.harm(ENI_CONFIG, pass);
    await rig.change('network', { spec: { terway: { eniConfig: { maxPoolSize: 9 } } } });
    await rig.until(
      'it is done',
      async () =>
        JSON.stringify((await readObject(world.api, PATHS.eniConfig))?.['data']).includes(
          String.raw`max_pool_size\\\": 9`,
        ) ||
        JSON.stringify((await readObject(world.api, PATHS.eniConfig))?.['data']).includes(
          'max_pool_size\\": 9',
        ),
    );
  },
);

test('a 401 makes it read token and CA once and ask once more; after that it waits like after any failure', async () => {
  rig = await startRig(world, states, 'held');
  rig.harm(CALICO, does(answers({ code: 401, reason: 'Unauthorized' })));
  await rig.tamper('calico');
  await untilAsked(CALICO, 2);
  await rig.pass(10 * MINUTE);
  const times = rig.times(CALICO).filter((at) => at <= 10 * MINUTE);
  expect(times.length).toBeLessThanOrEqual(24);
  expect(times.length % 2).toBe(0);
  const late = gaps(times).slice(-6);
  // Two at once, and then the back-off.
  expect(late.filter((gap) => gap < 1_000).length).toBe(3);
});

describe('a missing right', () => {
  test('is asked for once a minute at most, and the status gives resource and verb', async () => {
    rig = await startRig(world, states, 'held');
    rig.harm(CALICO, forbidden('daemonsets'));
    await rig.tamper('calico');
    await untilAsked(CALICO, 1);
    await rig.pass(5 * MINUTE);
    const between = gaps(rig.times(CALICO));
    expect(between.length).toBeGreaterThanOrEqual(3);
    expect(Math.min(...between)).toBeGreaterThanOrEqual(MINUTE);
    const { reason, message } = (await conditions())['OnPremisesIsolated'] ?? {};
    expect(reason).toBe('Forbidden');
    expect(message).toMatch(/patch .*daemonsets/);
  });

  test('on the status itself is asked for once a minute at most, however much happens', async () => {
    rig = await startRig(world, states, 'held');
    rig.harm(STATUS, forbidden('hybridnetworks/status'));
    for (const approveAbove of [12, 13, 14, 15]) {
      await rig.change('network', { spec: { approveAbove } });
      await rig.pass(1_000);
    }
    await rig.pass(4 * MINUTE);
    const between = gaps(rig.times(STATUS));
    expect(between.length).toBeGreaterThanOrEqual(2);
    expect(Math.min(...between)).toBeGreaterThanOrEqual(MINUTE);
  });
});

describe('a watch', () => {
  const WATCH = 'watch-daemonsets';
  const LIST = 'list-daemonsets';
  const frame = (object: object): string => `${JSON.stringify(object)}\n`;

  /** Restarts the operator with its watch of DaemonSets handled so. */
  async function startWith(handler: Handler): Promise<void> {
    rig = await startRig(world, states, 'held');
    rig.harm(WATCH, handler);
    world.proxy.cutConnections();
    await untilAsked(WATCH, 1);
  }

  test('that ends in good order is opened again at once, from the last version', async () => {
    let open: Exchange | undefined;
    let version = '';
    await startWith(async (exchange) => {
      open = exchange;
      await exchange.tapWatch((line, send) => {
        version = (JSON.parse(line) as { object: { metadata: { resourceVersion: string } } }).object.metadata
          .resourceVersion;
        send(line);
      });
    });
    const connection = await connectionMs();
    const waits: number[] = [];
    for (const round of [2, 3, 4, 5, 6]) {
      const before = version;
      await rig.change('calico', { metadata: { annotations: { 'example.com/round': String(round) } } });
      await eventually(() => version !== before);
      const endedAt = performance.now();
      open?.end();
      await untilAsked(WATCH, round);
      const { entry } = rig.asked.filter(({ entry: { name } }) => name === WATCH)[round - 1] ?? {};
      waits.push((entry?.at ?? Infinity) - endedAt);
      expect(new URL(entry?.target ?? '', 'https://x').searchParams.get('resourceVersion')).toBe(version);
    }
    // What a busy machine takes for a connection is not what the operator waits.
    expect(Math.min(...waits)).toBeLessThanOrEqual(50 + 2 * connection);
    expect(rig.times(LIST)).toEqual([]);
  });

  test.each([
    ['says 410', frame({ type: 'ERROR', object: statusObject({ code: 410, reason: 'Expired' }) })],
    ['sends garbage', '{"type":"MODIF\n'],
    [
      'goes back in time',
      frame({ type: 'MODIFIED', object: { metadata: { name: 'x', resourceVersion: '1' } } }),
    ],
  ])('that %s is followed by a list, and by one in ten seconds at most', async (_, bad) => {
    await startWith(async (exchange) => {
      exchange.openStream()(bad);
      exchange.end();
    });
    await rig.pass(MINUTE);
    const lists = rig.times(LIST);
    expect(lists.length).toBeGreaterThanOrEqual(3);
    expect(Math.min(...gaps(lists))).toBeGreaterThanOrEqual(10_000);
    rig.harm(WATCH, pass);
    await rig.tamper('calico');
    await rig.until('Calico is held again', async () => await isHeld('calico'));
  });

  test('that is silent is given up after 90 s', async () => {
    await startWith(
      first(1, async (exchange) => {
        exchange.openStream();
        await exchange.hang();
      }),
    );
    await rig.pass(95_000);
    const [gap = 0] = gaps(rig.times(WATCH));
    expect(gap).toBeGreaterThanOrEqual(90_000);
    expect(gap).toBeLessThan(95_000);
  });
});

test('SIGTERM in the middle of a write that is not answered: the Lease is free and the process gone within 2 s', async () => {
  rig = await startRig(world, states, 'held');
  await rig.subject.stop();
  const alone = await startAlone(world, { leaderElect: true });
  world.proxy.restart();
  world.proxy.intercept((entry) =>
    entry.name === CALICO ? async (exchange) => await exchange.hang() : undefined,
  );
  await rig.tamper('calico');
  await eventually(() => world.proxy.record.some(({ name }) => name === CALICO), { timeoutMs: 30_000 });
  const start = performance.now();
  await alone.stop();
  expect(performance.now() - start).toBeLessThanOrEqual(2_500);
  const lease = (await world.api.call(
    'GET',
    '/apis/coordination.k8s.io/v1/namespaces/hybridnetwork-system/leases/hybridnetwork-operator',
  )) as { readonly spec: { readonly holderIdentity?: string } };
  expect(lease.spec.holderIdentity ?? '').toBe('');
});
