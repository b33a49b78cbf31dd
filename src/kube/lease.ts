// A coordination.k8s.io/v1 Lease as the record that leader election keeps. The resourceVersion goes along with every
// update: of two that want the Lease, one gets a Conflict.
import type { KubeClient } from './client.ts';
import { isNotFound } from './errors.ts';
import { optional } from './raw-meta.ts';
import type { LeaseRecord, LeaseStore } from '../runtime/lease.ts';

/** Well within the 2 s between two attempts of the election: a slow answer is a lost one. */
const TIMEOUT_MS = 5_000;

export interface LeaseStoreOptions {
  readonly client: Pick<KubeClient, 'request'>;
  readonly namespace: string;
  readonly name: string;
}

type LeaseSpec = Partial<Omit<LeaseRecord, 'resourceVersion'>>;

interface Lease {
  readonly metadata?: { readonly resourceVersion?: string };
  readonly spec?: LeaseSpec;
}

export function createLeaseStore({ client, namespace, name }: LeaseStoreOptions): LeaseStore {
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  const send = async (
    method: 'GET' | 'POST' | 'PUT',
    record: LeaseRecord | undefined,
    signal: AbortSignal,
  ): Promise<LeaseRecord> => {
    const lease = await client.request<Lease>({
      method,
      path: method === 'POST' ? collection : `${collection}/${name}`,
      timeoutMs: TIMEOUT_MS,
      ...optional('body', record && leaseOf(record, namespace, name)),
      signal,
    });
    return recordOf(lease);
  };
  return {
    async read(signal) {
      try {
        return await send('GET', undefined, signal);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    create: ({ resourceVersion: _none, ...record }, signal) => send('POST', record, signal),
    update: (record, signal) => send('PUT', record, signal),
  };
}

function leaseOf(
  { resourceVersion, holderIdentity, ...spec }: LeaseRecord,
  namespace: string,
  name: string,
): object {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace, name, ...optional('resourceVersion', resourceVersion) },
    // A Lease that was given up has no holder; an empty one is refused.
    spec: { ...spec, ...optional('holderIdentity', holderIdentity === '' ? undefined : holderIdentity) },
  };
}

function recordOf({ metadata, spec = {} }: Lease): LeaseRecord {
  const {
    holderIdentity = '',
    leaseDurationSeconds = 0,
    acquireTime = '',
    renewTime = '',
    leaseTransitions = 0,
  } = spec;
  return {
    holderIdentity,
    leaseDurationSeconds,
    acquireTime,
    renewTime,
    leaseTransitions,
    ...optional('resourceVersion', metadata?.resourceVersion),
  };
}
