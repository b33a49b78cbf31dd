// What is said of an access key that was tried, by reason: in CredentialsSynced where it keeps a key from being published,
// and in CredentialsValid.
import { ADDON_SECRET, TERWAY_NAMESPACE } from '../api/annotations.ts';
import type { Reason } from '../api/conditions.ts';
import { troubleText } from './checks/check-facts.ts';
import type { KeyTrial } from './key-trial.ts';

const IN_PLACE = `${TERWAY_NAMESPACE}/${ADDON_SECRET}`;

export interface KeyWords {
  readonly reason: Reason;
  readonly message: string;
}

function codeOf(trial: KeyTrial): string {
  const code = 'trouble' in trial ? trial.trouble.code : undefined;
  return code === undefined ? '' : ` (${code})`;
}

function whyOf(trial: KeyTrial): string {
  return 'trouble' in trial ? troubleText(trial.trouble) : '';
}

function stays(isInPlace: boolean): string {
  return isInPlace ? `The one in Secret ${IN_PLACE} stays. ` : '';
}

/** `place`: of the Secret that the key stands in. */
export function onTrial(place: string): KeyWords {
  return { reason: 'KeyOnTrial', message: `The access key of Secret ${place} is being tried.` };
}

/** `isHeldBack`: it is not in place, and another one is or not. */
export function rejected(
  place: string,
  trial: KeyTrial,
  { isHeldBack, isInPlace }: { readonly isHeldBack: boolean; readonly isInPlace: boolean },
): KeyWords {
  const notPublished = isHeldBack ? `It is not published. ${stays(isInPlace)}` : '';
  return {
    reason: 'KeyRejected',
    message: `The cloud does not take the access key in Secret ${place}${codeOf(trial)}. ${notPublished}See in the RAM console whether the key is there and enabled, and write the right one into that Secret; it is tried again from time to time.`,
  };
}

export function sourceStale(place: string, trial: KeyTrial): KeyWords {
  return {
    reason: 'SourceStale',
    message: `The cloud does not take the access key in Secret ${place}${codeOf(trial)}, and takes the other one that somebody has put into Secret ${IN_PLACE}, which is left as it is. Write that key, or a newer one, into Secret ${place}.`,
  };
}

/** `isHeldBack`: it waits, because another one is in place. */
export function untried(place: string, trial: KeyTrial, isHeldBack: boolean): KeyWords {
  const waits = isHeldBack
    ? `${stays(true)}Where the operator has no way to the cloud, set spec.cloud.validation to Disabled, and keys are published untried.`
    : '';
  return {
    reason: 'KeyNotTried',
    message:
      `The access key in Secret ${place} cannot be tried at present, which is repeated: ${whyOf(trial)} ${waits}`.trimEnd(),
  };
}
