import { locateBinaries } from '../cluster/binaries.ts';
import { requireDebianPackages } from '../tools/debian.ts';
import { provide } from '../tools/tools.ts';
import { requireRoot } from './node.ts';

/** Builds what the test runs, where that is needed, with progress. */
// oxlint-disable-next-line import/no-default-export -- Jest takes its global setup from the default export
export default async function globalSetup(): Promise<void> {
  requireRoot();
  await requireDebianPackages();
  await locateBinaries({ verbose: true });
  await provide('kubelet');
}
