import { expect, test } from '@jest/globals';
import { artefacts, stale } from '../../.tools/generate.ts';

test('everything that is generated is what its source gives now: npm run generate', async () => {
  expect((await stale()).map(({ path }) => path)).toEqual([]);
  const paths = artefacts.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(['docs/conditions.md', 'docs/checks.md']));
});
