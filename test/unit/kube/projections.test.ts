import { describe, expect, test } from '@jest/globals';
import { inspect } from 'node:util';
import {
  projectConfigMap,
  projectHybridNetwork,
  projectNode,
  projectPod,
  projectSecret,
  projectWorkload,
} from '../../../src/kube/projections.ts';
import type { KubeObject } from '../../../src/kube/object.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

const metadata = {
  namespace: 'kube-system',
  name: 'calico-node',
  uid: 'u-1',
  resourceVersion: '42',
  generation: 3,
  labels: { 'k8s-app': 'calico-node' },
  annotations: { note: 'kept', [LAST_APPLIED]: '{"a":"hunter2"}' },
  ownerReferences: [
    {
      apiVersion: 'operator.tigera.io/v1',
      kind: 'Installation',
      name: 'default',
      uid: 'u-0',
      controller: true,
    },
  ],
  managedFields: [
    { manager: 'helm', operation: 'Update', apiVersion: 'apps/v1', fieldsV1: { 'f:spec': {} }, time: 'now' },
    { manager: 'kube-controller-manager', operation: 'Update', subresource: 'status', fieldsV1: {} },
  ],
};

function annotated(annotations?: Record<string, string>): unknown {
  const { annotations: kept, hasAnnotations } = projectWorkload('DaemonSet')({
    metadata: { ...metadata, annotations },
  });
  return { kept, hasAnnotations };
}

describe('a workload', () => {
  const template = {
    metadata: { labels: { a: 'b' } },
    spec: { hostNetwork: true, containers: [{ name: 'c' }] },
  };
  const raw: KubeObject = {
    metadata,
    spec: {
      selector: { matchLabels: { 'k8s-app': 'calico-node' } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: {} },
      template,
    },
    status: { observedGeneration: 2 },
  };

  test('is what decisions are made from, and its template as it is', () => {
    expect(projectWorkload('DaemonSet')(raw)).toEqual({
      kind: 'DaemonSet',
      namespace: 'kube-system',
      name: 'calico-node',
      uid: 'u-1',
      resourceVersion: '42',
      generation: 3,
      deleting: false,
      labels: { 'k8s-app': 'calico-node' },
      annotations: { note: 'kept' },
      hasAnnotations: true,
      ownerReferences: [
        { apiVersion: 'operator.tigera.io/v1', kind: 'Installation', name: 'default', controller: true },
      ],
      managers: [
        { manager: 'helm', operation: 'Update', time: 'now' },
        { manager: 'kube-controller-manager', operation: 'Update', subresource: 'status' },
      ],
      selector: { matchLabels: { 'k8s-app': 'calico-node' } },
      template,
      updateStrategy: 'RollingUpdate',
      rollingUpdate: {},
      observedGeneration: 2,
    });
    expect(projectWorkload('DaemonSet')(raw).template).toBe(template);
  });

  test('says how many replicas it wants, and that it is being deleted', () => {
    const deployment = projectWorkload('Deployment')({
      metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
      spec: { replicas: 0, template },
    });
    expect(deployment).toMatchObject({ kind: 'Deployment', replicas: 0, deleting: true });
  });

  test('says how many pods a rollout has still to replace', () => {
    const deployment = projectWorkload('Deployment');
    const spec = { replicas: 3, template };
    expect(deployment({ metadata, spec, status: { replicas: 4, updatedReplicas: 1 } }).outdated).toBe(3);
    expect(deployment({ metadata, spec, status: { replicas: 3, updatedReplicas: 3 } }).outdated).toBe(0);
    expect(deployment({ metadata, spec, status: { replicas: 3 } }).outdated).toBe(3);
    expect(deployment({ metadata, spec })).not.toHaveProperty('outdated');
  });

  test('tells no annotations from empty ones, and from those that held only the copy of kubectl', () => {
    expect(annotated(undefined)).toEqual({ kept: {}, hasAnnotations: false });
    expect(annotated({})).toEqual({ kept: {}, hasAnnotations: true });
    expect(annotated({ [LAST_APPLIED]: '{}' })).toEqual({ kept: {}, hasAnnotations: true });
  });

  test('takes hostile keys for what they are', () => {
    const hostile = JSON.parse(
      '{"metadata":{"annotations":{"__proto__":"x","constructor":"y"}}}',
    ) as KubeObject;
    const { annotations } = projectWorkload('DaemonSet')(hostile);
    expect(Object.entries(annotations)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });
});

describe('a node', () => {
  const raw: KubeObject = {
    metadata: { name: 'worker-1', uid: 'u', resourceVersion: '7', labels: { type: 'virtual-kubelet' } },
    spec: {
      providerID: 'cn-hangzhou.i-bp1',
      taints: [
        { key: 'a', effect: 'NoSchedule', timeAdded: 'x' },
        { key: 'b', value: 'c', effect: 'NoExecute' },
      ],
    },
    status: { images: ['large'], conditions: [{ type: 'Ready', status: 'True' }] },
  };

  test('is its labels, taints, provider and readiness', () => {
    expect(projectNode(raw)).toEqual({
      name: 'worker-1',
      uid: 'u',
      labels: { type: 'virtual-kubelet' },
      taints: [
        { key: 'a', effect: 'NoSchedule' },
        { key: 'b', value: 'c', effect: 'NoExecute' },
      ],
      providerID: 'cn-hangzhou.i-bp1',
      ready: true,
    });
  });

  test.each([[[]], [[{ type: 'Ready', status: 'Unknown' }]], [[{ type: 'DiskPressure', status: 'True' }]]])(
    'with conditions %j is not ready',
    (conditions) => {
      expect(projectNode({ ...raw, status: { conditions } }).ready).toBe(false);
    },
  );

  test('that has only just been created is read too', () => {
    expect(projectNode({ metadata: { name: 'n' } })).toMatchObject({
      name: 'n',
      labels: {},
      taints: [],
      ready: false,
    });
  });
});

describe('a pod', () => {
  const raw: KubeObject = {
    metadata: {
      namespace: 'kube-system',
      name: 'p',
      uid: 'u',
      resourceVersion: '9',
      labels: { 'controller-revision-hash': 'abc' },
      ownerReferences: [
        { kind: 'Other', uid: 'no' },
        { kind: 'DaemonSet', uid: 'owner', controller: true },
      ],
    },
    spec: { nodeName: 'worker-1' },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  };

  test('is where it runs, of which revision, whose it is, and whether it is ready', () => {
    expect(projectPod(raw)).toEqual({
      namespace: 'kube-system',
      name: 'p',
      uid: 'u',
      nodeName: 'worker-1',
      ready: true,
      deleting: false,
      revision: 'abc',
      controllerUid: 'owner',
    });
  });

  test('of a Deployment has its revision in another label', () => {
    const labels = { 'pod-template-hash': '5d9' };
    expect(projectPod({ ...raw, metadata: { ...raw.metadata, labels } }).revision).toBe('5d9');
  });
});

describe('a ConfigMap', () => {
  test('is its data, and not the copy of it that kubectl keeps', () => {
    const fact = projectConfigMap({ metadata, data: { eni_conf: '{}' } });
    expect(fact).toEqual({
      uid: 'u-1',
      resourceVersion: '42',
      changedAt: 'now',
      managers: [
        { manager: 'helm', operation: 'Update', time: 'now' },
        { manager: 'kube-controller-manager', operation: 'Update', subresource: 'status' },
      ],
      annotations: { note: 'kept' },
      hasAnnotations: true,
      data: { eni_conf: '{}' },
      hasData: true,
    });
    expect(JSON.stringify(fact)).not.toContain('hunter2');
  });

  test('without data says so', () => {
    expect(projectConfigMap({ metadata })).toMatchObject({ data: {}, hasData: false });
  });
});

describe('a Secret', () => {
  const fact = projectSecret({
    metadata,
    data: { 'access-key-secret': Buffer.from('hunter2').toString('base64'), empty: '' },
  });

  test('is decoded', () => {
    expect(fact.data.get('access-key-secret')?.reveal()).toBe('hunter2');
    expect(fact.data.get('empty')?.isEmpty).toBe(true);
    expect(fact.hasData).toBe(true);
    expect(projectSecret({ metadata }).hasData).toBe(false);
  });

  test('prints neither its values nor their base64', () => {
    for (const text of [inspect(fact, { depth: null, showHidden: true }), JSON.stringify([...fact.data])]) {
      expect(text).not.toContain('hunter2');
      expect(text).not.toContain(Buffer.from('hunter2').toString('base64'));
    }
  });
});

test('a HybridNetwork that fits its schema is kept as it is, but for its field sets', () => {
  const raw = {
    apiVersion: 'v1',
    kind: 'HybridNetwork',
    metadata,
    spec: { scenario: 'BGP' },
    status: { misplacedPods: 1 },
  };
  const { managedFields: _dropped, ...kept } = metadata;
  expect(projectHybridNetwork(raw)).toEqual({ ...raw, metadata: kept });
  expect(raw.metadata.managedFields).toHaveLength(2);
});
