// Carries out one action: the only code that writes to anything but the HybridNetwork itself. What the server answers
// is recorded, so that the next decision already knows it.
import { ADDON_SECRET, ENI_CONFIG, FIELD_MANAGER, TERWAY_NAMESPACE } from '../api/annotations.ts';
import { APPLY_PATCH, JSON_PATCH, MERGE_PATCH } from '../kube/call.ts';
import type { KubeClient } from '../kube/client.ts';
import { isNotFound } from '../kube/errors.ts';
import type { KubeObject } from '../kube/object.ts';
import type {
  ConfigMapCreate,
  ConfigMapPatch,
  NetworkRemember,
  SecretWrite,
  WorkloadDisown,
  WorkloadPatch,
} from '../plan/actions.ts';
import type { Workload, WorkloadKind } from '../plan/facts.ts';
import { FailureError, failureOf } from '../plan/failure.ts';
import { pointer } from '../plan/json-patch.ts';
import type { JsonPatch, JsonPatchOperation } from '../plan/json-patch.ts';
import type { Write } from './write.ts';

export interface WriterPorts {
  readonly client: Pick<KubeClient, 'request'>;
  readonly record: (kind: WorkloadKind | 'ConfigMap' | 'Secret', raw: KubeObject) => void;
  readonly remember: (network: string, history: NetworkRemember['history']) => Promise<void>;
  /** The finalizer protocol of the operator's frame. */
  readonly finalizers: {
    readonly add: (network: string) => Promise<void>;
    readonly remove: (network: string) => Promise<void>;
  };
}

const PLURALS: Readonly<Record<WorkloadKind, string>> = {
  DaemonSet: 'daemonsets',
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
};

const CONFIG_MAP_PATH = `/api/v1/namespaces/${TERWAY_NAMESPACE}/configmaps/${ENI_CONFIG}`;
const SECRET_PATH = `/api/v1/namespaces/${TERWAY_NAMESPACE}/secrets/${ADDON_SECRET}`;
const DISOWN_ATTEMPTS = 5;
const QUERY = { fieldManager: FIELD_MANAGER };

function pathOf({ kind, namespace, name }: Workload): string {
  return `/apis/apps/v1/namespaces/${namespace}/${PLURALS[kind]}/${name}`;
}

/** Resolves when the action is done; rejects with a FailureError whose kind decides what happens next. */
export function createWriter(ports: WriterPorts): Write {
  return async (action) => {
    switch (action.kind) {
      case 'workload.patch':
        return await patchWorkload(ports, action);
      case 'workload.disown':
        return await disownWorkload(ports, action);
      case 'configMap.patch':
        return await patchConfigMap(ports, action);
      case 'configMap.create':
        return await createConfigMap(ports, action);
      case 'secret.write':
        return await writeSecret(ports, action);
      case 'network.remember':
        return await onNetwork(action.network, async (name) => await ports.remember(name, action.history));
      case 'finalizer.add':
        return await onNetwork(action.network, ports.finalizers.add);
      case 'finalizer.remove':
        return await onNetwork(action.network, ports.finalizers.remove);
    }
  };
}

// A network that is gone is not waited for: one of the same name may come at any moment.
async function onNetwork(name: string, change: (network: string) => Promise<void>): Promise<void> {
  try {
    await change(name);
  } catch (error) {
    throw isNotFound(error) ? gone(name, error) : error;
  }
}

async function patch(ports: WriterPorts, path: string, body: JsonPatch): Promise<KubeObject> {
  return await ports.client.request<KubeObject>({
    method: 'PATCH',
    path,
    query: QUERY,
    contentType: JSON_PATCH,
    body,
  });
}

interface Planned {
  readonly kind: Parameters<WriterPorts['record']>[0];
  readonly name: string;
  readonly path: string;
  /** That the patch was made for. */
  readonly resourceVersion: string;
}

async function patchWorkload(ports: WriterPorts, { workload, patch: body }: WorkloadPatch): Promise<void> {
  const { kind, name, resourceVersion } = workload;
  await patchPlanned(ports, { kind, name, path: pathOf(workload), resourceVersion }, body);
}

async function patchPlanned(ports: WriterPorts, planned: Planned, body: JsonPatch): Promise<void> {
  try {
    ports.record(planned.kind, await patch(ports, planned.path, body));
  } catch (error) {
    if (isNotFound(error)) throw gone(planned.name, error);
    if (failureOf(error).kind === 'Conflict') await readAgain(ports, planned);
    throw error;
  }
}

// A `test` failed: somebody changed the value. If nothing has changed since it was read, trying again changes nothing.
async function readAgain(ports: WriterPorts, { kind, path, resourceVersion }: Planned): Promise<void> {
  const raw = await ports.client.request<KubeObject>({ method: 'GET', path });
  ports.record(kind, raw);
  if (raw.metadata?.resourceVersion !== resourceVersion) return;
  throw new FailureError({
    kind: 'Invalid',
    reason: 'Unpatchable',
    message: 'the patch was refused although the object is as it was read',
  });
}

function gone(name: string, cause: unknown): FailureError {
  return new FailureError({ kind: 'Conflict', message: `${name} is gone` }, { cause });
}

interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly subresource?: string;
}

// Within the patch that changes the fields the entry would come back, so this is a write of its own. It has to lock on
// the resourceVersion, which the status writes of the workload's controller keep moving.
async function disownWorkload(ports: WriterPorts, { workload }: WorkloadDisown): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await dropOwnership(ports, workload);
      return;
    } catch (error) {
      if (failureOf(error).kind !== 'Conflict' || attempt === DISOWN_ATTEMPTS) throw error;
    }
  }
}

async function dropOwnership(ports: WriterPorts, workload: Workload): Promise<void> {
  const path = pathOf(workload);
  const raw = await ports.client.request<KubeObject>({ method: 'GET', path });
  const entries = (raw.metadata?.['managedFields'] ?? []) as readonly ManagedFieldsEntry[];
  const managedFields = entries.filter(
    ({ manager, subresource }) => manager !== FIELD_MANAGER || (subresource ?? '') !== '',
  );
  const written = await ports.client.request<KubeObject>({
    method: 'PATCH',
    path,
    query: QUERY,
    contentType: MERGE_PATCH,
    body: { metadata: { resourceVersion: raw.metadata?.resourceVersion, managedFields } },
  });
  ports.record(workload.kind, written);
}

async function patchConfigMap(ports: WriterPorts, action: ConfigMapPatch): Promise<void> {
  const { resourceVersion, patch: body } = action;
  const planned = { kind: 'ConfigMap', name: ENI_CONFIG, path: CONFIG_MAP_PATH, resourceVersion } as const;
  await patchPlanned(ports, planned, body);
}

// By server-side apply: it creates with the right to patch this one name, where POST would need the right to create any.
async function apply(ports: WriterPorts, path: string, body: KubeObject): Promise<KubeObject> {
  return await ports.client.request<KubeObject>({
    method: 'PATCH',
    path,
    query: QUERY,
    contentType: APPLY_PATCH,
    body,
  });
}

async function createConfigMap(ports: WriterPorts, { data, annotations }: ConfigMapCreate): Promise<void> {
  const metadata = { namespace: TERWAY_NAMESPACE, name: ENI_CONFIG, annotations };
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
  ports.record('ConfigMap', await apply(ports, CONFIG_MAP_PATH, body));
}

async function writeSecret(ports: WriterPorts, { existing, values }: SecretWrite): Promise<void> {
  const data = Object.fromEntries(
    [...values].map(([key, value]) => [key, Buffer.from(value.reveal(), 'utf8').toString('base64')]),
  );
  if (existing === undefined) {
    const metadata = { namespace: TERWAY_NAMESPACE, name: ADDON_SECRET };
    const body = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data };
    ports.record('Secret', await apply(ports, SECRET_PATH, body));
    return;
  }
  const uid: JsonPatchOperation = { op: 'test', path: '/metadata/uid', value: existing.uid };
  const whole: JsonPatch = [
    { op: 'test', path: '/data', value: null },
    { op: 'add', path: '/data', value: data },
  ];
  const each = Object.entries(data).map(([key, value]): JsonPatchOperation => ({
    op: 'add',
    path: `/data${pointer(key)}`,
    value,
  }));
  const planned = { kind: 'Secret', name: ADDON_SECRET, path: SECRET_PATH, ...existing } as const;
  await patchPlanned(ports, planned, [uid, ...(existing.hasData ? each : whole)]);
}
