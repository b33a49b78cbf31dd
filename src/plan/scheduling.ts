// Where a pod template may run: nodeSelector, required node affinity and taints, evaluated as the scheduler and the
// DaemonSet controller do (k8s.io/component-helpers scheduling/corev1, pkg/controller/daemon NodeShouldRunDaemonPod).
import type {
  LabelSelector,
  NodeFact,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodTemplate,
  Toleration,
} from './facts.ts';

type Labels = Readonly<Record<string, string>>;

function asInteger(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

function compares(actual: string | undefined, limit: string | undefined, isGreater: boolean): boolean {
  const [left, right] = [asInteger(actual), asInteger(limit)];
  if (left === undefined || right === undefined) return false;
  return isGreater ? left > right : left < right;
}

/** One requirement of a node selector against labels. An unknown operator matches nothing. */
export function matchesRequirement(requirement: NodeSelectorRequirement, labels: Labels): boolean {
  // A label key may be `constructor`.
  const actual = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case 'In':
      return actual !== undefined && values.includes(actual);
    case 'NotIn':
      return actual === undefined || !values.includes(actual);
    case 'Exists':
      return actual !== undefined;
    case 'DoesNotExist':
      return actual === undefined;
    case 'Gt':
      return compares(actual, values[0], true);
    case 'Lt':
      return compares(actual, values[0], false);
    default:
      return false;
  }
}

export function matchesSelector(selector: LabelSelector, labels: Labels): boolean {
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
    (selector.matchExpressions ?? []).every((requirement) => matchesRequirement(requirement, labels))
  );
}

/** A term without expressions and without fields matches nothing, not everything. */
export function isEmptyTerm(term: NodeSelectorTerm): boolean {
  return (term.matchExpressions ?? []).length === 0 && (term.matchFields ?? []).length === 0;
}

function matchesTerm(term: NodeSelectorTerm, node: Pick<NodeFact, 'name' | 'labels'>): boolean {
  if (isEmptyTerm(term)) return false;
  const fields: Labels = { 'metadata.name': node.name };
  return (
    (term.matchExpressions ?? []).every((requirement) => matchesRequirement(requirement, node.labels)) &&
    (term.matchFields ?? []).every((requirement) => matchesRequirement(requirement, fields))
  );
}

/** nodeSelector and required node affinity admit the node. */
export function selects(template: PodTemplate, node: Pick<NodeFact, 'name' | 'labels'>): boolean {
  const selector = Object.entries(template.spec.nodeSelector ?? {});
  if (!selector.every(([key, value]) => node.labels[key] === value)) return false;
  const required = template.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

// The DaemonSet controller adds these to every pod that it makes (AddOrUpdateDaemonPodTolerations).
const DAEMON_TOLERATIONS: readonly Toleration[] = [
  'not-ready',
  'unreachable',
  'disk-pressure',
  'memory-pressure',
  'pid-pressure',
  'unschedulable',
  'network-unavailable',
].map((name) => ({ key: `node.kubernetes.io/${name}`, operator: 'Exists' }));

/** An absent or empty field of a toleration fits everything. */
function fitsOrOpen(wanted: string | undefined, actual: string): boolean {
  return (wanted ?? '') === '' || wanted === actual;
}

function tolerates(toleration: Toleration, taint: NodeFact['taints'][number]): boolean {
  if (!fitsOrOpen(toleration.effect, taint.effect)) return false;
  if (toleration.operator === 'Exists') return fitsOrOpen(toleration.key, taint.key);
  return toleration.key === taint.key && (toleration.value ?? '') === (taint.value ?? '');
}

/** A DaemonSet with this template has a pod on the node. */
export function runsDaemonOn(template: PodTemplate, node: NodeFact): boolean {
  if (!selects(template, node)) return false;
  const tolerations = [...(template.spec.tolerations ?? []), ...DAEMON_TOLERATIONS];
  return node.taints
    .filter((taint) => taint.effect !== 'PreferNoSchedule')
    .every((taint) => tolerations.some((toleration) => tolerates(toleration, taint)));
}
