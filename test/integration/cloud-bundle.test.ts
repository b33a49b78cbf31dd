// The SDK in the bundle, from which most of it is left out: every call works, and it costs what it may cost.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startEmulator } from '../alicloud/server.ts';
import type { Emulator } from '../alicloud/server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

let emulator: Emulator;
let folder: string;

beforeAll(async () => {
  emulator = await startEmulator();
  folder = mkdtempSync(join(tmpdir(), 'cloud-bundle-'));
});

afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

test('the bundle asks everything, for at most 35 MB', async () => {
  const bundle = join(folder, 'reader.mjs');
  await run(process.execPath, ['.tools/bundle.ts', 'test/alicloud/bundled-reader.ts', bundle], { cwd: ROOT });
  const { stdout } = await run(process.execPath, [bundle, emulator.url]);
  const { facts, megabytes } = JSON.parse(stdout) as { facts: unknown; megabytes: number };
  expect(facts).toEqual({
    regionId: 'cn-hangzhou',
    vpc: 'known',
    vSwitches: 'known',
    routeTables: 'known',
    securityGroups: 'known',
    securityGroupRules: 'known',
    instances: 'known',
    instanceTypes: 'known',
    networkInterfaces: 'known',
    permissions: 'known',
  });
  expect(megabytes).toBeLessThan(35);
});
