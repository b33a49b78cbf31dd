import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkloadStatus } from '../../src/api/hybrid-network.ts';
import type { Affinity, NodeSelectorTerm } from '../../src/plan/facts.ts';
import type { AuditMark } from '../cluster/audit.ts';
import { CALICO, annotationsOf, generationOf, podNames } from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { untilDecidedAnew, untilRolledOut, untilWrittenTo, writesTo } from '../support/follow-up.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster, KubeObject } from '../support/hybrid-cluster.ts';
import {
  daemonSet,
  deployment,
  fixture,
  grant,
  namespaceOf,
  OFF_CLOUD,
  OFF_VIRTUAL,
  ON_LINUX,
  pipe,
  statefulSet,
} from '../support/manifests.ts';
import type { OperatorProcess } from '../support/operator-process.ts';

// One and the same field is tampered with more often here than a fight allows.
const UNTIRING = ['--fight-limit=0'];

const ON_PREMISES = ['idc-1', 'idc-2', 'idc-3'];
const CLOUD = ['ecs-1', 'ecs-2'];
const EVERYWHERE = [...CLOUD, ...ON_PREMISES, 'vk-1'];
const HOLD = 'hybrid.alibabacloud.com/hold';
const AFFINITY = '/spec/template/spec/affinity';
const TERMS = `${AFFINITY}/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms`;
const IDC = { location: 'idc' };

// As the guides of the registered cluster say it, for `kubectl patch ds calico-node -p`.
const PATCH_OF_THE_GUIDES = `
spec:
  template:
    spec:
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
            - matchExpressions:
              - key: alibabacloud.com/external
                operator: NotIn
                values:
                - "true"
`;

const RATHER_IN_THE_CLOUD: Affinity = {
  nodeAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [
      { weight: 100, preference: { matchExpressions: [{ ...OFF_CLOUD, operator: 'In' }] } },
    ],
  },
};

interface WithTerms {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly affinity?: {
          readonly nodeAffinity?: {
            readonly requiredDuringSchedulingIgnoredDuringExecution?: {
              readonly nodeSelectorTerms: readonly NodeSelectorTerm[];
            };
          };
        };
      };
    };
  };
}

describe('the on-premises network stays off cloud and virtual nodes', () => {
  let cluster: HybridCluster;
  let operator: OperatorProcess;
  let calico: KubeObject;
  let beginning: AuditMark;

  const termsOf = async (
    name: string,
    namespace?: string,
  ): Promise<readonly NodeSelectorTerm[] | undefined> =>
    (await cluster.get<WithTerms>('ds', name, namespace)).spec.template.spec.affinity?.nodeAffinity
      ?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const calicoPatch = async (...operations: readonly object[]): Promise<string> =>
    await cluster.kubectl(
      '-n',
      'kube-system',
      'patch',
      'ds',
      'calico-node',
      '--type=json',
      `--patch=${JSON.stringify(operations)}`,
    );
  const stateOf = async (name: string): Promise<WorkloadStatus['state'] | undefined> =>
    ((await cluster.network()).status?.workloads ?? []).find((one) => one.name === name)?.state;
  // Replicas go where the scheduler likes best, so it is not foreseen on which of the on-premises nodes they are.
  const untilAllOnPremises = async (app: string, replicas: number): Promise<void> => {
    await eventually(
      async () => {
        const nodes = await cluster.nodesOf(`app=${app}`, 'monitoring');
        const pods = await podNames(cluster, `app=${app}`, 'monitoring');
        return (
          pods.length === replicas && nodes.length > 0 && nodes.every((node) => ON_PREMISES.includes(node))
        );
      },
      { what: `${replicas} pods of ${app} on on-premises nodes only`, timeoutMs: 30_000 },
    );
  };

  beforeAll(async () => {
    cluster = await startHybridCluster();
    calico = await fixture('calico.yaml', 'DaemonSet');
    await cluster.applyFile('test/fixtures/terway.yaml');
    await cluster.apply(namespaceOf('monitoring'), daemonSet('kube-proxy'));
    await grant(cluster, 'monitoring');
    beginning = await cluster.controlPlane.audit.mark();
    operator = await cluster.startOperator({ args: UNTIRING });
    await cluster.apply(
      networkOf({
        scenario: 'BGP',
        approveAbove: 100,
        onPremises: {
          cni: { type: 'Auto' },
          workloads: [
            { kind: 'DaemonSet', namespace: 'monitoring', name: 'node-exporter' },
            { kind: 'DaemonSet', namespace: 'monitoring', labelSelector: { matchLabels: IDC } },
            { kind: 'Deployment', namespace: 'monitoring', labelSelector: { matchLabels: IDC } },
            { kind: 'StatefulSet', namespace: 'monitoring', name: 'store' },
          ],
        },
      }),
    );
  }, 120_000);

  afterAll(async () => {
    await cluster.stop();
  });

  test('a CNI that appears late is found and kept off, and its companion with it', async () => {
    await cluster.untilCondition('OnPremisesIsolated', { status: 'False', reason: 'CNINotFound' });
    const mark = await cluster.controlPlane.audit.mark();
    await cluster.applyFile('test/fixtures/calico.yaml');
    await cluster.untilCondition('OnPremisesIsolated', { status: 'True', reason: 'Isolated' });
    await untilRolledOut(cluster, 'calico-node');
    await cluster.untilOn('k8s-app=calico-node', ON_PREMISES);
    await eventually(async () => {
      const [node = '', ...others] = await cluster.nodesOf('k8s-app=calico-kube-controllers');
      return others.length === 0 && ON_PREMISES.includes(node);
    });
    expect(await termsOf('calico-node')).toEqual([{ matchExpressions: [OFF_CLOUD, OFF_VIRTUAL] }]);
    expect(await annotationsOf(cluster, CALICO)).toMatchObject({ [HOLD]: 'on-premises-only' });

    await untilDecidedAnew(cluster, operator);
    expect(await writesTo(cluster, 'calico-node', mark)).toHaveLength(1);
    expect(await writesTo(cluster, 'calico-kube-controllers', mark)).toHaveLength(1);
  }, 90_000);

  test('listed workloads are kept off as soon as they appear, by name and by label', async () => {
    expect(await stateOf('node-exporter')).toBe('Absent');
    const place = { namespace: 'monitoring' };
    await cluster.apply(daemonSet('node-exporter', place), daemonSet('log-agent', { ...place, labels: IDC }));
    for (const name of ['node-exporter', 'log-agent']) {
      await eventually(async () => (await stateOf(name)) === 'Held', { what: `${name} is held` });
      await cluster.untilOn(`app=${name}`, ON_PREMISES, 'monitoring');
    }
  }, 60_000);

  test('the pods of a Deployment and a StatefulSet move to on-premises nodes', async () => {
    const place = { namespace: 'monitoring', affinity: RATHER_IN_THE_CLOUD };
    await operator.stop();
    await cluster.apply(deployment('api', 6, { ...place, labels: IDC }), statefulSet('store', 6, place));
    for (const name of ['api', 'store']) {
      await cluster.kubectl('-n', 'monitoring', 'wait', 'pod', '-l', `app=${name}`, '--for=condition=Ready');
      expect(await cluster.nodesOf(`app=${name}`, 'monitoring')).toEqual(expect.arrayContaining(CLOUD));
    }
    operator = await cluster.startOperator({ args: UNTIRING });
    await untilAllOnPremises('api', 6);
    await untilAllOnPremises('store', 6);
    await cluster.untilCondition('OnPremisesIsolated', { status: 'True' });
  }, 60_000);

  test('kube-proxy, which Terway needs on cloud nodes, is left alone', async () => {
    await cluster.untilOn('app=kube-proxy', EVERYWHERE);
    expect(await generationOf(cluster, { kind: 'DaemonSet', name: 'kube-proxy' })).toBe(1);
    expect(await writesTo(cluster, 'kube-proxy', beginning)).toEqual([]);
  });

  test('a workload that stays off by its own template is not written at all', async () => {
    const mark = await cluster.controlPlane.audit.mark();
    const terms = [
      { matchExpressions: [ON_LINUX, { key: OFF_CLOUD.key, operator: 'DoesNotExist' }, OFF_VIRTUAL] },
    ];
    await cluster.apply(daemonSet('careful', { namespace: 'monitoring', labels: IDC, terms }));
    await eventually(async () => (await stateOf('careful')) === 'Satisfied');
    await cluster.untilOn('app=careful', ON_PREMISES, 'monitoring');
    await untilDecidedAnew(cluster, operator);
    expect(await writesTo(cluster, 'careful', mark)).toEqual([]);
    const place = { kind: 'DaemonSet', namespace: 'monitoring', name: 'careful' } as const;
    expect(await generationOf(cluster, place)).toBe(1);
  }, 60_000);

  const refused = [
    {
      what: 'that requires cloud nodes',
      name: 'cloud-agent',
      options: { nodeSelector: { [OFF_CLOUD.key]: 'true' } },
      reason: 'WorkloadRequiresCloud',
      on: CLOUD,
    },
    {
      what: 'that somebody parked with an empty term',
      name: 'parked',
      options: { terms: [{}] },
      reason: 'WorkloadParked',
      on: [],
    },
  ] as const;

  test.each(refused)(
    'a workload $what is refused by name while the others go on',
    async ({ name, options, reason, on }) => {
      const mark = await cluster.controlPlane.audit.mark();
      const place = { namespace: 'monitoring', labels: IDC };
      await cluster.apply(daemonSet(name, { ...place, ...options }));
      const condition = await cluster.untilCondition('OnPremisesIsolated', { status: 'False', reason });
      expect(condition.message).toContain(`DaemonSet monitoring/${name}`);
      await cluster.untilCondition('Stalled', { status: 'True', reason });
      expect(await stateOf(name)).toBe('Refused');

      const other = `beside-${name}`;
      await cluster.apply(daemonSet(other, place));
      await cluster.untilOn(`app=${other}`, ON_PREMISES, 'monitoring');
      await cluster.untilOn(`app=${name}`, on, 'monitoring');
      expect(await writesTo(cluster, name, mark)).toEqual([]);

      await cluster.kubectl('-n', 'monitoring', 'delete', 'ds', name);
      await cluster.untilCondition('OnPremisesIsolated', { status: 'True', reason: 'Isolated' });
    },
    60_000,
  );

  const tampering: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['its affinity is removed', async () => await calicoPatch({ op: 'remove', path: AFFINITY })],
    [
      'the patch of the guides is applied, which replaces all terms and forgets virtual nodes',
      async () =>
        await cluster.kubectl('-n', 'kube-system', 'patch', 'ds', 'calico-node', '-p', PATCH_OF_THE_GUIDES),
    ],
    [
      'one of the two expressions is removed',
      async () => await calicoPatch({ op: 'remove', path: `${TERMS}/0/matchExpressions/0` }),
    ],
    [
      'its terms are replaced',
      async () => {
        const value = [
          { matchExpressions: [ON_LINUX] },
          {},
          { matchExpressions: [{ key: 'gpu', operator: 'Exists' }] },
        ];
        await calicoPatch({ op: 'replace', path: TERMS, value });
      },
    ],
    [
      'somebody replaces it by the manifest that it came with, annotations and all',
      async () => await pipe(cluster, ['replace'], calico),
    ],
  ];

  test.each(tampering)(
    'it is kept off by one write when %s',
    async (_how, tamper) => {
      const mark = await cluster.controlPlane.audit.mark();
      await tamper();
      await untilWrittenTo(cluster, 'calico-node', mark);
      await untilRolledOut(cluster, 'calico-node');
      await cluster.untilOn('k8s-app=calico-node', ON_PREMISES);
      await cluster.untilCondition('OnPremisesIsolated', { status: 'True', reason: 'Isolated' });
      await eventually(async () => (await cluster.network()).status?.misplacedPods === 0);
      expect(await annotationsOf(cluster, CALICO)).toMatchObject({ [HOLD]: 'on-premises-only' });

      const settled = await cluster.controlPlane.audit.mark();
      await untilDecidedAnew(cluster, operator);
      expect((await writesTo(cluster, 'calico-node', mark)).map(({ code }) => code)).toEqual([200]);
      expect(await cluster.operatorWrites(settled)).toEqual([]);
    },
    60_000,
  );

  test('what somebody else wrote into the terms stays in them', async () => {
    const gpu = { key: 'gpu', operator: 'DoesNotExist' };
    const mark = await cluster.controlPlane.audit.mark();
    await calicoPatch({
      op: 'add',
      path: AFFINITY,
      value: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [ON_LINUX, OFF_CLOUD] }, {}, { matchExpressions: [gpu] }],
          },
        },
      },
    });
    await untilWrittenTo(cluster, 'calico-node', mark);
    await cluster.untilOn('k8s-app=calico-node', ON_PREMISES);
    expect(await termsOf('calico-node')).toEqual([
      { matchExpressions: [ON_LINUX, OFF_CLOUD, OFF_VIRTUAL] },
      {},
      { matchExpressions: [gpu, OFF_CLOUD, OFF_VIRTUAL] },
    ]);
  }, 60_000);

  test('it is kept off by one write when it is deleted and created anew', async () => {
    const mark = await cluster.controlPlane.audit.mark();
    await cluster.kubectl('-n', 'kube-system', 'delete', 'ds', 'calico-node');
    await cluster.untilOn('k8s-app=calico-node', []);
    await pipe(cluster, ['create'], calico);
    await untilWrittenTo(cluster, 'calico-node', mark);
    await untilRolledOut(cluster, 'calico-node');
    await cluster.untilOn('k8s-app=calico-node', ON_PREMISES);
    await untilDecidedAnew(cluster, operator);
    expect((await writesTo(cluster, 'calico-node', mark)).map(({ code }) => code)).toEqual([200]);
  }, 60_000);

  test('it leaves the cloud nodes that it took while the operator was down', async () => {
    await operator.stop();
    await pipe(cluster, ['replace'], calico);
    await cluster.untilOn('k8s-app=calico-node', EVERYWHERE);
    const mark = await cluster.controlPlane.audit.mark();
    operator = await cluster.startOperator({ args: UNTIRING });
    await cluster.untilOn('k8s-app=calico-node', ON_PREMISES);
    await untilDecidedAnew(cluster, operator);
    expect(await writesTo(cluster, 'calico-node', mark)).toHaveLength(1);
  }, 60_000);

  test('pods that a rollout moves were never reported as stuck', async () => {
    const statuses = await cluster.controlPlane.audit.entries({
      resource: 'hybridnetworks',
      subresource: 'status',
    });
    const told = statuses.map(({ requestObject }) => JSON.stringify(requestObject));
    expect(told.some((text) => text.includes('PodsLeaving'))).toBe(true);
    expect(told.filter((text) => text.includes('PodsOnWrongNodes'))).toEqual([]);
  });
});
