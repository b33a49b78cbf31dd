// Sentences that several concerns say the same way.
import type { HybridNetwork } from '../api/hybrid-network.ts';
import type { Verdict } from './concern.ts';
import type { Observed } from './facts.ts';

/** Not a command that would do for all: images, replicas and components stand in a kustomization of the user's, or in values. */
export const APPLY_AGAIN =
  'Apply the manifests of the operator again, as they were installed: kubectl apply -k on your own kustomization, or helm upgrade.';

/** `1 pod`, `3 pods`. */
export function count(n: number, noun: string): string {
  return n === 1 ? `1 ${noun}` : `${n} ${noun}s`;
}

/** Joins names for a sentence and bounds it: `a, b, c and 4 more`. */
export function listed(names: readonly string[], limit = 5): string {
  if (names.length <= limit) return names.join(', ');
  return `${names.slice(0, limit).join(', ')} and ${names.length - limit} more`;
}

/** Another network is in charge of the target. */
export function conflictWith(owner: HybridNetwork, key: string): Verdict {
  const [kind, namespace, name] = key.split('/');
  return {
    health: 'failed',
    reason: 'Conflict',
    message: `HybridNetwork ${owner.metadata.name} is older and in charge of ${kind} ${namespace}/${name}. Delete one of the two, or change this one so that it does not claim it.`,
    inForce: false,
    actions: [],
  };
}

/** Its first reading is on its way: a decision follows in a moment. */
export function isOnItsWay<T>(observed: Observed<T>): observed is Extract<Observed<T>, { state: 'unknown' }> {
  return observed.state === 'unknown' && observed.why === undefined;
}

/** An object that the decision depends on cannot be read (yet). */
export function unreadable(
  kind: string,
  place: { readonly namespace: string; readonly name: string },
  observed:
    | { readonly state: 'unknown'; readonly why?: string }
    | { readonly state: 'forbidden'; readonly why: string },
): Verdict {
  const name = `${kind} ${place.namespace}/${place.name}`;
  const common = { inForce: false, actions: [] };
  if (observed.state === 'unknown') {
    const why = observed.why === undefined ? '' : ` ${observed.why}.`;
    const message = `${name} has not been read yet.${why}`;
    return { ...common, health: 'unknown', reason: 'Observing', message };
  }
  return {
    ...common,
    health: 'failed',
    reason: 'Forbidden',
    message: `${name} cannot be read: ${observed.why}. ${APPLY_AGAIN}`,
  };
}
