// A Lease on a server, and lines to it that can be slow, silent or broken, each on its candidate's own clock: what
// is on its way to a stopped process arrives when the process goes on.
import type { Clock } from '../../src/runtime/clock.ts';
import type { LeaseRecord, LeaseStore } from '../../src/runtime/lease.ts';

export interface Line {
  state: 'up' | 'refuses' | 'loses requests' | 'loses answers';
  latencyMs: number;
}

export class FakeLeaseServer {
  stored: LeaseRecord | undefined;
  readonly writes: LeaseRecord[] = [];
  requests = 0;
  #version = 0;

  connect(clock: Clock, line: Line = { state: 'up', latencyMs: 0 }): LeaseStore {
    const call = async <T>(serve: () => T): Promise<T> => {
      await passes(clock, line, 'loses requests');
      const answer = serve();
      await passes(clock, line, 'loses answers');
      return answer;
    };
    return {
      read: async () => await call(() => this.#read()),
      create: async (record) => await call(() => this.#create(record)),
      update: async (record) => await call(() => this.#update(record)),
    };
  }

  #read(): LeaseRecord | undefined {
    this.requests += 1;
    return this.stored;
  }

  #create(record: LeaseRecord): LeaseRecord {
    this.requests += 1;
    if (this.stored !== undefined) throw new Error('409: exists');
    return this.#store(record);
  }

  #update(record: LeaseRecord): LeaseRecord {
    this.requests += 1;
    if (this.stored === undefined) throw new Error('404: no such Lease');
    if (this.stored.resourceVersion !== record.resourceVersion) throw new Error('409: changed');
    return this.#store(record);
  }

  #store(record: LeaseRecord): LeaseRecord {
    this.#version += 1;
    this.stored = { ...record, resourceVersion: String(this.#version) };
    this.writes.push(this.stored);
    return this.stored;
  }

  /** Somebody edits the Lease by hand. */
  tamper(change: Partial<LeaseRecord>): void {
    if (this.stored !== undefined) this.#store({ ...this.stored, ...change });
  }
}

async function passes(clock: Clock, line: Line, lost: Line['state']): Promise<void> {
  if (line.state === 'refuses') throw new Error('connection refused');
  if (line.state === lost) await new Promise(() => {});
  if (line.latencyMs > 0) {
    await new Promise<void>((resolve) => {
      clock.after(line.latencyMs / 2, resolve);
    });
  }
}
