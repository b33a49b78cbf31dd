// The view of the cluster, and with it what is known of the cloud: what it says of access keys, and what the checks found.
import type { Cloud } from '../cloud/cloud.ts';
import type { ClusterView } from '../kube/cluster-view.ts';
import type { Facts } from '../plan/facts.ts';
import type { ReconcilePorts } from '../reconcile.ts';
import type { Clock } from '../runtime/clock.ts';
import type { WorkQueue } from '../runtime/work-queue.ts';
import type { CloudWatch } from './cloud-watch.ts';
import { createKeyTrials } from './key-trials.ts';
import type { KeyTrials } from './key-trials.ts';

type Watch = Pick<CloudWatch, 'sideOf' | 'hasOwnIdentity'>;

interface Parts {
  readonly view: ClusterView;
  readonly cloud: Cloud;
  readonly cloudWatch: Watch;
  readonly clock: Clock;
  readonly queue: Pick<WorkQueue, 'addAfter'>;
}

export interface ViewWithCloud {
  readonly view: ReconcilePorts['view'];
  /** No key is tried any more. */
  stop(): void;
}

export function viewWithCloud({ view, cloud, cloudWatch, clock, queue }: Parts): ViewWithCloud {
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
      observe: observeWithCloud(view, trials, cloudWatch),
    },
    stop: () => trials.stop(),
  };
}

function observeWithCloud(
  view: Pick<ClusterView, 'observe'>,
  trials: Pick<KeyTrials, 'of' | 'isImminent'>,
  cloudWatch: Watch,
): ClusterView['observe'] {
  return (network) => {
    const cluster = view.observe(network);
    let isAwaited = false;
    const facts: Facts = {
      ...cluster.facts,
      hasOwnIdentity: cloudWatch.hasOwnIdentity,
      keyTrial: (key, regionId, maxAgeMs) => {
        const trial = trials.of(key, regionId, maxAgeMs);
        isAwaited ||= trial.state === 'pending';
        return trial;
      },
    };
    return {
      facts: { ...facts, cloud: cloudWatch.sideOf(facts) },
      // A status that says for a moment that a key is being tried would be one write more for each key.
      isComplete: () => cluster.isComplete() && !(isAwaited && trials.isImminent()),
    };
  };
}
