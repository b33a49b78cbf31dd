// The workflows of GitHub: actionlint finds nothing in them, and nothing in them can become something else overnight.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { programOf } from '../tools/tools.ts';
import type { Ran } from './support/render.ts';
import { ROOT, run, scratch } from './support/render.ts';

const workflows = globSync('.github/workflows/*.{yaml,yml}', { cwd: ROOT }).toSorted();
const { dir, remove } = scratch();
afterAll(remove);

/** Without shellcheck and pyflakes, which are on some machines and not on others. */
async function actionlint(...paths: readonly string[]): Promise<Ran> {
  const args = ['-no-color', '-oneline', '-shellcheck=', '-pyflakes=', ...paths];
  return await run(await programOf('actionlint'), args);
}

/** Actions and images that are not named by what they consist of. */
function unpinned(text: string): readonly string[] {
  const actions = [...text.matchAll(/uses: (.+)$/gm)].map(([, used = '']) => used);
  const images = [...text.matchAll(/(?:image|_IMAGE): (.+)$/gm)].map(([, named = '']) => named);
  return [
    ...actions.filter((used) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(used)),
    ...images.filter((named) => !/@sha256:[0-9a-f]{64}$/.test(named)),
  ];
}

const BROKEN = `
on: push
jobs:
  one:
    runs-on: ubuntu-24.04
    needs: [nobody]
    steps:
      - uses: actions/checkout@v6
      - run: echo "\${{ github.event.head_commit.message }}"
  two:
    runs-on: ubuntu-24.04
    container:
      image: debian:bookworm
    steps:
      - uses: actions/cache@27d5ce7f107fe9357f9df03efb73ab90386fccae
`;

describe('the workflows', () => {
  it('are those for changes and for releases', () => {
    expect(workflows).toEqual(['.github/workflows/ci.yaml', '.github/workflows/release.yaml']);
  });

  it('are found in order by actionlint', async () => {
    const { code, stdout, stderr } = await actionlint(...workflows.map((path) => join(ROOT, path)));
    expect([stdout, stderr, code]).toEqual(['', '', 0]);
  });

  it.each(workflows)('%s names actions by their commit and images by their digest', (path) => {
    expect(unpinned(readFileSync(join(ROOT, path), 'utf8'))).toEqual([]);
  });

  it('test on the base of the image', () => {
    const base = /^ARG NODE_IMAGE=(.+)$/m.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))?.[1];
    expect(base).toBeDefined();
    expect(readFileSync(join(ROOT, '.github/workflows/ci.yaml'), 'utf8')).toContain(`image: ${base}\n`);
  });

  it('run what a person runs', () => {
    const text = workflows.map((path) => readFileSync(join(ROOT, path), 'utf8')).join('\n');
    expect(text).toContain('run: .ci/run\n');
    expect(text).toContain('run: npm run release\n');
  });
});

describe('a broken workflow', () => {
  it('is found by actionlint', async () => {
    const path = join(dir, 'broken.yaml');
    writeFileSync(path, BROKEN);
    const { code, stdout } = await actionlint(path);
    expect(code).toBe(1);
    expect(stdout).toContain('needs job "nobody" which does not exist');
    expect(stdout).toContain('"github.event.head_commit.message" is potentially untrusted');
  });

  it('is found to stand on what may change', () => {
    expect(unpinned(BROKEN)).toEqual([
      'actions/checkout@v6',
      'actions/cache@27d5ce7f107fe9357f9df03efb73ab90386fccae',
      'debian:bookworm',
    ]);
  });
});
