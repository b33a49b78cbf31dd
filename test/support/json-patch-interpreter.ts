// Applies a JSON Patch as the API server does: RFC 6902, all or nothing, and a `test` on null passes where nothing is.
import { isDeepStrictEqual } from 'node:util';
import type { JsonPatch, JsonPatchOperation } from '../../src/plan/json-patch.ts';

export class PatchRefused extends Error {}

type Container = Record<string, unknown>;

function keysIn(path: string): readonly string[] {
  if (path !== '' && !path.startsWith('/')) throw new PatchRefused(`${path} is no JSON pointer`);
  return path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function parentOf(document: unknown, path: string): { readonly parent: Container; readonly key: string } {
  const keys = keysIn(path);
  const key = keys.at(-1);
  if (key === undefined) throw new PatchRefused('the whole document is never patched');
  let parent: unknown = document;
  for (const step of keys.slice(0, -1)) {
    const isThere = typeof parent === 'object' && parent !== null && Object.hasOwn(parent, step);
    if (!isThere) throw new PatchRefused(`${path}: there is no ${step}`);
    parent = (parent as Container)[step];
  }
  if (typeof parent !== 'object' || parent === null || Array.isArray(parent)) {
    throw new PatchRefused(`${path}: the parent is no object`);
  }
  return { parent: parent as Container, key };
}

function applyOne(document: unknown, operation: JsonPatchOperation): void {
  const { parent, key } = parentOf(document, operation.path);
  const isThere = Object.hasOwn(parent, key);
  switch (operation.op) {
    case 'test': {
      const actual = isThere ? parent[key] : null;
      if (!isDeepStrictEqual(actual, operation.value))
        throw new PatchRefused(`test failed: ${operation.path}`);
      return;
    }
    case 'add':
      parent[key] = operation.value;
      return;
    case 'replace':
    case 'remove':
      if (!isThere) throw new PatchRefused(`${operation.op}: nothing is at ${operation.path}`);
      if (operation.op === 'remove') delete parent[key];
      else parent[key] = operation.value;
  }
}

/** The document afterwards; the one that is given stays as it is. */
export function applyPatch<T>(document: T, patch: JsonPatch): T {
  const copy: unknown = JSON.parse(JSON.stringify(document));
  // Over the wire and back: what JSON cannot say does not reach the server.
  for (const operation of JSON.parse(JSON.stringify(patch)) as JsonPatch) applyOne(copy, operation);
  return copy as T;
}
