// A HybridNetwork that is lost in Git, or whose Application is deleted, under the real Argo CD and with cloud nodes there:
// nothing happens before somebody has confirmed it, and after that what was held stays where it is.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { AuditMark } from '../cluster/audit.ts';
import {
  CALICO,
  changesInWords,
  generationOf,
  network,
  patch,
  podNames,
  read,
  TERWAY,
  untilRolledOut,
} from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { NETWORK_FILE, startArgoCluster } from './support/argo-cluster.ts';
import type { ArgoCluster } from './support/argo-cluster.ts';
import { ARGO_USER } from './support/argo-objects.ts';

const APPLICATION = 'hybridnetwork';
const PODS = ['k8s-app=calico-node', 'app=terway-eniip'];
const CONFIRMED = 'argocd.argoproj.io/deletion-approved';
let world: ArgoCluster;

/** The pods of both plug-ins when they are at rest, and how often their specs were changed. */
async function plugIns(): Promise<readonly unknown[]> {
  for (const place of [CALICO, TERWAY]) await untilRolledOut(world.cluster, place);
  const pods = PODS.map(async (selector) => await podNames(world.cluster, selector));
  const changes = [CALICO, TERWAY].map(async (place) => await generationOf(world.cluster, place));
  return await Promise.all([...pods, ...changes]);
}

async function lose(): Promise<void> {
  await world.git.commit('lost', { [NETWORK_FILE]: undefined });
  await world.argo.refresh(APPLICATION);
  await world.argo.untilMessage(APPLICATION, 'waiting for pruning confirmation of');
}

/** As the button of Argo CD does. */
async function confirm(): Promise<void> {
  const annotations = { [CONFIRMED]: new Date().toISOString() };
  await world.argo.patch(APPLICATION, { metadata: { annotations } });
}

async function deletionsByArgo(since: AuditMark): Promise<readonly string[]> {
  const writes = await world.cluster.controlPlane.audit.writesBy(ARGO_USER, { since, verb: 'delete' });
  return writes.map(({ resource, name }) => `${resource}/${name}`);
}

async function untilGone(): Promise<void> {
  await eventually(async () => (await read(world.cluster, network())) === undefined, {
    what: 'the HybridNetwork is gone',
    timeoutMs: 45_000,
  });
}

beforeAll(async () => {
  world = await startArgoCluster();
  await world.cluster.untilOn('k8s-app=calico-node', ['idc-1', 'idc-2', 'idc-3']);
  await world.cluster.untilOn('app=terway-eniip', ['ecs-1', 'ecs-2']);
}, 300_000);

afterAll(async () => {
  await world?.stop();
}, 300_000);

it('a file that is lost in Git changes nothing: the sync waits for a confirmation', async () => {
  const before = await plugIns();
  const since = await world.cluster.controlPlane.audit.mark();
  await lose();
  await sleep(5_000);
  expect(await deletionsByArgo(since)).toEqual([]);
  expect(await changesInWords(world.cluster, since)).toEqual([]);
  expect(await plugIns()).toEqual(before);
}, 300_000);

it('a later commit is held up by it, until the sync is ended', async () => {
  await world.respecInGit({ approveAbove: 7 });
  await sleep(5_000);
  expect((await world.cluster.network()).spec.approveAbove).toBe(20);
  await world.argo.patch(APPLICATION, { status: { operationState: { phase: 'Terminating' } } });
  await world.argo.until(APPLICATION, 'Synced/Healthy');
  expect((await world.cluster.network()).spec.approveAbove).toBe(7);
}, 300_000);

it('once it is confirmed the HybridNetwork goes, and under Retain everything stays where it is', async () => {
  const before = await plugIns();
  await lose();
  await confirm();
  await untilGone();
  await world.argo.untilSucceeded(APPLICATION);
  await sleep(2_000);
  expect(await plugIns()).toEqual(before);
  await world.respecInGit({});
  await world.argo.until(APPLICATION, 'Synced/Healthy');
  expect(await plugIns()).toEqual(before);
}, 300_000);

it('an Application that is deleted leaves all that it has installed', async () => {
  const before = await plugIns();
  await world.cluster.kubectl('-n', 'argocd', 'delete', 'application', APPLICATION);
  await sleep(5_000);
  await world.cluster.untilCondition('Ready', { status: 'True' });
  expect(await plugIns()).toEqual(before);
  await world.argo.apply(world.argo.sample(APPLICATION, world.git.url));
  await world.argo.until(APPLICATION, 'Synced/Healthy');
}, 300_000);

it('under Restore a confirmed deletion is still blocked while cloud nodes are there', async () => {
  await world.respecInGit({ deletionPolicy: 'Restore' });
  await world.argo.until(APPLICATION, 'Synced/Healthy');
  const before = await plugIns();
  await lose();
  await confirm();
  await world.cluster.untilCondition('Ready', { status: 'False', reason: 'DeletionBlocked' });
  await world.argo.untilHealth(APPLICATION, 'HybridNetwork/idc-hangzhou', 'Progressing');
  expect(await plugIns()).toEqual(before);

  await patch(world.cluster, network(), { spec: { deletionPolicy: 'Retain' } });
  await untilGone();
  await world.respecInGit({});
  await world.argo.until(APPLICATION, 'Synced/Healthy');
  expect(await plugIns()).toEqual(before);
}, 300_000);

it('one with the finalizer that deletes what it has installed waits for the confirmation, and leaves the plug-ins alone', async () => {
  const before = await plugIns();
  const since = await world.cluster.controlPlane.audit.mark();
  const finalizers = ['resources-finalizer.argocd.argoproj.io'];
  await world.argo.patch(APPLICATION, { metadata: { finalizers } });
  await world.cluster.kubectl('-n', 'argocd', 'delete', 'application', APPLICATION, '--wait=false');
  await sleep(5_000);
  expect(await deletionsByArgo(since)).toEqual([]);
  expect(await plugIns()).toEqual(before);

  await confirm();
  await untilGone();
  expect(await deletionsByArgo(since)).toContain('hybridnetworks/idc-hangzhou');
  await sleep(2_000);
  expect(await plugIns()).toEqual(before);
}, 300_000);
