import { locateBinaries } from './cluster/binaries.ts';

/** Builds the control plane, where that is needed, before the workers start: none of them has to. */
// oxlint-disable-next-line import/no-default-export -- Jest takes its global setup from the default export
export default async function globalSetup(): Promise<void> {
  await locateBinaries({ verbose: true });
}
