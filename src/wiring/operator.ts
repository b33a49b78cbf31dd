// The running operator, put together: queue, connection, worker, servers, leadership, and the order of its end.
import { randomBytes } from 'node:crypto';
import { OPERATOR_NAME } from '../api/annotations.ts';
import { EventRecorder } from '../kube/events.ts';
import { createLeaseStore } from '../kube/lease.ts';
import type { ClusterView, Urgency } from '../kube/cluster-view.ts';
import type { Options } from '../options.ts';
import { ORPHANS } from '../reconcile.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Clock } from '../runtime/clock.ts';
import { serveHealth, serveMetrics } from '../runtime/health.ts';
import type { Listener } from '../runtime/health.ts';
import { LeaderElection } from '../runtime/leader-election.ts';
import { alwaysLeader } from '../runtime/leadership.ts';
import type { Leadership, LeadershipCallbacks } from '../runtime/leadership.ts';
import type { LogCensor, Logger } from '../runtime/logger.ts';
import { WorkQueue } from '../runtime/work-queue.ts';
import type { CloudWatch } from './cloud-watch.ts';
import { cloudSideOf } from './cloud.ts';
import { connect } from './connection.ts';
import type { Connection } from './connection.ts';
import { operatorMetrics } from './metrics.ts';
import type { OperatorMetrics } from './metrics.ts';
import { createWorker, followUp } from './worker.ts';
import type { Worker } from './worker.ts';

/** A standing watch hears at least a bookmark a minute and is cut after 90 s of silence. */
const DEAF_AFTER_MS = 300_000;
/** A burst of events of pods or nodes is over by then, or it goes on and is looked at ten times a second. */
const SOON_MS = 100;
/** The whole stop has 2 s; the Lease and the connections need some of it. */
const FINISH_WITHIN_MS = 1_000;

export interface RunningOperator {
  /** Finishes what is under way, releases the Lease and closes everything. */
  stop(): Promise<void>;
}

export interface Environment {
  readonly log: Logger;
  readonly censor: LogCensor;
  /** What everything that waits for more than one answer goes by; the system's unless told. */
  readonly clock?: Clock;
}

export async function startOperator(
  options: Options,
  { log, censor, clock = systemClock }: Environment,
): Promise<RunningOperator> {
  const identity =
    options.identity === '' ? `${OPERATOR_NAME}-${randomBytes(4).toString('hex')}` : options.identity;
  const metrics = operatorMetrics();
  const queue = createQueue(metrics, log, clock);
  const made: { leadership?: Leadership; view?: ClusterView } = {};
  const isLeader = (): boolean => made.leadership?.isLeader() ?? false;
  const addAll = (urgency: Urgency): void => addTo(queue, made.view, urgency);
  const isWanted = (name: string): boolean => isLeader() && made.view?.network(name) !== undefined;
  const { cloud, cloudWatch } = cloudSideOf(options, {
    ...{ clock, censor, metrics, log, isWanted },
    onChange: (name) => queue.addAfter(name, SOON_MS),
  });
  const connection = connect({
    ...{ options, identity, log, censor, clock, metrics, isLeader, cloud, cloudWatch },
    onNetwork: (name) => queue.add(name),
    onChange: addAll,
  });
  const { client, view } = connection;
  made.view = view;
  metrics.watchAges(() => view.ages());
  metrics.networks(() => (isLeader() ? view.networks() : []));
  metrics.leadership(isLeader);
  const events = new EventRecorder({ client, clock, instance: identity });
  const { fightLimit } = options;
  const worker = createWorker({ connection, events, metrics, log, clock, queue, fightLimit });
  queue.run(async (key) => followUp(queue, key, await worker.reconcile(key)));

  const listeners = await serve(options, metrics, view);
  const [health, figures] = listeners;
  log.info(
    { identity, health: health.port, metrics: figures.port, namespace: options.namespace },
    'starting',
  );
  const leadership = candidacy(
    options,
    { identity, client, log, clock },
    {
      onStarted: () => {
        log.info('leading');
        void workOnceSynced(view, isLeader, () => {
          queue.resume();
          addAll('now');
        });
      },
      onStopped: (reason) => {
        queue.pause();
        log.info({ reason }, 'not leading any more');
      },
    },
  );
  made.leadership = leadership;
  view.start();
  leadership.start();
  await connection.operator.start();
  const parts: Parts = { queue, worker, events, leadership, connection, cloudWatch, listeners };
  return { stop: async () => await stop(parts) };
}

function addTo(queue: WorkQueue, view: ClusterView | undefined, urgency: Urgency): void {
  const ms = urgency === 'now' ? 0 : SOON_MS;
  const networks = view?.networks() ?? [];
  for (const { metadata } of networks) queue.addAfter(metadata.name, ms);
  // The plan of any network takes care of the holds that nobody claims.
  if (networks.length === 0) queue.addAfter(ORPHANS, ms);
}

function createQueue(metrics: OperatorMetrics, log: Logger, clock: Clock): WorkQueue {
  const queue = new WorkQueue({
    clock,
    observer: metrics.queue.observer,
    onError: (error, key) => log.error({ err: error, network: key }, 'reconcile failed and is retried'),
  });
  // Until this copy leads, keys gather.
  queue.pause();
  metrics.queue.watch(queue);
  return queue;
}

async function workOnceSynced(view: ClusterView, isLeader: () => boolean, work: () => void): Promise<void> {
  try {
    await view.synced();
  } catch {
    // Stopped before everything was read: there is nothing to work on.
    return;
  }
  if (isLeader()) work();
}

async function serve(
  { healthAddress, metricsAddress }: Options,
  { registry }: OperatorMetrics,
  view: ClusterView,
): Promise<readonly [Listener, Listener]> {
  const health = await serveHealth(healthAddress, {
    alive: { watches: () => deaf(view) },
    ready: { caches: () => (view.isSynced ? undefined : 'not everything has been read yet') },
  });
  return [health, await serveMetrics(metricsAddress, registry)];
}

// A server that does not answer, or answers with a refusal, is no reason to be restarted: that would mend nothing.
function deaf(view: ClusterView): string | undefined {
  const silent = view.silentFor(DEAF_AFTER_MS);
  return silent.length === 0 ? undefined : `no sign of life from ${silent.join(', ')}`;
}

function candidacy(
  { leaderElect, namespace }: Options,
  {
    identity,
    client,
    log,
    clock,
  }: {
    readonly identity: string;
    readonly client: Connection['client'];
    readonly log: Logger;
    readonly clock: Clock;
  },
  callbacks: LeadershipCallbacks,
): Leadership {
  if (!leaderElect) return alwaysLeader(callbacks);
  return new LeaderElection({
    ...callbacks,
    clock,
    store: createLeaseStore({ client, namespace, name: OPERATOR_NAME }),
    identity,
    onError: (error) => log.warn({ err: error }, 'the Lease could not be read or written'),
  });
}

interface Parts {
  readonly queue: WorkQueue;
  readonly worker: Worker;
  readonly events: EventRecorder;
  readonly leadership: Leadership;
  readonly connection: Connection;
  readonly cloudWatch: CloudWatch;
  readonly listeners: readonly Listener[];
}

// The Lease goes last of what writes: the next leader starts the moment it is free.
async function stop(parts: Parts): Promise<void> {
  const { queue, worker, events, leadership, connection, cloudWatch, listeners } = parts;
  queue.pause();
  cloudWatch.stop();
  await Promise.all([queue.close(FINISH_WITHIN_MS), worker.settled(FINISH_WITHIN_MS)]);
  await events.flush();
  await leadership.stop();
  const { operator, view, client, outages, cloud } = connection;
  await Promise.all([
    operator.stop(),
    view.stop(),
    ...listeners.map(async (listener) => await listener.close()),
  ]);
  // A watch may come back while the others end.
  outages.stop();
  await Promise.all([client.close(), cloud.close()]);
}
