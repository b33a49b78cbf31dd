// The contract of every CNI of the catalogue. A new one adds one entry to SHIPPED.
import { describe, expect, test } from '@jest/globals';
import { CNIS, findCni } from '../../../../src/plan/cni/index.ts';
import type { CniName } from '../../../../src/plan/cni/contract.ts';
import { workloadKey } from '../../../../src/plan/facts.ts';
import type { Workload } from '../../../../src/plan/facts.ts';
import {
  antreaManifest,
  calicoByTigera,
  calicoManifest,
  canalByRke2,
  canalManifest,
  ciliumChart,
  flannelByKubespray,
  flannelManifest,
  kubeOvnV1,
  kubeOvnV2,
  kubeProxy,
  kubeRouterManifest,
  neighbours,
  terwayAddOn,
} from '../../../support/shipped-workloads.ts';

interface Shipped {
  readonly how: string;
  readonly workloads: readonly Workload[];
  readonly agents: readonly string[];
  readonly companions: readonly string[];
}

const SHIPPED: Readonly<Record<CniName, readonly Shipped[]>> = {
  Calico: [
    {
      how: 'its manifests',
      workloads: calicoManifest(),
      agents: ['calico-node'],
      companions: ['calico-kube-controllers', 'calico-typha'],
    },
    {
      how: 'the tigera-operator',
      workloads: calicoByTigera(),
      agents: ['calico-node'],
      companions: [
        'calico-apiserver',
        'calico-kube-controllers',
        'calico-node-windows',
        'calico-typha',
        'csi-node-driver',
        'goldmane',
        'whisker',
      ],
    },
  ],
  Canal: [
    {
      how: 'its manifest',
      workloads: canalManifest(),
      agents: ['canal'],
      companions: ['calico-kube-controllers'],
    },
    { how: 'RKE2', workloads: canalByRke2(), agents: ['rke2-canal'], companions: [] },
  ],
  Cilium: [
    {
      how: 'its chart',
      workloads: ciliumChart(),
      agents: ['cilium'],
      companions: ['cilium-envoy', 'cilium-operator'],
    },
  ],
  Flannel: [
    { how: 'its manifest', workloads: flannelManifest(), agents: ['kube-flannel-ds'], companions: [] },
    {
      how: 'kubespray',
      workloads: flannelByKubespray(),
      agents: ['kube-flannel', 'kube-flannel-ds-arm64'],
      companions: [],
    },
  ],
  KubeRouter: [
    { how: 'its manifest', workloads: kubeRouterManifest(), agents: ['kube-router'], companions: [] },
  ],
  Antrea: [
    {
      how: 'its manifests',
      workloads: antreaManifest(),
      agents: ['antrea-agent'],
      companions: ['antrea-agent-windows', 'antrea-controller'],
    },
  ],
  KubeOVN: [
    {
      how: 'install.sh or chart v1',
      workloads: kubeOvnV1(),
      agents: ['kube-ovn-cni'],
      companions: ['kube-ovn-controller', 'kube-ovn-pinger', 'ovs-ovn'],
    },
    {
      how: 'chart v2',
      workloads: kubeOvnV2(),
      agents: ['kube-ovn-cni'],
      companions: ['kube-ovn-controller', 'kube-ovn-pinger', 'ovs-ovn'],
    },
  ],
};

function names(workloads: readonly Workload[]): readonly string[] {
  return workloads.map(({ name }) => name).toSorted();
}

function foundKeys(workloads: readonly Workload[]): readonly string[] {
  const finding = findCni('Auto', workloads);
  return finding.state === 'found'
    ? [...finding.agents, ...finding.companions].map(workloadKey).toSorted()
    : [];
}

describe.each(CNIS)('$name', (cni) => {
  const releases = SHIPPED[cni.name];

  test.each(releases)('is found as shipped by $how, with its companions and nothing else', (shipped) => {
    const finding = findCni('Auto', [...shipped.workloads, ...neighbours()]);

    expect(finding).toMatchObject({ state: 'found', cni: { name: cni.name } });
    if (finding.state !== 'found') return;
    expect(names(finding.agents)).toEqual(shipped.agents);
    expect(names(finding.companions)).toEqual(shipped.companions);
  });

  test.each(releases)('is found by its name as it is by Auto ($how)', ({ workloads }) => {
    expect(findCni(cni.name, workloads)).toEqual(findCni('Auto', workloads));
  });

  test.each(releases)('is found whatever the order of the workloads ($how)', ({ workloads }) => {
    expect(foundKeys(workloads.toReversed())).toEqual(foundKeys(workloads));
  });

  test('is not found in what the other CNIs ship', () => {
    const others = Object.entries(SHIPPED).filter(([name]) => name !== cni.name);
    const theirs = others.flatMap(([, shipped]) => shipped.flatMap(({ workloads }) => workloads));

    expect(findCni(cni.name, [...theirs, ...neighbours()])).toEqual({ state: 'absent' });
  });

  test('never has kube-proxy or Terway among its parts, not even with the labels of its own', () => {
    const disguises = releases
      .flatMap(({ workloads }) => workloads)
      .flatMap(({ labels, selector }) => {
        const looks = { labels, selector: selector.matchLabels ?? {} };
        return [kubeProxy(looks), terwayAddOn(looks)];
      });

    expect(findCni(cni.name, disguises)).toEqual({ state: 'absent' });
  });

  test('is absent while its workloads are being deleted', () => {
    for (const { workloads } of releases) {
      const leaving = workloads.map((workload) => ({ ...workload, deleting: true }));
      expect(findCni('Auto', leaving)).toEqual({ state: 'absent' });
    }
  });

  test('has a line for the documentation and a reason for each companion', () => {
    expect(cni.summary).toMatch(/^DaemonSet /);
    for (const { what, why } of cni.companions) expect(`${what}: ${why}`).toMatch(/^\S.*: \S.*[^.]$/);
  });
});

test('every CNI has a name of its own', () => {
  expect(new Set(CNIS.map(({ name }) => name)).size).toBe(CNIS.length);
});

test('every CNI of the catalogue is proven with what it ships', () => {
  expect(CNIS.map(({ name }) => name).toSorted()).toEqual(Object.keys(SHIPPED).toSorted());
});
