// From a key in the queue to a reconciled network: the writer, the Events, the status, and what becomes of the key.
import type { KubernetesObject } from '@kubernetes/client-node';
import { RESTORE_FINALIZER } from '../api/annotations.ts';
import type { HybridNetwork } from '../api/hybrid-network.ts';
import { rememberFights } from '../execute/fights.ts';
import { withPatience, withStatusPatience } from '../execute/patience.ts';
import { createStatusPublisher } from '../execute/status-publisher.ts';
import type { Write } from '../execute/write.ts';
import { createWriter } from '../execute/writer.ts';
import type { EventRecorder } from '../kube/events.ts';
import { createReconcile } from '../reconcile.ts';
import type { Reconcile, Result } from '../reconcile.ts';
import { backoffMs } from '../runtime/backoff.ts';
import { sleep } from '../runtime/clock.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { WorkQueue } from '../runtime/work-queue.ts';
import type { Connection } from './connection.ts';
import type { OperatorMetrics } from './metrics.ts';
import { statusPatch } from './network-transport.ts';
import { viewWithCloud } from './observe-cloud.ts';

export interface WorkerOptions {
  readonly connection: Connection;
  readonly events: EventRecorder;
  readonly metrics: OperatorMetrics;
  readonly log: Logger;
  readonly fightLimit: number;
  readonly clock: Clock;
  readonly queue: Pick<WorkQueue, 'addAfter'>;
}

export interface Worker {
  readonly reconcile: Reconcile;
  /** Asks the cloud no more. Resolves when no status is on its way, after so many milliseconds at the latest. */
  settled(deadlineMs: number): Promise<void>;
}

/** The frame's type wants times as Date; on the wire, and here, they are strings, and the frame reads none. */
function asObject(network: HybridNetwork): KubernetesObject {
  return network as unknown as KubernetesObject;
}

export function createWorker(options: WorkerOptions): Worker {
  const { connection, events, metrics, log, clock, fightLimit } = options;
  const { view, operator, outages, cloud, cloudWatch } = connection;
  const observed = viewWithCloud({ view, cloud, cloudWatch, clock, queue: options.queue });
  const monotonic = (): number => clock.monotonic();
  const patience = { monotonic, backoffMs, outages: () => outages.count() };
  const writeStatus = withStatusPatience(async (network, status) => {
    try {
      await operator.patchStatus(asObject(network), statusPatch(status));
    } catch (error) {
      log.warn({ err: error, network: network.metadata.name }, 'the status could not be written');
      throw error;
    }
  }, patience);
  const publisher = createStatusPublisher({
    again: (network, ms) => options.queue.addAfter(network, ms),
    backoffMs,
  });
  const reconcile = createReconcile({
    view: observed.view,
    write: withPatience(writerFor(connection), patience),
    fights: rememberFights({ monotonic, limit: fightLimit }),
    writeStatus,
    publisher,
    events,
    now: () => new Date(clock.now()),
    onOutcome: (network, { action, failure, isRepeated }) => {
      if (isRepeated === true) return;
      metrics.action(action.verb, failure?.kind);
      const fields = { network, action: action.verb, why: action.why };
      if (failure === undefined) log.info(fields, 'done');
      // Somebody else was quicker; it is read again and planned anew.
      else if (failure.kind === 'Conflict') log.debug({ ...fields, problem: failure.message }, 'overtaken');
      else log.warn({ ...fields, failure: failure.kind, problem: failure.message }, 'not done');
    },
  });
  return {
    reconcile: metrics.timed(reconcile),
    settled: async (ms) => {
      observed.stop();
      await noLaterThan(clock, ms, publisher.settled());
    },
  };
}

function writerFor({ client, view, operator }: Connection): Write {
  return createWriter({
    client,
    record: (kind, raw) => view.record(kind, raw),
    remember: async (name, history) => {
      const network = view.network(name);
      if (network !== undefined) await operator.patchStatus(asObject(network), { pluginHistory: history });
    },
    finalizers: {
      // A network that is gone meanwhile has no finalizer to change.
      add: async (name) => {
        const network = view.network(name);
        if (network !== undefined) await operator.ensureFinalizer(asObject(network), RESTORE_FINALIZER);
      },
      remove: async (name) => {
        const network = view.network(name);
        if (network === undefined) return;
        await operator.releaseFinalizer(asObject(network), RESTORE_FINALIZER, async () => {});
      },
    },
  });
}

async function noLaterThan(clock: Clock, ms: number, work: Promise<void>): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, sleep(clock, ms, done.signal)]);
  done.abort();
}

/** What becomes of a key after its run. */
export function followUp(queue: WorkQueue, key: string, result: Result): void {
  if (result.next === 'backoff') {
    queue.retry(key);
    return;
  }
  queue.forget(key);
  if (result.next === 'after') queue.addAfter(key, result.ms);
}
