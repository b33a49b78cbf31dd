import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startEmulator } from '../alicloud/server.ts';
import type { Emulator } from '../alicloud/server.ts';
import type { AuditMark } from '../cluster/audit.ts';
import {
  CALICO,
  inWords,
  nextDecision,
  putSecret,
  TERWAY,
  untilAuditClock,
  untilRolledOut,
} from '../support/by-hand.ts';
import { startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';

const SECONDS = 120;
const LEASE_WRITES_PER_SECOND = 0.6;

describe('an operator with nothing to do', () => {
  let cluster: HybridCluster;
  let emulator: Emulator;
  let mark: AuditMark;

  beforeAll(async () => {
    cluster = await startHybridCluster();
    await cluster.applyFile('test/fixtures');
    await putSecret(
      cluster,
      { kind: 'Secret', namespace: 'hybridnetwork-system', name: 'ram-user' },
      { 'access-key-id': 'LTAI5tAtRest', 'access-key-secret': 'SecretAtRest' },
    );
    // Refusals are answers: a cloud without any would change Ready after two minutes.
    emulator = await startEmulator();
    emulator.weather.add({ trouble: { kind: 'error', status: 400, code: 'InvalidTimeStamp.Expired' } });
    await cluster.startOperator({ env: { CLOUD_ENDPOINT: emulator.url } });
    await cluster.applyFile('deploy/samples/bgp.yaml');
    await cluster.untilCondition('Ready', { status: 'True' });
    await cluster.untilOn('k8s-app=calico-node', ['idc-1', 'idc-2', 'idc-3']);
    await cluster.untilOn('app=terway-eniip', ['ecs-1', 'ecs-2']);
    await untilRolledOut(cluster, CALICO);
    await untilRolledOut(cluster, TERWAY);
    await nextDecision(cluster);
    // Asking in vain again and again is no news either.
    await cluster.untilCondition('CloudValidated', { reason: 'CannotCheck' });
    mark = await cluster.controlPlane.audit.mark();
  }, 120_000);

  afterAll(async () => {
    await cluster?.stop();
    await emulator?.close();
  });

  test(
    'writes nothing for two minutes but its Lease, and that seldom',
    async () => {
      await untilAuditClock(cluster, mark, SECONDS * 1_000);
      const writes = await cluster.operatorWrites(mark, { all: true });
      const leases = writes.filter(({ resource }) => resource === 'leases');
      expect(writes.filter(({ resource }) => resource !== 'leases').map(inWords)).toEqual([]);
      expect(leases.length).toBeGreaterThan(0);
      expect(leases.length).toBeLessThanOrEqual(SECONDS * LEASE_WRITES_PER_SECOND);
      await cluster.untilCondition('Ready', { status: 'True' });
    },
    (SECONDS + 60) * 1_000,
  );
});
