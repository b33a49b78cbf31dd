// Fights in memory: which fields were put right how often, and which repairs wait. It stands between the plan and its
// execution. Nothing of it survives the process: a new operator begins with three repairs at once.
import type { Action, Target } from '../plan/actions.ts';
import { nameOf, targetOf } from '../plan/actions.ts';
import { hashOf } from '../plan/affinity.ts';
import type { Verdict } from '../plan/concern.ts';
import type { Outcome } from '../plan/concern-condition.ts';
import type { Facts } from '../plan/facts.ts';
import { delayMs, nextAt, repaired, seenRight, seenWrong } from '../plan/fights.ts';
import type { Contest, Fight } from '../plan/fights.ts';
import { heldFieldsOf, withoutKeys } from '../plan/held-fields.ts';
import { managerOf, snippetFor } from '../plan/managers.ts';
import type { ConcernPlan, Plan } from '../plan/plan.ts';
import { GUARD_RETRY_MS } from './patience.ts';

export interface Fights {
  /** The plan without the repairs that have to wait, and with what is fought over. */
  restrain(plan: Plan, facts: Facts): Plan;
  /** What became of the plan that was restrained last. */
  note(outcomes: readonly Outcome[]): void;
  /** Milliseconds until a repair of this network is due, or a fight of its is forgotten. */
  nextMs(network: string): number | undefined;
}

export interface FightOptions {
  /** Milliseconds that never jump. */
  readonly monotonic: () => number;
  /** Repairs of one field within ten minutes that go ahead at once; 0: all of them, always. */
  readonly limit: number;
}

interface Entry {
  readonly fight: Fight;
  readonly network: string;
  readonly concern: string;
  readonly target: Target;
  readonly field: string;
  readonly isGuard: boolean;
  readonly remedy: string | undefined;
}

export function rememberFights(options: FightOptions): Fights {
  return new FightMemory(options);
}

class FightMemory implements Fights {
  readonly #options: FightOptions;
  readonly #entries = new Map<string, Entry>();
  /** What was asked for when a concern last stood right: as long as it is the same, a write puts something back. */
  readonly #settledFor = new Map<string, string>();
  /** The fields that each repair of the present plan puts right. */
  #underway = new Map<Action, readonly string[]>();

  constructor(options: FightOptions) {
    this.#options = options;
  }

  restrain(plan: Plan, facts: Facts): Plan {
    this.#underway = new Map();
    if (this.#options.limit === 0) return plan;
    const wrong = new Set<string>();
    const concerns = plan.concerns.map((planned) => {
      if (planned.verdict.health === 'ok') this.#settledFor.set(nameIn(planned, facts), askedOf(facts));
      const run = planned.run.flatMap((action) =>
        isRepair(action, this.#settledFor.get(nameIn(planned, facts)) === askedOf(facts))
          ? (this.#hold(action, planned, facts, wrong) ?? [])
          : [action],
      );
      return { ...planned, run };
    });
    this.#quieten(facts, wrong);
    if (plan.mode === 'observe' || plan.mode === 'suspended') return { ...plan, concerns };
    return {
      ...plan,
      concerns: concerns.map((planned) => ({ ...planned, contested: this.#contestsIn(planned, facts) })),
    };
  }

  note(outcomes: readonly Outcome[]): void {
    for (const { action, failure, isRepeated } of outcomes) {
      const isTried = isRepeated !== true && (failure === undefined || failure.kind === 'Conflict');
      for (const key of isTried ? (this.#underway.get(action) ?? []) : []) {
        const entry = this.#entries.get(key);
        if (entry !== undefined)
          this.#entries.set(key, { ...entry, fight: repaired(entry.fight, this.#now()) });
      }
    }
  }

  nextMs(network: string): number | undefined {
    const times = [...this.#entries.values()]
      .filter((entry) => entry.network === network)
      .map((entry) => nextAt(entry.fight, longestOf(entry)))
      .filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.max(1, Math.min(...times) - this.#now());
  }

  #now(): number {
    return this.#options.monotonic();
  }

  // The action without the fields whose time has not come; undefined: all of it waits.
  #hold(action: Action, planned: ConcernPlan, facts: Facts, wrong: Set<string>): Action | undefined {
    const target = targetOf(action);
    const fields = heldFieldsOf(action, facts).map(({ field, writer }) => {
      const key = `${nameOf(target)} ${field}`;
      const sighting = { now: this.#now(), limit: this.#options.limit, others: [writer] };
      const entry: Entry = {
        fight: seenWrong(this.#entries.get(key)?.fight, sighting),
        network: facts.network.metadata.name,
        concern: planned.concern.name,
        target,
        field,
        isGuard: action.class === 'guard',
        remedy: remedyFor(action),
      };
      this.#entries.set(key, entry);
      wrong.add(key);
      return { key, field, isDue: this.#isDue(entry) };
    });
    const waiting = fields.filter(({ isDue }) => !isDue).map(({ field }) => field);
    const rest = waiting.length === 0 ? action : partOf(action, waiting);
    const due = fields.filter(({ isDue }) => isDue).map(({ key }) => key);
    if (rest !== undefined) this.#underway.set(rest, due);
    return rest;
  }

  #isDue(entry: Entry): boolean {
    const { wrongSince = 0 } = entry.fight;
    return wrongSince + delayMs(entry.fight, longestOf(entry)) <= this.#now();
  }

  // What was not seen wrong stands right; what nobody asks for any more is forgotten.
  #quieten({ network, networks }: Facts, wrong: ReadonlySet<string>): void {
    for (const [key, entry] of this.#entries) {
      const isHere = entry.network === network.metadata.name && !wrong.has(key);
      const fight = isHere ? seenRight(entry.fight, this.#now()) : entry.fight;
      const isOrphan = networks.every(({ metadata }) => metadata.name !== entry.network);
      if (isOrphan || fight === undefined) this.#entries.delete(key);
      else this.#entries.set(key, { ...entry, fight });
    }
  }

  #contestsIn({ concern, verdict }: ConcernPlan, { network }: Facts): readonly Contest[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.network === network.metadata.name && entry.concern === concern.name)
      .filter(({ fight, target }) => fight.delayed !== undefined && isStillHeld(target, verdict))
      .map(contestOf);
  }
}

// On a workload our annotation tells a repair from a first write. Where there is none it is one if nothing new is asked
// for since all was well.
function isRepair(action: Action, isAskedAgain: boolean): boolean {
  if (action.kind === 'workload.patch') return action.isRepair === true;
  return isAskedAgain && action.class === 'repair';
}

// The scenario changed, the workload left the list, or another network is in charge.
function isStillHeld(target: Target, { workloads = [], reason }: Verdict): boolean {
  if (target.kind === 'ConfigMap' || target.kind === 'Secret') {
    return reason !== 'NotRequired' && reason !== 'Conflict';
  }
  return workloads.some(
    ({ kind, namespace, name }) =>
      kind === target.kind && namespace === target.namespace && name === target.name,
  );
}

function longestOf({ isGuard }: Entry): number | undefined {
  return isGuard ? GUARD_RETRY_MS : undefined;
}

function nameIn({ concern }: ConcernPlan, { network }: Facts): string {
  return `${network.metadata.name} ${concern.name}`;
}

// A new spec or a new key is no fight, however often they come.
function askedOf({ network, sourceSecret }: Facts): string {
  const { uid, generation } = network.metadata;
  const source =
    sourceSecret?.state === 'present'
      ? [...sourceSecret.object.data].map(([key, { fingerprint }]) => [key, fingerprint])
      : [];
  return hashOf([uid, generation, source]);
}

function partOf(action: Action, waiting: readonly string[]): Action | undefined {
  return action.kind === 'configMap.patch' ? withoutKeys(action, waiting) : undefined;
}

// What to place at an owner who may render the field; nobody else has a place for it.
function remedyFor(action: Action): string | undefined {
  if (action.kind !== 'workload.patch' || action.verb !== 'KeepOffCloud') return undefined;
  const owner = managerOf(action.workload);
  const affinity = action.template?.spec.affinity;
  return owner.writes === 'Always' || affinity === undefined
    ? undefined
    : snippetFor(action.workload, owner, affinity);
}

function contestOf(entry: Entry): Contest {
  const { fight, target, field, isGuard, remedy } = entry;
  return {
    ...{ target, field, isGuard },
    others: fight.others,
    isWrong: fight.wrongSince !== undefined,
    delayMs: delayMs(fight, longestOf(entry)),
    ...(remedy === undefined ? {} : { remedy }),
  };
}
