// `npm run bench:scale`: thousands of nodes and hundreds of held workloads. etcd and the API server are real; there are no
// controllers, which would have to run a pod of each DaemonSet on each node. So nodes are not Ready, and no pod exists.
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { startControlPlane } from '../cluster/control-plane.ts';
import type { ControlPlane } from '../cluster/types.ts';
import { untilEstablished } from '../support/established.ts';
import { eventually } from '../support/eventually.ts';
import { startOperator } from '../support/operator-process.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { figure } from './metrics.ts';
import { cpuSeconds, memory } from './process-cost.ts';
import { measureRelist, startProxy } from './relist.ts';
import type { Relist } from './relist.ts';
import { circumstances, publish, table } from './report.ts';
import { BUNDLE, buildBundle, say, shippedEnvironment } from './stand.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NETWORK = '/apis/hybrid.alibabacloud.com/v1alpha1/hybridnetworks';
const MERGE = { contentType: 'application/merge-patch+json' };
const SMALL = 500;
const EVENTS = 400;
const GOALS = {
  rssMiB: new Map([
    [5_000, 120],
    [15_000, 140],
  ]),
  growth: 1.5,
} as const;

/** About 15 kB, most of it the images of a kubelet that has been busy. */
function fatNode(number: number): object {
  const cloud = number % 4 === 0;
  const images = Array.from({ length: 72 }, (_, n) => ({
    names: [
      `registry.example.com/team-${n}/service-${n}@sha256:${'0123456789abcdef'.repeat(4)}`,
      `registry.example.com/team-${n}/service-${n}:v1.${n}.${number}`,
    ],
    sizeBytes: 100_000_000 + n,
  }));
  const now = new Date().toISOString();
  const condition = (type: string): object => ({
    type,
    status: 'False',
    reason: 'Bench',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  });
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: `node-${number}`,
      labels: {
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        ...(cloud ? { 'alibabacloud.com/external': 'true' } : {}),
      },
    },
    spec: cloud ? { providerID: `cn-hangzhou.i-bp1${String(number).padStart(17, '0')}` } : {},
    status: { conditions: ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map(condition), images },
  };
}

async function eachOf(count: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let n = (next += 1); n <= count; n = next += 1) await work(n);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

async function addNodes({ api }: ControlPlane, from: number, to: number): Promise<void> {
  await eachOf(to - from, async (n) => void (await api.call('POST', '/api/v1/nodes', fatNode(from + n))));
}

async function addWorkloads({ api }: ControlPlane, count: number): Promise<void> {
  await api.call('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'agents' },
  });
  await eachOf(count, async (n) => {
    const labels = { app: `agent-${n}` };
    await api.call('POST', '/apis/apps/v1/namespaces/agents/daemonsets', {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { namespace: 'agents', name: `agent-${n}`, labels: { tier: 'agents' } },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'agent', image: 'agent' }] } },
      },
    });
    // As its controller would leave it.
    await api.call(
      'PATCH',
      `/apis/apps/v1/namespaces/agents/daemonsets/agent-${n}/status`,
      { status: { observedGeneration: 1 } },
      MERGE,
    );
  });
}

async function install(plane: ControlPlane): Promise<void> {
  await plane.mustKubectl(['apply', '-k', `${ROOT}deploy`]);
  await untilEstablished(plane);
}

async function grantWorkloads(plane: ControlPlane): Promise<void> {
  await plane.mustKubectl([
    ...['-n', 'agents', 'create', 'rolebinding', 'hybridnetwork-operator-workloads'],
    '--clusterrole=hybridnetwork-operator-workloads',
    '--serviceaccount=hybridnetwork-system:hybridnetwork-operator',
  ]);
}

const SPEC = {
  scenario: 'BGP',
  approveAbove: 100_000,
  onPremises: {
    cni: { type: 'None' },
    workloads: [
      { kind: 'DaemonSet', namespace: 'agents', labelSelector: { matchLabels: { tier: 'agents' } } },
    ],
  },
} as const;

async function heldWorkloads({ api }: ControlPlane): Promise<number> {
  const { status } = (await api.call('GET', `${NETWORK}/bench`)) as {
    readonly status?: { readonly workloads?: readonly { readonly state: string }[] };
  };
  return (status?.workloads ?? []).filter(({ state }) => state === 'Held').length;
}

interface EventCost {
  /** Milliseconds of the operator's processor time for one event. */
  readonly label: number;
  readonly heartbeat: number;
}

async function untilQuiet(operator: OperatorProcess): Promise<void> {
  let before = -1;
  await eventually(
    async () => {
      const now =
        (await figure(operator, 'controller_runtime_reconcile_total')) +
        (await figure(operator, 'workqueue_depth'));
      const isQuiet = now === before && (await figure(operator, 'controller_runtime_active_workers')) === 0;
      before = now;
      return isQuiet;
    },
    { what: 'the operator is at rest', timeoutMs: 60_000 },
  );
}

async function costOf(operator: OperatorProcess, events: (n: number) => Promise<unknown>): Promise<number> {
  await untilQuiet(operator);
  const before = cpuSeconds(operator.pid);
  for (let n = 0; n < EVENTS; n += 1) await events(n);
  await untilQuiet(operator);
  return ((cpuSeconds(operator.pid) - before) * 1_000) / EVENTS;
}

async function eventCost(plane: ControlPlane, operator: OperatorProcess): Promise<EventCost> {
  const { api } = plane;
  const patch = async (path: string, body: object): Promise<unknown> =>
    await api.call('PATCH', path, body, MERGE);
  return {
    label: await costOf(
      operator,
      async (n) =>
        await patch('/api/v1/nodes/node-1', {
          metadata: { labels: { 'bench.hybridnetwork/look': String(n) } },
        }),
    ),
    heartbeat: await costOf(
      operator,
      async (n) =>
        await patch('/api/v1/nodes/node-1/status', { status: { nodeInfo: { bootID: String(n) } } }),
    ),
  };
}

interface Figures {
  readonly nodes: number;
  readonly readMs: number;
  readonly reconcileMs: number;
  readonly rss: number;
  readonly peak: number;
  readonly cost: EventCost;
  readonly relist: Relist;
}

async function measure(plane: ControlPlane, nodes: number, workloads: number): Promise<Figures> {
  const { proxy, kubeconfig } = await startProxy(plane);
  await plane.api.request('DELETE', `${NETWORK}/bench`);
  await plane.api.call('POST', NETWORK, {
    apiVersion: 'hybrid.alibabacloud.com/v1alpha1',
    kind: 'HybridNetwork',
    metadata: { name: 'bench' },
    spec: SPEC,
  });
  const startedAt = performance.now();
  const operator = await startOperator({
    kubeconfig,
    dir: plane.dir,
    program: BUNDLE,
    env: shippedEnvironment(),
    until: 'started',
    args: ['--leader-elect=false'],
  });
  try {
    await eventually(async () => (await fetch(`${operator.healthUrl}/readyz`)).ok, { timeoutMs: 120_000 });
    const readMs = performance.now() - startedAt;
    await eventually(async () => (await heldWorkloads(plane)) === workloads, {
      what: `${workloads} workloads are held`,
      timeoutMs: 240_000,
    });
    const reconcileMs = performance.now() - startedAt;
    await untilQuiet(operator);
    const cost = await eventCost(plane, operator);
    const atRest = memory(operator.pid);
    return { nodes, readMs, reconcileMs, ...atRest, cost, relist: await measureRelist(proxy, operator.pid) };
  } finally {
    await operator.stop();
    await proxy.stop();
  }
}

function rowOf({ nodes, readMs, reconcileMs, rss, peak, cost, relist }: Figures): readonly string[] {
  return [
    String(nodes),
    (readMs / 1_000).toFixed(2),
    (reconcileMs / 1_000).toFixed(2),
    `${rss.toFixed(0)} (${peak.toFixed(0)})`,
    cost.label.toFixed(2),
    cost.heartbeat.toFixed(2),
    `${relist.ms.toFixed(0)} (${relist.cpuMs.toFixed(0)}, ${relist.peak.toFixed(0)} MiB)`,
  ];
}

function goalRows(small: Figures, large: Figures): readonly (readonly string[])[] {
  const verdict = (isMet: boolean): string => (isMet ? 'met' : '**missed**');
  const limit = GOALS.rssMiB.get(large.nodes);
  const growth = large.cost.label / small.cost.label;
  return [
    ...(limit === undefined
      ? []
      : [
          [
            `RSS ≤ ${limit} MiB at ${large.nodes} nodes`,
            `${large.rss.toFixed(0)} MiB`,
            verdict(large.rss <= limit),
          ],
        ]),
    [
      `work per node event does not grow with the nodes (≤ ${GOALS.growth} ×)`,
      `${growth.toFixed(2)} × from ${small.nodes} to ${large.nodes}`,
      verdict(growth <= GOALS.growth),
    ],
  ];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { nodes: { type: 'string', default: '5000' }, workloads: { type: 'string', default: '200' } },
  });
  const [nodes, workloads] = [Number(values.nodes), Number(values.workloads)];
  await buildBundle();
  say('starting the control plane …');
  const plane = await startControlPlane({
    auditLog: false,
    without: ['kube-controller-manager', 'kube-scheduler', 'kwok'],
  });
  try {
    await install(plane);
    await addWorkloads(plane, workloads);
    await grantWorkloads(plane);
    await addNodes(plane, 0, SMALL);
    const small = await measure(plane, SMALL, workloads);
    say(`${SMALL} nodes measured; adding ${nodes - SMALL} …`);
    await addNodes(plane, SMALL, nodes);
    const large = await measure(plane, nodes, workloads);
    const { gitVersion } = (await plane.api.call('GET', '/version')) as { readonly gitVersion: string };
    const head = [
      'nodes',
      'everything read, s',
      'first reconcile done, s',
      'RSS MiB (most it was)',
      'CPU ms per label change',
      'CPU ms per heartbeat',
      'relist of the nodes, ms (CPU ms, most memory)',
    ];
    const text = [
      circumstances(gitVersion),
      `${workloads} held DaemonSets; nodes of about 15 kB each; the bundled file. In the first row the 200 writes of the hold are in the first reconcile, in the second they stand already.`,
      '',
      table(head, [rowOf(small), rowOf(large)]),
      '',
      table(['goal', 'figure', ''], goalRows(small, large)),
    ].join('\n');
    const name = nodes === 5_000 ? 'scale' : `scale-${nodes}`;
    await publish(name, text, (nodes === 5_000 || nodes === 15_000) && workloads >= 200);
  } finally {
    await plane.stop();
  }
}

if (import.meta.main) await main();
