// Every job once without faults: what the plans are made of, and what their ends are compared with.
import { JOBS } from './jobs.ts';
import type { States } from './jobs.ts';
import type { Reference } from './oracle.ts';
import { planFromId, plansOf } from './plan.ts';
import { recordReference, runPlan } from './run-plan.ts';
import type { Result } from './run-plan.ts';
import type { World } from './world.ts';

export interface Rehearsed {
  readonly states: States;
  readonly references: ReadonlyMap<string, Reference>;
}

export async function rehearse(world: World): Promise<Rehearsed> {
  const wild = await world.snapshot();
  let states: States = { wild, held: wild };
  const references = new Map<string, Reference>();
  for (const job of JOBS) {
    const reference = await recordReference(world, states, job);
    references.set(job.id, reference);
    if (job.id === 'apply') states = { wild, held: reference.end };
  }
  return { states, references };
}

/** The ids of every plan that the rehearsal gives rise to. */
export function planIds({ references }: Rehearsed): readonly string[] {
  return JOBS.flatMap((job) => plansOf(job, references.get(job.id)?.record ?? [])).map(({ id }) => id);
}

export async function runOne(world: World, { states, references }: Rehearsed, id: string): Promise<Result> {
  const plan = planFromId(id);
  const reference = references.get(plan.job.id);
  if (reference === undefined) throw new Error(`${plan.job.id} was not rehearsed`);
  return await runPlan(world, states, plan, reference);
}
