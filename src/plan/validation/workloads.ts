// Rules for spec.onPremises.workloads.
import type {
  HybridNetworkSpec,
  LabelSelector,
  LabelSelectorRequirement,
  WorkloadSelector,
} from '../../api/hybrid-network.ts';
import { everyKey, maybe, type Part, type RuleSet, type Rules, rulesAt, size } from './rule.ts';

const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

function isSame(a: WorkloadSelector, b: WorkloadSelector): boolean {
  return a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}

const ofList: Rules<readonly WorkloadSelector[]> = {
  'a workload must be listed once only': (all) =>
    all.every((one) => one.name === undefined || all.filter((other) => isSame(one, other)).length === 1),
};

const ofItem: Rules<WorkloadSelector> = {
  'exactly one of name or labelSelector must be set': ({ name, labelSelector }) =>
    (name === undefined) !== (labelSelector === undefined),
  'kube-proxy must not be listed: cloud nodes have no Service network without it, so remove it': ({ name }) =>
    name !== 'kube-proxy',
  'labelSelector must not select kube-proxy: cloud nodes have no Service network without it, so remove it': (
    item,
  ) => !Object.values(item.labelSelector?.matchLabels ?? {}).includes('kube-proxy'),
};

const ofSelector: Rules<LabelSelector> = {
  'labelSelector must not be empty, it would select every workload of the namespace: set matchLabels or matchExpressions':
    ({ matchLabels, matchExpressions }) =>
      Object.keys(matchLabels ?? {}).length > 0 || (matchExpressions ?? []).length > 0,
};

const ofMatchLabels: Rules<Readonly<Record<string, string>>> = {
  'every key must be a label key, an optional DNS prefix with a slash and a name of at most 63 characters, for example app.kubernetes.io/name':
    (labels) => everyKey(labels, (key) => size(key) <= 317 && LABEL_KEY.test(key)),
};

const ofMatchExpression: Rules<LabelSelectorRequirement> = {
  'values must be set for the operators In and NotIn, and must not be set for Exists and DoesNotExist': (
    expression,
  ) => {
    const takesValues = expression.operator === 'In' || expression.operator === 'NotIn';
    return takesValues === (expression.values ?? []).length > 0;
  },
};

function itemsOf({ onPremises }: HybridNetworkSpec): readonly Part<WorkloadSelector>[] {
  return (onPremises?.workloads ?? []).map((item, n) => [`spec.onPremises.workloads[${n}]`, item]);
}

function selectorsOf(spec: HybridNetworkSpec): readonly Part<LabelSelector>[] {
  return itemsOf(spec).flatMap(([at, item]) => maybe(`${at}.labelSelector`, item.labelSelector));
}

const LIST = 'spec.onPremises.workloads';
const SELECTOR = `${LIST}[].labelSelector`;

export const workloadRules: readonly RuleSet[] = [
  rulesAt(LIST, ofList, (spec) => maybe(LIST, spec.onPremises?.workloads)),
  rulesAt(`${LIST}[]`, ofItem, itemsOf),
  rulesAt(SELECTOR, ofSelector, selectorsOf),
  rulesAt(`${SELECTOR}.matchLabels`, ofMatchLabels, (spec) =>
    selectorsOf(spec).flatMap(([at, { matchLabels }]) => maybe(`${at}.matchLabels`, matchLabels)),
  ),
  rulesAt(`${SELECTOR}.matchExpressions[]`, ofMatchExpression, (spec) =>
    selectorsOf(spec).flatMap(([at, { matchExpressions = [] }]) =>
      matchExpressions.map((expression, n) => [`${at}.matchExpressions[${n}]`, expression] as const),
    ),
  ),
];
