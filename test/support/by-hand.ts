// What people, pipelines and consoles do to the cluster behind the operator's back, and what is asked of it afterwards.
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEntry, AuditMark } from '../cluster/audit.ts';
import { eventually } from './eventually.ts';
import type { HybridCluster, KubeObject } from './hybrid-cluster.ts';

const PLURALS: Readonly<Record<string, string>> = {
  ConfigMap: '/api/v1/namespaces/{ns}/configmaps',
  Secret: '/api/v1/namespaces/{ns}/secrets',
  DaemonSet: '/apis/apps/v1/namespaces/{ns}/daemonsets',
  Deployment: '/apis/apps/v1/namespaces/{ns}/deployments',
  StatefulSet: '/apis/apps/v1/namespaces/{ns}/statefulsets',
  HybridNetwork: '/apis/hybrid.alibabacloud.com/v1alpha1/hybridnetworks',
};

export interface Place {
  readonly kind: 'ConfigMap' | 'Secret' | 'DaemonSet' | 'Deployment' | 'StatefulSet' | 'HybridNetwork';
  /** kube-system by default. */
  readonly namespace?: string;
  readonly name: string;
}

export const ADDON_SECRET: Place = { kind: 'Secret', name: 'alibaba-addon-secret' };
export const ENI_CONFIG: Place = { kind: 'ConfigMap', name: 'eni-config' };
export const CALICO: Place = { kind: 'DaemonSet', name: 'calico-node' };
export const TERWAY: Place = { kind: 'DaemonSet', name: 'terway-eniip' };

export function network(name = 'idc-hangzhou'): Place {
  return { kind: 'HybridNetwork', name };
}

function pathOf({ kind, namespace = 'kube-system', name }: Place): string {
  return `${(PLURALS[kind] ?? '').replace('{ns}', namespace)}/${name}`;
}

/** The object; undefined where there is none. */
export async function read<T = KubeObject>(cluster: HybridCluster, place: Place): Promise<T | undefined> {
  const { status, body } = await cluster.controlPlane.api.request('GET', pathOf(place));
  if (status === 200) return body as T;
  if (status === 404) return undefined;
  throw new Error(`GET ${pathOf(place)}: ${status}`);
}

/** A merge patch (RFC 7386): `null` removes. */
export async function patch(cluster: HybridCluster, place: Place, change: object): Promise<void> {
  await cluster.controlPlane.api.call('PATCH', pathOf(place), change, {
    contentType: 'application/merge-patch+json',
  });
}

/** A JSON Patch (RFC 6902). */
export async function edit(
  cluster: HybridCluster,
  place: Place,
  operations: readonly object[],
): Promise<void> {
  await cluster.controlPlane.api.call('PATCH', pathOf(place), operations, {
    contentType: 'application/json-patch+json',
  });
}

export async function remove(cluster: HybridCluster, place: Place): Promise<void> {
  await cluster.controlPlane.api.call('DELETE', pathOf(place));
}

/** A Secret with exactly these values, whatever was there before. */
export async function putSecret(
  cluster: HybridCluster,
  { namespace = 'kube-system', name }: Place,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const data = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, type: 'Opaque', data };
  const { api } = cluster.controlPlane;
  const path = pathOf({ kind: 'Secret', namespace, name });
  const answer = await api.request('PUT', path, object);
  if (answer.status === 404) await api.call('POST', path.slice(0, path.lastIndexOf('/')), object);
}

/** The decoded values of a Secret; undefined where there is none. */
export async function secretValues(
  cluster: HybridCluster,
  place: Place = ADDON_SECRET,
): Promise<Readonly<Record<string, string>> | undefined> {
  const secret = await read<{ readonly data?: Readonly<Record<string, string>> }>(cluster, place);
  if (secret === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [
      key,
      Buffer.from(value, 'base64').toString('utf8'),
    ]),
  );
}

/** The texts in eni-config; undefined where there is none. */
export async function eniConfigData(
  cluster: HybridCluster,
): Promise<Readonly<Record<string, string>> | undefined> {
  const found = await read<{ readonly data?: Readonly<Record<string, string>> }>(cluster, ENI_CONFIG);
  return found && (found.data ?? {});
}

/** One write in words: `patch daemonsets kube-system/calico-node`. */
export function inWords({ verb, resource, subresource, namespace, name }: AuditEntry): string {
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  return `${verb} ${what} ${namespace === undefined ? '' : `${namespace}/`}${name ?? ''}`;
}

/** What the operator wrote since the mark, besides its own status, Lease and Events. */
export async function changesBy(cluster: HybridCluster, since: AuditMark): Promise<readonly AuditEntry[]> {
  const writes = await cluster.operatorWrites(since);
  return writes.filter(
    ({ resource, subresource }) => !(resource === 'hybridnetworks' && subresource === 'status'),
  );
}

/** As {@link changesBy}, in words. */
export async function changesInWords(cluster: HybridCluster, since: AuditMark): Promise<readonly string[]> {
  return (await changesBy(cluster, since)).map(inWords);
}

/** Living pods with these labels, by name: the same names mean that nothing was restarted. */
export async function podNames(
  cluster: HybridCluster,
  labelSelector: string,
  namespace = 'kube-system',
): Promise<readonly string[]> {
  const list = (await cluster.controlPlane.api.call(
    'GET',
    `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(labelSelector)}`,
  )) as {
    readonly items: readonly {
      readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
    }[];
  };
  return list.items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name)
    .toSorted();
}

export async function generationOf(cluster: HybridCluster, place: Place): Promise<number> {
  const found = await read<{ readonly metadata: { readonly generation: number } }>(cluster, place);
  return found?.metadata.generation ?? 0;
}

interface Rollout {
  readonly metadata: { readonly generation: number };
  readonly status: {
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
  };
}

/** Waits until a DaemonSet has replaced every pod by one of its present template. */
export async function untilRolledOut(cluster: HybridCluster, place: Place): Promise<void> {
  await eventually(
    async () => {
      const { metadata, status } = (await read<Rollout>(cluster, place)) ?? {};
      const wanted = status?.desiredNumberScheduled;
      return (
        metadata?.generation === status?.observedGeneration &&
        status?.updatedNumberScheduled === wanted &&
        status?.numberAvailable === wanted
      );
    },
    { what: `${place.name} has rolled out`, timeoutMs: 30_000 },
  );
}

export async function annotationsOf(
  cluster: HybridCluster,
  place: Place,
): Promise<Readonly<Record<string, string>>> {
  const found = await read<{
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  }>(cluster, place);
  return found?.metadata.annotations ?? {};
}

/** Changes the spec of a HybridNetwork by merge patch and waits until the operator has answered to it. */
export async function respec(cluster: HybridCluster, spec: object, name = 'idc-hangzhou'): Promise<void> {
  await patch(cluster, network(name), { spec });
  await untilObserved(cluster, name);
}

/** Waits until the status speaks about the present spec. */
export async function untilObserved(cluster: HybridCluster, name = 'idc-hangzhou'): Promise<void> {
  await eventually(
    async () => {
      const { metadata, status } = await cluster.network(name);
      return status?.observedGeneration === metadata.generation;
    },
    { what: `the operator has seen the spec of ${name}`, timeoutMs: 20_000 },
  );
}

let barriers = 100;

/**
 * Waits until the operator has decided once more, after everything that was done to the cluster before this call: what
 * it has not written then it does not write.
 */
export async function nextDecision(cluster: HybridCluster, name = 'idc-hangzhou'): Promise<void> {
  barriers += 1;
  await respec(cluster, { approveAbove: barriers }, name);
}

/** The kubectl command inside a message, as a person copies it. */
export function commandIn(message: string): readonly string[] {
  const command = /kubectl (annotate hn \S+ --overwrite \S+=\w+)/.exec(message)?.[1];
  if (command === undefined) throw new Error(`no command in: ${message}`);
  return command.split(' ');
}

/** Waits until the API server has recorded something that much later than the first record after the mark. */
export async function untilAuditClock(cluster: HybridCluster, since: AuditMark, ms: number): Promise<void> {
  const { audit } = cluster.controlPlane;
  const deadline = performance.now() + ms + 30_000;
  for (;;) {
    const times = (await audit.since(since)).map(({ at }) => Date.parse(at));
    if (times.length > 0 && Math.max(...times) - Math.min(...times) >= ms) return;
    if (performance.now() > deadline) throw new Error(`the audit log does not cover ${ms} ms`);
    await sleep(1_000);
  }
}
