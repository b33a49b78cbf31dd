// Keeping a pod template off nodes: pure functions on required node affinity.
//
// Terms are ORed and the requirements inside a term are ANDed, so an exclusion has to stand in every term. An empty
// term matches nothing: filling it would let the pod onto nodes, so it is left alone. Other affinity, preferences and
// everything that somebody else wrote stay as they are, in their order.
import { attribute, hashOf, isSame, termsOf, without, withTerms } from './affinity.ts';
import type { Exclusion, ExclusionRecord, Parent, TouchedTerm } from './affinity.ts';
import type { Affinity, NodeFact, NodeSelectorRequirement, NodeSelectorTerm, PodTemplate } from './facts.ts';
import { CLOUD_LABEL, CLOUD_VALUE, VIRTUAL_LABEL, VIRTUAL_VALUE } from './nodes.ts';
import { isEmptyTerm, selects } from './scheduling.ts';
import { withdraw } from './withdrawal.ts';

const OFF_CLOUD: Exclusion = { key: CLOUD_LABEL, operator: 'NotIn', values: [CLOUD_VALUE] };
const OFF_VIRTUAL: Exclusion = { key: VIRTUAL_LABEL, operator: 'NotIn', values: [VIRTUAL_VALUE] };

/** What has to stand in every term; both in one write, because each write restarts every pod of a DaemonSet. */
export function exclusionsFor(options: { readonly excludeVirtualNodes: boolean }): readonly Exclusion[] {
  return options.excludeVirtualNodes ? [OFF_CLOUD, OFF_VIRTUAL] : [OFF_CLOUD];
}

/** The term is impossible on nodes where the label has that value. */
function excludes(term: NodeSelectorTerm, exclusion: Exclusion): boolean {
  const [value] = exclusion.values;
  return (term.matchExpressions ?? []).some((expression) => {
    if (expression.key !== exclusion.key) return false;
    const values = expression.values ?? [];
    switch (expression.operator) {
      case 'DoesNotExist':
        return true;
      case 'NotIn':
        return values.includes(value);
      case 'In':
        return !values.includes(value);
      default:
        return false;
    }
  });
}

/** The exclusions that the nodeSelector does not already guarantee by asking for another value of the same label. */
function notBySelector(template: PodTemplate, exclusions: readonly Exclusion[]): readonly Exclusion[] {
  const selector = template.spec.nodeSelector ?? {};
  return exclusions.filter(({ key, values }) => selector[key] === undefined || selector[key] === values[0]);
}

/** The template cannot run on any excluded node, whoever saw to that. */
export function isExcluded(template: PodTemplate, exclusions: readonly Exclusion[]): boolean {
  const open = notBySelector(template, exclusions);
  const terms = termsOf(template.spec.affinity);
  if (terms === undefined) return open.length === 0;
  return terms.every((term) => isEmptyTerm(term) || open.every((exclusion) => excludes(term, exclusion)));
}

// Nodes as they may come tomorrow. Windows nodes too: an agent for them must not count as kept off for want of one.
const TOMORROW: readonly Pick<NodeFact, 'name' | 'labels'>[] = [OFF_CLOUD, OFF_VIRTUAL].flatMap(
  ({ key, values }) =>
    ['linux', 'windows'].flatMap((os) =>
      ['amd64', 'arm64'].map((arch) => ({
        name: '',
        labels: { [key]: values[0], 'kubernetes.io/os': os, 'kubernetes.io/arch': arch },
      })),
    ),
);

/**
 * The template admits no excluded node, neither one that is there nor one that may come, because it asks for a label
 * that such nodes do not have. Nothing has to be written then, and no pod has to restart.
 */
export function keepsAway(
  template: PodTemplate,
  exclusions: readonly Exclusion[],
  nodes: readonly NodeFact[],
): boolean {
  const isMeant = ({ labels }: Pick<NodeFact, 'labels'>): boolean =>
    exclusions.some(({ key, values }) => labels[key] === values[0]);
  return [...TOMORROW, ...nodes].filter(isMeant).every((node) => !selects(template, node));
}

/** Required affinity stands, but none of its terms can match any node: somebody parked the workload on purpose. */
export function isParked(template: PodTemplate): boolean {
  const terms = termsOf(template.spec.affinity);
  return terms !== undefined && terms.every(isEmptyTerm);
}

/** The template can run on cloud nodes only: keeping it off them would leave it nowhere. */
export function requiresCloud(template: PodTemplate): boolean {
  if (template.spec.nodeSelector?.[CLOUD_LABEL] === CLOUD_VALUE) return true;
  const terms = (termsOf(template.spec.affinity) ?? []).filter((term) => !isEmptyTerm(term));
  return terms.length > 0 && terms.every(asksForCloud);
}

function asksForCloud(term: NodeSelectorTerm): boolean {
  return (term.matchExpressions ?? []).some(
    ({ key, operator, values }) =>
      key === CLOUD_LABEL && operator === 'In' && values?.length === 1 && values[0] === CLOUD_VALUE,
  );
}

/**
 * Somebody else wrote required node affinity: terms that hold more than expressions of ours. The very same expressions
 * written by hand, as the guides tell people to, do not count: no owner of a CNI renders them.
 */
export function hasForeignTerms(template: PodTemplate): boolean {
  const terms = termsOf(template.spec.affinity) ?? [];
  const isOfOurs = (one: NodeSelectorRequirement): boolean =>
    [OFF_CLOUD, OFF_VIRTUAL].some((exclusion) => isSame(one, exclusion));
  return terms.some(
    ({ matchExpressions = [], matchFields = [] }) =>
      matchFields.length > 0 || !matchExpressions.every(isOfOurs),
  );
}

/** Expressions of ours stand that are no longer wanted, for example after `excludeVirtualNodes: false`. */
export function hasObsolete(
  template: PodTemplate,
  exclusions: readonly Exclusion[],
  record: ExclusionRecord | undefined,
): boolean {
  const ours = attribute(termsOf(template.spec.affinity) ?? [], record);
  const wanted = new Set(exclusions.map(({ key }) => key));
  return [...ours.values()].flat().some(({ key }) => !wanted.has(key));
}

export interface Excluded {
  readonly affinity: Affinity | undefined;
  readonly record: ExclusionRecord;
}

/**
 * The affinity that keeps the template off the excluded nodes, and the record of what is ours in it. Expressions of an
 * earlier record that are no longer wanted go; everything else stays in its order.
 */
export function exclude(
  template: PodTemplate,
  exclusions: readonly Exclusion[],
  record: ExclusionRecord | undefined,
): Excluded {
  const affinity = template.spec.affinity;
  const needed = notBySelector(template, exclusions);
  const terms = termsOf(affinity);
  if (terms === undefined) return excludeFromNothing(affinity, needed, exclusions);
  if (needed.length === 0 && record !== undefined) return excludeNoMore(template, exclusions, record);
  const ours = attribute(terms, record);
  const changes = terms.map((term, index) => excludeTerm(term, ours.get(index) ?? [], needed));
  const touched = changes.flatMap(({ hash, added }, index): TouchedTerm[] =>
    added.length === 0 ? [] : [{ index, hash, added }],
  );
  return {
    affinity: withTerms(
      affinity,
      changes.map(({ term }) => term),
    ),
    record: { exclusions, created: createdStill(record, terms.length, touched), terms: touched },
  };
}

// The nodeSelector came to guarantee everything. Only taking it all back never leaves an empty term, which runs nowhere.
function excludeNoMore(
  template: PodTemplate,
  exclusions: readonly Exclusion[],
  record: ExclusionRecord,
): Excluded {
  const { affinity, left } = withdraw(template, record);
  const nothing: ExclusionRecord = { exclusions, created: [], terms: [] };
  return { affinity, record: left === undefined ? nothing : { ...record, exclusions } };
}

interface TermChange {
  readonly term: NodeSelectorTerm;
  readonly hash: string;
  readonly added: readonly string[];
}

function excludeTerm(
  term: NodeSelectorTerm,
  ours: readonly Exclusion[],
  needed: readonly Exclusion[],
): TermChange {
  const hash = hashOf(without(term, ours));
  if (isEmptyTerm(term)) return { term, hash, added: [] };
  const obsolete = ours.filter(({ key }) => !needed.some((exclusion) => exclusion.key === key));
  const kept = without(term, obsolete);
  const missing = needed.filter((exclusion) => !excludes(kept, exclusion));
  const added = [...ours.filter((exclusion) => !obsolete.includes(exclusion)), ...missing].map(
    ({ key }) => key,
  );
  const next = { ...kept, matchExpressions: [...(kept.matchExpressions ?? []), ...missing] };
  return { term: missing.length === 0 ? kept : next, hash, added };
}

// The parents are ours only as long as nothing but our own term stands in them.
function createdStill(
  record: ExclusionRecord | undefined,
  count: number,
  touched: readonly TouchedTerm[],
): readonly Parent[] {
  return count === 1 && touched[0]?.hash === hashOf({}) ? (record?.created ?? []) : [];
}

function excludeFromNothing(
  affinity: Affinity | undefined,
  needed: readonly Exclusion[],
  exclusions: readonly Exclusion[],
): Excluded {
  if (needed.length === 0) return { affinity, record: { exclusions, created: [], terms: [] } };
  const created: Parent[] = ['required'];
  if (affinity?.nodeAffinity === undefined) created.unshift('nodeAffinity');
  if (affinity === undefined) created.unshift('affinity');
  return {
    affinity: withTerms(affinity, [{ matchExpressions: needed }]),
    record: {
      exclusions,
      created,
      terms: [{ index: 0, hash: hashOf({}), added: needed.map(({ key }) => key) }],
    },
  };
}
