import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { alwaysLeader } from '../../../src/runtime/leadership.ts';
import { candidate, Duel } from '../../support/candidates.ts';
import type { Candidate, Trouble } from '../../support/candidates.ts';
import { settle } from '../../support/fake-clock.ts';
import { FakeLeaseServer } from '../../support/fake-lease.ts';

async function leader(server: FakeLeaseServer, identity = 'a'): Promise<Candidate> {
  const self = candidate(server, identity);
  self.election.start();
  await settle();
  expect(self.election.isLeader()).toBe(true);
  return self;
}

describe('a candidate', () => {
  test('leads at once where there is no Lease, without a timer', async () => {
    const server = new FakeLeaseServer();
    const a = await leader(server);
    expect(a.heard).toEqual(['started']);
    expect(server.stored).toMatchObject({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
    });
  });

  test('leads at once where the Lease was released', async () => {
    const server = new FakeLeaseServer();
    const a = await leader(server);
    await a.election.stop();
    await leader(server, 'b');
    expect(server.stored).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  test('carries on at once where the Lease is its own from before', async () => {
    const server = new FakeLeaseServer();
    const first = await leader(server, 'pod-1');
    first.clock.freeze(0);
    await leader(server, 'pod-1');
    expect(server.stored).toMatchObject({ holderIdentity: 'pod-1', leaseTransitions: 0 });
  });

  test('takes over from a dead holder 15 s after it saw the last sign of life, whatever the times in the record', async () => {
    const server = new FakeLeaseServer();
    await leader(server);
    server.tamper({ renewTime: '1999-01-01T00:00:00.000000Z' });
    const b = candidate(server, 'b');
    b.election.start();
    await b.clock.advance(14_999);
    expect(b.election.isLeader()).toBe(false);
    await b.clock.advance(1);
    expect(b.election.isLeader()).toBe(true);
    expect(server.stored).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  test('waits on while the holder renews, even if their clocks differ by a year', async () => {
    const server = new FakeLeaseServer();
    const a = await leader(server);
    const b = candidate(server, 'b');
    b.clock.jumpWall(365 * 24 * 3_600_000);
    b.election.start();
    for (let second = 0; second < 120; second += 1) {
      await a.clock.advance(1000);
      await b.clock.advance(1000);
    }
    expect(a.election.isLeader()).toBe(true);
    expect(b.election.isLeader()).toBe(false);
    expect(b.heard).toEqual([]);
  });

  test('does not take a label put on the Lease for a sign of life', async () => {
    const server = new FakeLeaseServer();
    await leader(server);
    const b = candidate(server, 'b');
    b.election.start();
    await b.clock.advance(10_000);
    server.tamper({});
    await b.clock.advance(5000);
    expect(b.election.isLeader()).toBe(true);
  });

  test('respects the holder of a Lease that was deleted under it', async () => {
    const server = new FakeLeaseServer();
    const a = await leader(server);
    const b = candidate(server, 'b');
    b.election.start();
    await settle();
    server.stored = undefined;
    await b.clock.advance(1000);
    expect(b.election.isLeader()).toBe(false);
    await a.clock.advance(2000);
    expect(a.election.isLeader()).toBe(true);
    expect(server.stored).toMatchObject({ holderIdentity: 'a' });
  });

  test('whose answer was lost when it took over leads as soon as it sees that it has the Lease', async () => {
    const server = new FakeLeaseServer();
    await leader(server);
    const b = candidate(server, 'b');
    b.election.start();
    await b.clock.advance(14_500);
    b.line.latencyMs = 200;
    await b.clock.advance(750);
    // It has read the Lease and writes it.
    b.line.state = 'loses answers';
    await b.clock.advance(250);
    expect(server.stored).toMatchObject({ holderIdentity: 'b' });
    expect(b.election.isLeader()).toBe(false);
    b.line.state = 'up';
    await b.clock.advance(6_000);
    expect(b.election.isLeader()).toBe(true);
  });

  test('leads within a second after a release', async () => {
    const server = new FakeLeaseServer();
    const a = await leader(server);
    const b = candidate(server, 'b');
    b.election.start();
    await b.clock.advance(5000);
    await a.election.stop();
    await b.clock.advance(1000);
    expect(b.election.isLeader()).toBe(true);
  });

  test('goes on asking while the API server is away, and says so once', async () => {
    const server = new FakeLeaseServer();
    const a = candidate(server, 'a');
    a.line.state = 'refuses';
    a.election.start();
    await a.clock.advance(60_000);
    expect(a.errors).toEqual(['Error: connection refused']);
    a.line.state = 'up';
    await a.clock.advance(1000);
    expect(a.election.isLeader()).toBe(true);
  });
});

describe('a leader', () => {
  test('writes the Lease once per retry period, in one request each', async () => {
    const server = new FakeLeaseServer();
    const a = await leader(server);
    const requests = server.requests;
    await a.clock.advance(20_000);
    expect(server.writes).toHaveLength(1 + 10);
    expect(server.requests - requests).toBe(10);
    expect(a.heard).toEqual(['started']);
  });

  test('keeps its period when answers are slow', async () => {
    const server = new FakeLeaseServer();
    const a = await leader(server);
    a.line.latencyMs = 500;
    await a.clock.advance(20_500);
    expect(server.writes).toHaveLength(1 + 10);
  });

  test('leads through an outage shorter than the renew deadline', async () => {
    const a = await leader(new FakeLeaseServer());
    a.line.state = 'refuses';
    await a.clock.advance(8500);
    a.line.state = 'up';
    await a.clock.advance(2000);
    expect(a.election.isLeader()).toBe(true);
    expect(a.heard).toEqual(['started']);
  });

  test.each(['refuses', 'loses requests', 'loses answers'] as const)(
    'does not lead from 10 s after its last renewal on, when the server %s, and stands again',
    async (state) => {
      const a = await leader(new FakeLeaseServer());
      a.line.state = state;
      await a.clock.advance(9999);
      expect(a.election.isLeader()).toBe(true);
      expect(a.term?.aborted).toBe(false);
      await a.clock.advance(1);
      expect(a.election.isLeader()).toBe(false);
      expect(a.term?.aborted).toBe(true);
      expect(a.heard).toEqual(['started', 'stopped: the Lease was not renewed in time']);
      a.line.state = 'up';
      await a.clock.advance(10_000);
      expect(a.election.isLeader()).toBe(true);
      expect(a.heard).toHaveLength(3);
    },
  );

  test('counts the deadline from when a renewal was sent, not from when its answer came', async () => {
    const a = await leader(new FakeLeaseServer());
    a.line.latencyMs = 4000;
    await a.clock.advance(6000);
    a.line.state = 'refuses';
    await a.clock.advance(5999);
    expect(a.election.isLeader()).toBe(true);
    await a.clock.advance(1);
    expect(a.election.isLeader()).toBe(false);
  });

  test('that was stopped past its deadline does not lead in the first instant after, before any timer fires', async () => {
    const server = new FakeLeaseServer();
    const a = await leader(server);
    a.clock.freeze(10_000);
    expect(a.election.isLeader()).toBe(false);
    await settle();
    expect(a.election.isLeader()).toBe(false);
  });

  test('that was stopped while another took over ends its term and does not take the Lease back', async () => {
    const server = new FakeLeaseServer();
    const a = await leader(server);
    const b = candidate(server, 'b');
    b.election.start();
    a.clock.freeze(20_000);
    await b.clock.advance(20_000);
    await a.clock.advance(0);
    expect(b.election.isLeader()).toBe(true);
    expect(a.election.isLeader()).toBe(false);
    expect(a.heard).toEqual(['started', 'stopped: the Lease was not renewed in time']);
    expect(server.stored).toMatchObject({ holderIdentity: 'b' });
  });

  test('that was stopped with a renewal under way does not count the late answer', async () => {
    const a = await leader(new FakeLeaseServer());
    a.line.latencyMs = 100;
    await a.clock.advance(2050);
    a.clock.freeze(30_000);
    a.line.state = 'refuses';
    await a.clock.advance(100);
    expect(a.election.isLeader()).toBe(false);
    expect(a.heard.at(-1)).toBe('stopped: the Lease was not renewed in time');
  });

  test('whose Lease is stolen stops with the next renewal, and leads again when the thief is gone', async () => {
    const server = new FakeLeaseServer();
    const a = await leader(server);
    server.tamper({ holderIdentity: 'thief', leaseDurationSeconds: 15 });
    await a.clock.advance(2000);
    expect(a.election.isLeader()).toBe(false);
    expect(a.heard).toEqual(['started', 'stopped: thief holds the Lease']);
    await a.clock.advance(15_000);
    expect(a.election.isLeader()).toBe(true);
  });

  test('whose Lease somebody edits in favour of another ends before that one leads', async () => {
    const server = new FakeLeaseServer();
    const a = await leader(server);
    const b = candidate(server, 'b');
    b.election.start();
    await b.clock.advance(1_000);
    server.tamper({ holderIdentity: 'b' });
    // The other looks first, again and again, and waits all the same.
    await b.clock.advance(14_900);
    expect(b.election.isLeader()).toBe(false);
    await a.clock.advance(2_000);
    expect(a.heard).toEqual(['started', 'stopped: b holds the Lease']);
    await b.clock.advance(1_100);
    expect(b.election.isLeader()).toBe(true);
    expect(server.stored).toMatchObject({ holderIdentity: 'b' });
  });

  test('keeps the others waiting for the full time when somebody shortens the duration in the Lease', async () => {
    const server = new FakeLeaseServer();
    const a = await leader(server);
    const b = candidate(server, 'b');
    b.election.start();
    await b.clock.advance(1_000);
    server.tamper({ leaseDurationSeconds: 1 });
    await b.clock.advance(14_000);
    expect(b.election.isLeader()).toBe(false);
    await a.clock.advance(2_000);
    expect(a.election.isLeader()).toBe(true);
  });

  test('puts back a Lease that was deleted or edited, and leads on', async () => {
    const server = new FakeLeaseServer();
    const a = await leader(server);
    server.stored = undefined;
    await a.clock.advance(2000);
    expect(server.stored).toMatchObject({ holderIdentity: 'a' });
    server.tamper({ leaseDurationSeconds: 1 });
    await a.clock.advance(2000);
    expect(server.stored).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15 });
    expect(a.heard).toEqual(['started']);
  });

  test.each([3_600_000, -3_600_000])('does not mind a jump of the wall clock by %i ms', async (jump) => {
    const a = await leader(new FakeLeaseServer());
    a.clock.jumpWall(jump);
    expect(a.election.isLeader()).toBe(true);
    await a.clock.advance(30_000);
    expect(a.heard).toEqual(['started']);
  });

  test('releases the Lease on stop, and never leads again', async () => {
    const server = new FakeLeaseServer();
    const a = await leader(server);
    await a.clock.advance(3000);
    const stopped = a.election.stop();
    expect(a.election.isLeader()).toBe(false);
    await stopped;
    expect(server.stored).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 0 });
    await a.clock.advance(60_000);
    expect(a.heard).toEqual(['started', 'stopped: stopped']);
    expect(a.clock.pendingTimers).toBe(0);
  });

  test('stops within a second when the server does not answer', async () => {
    const a = await leader(new FakeLeaseServer());
    a.line.state = 'loses answers';
    await a.clock.advance(3000);
    const startedAt = a.clock.monotonic();
    const stopped = a.election.stop();
    await a.clock.advance(1000);
    await stopped;
    expect(a.clock.monotonic() - startedAt).toBe(1000);
  });

  test('outlives a callback that throws', async () => {
    const a = candidate(new FakeLeaseServer(), 'a', {
      onStarted: () => {
        throw new Error('callback');
      },
    });
    a.election.start();
    await a.clock.advance(10_000);
    expect(a.election.isLeader()).toBe(true);
    expect(a.errors).toEqual(['Error: callback']);
  });
});

test('a candidate that is stopped leaves the Lease of another alone', async () => {
  const server = new FakeLeaseServer();
  await leader(server);
  const b = candidate(server, 'b');
  b.election.start();
  await settle();
  await b.election.stop();
  expect(server.stored).toMatchObject({ holderIdentity: 'a' });
});

test('times that cannot work are refused', () => {
  expect(() => candidate(new FakeLeaseServer(), 'a', { leaseDurationMs: 5000 })).toThrow(
    'lease duration > renew deadline > retry period',
  );
});

test('without an election the one replica leads from start to stop', async () => {
  const heard: string[] = [];
  let term: AbortSignal | undefined;
  const leadership = alwaysLeader({
    onStarted: (signal) => {
      term = signal;
    },
    onStopped: (reason) => heard.push(reason),
  });
  expect(leadership.isLeader()).toBe(false);
  leadership.start();
  expect(leadership.isLeader()).toBe(true);
  await leadership.stop();
  await leadership.stop();
  expect(leadership.isLeader()).toBe(false);
  expect(term?.aborted).toBe(true);
  expect(heard).toEqual(['stopped']);
});

// A Lease that vanishes is honoured by who knew it; a candidate that has never seen it cannot (so not in the first second).
const anyTrouble: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('stop', 'go on', 'go on') },
  { weight: 4, arbitrary: fc.constantFrom('up', 'up', 'refuses', 'loses requests', 'loses answers') },
  { weight: 1, arbitrary: fc.constantFrom('slow', 'wall', 'delete') },
);

// The Lease allows one clock to run 15/10 times as fast as the other.
test('two candidates never lead at the same moment, and one leads once the trouble is over', async () => {
  const troubles = fc.array(fc.tuple(fc.constantFrom(0, 1), anyTrouble, fc.integer({ min: 1, max: 80 })), {
    minLength: 5,
    maxLength: 25,
  });
  let terms = 0;
  await fc.assert(
    fc.asyncProperty(troubles, fc.constantFrom(1, 1.4, 1 / 1.4), async (list, rate) => {
      const duel = new Duel(rate);
      await duel.steps(4);
      for (const [who, trouble, steps] of list) {
        duel.meet(who, trouble);
        await duel.steps(steps);
      }
      duel.end();
      await duel.steps(4 * 30);
      expect(duel.overlaps).toBe(0);
      expect(duel.leaders()).toHaveLength(1);
      terms += duel.terms;
      await Promise.all(duel.both.map(async ({ election }) => await election.stop()));
    }),
    { numRuns: 100 },
  );
  expect(terms).toBeGreaterThan(150);
});
