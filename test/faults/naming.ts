// A name for every request that is the same in every run: verb, resource, object, selector. Generated names (Events) and
// query parameters that differ from run to run stay out of it.

export type RequestKind = 'list' | 'watch' | 'get' | 'write';

export interface NamedRequest {
  /** `list-daemonsets`, `watch-pods[k8s-app=calico-node]`, `patch-hybridnetworks.status-idc-hangzhou` … */
  readonly name: string;
  readonly kind: RequestKind;
  readonly resource: string;
  /** The object's path without its query, for those who read or change it behind the operator's back. */
  readonly objectPath: string;
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Names a request by its method and its path with the query. */
export function nameOf(method: string, target: string): NamedRequest {
  const url = new URL(target, 'https://server');
  const [resource = '', object, subresource] = resourceOf(url.pathname);
  const { kind, verb } = kindOf(method, url, object);
  const what = subresource === undefined ? resource : `${resource}.${subresource}`;
  const whose = object === undefined || resource === 'events' ? '' : `-${object}`;
  return {
    name: `${verb}-${what}${whose}${selectorOf(url)}`,
    kind,
    resource,
    objectPath: subresource === undefined ? url.pathname : url.pathname.slice(0, -subresource.length - 1),
  };
}

function kindOf(
  method: string,
  url: URL,
  object: string | undefined,
): { readonly kind: RequestKind; readonly verb: string } {
  if (method !== 'GET') return { kind: 'write', verb: VERBS[method] ?? method.toLowerCase() };
  const kind = url.searchParams.get('watch') === 'true' ? 'watch' : object === undefined ? 'list' : 'get';
  return { kind, verb: kind };
}

// /api/v1/…, /apis/GROUP/VERSION/…, both with or without namespaces/NAME.
function resourceOf(path: string): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '');
  const rest = parts.slice(parts[0] === 'api' ? 2 : 3);
  return rest[0] === 'namespaces' && rest.length > 2 ? rest.slice(2) : rest;
}

function selectorOf(url: URL): string {
  const field = url.searchParams.get('fieldSelector')?.replace('metadata.name=', '');
  const selector = url.searchParams.get('labelSelector') ?? field;
  return selector === undefined ? '' : `[${selector}]`;
}
