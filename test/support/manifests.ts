// Workloads as people hand them to kubectl: builders with what a test is not about filled in, and the files of
// test/fixtures as objects.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { Affinity, NodeSelectorRequirement, NodeSelectorTerm } from '../../src/plan/facts.ts';
import type { HybridCluster, KubeObject } from './hybrid-cluster.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export const CLOUD_LABEL = 'alibabacloud.com/external';
export const OFF_CLOUD: NodeSelectorRequirement = { key: CLOUD_LABEL, operator: 'NotIn', values: ['true'] };
export const OFF_VIRTUAL: NodeSelectorRequirement = {
  key: 'type',
  operator: 'NotIn',
  values: ['virtual-kubelet'],
};
export const ON_LINUX: NodeSelectorRequirement = {
  key: 'kubernetes.io/os',
  operator: 'In',
  values: ['linux'],
};

export interface ManifestOptions {
  readonly namespace?: string;
  /** metadata.labels; the pods are labelled and selected by `app: NAME`. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly affinity?: Affinity;
  /** Required node affinity, in place of `affinity`. */
  readonly terms?: readonly NodeSelectorTerm[];
  readonly image?: string;
}

function required(terms: readonly NodeSelectorTerm[]): Affinity {
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };
}

function workload(kind: string, name: string, options: ManifestOptions, own: object): KubeObject {
  const { namespace = 'kube-system', labels, nodeSelector, terms, image = 'example.com/agent:v1' } = options;
  const affinity = terms === undefined ? options.affinity : required(terms);
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace, ...(labels === undefined ? {} : { labels }) },
    spec: {
      selector: { matchLabels: { app: name } },
      ...own,
      template: {
        metadata: { labels: { app: name } },
        spec: {
          ...(nodeSelector === undefined ? {} : { nodeSelector }),
          ...(affinity === undefined ? {} : { affinity }),
          tolerations: [{ operator: 'Exists' }],
          terminationGracePeriodSeconds: 0,
          containers: [{ name: 'main', image }],
        },
      },
    },
  };
}

/** A DaemonSet that tolerates everything and is rolled out at once. */
export function daemonSet(name: string, options: ManifestOptions = {}): KubeObject {
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%' } };
  return workload('DaemonSet', name, options, { updateStrategy });
}

export function deployment(name: string, replicas: number, options: ManifestOptions = {}): KubeObject {
  return workload('Deployment', name, options, { replicas, strategy: { type: 'Recreate' } });
}

export function statefulSet(name: string, replicas: number, options: ManifestOptions = {}): KubeObject {
  return workload('StatefulSet', name, options, {
    replicas,
    serviceName: name,
    podManagementPolicy: 'Parallel',
  });
}

export function namespaceOf(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** One object of a file in test/fixtures. */
export async function fixture(file: string, kind: string): Promise<KubeObject> {
  const documents = parseAllDocuments(await readFile(`${ROOT}/test/fixtures/${file}`, 'utf8'));
  const objects = documents.map((document) => document.toJS() as KubeObject);
  const found = objects.find((object) => object.kind === kind);
  if (found === undefined) throw new Error(`no ${kind} in ${file}`);
  return found;
}

/** `kubectl VERB -f -` with the objects. */
export async function pipe(
  cluster: HybridCluster,
  args: readonly string[],
  ...objects: readonly KubeObject[]
): Promise<string> {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  return await cluster.controlPlane.mustKubectl([...args, '-f', '-'], { stdin: JSON.stringify(list) });
}

/** The right to change workloads in one more namespace, as the documentation gives it. */
export async function grant(cluster: HybridCluster, where: string): Promise<void> {
  const name = 'hybridnetwork-operator-workloads';
  await cluster.kubectl(
    '-n',
    where,
    'create',
    'rolebinding',
    name,
    `--clusterrole=${name}`,
    '--serviceaccount=hybridnetwork-system:hybridnetwork-operator',
  );
}
