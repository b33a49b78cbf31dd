// Asks the API server what a ServiceAccount may do, for every verb and resource that there is.
import type { ControlPlane } from '../cluster/control-plane.ts';

export interface Question {
  readonly verb: string;
  readonly group?: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** namespace, or `in the whole cluster` → resource → verbs */
export type Rights = Record<string, Record<string, readonly string[]>>;

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
// Verbs that no discovery tells, on the resources that know them.
const SPECIAL: Record<string, readonly string[]> = {
  users: ['impersonate'],
  groups: ['impersonate'],
  serviceaccounts: ['impersonate'],
  roles: ['bind', 'escalate'],
  clusterroles: ['bind', 'escalate'],
};

interface Resource {
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
}

/** Who asks, by the token; the API server answers as it would answer the request itself. */
export function who(plane: ControlPlane, token: string): (question: Question) => Promise<boolean> {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const [apiVersion, kind] = ['authorization.k8s.io/v1', 'SelfSubjectAccessReview'];
  return async (resourceAttributes) => {
    const review = { apiVersion, kind, spec: { resourceAttributes } };
    const answer = await plane.api.call('POST', path, review, { token });
    return (answer as { status: { allowed: boolean } }).status.allowed;
  };
}

async function discover(plane: ControlPlane): Promise<readonly Resource[]> {
  const { groups } = (await plane.api.call('GET', '/apis')) as {
    groups: { name: string; versions: { groupVersion: string }[] }[];
  };
  const versions = groups.flatMap(({ name, versions: all }) =>
    all.map(({ groupVersion }) => ({ group: name, path: `/apis/${groupVersion}` })),
  );
  const lists = [{ group: '', path: '/api/v1' }, ...versions].map(async ({ group, path }) => {
    const { resources } = (await plane.api.call('GET', path)) as { resources: { name: string }[] };
    return resources.map(({ name }) => {
      const [resource = '', subresource] = name.split('/');
      return subresource === undefined ? { group, resource } : { group, resource, subresource };
    });
  });
  const hidden = ['users', 'groups'].map((resource) => ({ group: '', resource }));
  const all = [...(await Promise.all(lists)).flat(), ...hidden];
  return [...new Map(all.map((resource) => [JSON.stringify(resource), resource])).values()];
}

function nameOf({ group, resource, subresource }: Resource): string {
  const name = group === '' ? resource : `${resource}.${group}`;
  return subresource === undefined ? name : `${name}/${subresource}`;
}

type Ask = (question: Question) => Promise<boolean>;
type Where = Pick<Question, 'namespace' | 'name'>;

async function verbsOn(resource: Resource, place: Where, ask: Ask): Promise<readonly string[]> {
  const verbs = [...VERBS, ...(SPECIAL[resource.resource] ?? [])];
  const answers = await Promise.all(verbs.map((verb) => ask({ ...resource, ...place, verb })));
  return verbs.filter((_verb, n) => answers[n]);
}

async function rightsIn(
  resources: readonly Resource[],
  where: Where,
  ask: Ask,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rights = new Map<string, readonly string[]>();
  const queue = [...resources];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      rights.set(nameOf(next), await verbsOn(next, where, ask));
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return rights;
}

function without(
  rights: ReadonlyMap<string, readonly string[]>,
  others: ReadonlyMap<string, readonly string[]>,
): Record<string, readonly string[]> {
  const own = [...rights].map(([name, verbs]) => {
    const known = others.get(name) ?? [];
    return [name, verbs.filter((verb) => !known.includes(verb))] as const;
  });
  return Object.fromEntries(own.filter(([, verbs]) => verbs.length > 0));
}

/** One ServiceAccount to ask about, and another of which nobody gave rights to, to leave out what any of them may do. */
export interface Asker {
  /** What it may do without naming an object: in the whole cluster, and beyond that in each namespace. */
  unnamed(namespaces: readonly string[]): Promise<Rights>;
  /** What it may do with objects of this name, of any kind, beyond what it may do without naming one. */
  named(name: string, namespaces: readonly string[]): Promise<Rights>;
}

export async function askerFor(
  plane: ControlPlane,
  account: { readonly namespace: string; readonly name: string },
): Promise<Asker> {
  const resources = await discover(plane);
  const asAccount = who(plane, await plane.tokenFor(account.namespace, account.name));
  const asAnybody = who(plane, await plane.tokenFor(account.namespace, 'default'));
  const known = new Map<string | undefined, Promise<ReadonlyMap<string, readonly string[]>>>();
  const unnamedIn = async (namespace?: string): Promise<ReadonlyMap<string, readonly string[]>> => {
    const where = namespace === undefined ? {} : { namespace };
    const found = known.get(namespace) ?? rightsIn(resources, where, asAccount);
    known.set(namespace, found);
    return await found;
  };
  const everywhere = await unnamedIn();
  const anybody = await rightsIn(resources, {}, asAnybody);
  return {
    unnamed: async (namespaces) => {
      const rights: Rights = { 'in the whole cluster': without(everywhere, anybody) };
      for (const namespace of namespaces) {
        rights[namespace] = without(await rightsIn(resources, { namespace }, asAccount), everywhere);
      }
      return rights;
    },
    named: async (name, namespaces) => {
      const here = await rightsIn(resources, { name }, asAccount);
      const rights: Rights = { 'in the whole cluster': without(here, everywhere) };
      for (const namespace of namespaces) {
        const named = without(
          await rightsIn(resources, { namespace, name }, asAccount),
          await unnamedIn(namespace),
        );
        rights[namespace] = without(new Map(Object.entries(named)), here);
      }
      return rights;
    },
  };
}
