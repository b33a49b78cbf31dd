// JSON Patch (RFC 6902) with `test` on the value that was read. The API server answers 422 when a test fails,
// and no status write of a controller can make it fail, unlike a lock on metadata.resourceVersion.

export type JsonPatchOperation =
  | { readonly op: 'test' | 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

export type JsonPatch = readonly JsonPatchOperation[];

/** Escapes one key for use in a JSON Pointer (RFC 6901). */
export function pointer(...keys: readonly string[]): string {
  return keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Sets, or with `undefined` removes, one value, provided that it still is what was read. `null` tests for absence. */
export function swap(path: string, before: unknown, after: unknown): JsonPatch {
  const test: JsonPatchOperation = { op: 'test', path, value: before ?? null };
  if (after === undefined) return before === undefined ? [test] : [test, { op: 'remove', path }];
  return [test, { op: 'add', path, value: after }];
}

/** Changes several keys of a string map such as metadata.annotations; `undefined` removes a key. */
export function swapKeys(
  path: string,
  before: Readonly<Record<string, string>> | undefined,
  changes: Readonly<Record<string, string | undefined>>,
): JsonPatch {
  if (before === undefined) {
    const added = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    return Object.keys(added).length === 0 ? [] : swap(path, undefined, added);
  }
  return Object.entries(changes)
    .filter(([key, value]) => before[key] !== value)
    .flatMap(([key, value]) => swap(path + pointer(key), before[key], value));
}
