import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from './api.ts';

/** On-premises, cloud (ECS behind a registered cluster) and virtual (ECI) nodes. */
export type NodeKind = 'idc' | 'ecs' | 'vk';
export type NodeCounts = Partial<Record<NodeKind, number>>;

export interface NodeOverrides {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** `null` leaves out what the kind would have had. */
  readonly providerID?: string | null;
  readonly taints?: readonly { key: string; value?: string; effect: string }[];
  /** Do not wait until the node is Ready. */
  readonly wait?: boolean;
}

interface NodeObject {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly taints?: readonly { readonly key: string }[] };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

interface PodList {
  readonly items: readonly { readonly metadata: { readonly namespace: string; readonly name: string } }[];
}

export class Nodes {
  readonly #api: ApiClient;
  readonly #last: Record<NodeKind, number> = { idc: 0, ecs: 0, vk: 0 };

  constructor(api: ApiClient) {
    this.#api = api;
  }

  /** Adds that many nodes of each kind (idc-1, idc-2, … ecs-1, …) and waits until all of them take pods. */
  async join(counts: NodeCounts): Promise<string[]> {
    const wanted = Object.entries(counts).flatMap(([kind, count]) =>
      Array<NodeKind>(count).fill(kind as NodeKind),
    );
    const names: string[] = [];
    const worker = async (): Promise<void> => {
      for (let kind = wanted.shift(); kind !== undefined; kind = wanted.shift()) {
        names.push(await this.#create(kind, undefined, {}));
      }
    };
    await Promise.all(Array.from({ length: 32 }, worker));
    await this.ready(names);
    return names.sort(byNumber);
  }

  async add(kind: NodeKind, name?: string, overrides: NodeOverrides = {}): Promise<string> {
    const created = await this.#create(kind, name, overrides);
    if (overrides.wait !== false) await this.ready([created]);
    return created;
  }

  /** Deletes the node and, at once, its pods: the pod garbage collector would need up to a minute. */
  async remove(name: string): Promise<void> {
    await this.#api.call('DELETE', `/api/v1/nodes/${name}`);
    const list = (await this.#api.call(
      'GET',
      `/api/v1/pods?fieldSelector=spec.nodeName%3D${name}`,
    )) as PodList;
    const force = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 };
    const paths = list.items.map(
      ({ metadata }) => `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`,
    );
    await Promise.all(paths.map((path) => this.#api.request('DELETE', path, force)));
  }

  /** Waits until these nodes are Ready and rid of the taint that every new node carries. */
  async ready(names: readonly string[], timeoutMs = 60_000 + names.length * 20): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    const missing = new Set(names);
    while (missing.size > 0) {
      for (const node of await this.#list()) if (isUsable(node)) missing.delete(node.metadata.name);
      if (missing.size > 0 && performance.now() > deadline) {
        throw new Error(`not Ready after ${timeoutMs} ms: ${[...missing].slice(0, 10).join(', ')}`);
      }
      if (missing.size > 0) await sleep(Math.max(20, names.length / 4));
    }
  }

  async #list(): Promise<NodeObject[]> {
    const list = (await this.#api.call('GET', '/api/v1/nodes?resourceVersion=0')) as { items: NodeObject[] };
    return list.items;
  }

  async #create(kind: NodeKind, wanted: string | undefined, overrides: NodeOverrides): Promise<string> {
    for (;;) {
      const number = wanted === undefined ? (this.#last[kind] += 1) : randomBytes(2).readUInt16BE();
      const name = wanted ?? `${kind}-${number}`;
      const answer = await this.#api.request(
        'POST',
        '/api/v1/nodes',
        nodeObject(kind, name, number, overrides),
      );
      if (answer.status === 201) return name;
      // Another process numbered on in the same control plane.
      if (answer.status === 409 && wanted === undefined) continue;
      throw new Error(`node ${name}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
  }
}

function isUsable(node: NodeObject): boolean {
  const ready =
    node.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  return ready && !node.spec.taints?.some(({ key }) => key.startsWith('node.kubernetes.io/'));
}

const { compare: byNumber } = new Intl.Collator('en', { numeric: true });

const networks: Record<NodeKind, string> = { idc: '192.168', ecs: '10.1', vk: '10.2' };

const labels: Record<NodeKind, Record<string, string>> = {
  idc: {},
  ecs: {
    'alibabacloud.com/external': 'true',
    'topology.kubernetes.io/region': 'cn-hangzhou',
    'topology.kubernetes.io/zone': 'cn-hangzhou-h',
    'node.kubernetes.io/instance-type': 'ecs.g7.2xlarge',
  },
  vk: { type: 'virtual-kubelet' },
};

const nodeInfo = {
  architecture: 'amd64',
  bootID: '',
  containerRuntimeVersion: 'kwok',
  kernelVersion: 'kwok',
  kubeProxyVersion: 'kwok',
  kubeletVersion: 'kwok',
  machineID: '',
  operatingSystem: 'linux',
  osImage: '',
  systemUUID: '',
};

function conditions(): object[] {
  const now = new Date().toISOString();
  const times = { lastHeartbeatTime: now, lastTransitionTime: now };
  return [
    {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      message: 'kubelet is posting ready status',
      ...times,
    },
    { type: 'MemoryPressure', status: 'False', reason: 'KubeletHasSufficientMemory', ...times },
    { type: 'DiskPressure', status: 'False', reason: 'KubeletHasNoDiskPressure', ...times },
    { type: 'PIDPressure', status: 'False', reason: 'KubeletHasSufficientPID', ...times },
    { type: 'NetworkUnavailable', status: 'False', reason: 'RouteCreated', ...times },
  ];
}

function nodeObject(kind: NodeKind, name: string, number: number, overrides: NodeOverrides): object {
  const capacity = { cpu: '32', memory: '128Gi', pods: '256' };
  const cloudID =
    kind === 'ecs' ? `cn-hangzhou.i-bp1${name.replaceAll(/[^a-z0-9]/g, '').padStart(17, '0')}` : null;
  const providerID = overrides.providerID === undefined ? cloudID : overrides.providerID;
  const virtual = [{ key: 'virtual-kubelet.io/provider', value: 'alibabacloud', effect: 'NoSchedule' }];
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        ...labels[kind],
        ...overrides.labels,
      },
      annotations: { 'kwok.x-k8s.io/node': 'fake', ...overrides.annotations },
    },
    spec: {
      ...(providerID === null ? {} : { providerID }),
      taints: overrides.taints ?? (kind === 'vk' ? virtual : []),
    },
    status: {
      addresses: [
        { type: 'InternalIP', address: `${networks[kind]}.${number >> 8}.${number & 255}` },
        { type: 'Hostname', address: name },
      ],
      capacity,
      allocatable: capacity,
      // What kwok would write next: one write less for each of thousands of nodes.
      conditions: conditions(),
      nodeInfo,
      phase: 'Running',
    },
  };
}
