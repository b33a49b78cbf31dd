// A fight in words: over what, with whom, what that means now, and what a person does about it.
import { nameOf } from './actions.ts';
import type { Contest } from './fights.ts';
import { CLOUD_LABEL, CLOUD_VALUE, VIRTUAL_LABEL, VIRTUAL_VALUE } from './nodes.ts';
import { count, listed } from './wording.ts';

/** Shorter than this it changes too fast for a status to follow. */
const WORTH_TELLING_MS = 10_000;

// An upstream Terway and the ACK add-on both stay off nodes with this label, whatever their nodeSelector says.
const SECOND_LINE = `kubectl label node -l '${CLOUD_LABEL}!=${CLOUD_VALUE},${VIRTUAL_LABEL}!=${VIRTUAL_VALUE}' k8s.aliyun.com/ignore-by-terway=true`;

function fieldName({ target, field }: Contest): string {
  if (target.kind === 'ConfigMap' || target.kind === 'Secret') return `${field} in ${nameOf(target)}`;
  return `${field === 'affinity' ? 'The required node affinity' : 'The nodeSelector'} of ${nameOf(target)}`;
}

function danger({ target, field }: Contest): string {
  if (target.kind === 'ConfigMap' || target.kind === 'Secret') return 'Terway may read a wrong value';
  return field === 'affinity'
    ? `${target.name} may start on cloud or virtual nodes`
    : 'Terway may start on on-premises nodes';
}

function delayWords(contest: Contest): string {
  if (contest.isGuard) return `It is put right within a second every time; until then ${danger(contest)}.`;
  if (contest.delayMs < WORTH_TELLING_MS) {
    return `Repairs are delayed, twice as long each time up to 5 minutes; until then ${danger(contest)}.`;
  }
  const seconds = count(Math.ceil(contest.delayMs / 1_000), 'second');
  return contest.isWrong
    ? `It stands wrong, so ${danger(contest)}; it is put right ${seconds} after it was changed.`
    : `It stands right; when it is changed again it is put right after ${seconds}.`;
}

function words(contest: Contest, withRemedy: boolean): string {
  const { others, isGuard, remedy } = contest;
  const sentences = [
    `${fieldName(contest)} is fought over: somebody keeps undoing what the operator sets there (${listed(others)}).`,
    delayWords(contest),
    'Stop that writer, or have it set the same; the fight is over after 10 minutes without a change.',
    ...(isGuard ? [`Second line of defence, for on-premises nodes: ${SECOND_LINE}`] : []),
    ...(withRemedy && remedy !== undefined ? [remedy] : []),
  ];
  return sentences.join(' ');
}

/** All that is fought over on behalf of one condition, or of one workload. */
export function contestMessage(contests: readonly Contest[], remedy?: 'with remedy'): string {
  return contests.map((contest) => words(contest, remedy !== undefined)).join(' ');
}
