// JSON schemas for kubeconform, from what is pinned: the OpenAPI description of Kubernetes, the CRDs of the Prometheus
// Operator, and our own CRD. kubeconform finds no unknown field by itself: each object that lists its fields is closed here.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { filesOf } from '../../tools/tools.ts';
import { ROOT } from './render.ts';

type Schema = Readonly<Record<string, unknown>>;

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const GVK = 'x-kubernetes-group-version-kind';
const REF = '#/definitions/';

/** Where kubeconform looks for the schema of a kind. */
export const LOCATION = '{{.ResourceKind}}{{.KindSuffix}}.json';

/** `deployment-apps-v1.json`, `pod-v1.json`: as kubeconform names them. */
function fileOf({ group, version, kind }: GroupVersionKind): string {
  const [short = ''] = group.split('.');
  return `${[kind.toLowerCase(), ...(short === '' ? [] : [short]), version].join('-')}.json`;
}

/** Writes one file for each kind, and returns how many there are. */
export async function writeSchemas(dir: string): Promise<number> {
  mkdirSync(dir, { recursive: true });
  const all = [...(await kubernetesSchemas()), ...(await crdSchemas())];
  for (const { file, schema } of all) writeFileSync(join(dir, file), JSON.stringify(schema));
  return all.length;
}

interface Written {
  readonly file: string;
  readonly schema: Schema;
}

async function kubernetesSchemas(): Promise<readonly Written[]> {
  const path = join(await filesOf('kubernetes'), 'api/openapi-spec/swagger.json');
  const { definitions } = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly definitions: Readonly<Record<string, Schema>>;
  };
  const closed = Object.fromEntries(
    Object.entries(definitions).map(([name, schema]) => [name, closedSchema(schema, name)]),
  );
  return Object.entries(definitions).flatMap(([name, schema]) => {
    const kinds = (schema[GVK] ?? []) as readonly GroupVersionKind[];
    const isObject = 'metadata' in ((schema['properties'] ?? {}) as Schema);
    // Options and the like belong to every group: nobody applies them.
    if (!isObject || kinds.length !== 1) return [];
    const whole = { $ref: `${REF}${name}`, definitions: reachable(name, closed) };
    return kinds.map((kind) => ({ file: fileOf(kind), schema: whole }));
  });
}

/** The definition and all that it refers to. */
function reachable(
  name: string,
  definitions: Readonly<Record<string, Schema>>,
): Readonly<Record<string, Schema>> {
  const found = new Set([name]);
  for (const one of found) {
    const text = JSON.stringify(definitions[one]);
    for (const [, target = ''] of text.matchAll(/"#\/definitions\/([^"]+)"/g)) found.add(target);
  }
  return Object.fromEntries([...found].map((one) => [one, definitions[one] ?? {}]));
}

async function crdSchemas(): Promise<readonly Written[]> {
  const foreign = join(await filesOf('prometheus-operator'), 'example/prometheus-operator-crd');
  const paths = [
    join(foreign, 'monitoring.coreos.com_servicemonitors.yaml'),
    join(foreign, 'monitoring.coreos.com_prometheusrules.yaml'),
    join(ROOT, 'crds/hybridnetworks.yaml'),
  ];
  return paths.flatMap((path) => {
    const { spec } = parse(readFileSync(path, 'utf8')) as {
      readonly spec: {
        readonly group: string;
        readonly names: { readonly kind: string };
        readonly versions: readonly {
          readonly name: string;
          readonly schema: { readonly openAPIV3Schema: Schema };
        }[];
      };
    };
    return spec.versions.map(({ name, schema }) => ({
      file: fileOf({ group: spec.group, version: name, kind: spec.names.kind }),
      schema: closedSchema(schema.openAPIV3Schema, ''),
    }));
  });
}

/** Values that are written in more than one type. */
const EITHER = { type: ['string', 'number'] };

function closedSchema(schema: Schema, name: string): Schema {
  if (schema['x-kubernetes-int-or-string'] === true || schema['format'] === 'int-or-string') return EITHER;
  if (name.endsWith('.api.resource.Quantity')) return EITHER;
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true || 'additionalProperties' in schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, closedPart(key, value)] as const);
  // What lists fields has no others.
  const close = 'properties' in schema && !open ? { additionalProperties: false } : {};
  return { ...Object.fromEntries(entries), ...close };
}

function closedPart(key: string, value: unknown): unknown {
  const closed = (one: unknown): unknown =>
    typeof one === 'object' && one !== null ? closedSchema(one as Schema, '') : one;
  if (key === 'properties') {
    return Object.fromEntries(Object.entries(value as Schema).map(([name, one]) => [name, closed(one)]));
  }
  return key === 'items' || key === 'additionalProperties' ? closed(value) : value;
}
