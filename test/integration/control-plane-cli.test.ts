import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Binaries, locateBinaries } from '../cluster/binaries.ts';
import { eventually } from '../support/eventually.ts';
import { killScripts, processesNaming, runNode, type Script } from '../support/processes.ts';

// Generous: these run beside other suites on few cores.
jest.setTimeout(60_000);

const cli = fileURLToPath(new URL('../cluster/cli.ts', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'cli-test-'));
const temporary = join(scratch, 'tmp');
let binaries: Binaries;

beforeAll(async () => {
  binaries = await locateBinaries();
  const assets = join(scratch, 'assets');
  for (const dir of [assets, temporary]) mkdirSync(dir);
  for (const [name, path] of Object.entries(binaries)) symlinkSync(path, join(assets, name));
}, 900_000);

afterAll(async () => {
  killScripts();
  await cluster('down', '--all').ended;
  rmSync(scratch, { recursive: true, force: true });
});

function cluster(...args: string[]): Script {
  return runNode([cli, ...args], {
    XDG_CACHE_HOME: join(scratch, 'cache'),
    KUBEBUILDER_ASSETS: join(scratch, 'assets'),
    TMPDIR: temporary,
  });
}

async function output(...args: string[]): Promise<string> {
  const script = cluster(...args);
  const code = await script.ended;
  return `${script.stdout()}exit code ${code}`;
}

function kubectl(kubeconfig: string, ...args: string[]): string {
  return execFileSync(binaries.kubectl, args, {
    encoding: 'utf8',
    env: { ...process.env, KUBECONFIG: kubeconfig },
  });
}

describe('npm run cluster', () => {
  test('up leaves a control plane running, and everything one has to type', async () => {
    const text = await output('up', '--idc', '2', '--ecs', '1', '--vk', '0');
    expect(text).toMatch(
      /^"default" is up after [\d.]+ s\.\n {2}Kubernetes v1\.\d+\.\d+, etcd v\S+, kwok v\S+, https:/,
    );
    const [, kubeconfig = ''] = /export KUBECONFIG=(\S+)/.exec(text) ?? [];
    expect(kubectl(kubeconfig, 'get', 'nodes', '-o', 'name').trim().split('\n').sort()).toEqual([
      'node/ecs-1',
      'node/idc-1',
      'node/idc-2',
    ]);
    expect(await output('kubeconfig')).toBe(`${kubeconfig}\nexit code 0`);
  });

  test('up twice says that it is already running', async () => {
    expect(await output('up')).toMatch(/^"default" is already running\.\n.*\d+ on-premises.*exit code 0$/s);
  });

  test('kubeconfig gives the rights of a ServiceAccount, and no more', async () => {
    const [path = ''] = (await output('kubeconfig', 'kube-system/default')).split('\n');
    expect(kubectl(path, 'auth', 'whoami')).toContain('system:serviceaccount:kube-system:default');
    expect(await output('kubeconfig', 'kube-system/nobody')).toBe('exit code 1');
  });

  test('several live side by side, and status lists them', async () => {
    expect(await output('up', '--name', 'other', '--idc', '1', '--ecs', '0', '--vk', '0')).toContain(
      '"other" is up',
    );
    expect(await output('status')).toMatch(
      /^default: ready; .*, 3 nodes, since .*\nother: ready; .*, 1 nodes, since .*\nexit code 0$/,
    );
    expect(await output('down')).toBe('"default" is gone.\nexit code 0');
    expect(await output('status')).toMatch(/^other: ready; .*\nexit code 0$/);
  });

  test('status tells of a component that has died', async () => {
    const [victim] = processesNaming(temporary).filter(({ command }) => command.includes('/kube-apiserver'));
    process.kill(victim?.pid ?? 0, 'SIGKILL');
    await eventually(async () => {
      expect(await output('status')).toMatch(/^other: broken, kube-apiserver not running; .*\nexit code 1$/);
    });
  });

  test('after a kill -9 status says what happened, and down cleans up', async () => {
    const [daemon] = processesNaming(temporary).filter(({ command }) => command.includes('daemon.ts'));
    process.kill(daemon?.pid ?? 0, 'SIGKILL');
    await eventually(() => {
      expect(processesNaming(temporary)).toEqual([]);
      expect(readdirSync(temporary)).toEqual([]);
    });
    expect(await output('status')).toBe(
      'other: broken, its processes are gone. "npm run cluster -- down --name other" cleans up.\nexit code 1',
    );
    expect(await output('down', '--name', 'other')).toBe('"other" is gone.\nexit code 0');
    expect(await output('status')).toBe('No control plane is running.\nexit code 0');
  });

  test('Ctrl-C during up leaves nothing', async () => {
    const script = cluster('up');
    await eventually(() =>
      processesNaming(temporary).some(({ command }) => command.includes('kube-apiserver')),
    );
    script.child.kill('SIGINT');
    expect(await script.ended).toBe('SIGINT');
    await eventually(() => {
      expect(processesNaming(temporary)).toEqual([]);
      expect(readdirSync(temporary)).toEqual([]);
    });
    expect(await output('status')).toBe('No control plane is running.\nexit code 0');
  });

  test.each([
    [['sideways'], 'there is no command "sideways"'],
    [['up', '--nodes', '3'], "Unknown option '--nodes'"],
    [['up', '--idc', 'many'], '--idc takes a number of nodes, not "many"'],
    [['up', '--name', 'Übung'], '"Übung" is no name'],
    [['status', '--all'], '"status" takes no --all'],
    [['down', 'default'], 'too many arguments for down'],
  ])('%j is refused with the usage', async (args, message) => {
    const script = cluster(...args);
    expect(await script.ended).toBe(2);
    expect(script.stderr()).toMatch(new RegExp(`^${message}.*\n\nUsage: npm run cluster -- COMMAND`));
  });
});
