import { describe, expect, test } from '@jest/globals';
import { exclude, exclusionsFor } from '../../../src/plan/exclusion.ts';
import type { Workload } from '../../../src/plan/facts.ts';
import { managerOf, mayWrite, snippetFor } from '../../../src/plan/managers.ts';
import type { ManagerName } from '../../../src/plan/managers.ts';
import { APPLIED, byHelm, byTigera, daemonSet } from '../../support/make-workload.ts';
import type { WorkloadOptions } from '../../support/make-workload.ts';

function agent(options: Partial<WorkloadOptions>): Workload {
  return daemonSet({ name: 'agent', ...options });
}

const WANTED =
  exclude(agent({}).template, exclusionsFor({ excludeVirtualNodes: true }), undefined).affinity ?? {};

const TRACKED = { 'argocd.argoproj.io/tracking-id': 'network:apps/DaemonSet:kube-system/agent' };

interface Row {
  readonly mark: string;
  readonly workload: Workload;
  readonly name: ManagerName;
  readonly detail: string;
  /** May we write while the owner renders no required affinity, and while it does? */
  readonly writes: readonly [boolean, boolean];
  readonly snippet: string;
}

const NEVER = [false, false] as const;
const UNLESS_RENDERED = [true, false] as const;
const ALWAYS = [true, true] as const;

const ROWS: readonly Row[] = [
  {
    mark: 'an ownerReference to an Installation',
    workload: agent({ ownerReferences: byTigera('agent').ownerReferences ?? [] }),
    name: 'tigera-operator',
    detail: 'Installation default',
    writes: NEVER,
    snippet: 'where Installation default takes an affinity',
  },
  {
    mark: 'the managed-by label of the tigera-operator',
    workload: agent({ labels: { 'app.kubernetes.io/managed-by': 'tigera-operator' } }),
    name: 'tigera-operator',
    detail: 'tigera-operator',
    writes: NEVER,
    snippet: 'The tigera-operator reverts changes of DaemonSet kube-system/agent',
  },
  {
    mark: 'an ownerReference of the OpenShift network operator',
    workload: agent({
      ownerReferences: [
        { apiVersion: 'operator.openshift.io/v1', kind: 'Network', name: 'cluster', controller: true },
      ],
    }),
    name: 'OpenShift network operator',
    detail: 'Network cluster',
    writes: NEVER,
    snippet: 'The network operator of OpenShift reverts',
  },
  {
    mark: 'an annotation of the OpenShift network operator',
    workload: agent({ annotations: { 'networkoperator.openshift.io/non-critical': '' } }),
    name: 'OpenShift network operator',
    detail: 'OpenShift network operator',
    writes: NEVER,
    snippet: 'The network operator of OpenShift reverts',
  },
  {
    mark: 'a controller that nobody knows',
    workload: agent({
      ownerReferences: [
        { apiVersion: 'metallb.io/v1beta1', kind: 'MetalLB', name: 'metallb', controller: true },
      ],
    }),
    name: 'operator',
    detail: 'MetalLB metallb',
    writes: NEVER,
    snippet: 'MetalLB metallb controls DaemonSet kube-system/agent',
  },
  {
    mark: 'a release of RKE2',
    workload: agent(byHelm('rke2-cilium')),
    name: 'HelmChartConfig',
    detail: 'HelmChartConfig kube-system/rke2-cilium',
    writes: NEVER,
    snippet: 'kind: HelmChartConfig',
  },
  {
    mark: 'an object set of the helm-controller',
    workload: agent({
      annotations: {
        'objectset.rio.cattle.io/owner-gvk': 'helm.cattle.io/v1, Kind=HelmChart',
        'objectset.rio.cattle.io/owner-name': 'cilium',
      },
    }),
    name: 'HelmChartConfig',
    detail: 'HelmChartConfig kube-system/cilium',
    writes: NEVER,
    snippet: 'metadata: {name: cilium, namespace: kube-system}',
  },
  {
    mark: 'the label of the addon-manager, mode Reconcile',
    workload: agent({ labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile' } }),
    name: 'addon-manager',
    detail: 'addon-manager',
    writes: NEVER,
    snippet: 'The addon-manager reverts changes',
  },
  {
    mark: 'the label of the addon-manager, mode EnsureExists, which writes nothing',
    workload: agent({ labels: { 'addonmanager.kubernetes.io/mode': 'EnsureExists' } }),
    name: 'none',
    detail: '',
    writes: ALWAYS,
    snippet: 'kubectl -n kube-system patch daemonset agent',
  },
  {
    mark: 'an EKS add-on',
    workload: agent({ labels: { 'eks.amazonaws.com/component': 'agent' } }),
    name: 'addon-manager',
    detail: 'EKS add-on agent',
    writes: NEVER,
    snippet: "the vendor's setting",
  },
  {
    mark: 'an AKS add-on',
    workload: agent({ labels: { 'kubernetes.azure.com/managedby': 'aks' } }),
    name: 'addon-manager',
    detail: 'add-on manager AKS',
    writes: NEVER,
    snippet: "the vendor's setting",
  },
  {
    mark: 'the tracking annotation of Argo CD',
    workload: agent({ annotations: TRACKED }),
    name: 'Argo CD',
    detail: 'Application network',
    writes: UNLESS_RENDERED,
    snippet: 'RespectIgnoreDifferences=true',
  },
  {
    mark: 'the tracking label of Argo CD and its field manager',
    workload: agent({
      labels: { 'app.kubernetes.io/instance': 'network' },
      managers: [{ manager: 'argocd-controller', operation: 'Apply' }],
    }),
    name: 'Argo CD',
    detail: 'Application network',
    writes: UNLESS_RENDERED,
    snippet: 'Set in Git, in spec.template.spec',
  },
  {
    mark: 'a tracking annotation of Argo CD that names another object, a copy',
    workload: agent({
      annotations: { 'argocd.argoproj.io/tracking-id': 'network:apps/DaemonSet:other/agent' },
    }),
    name: 'none',
    detail: '',
    writes: ALWAYS,
    snippet: 'kubectl',
  },
  {
    mark: 'a HelmRelease of Flux',
    workload: agent({
      ...byHelm('network'),
      labels: { 'helm.toolkit.fluxcd.io/name': 'network', 'helm.toolkit.fluxcd.io/namespace': 'flux-system' },
    }),
    name: 'Flux',
    detail: 'HelmRelease flux-system/network',
    writes: UNLESS_RENDERED,
    snippet: 'postRenderers: [{kustomize: {patches:',
  },
  {
    mark: 'a Kustomization of Flux',
    workload: agent({
      labels: {
        'kustomize.toolkit.fluxcd.io/name': 'network',
        'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
      },
    }),
    name: 'Flux',
    detail: 'Kustomization flux-system/network',
    writes: UNLESS_RENDERED,
    snippet: 'ignore: [{paths:',
  },
  {
    mark: 'the field manager of Flux only',
    workload: agent({ managers: [{ manager: 'kustomize-controller', operation: 'Apply' }] }),
    name: 'Flux',
    detail: 'Flux',
    writes: UNLESS_RENDERED,
    snippet: 'Flux may render the node affinity',
  },
  {
    mark: 'a Helm release',
    workload: agent(byHelm('network', 'net')),
    name: 'Helm',
    detail: 'Helm release net/network',
    writes: UNLESS_RENDERED,
    snippet: 'Set in its values',
  },
  {
    mark: 'the label of Helm alone',
    workload: agent({ labels: { 'app.kubernetes.io/managed-by': 'Helm' } }),
    name: 'Helm',
    detail: 'Helm',
    writes: UNLESS_RENDERED,
    snippet: 'Set in its values',
  },
  {
    mark: 'an add-on of the deploy controller of k3s',
    workload: agent({
      annotations: {
        'objectset.rio.cattle.io/owner-gvk': 'k3s.cattle.io/v1, Kind=Addon',
        'objectset.rio.cattle.io/owner-name': 'network',
      },
      labels: { 'objectset.rio.cattle.io/hash': '0123' },
    }),
    name: 'k3s deploy controller',
    detail: 'Addon network',
    writes: UNLESS_RENDERED,
    snippet: 'its file under server/manifests',
  },
  {
    mark: 'a chart that was rendered and applied with kubectl',
    workload: agent({ labels: { 'app.kubernetes.io/managed-by': 'Helm' }, annotations: APPLIED }),
    name: 'kubectl',
    detail: 'kubectl',
    writes: ALWAYS,
    snippet: 'kubectl',
  },
  {
    mark: 'a server-side apply of kubectl',
    workload: agent({ managers: [{ manager: 'kubectl', operation: 'Apply' }] }),
    name: 'kubectl',
    detail: 'kubectl',
    writes: ALWAYS,
    snippet: 'kubectl',
  },
  {
    mark: 'an edit by hand, which is no ownership',
    workload: agent({ managers: [{ manager: 'kubectl-edit', operation: 'Update' }] }),
    name: 'none',
    detail: '',
    writes: ALWAYS,
    snippet: 'kubectl',
  },
];

describe.each(ROWS)('$mark', ({ workload, name, detail, writes, snippet }) => {
  const manager = managerOf(workload);

  test(`means ${name}`, () => {
    expect(manager).toMatchObject({ name, detail });
  });

  test(`allows a write: ${writes[0]}, or ${writes[1]} where the owner renders required affinity`, () => {
    expect([mayWrite(manager, false), mayWrite(manager, true)]).toEqual(writes);
  });

  test(`leads to a snippet with “${snippet}”`, () => {
    expect(snippetFor(workload, manager, WANTED)).toContain(snippet);
  });
});

describe('the topmost writer decides', () => {
  test.each<[string, Partial<WorkloadOptions>, ManagerName]>([
    [
      'the tigera-operator over the Helm chart that installed it',
      { ...byHelm('calico'), ...byTigera('agent') },
      'tigera-operator',
    ],
    [
      'RKE2 over the label that its charts carry for no reason',
      { ...byHelm('rke2-coredns'), labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile' } },
      'HelmChartConfig',
    ],
    [
      'Argo CD over a Helm release that it adopted',
      { ...byHelm('network'), annotations: { ...byHelm('network').annotations, ...TRACKED } },
      'Argo CD',
    ],
    [
      'a controller over the Application that made its owner',
      { ownerReferences: byTigera('x').ownerReferences ?? [], annotations: TRACKED },
      'tigera-operator',
    ],
    [
      'Flux over an older kubectl apply',
      { labels: { 'kustomize.toolkit.fluxcd.io/name': 'network' }, annotations: APPLIED },
      'Flux',
    ],
  ])('%s', (_, options, name) => {
    expect(managerOf(agent(options)).name).toBe(name);
  });
});
