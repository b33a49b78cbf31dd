// What the operator's frame (@dot-i) asks of the cluster, answered by our client and our view: the HybridNetwork itself
// is watched, and its status and finalizers are written, through here.
import { FIELD_MANAGER } from '../api/annotations.ts';
import type { HybridNetworkStatus } from '../api/hybrid-network.ts';
import { JSON_PATCH, MERGE_PATCH } from '../kube/call.ts';
import type { KubeClient } from '../kube/client.ts';
import { NETWORKS_PATH } from '../kube/cluster-view.ts';
import type { NetworkNotice } from '../kube/cluster-view.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Transport } from '../runtime/transport.ts';

export interface NetworkTransport extends Transport {
  /** Passes on what the view saw. */
  notify(notice: NetworkNotice): void;
}

export function networkTransport(
  client: Pick<KubeClient, 'request'>,
  record: (raw: KubeObject) => void,
): NetworkTransport {
  let tell: ((notice: NetworkNotice) => void) | undefined;
  const send = async (path: string, contentType: string, body: unknown): Promise<string> => {
    const query = { fieldManager: FIELD_MANAGER };
    const raw = await client.request<KubeObject>({ method: 'PATCH', path, query, contentType, body });
    record(raw);
    return raw.metadata?.resourceVersion ?? '';
  };
  return {
    notify: (notice) => tell?.(notice),
    watch: async (_resource, onNotice) => {
      tell = onNotice;
      return {
        close: async () => {
          tell = undefined;
        },
      };
    },
    patchStatus: async ({ name }, status) =>
      await send(`${NETWORKS_PATH}/${name}/status`, MERGE_PATCH, { status }),
    patchObject: async ({ name }, patch) => {
      await send(`${NETWORKS_PATH}/${name}`, JSON_PATCH, patch);
    },
  };
}

const NOTHING = {
  plan: null,
  workloads: null,
  guard: null,
  pluginHistory: null,
  zones: null,
  freeIPs: null,
  checks: null,
  capacity: null,
};

/** A status as a merge patch: what it does not say any more has to be taken out. */
export function statusPatch(status: HybridNetworkStatus): Record<string, unknown> {
  const { plan } = status;
  return {
    ...NOTHING,
    ...status,
    ...(plan === undefined ? {} : { plan: { hash: plan.hash ?? null, actions: plan.actions ?? null } }),
  };
}
