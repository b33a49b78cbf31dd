// Why a pod does not come up, from what its kubelet says about its containers. Asked of pods that are not Ready only, so
// that the thousands that run cost no memory.
import type { PodFact, PodTrouble } from '../plan/facts.ts';
import { optional } from './raw-meta.ts';
import type { RawCondition } from './raw-meta.ts';

interface RawContainerStatus {
  readonly image?: string;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: unknown;
    readonly terminated?: unknown;
  };
}

export interface RawPodStatus {
  readonly conditions?: readonly RawCondition[];
  readonly initContainerStatuses?: readonly RawContainerStatus[];
  readonly containerStatuses?: readonly RawContainerStatus[];
}

const MESSAGE_LIMIT = 200;
const ORDINARY: ReadonlySet<string> = new Set(['', 'ContainerCreating', 'PodInitializing']);

export function startOf(status: RawPodStatus | undefined): Pick<PodFact, 'trouble' | 'hasRun'> {
  // Init containers come first: the others only wait for them.
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return {
    ...optional(
      'trouble',
      containers.map(troubleOf).find((one) => one !== undefined),
    ),
    ...(containers.some(hasRun) ? { hasRun: true } : {}),
  };
}

function troubleOf({ image = '', state }: RawContainerStatus): PodTrouble | undefined {
  const { reason = '', message } = state?.waiting ?? {};
  if (ORDINARY.has(reason)) return undefined;
  // Half a character would come back from the API server as another one.
  return { reason, image, ...optional('message', message?.slice(0, MESSAGE_LIMIT).toWellFormed()) };
}

function hasRun({ restartCount = 0, state }: RawContainerStatus): boolean {
  return restartCount > 0 || state?.running !== undefined || state?.terminated !== undefined;
}
