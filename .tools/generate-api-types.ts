// CRD → TypeScript: the schema of the stored version, with names for the parts that code speaks about.
import { compile } from 'json-schema-to-typescript';
import { format } from 'prettier';
import { parse } from 'yaml';

export type Schema = {
  type?: string;
  description?: string;
  title?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  [keyword: string]: unknown;
};

/** Path in the schema → exported name; `[]` stands for the items of a list. What is not named here is written inline. */
const names: Record<string, string> = {
  spec: 'HybridNetworkSpec',
  'spec.scenario': 'Scenario',
  'spec.enforcement': 'Enforcement',
  'spec.deletionPolicy': 'DeletionPolicy',
  'spec.onPremises': 'OnPremisesSpec',
  'spec.onPremises.cni': 'CNISpec',
  'spec.onPremises.cni.type': 'CNIType',
  'spec.onPremises.cni.exceptCompanions[]': 'CompanionReference',
  'spec.onPremises.workloads[]': 'WorkloadSelector',
  'spec.onPremises.workloads[].labelSelector': 'LabelSelector',
  'spec.onPremises.workloads[].labelSelector.matchExpressions[]': 'LabelSelectorRequirement',
  'spec.terway': 'TerwaySpec',
  'spec.terway.eniConfig': 'ENIConfigSpec',
  'spec.terway.eniConfig.vSwitchSelectionPolicy': 'VSwitchSelectionPolicy',
  'spec.terway.datapath': 'Datapath',
  'spec.terway.networkPolicy': 'NetworkPolicyMode',
  'spec.credentials': 'CredentialsSpec',
  'spec.credentials.inENIConfig': 'InENIConfig',
  'spec.cloud': 'CloudSpec',
  'spec.cloud.validation': 'ValidationMode',
  status: 'HybridNetworkStatus',
  'status.conditions[]': 'Condition',
  'status.conditions[].status': 'ConditionStatus',
  'status.nodes': 'NodeCounts',
  'status.guard': 'GuardStatus',
  'status.guard.hold': 'GuardState',
  'status.zones[]': 'ZoneStatus',
  'status.checks[]': 'CheckStatus',
  'status.capacity': 'CapacityStatus',
  'status.capacity.instanceTypes[]': 'InstanceTypeStatus',
  'status.plan': 'PlanStatus',
  'status.plan.actions[]': 'PlannedAction',
  'status.plan.actions[].target': 'ActionTarget',
  'status.plan.actions[].waitsFor': 'WaitsFor',
  'status.pluginHistory[]': 'PluginTrace',
  'status.workloads[]': 'WorkloadStatus',
  'status.workloads[].state': 'WorkloadState',
};

const header = '// Generated from crds/hybridnetworks.yaml by `npm run generate`. Do not edit.\n';

/** The schema below `spec` and `status` of the version that is stored. */
export function schemaOf(crd: string): { spec: Schema; status: Schema } {
  const parsed = parse(crd) as {
    spec: { versions: { storage: boolean; schema: { openAPIV3Schema: Schema } }[] };
  };
  const properties = parsed.spec.versions.find((version) => version.storage)?.schema.openAPIV3Schema
    .properties;
  if (!properties?.spec || !properties.status) throw new Error('the CRD has no schema for spec and status');
  return { spec: properties.spec, status: properties.status };
}

/** Calls `visit` for the schema and everything below it, parents first. */
export function walk(path: string, schema: Schema, visit: (path: string, schema: Schema) => void): void {
  visit(path, schema);
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    walk(`${path}.${name}`, property, visit);
  if (schema.items) walk(`${path}[]`, schema.items, visit);
  if (typeof schema.additionalProperties === 'object') walk(`${path}{}`, schema.additionalProperties, visit);
}

function giveNames(schemas: { spec: Schema; status: Schema }): void {
  const unused = new Set(Object.keys(names));
  const visit = (path: string, schema: Schema): void => {
    const title = names[path];
    if (title !== undefined) schema.title = title;
    unused.delete(path);
  };
  walk('spec', schemas.spec, visit);
  walk('status', schemas.status, visit);
  if (unused.size > 0) throw new Error(`named, but not in the schema: ${[...unused].join(', ')}`);
}

/** The upper bounds of the status: a longer list or text is refused by the API server, so the writer has to cut it. */
function limits(status: Schema): string {
  const lines: string[] = [];
  walk('status', status, (path, schema) => {
    const limit = schema.maxItems ?? ((schema.enum ?? schema.format) ? undefined : schema.maxLength);
    if (typeof limit === 'number') lines.push(`  '${path.slice('status.'.length)}': ${limit},`);
  });
  return [
    '/** What the API server accepts in a status: items of a list, characters of a text. Longer ones have to be cut. */',
    `export const STATUS_LIMITS = {\n${lines.join('\n')}\n} as const;\n`,
  ].join('\n');
}

const KEYWORDS = [
  ...['type', 'required', 'enum', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum'],
  ...['minItems', 'maxItems', 'minProperties', 'maxProperties'],
];

/** What a schema asks of values, without its words, defaults and rules. */
function demands(schema: Schema): object {
  const kept = KEYWORDS.flatMap((word) => (schema[word] === undefined ? [] : [[word, schema[word]]]));
  const below = (part: Schema | boolean | undefined): object | undefined =>
    typeof part === 'object' ? demands(part) : undefined;
  return {
    ...Object.fromEntries(kept),
    ...(schema['x-kubernetes-list-type'] === 'set' ? { uniqueBy: [] } : {}),
    ...(schema['x-kubernetes-list-type'] === 'map' ? { uniqueBy: schema['x-kubernetes-list-map-keys'] } : {}),
    ...(schema.properties && {
      properties: Object.fromEntries(
        Object.entries(schema.properties).map(([name, part]) => [name, demands(part)]),
      ),
    }),
    ...(schema.items && { items: demands(schema.items) }),
    ...(schema.additionalProperties && { additionalProperties: below(schema.additionalProperties) }),
  };
}

/** The schema as a value: objects that were stored before it was as strict are measured by it when they are read. */
function values(schemas: { spec: Schema; status: Schema }): string {
  const both = { spec: demands(schemas.spec), status: demands(schemas.status) };
  return [
    '/** What the schema asks of each field, without defaults and rules. */',
    `export const FIELD_SCHEMAS = ${JSON.stringify(both)};\n`,
  ].join('\n');
}

export async function renderApiTypes(crd: string): Promise<string> {
  const schemas = schemaOf(crd);
  const bounds = `${limits(schemas.status)}\n${values(schemas)}`;
  giveNames(schemas);
  const both = { type: 'object', properties: schemas, required: ['spec'], title: 'HybridNetworkFields' };
  const types = await compile(both as Parameters<typeof compile>[0], 'HybridNetworkFields', {
    additionalProperties: false,
    bannerComment: '',
    format: false,
    ignoreMinAndMaxItems: true,
    unknownAny: true,
  });
  return format(`${header}\n${withoutReferrers(types)}\n${bounds}`, {
    parser: 'typescript',
    singleQuote: true,
    printWidth: 110,
    trailingComma: 'all',
  });
}

/** Takes out the compiler's remarks on which schema part refers to a type: noise in an editor's tooltip. */
function withoutReferrers(types: string): string {
  return types
    .replaceAll(/ \*\n \* This interface was referenced by [^\n]*\n \* via the `[^\n]*\n/g, '')
    .replaceAll(/\/\*\*\n \* This interface was referenced by [^\n]*\n \* via the `[^\n]*\n \*\/\n/g, '');
}
