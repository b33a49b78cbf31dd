// What kustomize and Helm make of deploy/, as objects.
import { execFile } from 'node:child_process';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseAllDocuments, stringify } from 'yaml';
import { locateBinaries } from '../../cluster/binaries.ts';
import { newPath, Reaper } from '../../cluster/reaper.ts';
import type { KubeObject } from '../../support/hybrid-cluster.ts';
import { programOf } from '../../tools/tools.ts';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const CHART = join(ROOT, 'deploy/chart');
export const NAMESPACE = 'hybridnetwork-system';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with this on its standard input; any exit code is a result. */
export async function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Ran> {
  const options = { cwd: ROOT, env: { ...process.env, ...env }, maxBuffer: 1 << 26 };
  const running = promisify(execFile)(program, [...args], options);
  // One that does not read it, and has ended, breaks the pipe: its exit code tells.
  running.child.stdin?.on('error', () => undefined);
  running.child.stdin?.end(input);
  return await running.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Error & Partial<Ran> & { readonly code?: unknown }) => {
      if (typeof error.code !== 'number') throw error;
      return { code: error.code, stdout: error.stdout ?? '', stderr: error.stderr ?? '' };
    },
  );
}

/** Runs a program that has to succeed, and returns what it printed. */
export async function must(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, env);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

export interface Scratch {
  readonly dir: string;
  readonly remove: () => Promise<void>;
}

/** A directory that goes with the test file, and with its process where that is ended half-way. */
export function scratch(): Scratch {
  const root = newPath(realpathSync(tmpdir()), 'packages-');
  const reaper = new Reaper(root);
  const dir = join(root, 'files');
  mkdirSync(dir);
  return { dir, remove: async () => await reaper.reap() };
}

/** `kubectl kustomize` of a folder. */
export async function kustomized(dir: string): Promise<string> {
  return await must((await locateBinaries()).kubectl, ['kustomize', dir]);
}

/** A kustomization as a user writes one, on folders of deploy/, rendered. */
export async function kustomizedWith(kustomization: {
  readonly resources: readonly string[];
  readonly components?: readonly string[];
  readonly images?: readonly object[];
  readonly replicas?: readonly { readonly name: string; readonly count: number }[];
}): Promise<string> {
  const { dir, remove } = scratch();
  try {
    const own = join(dir, 'own');
    mkdirSync(own);
    const there = (paths: readonly string[] = []) => paths.map((path) => relative(own, join(ROOT, path)));
    const file = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: there(kustomization.resources),
      components: there(kustomization.components),
      images: kustomization.images ?? [],
      replicas: kustomization.replicas ?? [],
    };
    writeFileSync(join(own, 'kustomization.yaml'), stringify(file));
    return await kustomized(own);
  } finally {
    await remove();
  }
}

export async function helm(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  return await run(await programOf('helm'), args, env);
}

/** `helm template` with values as `--set-json` takes them, without hooks. */
export async function templated(
  values: Readonly<Record<string, unknown>> = {},
  more: readonly string[] = ['--no-hooks'],
  tool: 'helm' | 'helm3' = 'helm',
): Promise<string> {
  const sets = Object.entries(values).flatMap(([path, value]) => [
    '--set-json',
    `${path}=${JSON.stringify(value)}`,
  ]);
  const release = ['hybridnetwork-operator', CHART, '--namespace', NAMESPACE];
  return await must(await programOf(tool, 'helm'), ['template', ...release, ...sets, ...more]);
}

/** By `Kind namespace/name`. */
export function objectsOf(text: string): Readonly<Record<string, KubeObject>> {
  const documents = parseAllDocuments(text);
  const objects = documents.map((document) => document.toJS() as KubeObject | null);
  const named = objects.flatMap((object) => (object === null ? [] : [[idOf(object), object] as const]));
  const ids = named.map(([id]) => id);
  if (new Set(ids).size < ids.length) throw new Error(`an object is there twice: ${ids.join(', ')}`);
  return Object.fromEntries(named);
}

/** For comparisons: kustomize puts empty lines into folded texts, where the next line is indented further. */
export function withoutEmptyLines(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(/\n[ \n]*\n/g, '\n');
  if (Array.isArray(value)) return value.map(withoutEmptyLines);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutEmptyLines(inner)]));
}

function idOf({ kind, metadata: { namespace, name } }: KubeObject): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
