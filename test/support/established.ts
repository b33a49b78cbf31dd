// A CRD that the API server serves.
import type { ControlPlane } from '../cluster/types.ts';
import { eventually } from './eventually.ts';

/** Waits until the API server serves the resource; `kubectl wait` by itself gives up where the CRD has no status yet. */
export async function untilEstablished(
  plane: ControlPlane,
  crd = 'hybridnetworks.hybrid.alibabacloud.com',
): Promise<void> {
  const wait = ['wait', '--for=condition=Established', '--timeout=30s', `crd/${crd}`];
  await eventually(async () => await plane.mustKubectl(wait), {
    what: `${crd} is served`,
    timeoutMs: 30_000,
  });
}
