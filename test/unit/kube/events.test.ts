import { beforeEach, describe, expect, test } from '@jest/globals';
import type { KubeRequest } from '../../../src/kube/call.ts';
import type { EventToReport } from '../../../src/kube/event-object.ts';
import { EventRecorder } from '../../../src/kube/events.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { serverError, type ServerError } from './fake-api.ts';

const PATH = '/apis/events.k8s.io/v1/namespaces/default/events';
const event: EventToReport = {
  type: 'Normal',
  reason: 'Isolated',
  action: 'Patch',
  note: 'kept off 3 cloud nodes',
  regarding: { apiVersion: 'hybrid.alibabacloud.com/v1alpha1', kind: 'HybridNetwork', name: 'idc', uid: 'u' },
  related: { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: 'kube-system', name: 'calico-node' },
};

let clock: FakeClock;
let requests: KubeRequest[];
let faults: (ServerError | undefined)[];
let answering: Promise<void>;
let recorder: EventRecorder;

beforeEach(() => {
  clock = new FakeClock();
  requests = [];
  faults = [];
  answering = Promise.resolve();
  const request = async <T>(asked: KubeRequest): Promise<T> => {
    requests.push(asked);
    const fault = faults.shift();
    await answering;
    if (fault !== undefined) throw serverError(fault, asked.path);
    return undefined as T;
  };
  recorder = new EventRecorder({ client: { request }, clock, instance: 'pod-1' });
});

const bodies = (): Record<string, unknown>[] => requests.map(({ body }) => body as Record<string, unknown>);

function nameOfFirst(): string {
  const { metadata } = (bodies()[0] ?? {}) as { metadata?: { name: string } };
  return metadata?.name ?? '';
}

async function report(times = 1, what: EventToReport = event): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    recorder.report(what);
    await settle();
  }
}

describe('an event', () => {
  test('is written as events.k8s.io/v1 wants it, in default', async () => {
    await report();
    expect(requests).toEqual([expect.objectContaining({ method: 'POST', path: PATH })]);
    expect(bodies()[0]).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { namespace: 'default', name: expect.stringMatching(/^idc\.[0-9a-f]+$/) },
      eventTime: expect.stringMatching(/^2026-01-01T00:00:00\.\d{6}Z$/),
      reportingController: 'hybrid.alibabacloud.com/hybridnetwork-operator',
      reportingInstance: 'pod-1',
      type: 'Normal',
      reason: 'Isolated',
      action: 'Patch',
      note: 'kept off 3 cloud nodes',
      regarding: event.regarding,
      related: event.related,
    });
    expect(bodies()[0]).not.toHaveProperty('series');
  });

  test('is cut to what the server takes, never within a character', async () => {
    await report(1, { ...event, note: '节'.repeat(1_000), reason: 'R'.repeat(200), action: 'A'.repeat(200) });
    const { note, reason, action } = bodies()[0] as Record<'note' | 'reason' | 'action', string>;
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1_024);
    expect(note).toMatch(/^节+…$/);
    expect([reason.length, action.length]).toEqual([128, 128]);
  });

  test('has a name that fits, however long that of its object is', async () => {
    await report(1, { ...event, regarding: { ...event.regarding, name: `${'a'.repeat(229)}.b` } });
    const name = nameOfFirst();
    expect(name.length).toBeLessThanOrEqual(253);
    expect(name).toMatch(/^[a-z0-9]+(\.[a-z0-9]+)*$/);
  });
});

describe('an event that comes again', () => {
  test('is counted, not repeated, and written at 2, 4, 8', async () => {
    await report(9);
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'PATCH', 'PATCH']);
    const name = nameOfFirst();
    expect(requests[1]?.path).toBe(`${PATH}/${name}`);
    expect(bodies().slice(1)).toEqual(
      [2, 4, 8].map((count) => ({ series: { count, lastObservedTime: expect.any(String) } })),
    );
  });

  test('after a minute is written whatever its count', async () => {
    await report(2);
    await clock.advance(60_000);
    await report();
    expect(bodies().at(-1)).toMatchObject({ series: { count: 3 } });
  });

  test('after six minutes is a new one', async () => {
    await report();
    await clock.advance(6 * 60_000);
    await report();
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'POST']);
  });

  test('with other words, or about another object, is another one', async () => {
    await report();
    await report(1, { ...event, note: 'kept off 4 cloud nodes' });
    await report(1, { ...event, related: { ...event.regarding } });
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'POST', 'POST']);
  });

  test('is created anew when the server has forgotten it', async () => {
    await report();
    faults.push({ status: 404, reason: 'NotFound' });
    await report();
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'POST']);
    expect(bodies()[2]).toMatchObject({ series: { count: 2 } });
    expect(recorder.dropped).toBe(0);
  });

  test('while it is being written is written once more, with all that came', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    answering = promise;
    await report(50);
    expect(requests).toHaveLength(1);
    resolve();
    await recorder.flush();
    expect(requests).toHaveLength(2);
    expect(bodies()[1]).toMatchObject({ series: { count: 50 } });
  });
});

describe('trouble', () => {
  test('with the server is counted and troubles nobody', async () => {
    faults.push({ status: 403, reason: 'Forbidden' });
    await report();
    expect(recorder.dropped).toBe(1);
    await report();
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'POST']);
  });

  test('of a lost answer ends with the event that is there', async () => {
    faults.push({ status: 500 }, { status: 409, reason: 'AlreadyExists' });
    await report(2);
    expect(recorder.dropped).toBe(1);
    await report(2);
    expect(requests.at(-1)?.method).toBe('PATCH');
  });

  test('of a server that does not answer fills a queue of 100 and no more', async () => {
    answering = new Promise(() => undefined);
    for (let index = 0; index < 500; index += 1) recorder.report({ ...event, note: String(index) });
    expect(recorder.dropped).toBe(399);
    expect(requests).toHaveLength(1);
  });

  test('does not hold up the end for longer than 1.5 s', async () => {
    answering = new Promise(() => undefined);
    recorder.report(event);
    let flushed = false;
    const flush = async (): Promise<void> => {
      await recorder.flush();
      flushed = true;
    };
    void flush();
    await clock.advance(1_400);
    expect(flushed).toBe(false);
    await clock.advance(100);
    expect(flushed).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  test('there is none in flushing nothing', async () => {
    await recorder.flush();
    expect(requests).toHaveLength(0);
  });
});
