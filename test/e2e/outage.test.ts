// The API server goes down and comes back while somebody tampers and the spec changes.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { edit, CALICO, respec, read } from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import { CLOUD_LABEL } from '../support/manifests.ts';

const AFFINITY = '/spec/template/spec/affinity';

describe('an outage of the API server', () => {
  let cluster: HybridCluster;

  const isKeptOff = async (): Promise<boolean> =>
    JSON.stringify(await read(cluster, CALICO)).includes(`"key":"${CLOUD_LABEL}"`);

  /** Takes the affinity away whenever it is there, without pause, whatever the server says; resolves once it is told to end. */
  const tamper = async (until: { isOver: boolean }): Promise<void> => {
    while (!until.isOver) {
      await edit(cluster, CALICO, [{ op: 'remove', path: AFFINITY }]).catch(() => undefined);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  beforeAll(async () => {
    cluster = await startHybridCluster({ idc: 1, ecs: 1, vk: 0 });
    await cluster.applyFile('test/fixtures');
    await cluster.startOperator({ args: ['--fight-limit=0'] });
    await cluster.apply(networkOf({ scenario: 'BGP', approveAbove: 1_000 }));
    await eventually(isKeptOff, { what: 'Calico is kept off', timeoutMs: 30_000 });
  }, 120_000);

  afterAll(async () => {
    await cluster.stop();
  });

  test.each([1, 2, 3])(
    'is over for the operator within seconds, however it was caught in it (%i)',
    async (time) => {
      const until = { isOver: false };
      const tampering = tamper(until);
      await cluster.controlPlane.component('kube-apiserver').restart();
      until.isOver = true;
      await tampering;
      await respec(cluster, { approveAbove: 1_000 + time });
      await eventually(isKeptOff, { what: 'Calico is kept off again', timeoutMs: 8_000 });
      await eventually(
        async () => {
          const { metadata, status } = await cluster.network();
          expect(status?.observedGeneration).toBe(metadata.generation);
        },
        { what: 'the status speaks of the new spec', timeoutMs: 8_000 },
      );
    },
    60_000,
  );
});
