// The operator's own figures beside those of its machinery: what it did to which kind of object, and how old its view is.
import { Counter } from 'prom-client';
import {
  createRegistry,
  leaderMetrics,
  queueMetrics,
  reconcileMetrics,
  requestMetrics,
  seriesAtScrape,
} from '../runtime/metrics.ts';
import type { QueueMetrics } from '../runtime/metrics.ts';
import type { CallRecord } from '../cloud/call.ts';
import type { RequestSample } from '../kube/client.ts';
import type { Verb } from '../plan/actions.ts';
import { cloudCallMetrics, judgementMetrics } from './cloud-metrics.ts';
import type { ReadJudgements } from './cloud-metrics.ts';
import { networkMetrics } from './network-metrics.ts';
import type { ReadNetworks } from './network-metrics.ts';
import type { Failure } from '../plan/failure.ts';
import type { Reconcile, Result } from '../reconcile.ts';

const CONTROLLER = 'hybridnetwork';

export interface OperatorMetrics {
  readonly registry: ReturnType<typeof createRegistry>;
  readonly queue: QueueMetrics;
  readonly onRequest: (sample: RequestSample) => void;
  /** A call to ECS or VPC. */
  readonly onCloudCall: (record: CallRecord) => void;
  cloudSide(read: ReadJudgements): void;
  action(verb: Verb, failure: Failure['kind'] | undefined): void;
  timed(reconcile: Reconcile): Reconcile;
  leadership(isLeader: () => boolean): void;
  networks(read: ReadNetworks): void;
  watchAges(read: () => ReadonlyMap<string, number>): void;
}

export function operatorMetrics(): OperatorMetrics {
  const registry = createRegistry();
  const registers = [registry];
  const reconciles = reconcileMetrics(registry, CONTROLLER, 1);
  const countRequest = requestMetrics(registry);
  const actions = new Counter({
    name: 'hybridnetwork_actions_total',
    help: 'Actions by verb and outcome: done, or the kind of failure.',
    labelNames: ['action', 'outcome'],
    registers,
  });
  return {
    registry,
    onCloudCall: cloudCallMetrics(registry),
    cloudSide: (read) => judgementMetrics(registry, read),
    networks: (read) => networkMetrics(registry, read),
    queue: queueMetrics(registry, CONTROLLER),
    onRequest: ({ host, method, status }) => countRequest(status === 0 ? '<error>' : status, method, host),
    action: (verb, failure) => actions.inc({ action: verb, outcome: failure ?? 'done' }),
    timed: (reconcile) => async (name) => {
      const start = performance.now();
      reconciles.started();
      try {
        const result = await reconcile(name);
        reconciles.finished(labelOf(result), (performance.now() - start) / 1_000);
        return result;
      } catch (error) {
        reconciles.finished('error', (performance.now() - start) / 1_000);
        throw error;
      }
    },
    leadership: (isLeader) => leaderMetrics(registry, 'hybridnetwork-operator', isLeader),
    watchAges: (read) => {
      seriesAtScrape(
        registry,
        {
          name: 'hybridnetwork_watch_age_seconds',
          help: 'Seconds since the last sign of life of each watch.',
          labelNames: ['resource'],
        },
        () => [...read()].map(([resource, ageMs]) => ({ labels: { resource }, value: ageMs / 1_000 })),
      );
    },
  };
}

function labelOf(result: Result): 'success' | 'requeue' | 'requeue_after' {
  if (result.next === 'backoff') return 'requeue';
  return result.next === 'after' ? 'requeue_after' : 'success';
}
