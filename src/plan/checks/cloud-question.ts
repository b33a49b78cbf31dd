// What the cloud is asked for one HybridNetwork, and with which key: the one that Terway is to work with.
import { ADDON_SECRET, TERWAY_NAMESPACE } from '../../api/annotations.ts';
import { accessKeyIn } from '../access-key.ts';
import type { AccessKey } from '../access-key.ts';
import type { Facts, Observed, SecretFact } from '../facts.ts';
import type { CheckFacts } from './check-facts.ts';
import { cloudSubject } from './cloud-subject.ts';
import type { CloudSubject } from './cloud-subject.ts';
import type { Known } from './outcome.ts';

export interface CloudQuestion {
  readonly subject: Known<CloudSubject>;
  /** Of `credentials.secretRef`, or else of alibaba-addon-secret; undefined where neither holds one that can be read. */
  readonly key: AccessKey | undefined;
  /** `kube-system/alibaba-addon-secret`: where a key is looked for. */
  readonly places: readonly string[];
}

export function keyOf(secret: Observed<SecretFact> | undefined): AccessKey | undefined {
  if (secret?.state !== 'present') return undefined;
  const finding = accessKeyIn(secret.object);
  return finding.state === 'valid' ? finding.key : undefined;
}

function placesIn({ network, operatorNamespace }: Facts): readonly string[] {
  const source = network.spec.credentials?.secretRef?.name;
  const own = source === undefined ? [] : [`${operatorNamespace}/${source}`];
  return [...own, `${TERWAY_NAMESPACE}/${ADDON_SECRET}`];
}

export function cloudQuestion(facts: CheckFacts): CloudQuestion {
  const { cluster } = facts;
  return {
    subject: cloudSubject(facts),
    key: keyOf(cluster?.sourceSecret) ?? keyOf(cluster?.addonSecret),
    places: cluster === undefined ? [] : placesIn(cluster),
  };
}
