// The operator's frame, its client and its view of the cluster, tied together: each needs a word with the others.
import { OPERATOR_NAME } from '../api/annotations.ts';
import { GROUP, KIND, PLURAL, VERSION } from '../api/hybrid-network.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { createKubeClient } from '../kube/client.ts';
import type { KubeClient } from '../kube/client.ts';
import { ClusterView } from '../kube/cluster-view.ts';
import type { Urgency } from '../kube/cluster-view.ts';
import type { Options } from '../options.ts';
import type { SecretFact } from '../plan/facts.ts';
import type { Clock } from '../runtime/clock.ts';
import type { LogCensor, Logger } from '../runtime/logger.ts';
import { KubernetesOperator } from '../runtime/operator.ts';
import type { CloudWatch } from './cloud-watch.ts';
import type { OperatorMetrics } from './metrics.ts';
import { networkTransport } from './network-transport.ts';
import type { NetworkTransport } from './network-transport.ts';
import { createOutages } from './outages.ts';
import type { Outages } from './outages.ts';

export interface ConnectionOptions {
  readonly options: Options;
  /** The name of this copy, as in the Lease. */
  readonly identity: string;
  readonly log: Logger;
  readonly censor: LogCensor;
  readonly clock: Clock;
  readonly metrics: OperatorMetrics;
  readonly isLeader: () => boolean;
  readonly cloud: Cloud;
  readonly cloudWatch: CloudWatch;
  /** A network of this name is to be looked at. */
  readonly onNetwork: (name: string) => void;
  /** Every network is to be looked at. */
  readonly onChange: (urgency: Urgency) => void;
}

export interface Connection {
  readonly client: KubeClient;
  readonly view: ClusterView;
  readonly operator: KubernetesOperator;
  readonly outages: Outages;
  readonly cloud: Cloud;
  readonly cloudWatch: CloudWatch;
}

const RESOURCE = { group: GROUP, version: VERSION, plural: PLURAL, kind: KIND };

// Names the copy, so that an audit log tells which one wrote. What stands before the slash is the program, as everywhere.
function userAgentOf(identity: string): string {
  return `${OPERATOR_NAME}/${identity.replaceAll(/[^-\w.]/g, '-')}`;
}

export function connect(given: ConnectionOptions): Connection {
  const made: { client?: KubeClient; transport?: NetworkTransport; view?: ClusterView } = {};
  const operator = new KubernetesOperator({
    logger: frameLogger(given.log),
    resource: RESOURCE,
    connect: (config) => {
      const client = createKubeClient({
        config,
        userAgent: userAgentOf(given.identity),
        mayWrite: given.isLeader,
        onRequest: given.metrics.onRequest,
        monotonic: () => given.clock.monotonic(),
      });
      made.client = client;
      made.transport = networkTransport(client, (raw) => made.view?.record('HybridNetwork', raw));
      return made.transport;
    },
    init: async (self) => await self.watch(RESOURCE, ({ meta }) => given.onNetwork(meta.name)),
  });
  const { client } = made;
  if (client === undefined) throw new Error('the frame made no connection');
  const outages = createOutages(given.clock, () => given.onChange('now'));
  const view = createView(given, { client, made, outages });
  made.view = view;
  return { client, view, operator, outages, cloud: given.cloud, cloudWatch: given.cloudWatch };
}

function createView(
  { options, log, censor, clock, onChange }: ConnectionOptions,
  {
    client,
    made,
    outages,
  }: {
    readonly client: KubeClient;
    readonly made: { readonly transport?: NetworkTransport };
    readonly outages: Outages;
  },
): ClusterView {
  return new ClusterView({
    client,
    clock,
    operatorNamespace: options.namespace,
    onChange,
    onNetwork: (notice) => made.transport?.notify(notice),
    onSecret: (secret) => censorValues(censor, secret),
    onProblem: (path, problem) => {
      if (problem !== undefined) {
        log.warn({ path, problem }, 'cannot be read');
        return;
      }
      log.info({ path }, 'can be read again');
      outages.over();
    },
    onError: (error) => log.error({ err: error }, 'an event could not be handled'),
  });
}

function censorValues(censor: LogCensor, secret: SecretFact): void {
  for (const value of secret.data.values()) censor.add(value.trimmed().reveal());
}

function frameLogger(log: Logger): ConstructorParameters<typeof KubernetesOperator>[0]['logger'] {
  return {
    debug: (message) => log.debug(message),
    info: (message) => log.info(message),
    warn: (message) => log.warn(message),
    error: (message) => log.error(message),
  };
}
