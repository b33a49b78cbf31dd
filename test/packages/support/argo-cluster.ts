// A hybrid cluster that Argo CD installs from Git: the Applications of deploy/argocd, and the operator as a process.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { AuditMark } from '../../cluster/audit.ts';
import { ADDON_SECRET, putSecret } from '../../support/by-hand.ts';
import { eventually } from '../../support/eventually.ts';
import { startHybridCluster } from '../../support/hybrid-cluster.ts';
import type { HybridCluster, KubeObject } from '../../support/hybrid-cluster.ts';
import { startArgoCD } from './argo.ts';
import type { ArgoCD } from './argo.ts';
import { createRepository } from './git.ts';
import type { GitRepository } from './git.ts';
import { kustomized, ROOT } from './render.ts';

export const KEY = {
  'access-key-id': 'LTAI5tGoodIdentifier',
  'access-key-secret': 'Zk9GoodSecretValue0000000000x1',
};
export const NETWORK_FILE = 'hybridnetwork/network.yaml';
const APPLICATIONS = ['network-plug-ins', 'hybridnetwork'] as const;

/** What is committed with it. */
export interface Committed {
  /** Of the HybridNetwork, besides those of the sample. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

export interface ArgoCluster {
  readonly cluster: HybridCluster;
  readonly argo: ArgoCD;
  readonly git: GitRepository;
  /** The moment before the Applications were there. */
  readonly begin: AuditMark;
  /** Commits the HybridNetwork of the sample with these fields of its spec set, and has Argo CD look. */
  respecInGit(spec: object, more?: Committed): Promise<void>;
  stop(): Promise<void>;
}

interface Files {
  readonly operator: string;
  readonly network: KubeObject;
}

/** deploy/argocd/repository as somebody uses it, rendered: the one file with everything, and the HybridNetwork. */
export async function renderRepository(dir: string): Promise<Files> {
  cpSync(join(ROOT, 'deploy/argocd/repository'), dir, { recursive: true });
  writeFileSync(join(dir, 'install.yaml'), await kustomized(join(ROOT, 'deploy')));
  const documents = (await kustomized(dir)).split(/^---\n/m);
  const isNetwork = (text: string): boolean => /^kind: HybridNetwork$/m.test(text);
  return {
    operator: documents.filter((text) => !isNetwork(text)).join('---\n'),
    network: parse(documents.find(isNetwork) ?? '') as KubeObject,
  };
}

export const fixtureText = (name: string): string => readFileSync(join(ROOT, 'test/fixtures', name), 'utf8');

async function untilServiceAccount({ controlPlane }: HybridCluster): Promise<void> {
  const path = '/api/v1/namespaces/hybridnetwork-system/serviceaccounts/hybridnetwork-operator';
  const isThere = async () => (await controlPlane.api.request('GET', path)).status === 200;
  await eventually(isThere, { what: 'the ServiceAccount of the operator', timeoutMs: 60_000 });
}

/** The pods of its Deployment are Ready only two seconds after they are there: it shows whether Argo CD waits for them. */
function slowly(operator: string): string {
  const line = /^( *)kubectl\.kubernetes\.io\/default-container: operator$/m;
  if (!line.test(operator))
    throw new Error('the pods of the Deployment have no annotation to write another behind');
  return operator.replace(line, '$&\n$1test.hybridnetwork/behaviour: slow-ready');
}

/** Both Applications, on a cluster that has nothing of ours, and the operator as soon as Argo CD has made its account. */
async function installFromGit(cluster: HybridCluster): Promise<Omit<ArgoCluster, 'stop'>> {
  await putSecret(cluster, ADDON_SECRET, KEY);
  const { dir, audit } = cluster.controlPlane;
  const { operator, network } = await renderRepository(join(dir, 'rendered'));
  const git = await createRepository(join(dir, 'git'));
  await git.commit('all', {
    'hybridnetwork/operator.yaml': slowly(operator),
    [NETWORK_FILE]: stringify(network),
    'network-plug-ins/calico.yaml': fixtureText('calico.yaml'),
    'network-plug-ins/terway.yaml': fixtureText('terway.yaml'),
    'network-plug-ins/eni-config.yaml': fixtureText('eni-config.yaml'),
  });
  const argo = await startArgoCD(cluster);
  const begin = await audit.mark();
  for (const name of APPLICATIONS) await argo.apply(argo.sample(name, git.url));
  await untilServiceAccount(cluster);
  await cluster.startOperator();
  for (const name of APPLICATIONS) await argo.until(name, 'Synced/Healthy');
  const respecInGit = async (spec: object, { annotations = {}, files = {} }: Committed = {}) => {
    const { metadata } = network;
    const marked = { ...metadata, annotations: { ...(metadata['annotations'] as object), ...annotations } };
    const changed = { ...network, metadata: marked, spec: { ...(network['spec'] as object), ...spec } };
    await git.commit(`spec: ${JSON.stringify(spec)}`, { ...files, [NETWORK_FILE]: stringify(changed) });
    await argo.refresh('hybridnetwork');
  };
  return { cluster, argo, git, begin, respecInGit };
}

export async function startArgoCluster(): Promise<ArgoCluster> {
  const cluster = await startHybridCluster({}, { isBare: true });
  try {
    // What runs of Argo CD ends with the cluster.
    return { ...(await installFromGit(cluster)), stop: async () => await cluster.stop() };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
