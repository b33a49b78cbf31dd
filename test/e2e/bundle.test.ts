// The one file that the image will run: built as `npm run build` does, and put to work.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startEmulator } from '../alicloud/server.ts';
import { ADDON_SECRET, putSecret } from '../support/by-hand.ts';
import { KEY } from '../support/good-cluster.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUNDLE = `${ROOT}dist/hybridnetwork-operator.mjs`;

let cluster: HybridCluster;

beforeAll(async () => {
  await promisify(execFile)(process.execPath, [`${ROOT}.tools/bundle.ts`], { cwd: ROOT });
  cluster = await startHybridCluster();
}, 60_000);

afterAll(async () => {
  await cluster.stop();
});

test('the bundle does the main job and ends within two seconds', async () => {
  await cluster.applyFile('test/fixtures');
  const operator = await cluster.startOperator({ program: BUNDLE });
  await cluster.apply(networkOf({ scenario: 'BGP' }));
  await cluster.untilOn('k8s-app=calico-node', ['idc-1', 'idc-2', 'idc-3']);
  await cluster.untilOn('app=terway-eniip', ['ecs-1', 'ecs-2']);
  // No credentials and placeholders in eni-config: a person is told, the networks are apart all the same.
  await cluster.untilCondition('Ready', { status: 'False' });
  const { code, ms } = await operator.stop();
  expect(code).toBe(0);
  expect(ms).toBeLessThan(2_000);
}, 90_000);

test('the bundle asks the cloud', async () => {
  const emulator = await startEmulator();
  try {
    await putSecret(cluster, ADDON_SECRET, KEY);
    const operator = await cluster.startOperator({ program: BUNDLE, env: { CLOUD_ENDPOINT: emulator.url } });
    await cluster.apply(networkOf({ scenario: 'BGP', cloud: { regionID: 'cn-hangzhou' } }));
    // As the add-on installs it, with placeholders.
    const { message } = await cluster.untilCondition('CloudValidated', { reason: 'CheckFailed' });
    expect(message).toContain('C10: The VPC has no vSwitch VswitchId');
    expect(emulator.callsOf('DescribeInstances').map(({ status }) => status)).toContain(200);
    await operator.stop();
  } finally {
    await emulator.close();
  }
}, 90_000);
