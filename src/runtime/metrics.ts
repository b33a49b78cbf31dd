// Figures about the machinery, under controller-runtime's names where the meaning is the same: existing dashboards
// and alerts fit. Everything lives in a registry that is handed around; the global one stays empty.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { WorkQueue, WorkQueueObserver } from './work-queue.ts';

export type ReconcileResult = 'success' | 'error' | 'requeue' | 'requeue_after';

export interface ReconcileMetrics {
  started(): void;
  finished(result: ReconcileResult, seconds: number): void;
}

export interface QueueMetrics {
  /** To be given to the queue when it is built… */
  readonly observer: WorkQueueObserver;
  /** …and the queue to be given back, for what is read off it at each scrape. */
  watch(queue: Pick<WorkQueue, 'depth' | 'runningMs'>): void;
}

const RESULTS: readonly ReconcileResult[] = ['success', 'error', 'requeue', 'requeue_after'];

// controller-runtime's, so that its dashboards' heat maps line up.
const RECONCILE_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5,
  1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
const QUEUE_BUCKETS = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000];

/** A registry of our own, with the process's and Node's figures in it. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** A gauge that is read off at each scrape instead of being kept up to date. */
export function gaugeAtScrape(
  registry: Registry,
  about: { readonly name: string; readonly help: string },
  labels: Readonly<Record<string, string>>,
  read: () => number,
): void {
  const gauge: Gauge = new Gauge({
    ...about,
    labelNames: Object.keys(labels),
    registers: [registry],
    collect: () => {
      gauge.set(labels, read());
    },
  });
}

export interface Sample<L extends string> {
  readonly labels: Readonly<Record<L, string>>;
  readonly value: number;
}

/** A gauge whose series are made anew at each scrape: what is gone has none. */
export function seriesAtScrape<L extends string>(
  registry: Registry,
  about: { readonly name: string; readonly help: string; readonly labelNames: readonly L[] },
  read: () => readonly Sample<L>[],
): void {
  const gauge: Gauge = new Gauge({
    ...about,
    registers: [registry],
    collect: () => {
      gauge.reset();
      for (const { labels, value } of read()) gauge.set(labels, value);
    },
  });
}

/** controller_runtime_*: the reconciler's runs. Once per registry. */
export function reconcileMetrics(
  registry: Registry,
  controller: string,
  concurrency: number,
): ReconcileMetrics {
  const labels = { controller };
  const common = { labelNames: ['controller'], registers: [registry] };
  const total = new Counter({
    ...common,
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciliations by controller and result.',
    labelNames: ['controller', 'result'],
  });
  const errors = new Counter({
    ...common,
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Reconciliations that failed.',
  });
  const time = new Histogram({
    ...common,
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'How long a reconciliation takes.',
    buckets: RECONCILE_BUCKETS,
  });
  const active = new Gauge({
    ...common,
    name: 'controller_runtime_active_workers',
    help: 'Reconciliations going on now.',
  });
  const most = new Gauge({
    ...common,
    name: 'controller_runtime_max_concurrent_reconciles',
    help: 'The most reconciliations that may go on at once.',
  });
  // A counter that starts at 0 lets `rate` see the first error.
  for (const result of RESULTS) total.inc({ ...labels, result }, 0);
  errors.inc(labels, 0);
  active.set(labels, 0);
  most.set(labels, concurrency);
  return {
    started: () => {
      active.inc(labels);
    },
    finished: (result, seconds) => {
      active.dec(labels);
      total.inc({ ...labels, result });
      if (result === 'error') errors.inc(labels);
      time.observe(labels, seconds);
    },
  };
}

/** workqueue_*: what waits, and for how long. Once per registry. */
export function queueMetrics(registry: Registry, name: string): QueueMetrics {
  const labels = { name, controller: name };
  const common = { labelNames: ['name', 'controller'], registers: [registry] };
  const adds = new Counter({ name: 'workqueue_adds_total', help: 'Keys added.', ...common });
  const retries = new Counter({
    name: 'workqueue_retries_total',
    help: 'Keys put back with back-off.',
    ...common,
  });
  const waited = new Histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'How long a key waits before it is worked on.',
    buckets: QUEUE_BUCKETS,
    ...common,
  });
  const worked = new Histogram({
    name: 'workqueue_work_duration_seconds',
    help: 'How long a key is worked on.',
    buckets: QUEUE_BUCKETS,
    ...common,
  });
  adds.inc(labels, 0);
  retries.inc(labels, 0);
  return {
    observer: {
      added: () => {
        adds.inc(labels);
      },
      started: (waitedMs) => {
        waited.observe(labels, waitedMs / 1000);
      },
      finished: (workedMs) => {
        worked.observe(labels, workedMs / 1000);
      },
      retried: () => {
        retries.inc(labels);
      },
    },
    watch(queue) {
      readAtScrape(registry, labels, queue);
    },
  };
}

function readAtScrape(
  registry: Registry,
  labels: Readonly<Record<string, string>>,
  queue: Pick<WorkQueue, 'depth' | 'runningMs'>,
): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    gaugeAtScrape(registry, { name, help }, labels, read);
  };
  gauge('workqueue_depth', 'Keys that wait.', () => queue.depth);
  gauge('workqueue_unfinished_work_seconds', 'How long the work going on has taken so far, summed.', () =>
    queue.runningMs().reduce((sum, ms) => sum + ms / 1000, 0),
  );
  gauge(
    'workqueue_longest_running_processor_seconds',
    'For how long the longest work has been going on.',
    () => Math.max(0, ...queue.runningMs()) / 1000,
  );
}

/** rest_client_requests_total; an answer that never came has the code `<error>`, as in client-go. */
export function requestMetrics(
  registry: Registry,
): (code: number | '<error>', method: string, host: string) => void {
  const total = new Counter({
    name: 'rest_client_requests_total',
    help: 'Requests to the API server by code, method and host.',
    labelNames: ['code', 'method', 'host'],
    registers: [registry],
  });
  return (code, method, host) => {
    total.inc({ code: String(code), method, host });
  };
}

/** leader_election_master_status, read at each scrape, so that it is as true as `isLeader`. */
export function leaderMetrics(registry: Registry, name: string, isLeader: () => boolean): void {
  const help = 'Whether this replica leads (1) or waits (0).';
  gaugeAtScrape(registry, { name: 'leader_election_master_status', help }, { name }, () =>
    isLeader() ? 1 : 0,
  );
}
