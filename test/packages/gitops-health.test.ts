// The state table, told by the tools that people wait with. The objects are those that the operator would write, stored by a
// real API server and read back.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { Condition, HybridNetwork, HybridNetworkStatus } from '../../src/api/hybrid-network.ts';
import { startControlPlane } from '../cluster/control-plane.ts';
import type { ControlPlane } from '../cluster/types.ts';
import { eventually } from '../support/eventually.ts';
import type { KubeObject } from '../support/hybrid-cluster.ts';
import { networkIn } from '../support/situation.ts';
import { STATES } from '../support/state-table.ts';
import { ARGOCD_CM, argoHealth, isReached, kstatus } from './support/health.ts';
import { ROOT, scratch } from './support/render.ts';

const PATH = '/apis/hybrid.alibabacloud.com/v1alpha1/hybridnetworks';
const MERGE = { contentType: 'application/merge-patch+json' };
const { dir, remove } = scratch();
let controlPlane: ControlPlane;
let number = 0;

beforeAll(async () => {
  controlPlane = await startControlPlane({ without: ['kube-controller-manager', 'kube-scheduler', 'kwok'] });
  await controlPlane.mustKubectl(['apply', '-k', join(ROOT, 'crds')]);
  const isServed = async () => (await controlPlane.api.request('GET', PATH)).status === 200;
  await eventually(isServed, { what: 'the API is served', timeoutMs: 30_000 });
}, 120_000);

afterAll(async () => {
  await remove();
  await controlPlane?.stop();
});

type Sketch = Pick<HybridNetwork, 'metadata' | 'spec'> & { readonly status?: HybridNetworkStatus };

async function read(name: string): Promise<KubeObject> {
  return (await controlPlane.api.call('GET', `${PATH}/${name}`)) as KubeObject;
}

/** Has the API server keep it. Of the spec only what a tool may look at: an invalid one would be refused. */
async function stored({ metadata, spec, status }: Sketch): Promise<KubeObject> {
  const { finalizers = [], deletionTimestamp } = metadata;
  const name = `state-${(number += 1)}`;
  const { scenario, suspend = false } = spec;
  await controlPlane.api.call('POST', PATH, {
    apiVersion: 'hybrid.alibabacloud.com/v1alpha1',
    kind: 'HybridNetwork',
    metadata: { name, finalizers },
    spec: { scenario, suspend },
  });
  if (status !== undefined) await controlPlane.api.call('PATCH', `${PATH}/${name}/status`, { status }, MERGE);
  if (deletionTimestamp !== undefined) await controlPlane.api.call('DELETE', `${PATH}/${name}`);
  return await read(name);
}

/** The message of the condition that decides. */
function decisive({ metadata, spec, status }: Sketch): string {
  const find = (wanted: string): Condition | undefined =>
    (status?.conditions ?? []).find(({ type }) => type === wanted);
  if (metadata.deletionTimestamp !== undefined) return 'Pending deletion';
  if (spec.suspend === true)
    return 'spec.suspend is true: nothing is repaired, and what was held is let go of.';
  return (find('Stalled') ?? find('Reconciling') ?? find('Ready'))?.message ?? 'none';
}

describe('the state table', () => {
  it.each(Object.entries(STATES))('%s', async (_, { situation, ready, argo, kstatus: status }) => {
    const sketch = networkIn(situation);
    const object = await stored(sketch);
    expect(await argoHealth(object, dir)).toEqual({ status: argo, message: decisive(sketch) });
    expect(await kstatus(object)).toMatchObject({ status });
    const isReady = await isReached(controlPlane, object.metadata.name, 'condition=Ready');
    expect(isReady).toBe(ready.startsWith('True/'));
  });

  it('has every health that Argo CD can show, and every status of kstatus', () => {
    const rows = Object.values(STATES);
    expect(new Set(rows.map(({ argo }) => argo))).toEqual(
      new Set(['Healthy', 'Progressing', 'Suspended', 'Degraded']),
    );
    expect(new Set(rows.map((row) => row.kstatus))).toEqual(
      new Set(['Current', 'InProgress', 'Failed', 'Terminating']),
    );
  });
});

describe('before the operator has seen it', () => {
  const fresh: Sketch = { metadata: networkIn({}).metadata, spec: { scenario: 'BGP' } };

  it('a new object is waited for by all three', async () => {
    const object = await stored(fresh);
    expect(await argoHealth(object, dir)).toEqual({
      status: 'Progressing',
      message: 'Waiting for the operator',
    });
    expect(await kstatus(object)).toMatchObject({ status: 'InProgress' });
    expect(await isReached(controlPlane, object.metadata.name, 'condition=Ready')).toBe(false);
  });

  it('a new spec of an object that was well is waited for by all three', async () => {
    const { metadata } = await stored(networkIn({}));
    expect(await isReached(controlPlane, metadata.name, 'condition=Ready')).toBe(true);
    await controlPlane.api.call('PATCH', `${PATH}/${metadata.name}`, { spec: { approveAbove: 7 } }, MERGE);
    const object = await read(metadata.name);
    expect(await argoHealth(object, dir)).toEqual({
      status: 'Progressing',
      message: 'Waiting for the operator to read the latest spec',
    });
    expect(await kstatus(object)).toMatchObject({ status: 'InProgress' });
    expect(await isReached(controlPlane, object.metadata.name, 'condition=Ready')).toBe(false);
  });

  it('one that has no status at all, as under an older CRD, is waited for by Argo CD', async () => {
    const object = { ...(await stored(fresh)), status: undefined };
    expect(await argoHealth(object, dir)).toMatchObject({ status: 'Progressing' });
  });
});

it('kubectl wait --for=delete waits as long as a deletion is blocked, and no longer', async () => {
  const blocked = STATES['a deletion waits'];
  if (blocked === undefined) throw new Error('the table has no deletion');
  const { metadata } = await stored(networkIn(blocked.situation));
  expect(await isReached(controlPlane, metadata.name, 'delete')).toBe(false);
  await controlPlane.api.call('PATCH', `${PATH}/${metadata.name}`, { metadata: { finalizers: [] } }, MERGE);
  const waiting = ['wait', `hn/${metadata.name}`, '--for=delete', '--timeout=10s'];
  expect(await controlPlane.kubectl(waiting)).toMatchObject({ code: 0 });
});

it('what Argo CD is given is the script, under the key that it looks for', () => {
  const { metadata, data } = parse(readFileSync(ARGOCD_CM, 'utf8')) as {
    readonly metadata: object;
    readonly data: Readonly<Record<string, string>>;
  };
  expect(metadata).toEqual({ name: 'argocd-cm', namespace: 'argocd' });
  expect(data).toEqual({
    'resource.customizations.health.hybrid.alibabacloud.com_HybridNetwork': readFileSync(
      join(ROOT, 'deploy/argocd/health.lua'),
      'utf8',
    ),
  });
});

it('without it a HybridNetwork has no health in Argo CD', async () => {
  const cm = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-cm', namespace: 'argocd' } };
  const path = join(dir, 'argocd-cm.json');
  writeFileSync(path, JSON.stringify({ ...cm, data: {} }));
  const told = argoHealth(await stored(networkIn({})), dir, path);
  await expect(told).rejects.toThrow(
    "Health script is not configured for 'hybrid.alibabacloud.com/HybridNetwork'",
  );
});
