import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { HybridNetworkSpec } from '../../src/api/hybrid-network.ts';
import type { AuditMark } from '../cluster/audit.ts';
import {
  ADDON_SECRET,
  annotationsOf,
  CALICO,
  changesBy,
  changesInWords,
  eniConfigData,
  generationOf,
  nextDecision,
  patch,
  podNames,
  putSecret,
  respec,
  secretValues,
  TERWAY,
  untilObserved,
  untilRolledOut,
} from '../support/by-hand.ts';
import type { Place } from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';

const ON_PREMISES = ['idc-1', 'idc-2', 'idc-3'];
const CLOUD = ['ecs-1', 'ecs-2'];
const EVERYWHERE = [...CLOUD, ...ON_PREMISES, 'vk-1'];
const CALICO_PODS = 'k8s-app=calico-node';
const TERWAY_PODS = 'app=terway-eniip';
const KUBE_CONTROLLERS: Place = { kind: 'Deployment', name: 'calico-kube-controllers' };
const SOURCE: Place = { kind: 'Secret', namespace: 'hybridnetwork-system', name: 'ram-user' };
const KEY = { 'access-key-id': 'LTAI5tModes', 'access-key-secret': 'SecretOfModes' };
const HOLD = 'hybrid.alibabacloud.com/hold';
const ADDED = 'hybrid.alibabacloud.com/added';
const LET_IN = { spec: { template: { spec: { affinity: null } } } };
const LET_OUT = { spec: { template: { spec: { nodeSelector: { 'alibabacloud.com/external': null } } } } };
const PLURALS: Readonly<Record<string, string>> = {
  DaemonSet: 'daemonsets',
  Deployment: 'deployments',
  Secret: 'secrets',
  ConfigMap: 'configmaps',
};

const SPEC: HybridNetworkSpec = {
  scenario: 'BGP',
  onPremises: { cni: { type: 'Calico' } },
  terway: {
    eniConfig: {
      vSwitches: { 'cn-hangzhou-h': ['vsw-bp1modes'] },
      securityGroupIDs: ['sg-bp1modes'],
      serviceCIDR: '172.16.0.0/16',
      eniTags: { 'ack.aliyun.com': 'cModes' },
    },
  },
  credentials: { secretRef: { name: 'ram-user' } },
};

interface Snapshot {
  readonly calico: readonly string[];
  readonly terway: readonly string[];
  readonly kubeControllers: readonly string[];
  readonly generations: readonly number[];
}

describe('how much the operator may do', () => {
  let cluster: HybridCluster;
  let mark: AuditMark;

  async function snapshot(): Promise<Snapshot> {
    return {
      calico: await podNames(cluster, CALICO_PODS),
      terway: await podNames(cluster, TERWAY_PODS),
      kubeControllers: await podNames(cluster, 'k8s-app=calico-kube-controllers'),
      // The generation of a Deployment counts its annotations, too.
      generations: await Promise.all(
        [CALICO, TERWAY].map(async (place) => await generationOf(cluster, place)),
      ),
    };
  }

  async function holds(): Promise<readonly (string | undefined)[]> {
    const places = [CALICO, TERWAY, KUBE_CONTROLLERS];
    return await Promise.all(places.map(async (place) => (await annotationsOf(cluster, place))[HOLD]));
  }

  async function untilApart(): Promise<void> {
    await cluster.untilOn(CALICO_PODS, ON_PREMISES);
    await cluster.untilOn(TERWAY_PODS, CLOUD);
    await untilRolledOut(cluster, CALICO);
    await untilRolledOut(cluster, TERWAY);
  }

  async function expectReleased(before: Snapshot): Promise<void> {
    await eventually(async () => expect(await holds()).toEqual([undefined, undefined, undefined]));
    expect(await annotationsOf(cluster, CALICO)).toHaveProperty([ADDED]);
    await nextDecision(cluster);
    expect(await snapshot()).toEqual(before);
    const writes = await changesBy(cluster, mark);
    expect(writes.map(({ resource, name }) => `${resource} ${name}`).toSorted()).toEqual([
      'daemonsets calico-node',
      'daemonsets terway-eniip',
      'deployments calico-kube-controllers',
    ]);
    const paths = writes.flatMap(({ requestObject }) =>
      (requestObject as readonly { readonly op: string; readonly path: string }[])
        .filter(({ op }) => op !== 'test')
        .map(({ path }) => path),
    );
    expect(new Set(paths)).toEqual(new Set([`/metadata/annotations/${HOLD.replace('/', '~1')}`]));
  }

  beforeAll(async () => {
    cluster = await startHybridCluster();
    await cluster.applyFile('test/fixtures');
    await putSecret(cluster, SOURCE, KEY);
    await cluster.untilOn(CALICO_PODS, EVERYWHERE);
    await cluster.untilOn(TERWAY_PODS, [...CLOUD, ...ON_PREMISES]);
    await cluster.startOperator();
  }, 120_000);

  beforeEach(async () => {
    mark = await cluster.controlPlane.audit.mark();
  });

  afterAll(async () => {
    await cluster.stop();
  });

  test('Observe writes nothing but its status, and what it plans is exactly what Enforce then writes', async () => {
    const before = await snapshot();
    await cluster.apply(networkOf({ ...SPEC, enforcement: 'Observe' }));
    const { message } = await cluster.untilCondition('Ready', { status: 'False', reason: 'PlanPending' });
    expect(message).toContain('status.plan');
    await nextDecision(cluster);
    await expect(changesInWords(cluster, mark)).resolves.toEqual([]);
    expect(await snapshot()).toEqual(before);
    await expect(secretValues(cluster)).resolves.toBeUndefined();
    expect(await eniConfigData(cluster)).not.toHaveProperty('disable_network_policy');

    const planned = (await cluster.network()).status?.plan?.actions ?? [];
    expect(
      planned.map(({ action, target }) => `${action} ${target.kind} ${target.namespace}/${target.name}`),
    ).toEqual([
      'PlaceOnCloud DaemonSet kube-system/terway-eniip',
      'KeepOffCloud DaemonSet kube-system/calico-node',
      'KeepOffCloud Deployment kube-system/calico-kube-controllers',
      'RestartTerway DaemonSet kube-system/terway-eniip',
      'WriteSecret Secret kube-system/alibaba-addon-secret',
      'WriteConfigMap ConfigMap kube-system/eni-config',
    ]);
    expect(planned[1]).toMatchObject({ podsRestarted: 3, podsEvicted: 3 });
    expect(planned.every(({ why }) => why !== '')).toBe(true);

    await respec(cluster, { enforcement: 'Enforce' });
    await untilApart();
    await cluster.untilCondition('Ready', { status: 'True' });
    const writes = await changesInWords(cluster, mark);
    const targets = planned.map(
      ({ target: { kind, namespace, name } }) => `patch ${PLURALS[kind]} ${namespace}/${name}`,
    );
    expect(new Set(writes)).toEqual(new Set(targets));
    await expect(secretValues(cluster)).resolves.toEqual(KEY);
  }, 90_000);

  test('from Enforce to Observe the holds are released, metadata only, and no pod restarts', async () => {
    const before = await snapshot();
    await respec(cluster, { enforcement: 'Observe' });
    await expectReleased(before);
    await cluster.untilCondition('Ready', { status: 'True' });
  });

  test('drift under Observe is planned and stays; Enforce repairs it', async () => {
    await patch(cluster, CALICO, LET_IN);
    await cluster.untilOn(CALICO_PODS, EVERYWHERE);
    await cluster.untilCondition('OnPremisesIsolated', { status: 'False', reason: 'PlanPending' });
    await putSecret(cluster, ADDON_SECRET, { 'access-key-id': 'x', 'access-key-secret': 'y' });
    await cluster.untilCondition('CredentialsSynced', { status: 'False', reason: 'PlanPending' });
    await nextDecision(cluster);
    await expect(changesInWords(cluster, mark)).resolves.toEqual([]);
    await respec(cluster, { enforcement: 'Enforce' });
    await untilApart();
    await cluster.untilCondition('Ready', { status: 'True' });
    await expect(secretValues(cluster)).resolves.toEqual(KEY);
    await eventually(async () =>
      expect(await holds()).toEqual(['on-premises-only', 'cloud-only', 'on-premises-only']),
    );
  }, 60_000);

  test('suspend releases the holds in the same way, and Ready keeps its value', async () => {
    const before = await snapshot();
    await respec(cluster, { suspend: true });
    await expectReleased(before);
    await expect(cluster.condition('Ready')).resolves.toMatchObject({ status: 'True', reason: 'Suspended' });
  });

  test('what drifts while it is suspended stays as it is, Terway included, until it is resumed', async () => {
    await patch(cluster, TERWAY, LET_OUT);
    await patch(cluster, CALICO, LET_IN);
    await cluster.untilOn(TERWAY_PODS, [...CLOUD, ...ON_PREMISES]);
    await cluster.untilOn(CALICO_PODS, EVERYWHERE);
    await nextDecision(cluster);
    await expect(changesInWords(cluster, mark)).resolves.toEqual([]);
    await respec(cluster, { suspend: false });
    await untilApart();
    await cluster.untilCondition('Ready', { status: 'True', reason: 'Reconciled' });
  }, 60_000);

  test('a spec that contradicts itself changes nothing, and what is held stays held, Terway first of all', async () => {
    const before = await snapshot();
    await respec(cluster, {
      onPremises: { podCIDRs: ['10.0.0.0/8'], nodeCIDRs: ['10.1.0.0/16'] },
      terway: { eniConfig: { maxPoolSize: 9 } },
    });
    const { message } = await cluster.untilCondition('Ready', { status: 'False', reason: 'InvalidSpec' });
    expect(message).toContain('10.1.0.0/16 overlaps 10.0.0.0/8 in spec.onPremises.podCIDRs[0]');
    await cluster.untilCondition('Stalled', { status: 'True', reason: 'InvalidSpec' });
    expect(await snapshot()).toEqual(before);
    await expect(changesInWords(cluster, mark)).resolves.toEqual([]);

    await patch(cluster, TERWAY, LET_OUT);
    await patch(cluster, CALICO, LET_IN);
    await eventually(async () => {
      expect((await changesInWords(cluster, mark)).toSorted()).toEqual([
        'patch daemonsets kube-system/calico-node',
        'patch daemonsets kube-system/terway-eniip',
      ]);
    });
    await untilApart();
    expect(JSON.parse((await eniConfigData(cluster))?.['eni_conf'] ?? '{}')).not.toMatchObject({
      max_pool_size: 9,
    });

    await respec(cluster, { onPremises: { podCIDRs: ['10.100.0.0/16'] } });
    await cluster.untilCondition('Ready', { status: 'True' });
    expect(JSON.parse((await eniConfigData(cluster))?.['eni_conf'] ?? '{}')).toMatchObject({
      max_pool_size: 9,
    });
  }, 60_000);

  test('of two HybridNetworks the oldest is in charge, and the younger is told by whom', async () => {
    await cluster.apply(networkOf(SPEC, 'younger'));
    await untilObserved(cluster, 'younger');
    for (const type of [
      'Ready',
      'OnPremisesIsolated',
      'TerwayPlaced',
      'CredentialsSynced',
      'ENIConfigSynced',
    ]) {
      const { message } = await cluster.untilCondition(
        type,
        { status: 'False', reason: 'Conflict' },
        'younger',
      );
      expect(message).toContain('HybridNetwork idc-hangzhou is older');
    }
    await cluster.untilCondition('Ready', { status: 'True' });
    await nextDecision(cluster, 'younger');
    await expect(changesInWords(cluster, mark)).resolves.toEqual([]);
  });

  test('when the winner is deleted the younger takes over, and no pod notices', async () => {
    const before = await snapshot();
    await cluster.kubectl('delete', 'hn', 'idc-hangzhou', '--timeout=20s');
    await cluster.untilCondition('Ready', { status: 'True' }, 'younger');
    expect(await snapshot()).toEqual(before);
    await expect(changesInWords(cluster, mark)).resolves.toEqual([]);
    await patch(cluster, TERWAY, LET_OUT);
    await untilApart();
    await cluster.untilCondition('Ready', { status: 'True' }, 'younger');
  }, 60_000);
});
