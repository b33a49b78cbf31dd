// A fixed share of the campaign, one plan or two of every family; `npm run faults` runs all of it (docs/faults.md).
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { planIds, rehearse, runOne } from './rehearsal.ts';
import type { Rehearsed } from './rehearsal.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

const CALICO = 'patch-daemonsets-calico-node#1';
const TERWAY = 'patch-daemonsets-terway-eniip#1';
const ENI_CONFIG = 'patch-configmaps-eni-config#1';
const SECRET = 'patch-secrets-alibaba-addon-secret#1';
const NETWORK = 'patch-hybridnetworks-idc-hangzhou#1';

const SHARE = [
  `apply/list-nodes#1/html-200`,
  `apply/list-daemonsets#1/410`,
  `apply/watch-hybridnetworks#1/silent`,
  `apply/${CALICO}/reset-after`,
  `apply/${SECRET}/504-acted`,
  `apply/${NETWORK}/409`,
  `apply/${TERWAY}/killed-answered`,
  `catch-up/${TERWAY}/500-thrice`,
  `repair/${CALICO}/overtaken`,
  `repair/${ENI_CONFIG}/overtaken-and-lost-reply`,
  `repair/${SECRET}/422-test`,
  `repair/watch-daemonsets#1/cut-in-a-line`,
  `repair/watch-daemonsets#1/held-and-only-the-last-told`,
  `repair/watch-daemonsets#1/replayed`,
  `repair/watch-secrets[alibaba-addon-secret]#1/token-rotated`,
  `repair/${CALICO}/api-server-killed-after`,
  `change/${ENI_CONFIG}/429`,
  `change/${SECRET}/403`,
  `change/${ENI_CONFIG}/certificate-renewed`,
  `restore/${CALICO}/killed-after`,
  `restore/${NETWORK}/killed-before`,
];

let world: World;
let rehearsed: Rehearsed;

beforeAll(async () => {
  world = await startWorld();
  rehearsed = await rehearse(world);
}, 180_000);

afterAll(async () => {
  await world.stop();
}, 60_000);

test('every request of the main job with every fault that can happen to it makes more than a thousand plans', () => {
  const ids = planIds(rehearsed);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(1_000);
});

test.each(SHARE)(
  '%s ends as if nothing had happened',
  async (id) => {
    const { outcome, why = '' } = await runOne(world, rehearsed, id);
    expect({ outcome, why }).toEqual({ outcome: 'survived', why: '' });
  },
  300_000,
);
