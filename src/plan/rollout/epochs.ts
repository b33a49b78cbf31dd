// What has stood in front of Terway, and since when: a short history on its DaemonSet, metadata only. A pod has read what
// stood while it started; it is stale when that is not what stands now.
import type { PodFact } from '../facts.ts';
import type { Content } from './content.ts';

export interface Epoch {
  readonly hash: string;
  /** RFC 3339; undefined: before anything else that is known. */
  readonly since: string | undefined;
}

/** More changes than this between two restarts are told apart no longer: the oldest are taken as one. */
const KEPT = 8;
const EPOCH = /^([0-9a-f]{12})(?:@(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ))?$/;

/** `HASH@SINCE HASH@SINCE …`, oldest first. Somebody may have edited it: what cannot be understood counts as absent. */
export function parseEpochs(text: string | undefined): readonly Epoch[] {
  return (text ?? '').split(' ').flatMap((word): Epoch[] => {
    const [, hash, since] = EPOCH.exec(word) ?? [];
    return hash === undefined ? [] : [{ hash, since }];
  });
}

function renderEpoch({ hash, since }: Epoch): string {
  return since === undefined ? hash : `${hash}@${since}`;
}

export function renderEpochs(epochs: readonly Epoch[]): string {
  return epochs.slice(-KEPT).map(renderEpoch).join(' ');
}

/** What goes on the pod template: names the content and since when it stands, so that going back is a change, too. */
export function triggerOf(epochs: readonly Epoch[]): string {
  const last = epochs.at(-1);
  return last === undefined ? '' : renderEpoch(last);
}

/** The history with the content that stands now at its end. */
export function withContent(epochs: readonly Epoch[], { hash, since }: Content): readonly Epoch[] {
  if (epochs.length === 0) return [{ hash, since: undefined }];
  return epochs.at(-1)?.hash === hash ? epochs : [...epochs, { hash, since }];
}

/** Epochs that no living pod can have started in are forgotten. */
export function withoutPast(epochs: readonly Epoch[], pods: readonly PodFact[]): readonly Epoch[] {
  const oldest = pods.flatMap(({ createdAt }) => createdAt ?? []).toSorted()[0];
  return epochs.filter((_, index) => {
    const end = epochs[index + 1]?.since;
    return end === undefined || (oldest !== undefined && end >= oldest);
  });
}

// A volume is mounted some time between a pod's creation and its readiness. Times are whole seconds: what happened within
// one second may have happened in either order.
function mayHaveRead(epochs: readonly Epoch[], pod: PodFact): readonly Epoch[] {
  const { createdAt, ready, readySince } = pod;
  return epochs.filter(({ since }, index) => {
    const end = epochs[index + 1]?.since;
    const isOver = createdAt !== undefined && end !== undefined && end < createdAt;
    const isLater = ready && readySince !== undefined && since !== undefined && since > readySince;
    return !isOver && !isLater;
  });
}

/** The pod may run with something else than the last epoch. Without a creation time nobody can tell, and it counts as fresh. */
export function isStale(epochs: readonly Epoch[], pod: PodFact): boolean {
  const last = epochs.at(-1);
  if (last === undefined || pod.createdAt === undefined) return false;
  if (pod.contentHash === triggerOf(epochs)) return false;
  return mayHaveRead(epochs, pod).some(({ hash }) => hash !== last.hash);
}

/** A pod may have started on what stood since then. */
export function startedSince(pods: readonly PodFact[], since: string | undefined): boolean {
  if (since === undefined) return pods.length > 0;
  return pods.some(
    ({ createdAt, ready, readySince }) =>
      !ready || (createdAt ?? since) >= since || (readySince ?? since) >= since,
  );
}
