// The documentation as far as a machine can read it: every page is reached, what it names exists, and the sample of
// the README is one that the operator would accept.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { Schema } from '../../.tools/generate-api-types.ts';
import { schemaOf } from '../../.tools/generate-api-types.ts';
import { CONDITION_TYPES, REASONS } from '../../src/api/conditions.ts';
import { API_VERSION, KIND } from '../../src/api/hybrid-network.ts';
import type { HybridNetwork } from '../../src/api/hybrid-network.ts';
import { problemsOf } from '../../src/plan/validate.ts';
import { fences, inlineCode, links } from '../support/markdown.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The worked example in docs/adding-a-cni.md. */
const INVENTED = ['src/plan/cni/weave.ts'];

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT })].toSorted();
/** A decision speaks about the day when it was taken; the others speak about today. */
const currentPages = pages.filter((path) => !path.startsWith('docs/adr/'));

function codeOf(text: string): readonly string[] {
  return inlineCode(text).map(({ code }) => code);
}

function missingPaths(path: string, text: string): readonly string[] {
  return codeOf(text)
    .filter((code) => /^(src|test|deploy|crds|docs|\.tools)\/[\w./-]*$/.test(code))
    .filter((code) => !INVENTED.includes(code) && !existsSync(join(ROOT, code)))
    .map((code) => `${path} names ${code}`);
}

const { scripts, dependencies, devDependencies } = JSON.parse(read('package.json')) as Readonly<
  Record<'scripts' | 'dependencies' | 'devDependencies', Readonly<Record<string, string>>>
>;

function unknownScripts(path: string, text: string): readonly string[] {
  const run = [...text.matchAll(/\bnpm run (?:-s )?([a-z][a-z:]*)/g)].map(([, name = '']) => name);
  const short = [...text.matchAll(/\bnpm (test|start)\b/g)].map(([, name = '']) => name);
  return [...run, ...short].filter((name) => !(name in scripts)).map((name) => `${path} runs ${name}`);
}

const sources = [...globSync('{src,test,crds,deploy}/**/*.{ts,yaml}', { cwd: ROOT })]
  .filter((path) => path !== 'test/unit/docs.test.ts')
  .map(read)
  .join('\n');
const sourceWords = new Set(sources.match(/\w+/g));

/** Conditions, reasons, states, kinds and types that a page names; a word that no source knows was renamed or never was. */
function unknownNames(path: string, text: string): readonly string[] {
  const code = codeOf(text);
  const names = code
    .filter((one) => /^[A-Z][a-z]+[A-Za-z]*$/.test(one))
    .filter((one) => !sourceWords.has(one));
  const conditions = [...text.matchAll(/\b([A-Z]\w+)=(?:True|False|Unknown)\b/g)]
    .map(([, type = '']) => type)
    .filter((type) => !(type in CONDITION_TYPES));
  return [...names, ...conditions].map((name) => `${path} speaks of ${name}`);
}

/** Cells of the second column of the tables in docs/troubleshooting.md. */
function symptomNames(text: string): readonly string[] {
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  return rows.flatMap((row) => codeOf(row.split('|')[2] ?? ''));
}

function unknownFields(value: unknown, schema: Schema | undefined, path: string): readonly string[] {
  if (schema === undefined) return [path];
  if (Array.isArray(value)) return value.flatMap((item) => unknownFields(item, schema.items, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  const others = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  return Object.entries(value).flatMap(([key, inner]) =>
    unknownFields(inner, schema.properties?.[key] ?? others, `${path}.${key}`),
  );
}

describe('the documentation', () => {
  test('every page is reached from the README', () => {
    const linked = (path: string): readonly string[] =>
      links(read(path)).map((target) => join(dirname(path), target.replace(/#.*$/, '')));
    const reached = new Set(['README.md']);
    for (const path of reached)
      for (const target of linked(path)) if (pages.includes(target)) reached.add(target);
    expect(pages.filter((path) => !reached.has(path))).toEqual([]);
  });

  test.each(currentPages)('%s: every file, script and name that it mentions exists', (path) => {
    const text = read(path);
    expect([...missingPaths(path, text), ...unknownScripts(path, text), ...unknownNames(path, text)]).toEqual(
      [],
    );
  });

  test('what is not there is found', () => {
    const text = 'See `src/nowhere.ts`, `npm run nothing`, `NobodyKnows` and Unready=True.';
    const found = [missingPaths, unknownScripts, unknownNames].flatMap((find) => find('x.md', text));
    expect(found).toEqual([
      'x.md names src/nowhere.ts',
      'x.md runs nothing',
      'x.md speaks of NobodyKnows',
      'x.md speaks of Unready',
    ]);
  });

  test('the symptoms in docs/troubleshooting.md are told by conditions and reasons that exist', () => {
    const names = symptomNames(read('docs/troubleshooting.md'));
    expect(names.length).toBeGreaterThan(24);
    expect(names.filter((name) => !(name in CONDITION_TYPES) && !(name in REASONS))).toEqual([]);
  });

  test('docs/adr/README.md lists every decision', () => {
    const index = read('docs/adr/README.md');
    const records = globSync('docs/adr/[0-9]*.md', { cwd: ROOT }).map((path) =>
      path.replace('docs/adr/', ''),
    );
    expect(records.filter((name) => !index.includes(`](${name})`))).toEqual([]);
  });

  test('every package has its reason in ADR 0006, and no other is named there', () => {
    const rows = [...read('docs/adr/0006-dependencies.md').matchAll(/^\| `([^`]+)`/gm)].map(
      ([, name]) => name,
    );
    const installed = [...Object.keys(dependencies), ...Object.keys(devDependencies)];
    expect(rows.toSorted()).toEqual(installed.toSorted());
  });
});

describe('the sample in the README', () => {
  const samples = fences(read('README.md'))
    .filter(({ language }) => language === 'yaml')
    .map(({ body }) => parse(body) as HybridNetwork);

  test('is one HybridNetwork', () => {
    expect(samples).toMatchObject([
      { apiVersion: API_VERSION, kind: KIND, metadata: { name: 'idc-hangzhou' } },
    ]);
  });

  test('has only fields that the CRD knows', () => {
    const { spec } = schemaOf(read('crds/hybridnetworks.yaml'));
    expect(samples.flatMap((sample) => unknownFields(sample.spec, spec, 'spec'))).toEqual([]);
    expect(unknownFields({ scenarios: 'BGP', terway: { daemonset: {} } }, spec, 'spec')).toEqual([
      'spec.scenarios',
      'spec.terway.daemonset',
    ]);
  });

  test('makes sense to the operator', () => {
    expect(samples.flatMap(({ spec }) => problemsOf(spec))).toEqual([]);
  });
});
