// What the cloud is asked for one HybridNetwork, and by whom: as the operator would, but for the identity of its process,
// which is not at hand here.
import { ADDON_SECRET, TERWAY_NAMESPACE } from '../../api/annotations.ts';
import { askerOf } from '../cloud-asker.ts';
import type { AccessKey } from '../access-key.ts';
import type { Facts } from '../facts.ts';
import type { CheckFacts } from './check-facts.ts';
import { cloudSubject } from './cloud-subject.ts';
import type { CloudSubject } from './cloud-subject.ts';
import { missing } from './outcome.ts';
import type { Known } from './outcome.ts';

export interface CloudQuestion {
  readonly subject: Known<CloudSubject>;
  /** Undefined where no Secret holds a key that can be read: whoever asks may give one. */
  readonly asker: { readonly by: 'Reader' | 'Terway'; readonly key: AccessKey } | undefined;
  /** `kube-system/alibaba-addon-secret`: where a key is looked for. */
  readonly places: readonly string[];
}

function placesIn({ network, operatorNamespace }: Facts): readonly string[] {
  const reader = network.spec.cloud?.credentialsRef?.name;
  if (reader !== undefined) return [`${operatorNamespace}/${reader}`];
  const source = network.spec.credentials?.secretRef?.name;
  const own = source === undefined ? [] : [`${operatorNamespace}/${source}`];
  return [...own, `${TERWAY_NAMESPACE}/${ADDON_SECRET}`];
}

export function cloudQuestion(facts: CheckFacts): CloudQuestion {
  const { cluster } = facts;
  const subject = cloudSubject(facts);
  if (cluster === undefined) return { subject, asker: undefined, places: [] };
  const places = placesIn(cluster);
  const found = askerOf(cluster);
  if (found.state === 'known' && found.asker.by !== 'Process') return { subject, asker: found.asker, places };
  // The identity that the object names is wrong: no other one stands in for it. One that may not be read here may be right.
  const isWrong = found.state === 'nobody' && found.fault !== undefined && found.fault !== 'Forbidden';
  return { subject: isWrong ? missing(found.why) : subject, asker: undefined, places };
}
