// The world of a fault plan: a real control plane with nodes of the three kinds, a CNI and Terway standing everywhere,
// and much that belongs to others. It is set back in milliseconds between two plans.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiClient } from '../cluster/api.ts';
import type { ControlPlane } from '../cluster/types.ts';
import { eventually } from '../support/eventually.ts';
import { startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import { deleteObject, PATHS, putObject, readObject, takeSnapshot } from './objects.ts';
import type { ObjectName, RawObject, Snapshot } from './objects.ts';
import { patientApi } from './patient-api.ts';
import { FaultProxy } from './proxy.ts';

export const KEY_ID = 'LTAI5tCanaryOfTheFaults';
export const KEY_SECRET = 'Canary"Secret/Of+The\\Faults=';
const MERGE = { contentType: 'application/merge-patch+json' };
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/hybridnetwork-system/leases/hybridnetwork-operator';
const EVENTS = '/apis/events.k8s.io/v1/namespaces/default/events';

export interface World {
  readonly cluster: HybridCluster;
  readonly controlPlane: ControlPlane;
  readonly api: ApiClient;
  readonly proxy: FaultProxy;
  /** Of the operator: through the proxy, with the token and the authority in files, as in a pod. */
  readonly kubeconfig: string;
  readonly tokenFile: string;
  readonly token: () => string;
  /** Writes a new token into the file; the server knows the old one no more. */
  rotateToken(): Promise<void>;
  /** Paths of objects that somebody else has annotated since the last reset. */
  readonly raced: Set<string>;
  reset(to: Snapshot): Promise<void>;
  snapshot(): Promise<Snapshot>;
  stop(): Promise<void>;
}

/** Rolls out at once, so that a plan does not wait for one pod after the other. */
const AT_ONCE = { spec: { updateStrategy: { rollingUpdate: { maxUnavailable: '100%' } } } };

/** What is not ours in these objects, and has to be there in the end. */
const FOREIGN: Readonly<Partial<Record<ObjectName, object>>> = {
  calico: {
    metadata: { annotations: { 'example.com/owner': 'netops' }, labels: { 'example.com/tier': 'network' } },
    spec: {
      template: {
        metadata: { annotations: { 'example.com/scrape': 'true' } },
        spec: {
          affinity: {
            nodeAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                {
                  weight: 7,
                  preference: { matchExpressions: [{ key: 'example.com/fast', operator: 'Exists' }] },
                },
              ],
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [
                  { matchExpressions: [{ key: 'example.com/no-cni', operator: 'DoesNotExist' }] },
                  { matchExpressions: [{ key: 'example.com/wants-cni', operator: 'Exists' }] },
                ],
              },
            },
          },
        },
      },
    },
  },
  terway: {
    metadata: { annotations: { 'example.com/owner': 'cloud' } },
    spec: { template: { spec: { nodeSelector: { 'kubernetes.io/os': 'linux' } } } },
  },
  eniConfig: {
    metadata: { annotations: { 'example.com/owner': 'cloud' } },
    data: { 'example.txt': 'mine\n' },
  },
};

export async function startWorld(): Promise<World> {
  const cluster = await startHybridCluster({ idc: 2, ecs: 1, vk: 1 });
  try {
    return await worldOf(cluster);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function worldOf(cluster: HybridCluster): Promise<World> {
  const { controlPlane } = cluster;
  const api = patientApi(controlPlane.api);
  await cluster.applyFile('test/fixtures');
  for (const name of ['calico', 'terway'] as const) await api.call('PATCH', PATHS[name], AT_ONCE, MERGE);
  for (const [name, change] of Object.entries(FOREIGN))
    await api.call('PATCH', PATHS[name as ObjectName], change, MERGE);
  await cluster.apply(secretOf({ 'access-key-id': KEY_ID, 'access-key-secret': KEY_SECRET }));
  await untilRolledOut(api);
  const proxy = await FaultProxy.start({ url: controlPlane.url, ca: controlPlane.ca });
  const access = await writeAccess(controlPlane, proxy);
  const raced = new Set<string>();
  return {
    ...{ cluster, controlPlane, api, proxy },
    ...access,
    snapshot: async () => await takeSnapshot(api),
    raced,
    reset: async (to) => {
      raced.clear();
      await reset(api, to);
    },
    stop: async () => {
      await proxy.stop();
      await cluster.stop();
    },
  };
}

function secretOf(values: Readonly<Record<string, string>>): unknown {
  const data = Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  const metadata = { namespace: 'hybridnetwork-system', name: 'ram-user' };
  return { apiVersion: 'v1', kind: 'Secret', metadata, data: Object.fromEntries(data) as unknown };
}

type Access = Pick<World, 'kubeconfig' | 'tokenFile' | 'token' | 'rotateToken'>;

async function writeAccess(controlPlane: ControlPlane, proxy: FaultProxy): Promise<Access> {
  const dir = join(controlPlane.dir, 'fault-proxy');
  await mkdir(dir, { recursive: true });
  const kubeconfig = join(dir, 'kubeconfig.json');
  const tokenFile = join(dir, 'token');
  const caFile = join(dir, 'ca.crt');
  let token = '';
  const newToken = async (): Promise<void> => {
    token = await controlPlane.tokenFor('hybridnetwork-system', 'hybridnetwork-operator');
    await writeFile(tokenFile, token, { mode: 0o600 });
  };
  await newToken();
  await writeFile(caFile, proxy.ca);
  const content = {
    ...{ apiVersion: 'v1', kind: 'Config' },
    clusters: [{ name: 'test', cluster: { server: proxy.url, 'certificate-authority': caFile } }],
    // What client-node makes of a pod's ServiceAccount; it does not know kubectl's `tokenFile`.
    users: [{ name: 'operator', user: { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'operator' } }],
    'current-context': 'test',
  };
  await writeFile(kubeconfig, JSON.stringify(content), { mode: 0o600 });
  return {
    ...{ kubeconfig, tokenFile, token: () => token },
    rotateToken: async () => {
      proxy.revoke(token);
      await newToken();
    },
  };
}

async function reset(api: ApiClient, to: Snapshot): Promise<void> {
  await Promise.all([
    deleteObject(api, PATHS.network),
    deleteObject(api, LEASE),
    api.call('DELETE', EVENTS),
    ...(['calico', 'companion', 'terway', 'eniConfig', 'secret', 'source'] as const).map(async (name) => {
      const wanted = to[name];
      if (wanted === undefined) await deleteObject(api, PATHS[name]);
      else await putObject(api, PATHS[name], wanted);
    }),
  ]);
  await untilRolledOut(api);
  const { network } = to;
  if (network === undefined) return;
  await putObject(api, PATHS.network, network);
  await api.call('PATCH', `${PATHS.network}/status`, { status: network['status'] }, MERGE);
}

interface Rollout {
  readonly observedGeneration?: number;
  readonly desiredNumberScheduled?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberAvailable?: number;
  readonly numberMisscheduled?: number;
}

/** Every pod of this DaemonSet is one of its present template, available, and where it belongs. */
export function isRolledOut({ metadata, status }: RawObject): boolean {
  const rollout = (status ?? {}) as Rollout;
  const wanted = rollout.desiredNumberScheduled;
  return (
    rollout.observedGeneration === metadata.generation &&
    (rollout.updatedNumberScheduled ?? 0) === wanted &&
    (rollout.numberAvailable ?? 0) === wanted &&
    (rollout.numberMisscheduled ?? 0) === 0
  );
}

export async function isSettled(api: ApiClient): Promise<boolean> {
  const found = await Promise.all(
    [PATHS.calico, PATHS.terway].map(async (path) => await readObject(api, path)),
  );
  return found.every((object) => object !== undefined && isRolledOut(object));
}

async function untilRolledOut(api: ApiClient): Promise<void> {
  await eventually(async () => await isSettled(api), { what: 'every pod stands', timeoutMs: 60_000 });
}
