// undo.sh, where nobody calls it: the owner of the node is killed.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { killScripts, processesNaming, runScript } from '../support/processes.ts';
import { machineState } from './machine-state.ts';

const UNDO = fileURLToPath(new URL('undo.sh', import.meta.url));
const PANIC = '/proc/sys/kernel/panic';

afterEach(killScripts);

/** Starts undo.sh and then, in namespaces as a node has them, a process that outlives whoever started it. */
function owner(dir: string, name: string): string {
  return `
    import { spawn } from 'node:child_process';
    import { once } from 'node:events';
    const undo = spawn('sh', [${JSON.stringify(UNDO)}, '${dir}', '${name}'], { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
    await once(undo.stdout, 'data');
    spawn('unshare', ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', 'sleep 1000; :', '${dir}'], { detached: true, stdio: 'ignore' });
    console.log('started');
    setInterval(() => undefined, 1000);`;
}

function makeGroups(name: string): void {
  const hierarchies = existsSync('/sys/fs/cgroup/cgroup.controllers')
    ? ['']
    : readdirSync('/sys/fs/cgroup').filter((entry) => entry === 'memory' || entry === 'pids');
  expect(hierarchies.length).toBeGreaterThan(0);
  for (const one of hierarchies) mkdirSync(join('/sys/fs/cgroup', one, name, 'pod'), { recursive: true });
}

test('what a node changed is undone when its owner is killed', async () => {
  const before = machineState();
  const name = `hn-${randomBytes(4).toString('hex')}`;
  const dir = join(tmpdir(), `hybridnetwork-node-${name}`);
  mkdirSync(join(dir, 'kubelet'), { recursive: true });
  const script = runScript(owner(dir, name));
  await eventually(() => script.stdout().includes('started') && processesNaming(dir).length >= 3, {
    what: 'the owner has started undo.sh and a process in namespaces',
  });
  const panic = readFileSync(PANIC, 'utf8').trim();
  writeFileSync(PANIC, String(Number(panic) + 10));
  execFileSync('ip', ['link', 'add', name, 'type', 'bridge']);
  makeGroups(name);
  expect(machineState()).not.toEqual(before);

  script.child.kill('SIGKILL');
  await eventually(() => expect(machineState()).toEqual(before), { timeoutMs: 20_000 });
  await eventually(() => expect(processesNaming(dir)).toEqual([]));
  expect(existsSync(dir)).toBe(false);
}, 60_000);
