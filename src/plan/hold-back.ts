// spec.cloud.validation Enforce: eni-config and the Secret are written neither for the first time nor with a change while a
// check of severity error fails, or before the cloud has been asked. What was published under this spec and drifted is put
// right at once; placement and isolation never come here.
import type { ConditionType, Reason } from '../api/conditions.ts';
import { failedChecks } from './cloud-status.ts';
import { presentJudgement, validationMode } from './cloud-side.ts';
import type { CloudJudgement } from './cloud-side.ts';
import type { Verdict } from './concern.ts';
import type { Facts } from './facts.ts';
import { listed } from './wording.ts';

export interface Publication {
  /** Of the concern that would publish. */
  readonly condition: ConditionType;
  /** `ConfigMap kube-system/eni-config` */
  readonly name: string;
  /** What is in place can be worked with as it is. */
  readonly inForce: boolean;
  /** The key that would be published ({@link keyMark}): where keys of Terway ask, it has to be the one that asked. */
  readonly key?: string;
}

/** Reasons of a condition under which it has been published by this spec. */
const PUBLISHED: readonly string[] = ['Synced', 'Progressing', 'FieldManagerConflict'] satisfies Reason[];

/** The concern has published under the present spec: what differs now has drifted. */
export function isPublished({ network }: Facts, type: ConditionType): boolean {
  const before = (network.status?.conditions ?? []).find((condition) => condition.type === type);
  return before?.observedGeneration === network.metadata.generation && PUBLISHED.includes(before.reason);
}

function held(publication: Publication, words: Pick<Verdict, 'health' | 'reason' | 'message'>): Verdict {
  return { ...words, inForce: publication.inForce, actions: [] };
}

const OTHERWISE = 'Or set spec.cloud.validation to Warn to have it written all the same.';

/** Terway's keys ask for themselves: a new one is not published by the judgement of its predecessor. */
function isByAnotherKey({ key: asked }: CloudJudgement, key: string | undefined): boolean {
  return key !== undefined && asked !== undefined && key !== asked;
}

/** In place of publishing, where that has to wait. */
export function holdBack(facts: Facts, publication: Publication): Verdict | undefined {
  const { cloud, network } = facts;
  if (validationMode(network) !== 'Enforce' || cloud === undefined) return undefined;
  const { name, key } = publication;
  if (cloud.state === 'unasked') {
    const message = `${name} is not written, because nobody can ask ECS and VPC: see the condition CloudValidated. ${OTHERWISE}`;
    return cloud.fault === undefined
      ? undefined
      : held(publication, { health: 'failed', reason: 'HeldBack', message });
  }
  const judgement = presentJudgement(facts);
  if (judgement === undefined || isByAnotherKey(judgement, key)) {
    const message = `${name} is written as soon as ECS and VPC have been asked (spec.cloud.validation: Enforce).`;
    return held(publication, { health: 'working', reason: 'AwaitingValidation', message });
  }
  const errors = failedChecks(judgement).filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return undefined;
  const ids = listed(
    errors.map(({ id }) => id),
    10,
  );
  const message = `${name} is not written, because of ${ids}: see the condition CloudValidated. ${OTHERWISE}`;
  return held(publication, { health: 'failed', reason: 'HeldBack', message });
}
