import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { annotationsOf, changesInWords, generationOf, podNames, TERWAY } from '../support/by-hand.ts';
import {
  beginDeletion,
  runCommandIn,
  untilDecidedAnew,
  untilGone,
  untilRolledOut,
  untilWrittenTo,
  writesTo,
} from '../support/follow-up.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster, KubeObject } from '../support/hybrid-cluster.ts';
import { CLOUD_LABEL, daemonSet, fixture, OFF_CLOUD, ON_LINUX, pipe } from '../support/manifests.ts';
import type { OperatorProcess } from '../support/operator-process.ts';

// One and the same field is tampered with more often here than a fight allows.
const UNTIRING = ['--fight-limit=0'];

const ON_PREMISES = ['idc-1', 'idc-2', 'idc-3'];
const CLOUD = ['ecs-1', 'ecs-2'];
const HOLD = 'hybrid.alibabacloud.com/hold';
const SELECTOR = `/spec/template/spec/nodeSelector`;
const CLOUD_ONLY = { [CLOUD_LABEL]: 'true' };

interface Placed {
  readonly spec: {
    readonly template: { readonly spec: { readonly nodeSelector?: Readonly<Record<string, string>> } };
  };
}

describe('Terway runs on cloud nodes only', () => {
  let cluster: HybridCluster;
  let operator: OperatorProcess;
  let shipped: KubeObject;

  const selectorOf = async (name = 'terway-eniip'): Promise<Readonly<Record<string, string>> | undefined> =>
    (await cluster.get<Placed>('ds', name)).spec.template.spec.nodeSelector;
  const terwayPatch = async (...operations: readonly object[]): Promise<string> =>
    await cluster.kubectl(
      '-n',
      'kube-system',
      'patch',
      'ds',
      'terway-eniip',
      '--type=json',
      `--patch=${JSON.stringify(operations)}`,
    );

  beforeAll(async () => {
    cluster = await startHybridCluster();
    shipped = await fixture('terway.yaml', 'DaemonSet');
    await cluster.applyFile('test/fixtures');
    await cluster.untilOn('app=terway-eniip', [...CLOUD, ...ON_PREMISES]);
    await cluster.untilOn('k8s-app=calico-node', [...CLOUD, ...ON_PREMISES, 'vk-1']);
    operator = await cluster.startOperator({ args: UNTIRING });
  }, 120_000);

  afterAll(async () => {
    await cluster.stop();
  });

  test('its placement is the first write of all, before the finalizer and the on-premises network', async () => {
    const mark = await cluster.controlPlane.audit.mark();
    await cluster.apply(networkOf({ scenario: 'BGP', deletionPolicy: 'Restore', approveAbove: 100 }));
    await cluster.untilCondition('TerwayPlaced', { status: 'True', reason: 'Placed' });
    await cluster.untilCondition('OnPremisesIsolated', { status: 'True', reason: 'Isolated' });
    await cluster.untilOn('app=terway-eniip', CLOUD);
    const writes = await changesInWords(cluster, mark);
    expect(writes.slice(0, 2)).toEqual([
      'patch daemonsets kube-system/terway-eniip',
      'patch hybridnetworks idc-hangzhou',
    ]);
    expect(writes).toContain('patch daemonsets kube-system/calico-node');
    expect(await annotationsOf(cluster, TERWAY)).toMatchObject({ [HOLD]: 'cloud-only' });
  }, 60_000);

  const tampering: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['its nodeSelector is removed', async () => await terwayPatch({ op: 'remove', path: SELECTOR })],
    [
      'its nodeSelector asks for "false"',
      async () => await terwayPatch({ op: 'replace', path: SELECTOR, value: { [CLOUD_LABEL]: 'false' } }),
    ],
    [
      'its nodeSelector asks for another label',
      async () =>
        await terwayPatch({ op: 'replace', path: SELECTOR, value: { 'kubernetes.io/os': 'linux' } }),
    ],
    [
      'somebody replaces it by the manifest that it came with, annotations and all',
      async () => await pipe(cluster, ['replace'], shipped),
    ],
  ];

  test.each(tampering)(
    'it is back on cloud nodes after one write when %s',
    async (_how, tamper) => {
      const mark = await cluster.controlPlane.audit.mark();
      await tamper();
      await untilWrittenTo(cluster, 'terway-eniip', mark);
      await untilRolledOut(cluster, 'terway-eniip');
      await cluster.untilOn('app=terway-eniip', CLOUD);
      await cluster.untilCondition('TerwayPlaced', { status: 'True', reason: 'Placed' });
      expect(await selectorOf()).toMatchObject(CLOUD_ONLY);
      expect(await annotationsOf(cluster, TERWAY)).toMatchObject({ [HOLD]: 'cloud-only' });

      await untilDecidedAnew(cluster, operator);
      expect((await writesTo(cluster, 'terway-eniip', mark)).map(({ code }) => code)).toEqual([200]);
    },
    60_000,
  );

  test('it is back on cloud nodes after one write when it is deleted and created anew', async () => {
    const mark = await cluster.controlPlane.audit.mark();
    await cluster.kubectl('-n', 'kube-system', 'delete', 'ds', 'terway-eniip');
    await pipe(cluster, ['create'], shipped);
    await untilWrittenTo(cluster, 'terway-eniip', mark);
    await cluster.untilOn('app=terway-eniip', CLOUD);
    await untilDecidedAnew(cluster, operator);
    expect((await writesTo(cluster, 'terway-eniip', mark)).map(({ code }) => code)).toEqual([200]);
  }, 60_000);

  test('it is fetched back from on-premises nodes that it took while the operator was down', async () => {
    await operator.stop();
    await pipe(cluster, ['replace'], shipped);
    await cluster.untilOn('app=terway-eniip', [...CLOUD, ...ON_PREMISES]);
    const mark = await cluster.controlPlane.audit.mark();
    operator = await cluster.startOperator({ args: UNTIRING });
    await cluster.untilOn('app=terway-eniip', CLOUD);
    await untilDecidedAnew(cluster, operator);
    const writes = await writesTo(cluster, 'terway-eniip', mark);
    expect(
      writes.filter(({ requestObject }) => JSON.stringify(requestObject).includes('nodeSelector')),
    ).toHaveLength(1);
  }, 60_000);

  test('it is placed as soon as it appears', async () => {
    await cluster.kubectl('-n', 'kube-system', 'delete', 'ds', 'terway-eniip');
    await cluster.untilCondition('TerwayPlaced', { status: 'False', reason: 'DaemonSetNotFound' });
    await cluster.untilCondition('CloudJoinReady', { status: 'False' });
    const mark = await cluster.controlPlane.audit.mark();
    await pipe(cluster, ['create'], shipped);
    await cluster.untilCondition('TerwayPlaced', { status: 'True', reason: 'Placed' });
    await cluster.untilOn('app=terway-eniip', CLOUD);
    expect(await writesTo(cluster, 'terway-eniip', mark)).toHaveLength(1);
  }, 60_000);

  test('on-premises affinity on it is reported, for then it runs nowhere', async () => {
    const path = '/spec/template/spec/affinity';
    const required = { nodeSelectorTerms: [{ matchExpressions: [ON_LINUX, OFF_CLOUD] }] };
    const value = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
    await terwayPatch({ op: 'replace', path, value });
    const { message } = await cluster.untilCondition('TerwayPlaced', {
      status: 'False',
      reason: 'ExcludedFromCloud',
    });
    expect(message).toContain('DaemonSet kube-system/terway-eniip');
    expect(message).toContain(`Remove the requirement on ${CLOUD_LABEL}`);
    await cluster.untilCondition('Stalled', { status: 'True' });
    await cluster.untilOn('app=terway-eniip', []);
    await terwayPatch({ op: 'remove', path });
    await cluster.untilCondition('TerwayPlaced', { status: 'True', reason: 'Placed' });
    await cluster.untilOn('app=terway-eniip', CLOUD);
  }, 60_000);

  test('under another name it is placed, virtual nodes included, and the old one is let go without a restart', async () => {
    await cluster.apply(daemonSet('terway'));
    await cluster.untilOn('app=terway', [...CLOUD, ...ON_PREMISES, 'vk-1']);
    const before = await podNames(cluster, 'app=terway-eniip');
    const generation = await generationOf(cluster, TERWAY);

    const terway = { daemonSet: { name: 'terway' } };
    await cluster.apply(networkOf({ scenario: 'BGP', deletionPolicy: 'Restore', approveAbove: 100, terway }));
    await cluster.untilOn('app=terway', CLOUD);
    await cluster.untilCondition('TerwayPlaced', { status: 'True', reason: 'Placed' });

    await untilDecidedAnew(cluster, operator);
    expect(await annotationsOf(cluster, TERWAY)).not.toHaveProperty([HOLD]);
    expect(await generationOf(cluster, TERWAY)).toBe(generation);
    expect(await podNames(cluster, 'app=terway-eniip')).toEqual(before);
    expect(await selectorOf()).toMatchObject(CLOUD_ONLY);
  }, 60_000);

  test('one that stands on cloud nodes already is held by an annotation, and no pod restarts', async () => {
    const place = { kind: 'DaemonSet', name: 'terway-placed' } as const;
    await cluster.apply(daemonSet('terway-placed', { nodeSelector: CLOUD_ONLY }));
    await cluster.untilOn('app=terway-placed', CLOUD);
    const before = await podNames(cluster, 'app=terway-placed');

    const terway = { daemonSet: { name: 'terway-placed' } };
    const mark = await cluster.controlPlane.audit.mark();
    await cluster.apply(networkOf({ scenario: 'BGP', deletionPolicy: 'Restore', approveAbove: 100, terway }));
    await untilWrittenTo(cluster, 'terway-placed', mark);
    await untilDecidedAnew(cluster, operator);
    expect(await annotationsOf(cluster, place)).toMatchObject({ [HOLD]: 'cloud-only' });
    expect(await generationOf(cluster, place)).toBe(1);
    expect(await podNames(cluster, 'app=terway-placed')).toEqual(before);
    expect(await writesTo(cluster, 'terway-placed', mark)).toHaveLength(1);
  }, 60_000);

  test('a virtual node that joins never runs it, and a cloud node does', async () => {
    const names = await cluster.controlPlane.joinNodes({ vk: 1, ecs: 1 });
    expect(names.toSorted()).toEqual(['ecs-3', 'vk-2']);
    await cluster.untilOn('app=terway', [...CLOUD, 'ecs-3']);
    await cluster.untilOn('app=terway-placed', [...CLOUD, 'ecs-3']);
    await cluster.controlPlane.removeNode('ecs-3');
  }, 60_000);

  test('Restore lets it go and leaves it where it is', async () => {
    await cluster.apply(networkOf({ scenario: 'BGP', deletionPolicy: 'Restore', approveAbove: 100 }));
    await cluster.untilCondition('TerwayPlaced', { status: 'True', reason: 'Placed' });
    await cluster.untilOn('app=terway-eniip', CLOUD);
    const before = await podNames(cluster, 'app=terway-eniip');
    await beginDeletion(cluster);
    const { message } = await cluster.untilCondition('Ready', { reason: 'DeletionBlocked' });

    // Guarded to the last moment.
    const mark = await cluster.controlPlane.audit.mark();
    await cluster.kubectl('-n', 'kube-system', 'annotate', 'ds', 'terway-eniip', 'somebody=here');
    await runCommandIn(cluster, message, 'kubectl annotate hn');
    await untilGone(cluster);
    await untilDecidedAnew(cluster, operator);
    expect(await selectorOf()).toMatchObject(CLOUD_ONLY);
    expect(await annotationsOf(cluster, TERWAY)).not.toHaveProperty([HOLD]);
    expect(await podNames(cluster, 'app=terway-eniip')).toEqual(before);
    expect(await writesTo(cluster, 'terway-eniip', mark)).toHaveLength(1);
    await cluster.untilOn('k8s-app=calico-node', [...CLOUD, ...ON_PREMISES, 'vk-1', 'vk-2']);
  }, 60_000);
});
