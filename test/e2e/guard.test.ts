// The operator and the admission guard together: what is held cannot be changed wrongly, what is let go can, and no pod notices.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditMark } from '../cluster/audit.ts';
import { holdEverything, NETWORK, tamper } from '../guard/run.ts';
import { pathOf } from '../guard/tampering.ts';
import type { Target } from '../guard/tampering.ts';
import {
  annotationsOf,
  CALICO,
  commandIn,
  edit,
  nextDecision,
  patch,
  read,
  remove,
  respec,
  TERWAY,
} from '../support/by-hand.ts';
import type { Place } from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster, KubeObject } from '../support/hybrid-cluster.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { fixture } from '../support/manifests.ts';

const HOLD = 'hybrid.alibabacloud.com/hold';
const ON_PREMISES = ['idc-1', 'idc-2', 'idc-3'];
const CLOUD = ['ecs-1', 'ecs-2'];
const CALICO_PODS = 'k8s-app=calico-node';
const TERWAY_PODS = 'app=terway-eniip';
const COLLECTOR: Place = { kind: 'StatefulSet', name: 'collector' };
const HELD = [TERWAY, CALICO, { kind: 'Deployment', name: 'calico-kube-controllers' }, COLLECTOR] as const;
const LET_IN = { spec: { template: { spec: { affinity: null } } } };
interface Placed {
  readonly spec: {
    readonly template: { readonly spec: { readonly affinity?: unknown; readonly nodeSelector?: unknown } };
  };
}

describe('under the admission guard', () => {
  let cluster: HybridCluster;
  let operator: OperatorProcess;
  let held: readonly Target[];
  let mark: AuditMark;

  const holds = async (): Promise<readonly (string | undefined)[]> =>
    await Promise.all(HELD.map(async (place) => (await annotationsOf(cluster, place))[HOLD]));
  const affinityOf = async (place: Place): Promise<unknown> =>
    (await read<Placed>(cluster, place))?.spec.template.spec.affinity;
  const pods = async (): Promise<readonly string[]> => {
    const path = '/api/v1/namespaces/kube-system/pods';
    const list = (await cluster.controlPlane.api.call('GET', path)) as {
      readonly items: readonly { readonly metadata: { readonly uid: string } }[];
    };
    return list.items.map(({ metadata }) => metadata.uid).toSorted();
  };
  const untilApart = async (): Promise<void> => {
    await cluster.untilOn(CALICO_PODS, ON_PREMISES);
    await cluster.untilOn(TERWAY_PODS, CLOUD);
  };
  const untilHeld = async (): Promise<void> =>
    await eventually(
      async () =>
        expect(await holds()).toEqual([
          'cloud-only',
          'on-premises-only',
          'on-premises-only',
          'on-premises-only',
        ]),
      { what: 'everything is held', timeoutMs: 30_000 },
    );
  /** The pods with their uids, once they come to rest. */
  const atRest = async (): Promise<readonly string[]> => {
    let before: readonly string[] = [];
    return await eventually(
      async () => {
        const now = await pods();
        const isQuiet = now.join() === before.join();
        before = now;
        await nextDecision(cluster);
        if (!isQuiet) throw new Error('pods came or went');
        return now;
      },
      { what: 'no pod comes or goes', timeoutMs: 30_000 },
    );
  };
  const expectFreeWithoutRestart = async (before: readonly string[]): Promise<void> => {
    await eventually(async () => expect(await holds()).toEqual(HELD.map(() => undefined)), {
      what: 'the holds are lifted',
      timeoutMs: 20_000,
    });
    await nextDecision(cluster).catch(() => undefined);
    expect(await pods()).toEqual(before);
    await patch(cluster, COLLECTOR, LET_IN);
    expect(await affinityOf(COLLECTOR)).toBeUndefined();
  };

  beforeAll(async () => {
    cluster = await startHybridCluster();
    await cluster.kubectl('apply', '-k', 'deploy/guard');
    operator = await cluster.startOperator();
    held = await holdEverything(cluster);
    await untilApart();
    await cluster.untilCondition('OnPremisesIsolated', { status: 'True' });
  }, 120_000);

  afterAll(async () => {
    await cluster.stop();
  });

  test('the status says which policies are in place', async () => {
    expect((await cluster.network()).status?.guard).toEqual({
      hold: 'InPlace',
      firstSight: 'InPlace',
      nodeLabel: 'InPlace',
      refuseUpdate: 'InPlace',
      refuseCreate: 'InPlace',
    });
  });

  test('100 tamperings of every kind and a kill of the API server store no wrong update and cause no write', async () => {
    const report = await tamper(cluster, held, { count: 100, restarts: 1, seed: 20_261_125 });
    expect(report).toMatchObject({ wrong: [], operatorWrites: 0, restarts: 1 });
    expect(report.seen.audit).toBeGreaterThan(50);
    expect(report.seen.watch).toBeGreaterThan(20);
    // What their owners ship says nothing of placement, and nothing of the hold.
    for (const target of held) await cluster.controlPlane.api.call('PUT', pathOf(target), target.manifest);
    await untilHeld();
    await untilApart();
  }, 120_000);

  test('an affinity too large for the policy is refused, not let through', async () => {
    const term = (n: number) => ({
      matchExpressions: [0, 1, 2].map((m) => ({ key: `k${m}`, operator: 'NotIn', values: [`v${n}`] })),
    });
    const nodeSelectorTerms = Array.from({ length: 5000 }, (_, n) => term(n));
    const affinity = {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
    };
    const before = await affinityOf(CALICO);
    const change = { spec: { template: { spec: { affinity } } } };
    await expect(patch(cluster, CALICO, change)).rejects.toThrow('hybridnetwork-hold');
    expect(await affinityOf(CALICO)).toEqual(before);
  });

  test('Terway, deleted and created anew, never has a pod on an on-premises node', async () => {
    await remove(cluster, TERWAY);
    await eventually(
      async () =>
        ((await cluster.network()).status?.workloads ?? []).some(
          ({ name, state }) => name === 'terway-eniip' && state === 'Gone',
        ),
      { what: 'the operator waits for Terway' },
    );
    const terway = await fixture('terway.yaml', 'DaemonSet');
    // The policy of first sight reads its parameters a while after a restart of the API server: best effort, not a promise.
    await eventually(
      async () => {
        const path = '/apis/apps/v1/namespaces/kube-system/daemonsets?dryRun=All';
        const { metadata } = (await cluster.controlPlane.api.call('POST', path, terway)) as KubeObject;
        expect(metadata['annotations']).toHaveProperty([HOLD], 'cloud-only');
      },
      { what: 'the policy of first sight knows of the HybridNetwork again', timeoutMs: 90_000 },
    );
    mark = await cluster.controlPlane.audit.mark();
    await cluster.apply(terway);
    expect(await annotationsOf(cluster, TERWAY)).toHaveProperty([HOLD], 'cloud-only');
    await cluster.untilOn(TERWAY_PODS, CLOUD);
    const bindings = await cluster.controlPlane.audit.entries({
      since: mark,
      resource: 'pods',
      verb: 'create',
    });
    expect(
      bindings.filter(
        ({ subresource, code, name }) =>
          subresource === 'binding' && code === 201 && name?.startsWith('terway-'),
      ),
    ).toHaveLength(2);
    await nextDecision(cluster);
    // Its note which content Terway was started for is all that is left to the operator: no pod restarts.
    const writes = (await cluster.operatorWrites(mark)).filter(({ group }) => group === 'apps');
    const paths = writes.flatMap(({ requestObject }) =>
      (requestObject as readonly { readonly op: string; readonly path: string }[])
        .filter(({ op }) => op !== 'test')
        .map(({ path }) => path),
    );
    expect(paths.filter((path) => !path.endsWith('hybrid.alibabacloud.com~1content-hash'))).toEqual([]);
    expect(paths.filter((path) => path.startsWith('/spec'))).toEqual([]);
  }, 150_000);

  test.each([
    ['suspend', { suspend: true }, { suspend: false }],
    ['Observe', { enforcement: 'Observe' }, { enforcement: 'Enforce' }],
  ] as const)(
    '%s lifts the holds, no pod restarts, and their owners may change them',
    async (_mode, off, on) => {
      await untilHeld();
      const before = await atRest();
      await respec(cluster, off);
      await expectFreeWithoutRestart(before);
      await respec(cluster, on);
      await untilHeld();
      await untilApart();
    },
    90_000,
  );

  test('so does the deletion under Retain', async () => {
    const before = await atRest();
    await cluster.kubectl('delete', 'hn', 'idc-hangzhou', '--timeout=20s');
    await expectFreeWithoutRestart(before);
    await cluster.apply(NETWORK);
    await untilHeld();
    await untilApart();
  }, 90_000);

  test('what Restore writes is not swallowed, and takes out what the guard added too', async () => {
    const own = { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] };
    const arm = { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] };
    const nodeSelectorTerms = [{ matchExpressions: [own] }, { matchExpressions: [arm] }];
    const affinity = {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
    };
    await edit(cluster, CALICO, [{ op: 'add', path: '/spec/template/spec/affinity', value: affinity }]);
    expect(JSON.stringify(await affinityOf(CALICO)).match(/virtual-kubelet/g)).toHaveLength(2);
    await cluster.untilOn(CALICO_PODS, ON_PREMISES);
    await respec(cluster, { deletionPolicy: 'Restore' });
    await eventually(async () => ((await cluster.network()).metadata.finalizers ?? []).length > 0, {
      what: 'the finalizer stands',
    });
    await cluster.kubectl('delete', 'hn', 'idc-hangzhou', '--wait=false');
    const { message } = await cluster.untilCondition('Ready', { status: 'False', reason: 'DeletionBlocked' });
    await cluster.kubectl(...commandIn(message));
    await cluster.kubectl('wait', '--for=delete', 'hn/idc-hangzhou', '--timeout=30s');
    expect(await affinityOf(CALICO)).toEqual(affinity);
    expect(await affinityOf(COLLECTOR)).toBeUndefined();
    expect((await read<Placed>(cluster, TERWAY))?.spec.template.spec.nodeSelector).toHaveProperty([
      'alibabacloud.com/external',
    ]);
    await eventually(async () => expect(await holds()).toEqual(HELD.map(() => undefined)));
  }, 90_000);

  test('break-glass without the operator: one command lifts the guard, and the next update goes through', async () => {
    await cluster.apply(NETWORK);
    await untilHeld();
    await operator.stop();
    await patch(cluster, COLLECTOR, LET_IN);
    expect(await affinityOf(COLLECTOR)).toBeDefined();
    const kinds = 'mutatingadmissionpolicybindings,validatingadmissionpolicybindings';
    await cluster.kubectl('delete', kinds, '-l', 'app.kubernetes.io/component=guard');
    await eventually(async () => {
      await patch(cluster, COLLECTOR, LET_IN);
      expect(await affinityOf(COLLECTOR)).toBeUndefined();
    });
  }, 60_000);
});
