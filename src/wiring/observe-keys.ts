// The view of the cluster, and with it what the cloud says of access keys.
import type { Cloud } from '../cloud/cloud.ts';
import type { ClusterView } from '../kube/cluster-view.ts';
import type { ReconcilePorts } from '../reconcile.ts';
import type { Clock } from '../runtime/clock.ts';
import type { WorkQueue } from '../runtime/work-queue.ts';
import { createKeyTrials } from './key-trials.ts';
import type { KeyTrials } from './key-trials.ts';

interface Parts {
  readonly view: ClusterView;
  readonly cloud: Cloud;
  readonly clock: Clock;
  readonly queue: Pick<WorkQueue, 'addAfter'>;
}

export interface ViewWithKeys {
  readonly view: ReconcilePorts['view'];
  /** No key is tried any more. */
  stop(): void;
}

export function viewWithKeys({ view, cloud, clock, queue }: Parts): ViewWithKeys {
  const trials = createKeyTrials({
    probe: async (identity, regionId) => await cloud.probe(identity, regionId),
    clock,
    onNews: () => {
      for (const { metadata } of view.networks()) queue.addAfter(metadata.name, 0);
    },
  });
  return {
    view: {
      network: (name) => view.network(name),
      networks: () => view.networks(),
      workloads: () => view.workloads(),
      tidy: () => view.tidy(),
      observe: observeWithKeys(view, trials),
    },
    stop: () => trials.stop(),
  };
}

function observeWithKeys(
  view: Pick<ClusterView, 'observe'>,
  trials: Pick<KeyTrials, 'of' | 'isImminent'>,
): ClusterView['observe'] {
  return (network) => {
    const cluster = view.observe(network);
    let isAwaited = false;
    return {
      facts: {
        ...cluster.facts,
        keyTrial: (key, regionId, maxAgeMs) => {
          const trial = trials.of(key, regionId, maxAgeMs);
          isAwaited ||= trial.state === 'pending';
          return trial;
        },
      },
      // A status that says for a moment that a key is being tried would be one write more for each key.
      isComplete: () => cluster.isComplete() && !(isAwaited && trials.isImminent()),
    };
  };
}
