// The objects of the main job: where they are, and what belongs to nobody but us and their owners in them.
import type { ApiClient } from '../cluster/api.ts';

export const PATHS = {
  calico: '/apis/apps/v1/namespaces/kube-system/daemonsets/calico-node',
  companion: '/apis/apps/v1/namespaces/kube-system/deployments/calico-kube-controllers',
  terway: '/apis/apps/v1/namespaces/kube-system/daemonsets/terway-eniip',
  eniConfig: '/api/v1/namespaces/kube-system/configmaps/eni-config',
  secret: '/api/v1/namespaces/kube-system/secrets/alibaba-addon-secret',
  source: '/api/v1/namespaces/hybridnetwork-system/secrets/ram-user',
  network: '/apis/hybrid.alibabacloud.com/v1alpha1/hybridnetworks/idc-hangzhou',
} as const;
export type ObjectName = keyof typeof PATHS;

export interface RawObject {
  readonly metadata: {
    readonly name: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
    readonly [other: string]: unknown;
  };
  readonly [other: string]: unknown;
}

/** undefined: there is none. */
export type Snapshot = Readonly<Record<ObjectName, RawObject | undefined>>;

export async function readObject(api: ApiClient, path: string): Promise<RawObject | undefined> {
  const { status, body } = await api.request('GET', path);
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`GET ${path}: ${status}`);
  return body as RawObject;
}

export async function takeSnapshot(api: ApiClient): Promise<Snapshot> {
  const read = Object.entries(PATHS).map(
    async ([name, path]) => [name, await readObject(api, path)] as const,
  );
  return Object.fromEntries(await Promise.all(read)) as Snapshot;
}

export async function deleteObject(api: ApiClient, path: string): Promise<void> {
  const found = await readObject(api, path);
  if (found === undefined) return;
  if ((found.metadata.finalizers ?? []).length > 0)
    await api.call(
      'PATCH',
      path,
      { metadata: { finalizers: null } },
      { contentType: 'application/merge-patch+json' },
    );
  const { status } = await api.request('DELETE', path);
  if (status !== 200 && status !== 404) throw new Error(`DELETE ${path}: ${status}`);
}

/** Makes it what it was, whatever it is now; `status` too where the API keeps it apart. */
export async function putObject(api: ApiClient, path: string, wanted: RawObject): Promise<void> {
  const { resourceVersion: _version, uid: _uid, creationTimestamp: _time, ...metadata } = wanted.metadata;
  const body = { ...wanted, metadata };
  // The status writes of its controller keep moving the version.
  for (;;) {
    const found = await readObject(api, path);
    if (found === undefined) {
      await api.call('POST', path.slice(0, path.lastIndexOf('/')), body);
      return;
    }
    const version = found.metadata.resourceVersion;
    const now = { ...body, metadata: { ...metadata, resourceVersion: version } };
    const { status } = await api.request('PUT', path, now);
    if (status === 200) return;
    if (status !== 409) throw new Error(`PUT ${path}: ${status}`);
  }
}

const VOLATILE_ANNOTATIONS = [
  'deprecated.daemonset.template.generation',
  'deployment.kubernetes.io/revision',
];

/** What has to be the same at the end of every run, whatever happened on the way. */
export function essenceOf(snapshot: Snapshot): unknown {
  return Object.fromEntries(
    Object.entries(snapshot).map(([name, object]) => [name, object && essence(name as ObjectName, object)]),
  );
}

function essence(name: ObjectName, object: RawObject): unknown {
  const { annotations = {}, labels, finalizers } = object.metadata;
  const kept = Object.entries(annotations).filter(([key]) => !VOLATILE_ANNOTATIONS.includes(key));
  const { spec, data, type } = object;
  return {
    labels,
    finalizers,
    annotations: withoutHistory(Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)))),
    ...{ spec: withoutHistory(spec), data, type },
    ...(name === 'network' ? { status: statusEssence(object) } : {}),
  };
}

// Which contents Terway has seen on the way, and when, differs with what happened on the way. That its pods run with what
// stands there in the end is told by TerwayReady in the status.
function withoutHistory(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (key, one: unknown) =>
      key === 'hybrid.alibabacloud.com/content-hash' || isEmptyAnnotations(key, one) ? undefined : one,
    ),
  );
}

function isEmptyAnnotations(key: string, value: unknown): boolean {
  if (key !== 'annotations') return false;
  return Object.keys(value as object).every((name) => name === 'hybrid.alibabacloud.com/content-hash');
}

// Times differ from run to run; the generation is compared with the object's own.
function statusEssence({ metadata, status }: RawObject): unknown {
  return JSON.parse(
    JSON.stringify(status ?? null, (key, value: unknown) => {
      if (key === 'lastTransitionTime') return undefined;
      if (key === 'observedGeneration') return value === metadata.generation ? 'current' : value;
      return value;
    }),
  );
}
