// A hybrid cluster for end-to-end tests: a real control plane with nodes of the three kinds, the shipped manifests
// installed, and the questions that tests ask it. What runs where is decided by the real controllers.
import { fileURLToPath } from 'node:url';
import type { AuditEntry, AuditMark } from '../cluster/audit.ts';
import { startControlPlane } from '../cluster/control-plane.ts';
import type { ControlPlane, ControlPlaneOptions } from '../cluster/types.ts';
import type { Condition, HybridNetwork, HybridNetworkSpec } from '../../src/api/hybrid-network.ts';
import { eventually } from './eventually.ts';
import { readAllMetrics, startOperator } from './operator-process.ts';
import type { OperatorOptions, OperatorProcess } from './operator-process.ts';
import { guardSecrets } from './secret-guard.ts';
import type { SecretGuard } from './secret-guard.ts';
import { gatherUsedRights } from './used-rights.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const OPERATOR_USER = 'system:serviceaccount:hybridnetwork-system:hybridnetwork-operator';

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [other: string]: unknown;
  };
  readonly [other: string]: unknown;
}

export interface HybridCluster {
  readonly controlPlane: ControlPlane;
  kubectl(...args: readonly string[]): Promise<string>;
  /** Applies objects or manifests (client-side apply, as a person does). */
  apply(...objects: readonly unknown[]): Promise<void>;
  /** Applies a file of test/fixtures or deploy/samples, by its path from the root of the project. */
  applyFile(path: string): Promise<void>;
  get<T = KubeObject>(kind: string, name: string, namespace?: string): Promise<T>;
  network(name?: string): Promise<HybridNetwork>;
  condition(type: string, name?: string): Promise<Condition | undefined>;
  /** Waits until the condition has the status (and the reason), and returns it. */
  untilCondition(type: string, wanted: Partial<Condition>, name?: string): Promise<Condition>;
  /** Names of the nodes where living pods with these labels (`k8s-app=calico-node`) run, sorted, each once. */
  nodesOf(labelSelector: string, namespace?: string): Promise<readonly string[]>;
  /** Waits until exactly these nodes run the pods, all of them Ready. */
  untilOn(labelSelector: string, nodes: readonly string[], namespace?: string): Promise<void>;
  /** Writes of the operator since the mark, from the audit log; Lease and Events left out unless asked for. */
  operatorWrites(since: AuditMark, options?: { readonly all?: boolean }): Promise<readonly AuditEntry[]>;
  startOperator(options?: Omit<OperatorOptions, 'kubeconfig' | 'dir'>): Promise<OperatorProcess>;
  /** Ends everything, and throws where a secret of this cluster has got out of the operator (secret-guard.ts). */
  stop(): Promise<void>;
}

/** A HybridNetwork to be applied. */
export function networkOf(
  spec: Partial<HybridNetworkSpec> & Pick<HybridNetworkSpec, 'scenario'>,
  name = 'idc-hangzhou',
): KubeObject {
  return { apiVersion: 'hybrid.alibabacloud.com/v1alpha1', kind: 'HybridNetwork', metadata: { name }, spec };
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly deletionTimestamp?: string };
    readonly spec: { readonly nodeName?: string };
    readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

function isReady(pod: PodList['items'][number]): boolean {
  return (pod.status.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
}

export interface HybridClusterOptions extends ControlPlaneOptions {
  /** Without deploy/: the test installs it in its own way. */
  readonly isBare?: boolean;
}

/** Starts a control plane with nodes (by default 3 on-premises, 2 cloud, 1 virtual) and installs deploy/. */
export async function startHybridCluster(
  nodes: { readonly idc?: number; readonly ecs?: number; readonly vk?: number } = {},
  { isBare = false, ...options }: HybridClusterOptions = {},
): Promise<HybridCluster> {
  const controlPlane = await startControlPlane(options);
  try {
    await controlPlane.joinNodes({ idc: 3, ecs: 2, vk: 1, ...nodes });
    if (!isBare) await install(controlPlane);
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
  return clusterOver(controlPlane, [], guardSecrets(controlPlane));
}

async function install(controlPlane: ControlPlane): Promise<void> {
  await controlPlane.mustKubectl(['apply', '-k', `${ROOT}/deploy`]);
  // The operator under test is a process of ours; pods of kwok would only stand in its place.
  const scale = ['scale', 'deployment', 'hybridnetwork-operator', '--replicas=0'];
  await controlPlane.mustKubectl(['-n', 'hybridnetwork-system', ...scale]);
}

function clusterOver(
  controlPlane: ControlPlane,
  operators: OperatorProcess[],
  guard: SecretGuard,
): HybridCluster {
  const kubectl = async (...args: readonly string[]): Promise<string> =>
    await controlPlane.mustKubectl([...args]);
  const get = async <T>(kind: string, name: string, namespace = 'kube-system'): Promise<T> =>
    JSON.parse(await kubectl('-n', namespace, 'get', kind, name, '-o', 'json', '--show-managed-fields')) as T;
  // What is asked over and over goes without kubectl, which takes as long to start as the answer to appear.
  const network = async (name = 'idc-hangzhou'): Promise<HybridNetwork> =>
    (await controlPlane.api.call(
      'GET',
      `/apis/hybrid.alibabacloud.com/v1alpha1/hybridnetworks/${name}`,
    )) as HybridNetwork;
  const condition = async (type: string, name?: string): Promise<Condition | undefined> =>
    ((await network(name)).status?.conditions ?? []).find((one) => one.type === type);
  const pods = async (labelSelector: string, namespace = 'kube-system'): Promise<PodList['items']> => {
    const query = `labelSelector=${encodeURIComponent(labelSelector)}`;
    const list = (await controlPlane.api.call(
      'GET',
      `/api/v1/namespaces/${namespace}/pods?${query}`,
    )) as PodList;
    return list.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  };
  const nodesOf = async (labelSelector: string, namespace?: string): Promise<readonly string[]> => {
    const found = await pods(labelSelector, namespace);
    return [...new Set(found.flatMap(({ spec }) => spec.nodeName ?? []))].toSorted();
  };
  return {
    controlPlane,
    kubectl,
    get,
    network,
    condition,
    nodesOf,
    apply: async (...objects) => {
      const items = { apiVersion: 'v1', kind: 'List', items: objects };
      await controlPlane.mustKubectl(['apply', '-f', '-'], { stdin: JSON.stringify(items) });
    },
    applyFile: async (path) => {
      await kubectl('apply', '-f', `${ROOT}/${path}`);
    },
    untilCondition: async (type, wanted, name) =>
      await eventually(
        async () => {
          const found = await condition(type, name);
          const isIt =
            found !== undefined &&
            Object.entries(wanted).every(([key, value]) => found[key as keyof Condition] === value);
          if (!isIt) throw new Error(`${type} is ${JSON.stringify(found)}`);
          return found;
        },
        { what: `${type} ${JSON.stringify(wanted)}`, timeoutMs: 30_000 },
      ),
    untilOn: async (labelSelector, nodes, namespace) => {
      const wanted = nodes.toSorted();
      await eventually(
        async () => {
          const found = await pods(labelSelector, namespace);
          const names = [...new Set(found.flatMap(({ spec }) => spec.nodeName ?? []))].toSorted();
          const unready = found.filter((pod) => !isReady(pod)).length;
          if (names.join() !== wanted.join() || unready > 0) {
            throw new Error(`pods ${labelSelector} on [${names.join()}], ${unready} not Ready`);
          }
        },
        { what: `pods ${labelSelector} on exactly [${wanted.join()}]`, timeoutMs: 60_000 },
      );
    },
    operatorWrites: async (since, { all = false } = {}) => {
      const writes = await controlPlane.audit.writesBy(OPERATOR_USER, { since });
      return writes.filter(({ resource }) => all || (resource !== 'leases' && resource !== 'events'));
    },
    startOperator: async (options = {}) => {
      const kubeconfig = await controlPlane.kubeconfigFor('hybridnetwork-system', 'hybridnetwork-operator');
      const operator = await startOperator({ kubeconfig, dir: controlPlane.dir, ...options });
      operators.push(operator);
      return operator;
    },
    stop: async () => {
      await readAllMetrics(controlPlane.dir);
      for (const operator of operators) operator.kill('SIGKILL');
      try {
        await guard.check();
        await gatherUsedRights(controlPlane);
      } finally {
        await controlPlane.stop();
      }
    },
  };
}
