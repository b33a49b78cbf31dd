// What a person is told to place at the owner: valid YAML that carries the whole wanted affinity.
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { STATUS_LIMITS } from '../../../src/api/hybrid-network.ts';
import { exclude, exclusionsFor } from '../../../src/plan/exclusion.ts';
import type { Affinity, Workload } from '../../../src/plan/facts.ts';
import { managerOf, snippetFor } from '../../../src/plan/managers.ts';
import { byHelm, byTigera, daemonSet } from '../../support/make-workload.ts';
import type { WorkloadOptions } from '../../support/make-workload.ts';
import {
  calicoByTigera,
  canalByRke2,
  ciliumChart,
  flannelManifest,
} from '../../support/shipped-workloads.ts';

const EXCLUSIONS = exclusionsFor({ excludeVirtualNodes: true });

function wantedOf(workload: Workload): Affinity {
  return exclude(workload.template, EXCLUSIONS, undefined).affinity ?? {};
}

function snippetOf(workload: Workload): string {
  return snippetFor(workload, managerOf(workload), wantedOf(workload));
}

/** The text without its first sentence: what a person pastes. */
function yamlOf(snippet: string): unknown {
  return parse(snippet.slice(snippet.indexOf('\n') + 1));
}

function named(workloads: readonly Workload[], name: string): Workload {
  const workload = workloads.find((candidate) => candidate.name === name);
  if (workload === undefined) throw new Error(`no workload ${name}`);
  return workload;
}

function agent(options: Partial<WorkloadOptions>): Workload {
  return daemonSet({ name: 'agent', ...options });
}

const TRACKED = { 'argocd.argoproj.io/tracking-id': 'network:apps/DaemonSet:kube-system/agent' };

test('snippets give the Installation overlay the whole affinity of calico-node', () => {
  const workload = named(calicoByTigera(), 'calico-node');

  expect(yamlOf(snippetOf(workload))).toEqual({
    apiVersion: 'operator.tigera.io/v1',
    kind: 'Installation',
    metadata: { name: 'overlay' },
    spec: { calicoNodeDaemonSet: { spec: { template: { spec: { affinity: wantedOf(workload) } } } } },
  });
});

test.each([
  ['calico-node-windows', 'Installation', 'calicoNodeWindowsDaemonSet'],
  ['csi-node-driver', 'Installation', 'csiNodeDriverDaemonSet'],
  ['calico-typha', 'Installation', 'typhaDeployment'],
  ['calico-kube-controllers', 'Installation', 'calicoKubeControllersDeployment'],
  ['calico-apiserver', 'APIServer', 'apiServerDeployment'],
  ['goldmane', 'Goldmane', 'goldmaneDeployment'],
  ['whisker', 'Whisker', 'whiskerDeployment'],
])('snippets give %s its own field: %s.spec.%s', (name, kind, field) => {
  expect(yamlOf(snippetOf(named(calicoByTigera(), name)))).toMatchObject({ kind, spec: { [field]: {} } });
});

test('snippets repeat what the charts of Cilium render, with both exclusions in the same term', () => {
  const envoy = named(ciliumChart(), 'cilium-envoy');

  expect(yamlOf(snippetOf(envoy))).toEqual({ envoy: { affinity: wantedOf(envoy) } });
  expect(snippetOf(envoy)).toContain(
    '{matchExpressions: [{key: cilium.io/no-schedule, operator: NotIn, values: ["true"]}, {key: alibabacloud.com/external, operator: NotIn, values: ["true"]}, {key: type, operator: NotIn, values: [virtual-kubelet]}]}',
  );
});

test('snippets name the switch of the Cilium operator that protects CoreDNS on cloud nodes', () => {
  expect(snippetOf(named(ciliumChart(), 'cilium-operator'))).toContain(
    'operator.unmanagedPodWatcher.restart to false',
  );
});

test('snippets put the values of rke2-cilium into its HelmChartConfig', () => {
  const [cilium] = ciliumChart();
  if (cilium === undefined) throw new Error('no agent');
  const workload = { ...cilium, annotations: byHelm('rke2-cilium').annotations ?? {} };
  const config = yamlOf(snippetOf(workload)) as { readonly spec: { readonly valuesContent: string } };

  expect(config).toMatchObject({
    kind: 'HelmChartConfig',
    metadata: { name: 'rke2-cilium', namespace: 'kube-system' },
  });
  expect(parse(config.spec.valuesContent)).toEqual({ affinity: wantedOf(workload) });
});

test('snippets say that rke2-canal has no value, and give the patch that survives upgrades', () => {
  const [canal] = canalByRke2();
  if (canal === undefined) throw new Error('no agent');
  const snippet = snippetOf(canal);

  expect(snippet).toContain(
    'has no value for the affinity of DaemonSet kube-system/rke2-canal, so no HelmChartConfig',
  );
  expect(snippet).toContain('kubectl -n kube-system patch daemonset rke2-canal --type merge -p ');
  const patch: unknown = JSON.parse(/-p '(.*)'$/.exec(snippet)?.[1] ?? '');
  expect(patch).toEqual({ spec: { template: { spec: { affinity: wantedOf(canal) } } } });
});

test.each([
  ['rke2-flannel', 'valuesContent', 'only flannel.nodeSelector'],
  ['flannel', 'postRenderer', 'or use the value flannel.nodeSelector'],
])('snippets say that the chart of Flannel knows only a nodeSelector (release %s)', (release, _, phrase) => {
  const [flannel] = flannelManifest();
  if (flannel === undefined) throw new Error('no agent');
  const snippet = snippetOf({
    ...flannel,
    ...byHelm(release),
    annotations: byHelm(release).annotations ?? {},
  });

  expect(snippet.toLowerCase()).toContain(phrase.toLowerCase());
  expect(snippet).toContain('Label every on-premises node first');
});

test('snippets patch what a HelmRelease renders where its chart has no value', () => {
  const [flannel] = flannelManifest();
  if (flannel === undefined) throw new Error('no agent');
  const labels = {
    'helm.toolkit.fluxcd.io/name': 'flannel',
    'helm.toolkit.fluxcd.io/namespace': 'flux-system',
  };
  const { postRenderers } = yamlOf(snippetOf({ ...flannel, labels })) as {
    readonly postRenderers: readonly [
      { readonly kustomize: { readonly patches: readonly [{ readonly patch: string }] } },
    ];
  };

  expect(parse(postRenderers[0].kustomize.patches[0].patch)).toEqual([
    { op: 'add', path: '/spec/template/spec/affinity', value: wantedOf(flannel) },
  ]);
});

test('snippets tell Argo CD to leave the field alone, as the other way', () => {
  const workload = agent({ annotations: TRACKED });
  const snippet = snippetOf(workload);
  const [, git, , application] = snippet.split(/\n(?=affinity|Or|ignore)/);

  expect(parse(git ?? '')).toEqual({ affinity: wantedOf(workload) });
  expect(parse(application ?? '')).toMatchObject({
    ignoreDifferences: [{ kind: 'DaemonSet', namespace: 'kube-system', name: 'agent' }],
    syncPolicy: { syncOptions: ['RespectIgnoreDifferences=true'] },
  });
});

const OWNED: readonly Partial<WorkloadOptions>[] = [
  byTigera('agent'),
  byHelm('rke2-cilium'),
  byHelm('cilium'),
  { annotations: TRACKED },
  { labels: { 'kustomize.toolkit.fluxcd.io/name': 'network' } },
  { labels: { 'helm.toolkit.fluxcd.io/name': 'network' } },
  { labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile' } },
  {},
];

test.each(OWNED)(
  'snippets stay short whatever the affinity is, and ask to keep the rest of it (%j)',
  (options) => {
    const preferences = Array.from({ length: 40 }, (_, index) => ({
      weight: 1,
      preference: { matchExpressions: [{ key: `example.com/rack-${index}`, operator: 'Exists' }] },
    }));
    const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferences } };
    const snippet = snippetOf(agent({ ...options, affinity }));

    expect(snippet.length).toBeLessThanOrEqual(1024);
    expect(snippet).toContain('Keep its other affinity');
  },
);

test('snippets for everything that is shipped fit into the status of a workload', () => {
  const shipped = [...calicoByTigera(), ...canalByRke2(), ...ciliumChart(), ...flannelManifest()];
  for (const workload of shipped) {
    const { kind, namespace, name } = workload;
    const annotations = { 'argocd.argoproj.io/tracking-id': `network:apps/${kind}:${namespace}/${name}` };
    expect(snippetOf(workload).length).toBeLessThanOrEqual(1024);
    expect(snippetOf({ ...workload, annotations }).length).toBeLessThanOrEqual(
      STATUS_LIMITS['workloads[].message'],
    );
  }
});
