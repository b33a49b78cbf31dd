// Everything that the operator may do, each with why. It is held against two oracles: what the API server grants to its
// ServiceAccount (test/integration/deploy.test.ts), and what the audit logs of the whole test run show that it does
// (test/global-teardown.ts). A right that is missing here and one that nobody uses fail the run.

/** `bound`: wherever an administrator has bound the ClusterRole hybridnetwork-operator-workloads, kube-system included. */
export type Place = 'in the whole cluster' | 'kube-system' | 'hybridnetwork-system' | 'default' | 'bound';

export interface AllowedRight {
  readonly place: Place;
  /** As kubectl spells it: `daemonsets.apps`, `hybridnetworks.hybrid.alibabacloud.com/status`. */
  readonly resource: string;
  /** Of these objects only. */
  readonly names?: readonly string[];
  readonly verbs: readonly string[];
  readonly why: string;
  /** Given by deploy/guard and deploy/guard-validating only. */
  readonly isOptional?: true;
}

const ADMISSION = 'admissionregistration.k8s.io';

export const ALLOWED: readonly AllowedRight[] = [
  {
    place: 'in the whole cluster',
    resource: 'hybridnetworks.hybrid.alibabacloud.com',
    verbs: ['list', 'watch', 'patch'],
    why: 'what shall be true; the finalizer of deletionPolicy Restore is a part of the object',
  },
  {
    place: 'in the whole cluster',
    resource: 'hybridnetworks.hybrid.alibabacloud.com/status',
    verbs: ['patch'],
    why: 'what was found and done',
  },
  {
    place: 'in the whole cluster',
    resource: 'nodes',
    verbs: ['list', 'watch'],
    why: 'which nodes are in the cloud; RBAC knows no labels',
  },
  {
    place: 'in the whole cluster',
    resource: 'pods',
    verbs: ['list', 'watch'],
    why: 'where the pods of held workloads run; the CNI may live in any namespace',
  },
  ...['daemonsets.apps', 'deployments.apps', 'statefulsets.apps'].flatMap((resource): AllowedRight[] => [
    {
      place: 'in the whole cluster',
      resource,
      verbs: ['get', 'list', 'watch'],
      why: 'the CNI is found by its workloads; one whose write was refused is read again',
    },
    {
      place: 'bound',
      resource,
      verbs: ['patch'],
      why: 'node affinity, node selector and annotations; there is no narrower verb',
    },
  ]),
  {
    place: 'kube-system',
    resource: 'configmaps',
    names: ['eni-config'],
    verbs: ['get', 'list', 'watch', 'create', 'patch'],
    why: "Terway's configuration; created by server-side apply, read again where a write was refused",
  },
  {
    place: 'kube-system',
    resource: 'secrets',
    names: ['alibaba-addon-secret'],
    verbs: ['get', 'list', 'watch', 'create', 'patch'],
    why: "Terway's access key, likewise",
  },
  {
    place: 'hybridnetwork-system',
    resource: 'secrets',
    verbs: ['list', 'watch'],
    why: 'the Secrets that a spec refers to; their names are for the author of the spec to choose',
  },
  {
    place: 'hybridnetwork-system',
    resource: 'leases.coordination.k8s.io',
    verbs: ['create'],
    why: 'which replica leads; a creation cannot be narrowed to a name',
  },
  {
    place: 'hybridnetwork-system',
    resource: 'leases.coordination.k8s.io',
    names: ['hybridnetwork-operator'],
    verbs: ['get', 'update'],
    why: 'which replica leads',
  },
  {
    place: 'default',
    resource: 'events.events.k8s.io',
    verbs: ['create', 'patch'],
    why: 'Events about an object without a namespace live there; one that repeats is counted up',
  },
  ...['mutatingadmissionpolicies', 'mutatingadmissionpolicybindings'].map((kind): AllowedRight => ({
    place: 'in the whole cluster',
    resource: `${kind}.${ADMISSION}`,
    names: ['hybridnetwork-hold', 'hybridnetwork-first-sight'],
    verbs: ['get'],
    why: 'status.guard says whether the guard is in place',
    isOptional: true,
  })),
  ...['validatingadmissionpolicies', 'validatingadmissionpolicybindings'].map((kind): AllowedRight => ({
    place: 'in the whole cluster',
    resource: `${kind}.${ADMISSION}`,
    names: ['hybridnetwork-node-label', 'hybridnetwork-refuse-update', 'hybridnetwork-refuse-create'],
    verbs: ['get'],
    why: 'status.guard says whether the guard is in place',
    isOptional: true,
  })),
];

/** place → resource → verbs, as `Asker` answers: without a name, or with this one. */
export function allowedIn(
  places: readonly string[],
  { name, guard = false }: { readonly name?: string; readonly guard?: boolean } = {},
): Record<string, Record<string, readonly string[]>> {
  const isMeant = ({ names, isOptional }: AllowedRight): boolean =>
    (guard || isOptional !== true) &&
    (name === undefined ? names === undefined : names?.includes(name) === true);
  return Object.fromEntries(
    places.map((place) => {
      const here = ALLOWED.filter((right) => isMeant(right) && isGivenIn(place, right));
      return [place, Object.fromEntries(here.map(({ resource, verbs }) => [resource, verbs]))];
    }),
  );
}

function isGivenIn(place: string, right: AllowedRight): boolean {
  return place === (right.place === 'bound' ? 'kube-system' : right.place);
}
