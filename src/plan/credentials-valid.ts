// Condition CredentialsValid: whether the cloud takes the access key, and who may still run with an earlier one. Absent
// where the cloud is not asked. What cannot be tried is Unknown, and Ready does not depend on that.
import { ADDON_SECRET, TERWAY_NAMESPACE } from '../api/annotations.ts';
import { isSameKey, keyIn, usableKey } from './access-key.ts';
import type { AccessKey } from './access-key.ts';
import { ADDON_SECRET_KEY, claimsOf, claimsTerway } from './claims.ts';
import type { Draft } from './concern-condition.ts';
import type { Facts } from './facts.ts';
import { isCloudAsked, publishingOf, trialOf } from './key-trial.ts';
import type { KeyTrial } from './key-trial.ts';
import { whenToDisable } from './key-readers.ts';
import { onTrial, rejected, sourceStale, untried } from './key-words.ts';
import type { KeyWords } from './key-words.ts';

const type = 'CredentialsValid';
const IN_PLACE = `${TERWAY_NAMESPACE}/${ADDON_SECRET}`;

/** None where the cloud is not asked, or another network is in charge of the Secret. */
export function credentialsValid(facts: Facts): readonly Draft[] {
  if (facts.keyTrial === undefined || !isCloudAsked(facts) || !isInCharge(facts)) return [];
  const source = sourceKey(facts);
  const inPlace = usableKey(facts.addonSecret);
  if (source !== undefined && !isSameKey(source.key, inPlace)) {
    return ofSource(facts, source, inPlace !== undefined);
  }
  return inPlace === undefined ? [] : ofKeyInPlace(facts, trialOf(facts, inPlace));
}

function isInCharge({ network, networks, workloads }: Facts): boolean {
  if (!claimsTerway(network)) return false;
  const owner = claimsOf(networks, workloads).ownerOf(ADDON_SECRET_KEY);
  return owner === undefined || owner.metadata.uid === network.metadata.uid;
}

interface Source {
  readonly key: AccessKey;
  readonly place: string;
}

function sourceKey({ network, sourceSecret, operatorNamespace }: Facts): Source | undefined {
  const key = keyIn(sourceSecret);
  const place = `${operatorNamespace}/${network.spec.credentials?.secretRef?.name ?? ''}`;
  return key && { key, place };
}

function unknown(words: KeyWords): readonly Draft[] {
  return [{ type, status: 'Unknown', ...words }];
}

function bad(words: KeyWords): readonly Draft[] {
  return [{ type, status: 'False', ...words }];
}

function good(message: string): readonly Draft[] {
  return [{ type, status: 'True', reason: 'KeyAccepted', message }];
}

/** The key of the source is not in place (yet). */
function ofSource(facts: Facts, { key, place }: Source, isInPlace: boolean): readonly Draft[] {
  const { trial, ...publishing } = publishingOf(facts, key);
  switch (trial.state) {
    case 'notAsked':
      return [];
    case 'pending':
      return unknown(onTrial(place));
    case 'accepted':
      return good(`The cloud takes the access key in Secret ${place}.`);
    case 'unknown':
      return unknown(untried(place, trial, !publishing.may));
    case 'rejected': {
      const isStale = !publishing.may && publishing.why === 'stale';
      return bad(
        isStale ? sourceStale(place, trial) : rejected(place, trial, { isHeldBack: true, isInPlace }),
      );
    }
  }
}

function ofKeyInPlace(facts: Facts, trial: KeyTrial): readonly Draft[] {
  switch (trial.state) {
    case 'notAsked':
      return [];
    case 'pending':
      return unknown(onTrial(IN_PLACE));
    case 'accepted': {
      const sentences = [`The cloud takes the access key in Secret ${IN_PLACE}.`, whenToDisable(facts) ?? ''];
      return good(sentences.join(' ').trimEnd());
    }
    case 'unknown':
      return unknown(untried(IN_PLACE, trial, false));
    case 'rejected':
      return bad(rejected(IN_PLACE, trial, { isHeldBack: false, isInPlace: true }));
  }
}
