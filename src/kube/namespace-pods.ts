// The pods of a namespace that are watched together, and which of them belong to whom.
import type { LabelSelector, PodFact } from '../plan/facts.ts';
import { matchesSelector } from '../plan/scheduling.ts';
import { projectPod } from './projections.ts';
import type { KubeObject } from './object.ts';
import type { RawMeta } from './raw-meta.ts';

export interface LabelledPod {
  readonly pod: PodFact;
  readonly labels: Readonly<Record<string, string>>;
}

export function projectLabelledPod(raw: KubeObject): LabelledPod {
  const { labels = {} } = (raw.metadata ?? {}) as RawMeta;
  return { pod: projectPod(raw), labels };
}

export interface NamespacePods {
  ofController(uid: string): readonly PodFact[];
  like(selector: LabelSelector): readonly PodFact[];
}

/** A list is the same array until a pod changes: sorted once, it answers for every workload. */
const sorted = new WeakMap<readonly LabelledPod[], NamespacePods>();

export function namespacePods(list: readonly LabelledPod[]): NamespacePods {
  const known = sorted.get(list);
  if (known !== undefined) return known;
  const byController = Map.groupBy(list, ({ pod }) => pod.controllerUid);
  const pods = {
    ofController: (uid: string) => (byController.get(uid) ?? []).map(({ pod }) => pod),
    like: (selector: LabelSelector) =>
      list.filter(({ labels }) => matchesSelector(selector, labels)).map(({ pod }) => pod),
  };
  sorted.set(list, pods);
  return pods;
}
