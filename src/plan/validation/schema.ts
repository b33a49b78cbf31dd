// Objects that were stored before the schema was as strict as it is now: the API server serves them as they are. Each is
// measured when it is read; what does not fit is told and left out, so that everything behind this can trust its types.
import { FIELD_SCHEMAS } from '../../api/hybrid-network.ts';
import type { HybridNetwork, Misfit } from '../../api/hybrid-network.ts';
import { size } from './rule.ts';

/** The part of an OpenAPI schema that speaks about values. */
export interface FieldSchema {
  readonly type?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly additionalProperties?: FieldSchema;
  readonly items?: FieldSchema;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** No two items have the same values of these keys; without a key, no two items are the same. */
  readonly uniqueBy?: readonly string[];
  readonly minProperties?: number;
  readonly maxProperties?: number;
}

/** What is left of a value, and what was wrong with it. Without `value` nothing of it can be used. */
export interface Measured {
  readonly value?: unknown;
  readonly misfits: readonly Misfit[];
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function quoted(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 59).toWellFormed()}…`;
}

function bounds(what: string, n: number, least = 0, most = Number.POSITIVE_INFINITY): string | undefined {
  if (n < least) return `must have ${what} of at least ${least}, not ${n}`;
  return n > most ? `must have ${what} of at most ${most}, not ${n}` : undefined;
}

function scalarProblem(schema: FieldSchema, value: unknown): string | undefined {
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    return `must be one of ${schema.enum.join(', ')}, not ${quoted(value)}`;
  }
  if (typeof value === 'number') return bounds('a value', value, schema.minimum, schema.maximum);
  if (typeof value !== 'string') return undefined;
  if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) {
    return `must match ${schema.pattern}, and ${quoted(value)} does not`;
  }
  return bounds('a length', size(value), schema.minLength, schema.maxLength);
}

function identityOf(item: unknown, keys: readonly string[]): string {
  const fields = (typeof item === 'object' && item !== null ? item : {}) as Readonly<Record<string, unknown>>;
  return JSON.stringify(keys.length === 0 ? item : keys.map((key) => fields[key]));
}

function listProblem(schema: FieldSchema, list: readonly unknown[]): string | undefined {
  const { uniqueBy } = schema;
  const isUnique =
    uniqueBy === undefined || new Set(list.map((item) => identityOf(item, uniqueBy))).size === list.length;
  if (!isUnique) return 'must not list anything twice';
  return bounds('a size', list.length, schema.minItems, schema.maxItems);
}

function measureList(schema: FieldSchema, list: readonly unknown[], path: string): Measured {
  const parts = list.map((item, n) => measure(schema.items ?? {}, item, `${path}[${n}]`));
  const problem = listProblem(schema, list);
  return {
    value: parts.flatMap(({ value }) => (value === undefined ? [] : [value])),
    misfits: [
      ...(problem === undefined ? [] : [{ path, message: problem }]),
      ...parts.flatMap(({ misfits }) => misfits),
    ],
  };
}

function measureObject(schema: FieldSchema, object: object, path: string): Measured {
  const known = Object.entries(object).flatMap(([key, value]): (readonly [string, Measured])[] => {
    const part = Object.hasOwn(schema.properties ?? {}, key)
      ? schema.properties?.[key]
      : schema.additionalProperties;
    // What the schema does not know the API server leaves out, and null stands for absence.
    return part === undefined || value === null ? [] : [[key, measure(part, value, `${path}.${key}`)]];
  });
  const present = known.map(([key]) => key);
  const missing = (schema.required ?? []).filter((key) => !present.includes(key));
  const problem = bounds('a size', present.length, schema.minProperties, schema.maxProperties);
  const kept = known.filter(([, { value }]) => value !== undefined);
  const isWhole = (schema.required ?? []).every((key) => kept.some(([name]) => name === key));
  const misfits = [
    ...missing.map((key) => ({ path: `${path}.${key}`, message: 'must be set' })),
    ...(problem === undefined ? [] : [{ path, message: problem }]),
    ...known.flatMap(([, part]) => part.misfits),
  ];
  // Without a field that it must have an object means nothing, except the spec itself, of which the rest still counts.
  if (!isWhole && path !== 'spec') return { misfits };
  return { value: Object.fromEntries(kept.map(([key, { value }]) => [key, value])), misfits };
}

/** Measures a value by its schema; `path` stands in what is told. */
export function measure(schema: FieldSchema, value: unknown, path: string): Measured {
  const type = typeOf(value);
  const fits =
    schema.type === undefined || type === schema.type || (schema.type === 'number' && type === 'integer');
  if (!fits) return { misfits: [{ path, message: `must be of type ${schema.type ?? ''}, not ${type}` }] };
  if (Array.isArray(value)) return measureList(schema, value, path);
  if (typeof value === 'object' && value !== null) return measureObject(schema, value, path);
  const problem = scalarProblem(schema, value);
  return problem === undefined ? { value, misfits: [] } : { misfits: [{ path, message: problem }] };
}

const SCHEMAS: Readonly<Record<'spec' | 'status', FieldSchema>> = FIELD_SCHEMAS;

/** The object with what fits of its spec and status, and a list of what does not fit of its spec. */
export function legible(network: HybridNetwork): HybridNetwork {
  const spec = measure(SCHEMAS.spec, network.spec ?? {}, 'spec');
  const { misfits: _, status, ...rest } = network;
  const kept = status === undefined ? undefined : measure(SCHEMAS.status, status, 'status').value;
  return {
    ...rest,
    spec: (spec.value ?? {}) as HybridNetwork['spec'],
    ...(kept === undefined ? {} : { status: kept as NonNullable<HybridNetwork['status']> }),
    ...(spec.misfits.length === 0 ? {} : { misfits: spec.misfits }),
  };
}
