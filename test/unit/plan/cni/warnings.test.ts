import { expect, test } from '@jest/globals';
import { findCni } from '../../../../src/plan/cni/index.ts';
import { warningsFor } from '../../../../src/plan/cni/warnings.ts';
import type { NodeSelectorTerm } from '../../../../src/plan/facts.ts';
import { daemonSet } from '../../../support/make-workload.ts';
import {
  calicoByTigera,
  calicoManifest,
  flannelManifest,
  kubeProxy,
  terwayAddOn,
} from '../../../support/shipped-workloads.ts';

const OFF_CLOUD: NodeSelectorTerm = {
  matchExpressions: [{ key: 'alibabacloud.com/external', operator: 'NotIn', values: ['true'] }],
};

test('there is nothing to say about a plain cluster', () => {
  const workloads = [...calicoManifest(), kubeProxy(), terwayAddOn()];

  expect(warningsFor(findCni('Auto', workloads), workloads)).toEqual([]);
});

test('kube-proxy that somebody keeps off cloud nodes is named', () => {
  const workloads = [...calicoManifest(), kubeProxy({ terms: [OFF_CLOUD] })];

  expect(warningsFor(findCni('Auto', workloads), workloads)).toEqual([
    expect.stringMatching(/^DaemonSet kube-system\/kube-proxy is kept off cloud nodes, and Terway needs it/),
  ]);
});

test("kube-proxy that the tigera-operator switched off for Calico's eBPF is named with the label that brings it back", () => {
  const workloads = [
    ...calicoByTigera(),
    kubeProxy({ nodeSelector: { 'operator.tigera.io/disable-kube-proxy': 'true' } }),
  ];

  expect(warningsFor(findCni('Auto', workloads), workloads)).toEqual([
    expect.stringMatching(/on cloud nodes only\.$/),
  ]);
});

test('agents of another CNI than the one that the spec names are not forgotten', () => {
  const workloads = [...flannelManifest(), ...calicoManifest()];

  expect(warningsFor(findCni('Calico', workloads), workloads)).toEqual([
    expect.stringMatching(/^DaemonSet kube-flannel\/kube-flannel-ds looks like Flannel/),
  ]);
});

test('Multus is asked about until it is kept off', () => {
  const open = daemonSet({ name: 'kube-multus-ds' });
  const closed = daemonSet({ name: 'kube-multus-ds', terms: [OFF_CLOUD] });

  expect(warningsFor({ state: 'absent' }, [open])).toHaveLength(1);
  expect(warningsFor({ state: 'absent' }, [closed])).toEqual([]);
});
