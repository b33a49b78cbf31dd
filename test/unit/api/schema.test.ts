import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { schemaOf, type Schema, walk } from '../../../.tools/generate-api-types.ts';
import { badSpecs } from '../../support/bad-specs.ts';

type Rule = { rule: string; message: string };

const { spec, status } = schemaOf(await readFile('crds/hybridnetworks.yaml', 'utf8'));
const specFields = fieldsOf('spec', spec);
const fields = [...specFields, ...fieldsOf('status', status)];
const rules = fields.flatMap(([path, schema]) => rulesOf(schema).map((rule) => ({ path, ...rule })));

/** What rules may call: all of it is older than Kubernetes 1.25. */
const functions = new Set(['all', 'contains', 'exists_one', 'has', 'matches', 'size', 'startsWith']);

function fieldsOf(name: string, schema: Schema): [string, Schema][] {
  const found: [string, Schema][] = [];
  walk(name, schema, (path, part) => found.push([path, part]));
  return found;
}

function rulesOf(schema: Schema): Rule[] {
  return (schema['x-kubernetes-validations'] ?? []) as Rule[];
}

function pathsWhere(wrong: (schema: Schema) => boolean, among = fields): string[] {
  return among.filter(([, schema]) => wrong(schema)).map(([path]) => path);
}

function codeOf(rule: string): string {
  return rule.replaceAll(/'[^']*'/g, "''");
}

const isUnboundedText = (schema: Schema): boolean =>
  schema.type === 'string' && !('maxLength' in schema || 'enum' in schema || 'format' in schema);

const isLooseList = (schema: Schema): boolean =>
  schema.type === 'array' && !('maxItems' in schema && 'x-kubernetes-list-type' in schema);

const boundsKeys = ({ rule }: Rule): boolean => /self\.all\(\w, .*size\(\w\) <= \d/.test(rule);

const isLooseMap = (schema: Schema): boolean =>
  schema.additionalProperties !== undefined &&
  !('maxProperties' in schema && rulesOf(schema).some(boundsKeys));

const isUnboundedNumber = (schema: Schema): boolean =>
  schema.type === 'integer' && !('minimum' in schema && 'maximum' in schema);

function isLooseText({ type, enum: values, pattern }: Schema): boolean {
  if (type !== 'string' || values !== undefined) return false;
  if (typeof pattern !== 'string') return true;
  return !pattern.split(/(?<=\$)\|(?=\^)/).every((part) => part.startsWith('^') && part.endsWith('$'));
}

function hidesDefault({ default: value, description = '' }: Schema): boolean {
  if (value === undefined || typeof value === 'object') return false;
  return !description.includes('Default') || !description.includes(JSON.stringify(value).replaceAll('"', ''));
}

function hidesAbsence({ default: value, description = '' }: Schema): boolean {
  return value === undefined && !/Default: none|Absent/.test(description);
}

describe('every field of a HybridNetwork', () => {
  it('has a description that teaches', () => {
    expect(pathsWhere(({ description = '' }) => description.length < 20)).toEqual([]);
  });

  it('states its default where it has one', () => {
    expect(pathsWhere(hidesDefault)).toEqual([]);
  });

  it('says what its absence means where it has no default', () => {
    const required = specFields.flatMap(([path, { required: names }]) =>
      ((names ?? []) as string[]).map((name) => `${path}.${name}`),
    );
    const optional = specFields.filter(([path]) => /^[\w.]+\.\w+$/.test(path) && !required.includes(path));
    expect(pathsWhere(hidesAbsence, optional)).toEqual([]);
  });

  it('is bounded if it is a text', () => {
    expect(pathsWhere(isUnboundedText)).toEqual([]);
  });

  it('is bounded if it is a list, and says how lists are merged', () => {
    expect(pathsWhere(isLooseList)).toEqual([]);
  });

  it('is bounded if it is a map, and so are its keys', () => {
    expect(pathsWhere(isLooseMap)).toEqual([]);
  });

  it('is bounded if it is a number of the spec', () => {
    expect(pathsWhere(isUnboundedNumber, specFields)).toEqual([]);
  });

  it('lists the characters that it takes if it is a text of the spec', () => {
    expect(pathsWhere(isLooseText, specFields)).toEqual([]);
  });

  it('is known: nothing is kept that has no schema', () => {
    expect(pathsWhere((schema) => 'x-kubernetes-preserve-unknown-fields' in schema)).toEqual([]);
  });
});

describe('every rule', () => {
  it('carries what the oldest API servers know and nothing else', () => {
    expect(rules.filter((rule) => Object.keys(rule).toSorted().join() !== 'message,path,rule')).toEqual([]);
  });

  it('calls only functions that the oldest API servers know', () => {
    const called = rules.flatMap(({ rule }) =>
      [...codeOf(rule).matchAll(/(\w+)\(/g)].map(([, name = '']) => name),
    );
    expect(called.filter((name) => !functions.has(name))).toEqual([]);
  });

  it('uses no optional values and compares with no earlier state', () => {
    expect(rules.filter(({ rule }) => /\.\?|\[\?|oldSelf/.test(codeOf(rule)))).toEqual([]);
  });

  it('is broken by a bad spec of the table', () => {
    const messages = Object.values(badSpecs)
      .filter(({ by }) => by === 'rule')
      .map(({ message }) => message);
    const untried = rules.filter((rule) => !messages.some((message) => rule.message.includes(message)));
    expect(untried).toEqual([]);
  });
});
