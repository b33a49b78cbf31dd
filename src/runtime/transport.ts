// What the operator's frame asks of a cluster. The frame sends nothing itself: whoever wires it hands this over.
import type { ResourceMeta } from '@dot-i/k8s-operator';

/** A kind of object as the API server addresses it; the core group is ''. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
}

export interface WatchedResource extends Resource {
  readonly namespace?: string;
  /** Only the object of this name. */
  readonly name?: string;
}

/** What a watch has to tell: which object, not what is in it. Whoever acts on it reads the cache. */
export interface WatchNotice {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly name: string;
  readonly namespace?: string;
  readonly resourceVersion: string;
}

export interface Watch {
  close(): Promise<void>;
}

/** All that the operator asks of a cluster. Every method throws when the cluster does not do what is asked. */
export interface Transport {
  /** Resolves once the watch delivers; it then mends itself until it is closed. */
  watch(resource: WatchedResource, onNotice: (notice: WatchNotice) => void): Promise<Watch>;
  /** Merges into the status (JSON Merge Patch). Returns the new resourceVersion. */
  patchStatus(meta: ResourceMeta, status: unknown): Promise<string>;
  /** Sends a JSON Patch to the object itself; it carries its own tests, no resourceVersion is to be added. */
  patchObject(meta: ResourceMeta, patch: readonly PatchOperation[]): Promise<void>;
}

export interface PatchOperation {
  readonly op: 'test' | 'add';
  readonly path: string;
  readonly value: unknown;
}
