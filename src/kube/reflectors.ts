// Reflectors that come and go with what the HybridNetworks name: the Secret of a reference, the pods of a workload.
// Each has a key; whoever needs it ensures it, and what nobody retains any longer is stopped.
import type { KubeClient } from './client.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ReflectorHooks, ReflectorSpec } from './reflector-options.ts';
import { Reflector } from './reflector.ts';

export interface ReflectorsOptions {
  readonly client: Pick<KubeClient, 'request' | 'watch' | 'onAnswer'>;
  readonly clock: Clock;
  readonly random?: () => number;
}

export interface Reflectors {
  /** The reflector under this key, started now unless it runs already with the same path and selectors. */
  ensure<T>(key: string, spec: ReflectorSpec<T> & ReflectorHooks<T>): Reflector<T>;
  /** Stops all others. */
  retain(keys: Iterable<string>): void;
  /** What runs at present. */
  entries(): Iterable<readonly [string, Reflector<unknown>]>;
  /** Resolves when the last one has stopped, those let go earlier included. */
  stop(): Promise<void>;
}

interface Running {
  readonly identity: string;
  readonly reflector: Reflector<unknown>;
}

export function createReflectors(options: ReflectorsOptions): Reflectors {
  const running = new Map<string, Running>();
  const leaving = new Set<Promise<void>>();

  const letGo = (key: string): void => {
    const entry = running.get(key);
    if (entry === undefined) return;
    running.delete(key);
    const left = entry.reflector.stop().finally(() => leaving.delete(left));
    leaving.add(left);
  };

  return {
    ensure<T>(key: string, spec: ReflectorSpec<T> & ReflectorHooks<T>) {
      const identity = JSON.stringify([spec.path, spec.labelSelector, spec.fieldSelector]);
      const known = running.get(key);
      // A key stands for one kind of value: whoever ensures it again does so with the same projection.
      if (known?.identity === identity) return known.reflector as Reflector<T>;
      letGo(key);
      const reflector = new Reflector<T>({ ...options, ...spec });
      running.set(key, { identity, reflector: reflector as unknown as Reflector<unknown> });
      reflector.start();
      return reflector;
    },
    retain(keys) {
      const wanted = new Set(keys);
      for (const key of running.keys()) if (!wanted.has(key)) letGo(key);
    },
    entries: () => Array.from(running, ([key, { reflector }]) => [key, reflector] as const),
    async stop() {
      for (const key of running.keys()) letGo(key);
      await Promise.all(leaving);
    },
  };
}
