// Puts the operator together and runs it: the only place, with cli.ts, that reads the environment or ends the process.
import { randomBytes } from 'node:crypto';
import type { KubernetesObject } from '@kubernetes/client-node';
import { OPERATOR_NAME, RESTORE_FINALIZER } from './api/annotations.ts';
import { GROUP, KIND, PLURAL, VERSION } from './api/hybrid-network.ts';
import type { HybridNetwork, HybridNetworkStatus } from './api/hybrid-network.ts';
import { withPatience } from './execute/patience.ts';
import { createWriter } from './execute/writer.ts';
import { JSON_PATCH, MERGE_PATCH } from './kube/call.ts';
import { createKubeClient } from './kube/client.ts';
import type { KubeClient } from './kube/client.ts';
import { ClusterView, NETWORKS_PATH } from './kube/cluster-view.ts';
import type { NetworkNotice } from './kube/cluster-view.ts';
import { EventRecorder } from './kube/events.ts';
import { createLeaseStore } from './kube/lease.ts';
import type { KubeObject } from './kube/object.ts';
import { operatorMetrics } from './operator-metrics.ts';
import { parseOptions } from './options.ts';
import type { Options } from './options.ts';
import type { SecretFact } from './plan/facts.ts';
import { createReconcile, ORPHANS } from './reconcile.ts';
import type { Result } from './reconcile.ts';
import { backoffMs } from './runtime/backoff.ts';
import { systemClock } from './runtime/clock.ts';
import { serveHealth, serveMetrics } from './runtime/health.ts';
import { LeaderElection } from './runtime/leader-election.ts';
import { alwaysLeader } from './runtime/leadership.ts';
import type { Leadership } from './runtime/leadership.ts';
import { createLogger, LogCensor, refuseHeaderDumps } from './runtime/logger.ts';
import type { Logger } from './runtime/logger.ts';
import { KubernetesOperator } from './runtime/operator.ts';
import type { Transport } from './runtime/transport.ts';
import { WorkQueue } from './runtime/work-queue.ts';

const RESOURCE = { group: GROUP, version: VERSION, plural: PLURAL, kind: KIND };
/** A standing watch hears at least a bookmark a minute, and is cut after 90 s of silence. */
const DEAF_AFTER_MS = 300_000;
const STOP_WITHIN_MS = 1_000;

/** Everything the process is made of; `stop` takes it apart in the order that loses nothing. */
interface Running {
  stop(): Promise<void>;
}

async function start(options: Options, log: Logger, censor: LogCensor): Promise<Running> {
  const identity =
    options.identity === '' ? `${OPERATOR_NAME}-${randomBytes(4).toString('hex')}` : options.identity;
  const metrics = operatorMetrics();
  const leading: { now?: Leadership } = {};
  const isLeader = (): boolean => leading.now?.isLeader() ?? false;
  const onNotice: { tell?: (notice: NetworkNotice) => void } = {};
  const made: { client?: KubeClient; view?: ClusterView } = {};

  const queue = new WorkQueue({
    clock: systemClock,
    observer: metrics.queue.observer,
    onError: (error, key) => log.error({ err: error, network: key }, 'reconcile failed and is retried'),
  });
  queue.pause();
  metrics.queue.watch(queue);

  const operator = new KubernetesOperator({
    logger: {
      debug: (message) => log.debug(message),
      info: (message) => log.info(message),
      warn: (message) => log.warn(message),
      error: (message) => log.error(message),
    },
    resource: RESOURCE,
    connect: (config) => {
      const client = createKubeClient({
        config,
        userAgent: `${OPERATOR_NAME}/${VERSION}`,
        mayWrite: isLeader,
        onRequest: metrics.onRequest,
      });
      made.client = client;
      return transportOver(client, made, onNotice);
    },
    init: async (self) => await self.watch(RESOURCE, (event) => queue.add(event.meta.name)),
  });
  const { client } = made;
  if (client === undefined) throw new Error('no connection was made');

  const addAll = (): void => {
    const networks = made.view?.networks() ?? [];
    for (const { metadata } of networks) queue.add(metadata.name);
    queue.add(ORPHANS);
  };
  const view = new ClusterView({
    client,
    clock: systemClock,
    operatorNamespace: options.namespace,
    onChange: addAll,
    onNetwork: (notice) => onNotice.tell?.(notice),
    onSecret: (secret) => censorKeys(censor, secret),
    onProblem: (path, message) =>
      message === undefined
        ? log.info({ path }, 'can be read again')
        : log.warn({ path, problem: message }, 'cannot be read'),
    onError: (error) => log.error({ err: error }, 'an event could not be handled'),
  });
  made.view = view;
  metrics.watchAges(() => view.ages());

  const events = new EventRecorder({ client, clock: systemClock, instance: identity });
  const find = (name: string): HybridNetwork | undefined => view.network(name);
  const write = createWriter({
    client,
    record: (kind, raw) => view.record(kind, raw),
    finalizers: {
      add: async (name) =>
        await withNetwork(
          find(name),
          async (network) => await operator.ensureFinalizer(asObject(network), RESTORE_FINALIZER),
        ),
      remove: async (name) =>
        await withNetwork(
          find(name),
          async (network) =>
            await operator.releaseFinalizer(asObject(network), RESTORE_FINALIZER, async () => {}),
        ),
    },
  });
  const reconcile = createReconcile({
    view,
    write: withPatience(write, { monotonic: systemClock.monotonic, backoffMs }),
    writeStatus: async (network, status) => {
      await operator.patchStatus(asObject(network), statusPatch(status));
    },
    events,
    now: () => new Date(),
    onOutcome: (network, { action, failure, isRepeated }) => {
      if (isRepeated === true) return;
      metrics.action(action.verb, failure?.kind);
      const fields = { network, action: action.verb, why: action.why };
      if (failure === undefined) log.info(fields, 'done');
      else log.warn({ ...fields, failure: failure.kind, problem: failure.message }, 'not done');
    },
  });
  const handle = metrics.timed(reconcile);
  queue.run(async (key) => follow(queue, key, await handle(key)));

  const health = await serveHealth(options.healthAddress, {
    alive: { watches: () => deaf(view) },
    ready: { caches: () => (view.isSynced ? undefined : 'not everything has been read yet') },
  });
  const figures = await serveMetrics(options.metricsAddress, metrics.registry);
  log.info(
    { identity, health: health.port, metrics: figures.port, namespace: options.namespace },
    'starting',
  );

  view.start();
  const callbacks = {
    onStarted: () => {
      log.info('leading');
      void view.synced().then(
        () => {
          if (!isLeader()) return;
          queue.resume();
          addAll();
        },
        () => undefined,
      );
    },
    onStopped: (reason: string) => {
      queue.pause();
      log.info({ reason }, 'not leading any more');
    },
  };
  leading.now = options.leaderElect
    ? new LeaderElection({
        ...callbacks,
        clock: systemClock,
        store: createLeaseStore({ client, namespace: options.namespace, name: OPERATOR_NAME }),
        identity,
        onError: (error) => log.warn({ err: error }, 'the Lease could not be read or written'),
      })
    : alwaysLeader(callbacks);
  metrics.leadership(isLeader);
  leading.now.start();
  void operator.start().catch((error: unknown) => log.error({ err: error }, 'the operator could not start'));

  return {
    stop: async () => {
      queue.pause();
      await queue.close(STOP_WITHIN_MS);
      await events.flush();
      await leading.now?.stop();
      await Promise.all([operator.stop(), view.stop(), health.close(), figures.close()]);
      await client.close();
    },
  };
}

function censorKeys(censor: LogCensor, secret: SecretFact): void {
  for (const value of secret.data.values()) censor.add(value.trimmed().reveal());
}

function deaf(view: ClusterView): string | undefined {
  const silent = [...view.ages()].filter(([, ageMs]) => ageMs > DEAF_AFTER_MS).map(([path]) => path);
  return silent.length === 0 ? undefined : `no sign of life from ${silent.join(', ')}`;
}

function follow(queue: WorkQueue, key: string, result: Result): void {
  switch (result.next) {
    case 'backoff':
      queue.retry(key);
      return;
    case 'after':
      queue.forget(key);
      queue.addAfter(key, result.ms);
      return;
    case 'done':
      queue.forget(key);
  }
}

/** The frame's type wants times as Date; on the wire, and here, they are strings, and the frame reads none. */
function asObject(network: HybridNetwork): KubernetesObject {
  return network as unknown as KubernetesObject;
}

async function withNetwork(
  network: HybridNetwork | undefined,
  act: (network: HybridNetwork) => Promise<boolean>,
): Promise<void> {
  // Gone meanwhile: there is no finalizer to change.
  if (network !== undefined) await act(network);
}

/** As a merge patch: what the status does not say any more has to be taken out of it. */
function statusPatch(status: HybridNetworkStatus): Record<string, unknown> {
  const plan = status.plan && { hash: status.plan.hash ?? null, actions: status.plan.actions ?? null };
  return { ...status, plan: plan ?? null, workloads: status.workloads ?? null };
}

function transportOver(
  client: KubeClient,
  made: { readonly view?: ClusterView },
  onNotice: { tell?: (notice: NetworkNotice) => void },
): Transport {
  const send = async (path: string, contentType: string, body: unknown): Promise<string> => {
    const query = { fieldManager: OPERATOR_NAME };
    const raw = await client.request<KubeObject>({ method: 'PATCH', path, query, contentType, body });
    made.view?.record('HybridNetwork', raw);
    return raw.metadata?.resourceVersion ?? '';
  };
  return {
    async watch(_resource, tell) {
      onNotice.tell = tell;
      return {
        close: async () => {
          delete onNotice.tell;
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

async function main(): Promise<void> {
  const parsed = parseOptions(process.argv.slice(2), process.env);
  if (parsed.state === 'help') {
    process.stdout.write(parsed.text);
    return;
  }
  if (parsed.state === 'wrong') {
    process.stderr.write(`${parsed.problem}\nSee --help.\n`);
    process.exitCode = 2;
    return;
  }
  refuseHeaderDumps(process.env);
  const censor = new LogCensor();
  const log = createLogger({ level: parsed.options.logLevel, censor });
  const running = await start(parsed.options, log, censor);
  const stop = (signal: NodeJS.Signals): void => {
    log.info({ signal }, 'stopping');
    void running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'could not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
