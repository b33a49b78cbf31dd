import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { locateBinaries } from './cluster/binaries.ts';
import { GATHERED_IN } from './support/used-rights.ts';

/** Builds the control plane, where that is needed, before the workers start: none of them has to. */
// oxlint-disable-next-line import/no-default-export -- Jest takes its global setup from the default export
export default async function globalSetup(): Promise<void> {
  await locateBinaries({ verbose: true });
  const dir = mkdtempSync(join(tmpdir(), 'used-rights-'));
  // Also where the run is broken off.
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'rights.jsonl');
  writeFileSync(file, '');
  process.env[GATHERED_IN] = file;
}
