// Whether an access key works: tried before it is handed to Terway.
import type { CloudTrouble } from '../plan/cloud-facts.ts';
import { isDryRunSuccess } from './answer.ts';
import { describeVpcs } from './api.ts';
import type { Caller } from './call.ts';
import type { CloudIdentity } from './identity.ts';
import { cloudErrorOf } from './trouble.ts';

export type ProbeResult =
  /** The cloud knows the key, and what was signed with it is right. What the key may do is another question. */
  | { readonly state: 'accepted' }
  /** The cloud refuses the key; a person has to give another one. */
  | { readonly state: 'rejected'; readonly trouble: CloudTrouble }
  /** It cannot be told at present. */
  | { readonly state: 'unknown'; readonly trouble: CloudTrouble };

// A key is tried once for each change of its Secret, with a budget of its own: a probe does not wait for the checks.
const probeApi = { ...describeVpcs, perMinute: 300 };

export async function probe(caller: Caller, identity: CloudIdentity, regionId: string): Promise<ProbeResult> {
  try {
    await caller.call(probeApi, { regionId, dryRun: true }, { identity, regionId });
    return { state: 'accepted' };
  } catch (error) {
    const { trouble } = cloudErrorOf(probeApi.action, error);
    // RAM is asked after the signature has been verified.
    if (isDryRunSuccess(trouble.code) || trouble.reason === 'Denied') return { state: 'accepted' };
    return { state: trouble.reason === 'InvalidCredentials' ? 'rejected' : 'unknown', trouble };
  }
}
