// A cloud that gives no answer. For two minutes that is nobody's business: what was known stands. After that Ready no longer
// keeps its value, as when the API server is away: whether the cloud side is in order, nobody can tell.
import type { Condition } from '../api/hybrid-network.ts';
import type { Reason } from '../api/conditions.ts';
import type { Facts } from './facts.ts';

/** Of the API server as well (ready.ts). */
export const PATIENCE_MS = 120_000;

export interface Words {
  readonly reason: Reason;
  readonly message: string;
}

function silentSince({ cloud }: Facts): string | undefined {
  return cloud?.state === 'judged' ? cloud.judgement.silentSince : undefined;
}

function words(facts: Facts, since: string): Words {
  const { cloud } = facts;
  const [why = ''] =
    cloud?.state === 'judged' ? [...cloud.judgement.troubles, cloud.judgement.outdated?.why] : [];
  const message = `ECS and VPC have given no answer of use since ${since}. ${why} What is held stays held, and it is asked on. Where the operator has no way to the cloud at all: spec.cloud.validation: Disabled.`;
  return { reason: 'CloudSilent', message: message.replace(/ {2,}/, ' ') };
}

/**
 * What Ready has to say of it, past the patience. What an earlier process said stands until the cloud has answered this one,
 * or has been silent to it for as long.
 */
export function silenceOf(facts: Facts, now: Date, before: Condition | undefined): Words | undefined {
  const { cloud } = facts;
  if (cloud === undefined || cloud.state === 'unasked') return undefined;
  const since = silentSince(facts);
  if (cloud.state === 'judged' && since === undefined) return undefined;
  if (since !== undefined && now.getTime() - Date.parse(since) >= PATIENCE_MS) return words(facts, since);
  return before?.reason === 'CloudSilent' ? { reason: 'CloudSilent', message: before.message } : undefined;
}

/** Milliseconds until Ready has something else to say, though nothing changes. */
export function patienceLeftMs(facts: Facts): number | undefined {
  const since = silentSince(facts);
  if (since === undefined) return undefined;
  const left = Date.parse(since) + PATIENCE_MS - facts.now.getTime();
  return left > 0 ? left : undefined;
}
