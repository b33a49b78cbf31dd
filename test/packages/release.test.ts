// `npm run release`: the same bytes each time, and assets that work.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { kustomized, NAMESPACE, helm, objectsOf, ROOT, run, scratch, templated } from './support/render.ts';

const { version: VERSION, dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
};
const CHART = `hybridnetwork-operator-${VERSION}.tgz`;
const SBOM = `hybridnetwork-operator-${VERSION}.cdx.json`;

const { dir, remove } = scratch();
const [first, second] = [join(dir, 'first'), join(dir, 'second')];

async function release(out: string): Promise<string> {
  const { code, stdout, stderr } = await run(process.execPath, ['.tools/release/release.ts', '--out', out]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const hashes = (out: string) =>
  Object.fromEntries(readdirSync(out).map((name) => [name, hash(join(out, name))]));
const read = (name: string): string => readFileSync(join(first, name), 'utf8');

let told: string;

beforeAll(async () => {
  told = await release(first);
  await release(second);
}, 120_000);
afterAll(remove);

describe('a release', () => {
  it('has these assets, and tells them', () => {
    const names = readdirSync(first).toSorted();
    expect(names).toEqual([
      'SHA256SUMS',
      'author-rights.yaml',
      'guard-validating.yaml',
      'guard.yaml',
      'hn.mjs',
      'hn.mjs.LEGAL.txt',
      SBOM,
      CHART,
      'hybridnetwork-operator.mjs',
      'hybridnetwork-operator.mjs.LEGAL.txt',
      'install.yaml',
    ]);
    expect(told.trim().split('\n').toSorted()).toEqual(names.map((name) => join(first, name)));
  });

  it('has the same bytes each time', () => {
    expect(hashes(second)).toEqual(hashes(first));
  });

  it('has sums of every other asset, as sha256sum reads them', async () => {
    const lines = read('SHA256SUMS').trim().split('\n');
    const { SHA256SUMS: _own, ...others } = hashes(first);
    expect(lines).toEqual(
      Object.entries(others)
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, sum]) => `${sum}  ${name}`),
    );
  });

  it('names neither this machine nor the moment', () => {
    for (const name of readdirSync(first).filter((one) => one !== CHART)) {
      expect(read(name)).not.toContain(ROOT.replace(/\/$/, ''));
    }
    expect(read(SBOM)).not.toMatch(/"(timestamp|serialNumber)"/);
  });

  it('installs from one file what kustomize installs', async () => {
    expect(objectsOf(read('install.yaml'))).toEqual(objectsOf(await kustomized('deploy')));
    expect(objectsOf(read('guard.yaml'))).toEqual(objectsOf(await kustomized('deploy/guard')));
  });

  it('has the chart, which Helm takes', async () => {
    const archive = join(first, CHART);
    const { stdout } = await helm(['show', 'chart', archive]);
    expect(stdout).toContain(`version: ${VERSION}\n`);
    const args = ['template', 'hybridnetwork-operator', archive, '--namespace', NAMESPACE, '--no-hooks'];
    const rendered = await helm([...args, '--set', 'guard=full']);
    expect(objectsOf(rendered.stdout)).toEqual(objectsOf(await templated({ guard: 'full' })));
  });

  it('packs every file of the chart, as tar reads it', async () => {
    const { code, stdout } = await run('tar', ['-tzf', join(first, CHART)]);
    const chart = join(ROOT, 'deploy/chart');
    const files = readdirSync(chart, { recursive: true, encoding: 'utf8' }).filter((path) =>
      statSync(join(chart, path)).isFile(),
    );
    expect([code, stdout.trim().split('\n').toSorted()]).toEqual([
      0,
      files.map((path) => `hybridnetwork-operator/${path}`).toSorted(),
    ]);
  });

  it('lists what the operator is made of', () => {
    const { metadata, components } = JSON.parse(read(SBOM)) as {
      readonly metadata: { readonly component: { readonly name: string; readonly version: string } };
      readonly components: readonly { readonly name: string; readonly version: string }[];
    };
    expect(metadata.component).toMatchObject({ name: 'hybridnetwork-operator', version: VERSION });
    const listed = components.map(({ name, version }) => `${name}@${version}`);
    for (const [name, version] of Object.entries(dependencies))
      expect(listed).toContain(`${name}@${version}`);
    expect(listed.filter((one) => /^(jest|typescript|esbuild)@/.test(one))).toEqual([]);
    expect(listed.length).toBeGreaterThan(100);
  });

  it.each(['hybridnetwork-operator.mjs', 'hn.mjs'])('has %s, which runs by itself', async (name) => {
    const { code, stdout } = await run(process.execPath, [join(first, name), '--help']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/HybridNetwork/)]);
  });
});
