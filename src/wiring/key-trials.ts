// Access keys are tried at the cloud while decisions go on: a decision asks, is told what is known at once, and is made
// again when the answer has come. One call for each key at a time; what came of it is remembered by its fingerprint.
import { fingerprintOf, identityOfKey } from '../cloud/identity.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { ProbeResult } from '../cloud/probe.ts';
import type { AccessKey } from '../plan/access-key.ts';
import type { KeyTrial } from '../plan/key-trial.ts';
import type { Cancel, Clock } from '../runtime/clock.ts';

export interface KeyTrialsOptions {
  readonly probe: Cloud['probe'];
  readonly clock: Clock;
  /** Decisions that asked for a key are to be made again. */
  readonly onNews: () => void;
}

export interface KeyTrials {
  /** What is known of a key; asks the cloud where that is nothing, or old, or older than it may be. */
  of(key: AccessKey, regionId: string, maxAgeMs?: number): KeyTrial;
  /** A key has been asked for that shall be answered in a moment: a status may wait for it. */
  isImminent(): boolean;
  stop(): void;
}

/** A key may be disabled at any time: it is tried again with the first decision after this. */
const ACCEPTED_FOR_MS = 600_000;
/** A new key takes seconds to be known everywhere in the cloud; one that is refused for good is not asked for so often. */
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 300_000;
/** So long a status waits for an answer: longer than a call takes, and shorter than a person. */
const IMMINENT_MS = 500;
/** Keys that are remembered, the last ones: more than are in use at one time. */
const REMEMBERED = 32;

interface Entry {
  answer?: ProbeResult;
  /** When the cloud was last asked to the end, with an answer or without; monotonic. */
  triedAt: number;
  /** Somebody was told to wait. */
  isAwaited: boolean;
  /** Monotonic; undefined while the cloud is not being asked. */
  askedAt?: number | undefined;
  /** Monotonic. */
  dueAt: number;
  failures: number;
  cancel?: Cancel | undefined;
}

export function createKeyTrials({ probe, clock, onNews }: KeyTrialsOptions): KeyTrials {
  const entries = new Map<string, Entry>();
  let isStopped = false;

  const wakeAfter = (entry: Entry, ms: number): void => {
    entry.cancel?.();
    entry.cancel = clock.after(ms, onNews);
  };

  const ask = async (entry: Entry, key: AccessKey, regionId: string): Promise<void> => {
    entry.askedAt = clock.monotonic();
    const answer = await probe(identityOfKey(key), regionId);
    entry.askedAt = undefined;
    if (isStopped) return;
    const before = entry.answer?.state;
    const isAwaited = entry.isAwaited;
    note(entry, answer, clock.monotonic());
    if (entry.failures > 0) wakeAfter(entry, entry.dueAt - clock.monotonic());
    else entry.cancel?.();
    if (isAwaited || entry.answer?.state !== before) onNews();
  };

  const entryOf = (id: string): Entry => {
    const entry = entries.get(id) ?? {
      dueAt: 0,
      failures: 0,
      isAwaited: false,
      triedAt: Number.NEGATIVE_INFINITY,
    };
    // The one that was asked for last stands at the end.
    entries.delete(id);
    entries.set(id, entry);
    for (const [oldest, { cancel }] of entries) {
      if (entries.size <= REMEMBERED) break;
      cancel?.();
      entries.delete(oldest);
    }
    return entry;
  };

  return {
    of(key, regionId, maxAgeMs = Number.POSITIVE_INFINITY) {
      const entry = entryOf(`${regionId} ${fingerprintOf(identityOfKey(key))}`);
      const now = clock.monotonic();
      const isTooOld = lacksAnswer(entry, now - maxAgeMs);
      if ((isTooOld || now >= entry.dueAt) && entry.askedAt === undefined && !isStopped) {
        void ask(entry, key, regionId);
      }
      if (!isTooOld && entry.answer !== undefined) return entry.answer;
      if (!entry.isAwaited && !isStopped) wakeAfter(entry, IMMINENT_MS);
      entry.isAwaited = true;
      return { state: 'pending' };
    },
    isImminent: () =>
      [...entries.values()].some(
        ({ isAwaited, askedAt }) =>
          isAwaited && askedAt !== undefined && clock.monotonic() - askedAt < IMMINENT_MS,
      ),
    stop() {
      isStopped = true;
      for (const { cancel } of entries.values()) cancel?.();
    },
  };
}

/** Only what lets a key pass has to be fresh; what keeps it from passing is asked again in its time. */
function lacksAnswer({ answer, triedAt }: Entry, since: number): boolean {
  return answer === undefined || (answer.state === 'accepted' && triedAt < since);
}

/** What was once said stays as long as nothing else is: that the cloud is silent now does not make a key a bad one. */
function note(entry: Entry, answer: ProbeResult, now: number): void {
  const isSilent = answer.state === 'unknown' && entry.answer !== undefined;
  if (!isSilent) entry.answer = answer;
  entry.triedAt = now;
  entry.isAwaited = false;
  entry.failures = answer.state === 'accepted' ? 0 : entry.failures + 1;
  entry.dueAt = now + (answer.state === 'accepted' ? ACCEPTED_FOR_MS : retryMs(answer, entry.failures));
}

function retryMs({ trouble }: Exclude<ProbeResult, { state: 'accepted' }>, failures: number): number {
  const doubled = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
  const { failure } = trouble;
  return failure.kind === 'Throttled' ? Math.max(doubled, failure.retryAfterMs) : doubled;
}
