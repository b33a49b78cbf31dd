// A cluster in which everything is as it should be, for tests that spoil one thing at a time: its parts, how to put them back,
// and how to make the operator work on the others meanwhile.
import type { AuditEntry, AuditMark } from '../cluster/audit.ts';
import type { HybridNetworkSpec } from '../../src/api/hybrid-network.ts';
import {
  ADDON_SECRET,
  CALICO,
  changesBy,
  ENI_CONFIG,
  eniConfigData,
  inWords,
  network,
  patch,
  putSecret,
  read,
  secretValues,
  TERWAY,
} from './by-hand.ts';
import type { Place } from './by-hand.ts';
import { eventually } from './eventually.ts';
import { networkOf, startHybridCluster } from './hybrid-cluster.ts';
import type { HybridCluster, KubeObject } from './hybrid-cluster.ts';

export const ON_PREMISES = ['idc-1', 'idc-2'];
export const CLOUD = ['ecs-1'];
export const LET_IN = { spec: { template: { spec: { affinity: null } } } };
export const LET_OUT = {
  spec: { template: { spec: { nodeSelector: { 'alibabacloud.com/external': null } } } },
};
export const SOURCE: Place = { kind: 'Secret', namespace: 'hybridnetwork-system', name: 'ram-user' };
export const KEY = { 'access-key-id': 'LTAI5tGood', 'access-key-secret': 'GoodSecret' };
export const ADDED = { labels: { location: 'idc' } };
export const CYRILLIC_A = '\u0430';

export const ENI_CONF = {
  version: '1',
  vswitches: { 'cn-hangzhou-h': ['vsw-bp1good'] },
  security_group: 'sg-bp1good',
  service_cidr: '172.16.0.0/16',
  eni_tags: { 'ack.aliyun.com': 'cGood' },
  min_pool_size: 0,
  max_pool_size: 5,
};
export const GOOD_DATA = {
  eni_conf: JSON.stringify(ENI_CONF),
  '10-terway.conf': '{"cniVersion":"0.3.0","name":"terway","type":"terway"}',
  disable_network_policy: 'true',
};
export const TYPED = {
  vSwitches: { 'cn-hangzhou-h': ['vsw-bp1good'] },
  securityGroupIDs: ['sg-bp1good'],
  maxPoolSize: 5,
};
export const SPEC: HybridNetworkSpec = {
  scenario: 'BGP',
  approveAbove: 1_000,
  onPremises: {
    cni: { type: 'Auto' },
    workloads: [
      { kind: 'DaemonSet', namespace: 'kube-system', labelSelector: { matchLabels: ADDED.labels } },
    ],
  },
  credentials: { secretRef: { name: 'ram-user' } },
};

/** What the data of eni-config are to be, key by key; `null` takes a key out. */
export async function setConfig(
  cluster: HybridCluster,
  data: Readonly<Record<string, string | null>>,
): Promise<void> {
  await patch(cluster, ENI_CONFIG, { data });
}

export async function setConf(cluster: HybridCluster, changes: object): Promise<void> {
  await setConfig(cluster, { eni_conf: JSON.stringify({ ...ENI_CONF, ...changes }) });
}

export async function restoreConfig(cluster: HybridCluster): Promise<void> {
  const metadata = { name: 'eni-config', namespace: 'kube-system' };
  await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: GOOD_DATA });
  await patch(cluster, ENI_CONFIG, { data: GOOD_DATA });
}

export interface PodSpec {
  readonly spec: {
    readonly template: { readonly spec: { readonly nodeSelector?: object; readonly affinity?: object } };
  };
}

export async function podSpecOf(
  cluster: HybridCluster,
  place: Place,
): Promise<PodSpec['spec']['template']['spec'] | undefined> {
  return (await read<PodSpec & KubeObject>(cluster, place))?.spec.template.spec;
}

/** Terway is let out, and guarded at once. */
export async function provokeTerway(cluster: HybridCluster): Promise<string> {
  await patch(cluster, TERWAY, LET_OUT);
  await eventually(async () => (await podSpecOf(cluster, TERWAY))?.nodeSelector !== undefined, {
    what: 'Terway is placed',
  });
  await cluster.untilOn('app=terway-eniip', CLOUD);
  return 'patch daemonsets kube-system/terway-eniip';
}

/** The CNI is let in, and kept off at once. */
export async function provokeCalico(cluster: HybridCluster): Promise<string> {
  await patch(cluster, CALICO, LET_IN);
  await eventually(async () => (await podSpecOf(cluster, CALICO))?.affinity !== undefined, {
    what: 'Calico is kept off',
  });
  await cluster.untilOn('k8s-app=calico-node', ON_PREMISES);
  return 'patch daemonsets kube-system/calico-node';
}

/** The source of the access key with these values changed; `undefined` leaves one out. */
export async function putSource(
  cluster: HybridCluster,
  changes: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const values = Object.entries({ ...KEY, ...changes }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  await putSecret(cluster, SOURCE, Object.fromEntries(values));
}

/** Without a source of its own the Secret that is there counts as it is. */
export async function adoptSecret(
  cluster: HybridCluster,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  await patch(cluster, network(), { spec: { credentials: null } });
  await putSecret(cluster, ADDON_SECRET, values);
}

// Terway's DaemonSet carries a note of what its pods read; that restarts nothing.
function isNote({ resource, requestObject }: AuditEntry): boolean {
  const steps = Array.isArray(requestObject) ? (requestObject as readonly { readonly path: string }[]) : [];
  return (
    resource === 'daemonsets' && steps.length > 0 && steps.every(({ path }) => path.startsWith('/metadata/'))
  );
}

/** In words, what the operator wrote since the mark, besides its own status, Lease, Events and notes. */
export async function changesIn(cluster: HybridCluster, since: AuditMark): Promise<readonly string[]> {
  return (await changesBy(cluster, since)).filter((entry) => !isNote(entry)).map(inWords);
}

/** What must not be touched because of a bad input. */
export async function belongings(cluster: HybridCluster): Promise<unknown> {
  return { secret: await secretValues(cluster), config: await eniConfigData(cluster) };
}

/** A cluster with nothing wrong in it: both networks installed and apart, the key published, eni-config adopted. */
export async function startGoodCluster(): Promise<HybridCluster> {
  const cluster = await startHybridCluster({ idc: 2, ecs: 1, vk: 0 });
  await cluster.applyFile('test/fixtures/terway.yaml');
  await cluster.applyFile('test/fixtures/calico.yaml');
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'eni-config', namespace: 'kube-system' },
    data: GOOD_DATA,
  });
  await putSecret(cluster, SOURCE, KEY);
  // Tests that spoil the same field again and again are not the fight that the limit is for.
  await cluster.startOperator({ args: ['--fight-limit=0'] });
  await cluster.apply(networkOf(SPEC));
  await cluster.untilCondition('Ready', { status: 'True' });
  return cluster;
}

/** One thing that is wrong, and what has to be said about it. */
export interface BadInput {
  readonly what: string;
  readonly harm: () => Promise<unknown>;
  readonly condition: 'TerwayPlaced' | 'OnPremisesIsolated' | 'CredentialsSynced' | 'ENIConfigSynced';
  readonly reason: string;
  /** Parts of the message: what is wrong, and the way out. */
  readonly says: readonly string[];
  readonly mend: () => Promise<unknown>;
  /** Another concern that has work meanwhile; Terway's placement by default. */
  readonly provoke?: (cluster: HybridCluster) => Promise<string>;
}
