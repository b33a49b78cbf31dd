import { describe, expect, test } from '@jest/globals';
import { findCni, findPart } from '../../../../src/plan/cni/index.ts';
import { neverKeptOff } from '../../../../src/plan/cni/matching.ts';
import type { Workload } from '../../../../src/plan/facts.ts';
import { daemonSet } from '../../../support/make-workload.ts';
import {
  antreaManifest,
  calicoByTigera,
  calicoManifest,
  canalManifest,
  ciliumChart,
  flannelManifest,
  kubeOvnV1,
  kubeProxy,
  kubeVip,
  metalLbSpeaker,
  neighbours,
  terwayAddOn,
} from '../../../support/shipped-workloads.ts';

function companionsIn(workloads: readonly Workload[]): readonly string[] {
  const finding = findCni('Auto', workloads);
  return finding.state === 'found' ? finding.companions.map(({ name }) => name) : [];
}

function only(workloads: readonly Workload[], name: string): readonly Workload[] {
  return workloads.filter((workload) => workload.name === name);
}

describe('type Auto', () => {
  test('finds nothing in an empty cluster', () => {
    expect(findCni('Auto', [])).toEqual({ state: 'absent' });
  });

  test('finds nothing among workloads that are no CNI', () => {
    expect(findCni('Auto', neighbours())).toEqual({ state: 'absent' });
  });

  test('does not choose between two CNIs, and names the objects of both', () => {
    const finding = findCni('Auto', [...flannelManifest(), ...calicoManifest()]);

    expect(finding).toMatchObject({
      state: 'ambiguous',
      candidates: [
        { cni: { name: 'Calico' }, agents: [{ namespace: 'kube-system', name: 'calico-node' }] },
        { cni: { name: 'Flannel' }, agents: [{ namespace: 'kube-flannel', name: 'kube-flannel-ds' }] },
      ],
    });
  });

  test('takes the one that stays while the other is being deleted', () => {
    const leaving = calicoManifest().map((workload) => ({ ...workload, deleting: true }));

    expect(findCni('Auto', [...leaving, ...ciliumChart()])).toMatchObject({
      state: 'found',
      cni: { name: 'Cilium' },
    });
  });

  test('sees Canal where Canal is, not Calico and not Flannel', () => {
    expect(findCni('Auto', canalManifest())).toMatchObject({ state: 'found', cni: { name: 'Canal' } });
  });

  test('finds both calico-node DaemonSets while a cluster moves to the tigera-operator', () => {
    const finding = findCni('Auto', [...calicoManifest(), ...calicoByTigera()]);

    expect(finding.state === 'found' && finding.agents.map(({ namespace }) => namespace)).toEqual([
      'kube-system',
      'calico-system',
    ]);
  });

  test('does not take companions that were left behind for a CNI', () => {
    const remains = calicoByTigera().filter(({ name }) => name !== 'calico-node');

    expect(findCni('Auto', remains)).toEqual({ state: 'absent' });
  });

  test.each([
    [
      'antrea-agent-windows, whose selector is that of antrea-agent',
      only(antreaManifest(), 'antrea-agent-windows'),
    ],
    ['calico-node-windows', only(calicoByTigera(), 'calico-node-windows')],
  ])('does not take %s for the CNI of Linux nodes', (_, workloads) => {
    expect(findCni('Auto', workloads)).toEqual({ state: 'absent' });
  });

  test.each([
    ['the canal-etcd manifest', 'canal-node', { 'k8s-app': 'canal-node' }, 'Canal'],
    ['a release with another name', 'my-canal', { 'k8s-app': 'canal' }, 'Canal'],
    ['the Flannel of RKE2', 'kube-flannel-ds', { app: 'flannel' }, 'Flannel'],
    ['the Flannel of kubespray on arm64', 'kube-flannel-ds-arm64', { app: 'flannel' }, 'Flannel'],
    ['kube-router without its tier', 'kube-router', { 'k8s-app': 'kube-router' }, 'KubeRouter'],
  ])('recognises %s', (_, name, selector, cni) => {
    expect(findCni('Auto', [daemonSet({ name, selector })])).toMatchObject({
      state: 'found',
      cni: { name: cni },
    });
  });
});

describe('a type that is given', () => {
  test('looks for that CNI only', () => {
    const finding = findCni('Flannel', [...flannelManifest(), ...calicoManifest()]);

    expect(finding).toMatchObject({ state: 'found', cni: { name: 'Flannel' }, companions: [] });
  });

  test('is absent while that CNI is not there, whatever else is', () => {
    expect(findCni('Cilium', calicoManifest())).toEqual({ state: 'absent' });
  });

  test('None looks for nothing', () => {
    expect(findCni('None', calicoManifest())).toEqual({ state: 'none' });
  });
});

describe('companions', () => {
  test('cilium-envoy and the operator go with cilium; Hubble relay follows by its own podAffinity', () => {
    expect(companionsIn(ciliumChart())).toEqual(['cilium-envoy', 'cilium-operator']);
  });

  test('the OVN databases stay where their own affinity pins them', () => {
    expect(companionsIn(kubeOvnV1())).not.toContain('ovn-central');
  });

  test('BGP speakers go with any CNI', () => {
    const speakers = [metalLbSpeaker(), kubeVip()];

    expect(companionsIn([...flannelManifest(), ...speakers])).toEqual(['speaker', 'kube-vip-ds']);
  });

  test.each(['kube-multus-ds', 'node-local-dns', 'kube-proxy', 'terway-eniip'])(
    '%s is left alone',
    (name) => {
      expect(companionsIn([...calicoManifest(), ...neighbours()])).not.toContain(name);
    },
  );

  test('those of another vendor with the same name are left alone', () => {
    const cilium = [...ciliumChart(), ...neighbours()];

    expect(companionsIn(cilium)).not.toContain('spire-agent');
    expect(companionsIn([...calicoManifest(), ...neighbours()])).not.toContain('csi-node-driver');
  });

  test('one that is being deleted is not counted', () => {
    const leaving = calicoManifest().map((workload) => ({
      ...workload,
      deleting: workload.name === 'calico-typha',
    }));

    expect(companionsIn(leaving)).toEqual(['calico-kube-controllers']);
  });
});

test('kube-proxy and Terway say why they stay, and belong to no part', () => {
  expect(neverKeptOff(kubeProxy())).toMatch(/kube-proxy/);
  expect(neverKeptOff(terwayAddOn())).toMatch(/Terway/);
  expect(findPart(kubeProxy({ selector: { 'k8s-app': 'calico-node' } }))).toBeUndefined();
});

test('Multus is a part that its owner has to be asked about', () => {
  expect(findPart(daemonSet({ name: 'rke2-multus' }))).toMatchObject({ what: 'Multus', verdict: 'Ask' });
});
