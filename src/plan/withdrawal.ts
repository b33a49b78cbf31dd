// Taking an exclusion back: removes exactly what the record says is ours, and keeps what others edited meanwhile.
import { attribute, termsOf, without, withTerms } from './affinity.ts';
import type { ExclusionRecord, Parent } from './affinity.ts';
import type { Affinity, PodTemplate } from './facts.ts';
import { isEmptyTerm } from './scheduling.ts';

export interface Withdrawn {
  readonly affinity: Affinity | undefined;
  /** Why something of ours had to stay; undefined where everything is gone. */
  readonly left?: string;
}

/**
 * The affinity without what the record says is ours. A term that held nothing else goes with it, but never so that a
 * restriction which somebody else made turns into none: then our expressions stay, and `left` says so.
 */
export function withdraw(template: PodTemplate, record: ExclusionRecord): Withdrawn {
  const affinity = template.spec.affinity;
  const terms = termsOf(affinity);
  if (terms === undefined) return { affinity };
  const ours = attribute(terms, record);
  if (ours.size === 0) return { affinity };
  const stripped = terms.map((term, index) => without(term, ours.get(index) ?? []));
  const kept = stripped.filter((term, index) => !(ours.has(index) && isEmptyTerm(term)));
  if (kept.some((term) => !isEmptyTerm(term))) return { affinity: withTerms(affinity, kept) };
  if (record.created.includes('required') && kept.length === 0) {
    return { affinity: withoutParents(affinity, record.created) };
  }
  return {
    affinity,
    left: 'the other requirements of its node affinity were removed meanwhile, and without ours it would run on every node',
  };
}

function withoutParents(affinity: Affinity | undefined, created: readonly Parent[]): Affinity | undefined {
  const { requiredDuringSchedulingIgnoredDuringExecution: _, ...nodeAffinity } = affinity?.nodeAffinity ?? {};
  const { nodeAffinity: __, ...others } = affinity ?? {};
  if (Object.keys(nodeAffinity).length > 0 || !created.includes('nodeAffinity'))
    return { ...affinity, nodeAffinity };
  if (Object.keys(others).length > 0 || !created.includes('affinity')) return others;
  return undefined;
}
