// How the pods of held workloads are watched: each by its own selector, or all of a namespace together.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { OnDemandView } from '../../../src/kube/on-demand-view.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { daemonSet } from '../../support/make-workload.ts';
import { FakeApi } from './fake-api.ts';

let api: FakeApi;
let view: OnDemandView;

beforeEach(() => {
  api = new FakeApi();
  view = new OnDemandView({
    client: api,
    clock: new FakeClock(),
    operatorNamespace: 'hybridnetwork-system',
    onChange: () => undefined,
    onSecretEvent: () => undefined,
    onPodEvent: () => undefined,
    onSecret: () => undefined,
    onProblem: () => undefined,
    onError: (error) => {
      throw error;
    },
  });
});

afterEach(async () => {
  await view.stop();
});

const workload = (n: number) => daemonSet({ name: `agent-${n}`, namespace: 'kube-system', uid: `uid-${n}` });

function pod(n: number, controller: number, labels: Readonly<Record<string, string>> = {}): KubeObject {
  const ownerReferences = [{ kind: 'DaemonSet', name: 'x', uid: `uid-${controller}`, controller: true }];
  const metadata = {
    namespace: 'kube-system',
    name: `pod-${n}`,
    uid: `p${n}`,
    resourceVersion: '1',
    labels,
    ownerReferences,
  };
  return { metadata };
}

/** One decision about `count` workloads: the names of the pods of each. */
function decide(count: number): readonly (readonly string[] | string)[] {
  const questions = view.ask('idc-hangzhou');
  const answers = Array.from({ length: count }, (_, n) => questions.podsOf(workload(n)));
  view.tidy(new Set(['idc-hangzhou']));
  return answers.map((pods) => (typeof pods === 'string' ? pods : pods.map(({ name }) => name)));
}

async function decideUntilRead(count: number): Promise<readonly (readonly string[] | string)[]> {
  for (let round = 0; round < 5; round += 1) {
    decide(count);
    for (let turn = 0; turn < 5; turn += 1) await settle();
  }
  return decide(count);
}

const openPaths = (): readonly (string | undefined)[] =>
  api.open.map(({ request }) => request.query?.['labelSelector'] as string | undefined);

describe('the pods of held workloads', () => {
  test('of a few are watched by the selector of each', async () => {
    api.objects = [pod(1, 0), pod(2, 1)];
    expect(await decideUntilRead(2)).toEqual([['pod-1'], ['pod-2']]);
    expect(openPaths()).toHaveLength(2);
    expect(openPaths()).not.toContain(undefined);
  });

  test('of many in one namespace are watched together, and each gets its own', async () => {
    api.objects = [pod(1, 0), pod(2, 1), pod(3, 1), pod(4, 99)];
    const answers = await decideUntilRead(20);
    expect(answers.slice(0, 3)).toEqual([['pod-1'], ['pod-2', 'pod-3'], []]);
    expect(openPaths()).toEqual([undefined]);
  });

  test('are watched one by one again when most are let go', async () => {
    api.objects = [pod(1, 0)];
    await decideUntilRead(20);
    expect(await decideUntilRead(1)).toEqual([['pod-1']]);
    expect(openPaths()).toHaveLength(1);
    expect(openPaths()).not.toContain(undefined);
  });

  test('with labels, whoever owns them, are found among those watched together', async () => {
    api.objects = [pod(1, 0, { app: 'terway' }), pod(2, 0, { app: 'other' })];
    await decideUntilRead(20);
    const questions = view.ask('idc-hangzhou');
    for (let n = 0; n < 20; n += 1) questions.podsOf(workload(n));
    const pods = questions.podsLike('kube-system', { matchLabels: { app: 'terway' } });
    expect(pods).toMatchObject([{ name: 'pod-1' }]);
  });
});
