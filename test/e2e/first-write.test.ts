import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import type { AuditMark } from '../cluster/audit.ts';
import {
  CALICO,
  changesInWords,
  commandIn,
  nextDecision,
  patch,
  podNames,
  read,
} from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';

const ON_PREMISES = ['idc-1', 'idc-2', 'idc-3'];
const ALL = ['ecs-1', 'ecs-2', ...ON_PREMISES];
const CALICO_PODS = 'k8s-app=calico-node';
const PATCH_CALICO = 'patch daemonsets kube-system/calico-node';

describe('the first write into a DaemonSet', () => {
  let cluster: HybridCluster;
  let mark: AuditMark;

  beforeAll(async () => {
    cluster = await startHybridCluster({ vk: 0 });
    await cluster.applyFile('test/fixtures');
    await cluster.startOperator();
  }, 120_000);

  beforeEach(async () => {
    await cluster.kubectl('delete', 'hn', '--all');
    await cluster.kubectl('-n', 'kube-system', 'delete', 'daemonset', 'calico-node');
    await eventually(async () => (await podNames(cluster, CALICO_PODS)).length === 0);
    mark = await cluster.controlPlane.audit.mark();
  });

  afterAll(async () => {
    await cluster.stop();
  });

  /** Calico on every node, with pods that fail on the nodes whose names start with that text. */
  async function calicoFailing(behaviour: string, on: string): Promise<void> {
    const text = await readFile(new URL('../fixtures/calico.yaml', import.meta.url), 'utf8');
    const [daemonSet] = parseAllDocuments(text);
    daemonSet?.setIn(['spec', 'template', 'metadata', 'annotations'], {
      'test.hybridnetwork/behaviour': behaviour,
      'test.hybridnetwork/behaviour-on': on,
    });
    await cluster.apply(daemonSet?.toJS());
    const failing = ALL.filter((node) => node.startsWith(on)).length;
    await eventually(async () => {
      const { numberReady, currentNumberScheduled } = await calicoStatus();
      return currentNumberScheduled === ALL.length && numberReady === ALL.length - failing;
    });
  }

  async function calicoStatus(): Promise<Readonly<Record<string, number>>> {
    return (await read<{ readonly status: Readonly<Record<string, number>> }>(cluster, CALICO))?.status ?? {};
  }

  test.each(['never-ready', 'image-pull-error'])(
    'waits for a DaemonSet whose pods fail on on-premises nodes (%s), and is made when they are well',
    async (behaviour) => {
      await calicoFailing(behaviour, 'idc-2');
      await cluster.apply(networkOf({ scenario: 'BGP' }));
      const { message } = await cluster.untilCondition('OnPremisesIsolated', { reason: 'RolloutInProgress' });
      expect(message).toContain('DaemonSet kube-system/calico-node has no available pod on idc-2');
      await nextDecision(cluster);
      await expect(changesInWords(cluster, mark)).resolves.not.toContain(PATCH_CALICO);
      await cluster.applyFile('test/fixtures/calico.yaml');
      await cluster.untilOn(CALICO_PODS, ON_PREMISES);
      await cluster.untilCondition('OnPremisesIsolated', { status: 'True' });
    },
    60_000,
  );

  test('is made at once where pods fail on the cloud nodes: that is what it mends', async () => {
    await calicoFailing('never-ready', 'ecs-');
    await cluster.apply(networkOf({ scenario: 'BGP' }));
    await cluster.untilOn(CALICO_PODS, ON_PREMISES);
    await cluster.untilCondition('OnPremisesIsolated', { status: 'True' });
  });

  test('waits for a rollout that is stuck half-way, and an approval goes ahead regardless', async () => {
    await calicoFailing('never-ready', 'nowhere');
    // With maxUnavailable 1 it stops at the first pod that never becomes Ready.
    await patch(cluster, CALICO, {
      spec: { template: { metadata: { annotations: { 'test.hybridnetwork/behaviour-on': 'idc-' } } } },
    });
    await eventually(async () => ((await calicoStatus())['numberUnavailable'] ?? 0) > 0);
    await cluster.apply(networkOf({ scenario: 'BGP' }));
    await cluster.untilCondition('OnPremisesIsolated', { reason: 'RolloutInProgress' });
    await nextDecision(cluster);
    await expect(changesInWords(cluster, mark)).resolves.not.toContain(PATCH_CALICO);
    // Read now: the decision came by a change of the spec, and an approval is good for one spec only.
    const { message } = await cluster.untilCondition('OnPremisesIsolated', { reason: 'RolloutInProgress' });
    await cluster.kubectl(...commandIn(message));
    await eventually(async () => expect(await cluster.nodesOf(CALICO_PODS)).toEqual(ON_PREMISES), {
      timeoutMs: 20_000,
    });
    await expect(changesInWords(cluster, mark)).resolves.toContain(PATCH_CALICO);
  });
});
