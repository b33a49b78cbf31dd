// Whether Terway has to be restarted: its pods are held against what stood while they started.
import { CONTENT_HASH_ANNOTATION } from '../../api/annotations.ts';
import type { WorkloadPatch } from '../actions.ts';
import { requiresCloud } from '../exclusion.ts';
import type { Facts, PodFact, Workload } from '../facts.ts';
import { holdOf } from '../hold.ts';
import { swapKeys } from '../json-patch.ts';
import { contentOf } from './content.ts';
import type { Content } from './content.ts';
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
  // What runs at first sight is taken to have read what stands: a restart would be for nothing.
  if (before.length === 0) return firstSight(terway, content);
  const living = pods?.filter(({ deleting }) => !deleting);
  const isNews = before.at(-1)?.hash !== content.hash;
  const epochs = withContent(living === undefined ? before : withoutPast(before, living), content);
  const noted: Step = isNews ? { action: note(terway, epochs), stale: [] } : NOTHING;
  if (!isInForce) return isRead(living, content) ? noted : NOTHING;
  return living === undefined ? NOTHING : afterChange({ facts, terway, epochs, living }, noted);
}

/** The restart that follows once what Terway reads has changed. */
export function foreseen(facts: Facts, terway: Workload, pods: readonly PodFact[] | undefined): Step {
  const isAsked = facts.network.spec.terway?.restartOnChange ?? true;
  if (!isAsked || terway.updateStrategy === 'OnDelete' || (pods ?? []).length === 0) return NOTHING;
  return { action: restart(terway, parseEpochs(terway.annotations[CONTENT_HASH_ANNOTATION])), stale: [] };
}

// Terway's placement notes it in its own write, where there is one to make.
function firstSight(terway: Workload, content: Content): Step {
  const isHeld = holdOf(terway) === 'cloud-only' && requiresCloud(terway.template);
  return isHeld ? { action: note(terway, withContent([], content)), stale: [] } : NOTHING;
}

// Wrong content stands and is about to be put right. A pod that started meanwhile has read it: noted first, so that it is
// known afterwards, even to an operator that was killed in between.
function isRead(living: readonly PodFact[] | undefined, { since }: Content): boolean {
  return living === undefined || startedSince(living, since);
}

interface Settled {
  readonly facts: Facts;
  readonly terway: Workload;
  readonly epochs: readonly Epoch[];
  readonly living: readonly PodFact[];
}

function afterChange({ facts, terway, epochs, living }: Settled, noted: Step): Step {
  const stale = living.filter((pod) => isStale(epochs, pod));
  if (stale.length > 0 && mayRestart(facts, terway, epochs))
    return { action: restart(terway, epochs), stale };
  return { ...noted, stale };
}

function mayRestart({ network }: Facts, terway: Workload, epochs: readonly Epoch[]): boolean {
  const isAsked = network.spec.terway?.restartOnChange ?? true;
  const isAble = terway.updateStrategy !== 'OnDelete' && requiresCloud(terway.template);
  return isAsked && isAble && !hasTrigger(terway, epochs);
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

/** The first note, for whoever writes to a Terway that has none; undefined where there is one, or nothing is known. */
export function firstNote(facts: Facts, terway: Workload): string | undefined {
  const content = contentOf(facts, terway);
  const isNoted = parseEpochs(terway.annotations[CONTENT_HASH_ANNOTATION]).length > 0;
  return isNoted || content === undefined ? undefined : renderEpochs(withContent([], content));
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
    notesContent: true,
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
