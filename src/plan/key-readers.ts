// Who reads the access key in alibaba-addon-secret, and who of them started before the present one was published: such a pod
// may run with an earlier key, for Terway reads it once, when it starts. A mounted file follows the Secret and a variable
// does not, but what a program of somebody else has read is not known either way.
import { ADDON_SECRET, KEY_ID, KEY_SECRET, TERWAY_NAMESPACE } from '../api/annotations.ts';
import { terwayKey } from './claims.ts';
import { workloadKey } from './facts.ts';
import type { Facts, PodFact, SecretFact, Workload } from './facts.ts';
import { count, listed } from './wording.ts';

const REFERENCES = ['secret', 'secretRef', 'secretKeyRef'];

/** A volume, a projected one, or a variable that names the Secret, anywhere in a template. */
function namesSecret(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => {
    if (key === 'secretName') return inner === ADDON_SECRET;
    if (REFERENCES.includes(key) && (inner as { readonly name?: unknown } | null)?.name === ADDON_SECRET) {
      return true;
    }
    return namesSecret(inner);
  });
}

/** Terway, which may read it from eni_conf, and every workload beside the Secret that names it. */
export function readersOf({ network, workloads }: Facts): readonly Workload[] {
  return workloads.filter(
    (workload) =>
      workload.namespace === TERWAY_NAMESPACE &&
      (workloadKey(workload) === terwayKey(network) || namesSecret(workload.template.spec)),
  );
}

/** The last write of whoever holds the two values, or else the last one of all (RFC 3339). */
function publishedAt({ managers = [], changedAt }: SecretFact): string | undefined {
  const times = managers.flatMap(({ owns = [], time }) =>
    time !== undefined && owns.some((key) => key === KEY_ID || key === KEY_SECRET) ? [time] : [],
  );
  return times.toSorted().at(-1) ?? changedAt;
}

/** When an earlier key may be disabled, in a sentence; undefined where there is nothing to say. */
export function whenToDisable(facts: Facts): string | undefined {
  const since = facts.addonSecret.state === 'present' ? publishedAt(facts.addonSecret.object) : undefined;
  if (since === undefined) return undefined;
  const readers = readersOf(facts).map((workload) => facts.podsOf(workload));
  if (readers.some((pods) => pods === undefined)) {
    return 'The pods that read it have not all been read yet: do not disable an earlier key.';
  }
  // Times are whole seconds: what happened within one may have happened in either order.
  const earlier = readers
    .flatMap((pods) => pods ?? [])
    .filter(({ createdAt }) => createdAt === undefined || createdAt <= since);
  return earlier.length === 0 ? noneLeft(since) : someLeft(since, earlier);
}

function noneLeft(since: string): string {
  return `Every pod in ${TERWAY_NAMESPACE} that reads it started after ${since}, when it was published: an earlier key may be disabled.`;
}

function someLeft(since: string, pods: readonly PodFact[]): string {
  const names = listed(pods.map(({ name }) => name).toSorted());
  return `${count(pods.length, 'pod')} in ${TERWAY_NAMESPACE} started before it was published (${since}) and may run with an earlier key: ${names}. Disable that one only when they have been replaced.`;
}
