// Who asks ECS and VPC on behalf of the checks: the read-only key of spec.cloud.credentialsRef, else the identity that the
// operator's process was given, else the key that Terway works with. Where a reference is set nobody else stands in for it:
// whoever names an identity of its own wants no other one to be used.
import type { Reason } from '../api/conditions.ts';
import { accessKeyIn, fromFiles, isSameKey, keyIn, keyMark, usableKey } from './access-key.ts';
import type { AccessKey } from './access-key.ts';
import type { Facts, Observed, SecretFact } from './facts.ts';
import { trialOf } from './key-trial.ts';
import { APPLY_AGAIN, isOnItsWay } from './wording.ts';

export type Asker =
  | { readonly by: 'Reader' | 'Terway'; readonly key: AccessKey }
  /** RRSA or the RAM role of the instance; sessions come and go, the identity stays. */
  | { readonly by: 'Process' };

export type AskerFinding =
  | { readonly state: 'known'; readonly asker: Asker }
  /** A first reading is on its way. */
  | { readonly state: 'unread' }
  | {
      readonly state: 'nobody';
      /** With the remedy. */
      readonly why: string;
      /** Somebody was named and cannot ask: a person is needed. */
      readonly fault?: Reason;
    };

const NO_KEY =
  'The cloud is not asked, because there is no access key to ask with: see the condition CredentialsSynced.';

export function askerOf(facts: Facts): AskerFinding {
  const { readerSecret, addonSecret, sourceSecret, hasOwnIdentity } = facts;
  if (readerSecret !== undefined) return reader(facts, readerSecret);
  if (hasOwnIdentity === true) return { state: 'known', asker: { by: 'Process' } };
  const isUnread = isOnItsWay(addonSecret) || (sourceSecret !== undefined && isOnItsWay(sourceSecret));
  if (isUnread) return { state: 'unread' };
  const key = keyOfTerway(facts);
  return key === undefined
    ? { state: 'nobody', why: NO_KEY }
    : { state: 'known', asker: { by: 'Terway', key } };
}

function reader({ network, operatorNamespace }: Facts, secret: Observed<SecretFact>): AskerFinding {
  const name = network.spec.cloud?.credentialsRef?.name ?? '';
  const place = { namespace: operatorNamespace, name };
  const told = `Secret ${operatorNamespace}/${name} of spec.cloud.credentialsRef`;
  const nobody = (problem: string, fault?: Reason): AskerFinding => ({
    state: 'nobody',
    why: `The cloud is not asked: ${problem}`,
    ...(fault === undefined ? {} : { fault }),
  });
  switch (secret.state) {
    case 'unknown':
      if (secret.why === undefined) return { state: 'unread' };
      return nobody(`${told} has not been read yet. ${secret.why}.`);
    case 'forbidden':
      return nobody(`${told} cannot be read: ${secret.why}. ${APPLY_AGAIN}`, 'Forbidden');
    case 'absent':
      return nobody(`there is no ${told}. Create it ${fromFiles(place)}`, 'SecretNotFound');
    case 'present': {
      const finding = accessKeyIn(secret.object);
      if (finding.state === 'valid') return { state: 'known', asker: { by: 'Reader', key: finding.key } };
      const remedy = `Delete it and write it again ${fromFiles(place)}`;
      return nobody(`${told} ${finding.problem}. ${remedy}`, finding.reason);
    }
  }
}

/**
 * The key that Terway is to work with, or, where that is none, the one that it works with. A new one asks as soon as its
 * trial has come out well: until then the one in place goes on asking, as it goes on being used.
 */
function keyOfTerway(facts: Facts): AccessKey | undefined {
  const source = keyIn(facts.sourceSecret);
  const inPlace = usableKey(facts.addonSecret);
  if (source === undefined) return keyIn(facts.addonSecret);
  if (inPlace === undefined || isSameKey(source, inPlace)) return source;
  const { state } = trialOf(facts, source);
  return state === 'accepted' || state === 'notAsked' ? source : inPlace;
}

/** Tells one asker from another without giving anything away. */
export function askerMark(asker: Asker): string {
  return asker.by === 'Process' ? asker.by : `${asker.by} ${keyMark(asker.key)}`;
}
