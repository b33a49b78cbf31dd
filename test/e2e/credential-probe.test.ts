// A key on its way from its Secret to Terway: tried at the emulated cloud first.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCloud } from '../../src/cloud/cloud.ts';
import type { Cloud } from '../../src/cloud/cloud.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { AuditMark } from '../cluster/audit.ts';
import { median, percentile } from '../bench/statistics.ts';
import { startEmulator } from '../alicloud/server.ts';
import type { Emulator } from '../alicloud/server.ts';
import { addAccount, REGION } from '../alicloud/world.ts';
import {
  ADDON_SECRET,
  changesInWords,
  nextDecision,
  putSecret,
  remove,
  respec,
  secretValues,
  untilAuditClock,
} from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { GOOD_DATA, SOURCE } from '../support/good-cluster.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import { identityOf } from '../support/make-identity.ts';

const ROTATIONS = 100;
const PUBLISH_MS = 1_000;
/** So long what the cloud said of a key does for a decision that would overwrite another one. */
const FRESH_MS = 5_500;

interface Key {
  readonly 'access-key-id': string;
  readonly 'access-key-secret': string;
}

describe('the trial of an access key', () => {
  let cluster: HybridCluster;
  let emulator: Emulator;
  let made = 0;

  /** A key that the cloud knows, or one that it does not. */
  function newKey(how: 'known' | 'unknown' = 'known'): Key {
    made += 1;
    const key = { 'access-key-id': `LTAI5tTrialId${made}`, 'access-key-secret': `TrialSecretOf${made}Bytes` };
    if (how === 'known') know(key);
    return key;
  }

  function know(key: Key): void {
    addAccount(emulator.world, {
      accessKeyId: key['access-key-id'],
      accessKeySecret: key['access-key-secret'],
    });
  }

  function disable(key: Key): void {
    const account = emulator.world.accounts.find(({ accessKeyId }) => accessKeyId === key['access-key-id']);
    if (account !== undefined) account.isDisabled = true;
  }

  async function untilPublished(key: Key): Promise<void> {
    await eventually(async () => expect(await secretValues(cluster)).toMatchObject(key), {
      what: 'alibaba-addon-secret holds the new key',
    });
  }

  async function published(): Promise<Key> {
    const key = newKey();
    await putSecret(cluster, SOURCE, { ...key });
    await untilPublished(key);
    return key;
  }

  async function says(status: 'True' | 'False' | 'Unknown', reason: string): Promise<string> {
    const { message } = await cluster.untilCondition('CredentialsValid', { status, reason });
    return message;
  }

  beforeAll(async () => {
    emulator = await startEmulator();
    cluster = await startHybridCluster({ idc: 1, ecs: 1, vk: 0 });
    await cluster.applyFile('test/fixtures/terway.yaml');
    const metadata = { name: 'eni-config', namespace: 'kube-system' };
    await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: GOOD_DATA });
    await cluster.startOperator({
      args: ['--fight-limit=0', '--log-level=debug'],
      env: { CLOUD_ENDPOINT: emulator.url },
    });
    await cluster.apply(
      networkOf({
        scenario: 'HostNetwork',
        credentials: { secretRef: { name: 'ram-user' } },
        cloud: { regionID: REGION },
      }),
    );
  }, 120_000);

  afterAll(async () => {
    await cluster?.stop();
    await emulator?.close();
  });

  test('a key that the cloud takes is published, and it is told who may still run with an earlier one', async () => {
    await published();
    const message = await says('True', 'KeyAccepted');
    expect(message).toContain('The cloud takes the access key in Secret kube-system/alibaba-addon-secret.');
    expect(message).toMatch(/earlier key/);
  });

  test('a wrong key is not published, and the last good one stays', async () => {
    const good = await published();
    await says('True', 'KeyAccepted');
    const mark = await cluster.controlPlane.audit.mark();
    await putSecret(cluster, SOURCE, { ...newKey('unknown') });
    expect(await says('False', 'KeyRejected')).toContain('hybridnetwork-system/ram-user');
    const synced = await cluster.untilCondition('CredentialsSynced', { reason: 'KeyRejected' });
    expect(synced).toMatchObject({ status: 'False' });
    await cluster.untilCondition('Stalled', { status: 'True' });
    await nextDecision(cluster);
    await expect(secretValues(cluster)).resolves.toEqual(good);
    await expect(changesInWords(cluster, mark)).resolves.toEqual([]);
  });

  test('mended, it is published', async () => {
    await published();
    await says('True', 'KeyAccepted');
    await cluster.untilCondition('CredentialsSynced', { status: 'True' });
  });

  test('a key that the cloud does not know yet is published as soon as it does', async () => {
    const key = newKey('unknown');
    await putSecret(cluster, SOURCE, { ...key });
    await says('False', 'KeyRejected');
    know(key);
    await untilPublished(key);
    await says('True', 'KeyAccepted');
  });

  test('while the cloud is down the last good key stays, and the new one is published when it is back', async () => {
    const good = await published();
    emulator.weather.add({ trouble: { kind: 'error', status: 503, code: 'ServiceUnavailable' } });
    const next = newKey();
    await putSecret(cluster, SOURCE, { ...next });
    expect(await says('Unknown', 'KeyNotTried')).toContain('spec.cloud.validation');
    await nextDecision(cluster);
    await expect(secretValues(cluster)).resolves.toEqual(good);
    emulator.weather.clear();
    await untilPublished(next);
    await says('True', 'KeyAccepted');
  });

  test('while the cloud is down a first key is published untried', async () => {
    await published();
    emulator.weather.add({ trouble: { kind: 'reset' } });
    const first = newKey();
    await putSecret(cluster, SOURCE, { ...first });
    await says('Unknown', 'KeyNotTried');
    await remove(cluster, ADDON_SECRET);
    await untilPublished(first);
    emulator.weather.clear();
    await says('True', 'KeyAccepted');
  });

  test('a foreign key that works is left alone where that of the source does not, and is told', async () => {
    const old = await published();
    await says('True', 'KeyAccepted');
    disable(old);
    const foreign = newKey();
    const mark = await cluster.controlPlane.audit.mark();
    // What the cloud said of the old key in its time does no longer count.
    await untilAuditClock(cluster, mark, FRESH_MS);
    await putSecret(cluster, ADDON_SECRET, { ...foreign });
    expect(await says('False', 'SourceStale')).toContain('hybridnetwork-system/ram-user');
    await cluster.untilCondition('CredentialsSynced', { status: 'False', reason: 'SourceStale' });
    await nextDecision(cluster);
    await expect(secretValues(cluster)).resolves.toEqual(foreign);
    await expect(changesInWords(cluster, mark)).resolves.not.toContain(
      'patch secrets kube-system/alibaba-addon-secret',
    );
    await putSecret(cluster, SOURCE, { ...foreign });
    await says('True', 'KeyAccepted');
    await cluster.untilCondition('CredentialsSynced', { status: 'True' });
  });

  test('a foreign key gives way to a source that works', async () => {
    const own = await published();
    await putSecret(cluster, ADDON_SECRET, { ...newKey() });
    await untilPublished(own);
  });

  test('100 rotations under load: no call fails, and keys are published within a second', async () => {
    const cloud = createCloud({ clock: systemClock, endpoint: emulator.url });
    let [before, last] = [await published(), await published()];
    const load = startLoad(cluster, cloud);
    const mark = await cluster.controlPlane.audit.mark();
    for (let n = 0; n < ROTATIONS; n += 1) {
      // Now and then somebody makes a mistake in between.
      if (n % 10 === 5) await putSecret(cluster, SOURCE, { ...newKey('unknown') });
      const key = newKey();
      await putSecret(cluster, SOURCE, { ...key });
      await load.untilSeen(key['access-key-id']);
      disable(before);
      [before, last] = [last, key];
    }
    const { calls, failures } = await load.stop();
    await cloud.close();
    const times = await timesToPublish(cluster, mark);
    const longest = Math.max(...times);
    const late = times.filter((ms) => ms > PUBLISH_MS).length;
    console.log(
      `${ROTATIONS} rotations: published after ${median(times)} ms (p50), ${percentile(times, 0.99)} ms (p99), ${longest} ms (max); ${late} later than ${PUBLISH_MS} ms; ${calls} calls meanwhile, ${failures.length} failed`,
    );
    expect(failures).toEqual([]);
    expect(times).toHaveLength(ROTATIONS);
    expect(calls).toBeGreaterThan(ROTATIONS);
    // The machine of the tests is not ours alone: it is the middle that tells whether a key waits for something.
    expect(median(times)).toBeLessThanOrEqual(PUBLISH_MS);
    expect(longest).toBeLessThan(10 * PUBLISH_MS);
  }, 180_000);

  test('with validation Disabled no call is made, and a key is published as it is', async () => {
    await respec(cluster, { cloud: { validation: 'Disabled' } });
    emulator.forgetCalls();
    const key = newKey('unknown');
    await putSecret(cluster, SOURCE, { ...key });
    await untilPublished(key);
    await cluster.untilCondition('CredentialsSynced', { status: 'True' });
    await nextDecision(cluster);
    await expect(cluster.condition('CredentialsValid')).resolves.toBeUndefined();
    expect(emulator.calls).toEqual([]);
  });
});

/** Milliseconds from each write of the source to that of alibaba-addon-secret which followed, by the API server's clock. */
async function timesToPublish(cluster: HybridCluster, since: AuditMark): Promise<readonly number[]> {
  const entries = await cluster.controlPlane.audit.since(since);
  const writes = entries
    .filter(({ resource, verb }) => resource === 'secrets' && (verb === 'update' || verb === 'patch'))
    .toSorted((a, b) => (a.receivedAt < b.receivedAt ? -1 : 1));
  const sources = writes.filter(({ name }) => name === SOURCE.name);
  return writes
    .filter(({ name }) => name === ADDON_SECRET.name)
    .flatMap(({ receivedAt, at }) => {
      // What followed a source of before the mark may be recorded only after it.
      const source = sources.findLast((one) => one.receivedAt < receivedAt);
      return source === undefined ? [] : [Date.parse(at) - Date.parse(source.receivedAt)];
    });
}

interface Load {
  /** Resolves when a call has been signed with this key. */
  untilSeen(accessKeyId: string): Promise<void>;
  stop(): Promise<{ readonly calls: number; readonly failures: readonly string[] }>;
}

/** Signs one call after the other with whatever stands in alibaba-addon-secret at the time, as Terway would. */
function startLoad(cluster: HybridCluster, cloud: Cloud): Load {
  const failures: string[] = [];
  const waiting = new Map<string, () => void>();
  const state = { calls: 0, isOver: false };
  const run = async (): Promise<void> => {
    while (!state.isOver) {
      const values = await secretValues(cluster);
      const accessKeyId = values?.['access-key-id'] ?? '';
      const accessKeySecret = values?.['access-key-secret'] ?? '';
      waiting.get(accessKeyId)?.();
      const result = await cloud.probe(identityOf({ accessKeyId, accessKeySecret }), REGION);
      state.calls += 1;
      if (result.state !== 'accepted') failures.push(`${accessKeyId}: ${result.state}`);
    }
  };
  const running = run();
  return {
    untilSeen: async (accessKeyId) =>
      await Promise.race([
        new Promise<void>((resolve) => waiting.set(accessKeyId, resolve)),
        running.then(() => {
          throw new Error('the load has ended');
        }),
      ]),
    stop: async () => {
      state.isOver = true;
      await running;
      return { calls: state.calls, failures };
    },
  };
}
