// What a reflector is told when it is made, and what it tells about itself.
import type { KubeClient } from './client.ts';
import type { Clock } from '../runtime/clock.ts';
import type { KubeObject } from './object.ts';
import type { Problem } from './problem.ts';
import type { Change } from './store.ts';

export interface ReflectorSpec<T> {
  /** `/api/v1/nodes`, `/api/v1/namespaces/kube-system/secrets` … */
  readonly path: string;
  /** What is kept of an object; undefined leaves it out. */
  readonly project: (raw: KubeObject) => T | undefined;
  readonly labelSelector?: string;
  /** `metadata.name=eni-config` watches a single object, for which a right on that name is enough. */
  readonly fieldSelector?: string;
  readonly pageSize?: number;
}

export interface ReflectorHooks<T> {
  /** Called after the store has been updated. */
  readonly onChange?: (change: Change<T>) => void;
  /** What a handler or the projection threw. The reflector goes on. */
  readonly onError?: (error: unknown) => void;
  /** The server cannot be read from, and why; undefined: it can again. */
  readonly onProblem?: (problem: Problem | undefined) => void;
}

export interface ReflectorOptions<T> extends ReflectorSpec<T>, ReflectorHooks<T> {
  readonly client: Pick<KubeClient, 'request' | 'watch' | 'onAnswer'>;
  readonly clock: Clock;
  readonly random?: () => number;
}

export interface ReflectorStats {
  /** Since the last sign of life: a byte of the watch, or a page of a list. */
  readonly ageMs: number;
  readonly objects: number;
  readonly events: number;
  /** Watches opened. */
  readonly watches: number;
  /** Lists completed after the first one. */
  readonly relists: number;
}
