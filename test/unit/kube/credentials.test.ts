import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCredentialStore, type CredentialStore } from '../../../src/kube/credentials.ts';
import { failureOf } from '../../../src/plan/failure.ts';

let folder: string;
let now: number;
let store: CredentialStore;

const file = (name: string): string => join(folder, name);

beforeEach(async () => {
  now = 0;
  folder = await mkdtemp(join(tmpdir(), 'credentials-'));
  await writeFile(file('token'), 'one');
  await writeFile(file('ca.crt'), 'first authority');
  const config = new KubeConfig();
  // As client-node's loadFromCluster builds it inside a pod.
  config.loadFromClusterAndUser(
    { name: 'c', server: 'https://10.0.0.1', caFile: file('ca.crt'), skipTLSVerify: false },
    { name: 'u', authProvider: { name: 'tokenFile', config: { tokenFile: file('token') } } },
  );
  store = createCredentialStore(config, () => now);
});

afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

async function headersOf(user: object): Promise<unknown> {
  const config = new KubeConfig();
  const cluster = { name: 'c', server: 'https://10.0.0.1', skipTLSVerify: false };
  config.loadFromClusterAndUser(cluster, { name: 'u', ...user });
  const other = createCredentialStore(config);
  try {
    return (await other.current()).headers;
  } finally {
    await other.close();
  }
}

const token = async (): Promise<string | undefined> => (await store.current()).headers['Authorization'];

describe('credentials in files', () => {
  test('are not read again for half a minute', async () => {
    const first = await store.current();
    await writeFile(file('token'), 'two');
    now = 29_000;
    expect(await store.current()).toBe(first);
  });

  test('that are empty for a moment, while somebody writes them, do not turn us into nobody', async () => {
    const first = await store.current();
    await writeFile(file('token'), '');
    await expect(store.renew(first)).rejects.toThrow('the token file is empty');
    now = 31_000;
    expect(await token()).toBe('Bearer one');
    await writeFile(file('token'), 'two');
    expect(await token()).toBe('Bearer two');
  });

  test('are read again within a minute', async () => {
    expect(await token()).toBe('Bearer one');
    await writeFile(file('token'), 'two');
    now = 31_000;
    expect(await token()).toBe('Bearer two');
  });

  test('are kept while the file is missing for a moment', async () => {
    await token();
    await rm(file('token'));
    now = 31_000;
    expect(await token()).toBe('Bearer one');
  });

  test('that cannot be read at all are a failure that names the file', async () => {
    await rm(file('token'));
    const failure = failureOf(await store.current().catch((error: unknown) => error));
    expect(failure).toMatchObject({ kind: 'Unexpected', message: expect.stringContaining(file('token')) });
  });

  test('share one pool of connections as long as the certificates stay what they are', async () => {
    const { dispatcher } = await store.current();
    await writeFile(file('token'), 'two');
    now = 31_000;
    expect((await store.current()).dispatcher).toBe(dispatcher);
    await writeFile(file('ca.crt'), 'second authority');
    now = 62_000;
    expect((await store.current()).dispatcher).not.toBe(dispatcher);
  });

  test('are renewed once when several requests find them refused', async () => {
    const refused = await store.current();
    await writeFile(file('token'), 'two');
    const renewed = await Promise.all([store.renew(refused), store.renew(refused)]);
    expect(renewed[0]).toBe(renewed[1]);
    expect(await store.renew(refused)).toBe(renewed[0]);
    expect(renewed[0].headers).toEqual({ Authorization: 'Bearer two' });
  });
});

describe('other credentials', () => {
  test('are a token in the kubeconfig, a user to impersonate, a name and a password', async () => {
    expect(await headersOf({ token: 't' })).toEqual({ Authorization: 'Bearer t' });
    expect(await headersOf({ token: 't', impersonateUser: 'jane' })).toMatchObject({
      'Impersonate-User': 'jane',
    });
    expect(await headersOf({ username: 'a', password: 'b' })).toEqual({ Authorization: 'Basic YTpi' });
  });

  test('of a plugin that fails are a failure that does not repeat what it printed', async () => {
    const exec = { command: 'sh', args: ['-c', 'echo hunter2 >&2; exit 1'] };
    const error = await headersOf({ exec }).catch((reason: unknown) => reason);
    expect(failureOf(error).message).toBe(
      'cannot read the credentials of the kubeconfig: the credential plugin failed',
    );
  });
});
