// What a request is about, in the words of RBAC: `patch daemonsets.apps/calico-node in kube-system`.

export interface RequestTarget {
  readonly verb: string;
  /** `nodes`, `daemonsets.apps`. */
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

const PATH =
  /^\/(?:api\/[^/]+|apis\/(?<group>[^/]+)\/[^/]+)(?:\/namespaces\/(?<namespace>[^/]+)(?=\/))?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<subresource>.+))?$/;

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Reads the target off the path of a request; a path of another form is named as it is. */
export function requestTarget(method: string, path: string, watching = false): RequestTarget {
  const parts = PATH.exec(path)?.groups;
  if (parts === undefined) return { verb: method.toLowerCase(), resource: path };
  const { group, namespace, resource = '', name, subresource } = parts;
  return {
    verb: watching ? 'watch' : verbOf(method, name),
    resource: group === undefined ? resource : `${resource}.${group}`,
    ...(subresource !== undefined && { subresource }),
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
  };
}

function verbOf(method: string, name: string | undefined): string {
  return VERBS[method] ?? (name === undefined ? 'list' : 'get');
}

export function describeTarget({ verb, resource, subresource, namespace, name }: RequestTarget): string {
  const object = [resource, name, subresource].filter((part) => part !== undefined).join('/');
  return namespace === undefined ? `${verb} ${object}` : `${verb} ${object} in ${namespace}`;
}
