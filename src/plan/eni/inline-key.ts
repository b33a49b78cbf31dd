// Whether the access key also stands inside eni_conf, where everybody who may read ConfigMaps sees it. Since Terway 1.8
// the mounted Secret wins and the keys in eni_conf stay blank; older ones read only eni_conf.
import { ADDON_SECRET } from '../../api/annotations.ts';
import { accessKeyIn } from '../access-key.ts';
import type { AccessKey } from '../access-key.ts';
import { terwayKey } from '../claims.ts';
import { workloadKey } from '../facts.ts';
import type { Facts, Observed, SecretFact, Workload } from '../facts.ts';
import { publishingOf } from '../key-trial.ts';
import type { JsonObject } from './json-text.ts';

const MOUNT_PATH = '/var/alibaba-addon-secret';

/** The mount in the live DaemonSet decides, not the version. */
export function mountsAddonSecret(terway: Workload): boolean {
  const volumes = new Set(
    (terway.template.spec.volumes ?? [])
      .filter(({ secret }) => secret?.secretName === ADDON_SECRET)
      .map(({ name }) => name),
  );
  return (terway.template.spec.containers ?? []).some((container) =>
    (container.volumeMounts ?? []).some(
      ({ name, mountPath }) => volumes.has(name) && mountPath.replace(/\/+$/, '') === MOUNT_PATH,
    ),
  );
}

/** `undefined`: nobody can tell yet (Auto without a Terway DaemonSet), so what stands there stays. */
function isWantedInline({ network, workloads }: Facts): boolean | undefined {
  const mode = network.spec.credentials?.inENIConfig ?? 'Auto';
  if (mode !== 'Auto') return mode === 'Always';
  const terway = workloads.find((workload) => workloadKey(workload) === terwayKey(network));
  return terway && !mountsAddonSecret(terway);
}

function validKey(secret: Observed<SecretFact> | undefined): AccessKey | undefined {
  if (secret?.state !== 'present') return undefined;
  const finding = accessKeyIn(secret.object);
  return finding.state === 'valid' ? finding.key : undefined;
}

/** The key of the source, unless it is held back: then the last good one stays here as well. */
function keyFor(facts: Facts, published: AccessKey | undefined): AccessKey | undefined {
  if (facts.sourceSecret === undefined) return published;
  const key = validKey(facts.sourceSecret);
  return key === undefined || publishingOf(facts, key).may ? key : published;
}

export interface InlineKeyChange {
  readonly changes: Readonly<Record<string, unknown>>;
  readonly why: string;
}

/** The changes of eni_conf for access_key and access_secret; undefined where they stand as they should. */
export function inlineKeyChange(facts: Facts, eniConf: JsonObject): InlineKeyChange | undefined {
  const isInline = isWantedInline(facts);
  const published = validKey(facts.addonSecret);
  if (isInline === undefined) return undefined;
  if (!isInline) {
    const isBlank = [eniConf['access_key'], eniConf['access_secret']].every((value) => (value ?? '') === '');
    // Terway would be left without any key as long as the Secret is not in place.
    if (isBlank || published === undefined) return undefined;
    return {
      changes: Object.fromEntries(
        ['access_key', 'access_secret'].filter((k) => k in eniConf).map((k) => [k, '']),
      ),
      why: 'eni_conf holds an access key that Terway takes from the Secret anyway.',
    };
  }
  const key = keyFor(facts, published);
  if (key === undefined) return undefined;
  const isSame =
    eniConf['access_key'] === key.id.reveal() && eniConf['access_secret'] === key.secret.reveal();
  if (isSame) return undefined;
  return {
    changes: { access_key: key.id.reveal(), access_secret: key.secret.reveal() },
    why: 'This Terway reads its access key from eni_conf, which holds another one.',
  };
}
