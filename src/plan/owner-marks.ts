// The marks that each writer of a workload leaves on it: ownerReferences, labels, annotations, managedFields.
import type { Workload } from './facts.ts';

export type ManagerName =
  | 'OpenShift network operator'
  | 'tigera-operator'
  | 'operator'
  | 'HelmChartConfig'
  | 'addon-manager'
  | 'Argo CD'
  | 'Flux'
  | 'Helm'
  | 'k3s deploy controller'
  | 'kubectl'
  | 'none';

/** What a direct write of required node affinity meets. */
export type WritePermission =
  /** It is reverted at once, or the next upgrade fails over it. */
  | 'Never'
  /** It lasts as long as the owner renders no required node affinity itself: all of them merge three ways. */
  | 'UnlessOwnerRendersAffinity'
  | 'Always';

export interface Manager {
  readonly name: ManagerName;
  /** The object or release that the marks name. */
  readonly owner?: { readonly kind: string; readonly namespace?: string; readonly name: string };
  /** The owner for a sentence: `Helm release kube-system/cilium`; empty where nobody is known. */
  readonly detail: string;
  readonly writes: WritePermission;
}

type Owner = NonNullable<Manager['owner']>;
export type Detector = (workload: Workload) => Manager | undefined;

const WRITES: Readonly<Record<ManagerName, WritePermission>> = {
  'OpenShift network operator': 'Never',
  'tigera-operator': 'Never',
  operator: 'Never',
  // The chart is installed again when an upgrade fails (helm.cattle.io failurePolicy: reinstall): not worth the risk.
  HelmChartConfig: 'Never',
  'addon-manager': 'Never',
  'Argo CD': 'UnlessOwnerRendersAffinity',
  Flux: 'UnlessOwnerRendersAffinity',
  Helm: 'UnlessOwnerRendersAffinity',
  'k3s deploy controller': 'UnlessOwnerRendersAffinity',
  kubectl: 'Always',
  none: 'Always',
};

export function manager(name: ManagerName, owner?: Owner): Manager {
  const writes = WRITES[name];
  if (owner === undefined) return { name, detail: name === 'none' ? '' : name, writes };
  const path = owner.namespace === undefined ? owner.name : `${owner.namespace}/${owner.name}`;
  return { name, owner, detail: `${owner.kind} ${path}`, writes };
}

/** An owner whose namespace may be unknown. */
function named(kind: string, name: string, namespace: string | undefined): Owner {
  return namespace === undefined ? { kind, name } : { kind, namespace, name };
}

function hasManager({ managers }: Workload, name: string, operation?: string): boolean {
  return managers.some(
    (entry) => entry.manager === name && (operation === undefined || entry.operation === operation),
  );
}

function hasMark({ labels, annotations }: Workload, prefix: string): boolean {
  return [...Object.keys(labels), ...Object.keys(annotations)].some((key) => key.startsWith(prefix));
}

// cluster-network-operator: ownerReference to its Network `cluster`, and annotations networkoperator.openshift.io/….
const openShift: Detector = (workload) => {
  const reference = workload.ownerReferences.find(({ apiVersion }) =>
    apiVersion.startsWith('operator.openshift.io/'),
  );
  if (reference !== undefined)
    return manager('OpenShift network operator', named(reference.kind, reference.name, undefined));
  return hasMark(workload, 'networkoperator.openshift.io/')
    ? manager('OpenShift network operator')
    : undefined;
};

// tigera/operator pkg/controller/utils/component.go: watches what it made and updates it on any newer generation.
const tigeraOperator: Detector = (workload) => {
  const reference = workload.ownerReferences.find(({ apiVersion }) =>
    apiVersion.startsWith('operator.tigera.io/'),
  );
  if (reference !== undefined)
    return manager('tigera-operator', named(reference.kind, reference.name, undefined));
  return workload.labels['app.kubernetes.io/managed-by'] === 'tigera-operator'
    ? manager('tigera-operator')
    : undefined;
};

// Whoever controls a workload writes its spec whenever it likes.
const otherOperator: Detector = (workload) => {
  const reference = workload.ownerReferences.find(({ controller }) => controller === true);
  return reference === undefined
    ? undefined
    : manager('operator', named(reference.kind, reference.name, undefined));
};

// RKE2 installs its own charts as releases rke2-…; otherwise a chart of the helm-controller leaves the marks of Helm only.
const helmChartConfig: Detector = ({ labels, annotations, namespace }) => {
  const release = annotations['meta.helm.sh/release-name'] ?? '';
  const chart = labels['helmcharts.helm.cattle.io/chart'] ?? annotations['helmcharts.helm.cattle.io/chart'];
  const isOwned = (annotations['objectset.rio.cattle.io/owner-gvk'] ?? '').startsWith('helm.cattle.io/');
  const owned = isOwned ? annotations['objectset.rio.cattle.io/owner-name'] : undefined;
  const name = chart ?? owned ?? (release.startsWith('rke2-') ? release : undefined);
  if (name === undefined) return undefined;
  return manager('HelmChartConfig', {
    kind: 'HelmChartConfig',
    namespace: annotations['meta.helm.sh/release-namespace'] ?? namespace,
    name,
  });
};

// Mode EnsureExists creates what is missing and writes nothing else.
const addonManager: Detector = ({ labels }) => {
  if (labels['addonmanager.kubernetes.io/mode'] === 'Reconcile') return manager('addon-manager');
  const component = labels['eks.amazonaws.com/component'];
  if (component !== undefined) return manager('addon-manager', { kind: 'EKS add-on', name: component });
  if ('kubernetes.azure.com/managedby' in labels)
    return manager('addon-manager', { kind: 'add-on manager', name: 'AKS' });
  return undefined;
};

// Argo CD ignores a tracking id that names another object: it was copied.
const argoCd: Detector = (workload) => {
  const { kind, namespace, name, labels, annotations } = workload;
  const [application, type, path] = (annotations['argocd.argoproj.io/tracking-id'] ?? '').split(':');
  if (type === `apps/${kind}` && path === `${namespace}/${name}` && application !== undefined) {
    return manager('Argo CD', { kind: 'Application', name: application });
  }
  // Tracking by label, which Helm charts set as well; only its field manager tells.
  const instance = labels['app.kubernetes.io/instance'];
  const isWriter =
    hasManager(workload, 'argocd-controller') || hasManager(workload, 'argocd-application-controller');
  return isWriter && instance !== undefined
    ? manager('Argo CD', { kind: 'Application', name: instance })
    : undefined;
};

const flux: Detector = (workload) => {
  const { labels } = workload;
  const release = labels['helm.toolkit.fluxcd.io/name'];
  if (release !== undefined) {
    return manager('Flux', named('HelmRelease', release, labels['helm.toolkit.fluxcd.io/namespace']));
  }
  const kustomization = labels['kustomize.toolkit.fluxcd.io/name'];
  if (kustomization !== undefined) {
    return manager(
      'Flux',
      named('Kustomization', kustomization, labels['kustomize.toolkit.fluxcd.io/namespace']),
    );
  }
  return hasManager(workload, 'kustomize-controller', 'Apply') ? manager('Flux') : undefined;
};

// helm pkg/action/validate.go: both annotations are written by every install; the label alone also comes out of
// `helm template | kubectl apply`.
const helm: Detector = ({ labels, annotations }) => {
  const release = annotations['meta.helm.sh/release-name'];
  if (release !== undefined) {
    return manager('Helm', named('Helm release', release, annotations['meta.helm.sh/release-namespace']));
  }
  const isApplied = 'kubectl.kubernetes.io/last-applied-configuration' in annotations;
  return labels['app.kubernetes.io/managed-by'] === 'Helm' && !isApplied ? manager('Helm') : undefined;
};

// k3s and RKE2 pkg/deploy: applies every file of server/manifests again when the server starts.
const k3sDeployController: Detector = ({ annotations, labels }) => {
  const addon = annotations['objectset.rio.cattle.io/owner-name'];
  if (addon !== undefined) return manager('k3s deploy controller', { kind: 'Addon', name: addon });
  return 'objectset.rio.cattle.io/hash' in labels ? manager('k3s deploy controller') : undefined;
};

// People and kubespray. Both apply three ways; a required term of theirs comes back only when they apply again.
const kubectl: Detector = (workload) => {
  const isApplied =
    'kubectl.kubernetes.io/last-applied-configuration' in workload.annotations ||
    hasManager(workload, 'kubectl-client-side-apply') ||
    hasManager(workload, 'kubectl', 'Apply');
  return isApplied ? manager('kubectl') : undefined;
};

/** From the writer that nothing overrides down to the one that is only sometimes there. */
export const DETECTORS: readonly Detector[] = [
  openShift,
  tigeraOperator,
  otherOperator,
  helmChartConfig,
  addonManager,
  argoCd,
  flux,
  helm,
  k3sDeployController,
  kubectl,
];
