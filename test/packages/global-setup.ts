import { locateBinaries } from '../cluster/binaries.ts';
import { requireDebianPackages } from '../tools/debian.ts';
import { toolNames } from '../tools/list.ts';
import { provide } from '../tools/tools.ts';

/** Builds what the tests run, where that is needed, before the workers start: one after the other, with progress. */
// oxlint-disable-next-line import/no-default-export -- Jest takes its global setup from the default export
export default async function globalSetup(): Promise<void> {
  await requireDebianPackages();
  await locateBinaries({ verbose: true });
  for (const name of toolNames) await provide(name);
}
