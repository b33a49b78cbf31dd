import { expect, test } from '@jest/globals';
import { artefacts, stale } from '../../.tools/generate.ts';

test('everything that is generated is what its source gives now: npm run generate', async () => {
  expect((await stale()).map(({ path }) => path)).toEqual([]);
  expect(artefacts.map(({ path }) => path)).toContain('docs/conditions.md');
});
