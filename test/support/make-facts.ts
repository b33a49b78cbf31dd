// Facts for tests: networks, nodes, pods, the ConfigMap and the Secrets. Workloads: make-workload.ts.
import { ADDED_ANNOTATION, HOLD_ANNOTATION } from '../../src/api/annotations.ts';
import { API_VERSION, KIND } from '../../src/api/hybrid-network.ts';
import type {
  Condition,
  ENIConfigSpec,
  HybridNetwork,
  HybridNetworkSpec,
  HybridNetworkStatus,
} from '../../src/api/hybrid-network.ts';
import { isTerway } from '../../src/plan/cni/matching.ts';
import { workloadKey } from '../../src/plan/facts.ts';
import type {
  ConfigMapFact,
  Facts,
  NodeFact,
  Observed,
  PodFact,
  SecretFact,
  Workload,
} from '../../src/plan/facts.ts';
import { CLOUD_LABEL, CLOUD_VALUE, VIRTUAL_LABEL, VIRTUAL_VALUE } from '../../src/plan/nodes.ts';
import type { NodeKind } from '../../src/plan/nodes.ts';
import { runsDaemonOn, selects } from '../../src/plan/scheduling.ts';
import { SecretString } from '../../src/plan/secret-string.ts';

export interface NetworkOptions {
  readonly name?: string;
  readonly uid?: string;
  readonly created?: string;
  readonly generation?: number;
  readonly spec?: Partial<HybridNetworkSpec>;
  readonly status?: HybridNetworkStatus;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly deleting?: boolean;
}

/** BGP, enforced, with nothing else set. */
export function network(options: NetworkOptions = {}): HybridNetwork {
  const { name = 'idc' } = options;
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: {
      name,
      uid: options.uid ?? `uid-network-${name}`,
      resourceVersion: '1',
      generation: options.generation ?? 1,
      creationTimestamp: options.created ?? '2026-01-01T00:00:00Z',
      ...(options.deleting === true ? { deletionTimestamp: '2026-02-01T00:00:00Z' } : {}),
      ...(options.annotations === undefined ? {} : { annotations: { ...options.annotations } }),
      ...(options.finalizers === undefined ? {} : { finalizers: [...options.finalizers] }),
    },
    spec: { scenario: 'BGP', ...options.spec },
    ...(options.status === undefined ? {} : { status: options.status }),
  };
}

/** A condition as it stood before. */
export function condition(type: string, status: Condition['status'], generation = 1): Condition {
  return {
    type,
    status,
    observedGeneration: generation,
    lastTransitionTime: '2026-01-02T00:00:00Z',
    reason: 'Before',
    message: 'before',
  };
}

export interface NodeOptions {
  readonly os?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: NodeFact['taints'];
  readonly ready?: boolean;
  /** Since long ago, by default. */
  readonly readySince?: string;
}

const KIND_LABELS: Readonly<Record<NodeKind, Readonly<Record<string, string>>>> = {
  cloud: { [CLOUD_LABEL]: CLOUD_VALUE },
  virtual: { [VIRTUAL_LABEL]: VIRTUAL_VALUE },
  onPremises: {},
};

export function node(kind: NodeKind, name: string, options: NodeOptions = {}): NodeFact {
  return {
    name,
    uid: `uid-node-${name}`,
    labels: {
      'kubernetes.io/os': options.os ?? 'linux',
      'kubernetes.io/arch': 'amd64',
      'kubernetes.io/hostname': name,
      ...KIND_LABELS[kind],
      ...options.labels,
    },
    taints: options.taints ?? [],
    ready: options.ready ?? true,
    readySince: options.readySince ?? '2026-01-01T00:00:00Z',
  };
}

/** `nodes({ onPremises: 2, cloud: 1 })`: on-premises-1, on-premises-2, cloud-1. */
export function nodes(counts: Partial<Record<NodeKind, number>>): readonly NodeFact[] {
  const named = (kind: NodeKind, prefix: string): readonly NodeFact[] =>
    Array.from({ length: counts[kind] ?? 0 }, (_, n) => node(kind, `${prefix}-${n + 1}`));
  return [...named('onPremises', 'on-premises'), ...named('cloud', 'cloud'), ...named('virtual', 'virtual')];
}

export function podOf(workload: Workload, nodeName: string, options: Partial<PodFact> = {}): PodFact {
  const name = `${workload.name}-${nodeName}`;
  return {
    namespace: workload.namespace,
    name,
    uid: `uid-pod-${name}`,
    nodeName,
    ready: true,
    deleting: false,
    revision: `r${workload.generation}`,
    controllerUid: workload.uid,
    ...options,
  };
}

/** As the controllers leave it: a ready pod on each node that fits, or replicas spread over those nodes. */
export function podsFor(workload: Workload, all: readonly NodeFact[]): readonly PodFact[] {
  if (workload.kind === 'DaemonSet') {
    return all.filter((one) => runsDaemonOn(workload.template, one)).map(({ name }) => podOf(workload, name));
  }
  const fitting = all.filter((one) => selects(workload.template, one));
  return Array.from({ length: workload.replicas ?? 1 }, (_, n) => fitting[n % fitting.length]).flatMap(
    (one, n) => (one === undefined ? [] : [podOf(workload, one.name, { name: `${workload.name}-${n}` })]),
  );
}

export const NOW = new Date('2026-03-01T00:00:00Z');

export const ABSENT = { state: 'absent' } as const;
export const UNKNOWN = { state: 'unknown' } as const;

export function present<T>(object: T): Observed<T> {
  return { state: 'present', object };
}

export function configMap(
  data: Readonly<Record<string, string>> | undefined,
  annotations?: Readonly<Record<string, string>>,
): ConfigMapFact {
  return {
    uid: 'uid-eni-config',
    resourceVersion: '1',
    annotations: annotations ?? {},
    hasAnnotations: annotations !== undefined,
    data: data ?? {},
    hasData: data !== undefined,
  };
}

export function secret(values: Readonly<Record<string, string>> | undefined, uid = 'uid-secret'): SecretFact {
  return {
    uid,
    resourceVersion: '1',
    hasData: values !== undefined,
    data: new Map(Object.entries(values ?? {}).map(([key, value]) => [key, new SecretString(value)])),
  };
}

export const KEY_VALUES = {
  'access-key-id': 'LTAI5tGoodIdentifier',
  'access-key-secret': 'Zk9GoodSecretValue0000000000x1',
} as const;
export const OTHER_KEY_VALUES = {
  'access-key-id': 'LTAI5tOtherIdentifier',
  'access-key-secret': 'Zk9OtherSecretValue000000000y2',
} as const;

export const TYPED: ENIConfigSpec = {
  vSwitches: { 'cn-hangzhou-h': ['vsw-a'] },
  securityGroupIDs: ['sg-a'],
};

export const TYPED_ENI_CONF = `{
  "version": "1",
  "max_pool_size": 5,
  "min_pool_size": 0,
  "vswitches": {"cn-hangzhou-h":["vsw-a"]},
  "service_cidr": "172.16.0.0/16",
  "security_group": "sg-a",
  "access_key": "",
  "access_secret": "",
  "vswitch_selection_policy": "ordered"
}
`;
export const CNI_CONF_TEXT = '{"cniVersion": "0.3.0", "name": "terway", "type": "terway"}\n';

/** An eni-config that is as it should be. */
export function goodEniConfig(): ConfigMapFact {
  return configMap({
    eni_conf: TYPED_ENI_CONF,
    '10-terway.conf': CNI_CONF_TEXT,
    disable_network_policy: 'true',
  });
}

export interface FactsOptions {
  readonly network?: HybridNetwork;
  /** The other networks. */
  readonly others?: readonly HybridNetwork[];
  readonly nodes?: readonly NodeFact[];
  readonly workloads?: readonly Workload[];
  /** Pods of some workloads, by workloadKey; `undefined`: not read yet. The others have what {@link podsFor} says. */
  readonly pods?: Readonly<Record<string, readonly PodFact[] | undefined>>;
  /** Pods with Terway's label; by default those of its DaemonSets. */
  readonly terwayPods?: readonly PodFact[] | 'unread';
  readonly eniConfig?: Observed<ConfigMapFact>;
  readonly addonSecret?: Observed<SecretFact>;
  readonly sourceSecret?: Observed<SecretFact>;
  readonly keyTrial?: Facts['keyTrial'];
  readonly now?: Date;
}

function withTrial({ keyTrial }: FactsOptions): Pick<Facts, 'keyTrial'> {
  return keyTrial === undefined ? {} : { keyTrial };
}

/** By default: one BGP network, two on-premises nodes and one cloud node, a good eni-config and a good Secret. */
export function facts(options: FactsOptions = {}): Facts {
  const own = options.network ?? network();
  const all = options.nodes ?? nodes({ onPremises: 2, cloud: 1 });
  const { pods = {}, workloads = [], terwayPods } = options;
  const podsOf = (workload: Workload): readonly PodFact[] | undefined => {
    const key = workloadKey(workload);
    return key in pods ? pods[key] : podsFor(workload, all);
  };
  const byLabel = (): readonly PodFact[] => workloads.filter(isTerway).flatMap((one) => podsOf(one) ?? []);
  return {
    network: own,
    networks: [own, ...(options.others ?? [])],
    nodes: all,
    workloads,
    podsOf,
    terwayPods: () => (terwayPods === 'unread' ? undefined : (terwayPods ?? byLabel())),
    eniConfig: options.eniConfig ?? present(goodEniConfig()),
    addonSecret: options.addonSecret ?? present(secret(KEY_VALUES)),
    sourceSecret: options.sourceSecret,
    operatorNamespace: 'hybridnetwork-system',
    ...withTrial(options),
    now: options.now ?? NOW,
    guard: UNKNOWN,
  };
}

/** The workload with these annotations of ours in addition. */
export function held(workload: Workload, hold: string, record?: unknown): Workload {
  return {
    ...workload,
    hasAnnotations: true,
    annotations: {
      ...workload.annotations,
      [HOLD_ANNOTATION]: hold,
      ...(record === undefined ? {} : { [ADDED_ANNOTATION]: JSON.stringify(record) }),
    },
  };
}

/** The workload after an action, as the API server would store it. */
export function withAffinity(workload: Workload, affinity: unknown): Workload {
  const { affinity: _, ...spec } = workload.template.spec;
  const template = {
    ...workload.template,
    spec: { ...spec, ...(affinity === undefined ? {} : { affinity }) },
  };
  return { ...workload, template: template as Workload['template'] };
}

/** The workload with the Secret mounted as a Terway since 1.8 wants it. */
export function mountingSecret(
  workload: Workload,
  mountPath = '/var/alibaba-addon-secret',
  secretName = 'alibaba-addon-secret',
): Workload {
  const volumes = [{ name: 'key', secret: { secretName } }, { name: 'other' }];
  const containers = [{ name: 'terway', volumeMounts: [{ name: 'key', mountPath }] }];
  const { template } = workload;
  return { ...workload, template: { ...template, spec: { ...template.spec, volumes, containers } } };
}
