// The architecture as a test: imports run one way, plan/ is pure, and each foreign package has its place.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

interface SourceFile {
  /** `plan/gate.ts` */
  readonly path: string;
  readonly layer: string;
  readonly code: string;
  readonly imports: readonly string[];
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|[^:])\/\/.*$/gm, '$1');
}

function layerOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : path.replace(/\.ts$/, '');
}

function readSources(): readonly SourceFile[] {
  const paths = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  return paths.map((path) => {
    const code = withoutComments(readFileSync(join(SRC, path), 'utf8'));
    const imports = [...code.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, target = '']) => target);
    return { path, layer: layerOf(path), code, imports };
  });
}

const sources = readSources();

/** What each layer may import of ours: itself and what stands to its left. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  api: ['api'],
  plan: ['api', 'plan'],
  kube: ['api', 'plan', 'runtime', 'kube'],
  cloud: ['api', 'plan', 'runtime', 'cloud'],
  execute: ['api', 'plan', 'kube', 'cloud', 'execute'],
  reconcile: ['api', 'plan', 'kube', 'cloud', 'execute'],
  // Knows nothing of networks or of this API, and could run another operator; kube/ takes its clock and Lease from here.
  runtime: ['runtime'],
  options: ['option-table'],
  'option-table': [],
  wiring: ['api', 'plan', 'kube', 'cloud', 'execute', 'reconcile', 'runtime', 'options', 'wiring'],
  main: ['options', 'runtime', 'wiring'],
  cli: ['api', 'plan', 'kube', 'cloud', 'runtime', 'cli'],
};

const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  '@dot-i/k8s-operator': ['runtime'],
  '@kubernetes/client-node': ['runtime', 'kube', 'wiring', 'cli'],
  undici: ['kube', 'cloud'],
  '@alicloud/ecs20140526': ['cloud'],
  '@alicloud/openapi-core': ['cloud'],
  '@alicloud/vpc20160428': ['cloud'],
  '@darabonba/typescript': ['cloud'],
  pino: ['runtime'],
  'prom-client': ['runtime', 'wiring'],
  'jsonc-parser': ['plan'],
  yaml: ['cli'],
};

function trespasses(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, layer, imports }) =>
    imports
      .filter((target) => target.startsWith('.'))
      .map((target) => relative('.', join(dirname(path), target)))
      .filter((target) => !(MAY_IMPORT[layer] ?? []).includes(layerOf(target)))
      .map((target) => `${path} imports ${target}`),
  );
}

/** `@alicloud/vpc20160428` of `@alicloud/vpc20160428/dist/models/…`. */
function packageOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

function misplacedPackages(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, layer, imports }) =>
    imports
      .filter((target) => !target.startsWith('.') && !target.startsWith('node:'))
      .filter((target) => !(PACKAGES[packageOf(target)] ?? []).includes(layer))
      .map((target) => `${path} imports ${target}`),
  );
}

function uses(pattern: RegExp, isAllowed: (file: SourceFile) => boolean): readonly string[] {
  return sources.filter((file) => !isAllowed(file) && pattern.test(file.code)).map(({ path }) => path);
}

describe('the layers', () => {
  test('every folder and file has its rule', () => {
    expect(sources.map(({ layer }) => layer).filter((layer) => !(layer in MAY_IMPORT))).toEqual([]);
    expect(sources.length).toBeGreaterThan(50);
  });

  test('imports run one way', () => {
    expect(trespasses(sources)).toEqual([]);
  });

  test('a planted import in the wrong direction is found', () => {
    const planted = { path: 'plan/x.ts', layer: 'plan', code: '', imports: ['../kube/client.ts'] };
    expect(trespasses([planted])).toEqual(['plan/x.ts imports kube/client.ts']);
  });

  test('each foreign package is imported in its place only', () => {
    expect(misplacedPackages(sources)).toEqual([]);
  });

  test('the SDK of the cloud is loaded by its first call, never by an import', () => {
    const early = /^import (?!type).*'@(alicloud|darabonba)\//m;
    expect(uses(early, () => false)).toEqual([]);
  });

  test('only main and cli read the environment and end the process', () => {
    const isEntry = ({ path }: SourceFile): boolean => path === 'main.ts' || path === 'cli.ts';
    expect(uses(/process\.(env|exit|argv)\b/, isEntry)).toEqual([]);
  });

  test('plan is pure: no waiting, no clock, no chance, no I/O', () => {
    const isElsewhere = ({ layer }: SourceFile): boolean => layer !== 'plan' && layer !== 'api';
    expect(uses(/\bawait\b|\basync\b|\bPromise\b/, isElsewhere)).toEqual([]);
    expect(
      uses(/Date\.now|new Date\(\)|setTimeout|setInterval|Math\.random|performance\./, isElsewhere),
    ).toEqual([]);
    expect(
      uses(
        /node:(fs|http|https|net|child_process|os)'/,
        (f) => isElsewhere(f) || f.path === 'plan/validation/cidr.ts',
      ),
    ).toEqual([]);
    // The key that fingerprints are made with: one per process, and no decision depends on it.
    expect(uses(/randomBytes/, (f) => isElsewhere(f) || f.path === 'plan/secret-string.ts')).toEqual([]);
  });

  test('no file outgrows a reader', () => {
    const long = sources
      .filter(({ path }) => !path.endsWith('.generated.ts'))
      .map(({ path }) => ({ path, lines: readFileSync(join(SRC, path), 'utf8').split('\n').length }))
      .filter(({ lines }) => lines > 300);
    expect(long).toEqual([]);
  });
});
