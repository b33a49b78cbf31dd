// `onPremises.updateStrategy: OnDelete` under the real DaemonSet controller: pods leave cloud nodes, the others live on.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CALICO, edit, podNames, read, respec } from '../support/by-hand.ts';
import { deleteWithApproval, untilDecidedAnew, untilWrittenTo, writesTo } from '../support/follow-up.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster, KubeObject } from '../support/hybrid-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { fixture, pipe } from '../support/manifests.ts';
import type { OperatorProcess } from '../support/operator-process.ts';

const PODS = 'k8s-app=calico-node';
const ON_PREMISES = ['idc-1', 'idc-2'];
const EVERYWHERE = ['ecs-1', ...ON_PREMISES, 'vk-1'];

interface DaemonSet extends KubeObject {
  readonly spec: {
    readonly updateStrategy: unknown;
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}

let cluster: HybridCluster;
let operator: OperatorProcess;
let original: DaemonSet['spec'];

async function calico(): Promise<DaemonSet['spec']> {
  const found = await read<DaemonSet>(cluster, CALICO);
  if (found === undefined) throw new Error('there is no calico-node');
  return found.spec;
}

async function podsOn(node: string): Promise<readonly string[]> {
  const output = await cluster.kubectl(
    ...[
      '-n',
      'kube-system',
      'get',
      'pods',
      '-l',
      PODS,
      `--field-selector=spec.nodeName=${node}`,
      '-o',
      'name',
    ],
  );
  return output.trim().split('\n');
}

beforeAll(async () => {
  cluster = await startHybridCluster({ idc: 2, ecs: 1, vk: 1 });
  await cluster.applyFile('test/fixtures');
  await cluster.untilOn(PODS, EVERYWHERE);
  original = await calico();
  operator = await cluster.startOperator();
}, 120_000);

afterAll(async () => {
  await cluster.stop();
});

test('pods leave cloud and virtual nodes by one write that restarts none on-premises, so that nobody is asked', async () => {
  const before = await Promise.all(ON_PREMISES.map(podsOn));
  const mark = await cluster.controlPlane.audit.mark();
  await cluster.apply(
    networkOf({
      scenario: 'BGP',
      deletionPolicy: 'Restore',
      // Two pods are evicted from calico-node, and calico-kube-controllers restarts one.
      approveAbove: 3,
      onPremises: { updateStrategy: 'OnDelete' },
    }),
  );
  await cluster.untilOn(PODS, ON_PREMISES);
  await cluster.untilCondition('OnPremisesIsolated', { status: 'True' });
  await untilDecidedAnew(cluster, operator);
  expect(await Promise.all(ON_PREMISES.map(podsOn))).toEqual(before);
  expect((await calico()).updateStrategy).toEqual({ type: 'OnDelete' });
  expect(await writesTo(cluster, 'calico-node', mark)).toHaveLength(1);
}, 60_000);

test('neither does a repair', async () => {
  const before = await podNames(cluster, PODS);
  await edit(cluster, CALICO, [{ op: 'remove', path: '/spec/template/spec/affinity' }]);
  await eventually(async () => JSON.stringify(await calico()).includes('alibabacloud.com/external'));
  await cluster.untilOn(PODS, ON_PREMISES);
  await untilDecidedAnew(cluster, operator);
  expect((await podNames(cluster, PODS)).filter((name) => before.includes(name))).toHaveLength(before.length);
}, 60_000);

test('neither does one after the manifest that it came with, which took everything of ours away', async () => {
  const before = await podNames(cluster, PODS);
  const mark = await cluster.controlPlane.audit.mark();
  await pipe(cluster, ['replace'], await fixture('calico.yaml', 'DaemonSet'));
  await untilWrittenTo(cluster, 'calico-node', mark);
  await cluster.untilOn(PODS, ON_PREMISES);
  await untilDecidedAnew(cluster, operator);
  expect((await podNames(cluster, PODS)).filter((name) => before.includes(name))).toHaveLength(before.length);
  expect((await calico()).updateStrategy).toEqual({ type: 'OnDelete' });
}, 60_000);

test('the owner’s next change rolls out as the owner has set it up', async () => {
  const before = await podNames(cluster, PODS);
  await edit(cluster, CALICO, [
    { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'calico/node:next' },
  ]);
  await eventually(async () => {
    const now = await podNames(cluster, PODS);
    return now.length === ON_PREMISES.length && now.every((name) => !before.includes(name));
  });
  await cluster.untilOn(PODS, ON_PREMISES);
  expect((await calico()).updateStrategy).toEqual(original.updateStrategy);
}, 60_000);

test('and so does a new manifest, which took everything of ours away', async () => {
  const before = await podNames(cluster, PODS);
  const shipped = JSON.stringify(await fixture('calico.yaml', 'DaemonSet'));
  await pipe(cluster, ['replace'], JSON.parse(shipped.replace('calico/node:v3.32.1', 'calico/node:new')));
  await eventually(async () => {
    const now = await podNames(cluster, PODS);
    return now.length === ON_PREMISES.length && now.every((name) => !before.includes(name));
  });
  await cluster.untilOn(PODS, ON_PREMISES);
  expect((await calico()).updateStrategy).toEqual(original.updateStrategy);
}, 60_000);

test('Restore gives back the spec as it was before, with the owner’s change', async () => {
  await respec(cluster, { onPremises: { updateStrategy: 'RollingUpdate' } });
  await deleteWithApproval(cluster);
  await cluster.untilOn(PODS, EVERYWHERE);
  const { containers } = original.template.spec;
  const changed = JSON.stringify(original).replace(containers[0]?.image ?? '', 'docker.io/calico/node:new');
  expect(JSON.parse(JSON.stringify(await calico()))).toEqual(JSON.parse(changed));
}, 60_000);
