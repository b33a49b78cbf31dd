// A new access key is tried against the cloud before it is handed to Terway, and the last good one stays until then.
//
// A key that the cloud refuses is not published. One that cannot be tried (cloud out of reach, throttled, clocks apart) is
// published only where no usable key is in place: then there is nothing to lose, and a new cluster must come up without a
// way from the operator to the cloud. Where one is in place it may be the only one that works, and an outage of the way to
// the cloud is no time to exchange it for one that nobody has tried.
import { FIELD_MANAGER, KEY_ID, KEY_SECRET } from '../api/annotations.ts';
import { isSameKey, usableKey } from './access-key.ts';
import type { AccessKey } from './access-key.ts';
import type { CloudTrouble } from './cloud-facts.ts';
import { regionOf, validationMode } from './cloud-side.ts';
import type { Facts } from './facts.ts';

/** What the cloud says of a key. */
export type KeyTrial =
  /** Nobody may ask, or nobody knows where. */
  | { readonly state: 'notAsked' }
  /** The answer is on its way; a decision follows. */
  | { readonly state: 'pending' }
  | { readonly state: 'accepted' }
  | { readonly state: 'rejected'; readonly trouble: CloudTrouble }
  /** It could not be tried; it will be again. */
  | { readonly state: 'unknown'; readonly trouble: CloudTrouble };

/** The key that was taken an hour ago may be the very one that was disabled when somebody put another one in place. */
const FRESH_MS = 5_000;

const KEYS: readonly string[] = [KEY_ID, KEY_SECRET];
const NOT_ASKED: KeyTrial = { state: 'notAsked' };

/** Who keeps hands off, or goes, asks for nothing. */
export function isCloudAsked({ network }: Pick<Facts, 'network'>): boolean {
  const isSilenced = network.spec.suspend === true || network.metadata.deletionTimestamp !== undefined;
  return !isSilenced && validationMode(network) !== 'Disabled';
}

export function trialOf(facts: Facts, key: AccessKey, maxAgeMs?: number): KeyTrial {
  if (facts.keyTrial === undefined || !isCloudAsked(facts)) return NOT_ASKED;
  const regionId = regionOf(facts);
  return regionId === undefined ? NOT_ASKED : facts.keyTrial(key, regionId, maxAgeMs);
}

/** Whether a key of the source may take the place of what stands in alibaba-addon-secret. */
export type Publishing =
  | { readonly may: true; readonly trial: KeyTrial }
  | {
      readonly may: false;
      /** `stale`: the cloud refuses it, and takes the one that somebody else has put in place. */
      readonly why: 'pending' | 'rejected' | 'unknown' | 'stale';
      readonly trial: KeyTrial;
    };

/** What stands in alibaba-addon-secret was put there by somebody else than the operator. */
function isForeign({ addonSecret, sourceSecret }: Facts): boolean {
  if (addonSecret.state !== 'present' || sourceSecret?.state !== 'present') return false;
  const { managers, changedAt = '' } = addonSecret.object;
  if (managers === undefined) return changedAt > (sourceSecret.object.changedAt ?? '');
  return !managers.some(
    ({ manager, owns = [] }) => manager === FIELD_MANAGER && owns.some((key) => KEYS.includes(key)),
  );
}

export function publishingOf(facts: Facts, key: AccessKey): Publishing {
  const inPlace = usableKey(facts.addonSecret);
  if (isSameKey(key, inPlace)) return { may: true, trial: NOT_ASKED };
  const trial = trialOf(facts, key, FRESH_MS);
  switch (trial.state) {
    case 'notAsked':
    case 'accepted':
      return { may: true, trial };
    case 'pending':
      return { may: false, why: 'pending', trial };
    case 'unknown':
      return inPlace === undefined ? { may: true, trial } : { may: false, why: 'unknown', trial };
    case 'rejected': {
      const isStale =
        inPlace !== undefined && isForeign(facts) && trialOf(facts, inPlace).state === 'accepted';
      return { may: false, why: isStale ? 'stale' : 'rejected', trial };
    }
  }
}
