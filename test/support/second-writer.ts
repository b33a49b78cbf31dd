// Somebody else's controller: it looks at one object over and over and undoes what the operator wrote there, until told
// to stop. What it does is real; it stands for Git, a chart or another operator.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiResponse } from '../cluster/api.ts';
import type { HybridCluster, KubeObject } from './hybrid-cluster.ts';

export interface SecondWriter {
  /** How often it undid something so far. */
  count(): number;
  /** Resolves when its last write is done. */
  stop(): Promise<void>;
}

/** One look at the object; answers whether it wrote. */
export type Undo = () => Promise<boolean>;

const LOOKS_EVERY_MS = 15;

export function startSecondWriter(undo: Undo): SecondWriter {
  const stopping = new AbortController();
  let count = 0;
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (await undo()) count += 1;
      await sleep(LOOKS_EVERY_MS);
    }
  };
  const ended = loop();
  return {
    count: () => count,
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

export interface PodSpec {
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly affinity?: unknown;
  readonly [other: string]: unknown;
}

export interface DaemonSetObject extends KubeObject {
  readonly spec: { readonly template: { readonly spec: PodSpec }; readonly [other: string]: unknown };
}

export function daemonSetPath(name: string): string {
  return `/apis/apps/v1/namespaces/kube-system/daemonsets/${name}`;
}

// Somebody wrote in between: it looks again, as every controller does.
function isDone({ status, body }: ApiResponse): boolean {
  if (status === 200) return true;
  if (status === 409 || status === 422) return false;
  throw new Error(`the second writer was answered ${status}: ${JSON.stringify(body)}`);
}

interface Rival {
  readonly cluster: HybridCluster;
  /** Its field manager. */
  readonly manager: string;
  readonly name: string;
  /** The operator has put it right. */
  readonly isRight: (spec: PodSpec) => boolean;
}

async function ifRight(
  { cluster, name, isRight }: Rival,
  write: (object: DaemonSetObject) => Promise<ApiResponse>,
): Promise<boolean> {
  const object = (await cluster.controlPlane.api.call('GET', daemonSetPath(name))) as DaemonSetObject;
  return isRight(object.spec.template.spec) && isDone(await write(object));
}

/** Replaces the whole object by one whose pods have this of their own (PUT). */
export function replacing(rival: Rival, own: PodSpec): Undo {
  return async () =>
    await ifRight(rival, async (object) => {
      const { spec } = object;
      const template = { ...spec.template, spec: { ...spec.template.spec, ...own } };
      const path = `${daemonSetPath(rival.name)}?fieldManager=${rival.manager}`;
      return await rival.cluster.controlPlane.api.request('PUT', path, {
        ...object,
        spec: { ...spec, template },
      });
    });
}

/** Takes one field of the pod template out (JSON Patch). */
export function removing(rival: Rival, field: 'affinity' | 'nodeSelector'): Undo {
  return async () =>
    await ifRight(rival, async () => {
      const path = `${daemonSetPath(rival.name)}?fieldManager=${rival.manager}`;
      const operations = [{ op: 'remove', path: `/spec/template/spec/${field}` }];
      return await rival.cluster.controlPlane.api.request('PATCH', path, operations, {
        contentType: 'application/json-patch+json',
      });
    });
}

/** Applies what it wants by server-side apply, and forces conflicts. */
export function applying(rival: Rival, own: PodSpec): Undo {
  return async () =>
    await ifRight(rival, async () => {
      const path = `${daemonSetPath(rival.name)}?fieldManager=${rival.manager}&force=true`;
      const object = {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: rival.name, namespace: 'kube-system' },
        spec: { template: { spec: own } },
      };
      return await rival.cluster.controlPlane.api.request('PATCH', path, object, {
        contentType: 'application/apply-patch+yaml',
      });
    });
}
