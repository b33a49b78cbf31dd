// The network plug-ins come from Git by the real Argo CD, with selfHeal, and the operator holds things in them: neither writes
// over the other.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import type { Affinity } from '../../src/plan/facts.ts';
import type { AuditMark } from '../cluster/audit.ts';
import {
  CALICO,
  changesInWords,
  eniConfigData,
  inWords,
  patch,
  podNames,
  TERWAY,
  untilRolledOut,
} from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { daemonSet, ON_LINUX } from '../support/manifests.ts';
import { fixtureText, startArgoCluster } from './support/argo-cluster.ts';
import type { ArgoCluster } from './support/argo-cluster.ts';
import { ARGO_USER } from './support/argo-objects.ts';

const APPLICATION = 'network-plug-ins';
const ON_PREMISES = ['idc-1', 'idc-2', 'idc-3'];
const CLOUD = ['ecs-1', 'ecs-2'];
const MINUTE = 60_000;
const LET_IN = { spec: { template: { spec: { affinity: null } } } };
const PATCH_CALICO = 'patch daemonsets kube-system/calico-node';
const PATCH_CONTROLLERS = 'patch deployments kube-system/calico-kube-controllers';
const PATCH_ENI_CONFIG = 'patch configmaps kube-system/eni-config';
let world: ArgoCluster;

async function mark(): Promise<AuditMark> {
  return await world.cluster.controlPlane.audit.mark();
}

/** What Argo CD has written to network plug-ins and eni-config, and the operator to anything. */
async function writesSince(
  since: AuditMark,
): Promise<Readonly<Record<'argo' | 'operator', readonly string[]>>> {
  const argo = await world.cluster.controlPlane.audit.writesBy(ARGO_USER, {
    since,
    where: ({ requestURI, resource, group }) =>
      (group === 'apps' || resource === 'configmaps') && !requestURI.includes('dryRun'),
  });
  return { argo: argo.map(inWords), operator: await changesInWords(world.cluster, since) };
}

async function untilOnItsSide(): Promise<void> {
  await world.cluster.untilOn('k8s-app=calico-node', ON_PREMISES);
  await world.cluster.untilOn('app=terway-eniip', CLOUD);
  for (const place of [CALICO, TERWAY]) await untilRolledOut(world.cluster, place);
}

beforeAll(async () => {
  world = await startArgoCluster();
  await untilOnItsSide();
}, 300_000);

afterAll(async () => {
  await world?.stop();
}, 300_000);

it('what the operator has added is no difference to Argo CD, and nobody writes for a minute', async () => {
  await world.argo.until(APPLICATION, 'Synced/Healthy');
  const since = await mark();
  const pods = await podNames(world.cluster, 'k8s-app=calico-node');
  await sleep(MINUTE / 2);
  // One look by force: it compares everything anew.
  await world.argo.refresh(APPLICATION);
  await sleep(MINUTE / 2);
  expect(await writesSince(since)).toEqual({ argo: [], operator: [] });
  expect(await podNames(world.cluster, 'k8s-app=calico-node')).toEqual(pods);
  await world.argo.until(APPLICATION, 'Synced/Healthy');
}, 300_000);

it('what is tampered with is put right by the operator once, and Argo CD has no part in it', async () => {
  const since = await mark();
  await patch(world.cluster, CALICO, LET_IN);
  await patch(world.cluster, TERWAY, { spec: { template: { spec: { nodeSelector: null } } } });
  await eventually(async () => (await writesSince(since)).operator.length >= 2, {
    what: 'the operator has put both right',
  });
  await untilOnItsSide();
  await world.argo.refresh(APPLICATION);
  await world.argo.until(APPLICATION, 'Synced/Healthy');
  const { argo, operator } = await writesSince(since);
  expect(argo).toEqual([]);
  expect(operator.toSorted()).toEqual([PATCH_CALICO, 'patch daemonsets kube-system/terway-eniip']);
}, 300_000);

/** Commits another version of Calico and waits until Argo CD has applied it; returns who wrote what meanwhile. */
async function upgrade(version: string): ReturnType<typeof writesSince> {
  const since = await mark();
  const text = fixtureText('calico.yaml').replaceAll('v3.32.1', version);
  await world.git.commit(`Calico ${version}`, { 'network-plug-ins/calico.yaml': text });
  await world.argo.refresh(APPLICATION);
  await eventually(async () => (await writesSince(since)).argo.length >= 2, {
    what: 'Argo CD applies both workloads of Calico',
    timeoutMs: 45_000,
  });
  await world.argo.until(APPLICATION, 'Synced/Healthy');
  await world.argo.untilSucceeded(APPLICATION);
  await untilOnItsSide();
  return await writesSince(since);
}

it('a commit that changes an image changes that, and nothing that is held', async () => {
  const held = await eniConfigData(world.cluster);
  const { argo, operator } = await upgrade('v3.32.2');
  expect(argo.filter((write) => write !== PATCH_ENI_CONFIG).toSorted()).toEqual([
    PATCH_CALICO,
    PATCH_CONTROLLERS,
  ]);
  // Of eni-config its note of what it has applied, at most.
  expect(await eniConfigData(world.cluster)).toEqual(held);
  expect(operator).toEqual([]);
}, 300_000);

async function untilBothWriteEniConfig(since: AuditMark): Promise<void> {
  await eventually(
    async () => {
      const { argo, operator } = await writesSince(since);
      return argo.includes(PATCH_ENI_CONFIG) && operator.includes(PATCH_ENI_CONFIG);
    },
    { what: 'both write eni-config', timeoutMs: 45_000 },
  );
}

it('without the ignoreDifferences of the sample Argo CD undoes eni-config; with them it is left alone again', async () => {
  const held = await eniConfigData(world.cluster);
  expect(held?.['eni_conf']).toContain('vsw-bp1s5fnvk4gn2tws03624');
  const since = await mark();
  const sample = world.argo.sample(APPLICATION, world.git.url);
  const { ignoreDifferences } = sample['spec'] as { readonly ignoreDifferences: readonly object[] };
  await world.argo.patch(APPLICATION, { spec: { ignoreDifferences: [] } });
  await untilBothWriteEniConfig(since);
  await world.argo.patch(APPLICATION, { spec: { ignoreDifferences } });
  await world.argo.refresh(APPLICATION);
  await world.argo.until(APPLICATION, 'Synced/Healthy');
  await eventually(async () => expect(await eniConfigData(world.cluster)).toEqual(held));
}, 300_000);

it('without RespectIgnoreDifferences the next commit takes eni-config along', async () => {
  const held = await eniConfigData(world.cluster);
  await world.argo.patch(APPLICATION, { spec: { syncPolicy: { syncOptions: [] } } });
  const since = await mark();
  await upgrade('v3.32.3');
  await untilBothWriteEniConfig(since);
  await eventually(async () => expect(await eniConfigData(world.cluster)).toEqual(held));
}, 300_000);

it('the same holds where Argo CD compares and applies on the server', async () => {
  await world.argo.patch(APPLICATION, {
    metadata: { annotations: { 'argocd.argoproj.io/compare-options': 'ServerSideDiff=true' } },
    spec: { syncPolicy: { syncOptions: ['RespectIgnoreDifferences=true', 'ServerSideApply=true'] } },
  });
  const held = await eniConfigData(world.cluster);
  const { operator } = await upgrade('v3.32.4');
  expect(operator).toEqual([]);
  expect(await eniConfigData(world.cluster)).toEqual(held);
  const since = await mark();
  await world.argo.refresh(APPLICATION);
  await sleep(MINUTE / 4);
  expect(await writesSince(since)).toEqual({ argo: [], operator: [] });
  await world.argo.until(APPLICATION, 'Synced/Healthy');
}, 300_000);

it('what Git renders with an affinity of its own is not written; the text in the message, put into Git, settles it', async () => {
  const path = 'network-plug-ins/agent.yaml';
  const agent = daemonSet('idc-log-agent', { terms: [{ matchExpressions: [ON_LINUX] }] });
  await world.git.commit('an agent', { [path]: stringify(agent) });
  await world.argo.refresh(APPLICATION);
  await world.cluster.untilOn('app=idc-log-agent', [...CLOUD, ...ON_PREMISES, 'vk-1']);
  await world.argo.until(APPLICATION, 'Synced/Healthy');
  const since = await mark();
  const named = { kind: 'DaemonSet', namespace: 'kube-system', name: 'idc-log-agent' };
  await world.respecInGit({ onPremises: { workloads: [named] } });
  const message = await world.argo.untilHealth('hybridnetwork', 'HybridNetwork/idc-hangzhou', 'Degraded');
  expect(message).toContain(`Application ${APPLICATION}`);

  const [, affinity = ''] = /^affinity: (.+)$/m.exec(message) ?? [];
  const placed = daemonSet('idc-log-agent', { affinity: parse(affinity) as Affinity });
  await world.git.commit('as the message says', { [path]: stringify(placed) });
  await world.argo.refresh(APPLICATION);
  await world.cluster.untilOn('app=idc-log-agent', ON_PREMISES);
  await world.argo.until('hybridnetwork', 'Synced/Healthy');
  await world.argo.until(APPLICATION, 'Synced/Healthy');
  expect((await writesSince(since)).operator).toEqual([]);
}, 300_000);
