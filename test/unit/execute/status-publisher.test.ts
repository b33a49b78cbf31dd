import { beforeEach, describe, expect, test } from '@jest/globals';
import { NotDue } from '../../../src/execute/patience.ts';
import { createStatusPublisher } from '../../../src/execute/status-publisher.ts';
import type { StatusPublisher } from '../../../src/execute/status-publisher.ts';
import { FailureError } from '../../../src/plan/failure.ts';
import type { Failure } from '../../../src/plan/failure.ts';

let looks: (readonly [string, number])[];
let publisher: StatusPublisher;

beforeEach(() => {
  looks = [];
  publisher = createStatusPublisher({
    again: (network, ms) => looks.push([network, ms]),
    backoffMs: (failures) => failures * 100,
  });
});

/** A write that ends when it is told to. */
function slowWrite(): {
  readonly write: () => Promise<void>;
  readonly end: () => void;
  readonly starts: () => number;
} {
  const { promise, resolve } = Promise.withResolvers<void>();
  let starts = 0;
  const write = async (): Promise<void> => {
    starts += 1;
    await promise;
  };
  return { write, end: resolve, starts: () => starts };
}

async function fail(failure: Failure): Promise<void> {
  publisher.publish('idc', async () => {
    await Promise.resolve();
    throw new FailureError(failure);
  });
  await publisher.settled();
}

describe('a status', () => {
  test('is written without anybody waiting for it', async () => {
    const slow = slowWrite();
    publisher.publish('idc', slow.write);
    await Promise.resolve();
    expect(slow.starts()).toBe(1);
    slow.end();
    await publisher.settled();
    expect(looks).toEqual([]);
  });

  test('that comes while another is on its way waits: the network is looked at again when that has arrived', async () => {
    const slow = slowWrite();
    publisher.publish('idc', slow.write);
    expect(publisher.waits('elsewhere')).toBe(false);
    expect(publisher.waits('idc')).toBe(true);
    expect(looks).toEqual([]);
    slow.end();
    await publisher.settled();
    expect(looks).toEqual([['idc', 0]]);
    expect(publisher.waits('idc')).toBe(false);
  });

  test('that failed is tried again when the failure says, or ever later', async () => {
    await fail({ kind: 'Throttled', message: 'x', retryAfterMs: 700 });
    await fail({ kind: 'NotYet', reason: 'Forbidden', message: 'x', retryAfterMs: 60_000 });
    await fail({ kind: 'Unexpected', message: 'x' });
    await fail({ kind: 'Conflict', message: 'x' });
    expect(looks.map(([, ms]) => ms)).toEqual([700, 60_000, 100, 200]);
  });

  test('that was not due waits for its time, and a success lets the delays begin anew', async () => {
    await fail({ kind: 'Unexpected', message: 'x' });
    publisher.publish('idc', () => Promise.reject(new NotDue({ kind: 'Unexpected', message: 'x' }, 55)));
    await publisher.settled();
    publisher.publish('idc', () => Promise.resolve());
    await publisher.settled();
    await fail({ kind: 'Unexpected', message: 'x' });
    expect(looks.map(([, ms]) => ms)).toEqual([100, 55, 100]);
  });
});
