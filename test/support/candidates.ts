// Replicas that stand for leader, each with its own clock and its own line to the server that keeps the Lease.
import { LeaderElection } from '../../src/runtime/leader-election.ts';
import type { LeaderElectionOptions } from '../../src/runtime/leadership.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeLeaseServer } from './fake-lease.ts';
import type { Line } from './fake-lease.ts';

export interface Candidate {
  readonly clock: FakeClock;
  readonly line: Line;
  readonly election: LeaderElection;
  readonly heard: string[];
  readonly errors: string[];
  term: AbortSignal | undefined;
}

export function candidate(
  server: FakeLeaseServer,
  identity: string,
  options: Partial<LeaderElectionOptions> = {},
): Candidate {
  const clock = new FakeClock();
  const line: Line = { state: 'up', latencyMs: 0 };
  const self: Candidate = {
    clock,
    line,
    heard: [],
    errors: [],
    term: undefined,
    election: new LeaderElection({
      clock,
      store: server.connect(clock, line),
      identity,
      random: () => 1,
      onStarted: (term) => {
        self.heard.push('started');
        self.term = term;
      },
      onStopped: (reason) => self.heard.push(`stopped: ${reason}`),
      onError: (error) => self.errors.push(String(error)),
      ...options,
    }),
  };
  return self;
}

export type Trouble = 'stop' | 'go on' | Line['state'] | 'slow' | 'wall' | 'delete';

/** Two candidates in steps of 250 ms, looked at after each; the clock of one runs `rate` times as fast. */
export class Duel {
  readonly server = new FakeLeaseServer();
  readonly both = [candidate(this.server, 'a'), candidate(this.server, 'b')] as const;
  readonly #stopped = new Set<Candidate>();
  readonly #rate: number;
  overlaps = 0;

  constructor(rate: number) {
    this.#rate = rate;
    for (const { election } of this.both) election.start();
  }

  async steps(count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      await this.#move(this.both[0], 250 * this.#rate);
      await this.#move(this.both[1], 250);
    }
  }

  async #move(one: Candidate, ms: number): Promise<void> {
    if (this.#stopped.has(one)) one.clock.freeze(ms);
    else await one.clock.advance(ms);
    if (this.leaders().length > 1) this.overlaps += 1;
  }

  leaders(): readonly Candidate[] {
    return this.both.filter(({ election }) => election.isLeader());
  }

  meet(who: 0 | 1, trouble: Trouble): void {
    const one = this.both[who];
    if (trouble === 'stop') this.#stopped.add(one);
    else if (trouble === 'go on') this.#stopped.delete(one);
    else if (trouble === 'slow') one.line.latencyMs = one.line.latencyMs === 0 ? 3000 : 0;
    else if (trouble === 'wall') one.clock.jumpWall(who === 0 ? 3_600_000 : -3_600_000);
    else if (trouble === 'delete') this.server.stored = undefined;
    else one.line.state = trouble;
  }

  end(): void {
    this.#stopped.clear();
    for (const { line } of this.both) Object.assign(line, { state: 'up', latencyMs: 0 });
  }

  get terms(): number {
    return this.both.flatMap(({ heard }) => heard).filter((word) => word === 'started').length;
  }
}
