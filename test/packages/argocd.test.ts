// The real Argo CD (application controller, repo server, Redis) installs the operator and its HybridNetwork from Git by the
// Applications of deploy/argocd, and shows how it stands.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import type { AuditEntry, AuditMark } from '../cluster/audit.ts';
import {
  ADDON_SECRET,
  annotationsOf,
  commandIn,
  network,
  patch,
  putSecret,
  read,
} from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { daemonSet } from '../support/manifests.ts';
import { KEY, startArgoCluster } from './support/argo-cluster.ts';
import type { ArgoCluster } from './support/argo-cluster.ts';
import { ARGO_USER } from './support/argo-objects.ts';
import { NAMESPACE } from './support/render.ts';

const APPLICATION = 'hybridnetwork';
const OBJECT = 'HybridNetwork/idc-hangzhou';
const APPROVE = 'hybrid.alibabacloud.com/approve';
const AGENTS = ['idc-log-agent', 'idc-node-agent', 'idc-disk-agent'];
const ON_PREMISES = ['idc-1', 'idc-2', 'idc-3'];
const EVERYWHERE = ['ecs-1', 'ecs-2', ...ON_PREMISES, 'vk-1'];

/** Keeps so many of the agents on-premises; each one more restarts and evicts six pods. */
function keeping(agents: number): object {
  const named = AGENTS.slice(0, agents).map((name) => ({
    kind: 'DaemonSet',
    namespace: 'kube-system',
    name,
  }));
  return { approveAbove: 2, onPremises: { workloads: named } };
}
interface ManagedFields {
  readonly manager: string;
  readonly operation: string;
}

let world: ArgoCluster;
let mark: AuditMark;

/** What Argo CD has written to the HybridNetwork since the test began. */
async function writesOfArgo(): Promise<readonly string[]> {
  const writes = await world.cluster.controlPlane.audit.writesBy(ARGO_USER, {
    since: mark,
    resource: 'hybridnetworks',
    where: ({ requestURI }) => !requestURI.includes('dryRun'),
  });
  return writes.map(({ verb }) => verb);
}

beforeAll(async () => {
  world = await startArgoCluster();
  await world.cluster.apply(...AGENTS.map((name) => daemonSet(name)));
  for (const name of AGENTS) await world.cluster.untilOn(`app=${name}`, EVERYWHERE);
}, 300_000);

afterAll(async () => {
  await world?.stop();
}, 300_000);

beforeEach(async () => {
  mark = await world.cluster.controlPlane.audit.mark();
});

const isUp = (deployment: unknown): boolean => {
  const { spec, status } = deployment as {
    readonly spec: { readonly replicas: number };
    readonly status?: { readonly availableReplicas?: number };
  };
  return status?.availableReplicas === spec.replicas;
};

/** What this request was of the installation. */
function step({
  code,
  user,
  resource,
  subresource,
  requestURI,
  responseObject,
}: AuditEntry): string | undefined {
  if (resource === 'deployments' && subresource === 'status') {
    return code === 200 && isUp(responseObject) ? 'the operator is up' : undefined;
  }
  return code === 201 && user === ARGO_USER && !requestURI.includes('dryRun')
    ? `${resource} created`
    : undefined;
}

// Within one wave Argo CD goes by kinds, which is the same order: what needs the waves is that the operator is up before.
it('installs in waves: the CRD, the operator once that is served, the HybridNetwork once that is up', async () => {
  await world.argo.untilSucceeded(APPLICATION);
  const steps = (await world.cluster.controlPlane.audit.since(world.begin))
    // Calico's Deployment belongs to the other Application.
    .filter(({ namespace }) => namespace === undefined || namespace === NAMESPACE)
    .flatMap((entry) => step(entry) ?? []);
  const wanted = [
    'customresourcedefinitions created',
    'deployments created',
    'the operator is up',
    'hybridnetworks created',
  ];
  expect([...new Set(steps)].filter((one) => wanted.includes(one))).toEqual(wanted);
}, 300_000);

it('turns Degraded with the message when a person is needed, and Healthy again', async () => {
  await putSecret(world.cluster, ADDON_SECRET, { 'access-key-id': 'a b', 'access-key-secret': 'c' });
  const message = await world.argo.untilHealth(APPLICATION, OBJECT, 'Degraded');
  expect(message).toContain('alibaba-addon-secret');
  await world.argo.until(APPLICATION, 'Synced/Degraded');
  await putSecret(world.cluster, ADDON_SECRET, KEY);
  await world.argo.until(APPLICATION, 'Synced/Healthy');
  expect(await writesOfArgo()).toEqual([]);
}, 300_000);

it('shows an awaited approval as Suspended, with the command in its message; the sync is over meanwhile', async () => {
  await world.respecInGit(keeping(1));
  const message = await world.argo.untilHealth(APPLICATION, OBJECT, 'Suspended');
  expect(message).toContain(`kubectl annotate hn idc-hangzhou --overwrite ${APPROVE}=`);
  await world.argo.until(APPLICATION, 'Synced/Suspended');
  await world.argo.untilSucceeded(APPLICATION);

  await world.cluster.kubectl(...commandIn(message));
  await world.cluster.untilOn('app=idc-log-agent', ON_PREMISES);
  await world.argo.until(APPLICATION, 'Synced/Healthy');
}, 300_000);

it('leaves the approval on the object, which is not in Git', async () => {
  await world.argo.refresh(APPLICATION);
  await world.argo.until(APPLICATION, 'Synced/Healthy');
  expect(await annotationsOf(world.cluster, network())).toHaveProperty([APPROVE]);
  expect(await writesOfArgo()).toEqual([]);
}, 300_000);

/** Sets both on the Application, or takes them away. */
async function onServer(isSet: boolean): Promise<void> {
  await world.argo.patch(APPLICATION, {
    metadata: { annotations: { 'argocd.argoproj.io/compare-options': isSet ? 'ServerSideDiff=true' : null } },
    spec: { syncPolicy: { syncOptions: isSet ? ['ServerSideApply=true'] : null } },
  });
}

async function isAppliedOnServer(): Promise<boolean> {
  const { metadata } = await world.cluster.network();
  const { managedFields = [] } = metadata as { readonly managedFields?: readonly ManagedFields[] };
  return managedFields.some(({ manager, operation }) => /argocd/.test(manager) && operation === 'Apply');
}

describe('where it compares and applies on the server', () => {
  beforeAll(async () => await onServer(true));
  afterAll(async () => await onServer(false));

  it('leaves approval, defaults and status alone, too', async () => {
    await world.respecInGit({ ...keeping(1), approveAbove: 3 });
    await eventually(isAppliedOnServer, { what: 'the commit is applied on the server', timeoutMs: 45_000 });
    await world.argo.until(APPLICATION, 'Synced/Healthy');
    expect((await world.cluster.network()).spec.approveAbove).toBe(3);
    expect(await writesOfArgo()).toContain('patch');
    mark = await world.cluster.controlPlane.audit.mark();
    await world.argo.refresh(APPLICATION);
    await sleep(15_000);
    await world.argo.until(APPLICATION, 'Synced/Healthy');
    expect(await annotationsOf(world.cluster, network())).toHaveProperty([APPROVE]);
    expect(await writesOfArgo()).toEqual([]);
  }, 300_000);
});

it('takes an approval that comes by a commit too', async () => {
  await world.respecInGit(keeping(2));
  const message = await world.argo.untilHealth(APPLICATION, OBJECT, 'Suspended');
  const [, hash = ''] = /approve=(\w+)/.exec(message) ?? [];
  await world.argo.untilSucceeded(APPLICATION);
  await world.respecInGit(keeping(2), { annotations: { [APPROVE]: hash } });
  await world.cluster.untilOn('app=idc-node-agent', ON_PREMISES);
  await world.argo.until(APPLICATION, 'Synced/Healthy');
  expect(await annotationsOf(world.cluster, network())).toMatchObject({ [APPROVE]: hash });
}, 300_000);

it('shows spec.suspend as Suspended, and a later commit ends it', async () => {
  await world.respecInGit({ ...keeping(2), suspend: true });
  const message = await world.argo.untilHealth(APPLICATION, OBJECT, 'Suspended');
  expect(message).toContain('spec.suspend is true');
  await world.argo.until(APPLICATION, 'Synced/Suspended');
  await world.respecInGit(keeping(2));
  await world.argo.until(APPLICATION, 'Synced/Healthy');
}, 300_000);

it('puts the spec back to what Git says when somebody changes it by hand', async () => {
  await patch(world.cluster, network(), { spec: { approveAbove: 5 } });
  await eventually(async () => expect((await world.cluster.network()).spec.approveAbove).toBe(2), {
    what: 'Argo CD has put the spec back',
    timeoutMs: 30_000,
  });
  await world.argo.until(APPLICATION, 'Synced/Healthy');
}, 300_000);

/** A ConfigMap in the wave behind the HybridNetwork, as a file of the repository. */
function later(name: string): Readonly<Record<string, string>> {
  const annotations = { 'argocd.argoproj.io/sync-wave': '1' };
  const metadata = { name, namespace: 'kube-system', annotations };
  return { [`hybridnetwork/${name}.yaml`]: stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata }) };
}

const isThere = async (name: string): Promise<boolean> =>
  (await read(world.cluster, { kind: 'ConfigMap', name })) !== undefined;

it('lets a later wave wait for the approval, and every later commit too', async () => {
  await world.respecInGit(keeping(3), { files: later('node-pool') });
  const message = await world.argo.untilHealth(APPLICATION, OBJECT, 'Suspended');
  await world.argo.untilMessage(APPLICATION, 'waiting for healthy state of');
  await world.git.commit('another commit', later('second-pool'));
  await world.argo.refresh(APPLICATION);
  await sleep(5_000);
  expect(await Promise.all([isThere('node-pool'), isThere('second-pool')])).toEqual([false, false]);
  expect(await world.argo.status(APPLICATION)).toMatchObject({ operationState: { phase: 'Running' } });

  await world.cluster.kubectl(...commandIn(message));
  const both = async () => (await isThere('node-pool')) && (await isThere('second-pool'));
  await eventually(both, { what: 'the later wave, and the later commit', timeoutMs: 45_000 });
  await world.argo.until(APPLICATION, 'Synced/Healthy');
}, 300_000);

it('fails over a Degraded object in front of a later wave, and tries again', async () => {
  await putSecret(world.cluster, ADDON_SECRET, { 'access-key-id': 'a b', 'access-key-secret': 'c' });
  await world.argo.until(APPLICATION, 'Synced/Degraded');
  await world.git.commit('a third pool', later('third-pool'));
  await world.argo.refresh(APPLICATION);
  await world.argo.untilMessage(
    APPLICATION,
    'one or more synchronization tasks completed unsuccessfully. Retrying',
  );
  expect(await isThere('third-pool')).toBe(false);
  await putSecret(world.cluster, ADDON_SECRET, KEY);
  await eventually(async () => await isThere('third-pool'), { what: 'the next try', timeoutMs: 45_000 });
}, 300_000);
