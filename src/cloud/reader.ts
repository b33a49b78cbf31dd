// The cloud as one identity sees it. Two steps, so that a reconciliation need not wait for the cloud: `refresh` asks for
// what is due, `observe` says what is known, at once and without a call.
import type { CloudFacts, Permissions } from '../plan/cloud-facts.ts';
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
import { createSilence } from './silence.ts';
import type { Silence } from './silence.ts';
import type { Shelves } from './shelves.ts';
import { CloudError, cloudErrorOf, troubleWith } from './trouble.ts';

export interface CloudReader {
  /** Asks for whatever is due. Resolves when all has been answered or has failed; never rejects. */
  refresh(query: CloudQuery): Promise<void>;
  /** What is known, however old; what could not be renewed says why. */
  observe(query: CloudQuery): CloudFacts;
  /** Since when (RFC 3339) every call has gone without an answer of use; undefined while the cloud answers. */
  silentSince(): string | undefined;
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
  const told = createTold();
  const silence = createSilence(clock);

  const shelvesOf = (regionId: string): Shelves => {
    const shelves = regions.get(regionId) ?? createShelves(clock);
    regions.set(regionId, shelves);
    return shelves;
  };

  const openSession = async (regionId: string): Promise<Session> => {
    const who = await identify(source);
    const askedAs = who instanceof CloudError ? NOBODY : fingerprintOf(who);
    told.by(askedAs);
    return { askedAs, ask: asking({ caller, clock, source, regionId, told, silence }) };
  };

  const reader: CloudReader = {
    async refresh(query) {
      await refresh(shelvesOf(query.regionId), query, await openSession(query.regionId));
    },
    observe: (query) => observe(shelvesOf(query.regionId), query, told.permissions()),
    silentSince: () => silence.since(),
    async gather(query) {
      await reader.refresh(query);
      return reader.observe(query);
    },
  };
  return reader;
}

/** What calls have told of the rights of the present identity. */
interface Told {
  /** Whoever else spoke before is forgotten. */
  by(askedAs: string): Map<string, boolean>;
  permissions(): Permissions;
}

function createTold(): Told {
  let speaker = NOBODY;
  let told = new Map<string, boolean>();
  return {
    by(askedAs) {
      if (askedAs !== speaker) told = new Map();
      speaker = askedAs;
      return told;
    },
    permissions: () => told,
  };
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
  readonly source: IdentitySource;
  readonly regionId: string;
  readonly told: Told;
  readonly silence: Silence;
}

/** The identity is asked for with each call: one that is replaced during a long list signs the rest of it. */
function asking({ caller, clock, source, regionId, told, silence }: Asking): Ask {
  const until = clock.monotonic() + REFRESH_MS;
  return {
    regionId,
    async send(api, query) {
      const who = await identify(source);
      if (who instanceof CloudError) {
        silence.note(api.action, who);
        throw who;
      }
      const { action } = api;
      if (clock.monotonic() > until) {
        throw troubleWith({
          reason: 'Unreachable',
          action,
          detail: `not read within ${REFRESH_MS / 1_000} s`,
        });
      }
      const rights = told.by(fingerprintOf(who));
      try {
        const body = await caller.call(api, query, { identity: who, regionId });
        rights.set(action, true);
        silence.note(action, undefined);
        return body;
      } catch (error) {
        silence.note(action, cloudErrorOf(action, error));
        if (error instanceof CloudError && error.trouble.reason === 'Denied') rights.set(action, false);
        throw error;
      }
    },
  };
}
