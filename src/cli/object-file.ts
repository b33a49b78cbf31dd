// A HybridNetwork from a file: read as strictly as the API server with field validation would, so that a slip of the pen
// is told and not passed over. What is told never quotes the file, which may hold other objects too.
import { parseAllDocuments } from 'yaml';
import { API_VERSION, FIELD_SCHEMAS, KIND } from '../api/hybrid-network.ts';
import type { HybridNetwork } from '../api/hybrid-network.ts';
import { problemsIn } from '../plan/validate.ts';
import { legible } from '../plan/validation/schema.ts';
import type { FieldSchema } from '../plan/validation/schema.ts';

/** What is wrong with what was given, in words for the person who gave it. */
export class UsageError extends Error {}

/** The etcd of a cluster takes no larger one. */
const LIMIT = 1_500_000;

interface RawObject {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: unknown };
  readonly items?: readonly unknown[];
}

function documentsIn(text: string, source: string): readonly unknown[] {
  if (text.length > LIMIT) throw new UsageError(`${source} is too large for an object of Kubernetes.`);
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) return [];
  return documents.map((document): unknown => {
    const [error] = document.errors;
    if (error !== undefined) {
      const [place] = error.linePos ?? [];
      const at = place === undefined ? '' : ` at line ${place.line}, column ${place.col}`;
      throw new UsageError(`${source} is no YAML: ${error.code}${at}.`);
    }
    try {
      return document.toJS({ maxAliasCount: 100 });
    } catch {
      throw new UsageError(`${source} has more aliases than an object needs.`);
    }
  });
}

function objectsIn(value: unknown): readonly RawObject[] {
  if (typeof value !== 'object' || value === null) return [];
  const raw = value as RawObject;
  return raw.kind === 'List' ? (raw.items ?? []).flatMap(objectsIn) : [raw];
}

/** Fields that no schema knows: the API server would drop them. */
export function unknownFields(
  value: unknown,
  schema: FieldSchema | undefined,
  path: string,
): readonly string[] {
  if (schema === undefined) return [path];
  if (Array.isArray(value))
    return value.flatMap((item, n) => unknownFields(item, schema.items, `${path}[${n}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    unknownFields(
      inner,
      Object.hasOwn(schema.properties ?? {}, key) ? schema.properties?.[key] : schema.additionalProperties,
      `${path}.${key}`,
    ),
  );
}

function problemsWith(raw: RawObject, network: HybridNetwork): readonly string[] {
  const unknown = unknownFields((raw as { readonly spec?: unknown }).spec, FIELD_SCHEMAS.spec, 'spec');
  return [
    ...unknown.map((path) => `${path}: a HybridNetwork has no such field`),
    ...problemsIn(network).map(({ path, message }) => `${path}: ${message}`),
  ];
}

function networkFrom(raw: RawObject, source: string): HybridNetwork {
  const { apiVersion, metadata } = raw;
  if (apiVersion !== API_VERSION) throw new UsageError(`${source}: apiVersion must be ${API_VERSION}.`);
  const name = metadata?.name;
  if (typeof name !== 'string' || name === '') throw new UsageError(`${source}: metadata.name is missing.`);
  const network = legible({
    ...(raw as unknown as HybridNetwork),
    metadata: {
      ...(metadata as Partial<HybridNetwork['metadata']>),
      name,
      uid: `of-${name}`,
      resourceVersion: '',
      generation: 1,
      // The youngest of all: whatever stands in the cluster came first.
      creationTimestamp: '9999-01-01T00:00:00Z',
    },
  });
  const problems = problemsWith(raw, network);
  if (problems.length > 0) {
    throw new UsageError(`${source}: HybridNetwork ${name} is not valid.\n  ${problems.join('\n  ')}`);
  }
  return network;
}

/** The HybridNetworks of a text. Throws a {@link UsageError} where there is none, or one is not valid. */
export function networksFrom(text: string, source: string): readonly HybridNetwork[] {
  const objects = documentsIn(text, source)
    .flatMap(objectsIn)
    .filter(({ kind }) => kind === KIND);
  if (objects.length === 0) throw new UsageError(`${source} holds no ${KIND}.`);
  return objects.map((raw) => networkFrom(raw, source));
}

/** As it would stand in the cluster once it was applied: an object of that name keeps its identity and its status. */
export function asApplied(network: HybridNetwork, existing: readonly HybridNetwork[]): HybridNetwork {
  const before = existing.find(({ metadata }) => metadata.name === network.metadata.name);
  if (before === undefined) return network;
  const { labels, annotations } = network.metadata;
  return {
    ...before,
    metadata: {
      ...before.metadata,
      ...(labels === undefined ? {} : { labels }),
      annotations: { ...before.metadata.annotations, ...annotations },
    },
    spec: network.spec,
  };
}
