// Carries out one plan: sets the world back, starts the operator, does the one thing to the one request, and asks the
// oracle.
import type { Entry, Exchange, Handler } from './exchange.ts';
import type { Job, States } from './jobs.ts';
import { PATHS } from './objects.ts';
import type { ObjectName, Snapshot } from './objects.ts';
import { differenceOf, isSameEnd, leaksIn, tooManyWrites } from './oracle.ts';
import type { Reference } from './oracle.ts';
import type { Plan } from './plan.ts';
import { startAlone, startHere } from './subject.ts';
import type { KillableSubject, Subject } from './subject.ts';
import { createWaiter, GaveUp } from './waiting.ts';
import type { Waiter } from './waiting.ts';
import { isSettled } from './world.ts';
import type { World } from './world.ts';
import { RACED } from './world-faults.ts';

export interface Result {
  readonly id: string;
  readonly family: string;
  readonly outcome: 'survived' | 'lost' | 'not reached';
  readonly ms: number;
  /** Why it was lost. */
  readonly why?: string;
  /** Every request that the proxy saw, and what the operator has logged. */
  readonly trace: string;
}

/** Longer than any plan takes in which the API server is away and the machine is busy. */
const TIMEOUT_MS = 240_000;

/** So much of the operator's time passes after the end has come: longer than it waits for anything but a refusal. */
const AFTERWARDS_MS = 61_000;

interface Run {
  readonly world: World;
  readonly states: States;
  readonly job: Job;
  readonly plan: Plan | undefined;
  readonly isDone: (end: Snapshot) => boolean;
  /** So many have to stand in the end: before, the operator does not see what it has to see. */
  readonly openWatches: number;
}

interface Course {
  readonly end: Snapshot;
  readonly record: readonly Entry[];
  readonly output: string;
  readonly events: string;
  readonly hits: number;
  readonly openWatches: number;
  /** Where what somebody else wrote meanwhile is gone. */
  readonly lost: readonly string[];
}

/** The run of a job without any fault. */
export async function recordReference(world: World, states: States, job: Job): Promise<Reference> {
  const isDone = job.id === 'restore' ? isGivenBack : isReady;
  const { end, record, openWatches } = await go({
    world,
    states,
    job,
    plan: undefined,
    isDone,
    openWatches: 7,
  });
  return { end, record, openWatches };
}

function isGivenBack({ network, terway }: Snapshot): boolean {
  const holds = terway?.metadata.annotations?.['hybrid.alibabacloud.com/hold'];
  return network === undefined && holds === undefined;
}

interface StatusLike {
  readonly observedGeneration?: number;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

function isReady({ network }: Snapshot): boolean {
  const { conditions = [], observedGeneration } = (network?.['status'] ?? {}) as StatusLike;
  const is = (type: string): boolean => conditions.some((one) => one.type === type && one.status === 'True');
  return observedGeneration === network?.metadata.generation && is('Ready') && !is('Reconciling');
}

export async function runPlan(
  world: World,
  states: States,
  plan: Plan,
  reference: Reference,
): Promise<Result> {
  const { id, job, fault } = plan;
  const start = performance.now();
  const told = (): Pick<Result, 'id' | 'family' | 'ms' | 'trace'> => ({
    ...{ id, family: fault.family, ms: performance.now() - start },
    trace: traceOf(world.proxy.record, seen.output(), start),
  });
  const seen = { output: () => '' };
  try {
    const isDone = (end: Snapshot): boolean => isSameEnd(end, reference);
    const course = await go({ world, states, job, plan, isDone, openWatches: reference.openWatches }, seen);
    if (course.hits === 0) return { ...told(), outcome: 'not reached' };
    const wrongs = wrongsOf(course, reference);
    if (wrongs.length === 0) return { ...told(), outcome: 'survived' };
    return { ...told(), outcome: 'lost', why: wrongs.join('; ') };
  } catch (error) {
    const difference = error instanceof GaveUp ? `: ${differenceOf(await world.snapshot(), reference)}` : '';
    const why = `${error instanceof Error ? error.message : String(error)}${difference}`;
    return { ...told(), outcome: 'lost', why };
  }
}

function traceOf(record: readonly Entry[], output: string, start: number): string {
  const lines = record.map(({ at, name, occurrence, serverStatus, status, frames }) => {
    const heard = frames > 0 ? `, ${frames} frames` : '';
    return `${((at - start) / 1_000).toFixed(3).padStart(8)} ${name}#${occurrence} ${serverStatus} ${status}${heard}`;
  });
  return `  the requests: seconds, name, answer of the server, answer to the operator (0: none)\n${lines.join('\n')}\n${output}`;
}

function wrongsOf(course: Course, reference: Reference): readonly string[] {
  return [
    ...tooManyWrites(course.record, reference),
    ...leaksIn(course),
    ...course.lost.map((path) => `what somebody else wrote to ${path} is gone`),
    ...(/"level":"fatal"/.test(course.output) ? ['the operator met an error that nobody expected'] : []),
  ];
}

async function go(run: Run, seen: { output: () => string } = { output: () => '' }): Promise<Course> {
  const { world, states, job, plan, isDone } = run;
  await world.reset(states[job.from]);
  world.proxy.restart();
  const life = createLife(world, plan?.fault.family === 'crash', needsLease(job, plan));
  seen.output = life.output;
  const waiter = createWaiter(world, life, TIMEOUT_MS);
  const stage = { world, states, ...waiter };
  await job.before?.(stage);
  const hits = plan === undefined ? () => 0 : harmBy(plan, world, life);
  await life.launch();
  let openWatches = 0;
  try {
    await job.act(stage);
    await untilDoneAndAtRest(run, waiter, life);
    openWatches = world.proxy.openWatches;
  } finally {
    await life.settled();
    await life.subject()?.stop();
    world.proxy.intercept(() => undefined);
  }
  const end = await world.snapshot();
  if (!isDone(end)) throw new GaveUp('it came to the right end, and left it again');
  const { body: events } = await world.api.request('GET', '/apis/events.k8s.io/v1/namespaces/default/events');
  return {
    ...{ end, record: world.proxy.record, output: life.output(), events: JSON.stringify(events) },
    ...{ openWatches, hits: hits(), lost: lostIn(end, world.raced) },
  };
}

// A status that was right before, and is not yet wrong, looks like the end: it has to be so when all is quiet.
async function untilDoneAndAtRest(
  { world, plan, isDone, openWatches }: Run,
  waiter: Waiter,
  life: Life,
): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  do {
    await waiter.until('the end of the run without faults', async () => {
      return world.proxy.openWatches >= openWatches && isDone(await world.snapshot());
    });
    await life.settled();
    if (plan !== undefined) await waiter.letPass(AFTERWARDS_MS);
    await waiter.untilAtRest(plan === undefined || plan.fault.family === 'crash' ? 400 : 100);
    if (
      world.proxy.openWatches >= openWatches &&
      isDone(await world.snapshot()) &&
      (await isSettled(world.api))
    )
      return;
  } while (performance.now() < deadline);
  throw new GaveUp('it keeps coming to the right end and leaving it again');
}

function lostIn(end: Snapshot, raced: ReadonlySet<string>): readonly string[] {
  return Object.entries(PATHS).flatMap(([name, path]) => {
    const object = end[name as ObjectName];
    const isLost =
      raced.has(path) && object !== undefined && object.metadata.annotations?.[RACED] === undefined;
    return isLost ? [path] : [];
  });
}

/** The operator of one plan, from its first start over all its deaths. */
interface Life {
  readonly subject: () => Subject | undefined;
  readonly startedAt: () => number;
  readonly output: () => string;
  readonly launch: () => Promise<void>;
  /** SIGKILL, and a new process. */
  readonly kill: () => Promise<void>;
  /** Resolves when a new process that is due has been started. */
  readonly settled: () => Promise<void>;
}

// A renewal every two seconds is all that most plans would see of the Lease.
function needsLease(job: Job, plan: Plan | undefined): boolean {
  const isAboutIt = plan === undefined || plan.fault.family === 'crash' || plan.request.includes('leases');
  return job.leaderElect && isAboutIt;
}

function createLife(world: World, isAlone: boolean, leaderElect: boolean): Life {
  const earlier: string[] = [];
  let subject: Subject | undefined;
  let startedAt = Infinity;
  let starting: Promise<void> = Promise.resolve();
  const launch = async (): Promise<void> => {
    subject = await (isAlone ? startAlone : startHere)(world, { leaderElect });
    startedAt = performance.now();
  };
  return {
    ...{ subject: () => subject, startedAt: () => startedAt, launch },
    output: () => [...earlier, subject?.output() ?? ''].join(''),
    settled: async () => await starting,
    kill: async () => {
      await (subject as KillableSubject).kill();
      earlier.push(subject?.output() ?? '');
      // The request that is harmed does not wait for it: it must not count as one that is under way.
      starting = launch();
      starting.catch(() => {});
    },
  };
}

/** Does what the plan says; tells how often it did. */
function harmBy({ request, occurrence, fault }: Plan, world: World, life: Life): () => number {
  let hits = 0;
  const times = fault.times ?? 1;
  const handler: Handler = async (exchange) => {
    hits += 1;
    if (fault.family === 'crash') await crash(fault.id, exchange, life);
    else await fault.harm(exchange, world);
  };
  world.proxy.intercept((entry) => {
    const isIt = entry.name === request && entry.occurrence >= occurrence && hits < times;
    return isIt ? handler : undefined;
  });
  return () => hits;
}

async function crash(when: string, exchange: Exchange, life: Life): Promise<void> {
  if (when === 'killed-after') await exchange.forward();
  if (when === 'killed-answered') await exchange.passAnswer();
  await life.kill();
  exchange.reset();
}
