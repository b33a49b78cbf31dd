import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlPlane } from '../cluster/control-plane.ts';
import { eventually } from '../support/eventually.ts';
import { killScripts, processesNaming, runScript, type Script } from '../support/processes.ts';

// A temporary directory of its own for each test: what a child leaves can only be in it.
// Generous: these run beside other suites on few cores.
jest.setTimeout(90_000);

let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'leftovers-'));
});

afterEach(() => {
  killScripts();
  rmSync(scratch, { recursive: true, force: true });
});

const controlPlane = JSON.stringify(new URL('../cluster/control-plane.ts', import.meta.url));

function owner(then: string): Script {
  const code = `
    const { startControlPlane } = await import(${controlPlane});
    const plane = await startControlPlane();
    await plane.joinNodes({ idc: 1 });
    process.stdout.write('ready');
    ${then}`;
  return runScript(code, { TMPDIR: scratch });
}

const waitForever = 'setInterval(() => undefined, 1000);';

async function ready(script: Script): Promise<void> {
  await eventually(() => script.stdout().includes('ready'), {
    timeoutMs: 60_000,
    what: 'a control plane in a child',
  });
}

async function expectNothingLeft(): Promise<void> {
  await eventually(() => {
    expect(readdirSync(scratch)).toEqual([]);
    expect(processesNaming(scratch)).toEqual([]);
  });
}

function reapersBelow(dir: string): number[] {
  return processesNaming(dir).flatMap(({ pid, command }) => (command.includes('reaper.sh') ? pid : []));
}

function directoryOf(script: Script): string {
  const dirs = readdirSync(scratch).map((name) => join(scratch, name));
  const own = dirs.find((dir) =>
    readFileSync(join(dir, 'owner'), 'utf8').includes(`"pid":${script.child.pid},`),
  );
  if (own === undefined) throw new Error('the script has no control plane');
  return own;
}

describe('nothing is left', () => {
  test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
    'when the parent is ended by %s',
    async (signal) => {
      const script = owner(waitForever);
      await ready(script);
      expect(processesNaming(scratch).length).toBeGreaterThanOrEqual(6);
      script.child.kill(signal);
      expect(await script.ended).toBe(signal);
      await expectNothingLeft();
    },
    90_000,
  );

  test.each([0, 100, 300, 600, 1200, 1800])(
    'when the parent is killed %s ms after the first file',
    async (delay) => {
      const script = owner(waitForever);
      await eventually(() => readdirSync(scratch).length > 0, { what: 'the first file' });
      await new Promise((resolve) => setTimeout(resolve, delay));
      script.child.kill('SIGKILL');
      await script.ended;
      await expectNothingLeft();
    },
    30_000,
  );

  test.each([
    ['throws', `throw new Error('a test failed');`, 1],
    ['just ends without stopping it', '', 0],
  ])(
    'when the parent %s',
    async (_what, then, code) => {
      const script = owner(then);
      expect(await script.ended).toBe(code);
      await expectNothingLeft();
    },
    90_000,
  );

  test('when the reaper is killed and the parent after it', async () => {
    const script = owner(waitForever);
    await ready(script);
    const [first] = reapersBelow(scratch);
    process.kill(first ?? 0, 'SIGKILL');
    await eventually(() => {
      expect(reapersBelow(scratch)).not.toEqual([first]);
      expect(reapersBelow(scratch)).toHaveLength(1);
    });
    script.child.kill('SIGKILL');
    await expectNothingLeft();
  });

  test('when parent and reaper are killed together: the next start cleans up, and spares the living', async () => {
    const [dead, living] = [owner(waitForever), owner(waitForever)];
    await Promise.all([ready(dead), ready(living)]);
    const dir = directoryOf(dead);
    // Frozen, so that neither can react to the death of the other.
    const victims = [...reapersBelow(dir), dead.child.pid ?? 0];
    for (const signal of ['SIGSTOP', 'SIGKILL']) for (const pid of victims) process.kill(pid, signal);
    await dead.ended;
    expect(processesNaming(dir).length).toBeGreaterThanOrEqual(5);

    expect(await owner('await plane.stop();').ended).toBe(0);
    await eventually(() => {
      expect(processesNaming(dir)).toEqual([]);
      expect(readdirSync(scratch).map((name) => join(scratch, name))).toEqual([directoryOf(living)]);
    });
    living.child.kill('SIGKILL');
    await expectNothingLeft();
  });

  test('when somebody has deleted its directory', async () => {
    const script = owner(waitForever);
    await ready(script);
    const servers = processesNaming(scratch);
    for (const name of readdirSync(scratch)) rmSync(join(scratch, name), { recursive: true, force: true });
    expect(processesNaming(scratch)).toHaveLength(servers.length);
    script.child.kill('SIGKILL');
    await expectNothingLeft();
  });

  test('when it is stopped while one component is frozen', async () => {
    const plane = await startControlPlane();
    await plane.component('etcd').freeze();
    await plane.stop();
    expect(existsSync(plane.dir)).toBe(false);
    expect(processesNaming(plane.dir)).toEqual([]);
  });
});
