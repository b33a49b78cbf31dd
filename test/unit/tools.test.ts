// The list of foreign tools, and what is said where one cannot be had. That they work is told by test/packages.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runScript } from '../support/processes.ts';
import { debianPackages } from '../tools/debian.ts';
import type { Tool } from '../tools/list.ts';
import { TOOLS, toolNames } from '../tools/list.ts';
import { versionOf } from '../tools/tools.ts';

const tools: readonly (readonly [string, Tool])[] = toolNames.map((name) => [name, TOOLS[name]]);
const HERE = fileURLToPath(new URL('../tools/', import.meta.url));

describe('the list of tools', () => {
  test.each(tools)('%s is pinned, to the byte', (_name, tool) => {
    expect(versionOf(tool)).toMatch(/^v?\d+\.\d+\.\d+$/);
    const pins = tool.kind === 'python-program' ? ['requirements.txt'] : ['go.mod', 'go.sum'];
    for (const file of pins) expect(existsSync(join(tool.dir, file))).toBe(true);
    if (tool.kind === 'python-program')
      expect(readFileSync(join(tool.dir, 'requirements.txt'), 'utf8')).toContain('--hash=sha256:');
  });

  const built = tools.flatMap(([name, tool]) => (tool.kind === 'go-program' ? [[name, tool] as const] : []));

  test.each(built)('%s names packages that its module has as tools', (_name, { dir, packages }) => {
    const pins = readFileSync(join(dir, 'go.mod'), 'utf8');
    for (const one of Object.values(packages)) expect(pins).toMatch(new RegExp(`^(tool |\\t)${one}$`, 'm'));
  });

  const own = tools.flatMap(([name, tool]) =>
    tool.kind === 'own-go-program' ? [[name, tool] as const] : [],
  );

  test.each(own)('%s is one file of our own around the library that is pinned', (_name, { dir, library }) => {
    const files = readdirSync(dir).filter((file) => file.endsWith('.go'));
    expect(files).toEqual(['main.go']);
    expect(readFileSync(join(dir, 'main.go'), 'utf8')).toContain(`"${library}/`);
  });

  test('every folder beside it belongs to a tool', () => {
    const folders = readdirSync(HERE, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).filter((name) => !(name in TOOLS))).toEqual([]);
  });
});

describe('Debian packages', () => {
  test('are named in one place, each once', () => {
    expect(debianPackages().length).toBeGreaterThan(0);
    expect(new Set(debianPackages()).size).toBe(debianPackages().length);
    for (const name of debianPackages()) expect(name).toMatch(/^[a-z0-9][a-z0-9+.-]+$/);
  });
});

describe('where something is missing', () => {
  let scratch: string;

  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'tools-'));
  });
  afterEach(() => {
    rmSync(scratch, { recursive: true, force: true });
  });

  function program(name: string, text: string): void {
    writeFileSync(join(scratch, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }

  /** What dpkg-query would print where every package of the list is there but this one. */
  function allBut(missing: string): string {
    const others = debianPackages().filter((name) => name !== missing);
    return others.map((name) => `echo "${name} installed"`).join('; ');
  }

  /** Calls a function of test/tools where only our own programs are on PATH, and returns what it says. */
  async function say(file: string, call: string): Promise<string> {
    const module = JSON.stringify(new URL(`../tools/${file}`, import.meta.url));
    const code = `
      const tools = await import(${module});
      try {
        process.stdout.write(JSON.stringify(await tools.${call}) ?? 'nothing');
      } catch (error) {
        process.stdout.write(error.message);
      }`;
    const env = { PATH: scratch, XDG_CACHE_HOME: join(scratch, 'cache') };
    const script = runScript(code, env);
    await script.ended;
    return script.stdout();
  }

  test('a Debian package is named, with the command that brings it', async () => {
    program('dpkg-query', `${allBut('python3-venv')}; exit 1`);
    const asked = await say('debian.ts', "missingPackages(['python3', 'python3-venv'])");
    expect(JSON.parse(asked)).toEqual(['python3-venv']);
    expect(await say('debian.ts', 'requireDebianPackages()')).toBe(
      'These Debian packages are missing: python3-venv. Install them by: npm run tools -- install',
    );
  });

  test('a package that was removed, and left its configuration, is missing', async () => {
    program('dpkg-query', `${allBut('python3-venv')}; echo "python3-venv config-files"`);
    expect(JSON.parse(await say('debian.ts', 'missingPackages()'))).toEqual(['python3-venv']);
  });

  test('apt-get is asked for what is missing, and for nothing else', async () => {
    const log = join(scratch, 'log');
    program(
      'dpkg-query',
      `${allBut('python3-venv')}; [ -e ${log} ] && echo "python3-venv installed"; exit 0`,
    );
    program('apt-get', `echo "apt-get $*" >>${log}`);
    program('env', 'shift; exec "$@"');
    program('sudo', 'exec "$@"');
    expect(await say('debian.ts', 'installPackages()')).toContain('["python3-venv"]');
    expect(readFileSync(log, 'utf8')).toBe(
      'apt-get update\napt-get install --yes --no-install-recommends --no-remove python3-venv\n',
    );
  });

  test('Python says why it failed, and the next try begins anew', async () => {
    program('python3', 'echo "ensurepip is not available" >&2; exit 1');
    const told = await say('tools.ts', "provide('hadolint')");
    expect(told).toContain('hadolint, which tests use, could not be installed by Python');
    expect(told).toContain('npm run tools -- install');
    expect(told).toContain('ensurepip is not available');
    program(
      'python3',
      'PATH=/bin:/usr/bin; mkdir -p "$3/bin"; printf "#!/bin/sh\\n: >\\"$3/bin/hadolint\\"\\n" >"$3/bin/pip"; chmod +x "$3/bin/pip"',
    );
    expect(await say('tools.ts', "provide('hadolint')")).toContain('hadolint-tool');
    expect(JSON.parse(await say('tools.ts', "lookUp('hadolint')"))).toMatchObject({ ready: true });
  });

  test('without dpkg nobody claims that a package is missing, or installs one', async () => {
    expect(await say('debian.ts', 'missingPackages()')).toBe('nothing');
    expect(await say('debian.ts', 'requireDebianPackages()')).toBe('nothing');
    expect(await say('debian.ts', 'installPackages()')).toContain('This is no Debian');
  });

  test('Go is named where there is none', async () => {
    expect(await say('tools.ts', "provide('helm')")).toMatch(
      /The test helm tool has to be built once: install Go \d\.\d+\.\d+ or newer/,
    );
    expect(await say('tools.ts', "provide('kubernetes')")).toContain('install Go, put it on PATH');
  });
});
