import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { CloudQuery } from '../../../src/cloud/query.ts';
import type { CloudReader } from '../../../src/cloud/reader.ts';
import type { IdentitySource } from '../../../src/cloud/identity.ts';
import type { CheckResult } from '../../../src/plan/checks/index.ts';
import type { CloudFacts } from '../../../src/plan/cloud-facts.ts';
import type { CloudSide } from '../../../src/plan/cloud-side.ts';
import type { Facts } from '../../../src/plan/facts.ts';
import { SecretString } from '../../../src/plan/secret-string.ts';
import { CloudWatch } from '../../../src/wiring/cloud-watch.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import {
  ABSENT,
  facts,
  network,
  OTHER_KEY_VALUES,
  present,
  secret,
  UNKNOWN,
} from '../../support/make-facts.ts';
import { cloud as goodCloud, told, untold, world } from '../../support/make-check-facts.ts';

class FakeCloud {
  answers: CloudFacts = goodCloud();
  silentSince: string | undefined;
  refreshes = 0;
  readers = 0;
  readonly queries: CloudQuery[] = [];
  source: IdentitySource = async () => await Promise.resolve(undefined);

  reader(source: IdentitySource): CloudReader {
    this.readers += 1;
    this.source = source;
    return {
      refresh: async (query) => {
        this.refreshes += 1;
        this.queries.push(query);
        await Promise.resolve();
      },
      observe: () => this.answers,
      silentSince: () => this.silentSince,
      gather: async () => await Promise.resolve(this.answers),
    };
  }
}

function stand(ownIdentity?: (regionId: string) => IdentitySource) {
  const cloud = new FakeCloud();
  const clock = new FakeClock();
  const changed: string[] = [];
  const leading = { is: true };
  const watch = new CloudWatch({
    cloud,
    clock,
    ownIdentity,
    isWanted: () => leading.is,
    onChange: (name) => changed.push(name),
    onError: (error) => {
      throw error;
    },
  });
  // Each check takes a turn of the event loop.
  const pass = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    for (let turn = 0; turn < 100; turn += 1) await nextTurn();
  };
  return { cloud, clock, changed, leading, watch, pass };
}

const CLUSTER = world({ spec: { cloud: { regionID: 'cn-hangzhou' } } }).cluster ?? facts();

function of(generation: number, changes: Partial<Facts> = {}): Facts {
  const { metadata } = CLUSTER.network;
  return { ...CLUSTER, network: { ...CLUSTER.network, metadata: { ...metadata, generation } }, ...changes };
}

function isSkipped({ outcome }: CheckResult): boolean {
  return outcome.state === 'skipped';
}

function judgedGeneration(side: CloudSide | undefined): number | undefined {
  return side?.state === 'judged' ? side.judgement.generation : undefined;
}

describe('the cloud side of a network', () => {
  test('is asked once for many decisions, and the network is looked at again', async () => {
    const { cloud, changed, watch, pass } = stand();
    for (let n = 0; n < 10; n += 1) expect(watch.sideOf(of(1))).toEqual({ state: 'pending' });
    await pass(0);
    expect(cloud.refreshes).toBe(1);
    expect(changed).toEqual(['idc']);
    expect(judgedGeneration(watch.sideOf(of(1)))).toBe(1);
    expect(cloud.queries[0]).toMatchObject({ regionId: 'cn-hangzhou', vSwitchIds: ['vsw-pods'] });
  });

  test('is not asked by any call where validation is off, or a region or a key is missing', async () => {
    const { cloud, watch, pass } = stand();
    const without = (spec: object): Facts => ({ ...facts(), network: network({ spec }) });
    expect(watch.sideOf(without({}))).toBeUndefined();
    expect(
      watch.sideOf(without({ cloud: { regionID: 'cn-hangzhou', validation: 'Disabled' } })),
    ).toBeUndefined();
    expect(watch.sideOf(without({ cloud: { validation: 'Warn' } }))?.state).toBe('unasked');
    expect(watch.sideOf(of(1, { addonSecret: ABSENT }))?.state).toBe('unasked');
    expect(watch.sideOf(of(1, { addonSecret: UNKNOWN }))?.state).toBe('pending');
    await pass(60_000);
    expect([cloud.readers, cloud.refreshes]).toEqual([0, 0]);
  });

  test('takes the region of the cloud nodes where validation is asked for without one', async () => {
    const { cloud, watch, pass } = stand();
    const own = {
      ...CLUSTER.network,
      spec: { ...CLUSTER.network.spec, cloud: { validation: 'Warn' as const } },
    };
    watch.sideOf(of(1, { network: own }));
    await pass(0);
    expect(cloud.queries[0]?.regionId).toBe('cn-hangzhou');
  });

  test('is judged again only where something that it depends on is another', async () => {
    const { cloud, changed, watch, pass } = stand();
    watch.sideOf(of(1));
    await pass(0);
    await pass(90_000);
    expect(cloud.refreshes).toBe(4);
    expect(changed).toEqual(['idc']);
    cloud.answers = { ...goodCloud(), vSwitches: untold('Unreachable') };
    await pass(30_000);
    expect(changed).toEqual(['idc', 'idc']);
  });

  test('that is asked again with the same result disturbs nobody', async () => {
    const { cloud, changed, watch, pass } = stand();
    watch.sideOf(of(1));
    await pass(0);
    const { vpc } = goodCloud();
    cloud.answers = goodCloud({
      vpc: vpc.state === 'known' ? ({ ...told(vpc.value), asOf: '2026-03-01T01:00:00Z' } as typeof vpc) : vpc,
    });
    await pass(30_000);
    expect(changed).toEqual(['idc']);
  });

  test('is asked at once for another spec and with another key, and for other changes within seconds', async () => {
    const { cloud, watch, pass } = stand();
    watch.sideOf(of(1));
    await pass(0);
    watch.sideOf(of(2));
    await pass(0);
    expect(judgedGeneration(watch.sideOf(of(2)))).toBe(2);
    const addonSecret = present({ ...secret(OTHER_KEY_VALUES), resourceVersion: '2' });
    watch.sideOf(of(2, { addonSecret }));
    await pass(0);
    expect(cloud.refreshes).toBe(3);
    expect((await cloud.source())?.accessKeyId.reveal()).toBe(OTHER_KEY_VALUES['access-key-id']);
    watch.sideOf(of(2, { addonSecret, nodes: [] }));
    await pass(4_999);
    expect(cloud.refreshes).toBe(3);
    await pass(1);
    expect(cloud.refreshes).toBe(4);
    expect(cloud.readers).toBe(1);
  });

  test('is asked with the key for reading, and with no other one while that is missing', async () => {
    const { cloud, watch, pass } = stand();
    const spec = {
      ...CLUSTER.network.spec,
      cloud: { regionID: 'cn-hangzhou', credentialsRef: { name: 'reader' } },
    };
    const own = { ...CLUSTER.network, spec };
    const values = { 'access-key-id': 'LTAI5tReader', 'access-key-secret': 'ReadersSecret' };
    expect(watch.sideOf(of(1, { network: own, readerSecret: ABSENT }))).toMatchObject({
      state: 'unasked',
      fault: 'SecretNotFound',
    });
    await pass(60_000);
    expect(cloud.refreshes).toBe(0);
    const readerSecret = present(secret(values));
    watch.sideOf(of(1, { network: own, readerSecret }));
    await pass(0);
    expect((await cloud.source())?.accessKeyId.reveal()).toBe('LTAI5tReader');
    const side = watch.sideOf(of(1, { network: own, readerSecret }));
    expect(side).toMatchObject({ state: 'judged' });
    expect(side?.state === 'judged' && side.judgement).not.toHaveProperty('key');
  });

  test('is asked with the identity of the process, in the region of the network', async () => {
    const regions: string[] = [];
    const identity = { accessKeyId: new SecretString('STS.1'), accessKeySecret: new SecretString('S') };
    const { cloud, watch, pass } = stand((regionId) => {
      regions.push(regionId);
      return async () => await Promise.resolve(identity);
    });
    expect(watch.hasOwnIdentity).toBe(true);
    watch.sideOf(of(1, { hasOwnIdentity: watch.hasOwnIdentity, addonSecret: ABSENT }));
    await pass(0);
    expect(cloud.refreshes).toBe(1);
    expect(await cloud.source()).toBe(identity);
    expect(regions).toEqual(['cn-hangzhou']);
  });

  test('is spared the checks that are to be skipped', async () => {
    const { watch, pass } = stand();
    const spec = { ...CLUSTER.network.spec, cloud: { regionID: 'cn-hangzhou', skipChecks: ['C12'] } };
    const own = of(1, { network: { ...CLUSTER.network, spec } });
    watch.sideOf(own);
    await pass(0);
    const side = watch.sideOf(own);
    const skipped = side?.state === 'judged' ? side.judgement.results.filter(isSkipped) : [];
    expect(skipped.map(({ id }) => id)).toEqual(['C12']);
  });

  test('that falls silent is told at the next look, and again when it answers', async () => {
    const { cloud, changed, watch, pass } = stand();
    const silence = (): string | undefined => {
      const side = watch.sideOf(of(1));
      return side?.state === 'judged' ? side.judgement.silentSince : 'not judged';
    };
    watch.sideOf(of(1));
    await pass(0);
    expect(silence()).toBeUndefined();
    cloud.silentSince = '2026-03-01T00:00:00Z';
    await pass(30_000);
    expect(silence()).toBe('2026-03-01T00:00:00Z');
    expect(changed).toHaveLength(2);
    cloud.silentSince = undefined;
    await pass(30_000);
    expect(silence()).toBeUndefined();
    expect(changed).toHaveLength(3);
  });

  test('is not asked by a copy that does not lead, and begins anew when it leads again', async () => {
    const { cloud, leading, watch, pass } = stand();
    watch.sideOf(of(1));
    await pass(0);
    leading.is = false;
    await pass(600_000);
    expect(cloud.refreshes).toBe(1);
    expect(watch.judgements().size).toBe(0);
    leading.is = true;
    expect(watch.sideOf(of(1))).toEqual({ state: 'pending' });
    await pass(0);
    expect([cloud.refreshes, cloud.readers]).toEqual([2, 2]);
  });

  test('is left alone after the stop, and once validation is Disabled', async () => {
    const { cloud, clock, watch, pass } = stand();
    watch.sideOf(of(1));
    watch.stop();
    await pass(600_000);
    expect([cloud.refreshes, clock.pendingTimers]).toEqual([0, 0]);
    watch.sideOf(of(1));
    await pass(0);
    const spec = { ...CLUSTER.network.spec, cloud: { validation: 'Disabled' as const } };
    watch.sideOf(of(2, { network: { ...CLUSTER.network, spec } }));
    await pass(600_000);
    expect([cloud.refreshes, clock.pendingTimers]).toEqual([1, 0]);
  });
});
