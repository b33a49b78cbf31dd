import { describe, expect, test } from '@jest/globals';
import { isProgress, isRelevantChange } from '../../../src/kube/changes.ts';
import { projectNode, projectSecret, projectWorkload } from '../../../src/kube/projections.ts';

function secret(value: string, resourceVersion: string): unknown {
  const data = { 'access-key-secret': Buffer.from(value).toString('base64') };
  return projectSecret({ metadata: { name: 'ram-user', uid: 'u', resourceVersion }, data });
}

describe('which changes of an object matter', () => {
  test('another value in a Secret does, although it is hidden', () => {
    expect(isRelevantChange(secret('old', '1'), secret('new', '2'))).toBe(true);
  });

  test('a write that changes no value does not', () => {
    expect(isRelevantChange(secret('same', '1'), secret('same', '2'))).toBe(false);
  });

  test('how far a controller is with a workload can wait, another template cannot', () => {
    const daemonSet = (observedGeneration: number, image: string) =>
      projectWorkload('DaemonSet')({
        metadata: { name: 'calico-node', uid: 'u', resourceVersion: String(observedGeneration) },
        spec: { template: { spec: { containers: [{ name: 'node', image }] } } },
        status: { observedGeneration },
      });
    expect(isRelevantChange(daemonSet(1, 'a'), daemonSet(2, 'a'))).toBe(true);
    expect(isProgress(daemonSet(1, 'a'), daemonSet(2, 'a'))).toBe(true);
    expect(isProgress(daemonSet(1, 'a'), daemonSet(2, 'b'))).toBe(false);
    expect(isProgress(undefined, daemonSet(1, 'a'))).toBe(false);
  });

  test('a heartbeat of a node does not', () => {
    const node = (resourceVersion: string) =>
      projectNode({ metadata: { name: 'idc-1', uid: 'u', resourceVersion } });
    expect(isRelevantChange(node('1'), node('2'))).toBe(false);
  });
});
