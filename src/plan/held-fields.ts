// Which fields an action puts right, and who had changed them. managedFields name the writer of a replacement and nobody
// for a removal; then the marks of the owner may tell.
import { FIELD_MANAGER } from '../api/annotations.ts';
import type { Action, ConfigMapPatch, WorkloadPatch } from './actions.ts';
import type { Facts, FieldManager, Observed } from './facts.ts';
import type { JsonPatchOperation } from './json-patch.ts';
import { pointer } from './json-patch.ts';
import { managerOf } from './managers.ts';

export const UNKNOWN_WRITER = 'unknown writer (removal)';

/** A part of an object that is counted by itself. */
export interface HeldField {
  /** `affinity` and `nodeSelector` of a workload, a key of a ConfigMap or a Secret. */
  readonly field: string;
  /** Who it may have been. */
  readonly writer: string;
}

function ownersOf(managers: readonly FieldManager[], field: string): readonly string[] {
  return managers
    .filter(({ manager, owns = [] }) => manager !== FIELD_MANAGER && owns.includes(field))
    .map(({ manager }) => manager);
}

function writerOf(managers: readonly FieldManager[] = [], field: string): string {
  const owners = ownersOf(managers, field);
  return owners.length === 0 ? UNKNOWN_WRITER : owners.join(' and ');
}

// kubectl leaves its mark on nearly everything and writes only when somebody calls it: that tells nothing.
function writerOfPlacement({ workload }: WorkloadPatch, field: string): string {
  const writer = writerOf(workload.managers, field);
  const marked = managerOf(workload);
  if (writer !== UNKNOWN_WRITER || marked.name === 'none' || marked.name === 'kubectl') return writer;
  return marked.detail.startsWith(marked.name) ? marked.detail : `${marked.name} (${marked.detail})`;
}

function keysIn(operation: JsonPatchOperation): readonly string[] {
  if (operation.op === 'add' && operation.path === '/data') return Object.keys(Object(operation.value));
  return operation.path.startsWith('/data/') ? [operation.path.slice('/data/'.length)] : [];
}

function dataKeysOf({ patch }: ConfigMapPatch): readonly string[] {
  const keys = new Set(patch.flatMap(keysIn));
  return [...keys].map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function managersIn(
  observed: Observed<{ readonly managers?: readonly FieldManager[] }>,
): readonly FieldManager[] {
  return observed.state === 'present' ? (observed.object.managers ?? []) : [];
}

/** The fields that the action changes; none where nobody can fight over it. */
export function heldFieldsOf(action: Action, facts: Facts): readonly HeldField[] {
  const named = (managers: readonly FieldManager[]) => (field: string) => ({
    field,
    writer: writerOf(managers, field),
  });
  switch (action.kind) {
    case 'workload.patch': {
      if (action.template === undefined) return [];
      const field = action.verb === 'PlaceOnCloud' ? 'nodeSelector' : 'affinity';
      return [{ field, writer: writerOfPlacement(action, field) }];
    }
    case 'configMap.patch':
      return dataKeysOf(action).map(named(managersIn(facts.eniConfig)));
    case 'configMap.create':
      return Object.keys(action.data).map(named([]));
    case 'secret.write': {
      const { addonSecret } = facts;
      const live = addonSecret.state === 'present' ? addonSecret.object.data : new Map();
      const changed = [...action.values].filter(([key, value]) => !value.equals(live.get(key)));
      return changed.map(([key]) => key).map(named(managersIn(addonSecret)));
    }
    case 'workload.disown':
    case 'network.remember':
    case 'finalizer.add':
    case 'finalizer.remove':
      return [];
  }
}

/** The patch without what it does to these keys, and without what belongs to the whole; undefined: nothing is left. */
export function withoutKeys(action: ConfigMapPatch, keys: readonly string[]): ConfigMapPatch | undefined {
  const isKept = ({ path }: JsonPatchOperation): boolean =>
    path.startsWith('/data/') && !keys.some((key) => path === `/data${pointer(key)}`);
  const kept = action.patch.filter(isKept);
  if (kept.length === 0) return undefined;
  return { ...action, patch: [...action.patch.filter(({ path }) => path === '/metadata/uid'), ...kept] };
}
