// kube-system/alibaba-addon-secret holds the access key that Terway calls the cloud with. Other add-ons share it: their
// keys in it are kept, and it is never deleted. Without `credentials.secretRef` it is itself the source and only checked.
import { ADDON_SECRET, ENI_CONFIG, KEY_ID, KEY_SECRET, TERWAY_NAMESPACE } from '../../api/annotations.ts';
import type { Reason } from '../../api/conditions.ts';
import { accessKeyIn, fromFiles, keyMark, usableKey } from '../access-key.ts';
import type { AccessKey } from '../access-key.ts';
import type { SecretWrite } from '../actions.ts';
import { ADDON_SECRET_KEY, claimsTerway } from '../claims.ts';
import { notRequired } from '../concern.ts';
import type { Concern, Verdict } from '../concern.ts';
import type { Facts, Observed, SecretFact } from '../facts.ts';
import { holdBack, isPublished } from '../hold-back.ts';
import { publishingOf } from '../key-trial.ts';
import type { Publishing } from '../key-trial.ts';
import { onTrial, rejected, sourceStale, untried } from '../key-words.ts';
import { conflictWith, isOnItsWay, unreadable } from '../wording.ts';

interface Place {
  readonly namespace: string;
  readonly name: string;
}

const ADDON: Place = { namespace: TERWAY_NAMESPACE, name: ADDON_SECRET };
const CONFIG: Place = { namespace: TERWAY_NAMESPACE, name: ENI_CONFIG };

export const credentials: Concern = {
  name: 'credentials',
  condition: 'CredentialsSynced',

  plan(facts, claims) {
    if (!claimsTerway(facts.network)) return notRequired('Scenario Overlay needs no access key.');
    const owner = claims.ownerOf(ADDON_SECRET_KEY);
    if (owner !== undefined && owner.metadata.uid !== facts.network.metadata.uid) {
      return conflictWith(owner, ADDON_SECRET_KEY);
    }
    const name = facts.network.spec.credentials?.secretRef?.name;
    if (name === undefined || facts.sourceSecret === undefined) return check(facts.addonSecret);
    return hold(facts, { namespace: facts.operatorNamespace, name }, facts.sourceSecret);
  },

  // The Secret is shared, and what stood in it before is kept nowhere: it stays.
  unplan: () => notRequired('alibaba-addon-secret stays as it is.'),
};

function failed(reason: Reason, message: string, inForce = false): Verdict {
  return { health: 'failed', reason, message, inForce, actions: [] };
}

function ok(message: string): Verdict {
  return { health: 'ok', reason: 'Synced', message, inForce: true, actions: [] };
}

function notFound(place: Place, inForce: boolean): Verdict {
  return failed(
    'SecretNotFound',
    `There is no Secret ${place.namespace}/${place.name}. Create it ${fromFiles(place)}`,
    inForce,
  );
}

function invalid(
  place: Place,
  finding: { readonly reason: Reason; readonly problem: string },
  inForce: boolean,
): Verdict {
  return failed(
    finding.reason,
    `Secret ${place.namespace}/${place.name} ${finding.problem}. Delete it and write it again ${fromFiles(place)}`,
    inForce,
  );
}

/** What is in place now, whatever the source says: the last good key stays. */
function isUsable(secret: Observed<SecretFact>): boolean {
  return usableKey(secret) !== undefined;
}

function check(addon: Observed<SecretFact>): Verdict {
  if (addon.state === 'unknown' || addon.state === 'forbidden') return unreadable('Secret', ADDON, addon);
  if (addon.state === 'absent') return notFound(ADDON, false);
  const finding = accessKeyIn(addon.object);
  if (finding.state === 'invalid') return patchCommand(finding);
  if (!finding.isPadded) return ok('alibaba-addon-secret holds an access key.');
  return failed(
    'SecretMalformed',
    `A value in Secret ${ADDON.namespace}/${ADDON.name} has white space or a byte order mark around it, which Terway takes as a part of the key. Write it again without one, or let the operator do it: set spec.credentials.secretRef.`,
  );
}

// Others keep keys of theirs in this Secret, so the remedy must not be to delete it.
function patchCommand(finding: { readonly reason: Reason; readonly problem: string }): Verdict {
  return failed(
    finding.reason,
    `Secret ${ADDON.namespace}/${ADDON.name} ${finding.problem}. Set spec.credentials.secretRef, or add the key by a file that holds {"stringData":{"${KEY_ID}":"…","${KEY_SECRET}":"…"}}: kubectl -n ${ADDON.namespace} patch secret ${ADDON.name} --type merge --patch-file FILE`,
  );
}

function hold(facts: Facts, place: Place, source: Observed<SecretFact>): Verdict {
  if (source.state === 'unknown' || source.state === 'forbidden') return unreadable('Secret', place, source);
  if (source.state === 'absent') return notFound(place, isUsable(facts.addonSecret));
  const finding = accessKeyIn(source.object);
  if (finding.state === 'invalid') return invalid(place, finding, isUsable(facts.addonSecret));
  return publish(facts, place, finding.key);
}

// A source that was written since the Secret was holds another key; otherwise somebody changed the Secret.
function isDrift(facts: Facts): boolean {
  const { addonSecret, sourceSecret } = facts;
  if (!isPublished(facts, 'CredentialsSynced')) return false;
  if (addonSecret.state !== 'present' || sourceSecret?.state !== 'present') return true;
  const [held, source] = [addonSecret.object.changedAt, sourceSecret.object.changedAt];
  return held !== undefined && source !== undefined && held > source;
}

function waits(facts: Facts, key: AccessKey): Verdict | undefined {
  if (isDrift(facts)) return undefined;
  return holdBack(facts, {
    condition: 'CredentialsSynced',
    name: `Secret ${ADDON.namespace}/${ADDON.name}`,
    inForce: isUsable(facts.addonSecret),
    key: keyMark(key),
  });
}

function publish(facts: Facts, source: Place, key: AccessKey): Verdict {
  const { addonSecret, eniConfig } = facts;
  if (addonSecret.state === 'unknown' || addonSecret.state === 'forbidden') {
    return unreadable('Secret', ADDON, addonSecret);
  }
  const existing = addonSecret.state === 'present' ? addonSecret.object : undefined;
  if (existing !== undefined && holdsKey(existing, key)) {
    return ok(`alibaba-addon-secret holds the access key of Secret ${source.namespace}/${source.name}.`);
  }
  const publishing = publishingOf(facts, key);
  if (!publishing.may) return heldBack(publishing, source, isUsable(addonSecret));
  // What Terway has read of both is noted before either changes (terway-rollout).
  if (isOnItsWay(eniConfig)) return unreadable('ConfigMap', CONFIG, eniConfig);
  const held = waits(facts, key);
  if (held !== undefined) return held;
  return {
    health: 'working',
    reason: 'Progressing',
    message: 'The access key is being written to alibaba-addon-secret.',
    inForce: isUsable(addonSecret),
    actions: [write(existing, key, source)],
  };
}

/** The key is not handed to Terway: it has not been tried yet, or the cloud refuses it. */
function heldBack(
  { why, trial }: Extract<Publishing, { may: false }>,
  { namespace, name }: Place,
  isInPlace: boolean,
): Verdict {
  const place = `${namespace}/${name}`;
  const common = { inForce: isInPlace, actions: [] };
  switch (why) {
    case 'pending':
      return { ...common, health: 'working', ...onTrial(place) };
    case 'unknown':
      return { ...common, health: 'working', ...untried(place, trial, true) };
    case 'rejected':
      return { ...common, health: 'failed', ...rejected(place, trial, { isHeldBack: true, isInPlace }) };
    case 'stale':
      return { ...common, health: 'failed', ...sourceStale(place, trial) };
  }
}

function holdsKey(secret: SecretFact, key: AccessKey): boolean {
  return key.id.equals(secret.data.get(KEY_ID)) && key.secret.equals(secret.data.get(KEY_SECRET));
}

function write(existing: SecretFact | undefined, key: AccessKey, source: Place): SecretWrite {
  const origin = `Secret ${source.namespace}/${source.name}`;
  return {
    kind: 'secret.write',
    verb: 'WriteSecret',
    class: 'repair',
    existing: existing && {
      uid: existing.uid,
      resourceVersion: existing.resourceVersion,
      hasData: existing.hasData,
    },
    values: new Map([
      [KEY_ID, key.id],
      [KEY_SECRET, key.secret],
    ]),
    why:
      existing === undefined
        ? `alibaba-addon-secret does not exist; its access key comes from ${origin}.`
        : `The access key in alibaba-addon-secret is not the one in ${origin}.`,
  };
}
