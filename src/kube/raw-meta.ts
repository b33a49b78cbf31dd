// metadata of a raw object, cut down to what facts are made of.
import type { FieldManager, OwnerReference } from '../plan/facts.ts';

/** kubectl's copy of the object: it may hold keys, and is large. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

export type StringMap = Readonly<Record<string, string>>;

export interface RawMeta {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: StringMap;
  readonly annotations?: StringMap;
  readonly ownerReferences?: readonly (OwnerReference & { readonly uid?: string })[];
  readonly managedFields?: readonly (Omit<FieldManager, 'owns'> & { readonly fieldsV1?: FieldSet })[];
}

/** FieldsV1: `{ 'f:spec': { 'f:template': {} } }` */
export interface FieldSet {
  readonly [key: string]: FieldSet;
}

/** Which of the fields that the operator may hold stand in a field set. */
export type Owned = (fields: FieldSet) => readonly string[];

const POD_SPEC = ['f:spec', 'f:template', 'f:spec'];
const HELD_PATHS: Readonly<Record<string, readonly string[]>> = {
  affinity: [...POD_SPEC, 'f:affinity', 'f:nodeAffinity', 'f:requiredDuringSchedulingIgnoredDuringExecution'],
  nodeSelector: [...POD_SPEC, 'f:nodeSelector'],
};

function holds(fields: FieldSet, path: readonly string[]): boolean {
  return path.reduce<FieldSet | undefined>((inner, key) => inner?.[key], fields) !== undefined;
}

export const ownedPlacement: Owned = (fields) =>
  Object.keys(HELD_PATHS).filter((name) => holds(fields, HELD_PATHS[name] ?? []));

export const ownedKeys: Owned = (fields) =>
  Object.keys(fields['f:data'] ?? {}).flatMap((key) => (key.startsWith('f:') ? [key.slice(2)] : []));

export interface RawCondition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string;
}

export function identityOf({ uid = '', resourceVersion = '' }: RawMeta): {
  readonly uid: string;
  readonly resourceVersion: string;
} {
  return { uid, resourceVersion };
}

export function nameOf({ namespace = '', name = '' }: RawMeta): {
  readonly namespace: string;
  readonly name: string;
} {
  return { namespace, name };
}

export function annotationsOf({ annotations }: RawMeta): {
  readonly annotations: StringMap;
  readonly hasAnnotations: boolean;
} {
  const { [LAST_APPLIED]: _dropped, ...kept } = annotations ?? {};
  return { annotations: kept, hasAnnotations: annotations !== undefined };
}

export function managersOf({ managedFields = [] }: RawMeta, owned: Owned): readonly FieldManager[] {
  return managedFields.map(({ manager, operation, subresource, time, fieldsV1 = {} }) => {
    const owns = owned(fieldsV1);
    return {
      manager,
      operation,
      ...optional('subresource', subresource),
      ...optional('time', time),
      ...(owns.length === 0 ? {} : { owns }),
    };
  });
}

/** The time of the last write that managedFields tells of; RFC 3339 in UTC sorts as text. */
export function changedAt({ managedFields = [] }: RawMeta): string | undefined {
  return managedFields
    .flatMap(({ time }) => time ?? [])
    .toSorted()
    .at(-1);
}

export function ownersOf({ ownerReferences = [] }: RawMeta): readonly OwnerReference[] {
  return ownerReferences.map(({ apiVersion, kind, name, controller }) => ({
    apiVersion,
    kind,
    name,
    ...optional('controller', controller),
  }));
}

export function controllerUidOf({ ownerReferences = [] }: RawMeta): string | undefined {
  return ownerReferences.find(({ controller }) => controller === true)?.uid;
}

export function isReady(conditions: readonly RawCondition[] = []): boolean {
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** When condition Ready took its present status. */
export function readySince(conditions: readonly RawCondition[] = []): string | undefined {
  return conditions.find(({ type }) => type === 'Ready')?.lastTransitionTime;
}

/** `{ key: value }`, and nothing at all for undefined. */
export function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}
