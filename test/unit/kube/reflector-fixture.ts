// A reflector of nodes on a FakeApi in virtual time, with everything that it told.
import { Reflector } from '../../../src/kube/reflector.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import type { ReflectorOptions } from '../../../src/kube/reflector-options.ts';
import type { Problem } from '../../../src/kube/problem.ts';
import type { Change } from '../../../src/kube/store.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { FakeApi } from './fake-api.ts';

const STEP_MS = 500;

export interface Seen {
  readonly name: string;
  readonly uid: string;
  readonly version: string;
}

export interface Fixture {
  readonly api: FakeApi;
  readonly clock: FakeClock;
  readonly reflector: Reflector<Seen>;
  readonly changes: Change<Seen>[];
  readonly errors: unknown[];
  readonly problems: (Problem | undefined)[];
  /** The changes so far as `+a`, `-a`, `~a`, and forgets them. */
  told(): string[];
  /** Lets time pass, and everything happen that hangs on it. */
  pass(ms: number): Promise<void>;
  /** Stops the reflector, after which nothing of it may be left. */
  close(): Promise<void>;
}

export function project({ metadata }: KubeObject): Seen {
  return { name: metadata?.name ?? '', uid: metadata?.uid ?? '', version: metadata?.resourceVersion ?? '' };
}

export function createFixture(
  objects: readonly KubeObject[] = [],
  version = 100,
  options: Partial<ReflectorOptions<Seen>> = {},
): Fixture {
  const api = new FakeApi();
  api.objects = [...objects];
  api.version = version;
  const clock = new FakeClock();
  const changes: Change<Seen>[] = [];
  const errors: unknown[] = [];
  const problems: (Problem | undefined)[] = [];
  const reflector = new Reflector<Seen>({
    client: api,
    clock,
    path: '/api/v1/nodes',
    project,
    random: () => 0,
    onChange: (change) => changes.push(change),
    onError: (error) => errors.push(error),
    onProblem: (problem) => problems.push(problem),
    ...options,
  });
  const told = (): string[] => changes.splice(0).map(sign);
  const pass = async (ms: number): Promise<void> => {
    // In small steps, because what happens at one moment sets the timers for the next.
    for (let left = ms; left > 0; left -= STEP_MS) {
      await clock.advance(Math.min(left, STEP_MS));
      for (let turn = 0; turn < 5; turn += 1) await settle();
    }
  };
  const close = async (): Promise<void> => {
    await reflector.stop();
    if (clock.pendingTimers > 0) throw new Error('the reflector has left a timer behind');
    if (api.open.length > 0) throw new Error('the reflector has left a watch open');
  };
  return { api, clock, reflector, changes, errors, problems, told, pass, close };
}

/** Started, listed, and with its first watch open. */
export async function startedFixture(
  objects: readonly KubeObject[] = [],
  version = 100,
  options: Partial<ReflectorOptions<Seen>> = {},
): Promise<Fixture> {
  const fixture = createFixture(objects, version, options);
  fixture.reflector.start();
  await fixture.reflector.synced;
  await settle();
  return fixture;
}

function sign({ key, before, after }: Change<Seen>): string {
  if (before === undefined) return `+${key}`;
  return after === undefined ? `-${key}` : `~${key}`;
}
