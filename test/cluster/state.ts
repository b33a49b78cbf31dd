import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { userCacheDir } from './gomod.ts';
import type { NodeCounts } from './nodes.ts';

/** A control plane that a person started: what the command line has to know to find it again. */
export interface Instance {
  readonly name: string;
  readonly dir: string;
  readonly url: string;
  readonly kubeconfig: string;
  readonly kubectl: string;
  readonly versions: string;
  readonly nodes: NodeCounts;
  readonly started: string;
}

export function stateDir(): string {
  const dir = join(userCacheDir(), 'running');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return dir;
}

export function readInstances(): Instance[] {
  const files = readdirSync(stateDir()).filter((name) => name.endsWith('.json'));
  return files.sort().flatMap((file) => readInstance(file.replace(/\.json$/, '')) ?? []);
}

export function readInstance(name: string): Instance | undefined {
  try {
    return JSON.parse(readFileSync(pathOf(name), 'utf8')) as Instance;
  } catch {
    return undefined;
  }
}

export function writeInstance(instance: Instance): void {
  const path = pathOf(instance.name);
  writeFileSync(`${path}.new`, JSON.stringify(instance, null, 2), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function removeInstance(name: string): void {
  rmSync(pathOf(name), { force: true });
}

function pathOf(name: string): string {
  return join(stateDir(), `${name}.json`);
}
