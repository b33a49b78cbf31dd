// Reads the kustomizations of deploy/ as far as they use kustomize: `resources`, `labels`, and patches by JSON Patch.
// test/packages compares what comes of it with what kubectl makes of the same files.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Document, Node } from 'yaml';
import { isMap, isSeq, parse, parseAllDocuments, parseDocument } from 'yaml';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** One file of manifests. */
export interface Manifest {
  /** From the root of the repository. */
  readonly path: string;
  readonly documents: readonly Document[];
}

/** One operation of a JSON Patch of a kustomization. */
export interface PatchOperation {
  readonly kind: string;
  readonly name: string;
  readonly op: 'add' | 'replace' | 'remove';
  readonly at: readonly string[];
  readonly value: Node | undefined;
}

export interface Kustomization {
  readonly manifests: readonly Manifest[];
  /** Other kustomizations among its resources, from the root of the repository. */
  readonly folders: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly patches: readonly PatchOperation[];
}

interface KustomizationFile {
  readonly resources?: readonly string[];
  readonly labels?: readonly { readonly pairs: Readonly<Record<string, string>> }[];
  readonly patches?: readonly {
    readonly target: { readonly kind: string; readonly name: string };
    readonly patch: string;
  }[];
  readonly [other: string]: unknown;
}

/** `images` is left to the chart, which has values for it. */
const UNDERSTOOD = ['apiVersion', 'kind', 'resources', 'labels', 'images', 'patches'];

export function readKustomization(dir: string): Kustomization {
  const path = join(dir, 'kustomization.yaml');
  const file = parse(readFileSync(join(ROOT, path), 'utf8')) as KustomizationFile;
  const unknown = Object.keys(file).filter((key) => !UNDERSTOOD.includes(key));
  if (unknown.length > 0) throw new Error(`${path}: the chart knows no way to do ${unknown.join(', ')}`);
  const { resources = [], labels = [], patches = [] } = file;
  return {
    manifests: resources.filter(isFile).map((name) => readManifest(join(dir, name))),
    folders: resources.filter((name) => !isFile(name)).map((name) => join(dir, name)),
    labels: Object.assign({}, ...labels.map(({ pairs }) => pairs)) as Record<string, string>,
    patches: patches.flatMap(({ target, patch }) =>
      operationsOf(patch).map((one) => ({ ...target, ...one })),
    ),
  };
}

function isFile(name: string): boolean {
  return /\.ya?ml$/.test(name);
}

function readManifest(path: string): Manifest {
  const documents = parseAllDocuments(readFileSync(join(ROOT, path), 'utf8'));
  if (!Array.isArray(documents)) throw new Error(`${path} is empty`);
  for (const { errors } of documents) if (errors[0] !== undefined) throw errors[0];
  return { path: relative('.', path), documents: documents as Document[] };
}

function operationsOf(patch: string): Omit<PatchOperation, 'kind' | 'name'>[] {
  const { contents } = parseDocument(patch);
  if (!isSeq(contents))
    throw new Error(`this patch is no JSON Patch, and the chart knows no other:\n${patch}`);
  return contents.items.map((item) => {
    if (!isMap(item)) throw new Error(`this operation of a patch is no object:\n${patch}`);
    const path = String(item.get('path'));
    return {
      op: String(item.get('op')) as PatchOperation['op'],
      at: path.slice(1).split('/').map(unescaped),
      value: item.get('value', true),
    };
  });
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** `rbac/cluster.yaml` of `deploy/rbac/cluster.yaml`; what stands beside deploy/ keeps its folder. */
export function nameInChart(path: string): string {
  return path.replace(/^deploy\//, '').replace(/^components\//, '');
}
