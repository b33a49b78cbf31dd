// Programs that pip installs: each into a virtual environment of its own in the cache.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { missing } from '../cluster/build.ts';
import { userCacheDir } from '../cluster/gomod.ts';
import { acquireLock } from '../cluster/lock.ts';
import { startProgress } from '../cluster/progress.ts';
import type { PythonProgram } from './list.ts';

const PINS = 'requirements.txt';

/** The folder of its programs: a place of its own for each state of the pins, system and processor. */
export function pythonCache(name: string, { dir }: PythonProgram): string {
  const hash = createHash('sha256')
    .update(readFileSync(join(dir, PINS)))
    .digest('hex');
  return join(userCacheDir(), `${name}-tool`, `${hash.slice(0, 16)}-${process.platform}-${process.arch}`);
}

export async function installPython(
  name: string,
  tool: PythonProgram,
  log: (line: string) => void,
): Promise<void> {
  const cache = pythonCache(name, tool);
  const done = (): boolean => missing(cache, tool.programs).length === 0;
  mkdirSync(cache, { recursive: true });
  const release = await acquireLock({
    path: join(cache, 'lock'),
    done,
    onWait: (pid, seconds) => {
      log(
        `waiting for another process${pid === undefined ? '' : ` (${pid})`} that installs ${name}, ${seconds} s`,
      );
    },
  });
  if (release === undefined) return;
  try {
    await installLocked(name, tool, { cache, log });
  } finally {
    release();
  }
}

async function installLocked(
  name: string,
  { dir, programs }: PythonProgram,
  { cache, log }: { readonly cache: string; readonly log: (line: string) => void },
): Promise<void> {
  const venv = join(cache, 'venv');
  // A virtual environment cannot be moved, so it stands in its place from the beginning; the links that are made last
  // tell that it is whole.
  rmSync(venv, { recursive: true, force: true });
  const progress = startProgress(`installing ${name}`, { log, terminal: false });
  let succeeded = false;
  try {
    await run('python3', ['-m', 'venv', venv], name);
    const pins = ['--require-hashes', '--requirement', join(dir, PINS)];
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-input'];
    await run(join(venv, 'bin', 'pip'), ['install', ...quiet, ...pins], name);
    for (const program of programs) {
      rmSync(join(cache, program), { force: true });
      symlinkSync(join('venv', 'bin', program), join(cache, program));
    }
    succeeded = true;
  } finally {
    progress.stop(succeeded);
  }
}

async function run(program: string, args: readonly string[], name: string): Promise<void> {
  try {
    await promisify(execFile)(program, [...args]);
  } catch (error) {
    const {
      stdout = '',
      stderr = '',
      message,
    } = error as Error & Partial<Record<'stdout' | 'stderr', string>>;
    const told = `${stdout}${stderr}`.trim() || message;
    throw new Error(
      `${name}, which tests use, could not be installed by Python: \`npm run tools -- install\` brings Python on Debian; elsewhere put python3 with venv on PATH.\n${told}`,
      { cause: error },
    );
  }
}
