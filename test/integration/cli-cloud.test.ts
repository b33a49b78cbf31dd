// `hn check` as a process, with the emulated cloud and without a cluster. With the key of a Secret: cli.test.ts.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startEmulator } from '../alicloud/server.ts';
import type { Emulator } from '../alicloud/server.ts';
import { GOOD_KEY, SECURITY_GROUP, V_SWITCH } from '../alicloud/world.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

const IN_THE_ENVIRONMENT = {
  ALIBABA_CLOUD_ACCESS_KEY_ID: GOOD_KEY.accessKeyId,
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: GOOD_KEY.accessKeySecret,
};

function objectWith(vSwitch: string, zone = 'cn-hangzhou-h'): string {
  return `apiVersion: hybrid.alibabacloud.com/v1alpha1
kind: HybridNetwork
metadata: {name: idc}
spec:
  scenario: BGP
  onPremises: {podCIDRs: [10.100.0.0/16], nodeCIDRs: [192.168.0.0/24]}
  terway:
    eniConfig:
      vSwitches: {${zone}: [${vSwitch}]}
      securityGroupIDs: [${SECURITY_GROUP}]
      serviceCIDR: 172.21.0.0/20
`;
}

let emulator: Emulator;

beforeEach(async () => {
  emulator = await startEmulator();
});

afterEach(async () => {
  await emulator.close();
});

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function check(object: string, env: Readonly<Record<string, string>>, flags = ''): Promise<Said> {
  const argv = ['check', '-f', '-', ...flags.split(' ').filter((flag) => flag !== '')];
  const child = spawn(process.execPath, ['--disable-warning=DEP0040', CLI, ...argv], {
    env: { PATH: process.env['PATH'], CLOUD_ENDPOINT: emulator.url, ...env },
  });
  child.stdin.end(object);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  expect(out + err).not.toContain(GOOD_KEY.accessKeySecret);
  return { code, out, err };
}

test('a good object passes the checks that ask the cloud, in the region of its zones', async () => {
  const { code, out, err } = await check(objectWith(V_SWITCH), IN_THE_ENVIRONMENT);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('HybridNetwork idc (no cluster read, cloud asked)');
  for (const id of ['C10', 'C12', 'C20', 'C30', 'C31', 'C82']) {
    expect(out).toMatch(new RegExp(`^${id} +passed`, 'm'));
  }
  expect(emulator.calls.every(({ query }) => query['RegionId'] === 'cn-hangzhou')).toBe(true);
});

test('a vSwitch that the cloud does not know fails by name, with exit code 1', async () => {
  const { code, out } = await check(objectWith('vsw-bp1gone'), IN_THE_ENVIRONMENT);
  expect(code).toBe(1);
  expect(out).toMatch(/^C10 +FAILED +error .*vsw-bp1gone/m);
});

test('a key that the cloud refuses fails C30, and nothing else is taken for wrong', async () => {
  const env = { ...IN_THE_ENVIRONMENT, ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'NotTheSecretOfIt' };
  const { code, out } = await check(objectWith(V_SWITCH), env);
  expect(code).toBe(1);
  expect(out.match(/^C\d\d +FAILED/gm)).toEqual([expect.stringMatching(/^C30/)]);
  expect(out).not.toContain('NotTheSecretOfIt');
});

test('a role serves where there is no key in the environment', async () => {
  emulator.world.instanceRole = 'reader';
  const env = { ALIBABA_CLOUD_ECS_METADATA: 'reader', CLOUD_IDENTITY_ENDPOINT: emulator.url };
  const { code, out } = await check(objectWith(V_SWITCH), env);
  expect(code).toBe(0);
  expect(out).toMatch(/^C30 +passed/m);
  const keys = emulator.calls.filter(({ action }) => action !== '').map(({ accessKeyId }) => accessKeyId);
  expect(keys.every((key) => key.startsWith('STS.'))).toBe(true);
});

test('without a key no call is made, and each check says how to give one', async () => {
  const { code, out } = await check(objectWith(V_SWITCH), {});
  expect(code).toBe(0);
  expect(out).toContain('cloud not asked');
  expect(out).toMatch(/^C10 .*ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET\.$/m);
  expect(out).toMatch(/^C30 .*ALIBABA_CLOUD_ACCESS_KEY_ID/m);
  expect(emulator.calls).toEqual([]);
});

test('without a region no call is made, and it is asked for', async () => {
  const object = objectWith(V_SWITCH).replace(/ {2}terway:[\s\S]*/, '');
  const { out } = await check(object, IN_THE_ENVIRONMENT);
  expect(out).toMatch(/^C30 .*set spec\.cloud\.regionID/m);
  expect(emulator.calls).toEqual([]);
});

test('a proxy that has no address is wrong usage, and is not quoted', async () => {
  const { code, err } = await check(objectWith(V_SWITCH), {
    ...IN_THE_ENVIRONMENT,
    HTTPS_PROXY: 'user:Password@proxy:3128',
  });
  expect({ code, err }).toEqual({
    code: 2,
    err: 'HTTPS_PROXY or https_proxy must be an address such as http://host:port.\n',
  });
});
