// The cloud as one identity sees it. Two steps, so that a reconciliation need not wait for the cloud: `refresh` asks for
// what is due, `observe` says what is known, at once and without a call.
import type { CloudFacts } from '../plan/cloud-facts.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Caller } from './call.ts';
import { fingerprintOf } from './identity.ts';
import type { CloudIdentity, IdentitySource } from './identity.ts';
import { observe } from './observe.ts';
import type { CloudQuery } from './query.ts';
import type { Ask } from './reads/ask.ts';
import { refresh } from './refresh.ts';
import type { Session } from './refresh.ts';
import { createShelves } from './shelves.ts';
import type { Shelves } from './shelves.ts';
import { CloudError, cloudErrorOf, troubleWith } from './trouble.ts';

export interface CloudReader {
  /** Asks for whatever is due. Resolves when all has been answered or has failed; never rejects. */
  refresh(query: CloudQuery): Promise<void>;
  /** What is known, however old; what could not be renewed says why. */
  observe(query: CloudQuery): CloudFacts;
  /** Both. */
  gather(query: CloudQuery): Promise<CloudFacts>;
}

export interface ReaderOptions {
  readonly caller: Caller;
  readonly source: IdentitySource;
  readonly clock: Clock;
}

const NOBODY = 'nobody';
/** For one refresh with all of its pages: a cloud that is slow at each of them must not hold it for ever. */
const REFRESH_MS = 2 * 60_000;

export function createReader({ caller, source, clock }: ReaderOptions): CloudReader {
  const regions = new Map<string, Shelves>();
  /** What calls of the present identity have told of its rights. */
  let told = new Map<string, boolean>();
  let toldOf = NOBODY;

  const shelvesOf = (regionId: string): Shelves => {
    const shelves = regions.get(regionId) ?? createShelves(clock);
    regions.set(regionId, shelves);
    return shelves;
  };

  const openSession = async (regionId: string): Promise<Session> => {
    const who = await identify(source);
    const askedAs = who instanceof CloudError ? NOBODY : fingerprintOf(who);
    if (askedAs !== toldOf) told = new Map();
    toldOf = askedAs;
    return { askedAs, ask: asking({ caller, clock, who, regionId, told }) };
  };

  const reader: CloudReader = {
    async refresh(query) {
      await refresh(shelvesOf(query.regionId), query, await openSession(query.regionId));
    },
    observe: (query) => observe(shelvesOf(query.regionId), query, told),
    async gather(query) {
      await reader.refresh(query);
      return reader.observe(query);
    },
  };
  return reader;
}

async function identify(source: IdentitySource): Promise<CloudIdentity | CloudError> {
  const action = 'credentials';
  try {
    return (
      (await source()) ?? troubleWith({ reason: 'NoCredentials', action, detail: 'no access key is there' })
    );
  } catch (error) {
    return cloudErrorOf(action, error);
  }
}

interface Asking {
  readonly caller: Caller;
  readonly clock: Clock;
  readonly who: CloudIdentity | CloudError;
  readonly regionId: string;
  readonly told: Map<string, boolean>;
}

function asking({ caller, clock, who, regionId, told }: Asking): Ask {
  const until = clock.monotonic() + REFRESH_MS;
  return {
    regionId,
    async send(api, query) {
      if (who instanceof CloudError) throw who;
      const { action } = api;
      if (clock.monotonic() > until) {
        throw troubleWith({
          reason: 'Unreachable',
          action,
          detail: `not read within ${REFRESH_MS / 1_000} s`,
        });
      }
      try {
        const body = await caller.call(api, query, { identity: who, regionId });
        told.set(action, true);
        return body;
      } catch (error) {
        if (error instanceof CloudError && error.trouble.reason === 'Denied') told.set(action, false);
        throw error;
      }
    },
  };
}
