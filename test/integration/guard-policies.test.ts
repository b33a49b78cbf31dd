// The policies of deploy/guard besides the hold: first sight, node labels, and what is left of the guard on older API servers.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { HOLD_ANNOTATION } from '../../src/api/annotations.ts';
import { exclude, exclusionsFor, hasForeignTerms, isExcluded } from '../../src/plan/exclusion.ts';
import type { NodeFact, PodTemplate, Workload } from '../../src/plan/facts.ts';
import { recordOf } from '../../src/plan/hold.ts';
import { keepOff } from '../../src/plan/keep-off.ts';
import { managerOf, mayWrite } from '../../src/plan/managers.ts';
import { CLOUD_LABEL, doubtfulNodes, kindOfNode } from '../../src/plan/nodes.ts';
import type { ApiResponse } from '../cluster/api.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { anyAdverseTemplate } from '../support/any-affinity.ts';
import { eventually } from '../support/eventually.ts';
import { restored, shown } from '../support/guard-cases.ts';
import { networkOf } from '../support/hybrid-cluster.ts';
import { network, node } from '../support/make-facts.ts';
import { APPLIED, byHelm, byTigera, daemonSet } from '../support/make-workload.ts';
import type { WorkloadOptions } from '../support/make-workload.ts';
import { untilEstablished } from '../support/established.ts';

const DAEMON_SETS = '/apis/apps/v1/namespaces/kube-system/daemonsets';
const NETWORKS = '/apis/hybrid.alibabacloud.com/v1alpha1/hybridnetworks';
const MERGE = { contentType: 'application/merge-patch+json' };
const ON_CLOUD = { [CLOUD_LABEL]: 'true' };

let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane({
    name: 'guard-policies',
    auditLog: false,
    without: ['kube-controller-manager', 'kube-scheduler', 'kwok'],
  });
  await plane.mustKubectl(['apply', '-k', 'crds']);
  await untilEstablished(plane);
  await plane.mustKubectl(['apply', '-k', 'deploy/guard-validating']);
}, 600_000);

afterAll(async () => {
  await plane?.stop();
});

interface Owned {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: NonNullable<WorkloadOptions['ownerReferences']>;
}

function objectOf(name: string, spec: PodTemplate['spec'], metadata: Owned = {}) {
  const labels = { app: name };
  const owners = (metadata.ownerReferences ?? []).map((one) => ({ ...one, uid: 'uid-of-the-owner' }));
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { ...metadata, name, namespace: 'kube-system', ownerReferences: owners },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { ...spec, containers: [{ name: 'main', image: 'example.com/agent:v1' }] },
      },
    },
  };
}

async function create(name: string, spec: PodTemplate['spec'], metadata?: Owned): Promise<ApiResponse> {
  return await plane.api.request('POST', `${DAEMON_SETS}?dryRun=All`, objectOf(name, spec, metadata));
}

/** A HybridNetwork as the operator leaves it: with what it waits for in its status. */
async function waitingFor(name: string, spec: object, workloads: readonly string[]): Promise<void> {
  await plane.api.request('POST', NETWORKS, networkOf({ scenario: 'BGP', ...spec }, name));
  const entry = (one: string) => ({
    kind: 'DaemonSet',
    namespace: 'kube-system',
    name: one,
    state: 'Absent',
  });
  await plane.api.call(
    'PATCH',
    `${NETWORKS}/${name}/status`,
    { status: { workloads: workloads.map(entry) } },
    MERGE,
  );
}

const placementOf = (body: unknown) =>
  (body as { readonly spec: { readonly template: PodTemplate } }).spec.template;
const annotationsOf = (body: unknown) =>
  (body as { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } }).metadata
    .annotations ?? {};

describe('deploy/guard-validating alone', () => {
  it('refuses to create the Terway of a HybridNetwork without the node selector, and says why', async () => {
    await waitingFor('idc', {}, ['terway-eniip']);
    await eventually(
      async () => {
        const { status, body } = await create('terway-eniip', {});
        expect(status).toBe(422);
        expect(JSON.stringify(body)).toContain('this is the Terway of HybridNetwork idc');
      },
      { what: 'the policies are in force', timeoutMs: 40_000 },
    );
    expect((await create('terway-eniip', { nodeSelector: ON_CLOUD })).status).toBe(201);
    expect((await create('another', {})).status).toBe(201);
  }, 60_000);

  it('refuses to take the node selector from a held Terway, and nothing else', async () => {
    const held = { annotations: { [HOLD_ANNOTATION]: 'cloud-only' } };
    await plane.api.call('POST', DAEMON_SETS, objectOf('terway-eniip', { nodeSelector: ON_CLOUD }, held));
    const path = `${DAEMON_SETS}/terway-eniip`;
    expect((await plane.api.request('PUT', path, objectOf('terway-eniip', {}))).status).toBe(422);
    const moved = { spec: { template: { spec: { nodeSelector: { [CLOUD_LABEL]: 'false' } } } } };
    expect((await plane.api.request('PATCH', path, moved, MERGE)).status).toBe(422);
    const other = { spec: { template: { spec: { hostNetwork: true } } } };
    expect((await plane.api.request('PATCH', path, other, MERGE)).status).toBe(200);
    await plane.api.call('DELETE', path);
  });

  it('lets a Terway go that is suspended', async () => {
    await plane.api.call('PATCH', `${NETWORKS}/idc`, { spec: { suspend: true } }, MERGE);
    await eventually(async () => expect((await create('terway-eniip', {})).status).toBe(201));
    await plane.api.call('DELETE', `${NETWORKS}/idc`);
  });
});

describe('the labels of a node', () => {
  const IDS = [
    undefined,
    'cn-hangzhou.i-bp1abc',
    'alicloud://cn-hangzhou.i-bp1abc',
    'k3s://idc-1',
    'cn-hangzhou.vk-1',
  ];
  const SIDES = [undefined, 'true', 'false'].flatMap((cloud) =>
    [undefined, 'virtual-kubelet', 'bare-metal'].map((type) => ({ [CLOUD_LABEL]: cloud, type })),
  );
  type Side = (typeof SIDES)[number];

  const factOf = (
    labels: Readonly<Record<string, string | undefined>>,
    providerID: string | undefined,
  ): NodeFact => ({
    ...node('onPremises', 'a'),
    labels: JSON.parse(JSON.stringify(labels)) as Record<string, string>,
    ...(providerID === undefined ? {} : { providerID }),
  });

  /** What the plan would name, or count on another side. */
  function isWrong(before: Side, after: Side, providerID: string | undefined): boolean {
    const isVirtual = (side: Side): boolean => kindOfNode(factOf(side, providerID)) === 'virtual';
    if (isVirtual(before) !== isVirtual(after)) return true;
    const wasCloud = before[CLOUD_LABEL] === 'true';
    const isCloud = after[CLOUD_LABEL] === 'true';
    const { [CLOUD_LABEL]: cloud } = after;
    return wasCloud !== isCloud && doubtfulNodes([factOf({ [CLOUD_LABEL]: cloud }, providerID)]).length > 0;
  }

  const NODES = IDS.flatMap((providerID, n) =>
    SIDES.map((before, m) => ({ name: `node-${n}-${m}`, providerID, before })),
  );
  const CHANGES = NODES.flatMap((one) => SIDES.map((after) => ({ ...one, after })));

  it('change sides only as its providerID has it, or with the annotation', async () => {
    for (const { name, providerID, before } of NODES) {
      const spec = providerID === undefined ? {} : { providerID };
      await plane.api.call('POST', '/api/v1/nodes', { metadata: { name, labels: before }, spec });
    }
    let refused = 0;
    for (const { name, providerID, before, after } of CHANGES) {
      const labels = { [CLOUD_LABEL]: after[CLOUD_LABEL] ?? null, type: after.type ?? null };
      const send = async (path: string, annotations: object = {}): Promise<number> => {
        const change = { metadata: { labels, annotations } };
        return (await plane.api.request('PATCH', `/api/v1/nodes/${path}?dryRun=All`, change, MERGE)).status;
      };
      const context = JSON.stringify({ providerID, before, after });
      const wrong = isWrong(before, after, providerID);
      const wanted = { status: wrong ? 422 : 200, context };
      expect({ status: await send(name), context }).toEqual(wanted);
      expect({ status: await send(`${name}/status`), context }).toEqual(wanted);
      expect(await send(name, { 'hybrid.alibabacloud.com/allow-label-change': 'true' })).toBe(200);
      refused += wrong ? 1 : 0;
    }
    expect(refused).toBeGreaterThan(100);
  }, 120_000);
});

describe('a workload that a HybridNetwork waits for', () => {
  const OWNERS: readonly Owned[] = [
    {},
    { annotations: APPLIED },
    byHelm('cni'),
    { labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
    { labels: { 'app.kubernetes.io/managed-by': 'Helm' }, annotations: APPLIED },
    byHelm('rke2-cni'),
    byTigera('agent'),
    { labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile' } },
    { labels: { 'addonmanager.kubernetes.io/mode': 'EnsureExists' } },
    { labels: { 'kustomize.toolkit.fluxcd.io/name': 'cni' } },
    { labels: { 'eks.amazonaws.com/component': 'cni' } },
    {
      annotations: {
        'objectset.rio.cattle.io/owner-gvk': 'helm.cattle.io/v1, Kind=HelmChart',
        'objectset.rio.cattle.io/owner-name': 'x',
      },
    },
    { annotations: { 'objectset.rio.cattle.io/owner-name': 'x' } },
    { annotations: { 'networkoperator.openshift.io/x': 'y' } },
    { annotations: { 'argocd.argoproj.io/tracking-id': 'app:apps/DaemonSet:kube-system/both' } },
  ];

  beforeAll(async () => {
    await plane.mustKubectl(['apply', '-k', 'deploy/guard']);
    await waitingFor('idc', {}, ['both', 'terway-eniip', 'kube-proxy']);
    await waitingFor('loose', { onPremises: { excludeVirtualNodes: false } }, ['cloud']);
    // In Enforce, and not in charge: its status lists nothing.
    await waitingFor('loser', {}, []);
    await eventually(
      async () => {
        for (const name of ['both', 'cloud', 'terway-eniip']) {
          const { body } = await create(name, {});
          if (!(HOLD_ANNOTATION in annotationsOf(body))) throw new Error(`${name} was not seen`);
        }
      },
      { what: 'the policies are in force', timeoutMs: 60_000 },
    );
  }, 120_000);

  /** The plan's first write, had it no pods to think of; undefined where it leaves the workload alone. */
  function writtenAtFirst(isBoth: boolean, owner: Owned, template: PodTemplate) {
    const exclusions = exclusionsFor({ excludeVirtualNodes: isBoth });
    const workload: Workload = { ...daemonSet({ name: isBoth ? 'both' : 'cloud', ...owner }), template };
    const spec = { onPremises: { excludeVirtualNodes: isBoth } };
    if (keepOff(network({ spec }), workload, []).problem !== undefined) return undefined;
    if (!mayWrite(managerOf(workload), hasForeignTerms(template))) return undefined;
    if (isExcluded(template, exclusions)) return undefined;
    const { affinity } = exclude(template, exclusions, undefined);
    return isBoth
      ? { affinity, hold: 'on-premises-only', by: 'idc' }
      : { affinity, hold: 'not-cloud', by: 'loose' };
  }

  it('is created as the plan would write it, 600 times', async () => {
    const counts = { written: 0, left: 0 };
    const cases = fc.sample(fc.tuple(fc.boolean(), fc.constantFrom(...OWNERS), anyAdverseTemplate), {
      numRuns: 600,
      seed: 20_261_125,
    });
    for (const [isBoth, owner, template] of cases) {
      const name = isBoth ? 'both' : 'cloud';
      const { status, body } = await create(name, template.spec, owner);
      const context = JSON.stringify({ name, owner, template, body });
      expect({ status, context }).toEqual({ status: 201, context });
      const answer = { template: placementOf(body), annotations: annotationsOf(body) };
      const written = writtenAtFirst(isBoth, owner, template);
      counts[written === undefined ? 'left' : 'written'] += 1;
      const wanted = written === undefined ? template.spec.affinity : written.affinity;
      expect({ is: shown(answer.template.spec.affinity), context }).toEqual({ is: shown(wanted), context });
      expect(answer.annotations[HOLD_ANNOTATION]).toBe(written?.hold);
      expect(recordOf(answer)?.by).toBe(written?.by);
      expect({ is: shown(restored(answer)), context }).toEqual({
        is: shown(template.spec.affinity),
        context,
      });
    }
    expect(Math.min(counts.written, counts.left)).toBeGreaterThan(100);
  }, 120_000);

  it('is Terway: it gets the node selector, and nothing else', async () => {
    const { body } = await create('terway-eniip', { nodeSelector: { a: 'b' } });
    expect(placementOf(body).spec.nodeSelector).toEqual({ a: 'b', ...ON_CLOUD });
    expect(placementOf(body).spec.affinity).toBeUndefined();
    expect(annotationsOf(body)[HOLD_ANNOTATION]).toBe('cloud-only');
  });

  it('is never kube-proxy, nor one that no status lists', async () => {
    for (const name of ['kube-proxy', 'unknown']) {
      const { body } = await create(name, {});
      expect(placementOf(body).spec.affinity).toBeUndefined();
      expect(annotationsOf(body)).not.toHaveProperty([HOLD_ANNOTATION]);
    }
  });
});

describe('the texts of the two mutating policies', () => {
  it('are the same where they say so', async () => {
    const shared = async (file: string): Promise<string | undefined> =>
      /from here …\n([\s\S]*)# … to here/.exec(await readFile(`deploy/guard/${file}`, 'utf8'))?.[1];
    const hold = await shared('hold.yaml');
    expect(hold).toContain('- name: insertions');
    expect(await shared('first-sight.yaml')).toBe(hold);
  });
});
