// The values of the chart: the table that values.yaml, values.schema.json and docs/chart.md are made of. A default that the
// manifests state is taken from there.

export interface ValueRow {
  /** `image.repository` */
  readonly path: string;
  readonly fallback: unknown;
  /** JSON Schema of the value. */
  readonly schema: object;
  readonly meaning: string;
}

/** What stands in the manifests. */
export interface Shipped {
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly replicas: number;
  readonly resources: unknown;
  readonly priorityClassName: string;
  readonly scrapeInterval: string;
  readonly runbooks: string;
  readonly egressPorts: readonly number[];
}

const SWITCH = { type: 'boolean' };
const TEXT = { type: 'string' };
const OBJECT = { type: 'object' };
const TEXTS = { type: 'object', additionalProperties: TEXT };
const OBJECTS = { type: 'array', items: OBJECT };
const PORTS = { type: 'array', items: { type: 'integer', minimum: 1, maximum: 65535 }, minItems: 1 };
const NAMESPACES = {
  type: 'array',
  uniqueItems: true,
  items: { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$' },
};

export function valueTable(shipped: Shipped): readonly ValueRow[] {
  return [
    ...imageRows(shipped),
    ...placementRows(shipped),
    ...podRows(shipped),
    ...OBJECT_ROWS,
    ...componentRows(shipped),
  ];
}

function imageRows({ image, imagePullPolicy }: Shipped): readonly ValueRow[] {
  return [
    {
      path: 'image.repository',
      fallback: image,
      schema: { type: 'string', minLength: 1 },
      meaning: 'Where the image is, without tag: `registry.example.com/hybridnetwork-operator`.',
    },
    { path: 'image.tag', fallback: '', schema: TEXT, meaning: "Empty: the chart's appVersion." },
    {
      path: 'image.digest',
      fallback: '',
      schema: { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' },
      meaning: '`sha256:…`, in place of a tag.',
    },
    {
      path: 'image.pullPolicy',
      fallback: imagePullPolicy,
      schema: { enum: ['Always', 'IfNotPresent', 'Never'] },
      meaning: 'When the kubelet pulls.',
    },
    {
      path: 'imagePullSecrets',
      fallback: [],
      schema: OBJECTS,
      meaning: "Secrets of the registry, in the operator's namespace: `[{name: …}]`.",
    },
  ];
}

function placementRows({ replicas, priorityClassName }: Shipped): readonly ValueRow[] {
  return [
    {
      path: 'replicas',
      fallback: replicas,
      schema: { type: 'integer', minimum: 0 },
      meaning:
        'One leads, the others take over within seconds. 1 in a cluster with a single on-premises node: a second could not start there.',
    },
    {
      path: 'priorityClassName',
      fallback: priorityClassName,
      schema: TEXT,
      meaning: 'The operator goes before workloads of users when a node is full.',
    },
    {
      path: 'nodeSelector',
      fallback: {},
      schema: TEXTS,
      meaning: 'Labels that its nodes must have, besides being on-premises.',
    },
    { path: 'tolerations', fallback: [], schema: OBJECTS, meaning: 'More tolerations.' },
  ];
}

function podRows({ resources }: Shipped): readonly ValueRow[] {
  return [
    {
      path: 'resources',
      fallback: resources,
      schema: OBJECT,
      meaning: 'Of the operator: docs/performance.md.',
    },
    {
      path: 'args',
      fallback: [],
      schema: { type: 'array', items: TEXT },
      meaning: 'More flags: docs/options.md. `[--log-level=debug]`',
    },
    {
      path: 'env',
      fallback: [],
      schema: OBJECTS,
      meaning:
        'More environment. Where kube-proxy cannot be relied upon, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT: the real address of the API server, one that its certificate names.',
    },
    { path: 'volumes', fallback: [], schema: OBJECTS, meaning: 'More volumes of the pod.' },
    { path: 'volumeMounts', fallback: [], schema: OBJECTS, meaning: 'More volume mounts of the operator.' },
    { path: 'podAnnotations', fallback: {}, schema: TEXTS, meaning: 'More annotations of the pods.' },
    { path: 'podLabels', fallback: {}, schema: TEXTS, meaning: 'More labels of the pods.' },
    {
      path: 'serviceAccount.annotations',
      fallback: {},
      schema: TEXTS,
      meaning: 'Annotations of the ServiceAccount.',
    },
  ];
}

const OBJECT_ROWS: readonly ValueRow[] = [
  {
    path: 'workloadNamespaces',
    fallback: [],
    schema: NAMESPACES,
    meaning:
      'Namespaces, besides kube-system, whose workloads the operator may hold: where the CNI is, for example `[calico-system]`. They have to exist.',
  },
  {
    path: 'crds.install',
    fallback: true,
    schema: SWITCH,
    meaning:
      'Install and upgrade the CRD with the chart. It stays, with every HybridNetwork, when the chart goes.',
  },
  {
    path: 'namespace.create',
    fallback: false,
    schema: SWITCH,
    meaning:
      'The Namespace with its Pod Security labels is part of the release, and stays when it goes: for Argo CD, or with `--create-namespace --take-ownership`.',
  },
  {
    path: 'guard',
    fallback: 'none',
    schema: { enum: ['none', 'validating', 'full'] },
    meaning:
      'The guard at admission (docs/guard.md): `full` needs Kubernetes 1.36; `validating`, the part that only refuses, 1.30.',
  },
  {
    path: 'authorRights',
    fallback: false,
    schema: SWITCH,
    meaning:
      'Who writes a HybridNetwork must hold the rights that it makes the operator use (docs/security.md): Kubernetes 1.30 and later.',
  },
];

function componentRows({ scrapeInterval, runbooks, egressPorts }: Shipped): readonly ValueRow[] {
  return [
    {
      path: 'highAvailability.enabled',
      fallback: false,
      schema: SWITCH,
      meaning: 'Keep the replicas apart by zone and node, and let drains take one of them at a time.',
    },
    {
      path: 'monitoring.enabled',
      fallback: false,
      schema: SWITCH,
      meaning:
        'A Service, a ServiceMonitor, alerts and a board for Grafana (docs/monitoring.md); the CRDs of the Prometheus Operator have to be there.',
    },
    {
      path: 'monitoring.labels',
      fallback: {},
      schema: TEXTS,
      meaning: 'Labels of the ServiceMonitor and the PrometheusRule, by which a Prometheus selects them.',
    },
    {
      path: 'monitoring.interval',
      fallback: scrapeInterval,
      schema: TEXT,
      meaning: 'How often it is scraped.',
    },
    {
      path: 'monitoring.runbooks',
      fallback: runbooks,
      schema: { type: 'string', minLength: 1 },
      meaning:
        'Where the runbooks of the alerts are, for their links: the address under which docs/runbooks of this repository can be read.',
    },
    {
      path: 'podNetwork.enabled',
      fallback: false,
      schema: SWITCH,
      meaning:
        'Use the container network in place of that of the node, with a NetworkPolicy. Where that network is down the operator cannot mend it then.',
    },
    {
      path: 'podNetwork.egressPorts',
      fallback: egressPorts,
      schema: PORTS,
      meaning:
        'TCP ports that the NetworkPolicy lets out, besides DNS: HTTPS, the real port of the API server, an egress proxy.',
    },
  ];
}
