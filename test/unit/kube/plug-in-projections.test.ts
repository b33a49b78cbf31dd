// What is kept of pods that do not come up, and of annotations that network plug-ins leave on nodes.
import { describe, expect, test } from '@jest/globals';
import { projectNode, projectPod } from '../../../src/kube/projections.ts';
import type { PodFact } from '../../../src/plan/facts.ts';

const PULL = { reason: 'ImagePullBackOff', message: 'Back-off pulling image "a:1"' };
const container = (state: object, more: object = {}) => ({ name: 'c', image: 'a:1', state, ...more });
const waiting = (one: object) => container({ waiting: one });

const PODS: Readonly<Record<string, readonly [object, Pick<PodFact, 'trouble' | 'hasRun'>]>> = {
  'a container that waits for its image': [
    { containerStatuses: [waiting(PULL)] },
    { trouble: { reason: 'ImagePullBackOff', image: 'a:1', message: PULL.message } },
  ],
  'an init container, for which the others wait': [
    {
      initContainerStatuses: [waiting({ reason: 'ErrImagePull' })],
      containerStatuses: [waiting({ reason: 'PodInitializing' })],
    },
    { trouble: { reason: 'ErrImagePull', image: 'a:1' } },
  ],
  'a container that crashes': [
    { containerStatuses: [{ ...waiting({ reason: 'CrashLoopBackOff' }), restartCount: 3 }] },
    { trouble: { reason: 'CrashLoopBackOff', image: 'a:1' }, hasRun: true },
  ],
  'an init container that is done': [
    {
      initContainerStatuses: [container({ terminated: { exitCode: 0 } })],
      containerStatuses: [waiting(PULL)],
    },
    { trouble: { reason: 'ImagePullBackOff', image: 'a:1', message: PULL.message }, hasRun: true },
  ],
  'an ordinary start': [{ containerStatuses: [waiting({ reason: 'ContainerCreating' })] }, {}],
  'a container that runs and is not Ready': [
    { containerStatuses: [container({ running: {} })] },
    { hasRun: true },
  ],
  'no word from the kubelet': [{}, {}],
};

function startOf(status: object): Pick<PodFact, 'trouble' | 'hasRun'> {
  const { trouble, hasRun } = projectPod({ metadata: { name: 'p' }, status });
  return { ...(trouble === undefined ? {} : { trouble }), ...(hasRun === undefined ? {} : { hasRun }) };
}

describe('of a pod that is not Ready is kept', () => {
  test.each(Object.entries(PODS))('%s', (_, [status, wanted]) => {
    expect(startOf(status)).toEqual(wanted);
  });

  test('a message of the kubelet that is cut, but not in the middle of a character', () => {
    const message = `${'x'.repeat(199)}🏷 and more`;
    const { trouble } = startOf({ containerStatuses: [waiting({ reason: 'ErrImagePull', message })] });

    expect(trouble?.message).toHaveLength(200);
    expect(trouble?.message?.isWellFormed()).toBe(true);
  });
});

test('of a pod that is Ready nothing of it is kept', () => {
  const conditions = [{ type: 'Ready', status: 'True' }];

  expect(startOf({ conditions, containerStatuses: [container({ running: {} })] })).toEqual({});
});

describe('what has run on a cloud node is told by its annotations', () => {
  const CLOUD = { 'alibabacloud.com/external': 'true' };
  const calico = { 'projectcalico.org/IPv4Address': '10.1.0.1/16' };
  const flannel = { 'flannel.alpha.coreos.com/kube-subnet-manager': 'true' };
  const terway = { 'k8s.aliyun.com/max-available-ip': '20' };

  test.each([
    ['Calico', CLOUD, calico, ['OnPremises']],
    ['Flannel', CLOUD, flannel, ['OnPremises']],
    ['Terway', CLOUD, terway, ['Terway']],
    ['both', CLOUD, { ...calico, ...terway }, ['OnPremises', 'Terway']],
    ['nothing', CLOUD, { other: 'x' }, undefined],
    ['nothing, where it is on-premises', {}, calico, undefined],
  ])('%s', (_, labels, annotations, wanted) => {
    expect(projectNode({ metadata: { name: 'n', labels, annotations } }).ran).toEqual(wanted);
  });
});
