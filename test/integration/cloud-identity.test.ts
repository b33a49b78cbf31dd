// Identities that have to be fetched: the role of a service account (RRSA) and that of an ECS instance.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createCloud } from '../../src/cloud/cloud.ts';
import type { Cloud } from '../../src/cloud/cloud.ts';
import type { CloudIdentity } from '../../src/cloud/identity.ts';
import { processIdentityOf } from '../../src/cloud/sources/process.ts';
import { CloudError } from '../../src/cloud/trouble.ts';
import { startEmulator } from '../alicloud/server.ts';
import type { Emulator } from '../alicloud/server.ts';
import { GOOD_KEY, REGION } from '../alicloud/world.ts';
import { identityOf } from '../support/make-identity.ts';
import { ShiftedClock } from '../support/shifted-clock.ts';

const ROLE = 'acs:ram::1234567890:role/hybridnetwork';
const TOKEN = 'header.payload.signature';
const QUERY = { regionId: REGION, vSwitchIds: ['vsw-bp1good'], securityGroupIds: [], instanceIds: [] };

let emulator: Emulator;
let cloud: Cloud;
let clock: ShiftedClock;
let folder: string;
let tokenFile: string;

beforeEach(async () => {
  emulator = await startEmulator();
  emulator.world.oidcTokens.set(TOKEN, ROLE);
  clock = new ShiftedClock();
  cloud = createCloud({ clock, endpoint: emulator.url });
  folder = mkdtempSync(join(tmpdir(), 'rrsa-'));
  tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, `${TOKEN}\n`);
});

afterEach(async () => {
  await cloud.close();
  await emulator.close();
  rmSync(folder, { recursive: true });
});

function rrsa(roleArn = ROLE): () => Promise<CloudIdentity | undefined> {
  const oidcProviderArn = 'acs:ram::1234567890:oidc-provider/ack-rrsa';
  return cloud.rrsa({ roleArn, oidcProviderArn, tokenFile, regionId: REGION, endpoint: emulator.url });
}

async function troubleOf(source: () => Promise<unknown>): Promise<unknown> {
  const error = await source().catch((thrown: unknown) => thrown);
  return error instanceof CloudError ? error.trouble : error;
}

describe('the role of a service account', () => {
  test('is taken with the token of the file, and its session signs', async () => {
    const { vpc } = await cloud.reader(rrsa()).gather(QUERY);
    expect(vpc).toMatchObject({ state: 'known' });
    const keys = emulator.calls
      .filter(({ action }) => action.startsWith('Describe'))
      .map((call) => call.accessKeyId);
    expect(keys.every((key) => key.startsWith('STS.'))).toBe(true);
  });

  test('is taken once, however many ask', async () => {
    const source = rrsa();
    await Promise.all(Array.from({ length: 8 }, source));
    expect(emulator.callsOf('AssumeRoleWithOIDC')).toHaveLength(1);
  });

  test('is renewed before its session ends, and the old session serves while STS is away', async () => {
    const source = rrsa();
    const first = await source();
    clock.shift(50 * 60_000);
    emulator.weather.add({
      action: 'AssumeRoleWithOIDC',
      times: 1,
      trouble: { kind: 'error', status: 503, code: 'ServiceUnavailable' },
    });
    expect(await source()).toBe(first);
    clock.shift(60_000);
    expect(await source()).not.toBe(first);
  });

  test('is not stood for by an expired session', async () => {
    const source = rrsa();
    await source();
    clock.shift(61 * 60_000);
    emulator.weather.add({
      action: 'AssumeRoleWithOIDC',
      trouble: { kind: 'error', status: 503, code: 'ServiceUnavailable' },
    });
    expect(await troubleOf(source)).toMatchObject({ reason: 'Unreachable', action: 'AssumeRoleWithOIDC' });
  });

  test('is refused to a token that nobody trusts, and to another role', async () => {
    writeFileSync(tokenFile, 'forged.to.ken');
    const trouble = await troubleOf(rrsa());
    expect(trouble).toMatchObject({
      reason: 'InvalidCredentials',
      code: 'AuthenticationFail.OIDCToken.Invalid',
    });
    expect(JSON.stringify(trouble)).not.toContain('forged');
    writeFileSync(tokenFile, TOKEN);
    expect(await troubleOf(rrsa('acs:ram::1:role/other'))).toMatchObject({
      code: 'AuthenticationFail.NoPermission',
    });
  });

  test('cannot be taken without a token', async () => {
    rmSync(tokenFile);
    expect(await troubleOf(rrsa())).toMatchObject({ reason: 'NoCredentials', failure: { kind: 'NotYet' } });
  });
});

describe('the role of an ECS instance', () => {
  test('is read from the hardened metadata service', async () => {
    emulator.world.instanceRole = 'hybridnetwork';
    const { vpc } = await cloud.reader(cloud.ramRole({ endpoint: emulator.url })).gather(QUERY);
    expect(vpc).toMatchObject({ state: 'known' });
  });

  test('is missing where the instance has none', async () => {
    expect(await troubleOf(cloud.ramRole({ endpoint: emulator.url }))).toMatchObject({
      reason: 'NoCredentials',
    });
  });
});

describe('the identity of a process', () => {
  const rrsaOptions = {
    roleArn: ROLE,
    oidcProviderArn: 'acs:ram::1234567890:oidc-provider/ack-rrsa',
  };

  test('is the role of its service account before that of its instance, with one session for a region', async () => {
    emulator.world.instanceRole = 'hybridnetwork';
    const own = processIdentityOf(cloud, {
      rrsa: { ...rrsaOptions, tokenFile },
      ecsRole: 'hybridnetwork',
      endpoint: emulator.url,
    });
    await Promise.all([own?.(REGION)(), own?.(REGION)()]);
    expect(emulator.callsOf('AssumeRoleWithOIDC')).toHaveLength(1);
    await own?.('cn-beijing')();
    expect(emulator.callsOf('AssumeRoleWithOIDC')).toHaveLength(2);
  });

  test('is the role of its instance, by its name', async () => {
    emulator.world.instanceRole = 'hybridnetwork';
    const own = processIdentityOf(cloud, { ecsRole: 'hybridnetwork', endpoint: emulator.url });
    const { vpc } = await cloud.reader(own?.(REGION) ?? (async () => undefined)).gather(QUERY);
    expect(vpc).toMatchObject({ state: 'known' });
  });

  test('is none where none was given', () => {
    expect(processIdentityOf(cloud, {})).toBeUndefined();
  });
});

describe('a session that has expired in the cloud', () => {
  test('is not an identity, and that is what is said', async () => {
    const source = rrsa();
    await source();
    for (const account of emulator.world.accounts)
      if (account.securityToken !== undefined) account.expiresAt = 0;
    const { vSwitches } = await cloud.reader(source).gather(QUERY);
    expect(vSwitches).toMatchObject({
      state: 'unknown',
      trouble: { reason: 'InvalidCredentials', code: 'InvalidSecurityToken.Expired' },
    });
  });
});

describe('an egress proxy', () => {
  let proxy: Server;
  let tunnels: string[];

  beforeEach(async () => {
    tunnels = [];
    proxy = createServer();
    proxy.on('connect', (request, client, head) => {
      tunnels.push(request.url ?? '');
      const { hostname, port } = new URL(`http://${request.url}`);
      const upstream = connect(Number(port), hostname, () => {
        client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        upstream.write(head);
        upstream.pipe(client).pipe(upstream);
      });
      upstream.on('error', () => client.destroy());
      client.on('error', () => upstream.destroy());
    });
    await new Promise<void>((resolve) => {
      proxy.listen(0, '127.0.0.1', resolve);
    });
  });

  afterEach(async () => {
    proxy.closeAllConnections();
    await new Promise((resolve) => {
      proxy.close(resolve);
    });
  });

  const through = async (noProxy?: string): Promise<unknown> => {
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const proxied = createCloud({ clock, endpoint: emulator.url, proxy: { url, noProxy } });
    const result = await proxied.probe(identityOf(GOOD_KEY), REGION);
    await proxied.close();
    return result;
  };

  test('carries the calls', async () => {
    expect(await through()).toEqual({ state: 'accepted' });
    expect(tunnels).toEqual([new URL(emulator.url).host]);
  });

  test('is left out for hosts that are to be reached without it', async () => {
    expect(await through('.example, 127.0.0.1')).toEqual({ state: 'accepted' });
    expect(tunnels).toEqual([]);
  });
});
