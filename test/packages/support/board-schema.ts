// Builds and runs test/packages/board-schema: the types that Grafana publishes for dashboards, which refuse unknown fields,
// wrong types and values, and missing ones.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, missing } from '../../cluster/build.ts';
import { cacheDir } from '../../cluster/gomod.ts';
import type { GoModule } from '../../cluster/gomod.ts';

const GO_MODULE: GoModule = {
  dir: fileURLToPath(new URL('../board-schema/', import.meta.url)),
  name: 'board-schema',
  packages: { 'board-schema': '.' },
  sources: ['go.mod', 'go.sum', 'main.go'],
  linkerFlags: '-s -w',
};

/** Built once for each state of its sources, within seconds. */
async function program(): Promise<string> {
  const cache = cacheDir(GO_MODULE);
  const names = Object.keys(GO_MODULE.packages);
  const log = (line: string): boolean => process.stderr.write(`${line}\n`);
  if (missing(cache, names).length > 0)
    await build({ module: GO_MODULE, cache, names, log, terminal: false });
  return join(cache, 'board-schema');
}

/** What of a dashboard Grafana would not understand, a line for each. */
export async function problemsOfBoard(json: string): Promise<readonly string[]> {
  const child = spawn(await program(), [], { stdio: ['pipe', 'ignore', 'pipe'] });
  const said: string[] = [];
  child.stderr.on('data', (part) => said.push(String(part)));
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  child.stdin.end(json);
  const code = await ended;
  const lines = said
    .join('')
    .split('\n')
    .filter((line) => line !== '');
  if ((code === 0) !== (lines.length === 0)) throw new Error(`it ended with ${code}: ${lines.join('\n')}`);
  return lines;
}
