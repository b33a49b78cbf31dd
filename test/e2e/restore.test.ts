import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { HybridNetworkSpec } from '../../src/api/hybrid-network.ts';
import type { Affinity } from '../../src/plan/facts.ts';
import type { AuditMark } from '../cluster/audit.ts';
import { CALICO, annotationsOf, generationOf, inWords, network, podNames, read } from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import {
  beginDeletion,
  deleteWithApproval,
  runCommandIn,
  untilDecidedAnew,
  untilGone,
  untilRolledOut,
  untilWrittenTo,
  writesTo,
} from '../support/follow-up.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster, KubeObject } from '../support/hybrid-cluster.ts';
import { daemonSet, fixture, OFF_CLOUD, OFF_VIRTUAL, ON_LINUX, pipe } from '../support/manifests.ts';
import type { OperatorProcess } from '../support/operator-process.ts';

const ON_PREMISES = ['idc-1', 'idc-2', 'idc-3'];
const EVERYWHERE = ['ecs-1', 'ecs-2', ...ON_PREMISES, 'vk-1'];
const HOLD = 'hybrid.alibabacloud.com/hold';
const ADDED = 'hybrid.alibabacloud.com/added';
const ON_AMD64 = { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] };
const NO_GPU = { key: 'gpu', operator: 'DoesNotExist' };

interface Stored {
  readonly metadata: { readonly managedFields?: readonly { readonly manager: string }[] };
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly affinity?: Affinity;
        readonly containers: readonly { readonly image: string }[];
      };
    };
  };
}

/** Holds the DaemonSets of kube-system that are labelled so; without a label Calico. */
function restoring(listed?: string, spec: Partial<HybridNetworkSpec> = {}): KubeObject {
  const workloads =
    listed === undefined
      ? []
      : [
          {
            kind: 'DaemonSet' as const,
            namespace: 'kube-system',
            labelSelector: { matchLabels: { listed } },
          },
        ];
  return networkOf({
    scenario: 'BGP',
    deletionPolicy: 'Restore',
    approveAbove: 100,
    onPremises: { cni: { type: listed === undefined ? 'Calico' : 'None' }, workloads },
    ...spec,
  });
}

describe('deletionPolicy Restore gives back exactly what was there', () => {
  let cluster: HybridCluster;
  let operator: OperatorProcess;
  let calicoBefore: string;
  let beginning: AuditMark;

  const stored = async (name: string): Promise<Stored> => await cluster.get<Stored>('ds', name);
  const affinityOf = async (name: string): Promise<Affinity | undefined> =>
    (await stored(name)).spec.template.spec.affinity;
  const untilHeld = async (name: string, on: readonly string[] = ON_PREMISES): Promise<void> => {
    await cluster.untilCondition('OnPremisesIsolated', { status: 'True', reason: 'Isolated' });
    await untilRolledOut(cluster, name);
    await cluster.untilOn(name === 'calico-node' ? 'k8s-app=calico-node' : `app=${name}`, on);
  };
  const expectGivenBack = async (name: string): Promise<void> => {
    const { managedFields = [] } = (await stored(name)).metadata;
    expect(managedFields.map(({ manager }) => manager)).not.toContain('hybridnetwork-operator');
    const annotations = await annotationsOf(cluster, { kind: 'DaemonSet', name });
    expect(annotations).not.toHaveProperty([HOLD]);
    expect(annotations).not.toHaveProperty([ADDED]);
  };

  beforeAll(async () => {
    cluster = await startHybridCluster();
    await cluster.applyFile('test/fixtures/terway.yaml');
    await cluster.apply(await fixture('calico.yaml', 'DaemonSet'));
    await untilRolledOut(cluster, 'calico-node');
    await cluster.untilOn('k8s-app=calico-node', EVERYWHERE);
    calicoBefore = JSON.stringify((await stored('calico-node')).spec);
    beginning = await cluster.controlPlane.audit.mark();
    operator = await cluster.startOperator();
  }, 120_000);

  // Whatever became of a test, the next one begins without a HybridNetwork.
  afterEach(async () => {
    if ((await read(cluster, network())) === undefined) return;
    await cluster.kubectl(
      'patch',
      'hn',
      'idc-hangzhou',
      '--type=merge',
      '-p',
      '{"spec":{"deletionPolicy":"Retain"}}',
    );
    await cluster.kubectl('delete', 'hn', 'idc-hangzhou', '--ignore-not-found');
  }, 60_000);

  afterAll(async () => {
    delete process.env['KUBE_EDITOR'];
    await cluster.stop();
  });

  test('it waits while cloud nodes live, holds everything meanwhile, and goes on by the command that it gives', async () => {
    await cluster.apply(restoring());
    await untilHeld('calico-node');
    await beginDeletion(cluster);
    const { message } = await cluster.untilCondition('Ready', { status: 'False', reason: 'DeletionBlocked' });
    await cluster.untilCondition('Stalled', { status: 'True', reason: 'DeletionBlocked' });
    expect(message).toContain('set spec.deletionPolicy to Retain');

    const mark = await cluster.controlPlane.audit.mark();
    await cluster.kubectl(
      '-n',
      'kube-system',
      'patch',
      'ds',
      'calico-node',
      '--type=json',
      '-p',
      '[{"op":"remove","path":"/spec/template/spec/affinity"}]',
    );
    await untilWrittenTo(cluster, 'calico-node', mark);
    await untilDecidedAnew(cluster, operator);
    expect(await writesTo(cluster, 'calico-node', mark)).toHaveLength(1);
    await cluster.untilOn('k8s-app=calico-node', ON_PREMISES);
    expect((await cluster.condition('Ready'))?.message).toBe(message);

    await runCommandIn(cluster, message, 'kubectl annotate hn');
    await untilGone(cluster);
    expect(JSON.stringify((await stored('calico-node')).spec)).toBe(calicoBefore);
    await expectGivenBack('calico-node');
    await cluster.untilOn('k8s-app=calico-node', EVERYWHERE);
  }, 90_000);

  test('edits that others made meanwhile are kept', async () => {
    const manifest = (image: string, ...terms: readonly object[]): KubeObject =>
      daemonSet('edited', { labels: { listed: 'edited' }, image, terms });
    await cluster.apply(manifest('example.com/agent:v1', { matchExpressions: [ON_LINUX] }));
    await cluster.apply(restoring('edited'));
    await untilHeld('edited');

    // The owner's next release: a new image and one more term.
    let mark = await cluster.controlPlane.audit.mark();
    const terms = [{ matchExpressions: [ON_LINUX] }, { matchExpressions: [ON_AMD64] }];
    await cluster.apply(manifest('example.com/agent:v2', ...terms));
    await untilWrittenTo(cluster, 'edited', mark);
    // And a person, into what we hold.
    process.env['KUBE_EDITOR'] =
      `sed -i 's/^\\( *\\)- key: kubernetes.io.arch/\\1- {key: gpu, operator: DoesNotExist}\\n&/'`;
    mark = await cluster.controlPlane.audit.mark();
    await cluster.kubectl('-n', 'kube-system', 'edit', 'ds', 'edited');
    await untilHeld('edited');
    await untilDecidedAnew(cluster, operator);
    expect(await writesTo(cluster, 'edited', mark)).toEqual([]);
    expect(await affinityOf('edited')).toMatchObject({
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchExpressions: [ON_LINUX, OFF_CLOUD, OFF_VIRTUAL] },
            { matchExpressions: [NO_GPU, ON_AMD64, OFF_CLOUD, OFF_VIRTUAL] },
          ],
        },
      },
    });

    await deleteWithApproval(cluster);
    const { affinity, containers } = (await stored('edited')).spec.template.spec;
    expect(containers.map(({ image }) => image)).toEqual(['example.com/agent:v2']);
    expect(affinity).toEqual({
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [ON_LINUX] }, { matchExpressions: [NO_GPU, ON_AMD64] }],
        },
      },
    });
    await expectGivenBack('edited');
    await cluster.untilOn('app=edited', EVERYWHERE);
  }, 90_000);

  test('the owner by server-side apply goes on without a conflict', async () => {
    const apply = ['apply', '--server-side', '--field-manager=pipeline'];
    const manifest = (image: string): KubeObject =>
      daemonSet('by-server', {
        labels: { listed: 'by-server' },
        image,
        terms: [{ matchExpressions: [ON_LINUX] }],
      });
    await pipe(cluster, apply, manifest('example.com/agent:v1'));
    await cluster.apply(restoring('by-server'));
    await untilHeld('by-server');
    await expect(pipe(cluster, apply, manifest('example.com/agent:v2'))).rejects.toThrow('conflict');

    await deleteWithApproval(cluster);
    await expectGivenBack('by-server');
    await pipe(cluster, apply, manifest('example.com/agent:v2'));
    await pipe(cluster, apply, daemonSet('by-server', { labels: { listed: 'by-server' } }));
    expect(await affinityOf('by-server')).toBeUndefined();
  }, 60_000);

  test('a workload that was deleted meanwhile is done', async () => {
    await cluster.apply(daemonSet('short-lived', { labels: { listed: 'short-lived' } }));
    await cluster.apply(restoring('short-lived'));
    await untilHeld('short-lived');
    await beginDeletion(cluster);
    await cluster.untilCondition('Ready', { reason: 'DeletionBlocked' });
    await cluster.kubectl('-n', 'kube-system', 'delete', 'ds', 'short-lived');
    await untilGone(cluster);
  }, 60_000);

  test('Retain lets a deletion that waits go at once, and leaves everything in place', async () => {
    await cluster.apply(restoring());
    await untilHeld('calico-node');
    const before = await podNames(cluster, 'k8s-app=calico-node');
    const generation = await generationOf(cluster, CALICO);
    await beginDeletion(cluster);
    await cluster.untilCondition('Ready', { reason: 'DeletionBlocked' });
    await cluster.kubectl(
      'patch',
      'hn',
      'idc-hangzhou',
      '--type=merge',
      '-p',
      '{"spec":{"deletionPolicy":"Retain"}}',
    );
    await untilGone(cluster);
    await eventually(async () => !((await annotationsOf(cluster, CALICO))[HOLD] ?? ''));
    await untilDecidedAnew(cluster, operator);
    expect(await annotationsOf(cluster, CALICO)).toHaveProperty([ADDED]);
    expect(await generationOf(cluster, CALICO)).toBe(generation);
    expect(await podNames(cluster, 'k8s-app=calico-node')).toEqual(before);
  }, 60_000);

  test('a pruned object with Retain changes nothing, and one that is created anew goes on', async () => {
    await cluster.apply(restoring(undefined, { deletionPolicy: 'Retain' }));
    await untilHeld('calico-node');
    expect(await annotationsOf(cluster, CALICO)).toHaveProperty([HOLD]);
    const before = await podNames(cluster, 'k8s-app=calico-node');
    const spec = JSON.stringify((await stored('calico-node')).spec);
    const record = (await annotationsOf(cluster, CALICO))[ADDED];

    const expectUntouched = async (): Promise<void> => {
      await untilDecidedAnew(cluster, operator);
      expect(JSON.stringify((await stored('calico-node')).spec)).toBe(spec);
      expect((await annotationsOf(cluster, CALICO))[ADDED]).toBe(record);
      expect(await podNames(cluster, 'k8s-app=calico-node')).toEqual(before);
    };
    await cluster.kubectl('delete', 'hn', 'idc-hangzhou');
    await eventually(async () => !((await annotationsOf(cluster, CALICO))[HOLD] ?? ''));
    await expectUntouched();

    // Its status is lost with it; what was added stands on the workload.
    await cluster.apply(restoring());
    await untilHeld('calico-node');
    await expectUntouched();
    expect(await annotationsOf(cluster, CALICO)).toMatchObject({ [HOLD]: 'on-premises-only' });

    await deleteWithApproval(cluster);
    expect(JSON.stringify((await stored('calico-node')).spec)).toBe(calicoBefore);
    await expectGivenBack('calico-node');
    await cluster.untilOn('k8s-app=calico-node', EVERYWHERE);
  }, 90_000);

  test('without cloud and virtual nodes nobody has to approve', async () => {
    await cluster.apply(restoring());
    await untilHeld('calico-node');
    for (const name of ['ecs-1', 'ecs-2', 'vk-1']) await cluster.controlPlane.removeNode(name);
    await eventually(async () => (await cluster.network()).status?.nodes?.onPremises === 3);
    await cluster.untilCondition('OnPremisesIsolated', { status: 'True' });
    await eventually(async () => {
      expect((await cluster.network()).status?.nodes).toEqual({ cloud: 0, onPremises: 3, virtual: 0 });
    });
    await beginDeletion(cluster);
    await untilGone(cluster);
    expect(JSON.stringify((await stored('calico-node')).spec)).toBe(calicoBefore);
    await expectGivenBack('calico-node');
  }, 60_000);

  test('nothing was tried on a HybridNetwork or a workload that was gone already', async () => {
    const writes = await cluster.operatorWrites(beginning);
    expect(writes.filter(({ code }) => code === 404).map(inWords)).toEqual([]);
  });
});
