// The tools that tests run: each is there, and finds what it is there to find.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { toolNames } from '../tools/list.ts';
import { lookUp, programOf } from '../tools/tools.ts';
import { run, scratch } from './support/render.ts';

const { dir, remove } = scratch();
afterAll(remove);

describe('the tools', () => {
  it.each(toolNames)('%s is there, in its pinned version', async (name) => {
    expect(await lookUp(name)).toMatchObject({
      ready: true,
      version: expect.stringMatching(/^v?\d+\.\d+\.\d+$/),
    });
  });

  it('hadolint finds an image without a version', async () => {
    const path = join(dir, 'Dockerfile');
    writeFileSync(path, 'FROM node\nUSER 1\n');
    const { code, stdout } = await run(await programOf('hadolint'), ['--no-color', path]);
    expect([code, stdout]).toEqual([1, expect.stringContaining('DL3006')]);
  });

  it('npm run tools -- check says that nothing is missing', async () => {
    const { code, stdout } = await run(process.execPath, ['test/tools/cli.ts', 'check']);
    expect([code, stdout]).toEqual([0, expect.not.stringContaining('missing')]);
  });
});
