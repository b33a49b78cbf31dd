// The cluster of the reader: connected to, read once, left.
import { KubeConfig } from '@kubernetes/client-node';
import { OPERATOR_NAME } from '../api/annotations.ts';
import type { HybridNetwork } from '../api/hybrid-network.ts';
import { createKubeClient } from '../kube/client.ts';
import type { KubeClient } from '../kube/client.ts';
import { readDetails } from '../kube/cluster-details.ts';
import { Snapshot } from '../kube/snapshot.ts';
import type { SnapshotOptions } from '../kube/snapshot.ts';
import type { ClusterDetails } from '../plan/checks/check-facts.ts';
import type { Facts } from '../plan/facts.ts';
import type { Command } from './arguments.ts';
import { UsageError } from './object-file.ts';
import { emptyFacts } from './plan.ts';

export interface Cluster {
  readonly isRead: boolean;
  readonly networks: readonly HybridNetwork[];
  readonly details: ClusterDetails;
  /** Decides from the facts about this network; as often as it takes to fetch what the decision asks for. */
  decide<T>(network: HybridNetwork, decide: (facts: Facts) => T): Promise<T>;
}

function connect(): KubeClient {
  const config = new KubeConfig();
  try {
    config.loadFromDefault();
  } catch {
    // The parser's own message would quote the file, which holds credentials.
    throw new UsageError('The kubeconfig cannot be read: see KUBECONFIG.');
  }
  // What client-node takes where it finds nothing.
  if (config.getCurrentCluster()?.server === 'http://localhost:8080') {
    throw new UsageError('There is no kubeconfig: set KUBECONFIG, or give an object with -f.');
  }
  // It never writes, whatever the rights of whoever runs it.
  return createKubeClient({ config, userAgent: `${OPERATOR_NAME}/hn`, mayWrite: () => false });
}

function noCluster({ namespace }: Command, now: Date): Cluster {
  return {
    isRead: false,
    networks: [],
    details: {},
    decide: async (network, decide) => await Promise.resolve(decide(emptyFacts(network, namespace, now))),
  };
}

export interface Reading {
  readonly now: Date;
  readonly tryKey?: SnapshotOptions['tryKey'];
}

/** Does the work with the cluster at hand. Rejects with a FailureError where the cluster cannot be read. */
export async function withCluster<T>(
  command: Command,
  { now, tryKey }: Reading,
  work: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  if (!command.withCluster) return await work(noCluster(command, now));
  const client = connect();
  try {
    const snapshot = await Snapshot.take({ client, operatorNamespace: command.namespace, now, tryKey });
    const details = command.name === 'check' ? await readDetails(client) : {};
    return await work({
      isRead: true,
      networks: snapshot.networks,
      details,
      decide: async (network, decide) => await snapshot.decide(network, decide),
    });
  } finally {
    await client.close();
  }
}
