// An operator behind the proxy, for tests that look at single requests and their times.
import type { Entry, Handler } from './exchange.ts';
import type { States } from './jobs.ts';
import { PATHS } from './objects.ts';
import type { ObjectName, RawObject } from './objects.ts';
import { putObject } from './objects.ts';
import { pass } from './proxy.ts';
import { startHere } from './subject.ts';
import type { Subject } from './subject.ts';
import { createWaiter } from './waiting.ts';
import type { Waiter } from './waiting.ts';
import type { World } from './world.ts';

const MERGE = { contentType: 'application/merge-patch+json' };

/** A request in the operator's own time, in milliseconds. */
export interface Timed {
  readonly at: number;
  readonly entry: Entry;
}

export interface Rig extends Waiter {
  readonly subject: Subject;
  /** Everything that was asked since `harm`, the Lease left out. */
  readonly asked: readonly Timed[];
  /** From now on these requests are handled so; the others pass. Starts `asked` anew. */
  harm(name: string, handler: Handler): void;
  /** Times of the requests of this name since `harm`, counted from the first of them. */
  times(name: string): readonly number[];
  /** Lets so much of the operator's time pass. */
  pass(ms: number): Promise<void>;
  /** Merge patch as admin, not through the proxy. */
  change(name: ObjectName, body: object): Promise<void>;
  /** `kubectl replace` of what stood there before anybody held it. */
  tamper(name: 'calico' | 'terway'): Promise<void>;
}

export async function startRig(world: World, states: States, from: keyof States): Promise<Rig> {
  await world.reset(states[from]);
  world.proxy.restart();
  const startedAt = performance.now();
  const subject = await startHere(world, { leaderElect: false });
  const waiter = createWaiter(world, { subject: () => subject, startedAt: () => startedAt }, 60_000);
  await waiter.untilAtRest();
  const asked: Timed[] = [];
  return {
    ...waiter,
    ...{ subject, asked },
    harm: (name, handler) => {
      asked.length = 0;
      world.proxy.intercept((entry) => {
        if (entry.resource !== 'leases') asked.push({ at: subject.monotonic(), entry });
        return entry.name === name ? handler : pass;
      });
    },
    times: (name) => {
      const all = asked.filter(({ entry }) => entry.name === name).map(({ at }) => at);
      return all.map((at) => at - (all[0] ?? 0));
    },
    pass: waiter.letPass.bind(waiter),
    change: async (name, body) => {
      await world.api.call('PATCH', PATHS[name], body, MERGE);
    },
    tamper: async (name) => await putObject(world.api, PATHS[name], states.wild[name] as RawObject),
  };
}
