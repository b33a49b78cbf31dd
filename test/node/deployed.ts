// The shipped Deployment on the real node: what a person would do to get it there, and the questions that the tests ask.
import { putSecret } from '../support/by-hand.ts';
import { networkOf } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { kustomizedWith, NAMESPACE } from '../packages/support/render.ts';
import { firstProcessOf } from './container.ts';

export const IMAGE = 'docker.io/library/hybridnetwork-operator:0.1.0';
const READY_URL = 'http://127.0.0.1:9495/readyz';

/** What a data center of its own would say; nobody is asked about it in the cloud. */
export const NETWORK = networkOf({
  scenario: 'BGP',
  onPremises: { cni: { type: 'Calico' } },
  terway: {
    eniConfig: {
      vSwitches: { 'cn-hangzhou-h': ['vsw-bp1node'] },
      securityGroupIDs: ['sg-bp1node'],
      serviceCIDR: '172.16.0.0/16',
      eniTags: { 'ack.aliyun.com': 'cNode' },
    },
  },
  credentials: { secretRef: { name: 'ram-user' } },
});
export const KEY = { 'access-key-id': 'LTAI5tOnTheNode', 'access-key-secret': 'SecretOnTheNode' };

export interface OperatorPod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly phase: string;
    readonly containerStatuses?: readonly {
      readonly ready: boolean;
      readonly restartCount: number;
      readonly containerID?: string;
      readonly state: { readonly terminated?: { readonly exitCode: number; readonly reason: string } };
    }[];
  };
}

/** Installs deploy/ as a cluster with one node for the operator does: one replica, where the API server is, and a key. */
export async function install(cluster: HybridCluster): Promise<void> {
  const { controlPlane } = cluster;
  const { hostname, port } = new URL(controlPlane.url);
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: NAMESPACE, name: 'hybridnetwork-operator' },
    data: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
  });
  const manifests = await kustomizedWith({
    resources: ['deploy'],
    replicas: [{ name: 'hybridnetwork-operator', count: 1 }],
  });
  await controlPlane.mustKubectl(['apply', '-f', '-'], { stdin: manifests });
  await putSecret(cluster, { kind: 'Secret', namespace: NAMESPACE, name: 'ram-user' }, KEY);
}

export async function operatorPods(cluster: HybridCluster): Promise<readonly OperatorPod[]> {
  const selector = 'app.kubernetes.io/name=hybridnetwork-operator';
  const list = await cluster.kubectl('-n', NAMESPACE, 'get', 'pods', '-l', selector, '-o', 'json');
  return (JSON.parse(list) as { readonly items: readonly OperatorPod[] }).items;
}

/** The pod that is Ready, and no other is there. */
export async function readyPod(cluster: HybridCluster): Promise<OperatorPod> {
  return (await eventually(
    async () => {
      const [pod, ...others] = await operatorPods(cluster);
      const isReady = pod?.status.containerStatuses?.every(({ ready }) => ready) ?? false;
      return others.length === 0 && isReady && pod !== undefined && pod;
    },
    { what: 'one pod of the operator is Ready', timeoutMs: 60_000 },
  )) as OperatorPod;
}

/** Resolves with the time at which the operator first says that it is ready. */
export async function saysReady(): Promise<number> {
  return (await eventually(
    async () => ((await fetch(READY_URL, { signal: AbortSignal.timeout(1_000) })).ok ? Date.now() : false),
    { what: `${READY_URL} says ok`, timeoutMs: 60_000 },
  )) as number;
}

/** The id that the operator's process has on this machine. */
export function processIdOf(pod: OperatorPod): number {
  return firstProcessOf(pod.status.containerStatuses?.[0]?.containerID?.replace('containerd://', '') ?? '');
}

export async function leader(cluster: HybridCluster): Promise<string> {
  const lease = ['get', 'lease', 'hybridnetwork-operator', '-o', 'jsonpath={.spec.holderIdentity}'];
  return await cluster.kubectl('-n', NAMESPACE, ...lease);
}

/** Runs a line of JavaScript in the container, as `kubectl exec` does: there is no shell in it to be relied upon. */
export async function inContainer(cluster: HybridCluster, pod: OperatorPod, code: string): Promise<string> {
  return await cluster.kubectl('-n', NAMESPACE, 'exec', pod.metadata.name, '--', 'node', '--eval', code);
}
