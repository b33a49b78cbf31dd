import { expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { judgementMetrics } from '../../../src/wiring/cloud-metrics.ts';
import { judgement } from '../../support/make-judgement.ts';

test('a cloud that is silent is told in the figures, for each network that asks it', async () => {
  const registry = new Registry();
  const judgements = new Map([
    ['idc', judgement({ silentSince: '2026-03-01T00:00:00Z' })],
    ['lab', judgement()],
  ]);
  judgementMetrics(registry, () => judgements);
  const lines = (await registry.metrics()).split('\n');
  expect(lines.filter((line) => line.startsWith('hybridnetwork_cloud_silent{'))).toEqual([
    'hybridnetwork_cloud_silent{network="idc"} 1',
    'hybridnetwork_cloud_silent{network="lab"} 0',
  ]);
  judgements.clear();
  expect(await registry.metrics()).not.toContain('hybridnetwork_cloud_silent{');
});
