// Whether Terway has to be restarted: its pods are held against what stood while they started.
import { CONTENT_HASH_ANNOTATION } from '../../api/annotations.ts';
import type { WorkloadPatch } from '../actions.ts';
import { requiresCloud } from '../exclusion.ts';
import type { Facts, PodFact, Workload } from '../facts.ts';
import { swapKeys } from '../json-patch.ts';
import { contentOf } from './content.ts';
import {
  isStale,
  parseEpochs,
  renderEpochs,
  startedSince,
  triggerOf,
  withContent,
  withoutPast,
} from './epochs.ts';
import type { Epoch } from './epochs.ts';

export interface Step {
  readonly action?: WorkloadPatch;
  /** Pods that may run with something else than what stands now. */
  readonly stale: readonly PodFact[];
}

const NOTHING: Step = { stale: [] };

/** What to do for pods to run with what stands; `isInForce`: what stands is what shall stand. */
export function nextStep(
  facts: Facts,
  terway: Workload,
  pods: readonly PodFact[] | undefined,
  isInForce: boolean,
): Step {
  const content = contentOf(facts, terway);
  if (content === undefined) return NOTHING;
  const before = parseEpochs(terway.annotations[CONTENT_HASH_ANNOTATION]);
  const living = pods?.filter(({ deleting }) => !deleting);
  const epochs = withContent(living === undefined ? before : withoutPast(before, living), content);
  const isNews = before.at(-1)?.hash !== content.hash;
  // What runs at first sight is taken to have read what stands: a restart would be for nothing.
  if (before.length === 0) return { action: note(terway, epochs), stale: [] };
  if (!isInForce) {
    // Wrong content stands and is about to be put right. A pod that started meanwhile has read it: noted first, so that
    // it is known afterwards, even to an operator that was killed in between.
    const isRead = living === undefined || startedSince(living, content.since);
    return isNews && isRead ? { action: note(terway, epochs), stale: [] } : NOTHING;
  }
  if (living === undefined) return NOTHING;
  const stale = living.filter((pod) => isStale(epochs, pod));
  if (stale.length > 0 && mayRestart(facts, terway) && !hasTrigger(terway, epochs)) {
    return { action: restart(terway, epochs), stale };
  }
  return isNews ? { action: note(terway, epochs), stale } : { stale };
}

function mayRestart({ network }: Facts, terway: Workload): boolean {
  const isAsked = network.spec.terway?.restartOnChange ?? true;
  return isAsked && terway.updateStrategy !== 'OnDelete' && requiresCloud(terway.template);
}

function hasTrigger(terway: Workload, epochs: readonly Epoch[]): boolean {
  return terway.template.metadata?.annotations?.[CONTENT_HASH_ANNOTATION] === triggerOf(epochs);
}

function recordPatch(terway: Workload, epochs: readonly Epoch[]): WorkloadPatch['patch'] {
  return [
    { op: 'test', path: '/metadata/uid', value: terway.uid },
    ...swapKeys('/metadata/annotations', terway.hasAnnotations ? terway.annotations : undefined, {
      [CONTENT_HASH_ANNOTATION]: renderEpochs(epochs),
    }),
  ];
}

function note(terway: Workload, epochs: readonly Epoch[]): WorkloadPatch {
  return {
    kind: 'workload.patch',
    verb: 'NoteContent',
    class: 'record',
    workload: terway,
    patch: recordPatch(terway, epochs),
    template: undefined,
    widens: false,
    why: 'What Terway reads when it starts is noted, so that a change of it is known.',
  };
}

function restart(terway: Workload, epochs: readonly Epoch[]): WorkloadPatch {
  const { metadata } = terway.template;
  const change = { [CONTENT_HASH_ANNOTATION]: triggerOf(epochs) };
  return {
    ...note(terway, epochs),
    verb: 'RestartTerway',
    class: 'change',
    patch: [
      ...recordPatch(terway, epochs),
      ...swapKeys('/spec/template/metadata/annotations', metadata?.annotations, change),
    ],
    template: {
      ...terway.template,
      metadata: { ...metadata, annotations: { ...metadata?.annotations, ...change } },
    },
    why: 'eni-config or the access key changed after Terway had read it; its pods are to be restarted, one after the other.',
  };
}
