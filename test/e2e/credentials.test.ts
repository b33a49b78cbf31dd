import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  ADDON_SECRET,
  changesInWords,
  eniConfigData,
  nextDecision,
  patch,
  putSecret,
  read,
  remove,
  respec,
  secretValues,
} from '../support/by-hand.ts';
import type { Place } from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { networkOf, OPERATOR_USER, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import type { OperatorProcess } from '../support/operator-process.ts';

const SOURCE: Place = { kind: 'Secret', namespace: 'hybridnetwork-system', name: 'ram-user' };
const CREATE_SOURCE =
  'kubectl -n hybridnetwork-system create secret generic ram-user --from-file=access-key-id --from-file=access-key-secret';
const WRITE = 'patch secrets kube-system/alibaba-addon-secret';

interface Key {
  readonly 'access-key-id': string;
  readonly 'access-key-secret': string;
}

/** Every value that ever was in a Secret here. */
const canaries: string[] = [];

function newKey(): Key {
  const n = canaries.length;
  const key = { 'access-key-id': `LTAI5tCanaryId${n}`, 'access-key-secret': `CanarySecretOf${n}Bytes` };
  canaries.push(...Object.values(key));
  return key;
}

describe('the access key in alibaba-addon-secret', () => {
  let cluster: HybridCluster;
  let operator: OperatorProcess;

  async function untilHeld(key: Key): Promise<void> {
    await eventually(async () => expect(await secretValues(cluster)).toMatchObject(key), {
      what: 'alibaba-addon-secret holds the key of the source',
    });
    await cluster.untilCondition('CredentialsSynced', { status: 'True', reason: 'Synced' });
  }

  beforeAll(async () => {
    cluster = await startHybridCluster({ idc: 1, ecs: 1, vk: 0 });
    await cluster.applyFile('test/fixtures/terway.yaml');
    await cluster.applyFile('test/fixtures/eni-config.yaml');
    operator = await cluster.startOperator({ args: ['--log-level=trace', '--fight-limit=0'] });
    await cluster.apply(
      networkOf({ scenario: 'HostNetwork', credentials: { secretRef: { name: 'ram-user' } } }),
    );
  }, 120_000);

  afterAll(async () => {
    await cluster.stop();
  });

  test('a source that is missing is asked for with the command that creates it, and nothing is written', async () => {
    const { message } = await cluster.untilCondition('CredentialsSynced', {
      status: 'False',
      reason: 'SecretNotFound',
    });
    expect(message).toContain('hybridnetwork-system/ram-user');
    expect(message).toContain(CREATE_SOURCE);
    await expect(secretValues(cluster)).resolves.toBeUndefined();
  });

  test('it comes into being as soon as the source does', async () => {
    const key = newKey();
    await putSecret(cluster, SOURCE, { ...key });
    await untilHeld(key);
    await expect(secretValues(cluster)).resolves.toEqual(key);
    await expect(read(cluster, ADDON_SECRET)).resolves.toMatchObject({ type: 'Opaque' });
  });

  test('it follows a rotation of the source by one write, and keys of others in it stay', async () => {
    await patch(cluster, ADDON_SECRET, { data: { 'other-addon': Buffer.from('theirs').toString('base64') } });
    const mark = await cluster.controlPlane.audit.mark();
    const key = newKey();
    await putSecret(cluster, SOURCE, { ...key });
    await untilHeld(key);
    await expect(secretValues(cluster)).resolves.toEqual({ ...key, 'other-addon': 'theirs' });
    // And it is noted on Terway that there is something new to read.
    const writes = await changesInWords(cluster, mark);
    expect(writes.filter((one) => !one.endsWith('/terway-eniip'))).toEqual([WRITE]);
  });

  test('tampering is repaired: another value, a key that is gone, no data at all', async () => {
    const key = newKey();
    await putSecret(cluster, SOURCE, { ...key });
    await untilHeld(key);
    const other = Buffer.from(newKey()['access-key-secret']).toString('base64');
    for (const data of [{ 'access-key-secret': other }, { 'access-key-id': null }, null]) {
      await patch(cluster, ADDON_SECRET, { data });
      await untilHeld(key);
    }
  });

  test('deleted, it is created again', async () => {
    const key = newKey();
    await putSecret(cluster, SOURCE, { ...key });
    await untilHeld(key);
    await remove(cluster, ADDON_SECRET);
    await untilHeld(key);
  });

  test('a line break behind a value and a byte order mark before it do not get through', async () => {
    const key = newKey();
    await putSecret(cluster, SOURCE, {
      'access-key-id': `${key['access-key-id']}\n`,
      'access-key-secret': `\uFEFF${key['access-key-secret']} \r\n`,
    });
    await untilHeld(key);
  });

  test.each([
    ['a key that is missing', (key: Key) => ({ 'access-key-id': key['access-key-id'] }), 'SecretKeyMissing'],
    ['an empty value', (key: Key) => ({ ...key, 'access-key-secret': '\n' }), 'SecretKeyMissing'],
    // oxlint-disable-next-line no-template-curly-in-string -- what a pipeline leaves that did not fill it in
    [
      'a variable that nobody filled in',
      (key: Key) => ({ ...key, 'access-key-id': '${ACCESS_KEY_ID}' }),
      'SecretMalformed',
    ],
    [
      'two lines in one value',
      (key: Key) => ({ ...key, 'access-key-id': `${key['access-key-id']}\nx` }),
      'SecretMalformed',
    ],
  ])('%s in the source is told, and the last good key stays', async (_, spoil, reason) => {
    const good = newKey();
    await putSecret(cluster, SOURCE, { ...good });
    await untilHeld(good);
    const mark = await cluster.controlPlane.audit.mark();
    await putSecret(cluster, SOURCE, spoil(newKey()));
    const { message } = await cluster.untilCondition('CredentialsSynced', { status: 'False', reason });
    expect(message).toContain(CREATE_SOURCE);
    expect(message).toMatch(/access-key-(id|secret)/);
    await expect(secretValues(cluster)).resolves.toMatchObject(good);
    await expect(changesInWords(cluster, mark)).resolves.toEqual([]);
  });

  test('when the source is deleted the last good key stays, and the condition gives the command', async () => {
    const key = newKey();
    await putSecret(cluster, SOURCE, { ...key });
    await untilHeld(key);
    const mark = await cluster.controlPlane.audit.mark();
    await remove(cluster, SOURCE);
    const { message } = await cluster.untilCondition('CredentialsSynced', { reason: 'SecretNotFound' });
    expect(message).toContain(CREATE_SOURCE);
    await expect(secretValues(cluster)).resolves.toMatchObject(key);
    await expect(changesInWords(cluster, mark)).resolves.toEqual([]);
  });

  test('where it goes into eni_conf as well, it stands there and in the Secret', async () => {
    const key = newKey();
    await putSecret(cluster, SOURCE, { ...key });
    await respec(cluster, { credentials: { inENIConfig: 'Always' } });
    await untilHeld(key);
    await eventually(async () => {
      expect(JSON.parse((await eniConfigData(cluster))?.['eni_conf'] ?? '{}')).toMatchObject({
        access_key: key['access-key-id'],
        access_secret: key['access-key-secret'],
      });
    });
    await respec(cluster, { enforcement: 'Observe' });
    await putSecret(cluster, SOURCE, { ...newKey() });
    await eventually(async () => (await cluster.network()).status?.plan?.actions?.length === 3);
    await respec(cluster, { enforcement: 'Enforce', credentials: { inENIConfig: 'Never' } });
  });

  describe('without a source of its own', () => {
    beforeAll(async () => {
      await respec(cluster, { credentials: null });
    });

    test('the one that is there is taken as it is', async () => {
      const mark = await cluster.controlPlane.audit.mark();
      const mine = { ...newKey(), note: 'by onectl' };
      await putSecret(cluster, ADDON_SECRET, mine);
      await putSecret(cluster, SOURCE, { ...newKey() });
      await nextDecision(cluster);
      await cluster.untilCondition('CredentialsSynced', { status: 'True' });
      await expect(secretValues(cluster)).resolves.toEqual(mine);
      await expect(changesInWords(cluster, mark)).resolves.toEqual([]);
    });

    test('white space in it is told, because Terway takes it for a part of the key', async () => {
      const key = newKey();
      await putSecret(cluster, ADDON_SECRET, { ...key, 'access-key-id': `${key['access-key-id']}\n` });
      const { message } = await cluster.untilCondition('CredentialsSynced', { reason: 'SecretMalformed' });
      expect(message).toContain('spec.credentials.secretRef');
    });

    test('its absence is told, and it is not invented', async () => {
      const mark = await cluster.controlPlane.audit.mark();
      await remove(cluster, ADDON_SECRET);
      const { message } = await cluster.untilCondition('CredentialsSynced', { reason: 'SecretNotFound' });
      expect(message).toContain('kubectl -n kube-system create secret generic alibaba-addon-secret');
      await nextDecision(cluster);
      await expect(secretValues(cluster)).resolves.toBeUndefined();
      await expect(changesInWords(cluster, mark)).resolves.toEqual([]);
    });
  });

  test('it outlives the HybridNetwork, and nobody but others ever deletes a Secret', async () => {
    const key = newKey();
    await putSecret(cluster, SOURCE, { ...key });
    await respec(cluster, { deletionPolicy: 'Restore', credentials: { secretRef: { name: 'ram-user' } } });
    await untilHeld(key);
    await cluster.kubectl('delete', 'hn', 'idc-hangzhou', '--timeout=20s');
    await expect(secretValues(cluster)).resolves.toMatchObject(key);
    const deletions = await cluster.controlPlane.audit.entries({
      user: OPERATOR_USER,
      verb: ['delete', 'deletecollection'],
    });
    expect(deletions).toEqual([]);
  });

  // The last one: it looks at everything that the tests above have left behind.
  test('in all this no byte of any key got into a log, an event, a status, a metric or a request that is recorded', async () => {
    const { audit } = cluster.controlPlane;
    const places = {
      output: operator.output(),
      metrics: await (await fetch(`${operator.metricsUrl}/metrics`)).text(),
      events: await cluster.kubectl('get', 'events', '-A', '-o', 'json'),
      'every status there was': JSON.stringify(
        await audit.entries({ resource: 'hybridnetworks', subresource: 'status' }),
      ),
      'audit log': await readFile(audit.path, 'utf8'),
    };
    const texts = canaries.flatMap((text) => [text, Buffer.from(text).toString('base64').replace(/=+$/, '')]);
    expect(texts.length).toBeGreaterThan(40);
    for (const [place, content] of Object.entries(places)) {
      expect(content.length).toBeGreaterThan(200);
      expect({ place, found: texts.filter((text) => content.includes(text)) }).toEqual({ place, found: [] });
    }
  });
});
