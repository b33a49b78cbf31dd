// `npm run release [-- --out DIR]`: what is published of a version, in dist/. The same sources give the same bytes.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { locateBinaries } from '../../test/cluster/binaries.ts';
import { ROOT } from '../chart/kustomizations.ts';
import { stale } from '../generate.ts';
import { renderSbom } from './sbom.ts';
import { tarGz } from './tar.ts';

const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
};
const { name: NAME, version: VERSION } = PACKAGE;

/** Entry point and file of each bundle; esbuild puts the licences beside it. */
const BUNDLES: Readonly<Record<string, string>> = {
  [`${NAME}.mjs`]: 'src/main.ts',
  'hn.mjs': 'src/cli.ts',
};

/** Kustomizations that are published as one file each. */
const MANIFESTS: Readonly<Record<string, string>> = {
  'install.yaml': 'deploy',
  'guard.yaml': 'deploy/guard',
  'guard-validating.yaml': 'deploy/guard-validating',
  'author-rights.yaml': 'deploy/author-rights',
};

interface Asset {
  readonly name: string;
  readonly content: string | Buffer;
}

/** Everything in deploy/chart; its text is what was generated, which `refuseStale` sees to. */
function chartArchive(): Asset {
  const dir = join(ROOT, 'deploy/chart');
  const paths = globSync('**', { cwd: dir }).filter((path) => statSync(join(dir, path)).isFile());
  const files = paths.map((path) => ({ name: `${NAME}/${path}`, content: readFileSync(join(dir, path)) }));
  return { name: `${NAME}-${VERSION}.tgz`, content: tarGz(files) };
}

async function manifests(): Promise<readonly Asset[]> {
  const { kubectl } = await locateBinaries();
  const rendered = Object.entries(MANIFESTS).map(async ([name, dir]) => {
    const { stdout } = await promisify(execFile)(kubectl, ['kustomize', dir], {
      cwd: ROOT,
      maxBuffer: 1 << 26,
    });
    return { name, content: stdout };
  });
  return await Promise.all(rendered);
}

async function bundles(out: string): Promise<readonly string[]> {
  const made = Object.entries(BUNDLES).map(async ([file, entry]) => {
    const args = [join(ROOT, '.tools/bundle.ts'), entry, join(out, file)];
    await promisify(execFile)(process.execPath, args, { cwd: ROOT });
    return [file, `${file}.LEGAL.txt`];
  });
  return (await Promise.all(made)).flat();
}

async function refuseStale(): Promise<void> {
  const paths = (await stale()).map(({ path }) => path);
  if (paths.length > 0) throw new Error(`Out of date: ${paths.join(', ')}. Run \`npm run generate\` first.`);
}

function sums(out: string, names: readonly string[]): string {
  const lines = names.toSorted().map((name) => {
    const hash = createHash('sha256')
      .update(readFileSync(join(out, name)))
      .digest('hex');
    return `${hash}  ${name}`;
  });
  return `${lines.join('\n')}\n`;
}

/** Writes the assets and returns their names. */
async function release(out: string): Promise<readonly string[]> {
  await refuseStale();
  mkdirSync(out, { recursive: true });
  const bundled = await bundles(out);
  const sbom = { name: `${NAME}-${VERSION}.cdx.json`, content: await renderSbom(ROOT, PACKAGE) };
  const assets: readonly Asset[] = [...(await manifests()), chartArchive(), sbom];
  for (const { name, content } of assets) writeFileSync(join(out, name), content);
  const names = [...bundled, ...assets.map(({ name }) => name)].toSorted();
  writeFileSync(join(out, 'SHA256SUMS'), sums(out, names));
  return [...names, 'SHA256SUMS'];
}

try {
  const { values } = parseArgs({ options: { out: { type: 'string' } } });
  const out = resolve(values.out ?? join(ROOT, 'dist'));
  for (const name of await release(out)) console.log(join(out, name));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
