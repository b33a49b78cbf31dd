// What Argo CD finds in its cluster before it starts: its own API, its settings, the project of all Applications, and the
// cluster that it deploys to.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { ControlPlane } from '../../cluster/types.ts';
import { eventually } from '../../support/eventually.ts';
import { filesOf } from '../../tools/tools.ts';
import { ARGOCD_CM } from './health.ts';

export const NAMESPACE = 'argocd';
export const ARGO_USER = 'system:serviceaccount:argocd:argocd-application-controller';
const ACCOUNT = 'argocd-application-controller';
const CRDS = ['application-crd.yaml', 'applicationset-crd.yaml', 'appproject-crd.yaml'];

/** Argo CD's settings go by this label. */
const metadata = (name: string, labels: object = {}): object => ({
  name,
  namespace: NAMESPACE,
  labels: { 'app.kubernetes.io/part-of': 'argocd', ...labels },
});

function settings(): readonly object[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata(ACCOUNT) },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: ACCOUNT },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: ACCOUNT, namespace: NAMESPACE }],
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('argocd-cm') },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('argocd-rbac-cm') },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata('argocd-secret'),
      stringData: { 'server.secretkey': 'of-the-tests-only' },
    },
  ];
}

function project(): object {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'default', namespace: NAMESPACE },
    spec: {
      sourceRepos: ['*'],
      destinations: [{ server: '*', namespace: '*' }],
      clusterResourceWhitelist: [{ group: '*', kind: '*' }],
    },
  };
}

function destination({ url, ca }: ControlPlane, bearerToken: string): object {
  const tlsClientConfig = { caData: Buffer.from(ca).toString('base64') };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadata('cluster', { 'argocd.argoproj.io/secret-type': 'cluster' }),
    // Not Opaque: the address in it is no secret (test/support/secret-guard.ts), and stands in Argo CD's Events.
    type: 'argoproj.io/cluster',
    stringData: { name: 'test', server: url, config: JSON.stringify({ bearerToken, tlsClientConfig }) },
  };
}

async function apply(controlPlane: ControlPlane, objects: readonly object[], ...more: readonly string[]) {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  await controlPlane.mustKubectl(['apply', ...more, '-f', '-'], { stdin: JSON.stringify(list) });
}

/** Installs all of it, and with it deploy/argocd/argocd-cm.yaml by the command that stands in it; returns a kubeconfig. */
export async function installArgo(controlPlane: ControlPlane): Promise<string> {
  const manifests = join(await filesOf('argocd-files'), 'manifests/crds');
  const crds = CRDS.flatMap((file) => parseAllDocuments(readFileSync(join(manifests, file), 'utf8')));
  // Too large for the annotation of a client-side apply.
  await apply(
    controlPlane,
    crds.map((document) => document.toJS() as object),
    '--server-side',
  );
  await apply(controlPlane, settings());
  const patch = ['patch', 'configmap', 'argocd-cm', '--patch-file', ARGOCD_CM];
  await controlPlane.mustKubectl(['-n', NAMESPACE, ...patch]);
  const token = await controlPlane.tokenFor(NAMESPACE, ACCOUNT);
  await eventually(async () => await apply(controlPlane, [project(), destination(controlPlane, token)]), {
    what: 'the API of Argo CD is served',
  });
  return await controlPlane.kubeconfigFor(NAMESPACE, ACCOUNT);
}
