import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type GoModule, goVersionOf } from './gomod.ts';
import { acquireLock } from './lock.ts';
import { ServerProcess } from './processes.ts';
import { type Progress, startProgress } from './progress.ts';
import { isLeftover, newPath, Reaper, spawnReaper } from './reaper.ts';

export interface BuildOptions {
  readonly module: GoModule;
  /** Where the programs go. */
  readonly cache: string;
  /** Which of the module's programs. */
  readonly names: readonly string[];
  readonly log: (line: string) => void;
  /** The last line may be written over: the log is a terminal. */
  readonly terminal: boolean;
}

/** Builds what is missing in the cache. Of several processes that want it at once, one builds and the others wait. */
export async function build(options: BuildOptions): Promise<void> {
  const { module, cache, names, log } = options;
  mkdirSync(cache, { recursive: true });
  const release = await acquireLock({
    path: join(cache, 'lock'),
    done: () => missing(cache, names).length === 0,
    onWait: (pid, seconds) => {
      log(
        `waiting for another process${pid === undefined ? '' : ` (${pid})`} that builds ${what(module)}, ${seconds} s`,
      );
    },
  });
  if (release === undefined) return;
  try {
    await buildLocked(options, missing(cache, names));
  } finally {
    release();
  }
}

function what({ name }: GoModule): string {
  return `the ${name.replaceAll('-', ' ')}`;
}

export function missing<Name extends string>(cache: string, names: readonly Name[]): Name[] {
  return names.filter((name) => !existsSync(join(cache, name)));
}

async function buildLocked(options: BuildOptions, names: readonly string[]): Promise<void> {
  const { module } = options;
  await requireGo(module);
  removeInterruptedBuilds(options.cache);
  // Beside the result, so that a finished binary can be moved into place in one step.
  const dir = newPath(options.cache, 'build-');
  const reaper = new Reaper(dir);
  for (const folder of ['logs', 'pids', 'tmp']) mkdirSync(join(dir, folder));
  try {
    for (const [index, name] of names.entries()) {
      const progress = startProgress(`building ${name} (${index + 1} of ${names.length})`, options);
      await buildOne(name, { module, dir, cache: options.cache, progress, reaper });
    }
  } finally {
    await reaper.reap();
  }
}

// The result depends on the module alone: nothing that the user's environment sets for other projects may change it, and
// git, which may refuse to speak about somebody else's clone, is not asked for its commit.
const goSettings = {
  CGO_ENABLED: '0',
  GOFLAGS: '-mod=readonly -buildvcs=false',
  GOWORK: 'off',
  GOOS: '',
  GOARCH: '',
};

interface BuildStep {
  readonly module: GoModule;
  readonly dir: string;
  readonly cache: string;
  readonly progress: Progress;
  readonly reaper: Reaper;
}

async function buildOne(name: string, { module, dir, cache, progress, reaper }: BuildStep): Promise<void> {
  const output = join(dir, name);
  const source = module.packages[name];
  if (source === undefined) throw new Error(`${what(module)} has no program ${name}`);
  const go = new ServerProcess({
    name,
    binary: 'go',
    args: ['build', '-trimpath', '-ldflags', module.linkerFlags, '-o', output, source],
    dir,
    cwd: module.dir,
    env: { ...goSettings, GOTMPDIR: join(dir, 'tmp') },
    log: () => undefined,
    onStart: (pid) => {
      reaper.note(pid);
    },
  });
  go.start();
  await go.gone(Number.POSITIVE_INFINITY);
  progress.stop(go.succeeded);
  if (!go.succeeded) throw new Error(`go build ${source} failed:\n${go.logTail(30)}`);
  chmodSync(output, 0o755);
  renameSync(output, join(cache, name));
}

async function requireGo(module: GoModule): Promise<void> {
  const wanted = goVersionOf(module);
  const version = await promisify(execFile)('go', ['env', 'GOVERSION'], { cwd: module.dir }).then(
    ({ stdout }) => stdout.trim().replace(/^go/, ''),
    () => undefined,
  );
  if (version !== undefined && isAtLeast(version, wanted)) return;
  const found = version === undefined ? 'none was found' : `${version} was found`;
  const otherwise = module.otherwise === undefined ? '' : `, or ${module.otherwise}`;
  throw new Error(
    `The test ${module.name.replaceAll('-', ' ')} has to be built once: install Go ${wanted} or newer and put it on PATH (${found})${otherwise}.`,
  );
}

function parts(version: string): number[] {
  return version.split(/[^0-9]+/).map(Number);
}

function isAtLeast(version: string, wanted: string): boolean {
  const [have, want] = [parts(version), parts(wanted)];
  for (const [index, number] of want.entries()) {
    const difference = (have[index] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** What a build left whose process and reaper were killed together. */
function removeInterruptedBuilds(cache: string): void {
  for (const name of readdirSync(cache)) {
    const dir = join(cache, name);
    if (name.startsWith('build-') && isLeftover(dir)) spawnReaper(dir).stdin?.end();
  }
}
