import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { AuditMark } from '../cluster/audit.ts';
import {
  ADDON_SECRET,
  annotationsOf,
  CALICO,
  changesInWords,
  commandIn,
  ENI_CONFIG,
  nextDecision,
  patch,
  podNames,
  putSecret,
  read,
  secretValues,
  TERWAY,
} from '../support/by-hand.ts';
import type { Place } from '../support/by-hand.ts';
import { untilEstablished } from '../support/established.ts';
import { eventually } from '../support/eventually.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { killScripts, runNode } from '../support/processes.ts';

const ROOT = new URL('../../', import.meta.url);
const ON_PREMISES = ['idc-1', 'idc-2', 'idc-3'];
const CLOUD = ['ecs-1', 'ecs-2'];
const EVERYWHERE = [...CLOUD, ...ON_PREMISES, 'vk-1'];
const CALICO_PODS = 'k8s-app=calico-node';
const TERWAY_PODS = 'app=terway-eniip';
const SOURCE: Place = { kind: 'Secret', namespace: 'hybridnetwork-system', name: 'ram-user' };
const KEY = { 'access-key-id': 'LTAI5tLife', 'access-key-secret': 'SecretOfLife' };
const LET_IN = { spec: { template: { spec: { affinity: null } } } };
const LET_OUT = { spec: { template: { spec: { nodeSelector: { 'alibabacloud.com/external': null } } } } };
const CRD = 'hybridnetworks.hybrid.alibabacloud.com';
const HOLD = 'hybrid.alibabacloud.com/hold';
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/hybridnetwork-system/leases/hybridnetwork-operator';

const NETWORK = networkOf({
  scenario: 'BGP',
  approveAbove: 5,
  terway: {
    eniConfig: {
      vSwitches: { 'cn-hangzhou-h': ['vsw-bp1life'] },
      securityGroupIDs: ['sg-bp1life'],
      serviceCIDR: '172.16.0.0/16',
      eniTags: { 'ack.aliyun.com': 'cLife' },
    },
  },
  credentials: { secretRef: { name: 'ram-user' } },
});
/** As above, and so few pods that nobody is asked. */
const UNASKED = { ...NETWORK, spec: { ...(NETWORK['spec'] as object), approveAbove: 10 } };
/** Every object once, which is all that there is to do. */
const EVERYTHING_ONCE = [
  'patch configmaps kube-system/eni-config',
  'patch daemonsets kube-system/calico-node',
  'patch daemonsets kube-system/terway-eniip',
  'patch deployments kube-system/calico-kube-controllers',
  'patch secrets kube-system/alibaba-addon-secret',
];

// Terway is written to several times: placed, its content noted, restarted.
async function changes(since: AuditMark): Promise<readonly string[]> {
  const all = await changesInWords(cluster, since);
  const terway = all.filter((one) => one.endsWith('/terway-eniip'));
  return [...all.filter((one) => !terway.includes(one)), ...terway.slice(0, 1)].toSorted();
}

interface Event {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly reason: string;
  readonly reportingController?: string;
  readonly reportingInstance?: string;
  readonly regarding?: { readonly kind: string; readonly name: string };
  readonly related?: { readonly kind: string; readonly name: string };
  readonly series?: { readonly count: number };
}

let cluster: HybridCluster;

async function events(): Promise<readonly Event[]> {
  const list = (await cluster.controlPlane.api.call('GET', '/apis/events.k8s.io/v1/events')) as {
    readonly items: readonly Event[];
  };
  return list.items.filter(({ regarding }) => regarding?.kind === 'HybridNetwork');
}

async function leaseHolder(): Promise<string | undefined> {
  const lease = (await cluster.controlPlane.api.call('GET', LEASE)) as {
    readonly spec: { readonly holderIdentity?: string };
  };
  return lease.spec.holderIdentity;
}

async function metrics({ metricsUrl }: OperatorProcess): Promise<string> {
  return await (await fetch(`${metricsUrl}/metrics`)).text();
}

async function untilLeading(operator: OperatorProcess, timeoutMs = 10_000): Promise<void> {
  await eventually(() => operator.lines().some(({ msg }) => msg === 'leading'), {
    what: 'the operator leads',
    timeoutMs,
  });
}

async function untilApart(): Promise<void> {
  await cluster.untilOn(CALICO_PODS, ON_PREMISES);
  await cluster.untilOn(TERWAY_PODS, CLOUD);
  await cluster.untilCondition('Ready', { status: 'True' });
  // What was Ready before an operator was away still says so for a moment after.
  await eventually(async () => expect(await secretValues(cluster)).toEqual(KEY));
}

/** The cluster as it was before any operator: workloads that stand wrongly, nothing held. */
async function startOver(): Promise<void> {
  const objects = [CALICO, TERWAY, ADDON_SECRET, ENI_CONFIG].map(({ kind, name }) => `${kind}/${name}`);
  await cluster.kubectl('delete', 'hn', '--all');
  await cluster.kubectl(
    ...[
      '-n',
      'kube-system',
      'delete',
      ...objects,
      'Deployment/calico-kube-controllers',
      '--ignore-not-found',
    ],
  );
  await eventually(
    async () =>
      (await Promise.all([CALICO_PODS, TERWAY_PODS].map(async (of) => await podNames(cluster, of)))).flat()
        .length === 0,
  );
  await cluster.applyFile('test/fixtures');
  await putSecret(cluster, SOURCE, KEY);
  await cluster.untilOn(CALICO_PODS, EVERYWHERE);
  await cluster.untilOn(TERWAY_PODS, [...CLOUD, ...ON_PREMISES]);
  await cluster.untilOn(
    'k8s-app=calico-kube-controllers',
    await cluster.nodesOf('k8s-app=calico-kube-controllers'),
  );
}

async function installCrd(): Promise<void> {
  await cluster.kubectl('apply', '-k', fileURLToPath(new URL('crds', ROOT)));
  await untilEstablished(cluster.controlPlane);
}

async function approve(): Promise<void> {
  const { message } = await cluster.untilCondition('Ready', { reason: 'ApprovalRequired' });
  await cluster.kubectl(...commandIn(message));
}

beforeAll(async () => {
  cluster = await startHybridCluster();
}, 120_000);

afterAll(async () => {
  await cluster.stop();
});

describe('an operator that ends half-way', () => {
  let mark: AuditMark;

  beforeEach(async () => {
    await startOver();
    mark = await cluster.controlPlane.audit.mark();
  }, 60_000);

  test.each(['SIGKILL', 'SIGTERM'] as const)(
    'by %s is followed by one that does the rest, and nothing twice',
    async (signal) => {
      const first = await cluster.startOperator({ args: ['--leader-elect=false'] });
      await cluster.apply(NETWORK);
      await cluster.untilCondition('Ready', { reason: 'ApprovalRequired' });
      first.kill(signal);
      await first.stop();
      await approve();
      await expect(changes(mark)).resolves.toHaveLength(3);
      const second = await cluster.startOperator({ args: ['--leader-elect=false'] });
      await untilApart();
      await nextDecision(cluster);
      expect(await changes(mark)).toEqual(EVERYTHING_ONCE);
      await second.stop();
    },
    60_000,
  );

  test('by SIGKILL between two writes leaves nothing that the next one does not mend', async () => {
    const first = await cluster.startOperator({ args: ['--leader-elect=false'] });
    await cluster.apply(UNASKED);
    await eventually(async () => (await changesInWords(cluster, mark)).length > 0);
    first.kill('SIGKILL');
    await first.stop();
    const second = await cluster.startOperator({ args: ['--leader-elect=false'] });
    await untilApart();
    await nextDecision(cluster);
    expect(await changes(mark)).toEqual(EVERYTHING_ONCE);
    await second.stop();
  }, 60_000);

  test('has missed nothing: what drifts meanwhile is repaired by the next one at its start', async () => {
    const first = await cluster.startOperator();
    await cluster.apply(NETWORK);
    await approve();
    await untilApart();
    await first.stop();
    await patch(cluster, TERWAY, LET_OUT);
    await patch(cluster, CALICO, LET_IN);
    await patch(cluster, ADDON_SECRET, { data: { 'access-key-id': null } });
    await cluster.untilOn(CALICO_PODS, EVERYWHERE);
    await cluster.untilOn(TERWAY_PODS, [...CLOUD, ...ON_PREMISES]);
    const second = await cluster.startOperator();
    await untilApart();
    await second.stop();
  }, 60_000);
});

describe('two operators', () => {
  let first: OperatorProcess;
  let second: OperatorProcess;
  let mark: AuditMark;

  beforeAll(async () => {
    await startOver();
    mark = await cluster.controlPlane.audit.mark();
    first = await cluster.startOperator({ args: ['--identity=first'] });
    await untilLeading(first);
    second = await cluster.startOperator({ args: ['--identity=second'] });
  }, 60_000);

  test('only the holder of the Lease writes, and both say what they are', async () => {
    await cluster.apply(NETWORK);
    await approve();
    await untilApart();
    await expect(leaseHolder()).resolves.toBe('first');
    expect(await changes(mark)).toEqual(EVERYTHING_ONCE);
    await eventually(async () => {
      const instances = (await events()).map(({ reportingInstance }) => reportingInstance);
      expect(new Set(instances.filter((name) => name === 'first' || name === 'second'))).toEqual(
        new Set(['first']),
      );
    });
    const status = 'leader_election_master_status{name="hybridnetwork-operator"}';
    expect(await metrics(first)).toContain(`${status} 1`);
    expect(await metrics(second)).toContain(`${status} 0`);
  }, 60_000);

  test('answer for their health, their readiness and their figures', async () => {
    for (const operator of [first, second]) {
      for (const path of ['healthz', 'readyz']) {
        expect((await fetch(`${operator.healthUrl}/${path}`)).status).toBe(200);
      }
    }
    const text = await metrics(first);
    expect(text).toMatch(/^controller_runtime_reconcile_total\{.*result="requeue_after".*\} [1-9]/m);
    expect(text).toMatch(/^workqueue_depth\{.*name="hybridnetwork".*\} 0$/m);
    expect(text).toMatch(/^rest_client_requests_total\{.*code="200".*\} [1-9]/m);
  });

  test('on SIGTERM the leader ends within two seconds and gives the Lease up; the other takes over and repairs', async () => {
    const { code, ms } = await first.stop();
    const endedAt = performance.now();
    await untilLeading(second);
    const tookMs = performance.now() - endedAt;
    expect(code).toBe(0);
    expect(ms).toBeLessThan(2_000);
    expect(tookMs).toBeLessThan(2_500);
    await expect(leaseHolder()).resolves.toBe('second');
    await patch(cluster, TERWAY, LET_OUT);
    await untilApart();
  }, 60_000);

  test('Events stand in namespace default, name the object that was touched, and a restart makes no new one', async () => {
    // Its end sends off what it still has to tell.
    await second.stop();
    const known = await eventually(async () => {
      const found = await events();
      expect(found.map(({ reason, related }) => `${reason} ${related?.kind} ${related?.name}`)).toEqual(
        expect.arrayContaining([
          'TerwayPlaced DaemonSet terway-eniip',
          'IsolationApplied DaemonSet calico-node',
          'CredentialsUpdated Secret alibaba-addon-secret',
          'EniConfigUpdated ConfigMap eni-config',
          'DriftCorrected DaemonSet terway-eniip',
          'Reconciled undefined undefined',
        ]),
      );
      return found;
    });
    expect(new Set(known.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['default']));
    second = await cluster.startOperator({ args: ['--identity=third'] });
    await nextDecision(cluster);
    await second.stop();
    expect(await events()).toEqual(known);
  });
});

describe('a cluster that is not as it should be', () => {
  beforeAll(startOver, 60_000);

  afterEach(() => {
    killScripts();
  });

  test('an API server that is killed and comes back finds the operator at work', async () => {
    const operator = await cluster.startOperator();
    await cluster.apply(UNASKED);
    await untilApart();
    await cluster.controlPlane.component('kube-apiserver').restart();
    await patch(cluster, TERWAY, LET_OUT);
    await patch(cluster, CALICO, LET_IN);
    await eventually(
      async () => {
        const terway = (await read<{ spec: unknown }>(cluster, TERWAY))?.spec;
        expect(JSON.stringify(terway)).toContain('"alibabacloud.com/external":"true"');
      },
      { timeoutMs: 40_000 },
    );
    await untilApart();
    expect((await fetch(`${operator.healthUrl}/healthz`)).status).toBe(200);
    await operator.stop();
  }, 90_000);

  test('without the CRD the operator waits for it, and is at work as soon as it is there, also the second time', async () => {
    await cluster.kubectl('delete', 'crd', CRD);
    const operator = await cluster.startOperator({ until: 'started' });
    await eventually(() => operator.output().includes('cannot be read'), { what: 'it says what it lacks' });
    expect((await fetch(`${operator.healthUrl}/healthz`)).status).toBe(200);
    expect((await fetch(`${operator.healthUrl}/readyz`)).status).not.toBe(200);
    await installCrd();
    await cluster.apply(UNASKED);
    await untilApart();
    expect((await fetch(`${operator.healthUrl}/readyz`)).status).toBe(200);

    await cluster.kubectl('delete', 'crd', CRD);
    await eventually(async () => (await annotationsOf(cluster, TERWAY))[HOLD] === undefined, {
      what: 'without a HybridNetwork nothing is held',
    });
    await installCrd();
    await cluster.apply(UNASKED);
    await eventually(async () => (await annotationsOf(cluster, TERWAY))[HOLD] === 'cloud-only', {
      what: 'Terway is held again',
      timeoutMs: 60_000,
    });
    await untilApart();
    await operator.stop();
  }, 90_000);

  test.each([
    [['--log-level=loud'], '--log-level (LOG_LEVEL) must be one of'],
    [['--leader-elect=maybe'], '--leader-elect (LEADER_ELECT) must be true or false, not "maybe"'],
    [['--metrics-bind-address=nowhere'], '--metrics-bind-address (METRICS_BIND_ADDRESS) must be'],
    [['--no-such-flag'], '--no-such-flag'],
  ])('flags %j end it with exit code 2 and a sentence', async (flags, sentence) => {
    const { ended, stderr, stdout } = runNode([fileURLToPath(new URL('src/main.ts', ROOT)), ...flags]);
    await expect(ended).resolves.toBe(2);
    expect(stderr()).toContain(sentence);
    expect(stderr().trim().split('\n')).toHaveLength(2);
    expect(stdout()).toBe('');
  });

  test.each([
    ['no KUBECONFIG outside a cluster', { KUBECONFIG: undefined, HOME: '/nonexistent' }, 'KUBECONFIG'],
    ['a KUBECONFIG that is not there', { KUBECONFIG: '/nonexistent/config' }, '/nonexistent/config'],
  ])('%s ends it with one sentence that says so', async (_, env, text) => {
    const { ended, stderr } = runNode([fileURLToPath(new URL('src/main.ts', ROOT))], env);
    await expect(ended).resolves.toBe(1);
    const lines = stderr().trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(text);
  });
});
