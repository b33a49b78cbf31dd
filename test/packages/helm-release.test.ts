// The life of a release on a real API server: installed, upgraded, rolled back, tested, removed. kwok plays the kubelets, so
// that pods become ready; none of them runs the operator.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { eventually } from '../support/eventually.ts';
import type { KubeObject } from '../support/hybrid-cluster.ts';
import { CHART, helm, NAMESPACE, ROOT, scratch } from './support/render.ts';
import type { Ran } from './support/render.ts';

const RELEASE = 'hybridnetwork-operator';
const CRD = 'hybridnetworks.hybrid.alibabacloud.com';
const patiently = { timeoutMs: 60_000 };
const { dir, remove } = scratch();

let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane({ name: 'helm' });
  await plane.joinNodes({ idc: 3 });
}, 300_000);

afterAll(async () => {
  await plane?.stop();
  await remove();
});

function environment(): Record<string, string> {
  const home = (name: string) => join(dir, name);
  return {
    KUBECONFIG: plane.kubeconfig,
    HELM_CACHE_HOME: home('cache'),
    HELM_CONFIG_HOME: home('config'),
    HELM_DATA_HOME: home('data'),
  };
}

async function tryHelm(...args: readonly string[]): Promise<Ran> {
  return await helm(['--namespace', NAMESPACE, ...args], environment());
}

async function mustHelm(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await tryHelm(...args);
  if (code !== 0) throw new Error(`helm ${args.join(' ')}:\n${stdout}${stderr}`);
  return stdout;
}

async function get<T extends KubeObject>(kind: string, name: string): Promise<T | undefined> {
  const { code, stdout, stderr } = await plane.kubectl(['-n', NAMESPACE, 'get', kind, name, '-o', 'json']);
  if (code === 0) return JSON.parse(stdout) as T;
  expect(stderr).toContain('NotFound');
  return undefined;
}

interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly spec: { readonly containers: readonly [{ readonly args: readonly string[] }] };
    };
  };
}

async function deployment(): Promise<Deployment['spec'] | undefined> {
  return (await get<Deployment>('deployment', RELEASE))?.spec;
}

interface Definition extends KubeObject {
  readonly spec: {
    readonly versions: readonly [{ readonly additionalPrinterColumns: readonly { name: string }[] }];
  };
}

async function columns(): Promise<readonly string[] | undefined> {
  const crd = await get<Definition>('crd', CRD);
  return crd?.spec.versions[0].additionalPrinterColumns.map(({ name }) => name);
}

/** What the release left in the namespaces that it reaches, and in the cluster. */
async function objectsOfRelease(): Promise<readonly string[]> {
  const kinds =
    'deployments,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,services,networkpolicies,poddisruptionbudgets';
  const label = 'app.kubernetes.io/part-of=hybridnetwork-operator';
  const found = await plane.mustKubectl(['get', kinds, '-A', '-l', label, '-o', 'name']);
  return found.split('\n').filter((line) => line !== '');
}

/** The chart as an older version could have been: a column fewer. */
function olderChart(): string {
  const copy = join(dir, 'older', RELEASE);
  mkdirSync(join(dir, 'older'), { recursive: true });
  cpSync(CHART, copy, { recursive: true });
  const path = join(copy, 'templates/crds/hybridnetworks.yaml');
  const text = readFileSync(path, 'utf8');
  const older = text.replace(/^ *- name: Misplaced\n(?: {10,}.*\n)+/m, '');
  expect(older).not.toBe(text);
  writeFileSync(path, older);
  return copy;
}

const network = {
  apiVersion: 'hybrid.alibabacloud.com/v1alpha1',
  kind: 'HybridNetwork',
  metadata: { name: 'idc-hangzhou' },
  spec: { scenario: 'BGP' },
};

describe('a release', () => {
  it('is installed, and tells the next steps', async () => {
    const older = olderChart();
    const told = await mustHelm(
      'install',
      RELEASE,
      older,
      '--create-namespace',
      '--wait',
      '--timeout',
      '60s',
    );
    expect(told).toContain('STATUS: deployed');
    expect(told).toContain(`kubectl -n ${NAMESPACE} create secret generic ram-user`);
    // The Namespace that `--create-namespace` made has no label.
    expect(told).toContain(`kubectl label --overwrite namespace ${NAMESPACE}`);
    expect(await deployment()).toMatchObject({ replicas: 2 });
    expect((await get('clusterrole', RELEASE))?.metadata['labels']).toMatchObject({
      'app.kubernetes.io/managed-by': 'Helm',
    });
    await eventually(async () => {
      await plane.api.call('POST', '/apis/hybrid.alibabacloud.com/v1alpha1/hybridnetworks', network);
    }, patiently);
  }, 240_000);

  it('is upgraded with other values, and the CRD with it', async () => {
    expect(await columns()).not.toContain('Misplaced');
    const values = ['--set', 'replicas=3', '--set', 'args={--log-level=debug}', '--set', 'guard=full'];
    const more = ['--set', 'highAvailability.enabled=true', '--set', 'podNetwork.enabled=true'];
    await mustHelm('upgrade', RELEASE, CHART, ...values, ...more, '--wait', '--timeout', '100s');
    expect(await columns()).toContain('Misplaced');
    const spec = await deployment();
    expect(spec?.replicas).toBe(3);
    expect(spec?.template.spec).toMatchObject({ dnsPolicy: 'ClusterFirst' });
    expect(spec?.template.spec).not.toHaveProperty('hostNetwork');
    expect(spec?.template.spec.containers[0].args).toContain('--log-level=debug');
    expect(await get('poddisruptionbudget', RELEASE)).toBeDefined();
    expect(await get('networkpolicy', RELEASE)).toBeDefined();
    expect(await get('mutatingadmissionpolicy', 'hybridnetwork-hold')).toBeDefined();
  }, 240_000);

  it('is rolled back', async () => {
    await mustHelm('rollback', RELEASE, '1', '--wait', '--timeout', '100s');
    const spec = await deployment();
    expect(spec?.replicas).toBe(2);
    expect(spec?.template.spec).toMatchObject({ hostNetwork: true, dnsPolicy: 'Default' });
    expect(spec?.template.spec.containers[0].args).not.toContain('--log-level=debug');
    expect(await get('poddisruptionbudget', RELEASE)).toBeUndefined();
    expect(await get('mutatingadmissionpolicy', 'hybridnetwork-hold')).toBeUndefined();
    expect(await get('hybridnetwork', 'idc-hangzhou')).toBeDefined();
  }, 240_000);

  it('is removed: what people wrote, the CRD and the Namespace stay', async () => {
    await plane.mustKubectl([
      '-n',
      NAMESPACE,
      'create',
      'secret',
      'generic',
      'ram-user',
      '--from-literal=a=b',
    ]);
    expect((await objectsOfRelease()).length).toBeGreaterThan(8);
    await mustHelm('uninstall', RELEASE, '--wait');
    expect(await objectsOfRelease()).toEqual([]);
    expect(await columns()).toBeDefined();
    expect(await get('hybridnetwork', 'idc-hangzhou')).toBeDefined();
    expect(await get('secret', 'ram-user')).toBeDefined();
    expect(await get('namespace', NAMESPACE)).toBeDefined();
  }, 240_000);

  it('comes back beside what stayed', async () => {
    await mustHelm('install', RELEASE, CHART, '--wait', '--timeout', '100s');
    expect(await columns()).toContain('Misplaced');
    expect(await get('hybridnetwork', 'idc-hangzhou')).toBeDefined();
  }, 240_000);
});

interface Pod extends KubeObject {
  readonly status: { readonly phase?: string };
}

/** A kubelet that runs the test's Pod to an end. */
async function endOfTestPod(phase: 'Succeeded' | 'Failed'): Promise<void> {
  const path = `/api/v1/namespaces/${NAMESPACE}/pods/${RELEASE}-test`;
  await eventually(async () => {
    const { status } = (await plane.api.call('GET', path)) as Pod;
    expect(status.phase).toBe('Running');
  }, patiently);
  const merge = { contentType: 'application/merge-patch+json' };
  await plane.api.call('PATCH', `${path}/status`, { status: { phase } }, merge);
}

describe('helm test', () => {
  it('succeeds and fails with its Pod', async () => {
    const [good] = await Promise.all([
      tryHelm('test', RELEASE, '--timeout', '100s'),
      endOfTestPod('Succeeded'),
    ]);
    expect(good).toMatchObject({ code: 0, stdout: expect.stringMatching(/Phase: +Succeeded/) });
    const [bad] = await Promise.all([tryHelm('test', RELEASE, '--timeout', '100s'), endOfTestPod('Failed')]);
    expect(bad.code).not.toBe(0);
  }, 240_000);

  /** The script of the Pod, as the Pod would run it. */
  async function script(patienceMs: number): Promise<Ran> {
    const account = join(dir, 'account');
    mkdirSync(account, { recursive: true });
    writeFileSync(join(account, 'ca.crt'), plane.ca);
    writeFileSync(join(account, 'token'), await plane.tokenFor(NAMESPACE, RELEASE));
    const { hostname, port } = new URL(plane.url);
    const env = {
      ACCOUNT_DIR: account,
      POD_NAMESPACE: NAMESPACE,
      PATIENCE_MS: String(patienceMs),
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
    };
    return await new Promise((resolve, reject) => {
      const text = readFileSync(join(CHART, 'files/ready.mjs'), 'utf8');
      const child = spawn(process.execPath, ['--input-type=module', '--eval', text], { env });
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      child.on('error', reject);
      child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
    });
  }

  const leases = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`;
  const lease = (renewTime: Date) => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: RELEASE },
    spec: {
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      renewTime: renewTime.toISOString().replace('Z', '000Z'),
    },
  });

  it('asks, with the rights of the operator, whether a replica leads', async () => {
    expect(await script(0)).toMatchObject({ code: 1, stderr: expect.stringContaining('leases/') });
    await plane.api.call('POST', leases, lease(new Date(0)));
    expect(await script(0)).toMatchObject({ code: 1, stderr: expect.stringContaining('no replica leads') });
    await plane.api.call('DELETE', `${leases}/${RELEASE}`);
    await plane.api.call('POST', leases, lease(new Date()));
    expect(await script(0)).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('a replica leads'),
    });
  }, 120_000);

  it('asks whether a replica is ready', async () => {
    await plane.mustKubectl(['-n', NAMESPACE, 'scale', 'deployment', RELEASE, '--replicas=0']);
    await eventually(async () => {
      expect(await script(0)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('no replica is ready'),
      });
    }, patiently);
  }, 120_000);
});

describe('from one way of installing to the other', () => {
  it('a release takes over what kubectl applied', async () => {
    await mustHelm('uninstall', RELEASE, '--wait');
    await plane.mustKubectl(['apply', '-k', join(ROOT, 'deploy')]);
    const refused = await tryHelm('install', RELEASE, CHART);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('invalid ownership metadata');
    await mustHelm(
      'install',
      RELEASE,
      CHART,
      '--take-ownership',
      '--force-conflicts',
      '--wait',
      '--timeout',
      '60s',
    );
    expect(await deployment()).toMatchObject({ replicas: 2 });
    // kubectl still counts as an owner of what it applied, so an upgrade has to say that it is not.
    const one = ['upgrade', RELEASE, CHART, '--set', 'replicas=1', '--wait', '--timeout', '100s'];
    expect((await tryHelm(...one)).stderr).toContain('conflict with "kubectl-client-side-apply"');
    await mustHelm(...one, '--force-conflicts');
    expect(await deployment()).toMatchObject({ replicas: 1 });
  }, 240_000);

  it('the Namespace becomes part of the release, with its labels, and stays', async () => {
    await mustHelm('uninstall', RELEASE, '--wait');
    await plane.mustKubectl(['delete', 'namespace', NAMESPACE, '--timeout=60s']);
    const told = await mustHelm(
      ...['install', RELEASE, CHART, '--create-namespace', '--take-ownership'],
      ...['--set', 'namespace.create=true', '--wait', '--timeout', '100s'],
    );
    expect(told).not.toContain('kubectl label');
    expect((await get('namespace', NAMESPACE))?.metadata['labels']).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'privileged',
    });
    await mustHelm('uninstall', RELEASE, '--wait');
    expect(await get('namespace', NAMESPACE)).toBeDefined();
  }, 180_000);
});
