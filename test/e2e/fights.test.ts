import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { HybridNetworkStatus, WorkloadStatus } from '../../src/api/hybrid-network.ts';
import type { AuditEntry, AuditMark } from '../cluster/audit.ts';
import { edit, ENI_CONFIG, eniConfigData, putSecret } from '../support/by-hand.ts';
import type { Place } from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { untilDecidedAnew, writesTo } from '../support/follow-up.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import { CLOUD_LABEL, daemonSet, ON_LINUX } from '../support/manifests.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { applying, removing, replacing, startSecondWriter } from '../support/second-writer.ts';
import type { PodSpec, SecondWriter, Undo } from '../support/second-writer.ts';

const ON_PREMISES = ['idc-1', 'idc-2'];
const CLOUD = ['ecs-1'];
const OWN_TERMS: PodSpec = {
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [ON_LINUX] }],
      },
    },
  },
};
const SOURCE: Place = { kind: 'Secret', namespace: 'hybridnetwork-system', name: 'ram-user' };
const KEY = {
  'access-key-id': 'LTAI5tRightIdentifier',
  'access-key-secret': 'Zk9RightSecretValue000000000z3',
};
const ENI_CONFIG_SPEC = {
  vSwitches: { 'cn-hangzhou-h': ['vsw-a'] },
  securityGroupIDs: ['sg-a'],
  serviceCIDR: '172.16.0.0/16',
};
const FIRST_DELAY_MS = 100;
const AT_ONCE = 3;
/** The audit log is written when the answer has gone out, so that two of its times may be nearer than the writes were. */
const BLUR_MS = 25;

const isKeptOff = ({ affinity }: PodSpec): boolean => JSON.stringify(affinity ?? {}).includes(CLOUD_LABEL);
const isPlaced = ({ nodeSelector }: PodSpec): boolean => nodeSelector?.[CLOUD_LABEL] === 'true';

function gapsMs(writes: readonly AuditEntry[]): readonly number[] {
  const times = writes.map(({ at }) => Date.parse(at));
  return times.slice(1).map((at, n) => at - (times[n] ?? 0));
}

describe('somebody else keeps undoing what is held', () => {
  let cluster: HybridCluster;
  let operator: OperatorProcess;
  let rival: SecondWriter | undefined;
  let mark: AuditMark;

  const stateOf = async (name: string): Promise<WorkloadStatus | undefined> =>
    ((await cluster.network()).status?.workloads ?? []).find((one) => one.name === name);
  const untilWritten = async (name: string, times: number): Promise<void> => {
    await eventually(async () => (await writesTo(cluster, name, mark)).length >= times, {
      what: `${times} writes to ${name}`,
      timeoutMs: 20_000,
    });
  };
  const untilMessage = async (type: string, part: string): Promise<string> =>
    await eventually(
      async () => {
        const { reason, message } = (await cluster.condition(type)) ?? {};
        if (reason !== 'FieldManagerConflict' || message?.includes(part) !== true) {
          throw new Error(`${type}: ${reason}, ${message}`);
        }
        return message;
      },
      { what: `${type} says: ${part}` },
    );
  const start = async (undo: Undo): Promise<void> => {
    mark = await cluster.controlPlane.audit.mark();
    rival = startSecondWriter(undo);
  };
  const stop = async (): Promise<void> => {
    await rival?.stop();
    rival = undefined;
  };
  const agentOf = (name: string, manager: string) => ({ cluster, manager, name, isRight: isKeptOff });

  beforeAll(async () => {
    cluster = await startHybridCluster({ idc: 2, ecs: 1, vk: 0 });
    await cluster.applyFile('test/fixtures/terway.yaml');
    await putSecret(cluster, SOURCE, KEY);
    await cluster.apply(...['replaced', 'removed', 'applied'].map((name) => daemonSet(name)));
    operator = await cluster.startOperator();
    const listed = ['replaced', 'removed', 'applied'].map((name) => ({
      kind: 'DaemonSet' as const,
      namespace: 'kube-system',
      name,
    }));
    await cluster.apply(
      networkOf({
        scenario: 'BGP',
        approveAbove: 100,
        onPremises: { cni: { type: 'None' }, workloads: listed },
        terway: { eniConfig: ENI_CONFIG_SPEC, networkPolicy: 'Disabled' },
        credentials: { secretRef: { name: SOURCE.name } },
      }),
    );
    for (const { name } of listed) await cluster.untilOn(`app=${name}`, ON_PREMISES);
    await cluster.untilCondition('Ready', { status: 'True' });
  }, 120_000);

  afterEach(stop);

  afterAll(async () => {
    await cluster.stop();
  });

  const rivals: readonly (readonly [string, string, string, () => Undo])[] = [
    [
      'replaces the object',
      'replaced',
      'rival-operator',
      () => replacing(agentOf('replaced', 'rival-operator'), OWN_TERMS),
    ],
    [
      'removes the field',
      'removed',
      'unknown writer (removal)',
      () => removing(agentOf('removed', 'rival-job'), 'affinity'),
    ],
    [
      'applies by server-side apply and forces',
      'applied',
      'rival-gitops',
      () => applying(agentOf('applied', 'rival-gitops'), OWN_TERMS),
    ],
  ];

  test.each(rivals)(
    'one that %s is answered three times at once, then ever later, and named; when it stops the operator wins',
    async (_how, name, named, undo) => {
      await start(undo());
      await untilWritten(name, AT_ONCE + 4);

      const writes = await writesTo(cluster, name, mark);
      const [, , ...delayed] = gapsMs(writes);
      for (const [n, gap] of delayed.entries()) {
        expect(gap).toBeGreaterThanOrEqual(FIRST_DELAY_MS * 2 ** n - BLUR_MS);
      }
      const words = `The required node affinity of DaemonSet kube-system/${name} is fought over`;
      const message = await untilMessage('OnPremisesIsolated', words);
      expect(message).toContain(`(${named})`);
      for (const [type, status] of Object.entries({
        Ready: 'False',
        Stalled: 'True',
        Reconciling: 'True',
        CloudJoinReady: 'False',
      })) {
        expect(await cluster.condition(type)).toMatchObject({ status, reason: 'FieldManagerConflict' });
      }
      expect(await stateOf(name)).toMatchObject({
        state: 'Contested',
        message: expect.stringContaining(named),
      });

      await stop();
      await cluster.untilOn(`app=${name}`, ON_PREMISES);
      await untilDecidedAnew(cluster, operator);
      const last = rivalsLast(await cluster.controlPlane.audit.since(mark), name);
      const after = (await writesTo(cluster, name, mark)).filter(({ at }) => at >= last);
      expect(after.length).toBeLessThanOrEqual(1);
      const statuses = (await cluster.operatorWrites(mark)).filter(
        ({ subresource }) => subresource === 'status',
      );
      // It is told once that it is a fight, and what pods come and go with every round is not told at all.
      expect(statuses.filter(saysThatItIsFought)).toHaveLength(1);
      expect(statuses.length).toBeLessThanOrEqual(AT_ONCE);
    },
    60_000,
  );

  test('Terway’s placement is put right within about a second however often it is taken away', async () => {
    await start(
      removing({ cluster, manager: 'rival-job', name: 'terway-eniip', isRight: isPlaced }, 'nodeSelector'),
    );
    await untilWritten('terway-eniip', AT_ONCE + 7);

    const writes = await writesTo(cluster, 'terway-eniip', mark);
    expect(Math.max(...gapsMs(writes))).toBeLessThan(2_000);
    const message = await untilMessage('TerwayPlaced', 'is fought over');
    expect(message).toContain('(unknown writer (removal))');
    expect(message).toContain(
      "kubectl label node -l 'alibabacloud.com/external!=true,type!=virtual-kubelet' k8s.aliyun.com/ignore-by-terway=true",
    );

    await stop();
    await cluster.untilOn('app=terway-eniip', CLOUD);
  }, 60_000);

  test('a key of eni-config that is fought over waits, and another key of it does not', async () => {
    const isRight = async (): Promise<boolean> => (await eniConfigData(cluster))?.['eni_conf'] !== '{}';
    await start(async () => {
      if (!(await isRight())) return false;
      await edit(cluster, ENI_CONFIG, [{ op: 'replace', path: '/data/eni_conf', value: '{}' }]);
      return true;
    });
    await untilMessage('ENIConfigSynced', 'eni_conf in ConfigMap kube-system/eni-config is fought over');
    await eventually(() => (rival?.count() ?? 0) >= AT_ONCE + 5, { what: 'eight rounds', timeoutMs: 20_000 });

    await edit(cluster, ENI_CONFIG, [
      { op: 'replace', path: '/data/disable_network_policy', value: 'false' },
    ]);
    await eventually(async () => (await eniConfigData(cluster))?.['disable_network_policy'] === 'true', {
      what: 'the other key is right again',
      timeoutMs: 1_000,
    });
    await stop();
    await eventually(isRight);
  }, 60_000);

  test('a new operator knows of no fight, and without a limit there is none', async () => {
    await operator.stop();
    operator = await cluster.startOperator({ args: ['--fight-limit=0'] });
    await cluster.untilCondition('Ready', { status: 'True' });
    expect(await stateOf('removed')).toMatchObject({ state: 'Held' });

    await start(removing(agentOf('removed', 'rival-job'), 'affinity'));
    await untilWritten('removed', 3 * AT_ONCE);
    await stop();
    await cluster.untilOn('app=removed', ON_PREMISES);
    await untilDecidedAnew(cluster, operator);
    expect(await cluster.condition('Ready')).toMatchObject({ status: 'True' });
  }, 60_000);
});

/** The status that this request wrote gives the fight as the reason why the network is not Ready. */
function saysThatItIsFought({ requestObject }: AuditEntry): boolean {
  const { status } = requestObject as { readonly status?: HybridNetworkStatus };
  return (status?.conditions ?? []).some(
    ({ type, reason }) => type === 'Ready' && reason === 'FieldManagerConflict',
  );
}

/** When somebody other than the operator and the controllers last wrote the object. */
function rivalsLast(entries: readonly AuditEntry[], name: string): string {
  const others = entries.filter(
    (entry) =>
      entry.resource === 'daemonsets' &&
      entry.name === name &&
      entry.requestURI.includes('fieldManager=rival'),
  );
  return others.at(-1)?.at ?? '';
}
