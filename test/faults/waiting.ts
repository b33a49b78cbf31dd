// Waiting for the operator. While it has nothing to do but to wait for a time, and the cluster has come to rest, its
// clock is moved to that time.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Subject } from './subject.ts';
import { isSettled } from './world.ts';
import type { World } from './world.ts';

/** Long enough for an event to come through and for the queue to have taken it. */
const QUIET_MS = 20;
const PAUSE_MS = 12;
/** On a busy machine time passes in which this process does not run: what counts is how often it could have heard. */
const QUIET_TURNS = 4;
const REST_MS = 60;
const LOOK_MS = 150;
/** Networks, nodes, three kinds of workloads, eni-config, the Secret. */
const STANDING_WATCHES = 7;

export class GaveUp extends Error {}

export interface Waiter {
  until(what: string, isTrue: () => Promise<boolean>): Promise<void>;
  /** Nothing has gone through the proxy for so long, and the operator has opened its watches. */
  untilAtRest(restMs?: number): Promise<void>;
  /** Lets so much of the operator's time pass; none where it goes by the real one. */
  letPass(ms: number): Promise<void>;
}

export interface Watched {
  readonly subject: () => Subject | undefined;
  /** When it was started last, on the clock of `performance`. */
  readonly startedAt: () => number;
}

export function createWaiter(world: World, { subject, startedAt }: Watched, timeoutMs: number): Waiter {
  const { proxy, api } = world;
  const quietFor = (): number => (proxy.inFlight > 0 ? 0 : performance.now() - proxy.lastSign);
  let lookedAt = 0;
  let signAtLook = -1;
  let turns = 0;
  let signAtTurn = -1;
  let hurriedAt = performance.now() + 100;

  // A look costs requests: only where something went on, or where nothing has for a while.
  const shouldLook = (): boolean => {
    const now = performance.now();
    return quietFor() >= QUIET_MS && (proxy.lastSign !== signAtLook || now - lookedAt > LOOK_MS);
  };

  // What a timer set off may be on its way here.
  const hurry = (): void => {
    const now = performance.now();
    turns = proxy.lastAnySign === signAtTurn && proxy.inFlight === 0 ? turns + 1 : 0;
    signAtTurn = proxy.lastAnySign;
    if (turns < QUIET_TURNS || now - proxy.lastAnySign < PAUSE_MS || now - hurriedAt < PAUSE_MS) return;
    turns = 0;
    hurriedAt = now;
    subject()?.hurry();
  };

  const until = async (what: string, isTrue: () => Promise<boolean>): Promise<void> => {
    const deadline = performance.now() + timeoutMs;
    let settled = false;
    for (;;) {
      if (shouldLook()) {
        lookedAt = performance.now();
        signAtLook = proxy.lastSign;
        if (await hasCome(isTrue)) return;
        settled = await hasCome(async () => await isSettled(api));
      }
      if (settled && quietFor() >= QUIET_MS) hurry();
      if (performance.now() > deadline) throw new GaveUp(`not within ${timeoutMs} ms: ${what}`);
      await sleep(5);
    }
  };

  const letPass = async (ms: number): Promise<void> => {
    const from = subject()?.monotonic();
    if (from === undefined || subject()?.isHurried !== true) return;
    const deadline = performance.now() + timeoutMs;
    while ((subject()?.monotonic() ?? Infinity) - from < ms && performance.now() < deadline) {
      if (quietFor() >= QUIET_MS) hurry();
      await sleep(5);
    }
  };

  return {
    until,
    letPass,
    untilAtRest: async (restMs = REST_MS) => {
      // It has read the cluster when its watches stand; nobody hurries it here, or it would never be at rest.
      const deadline = performance.now() + timeoutMs;
      const isUp = (): boolean =>
        proxy.record.filter(({ kind, status, at }) => kind === 'watch' && status === 200 && at >= startedAt())
          .length >= STANDING_WATCHES;
      while (!isUp() || quietFor() < restMs) {
        if (!isUp() && quietFor() >= QUIET_MS) hurry();
        if (performance.now() > deadline) throw new GaveUp(`the operator did not come to rest`);
        await sleep(5);
      }
    },
  };
}

/** While the API server is away nobody can tell. */
async function hasCome(isTrue: () => Promise<boolean>): Promise<boolean> {
  return await isTrue().catch(() => false);
}
