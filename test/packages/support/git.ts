// A Git repository on this machine, as Argo CD fetches from it.
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

export interface GitRepository {
  readonly url: string;
  /** Writes files by their paths, removes those that are `undefined`, and commits. */
  commit(message: string, files: Readonly<Record<string, string | undefined>>): Promise<void>;
}

const IDENTITY = ['-c', 'user.name=Author', '-c', 'user.email=author@example.com'];

export async function createRepository(dir: string): Promise<GitRepository> {
  // Nothing that this machine's user has configured counts.
  const env = { PATH: process.env['PATH'], HOME: dir, GIT_CONFIG_NOSYSTEM: '1' };
  const git = async (...args: readonly string[]): Promise<void> => {
    await promisify(execFile)('git', [...IDENTITY, ...args], { cwd: dir, env });
  };
  mkdirSync(dir, { recursive: true });
  await git('init', '--quiet', '--initial-branch=main');
  return {
    url: `file://${dir}`,
    commit: async (message, files) => {
      for (const [path, text] of Object.entries(files)) {
        rmSync(join(dir, path), { force: true });
        if (text === undefined) continue;
        mkdirSync(dirname(join(dir, path)), { recursive: true });
        writeFileSync(join(dir, path), text);
      }
      await git('add', '--all');
      await git('commit', '--quiet', '--message', message);
    },
  };
}
