// The command-line reader as a process, against a real control plane.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { startEmulator } from '../alicloud/server.ts';
import type { Emulator } from '../alicloud/server.ts';
import { addAccount } from '../alicloud/world.ts';
import { putSecret, ADDON_SECRET } from '../support/by-hand.ts';
import { SOURCE } from '../support/good-cluster.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const KEY = { 'access-key-id': 'LTAI5tForTheReader', 'access-key-secret': 'ReadersSecretValue' };

const ENI_CONF = {
  version: '1',
  vswitches: { 'cn-hangzhou-h': ['vsw-bp1good'] },
  security_group: 'sg-bp1good',
  service_cidr: '10.96.0.0/16',
  eni_tags: { 'ack.aliyun.com': 'cGood' },
  min_pool_size: 0,
  max_pool_size: 5,
};

const SPEC = {
  scenario: 'BGP',
  enforcement: 'Observe',
  onPremises: { podCIDRs: ['10.100.0.0/16'], nodeCIDRs: ['192.168.0.0/16'] },
} as const;

let cluster: HybridCluster;
let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
  addAccount(emulator.world, {
    accessKeyId: KEY['access-key-id'],
    accessKeySecret: KEY['access-key-secret'],
  });
  cluster = await startHybridCluster({ idc: 2, ecs: 1, vk: 0 });
  await cluster.applyFile('test/fixtures/terway.yaml');
  await cluster.applyFile('test/fixtures/calico.yaml');
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'eni-config', namespace: 'kube-system' },
    data: {
      eni_conf: JSON.stringify(ENI_CONF),
      '10-terway.conf': '{"type":"terway"}',
      disable_network_policy: 'true',
    },
  });
  await putSecret(cluster, ADDON_SECRET, KEY);
  await cluster.apply({ ...networkOf({ scenario: 'BGP' }), spec: SPEC });
  await cluster.untilOn('app=terway-eniip', ['ecs-1', 'idc-1', 'idc-2']);
}, 600_000);

afterAll(async () => {
  await cluster?.stop();
  await emulator?.close();
});

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function hn(line: string, kubeconfig?: string, stdin = ''): Promise<Said> {
  const child = spawn(process.execPath, ['--disable-warning=DEP0040', CLI, ...line.split(' ')], {
    env: {
      PATH: process.env['PATH'],
      HOME: cluster.controlPlane.dir,
      CLOUD_ENDPOINT: emulator.url,
      ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig }),
    },
  });
  child.stdin.end(stdin);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out, err };
}

interface Report {
  readonly networks: readonly {
    readonly network: string;
    readonly checks: readonly {
      readonly id: string;
      readonly state: string;
      readonly message?: string;
      readonly why?: string;
    }[];
  }[];
}

async function checks(
  line: string,
  kubeconfig: string,
): Promise<ReadonlyMap<string, Report['networks'][number]['checks'][number]>> {
  const { out, err } = await hn(`${line} -o json`, kubeconfig);
  expect(err).toBe('');
  return new Map(
    (JSON.parse(out) as Report).networks.flatMap((one) => one.checks.map((check) => [check.id, check])),
  );
}

describe('hn check', () => {
  test('finds what is wrong in the cluster, and exits with 1', async () => {
    const { code, out, err } = await hn('check', cluster.controlPlane.kubeconfig);
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out).toContain('HybridNetwork idc-hangzhou (cluster read, cloud asked)');
    expect(out).toMatch(/^C60 +FAILED +error/m);
    expect(out).toMatch(/^C61 +FAILED +error .*kube-system\/calico-node/m);
  });

  test('reads the Service CIDR, the version and the kubelets of the real API server', async () => {
    const found = await checks('check', cluster.controlPlane.kubeconfig);
    expect(found.get('C02')).toMatchObject({ state: 'passed' });
    expect(found.get('C45')).toMatchObject({ state: 'passed' });
    expect(found.get('C33')).toMatchObject({ state: 'passed' });
    expect(found.get('C44')).toMatchObject({ state: 'passed' });
    expect(
      [...found.values()].filter(({ state }) => state === 'unchecked').map(({ why }) => why),
    ).not.toContain('The nodes in detail: not read.');
  });

  test('asks the cloud with the key of alibaba-addon-secret for what eni-config and the nodes name', async () => {
    emulator.forgetCalls();
    const found = await checks('check', cluster.controlPlane.kubeconfig);
    for (const id of ['C10', 'C30', 'C31']) expect(found.get(id)).toMatchObject({ state: 'passed' });
    expect(found.get('C51')).toMatchObject({ state: 'failed' });
    expect(new Set(emulator.calls.map(({ accessKeyId }) => accessKeyId))).toEqual(
      new Set([KEY['access-key-id']]),
    );
  });

  test('judges by another version of Terway', async () => {
    const found = await checks('check --assume-terway 1.16.6', cluster.controlPlane.kubeconfig);
    expect(found.get('C44')).toMatchObject({
      state: 'unchecked',
      why: 'The kernel of these nodes is not known: ecs-1.',
    });
  });

  test('finds an eni_conf that does not fit the cluster, in an object that is not applied yet', async () => {
    const object = stringify({
      ...networkOf({ scenario: 'BGP' }, 'from-a-file'),
      spec: {
        ...SPEC,
        terway: {
          eniConfig: {
            vSwitches: { 'cn-hangzhou-h': ['vsw-bp1good'] },
            securityGroupIDs: ['sg-bp1good'],
            serviceCIDR: '172.16.0.0/16',
          },
        },
      },
    });
    const file = join(cluster.controlPlane.dir, 'object.yaml');
    await writeFile(file, object);
    const byFile = await hn(`check -f ${file}`, cluster.controlPlane.kubeconfig);
    expect(byFile.out).toContain('HybridNetwork from-a-file (cluster read');
    const alone = await hn('check -f - --offline', cluster.controlPlane.kubeconfig, object);
    expect(alone).toMatchObject({ code: 0, err: '' });
    expect(alone.out).toContain('HybridNetwork from-a-file (no cluster read');
  });

  test('with the rights of the operator says what it may not read, and goes on', async () => {
    const kubeconfig = await cluster.controlPlane.kubeconfigFor(
      'hybridnetwork-system',
      'hybridnetwork-operator',
    );
    const since = await cluster.controlPlane.audit.mark();
    const found = await checks('check', kubeconfig);
    expect(found.get('C66')).toMatchObject({ state: 'unchecked' });
    expect(found.get('C66')?.why).toContain('The CRDs of Calico: may not be read');
    expect(found.get('C61')).toMatchObject({ state: 'failed' });
    await hn('plan', kubeconfig);
    expect(await cluster.operatorWrites(since, { all: true })).toEqual([]);
  });

  test('asks the cloud with the key for reading where the object names one, and with no other one', async () => {
    const reader = { 'access-key-id': 'LTAI5tReads', 'access-key-secret': 'ReadsOnlySecret' };
    addAccount(emulator.world, {
      accessKeyId: reader['access-key-id'],
      accessKeySecret: reader['access-key-secret'],
    });
    const spec = { ...SPEC, cloud: { regionID: 'cn-hangzhou', credentialsRef: { name: 'cloud-reader' } } };
    const object = stringify({ ...networkOf({ scenario: 'BGP' }), spec });
    const { kubeconfig } = cluster.controlPlane;
    emulator.forgetCalls();
    const without = await hn('check -f -', kubeconfig, object);
    expect(without.out).toMatch(/^C10 .*there is no Secret hybridnetwork-system\/cloud-reader/m);
    expect(emulator.calls).toEqual([]);

    await putSecret(cluster, { ...SOURCE, name: 'cloud-reader' }, reader);
    const { out } = await hn('check -f -', kubeconfig, object);
    expect(out).toMatch(/^C30 +passed/m);
    expect(new Set(emulator.calls.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['LTAI5tReads']));
  });

  test('never prints a key', async () => {
    const kubeconfig = cluster.controlPlane.kubeconfig;
    const said = await Promise.all(
      ['check', 'check -o json', 'plan', 'plan -o json'].map(async (line) => await hn(line, kubeconfig)),
    );
    const all = said.map(({ out, err }) => out + err).join('');
    for (const value of Object.values(KEY)) expect(all).not.toContain(value);
  });
});

describe('hn plan', () => {
  test('prints what the operator would do, and what it would cost', async () => {
    const { code, out } = await hn('plan idc-hangzhou', cluster.controlPlane.kubeconfig);
    expect(code).toBe(0);
    expect(out).toContain('HybridNetwork idc-hangzhou (observe)');
    expect(out).toMatch(
      /^PlaceOnCloud +DaemonSet\/kube-system\/terway-eniip +withheld +1 restarted, 2 evicted/m,
    );
    expect(out).toMatch(
      /^KeepOffCloud +DaemonSet\/kube-system\/calico-node +withheld +2 restarted, 1 evicted/m,
    );
  });

  test('says what would happen now once the object in a file enforces', async () => {
    const object = stringify({
      ...networkOf({ scenario: 'BGP' }),
      spec: { ...SPEC, enforcement: 'Enforce', approveAbove: 0 },
    });
    const { out } = await hn('plan -f -', cluster.controlPlane.kubeconfig, object);
    expect(out).toContain('HybridNetwork idc-hangzhou (enforce)');
    expect(out).toMatch(/^PlaceOnCloud +DaemonSet\/kube-system\/terway-eniip +now/m);
    expect(out).toMatch(/^KeepOffCloud +DaemonSet\/kube-system\/calico-node +waits for Approval/m);
    expect(out).toContain('kubectl annotate --overwrite hn idc-hangzhou hybrid.alibabacloud.com/approve=');
  });
});

describe('hn plan tries the access key as the operator would', () => {
  const NEW = { 'access-key-id': 'LTAI5tNewOne', 'access-key-secret': 'NewOnesSecret' };
  const spec = {
    ...SPEC,
    enforcement: 'Enforce',
    cloud: { regionID: 'cn-hangzhou' },
    credentials: { secretRef: { name: SOURCE.name } },
  };
  const planned = async (): Promise<string> => {
    const object = stringify({ ...networkOf({ scenario: 'BGP' }), spec });
    const { out, err } = await hn('plan -f -', cluster.controlPlane.kubeconfig, object);
    expect(err).toBe('');
    return out;
  };

  beforeAll(async () => {
    await putSecret(cluster, SOURCE, NEW);
  });

  test('one that the cloud refuses would not be written', async () => {
    const out = await planned();
    expect(out).toMatch(/^CredentialsSynced +failed +SourceStale/m);
    expect(out).toMatch(/^CredentialsValid +failed +SourceStale/m);
    expect(out).not.toMatch(/^WriteSecret/m);
  });

  test('one that cannot be tried from here is told, and would wait', async () => {
    emulator.weather.add({ trouble: { kind: 'error', status: 503, code: 'ServiceUnavailable' } });
    const out = await planned();
    emulator.weather.clear();
    expect(out).toMatch(/^CredentialsValid +unknown +KeyNotTried .*cannot be tried at present/m);
    expect(out).not.toMatch(/^WriteSecret/m);
  });

  test('one that the cloud takes would be written', async () => {
    addAccount(emulator.world, {
      accessKeyId: NEW['access-key-id'],
      accessKeySecret: NEW['access-key-secret'],
    });
    const out = await planned();
    expect(out).toMatch(/^CredentialsValid +ok +KeyAccepted/m);
    expect(out).toMatch(/^WriteSecret +Secret\/kube-system\/alibaba-addon-secret +now/m);
  });
});

describe('a cluster that cannot be read', () => {
  test.each([
    { what: 'no server', server: 'https://127.0.0.1:9', says: 'ECONNREFUSED' },
    {
      what: 'a kubeconfig that is none',
      server: undefined,
      says: 'The kubeconfig cannot be read: see KUBECONFIG.',
    },
  ])('$what exits with 2', async ({ server, says }) => {
    const path = join(cluster.controlPlane.dir, 'elsewhere.yaml');
    const named = {
      name: 'x',
      cluster: { server },
      context: { cluster: 'x', user: 'x' },
      user: { token: 'TokenOfNobody' },
    };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [named],
      users: [named],
      contexts: [named],
      'current-context': 'x',
    };
    await writeFile(path, server === undefined ? 'users: [{user: {token: TokenOfNobody' : stringify(config));
    const { code, out, err } = await hn('check', path);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(says);
    expect(err).not.toContain('TokenOfNobody');
  });

  test('no kubeconfig at all exits with 2', async () => {
    expect(await hn('check')).toEqual({
      code: 2,
      out: '',
      err: 'There is no kubeconfig: set KUBECONFIG, or give an object with -f.\n',
    });
  });

  test('a network that is not there exits with 2', async () => {
    expect(await hn('check nobody', cluster.controlPlane.kubeconfig)).toEqual({
      code: 2,
      out: '',
      err: 'The cluster holds no HybridNetwork nobody.\n',
    });
  });
});
