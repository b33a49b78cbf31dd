import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { killScripts, processesNaming, runScript, type Script } from '../support/processes.ts';

// Generous: these run beside other suites on few cores.
jest.setTimeout(60_000);

const names = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl', 'kwok'];
const complete = '#!/bin/sh\n';

// Stands in for Go: writes half a program, takes its time, writes the whole.
const fakeGo = `#!/bin/sh
if [ "$1" = env ]; then echo "\${FAKE_GO_VERSION:-go99.0}"; exit; fi
while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
echo "\${out##*/}" >>"$FAKE_GO_LOG"
if [ -n "$FAKE_GO_FAILS" ]; then echo "undefined: Everything" >&2; exit 1; fi
printf '#!' >"$out"
sleep 0.4
printf '${complete.replace('\n', '\\n')}' >"$out"
`;

let scratch: string;
let environment: Record<string, string>;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'build-test-'));
  mkdirSync(join(scratch, 'bin'));
  writeProgram(join(scratch, 'bin', 'go'), fakeGo);
  environment = {
    PATH: `${join(scratch, 'bin')}:${process.env.PATH ?? ''}`,
    XDG_CACHE_HOME: join(scratch, 'cache'),
    KUBEBUILDER_ASSETS: '',
    FAKE_GO_LOG: join(scratch, 'go.log'),
  };
});

afterEach(() => {
  killScripts();
  rmSync(scratch, { recursive: true, force: true });
});

function writeProgram(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

function locate(env: Readonly<Record<string, string>> = {}): Script {
  const module = JSON.stringify(new URL('../cluster/binaries.ts', import.meta.url));
  const code = `
    const { locateBinaries } = await import(${module});
    const log = (line) => process.stderr.write(line + '\\n');
    try {
      process.stdout.write(JSON.stringify(await locateBinaries({ log })));
    } catch (error) {
      process.stdout.write(error.message);
      process.exitCode = 1;
    }`;
  return runScript(code, { ...environment, ...env });
}

function builds(): string[] {
  const log = join(scratch, 'go.log');
  return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
}

function cacheDir(): string {
  const parent = join(scratch, 'cache', 'hybridnetwork-operator', 'control-plane');
  return join(parent, existsSync(parent) ? (readdirSync(parent)[0] ?? '') : '');
}

describe('the programs', () => {
  test('are built once when two starts want them at once', async () => {
    const both = [locate(), locate()];
    expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(builds()).toEqual(names);
    expect(both.map(({ stderr }) => stderr()).join('')).toMatch(
      /waiting for another process \(\d+\) that builds/,
    );
    expect(readdirSync(cacheDir()).sort()).toEqual(names);
    expect(both[0]?.stdout()).toBe(both[1]?.stdout());
  });

  test('are built with progress that a person can follow, and found in the cache afterwards', async () => {
    const first = locate();
    expect(await first.ended).toBe(0);
    expect(first.stderr()).toContain('building kube-apiserver (2 of 6) …');
    expect(first.stderr()).toMatch(/building kwok \(6 of 6\): done after \d+ s/);
    const second = locate();
    expect(await second.ended).toBe(0);
    expect(second.stderr()).toBe(`from the cache (${cacheDir()}): ${names.join(', ')}\n`);
    expect(builds()).toHaveLength(6);
  });

  test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
    'are never left half built by %s',
    async (signal) => {
      const interrupted = locate();
      await eventually(() => builds().length === 3, { what: 'the third build' });
      interrupted.child.kill(signal);
      await interrupted.ended;
      await eventually(() => {
        expect(readdirSync(cacheDir()).filter((name) => name !== 'lock')).toEqual(names.slice(0, 2));
        expect(processesNaming(scratch)).toEqual([]);
      });

      expect(await locate().ended).toBe(0);
      expect(builds().slice(3)).toEqual(names.slice(2));
      expect(readdirSync(cacheDir()).sort()).toEqual(names);
      for (const name of names) expect(readFileSync(join(cacheDir(), name), 'utf8')).toBe(complete);
    },
    30_000,
  );

  test('that cannot be built say why, and leave nothing', async () => {
    const failed = locate({ FAKE_GO_FAILS: 'yes' });
    expect(await failed.ended).toBe(1);
    expect(failed.stdout()).toMatch(/go build .*etcd.* failed:\nundefined: Everything/);
    expect(readdirSync(cacheDir())).toEqual([]);
  });

  test('are taken from KUBEBUILDER_ASSETS, and what is missing there from the cache', async () => {
    expect(await locate().ended).toBe(0);
    const assets = join(scratch, 'assets');
    mkdirSync(assets);
    for (const name of ['etcd', 'kubectl']) writeProgram(join(assets, name), complete);
    const script = locate({ KUBEBUILDER_ASSETS: assets });
    expect(await script.ended).toBe(0);
    expect(script.stderr().split('\n')).toEqual([
      `from KUBEBUILDER_ASSETS (${assets}): etcd, kubectl`,
      `from the cache (${cacheDir()}): kube-apiserver, kube-controller-manager, kube-scheduler, kwok`,
      '',
    ]);
    expect(JSON.parse(script.stdout())).toMatchObject({
      etcd: join(assets, 'etcd'),
      kwok: join(cacheDir(), 'kwok'),
    });
  });

  test.each([
    ['no Go', {}, 'none was found'],
    ['a Go that is too old', { FAKE_GO_VERSION: 'go1.22.1' }, '1.22.1 was found'],
  ])('need Go: %s says what to install', async (what, env, found) => {
    rmSync(join(scratch, 'bin', 'go'));
    if (what !== 'no Go') writeProgram(join(scratch, 'bin', 'go'), fakeGo);
    symlinkSync('/bin/sh', join(scratch, 'bin', 'sh'));
    const script = locate({ ...env, PATH: join(scratch, 'bin') });
    expect(await script.ended).toBe(1);
    expect(script.stdout()).toBe(
      'The test control plane has to be built once: install Go 1.26.0 or newer and put it on PATH ' +
        `(${found}), or set KUBEBUILDER_ASSETS to a directory that holds ${names.join(', ')}.`,
    );
  });
});
