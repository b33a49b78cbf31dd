// How each HybridNetwork stands, read off the objects at each scrape. A condition has one series, with the status and the reason
// that it has now: labels are bounded by the tables in src/api, and a network that is gone has no series.
import type { Registry } from 'prom-client';
import type { HybridNetwork } from '../api/hybrid-network.ts';
import { seriesAtScrape } from '../runtime/metrics.ts';
import type { Sample } from '../runtime/metrics.ts';

/** None where this replica does not lead: two replicas would tell of the same object, and one of them perhaps late. */
export type ReadNetworks = () => readonly HybridNetwork[];

interface Figure<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  readonly samplesOf: (network: HybridNetwork) => readonly Sample<L>[];
}

const figure = <L extends string>(one: Figure<L>): Figure<L> => one;

const CONDITION = figure({
  name: 'hybridnetwork_condition',
  help: '1 for each condition of each network, with its present status and reason.',
  labelNames: ['network', 'type', 'status', 'reason'],
  samplesOf: ({ metadata, status }) =>
    (status?.conditions ?? []).map(({ type, status: value, reason }) => ({
      labels: { network: metadata.name, type, status: value, reason },
      value: 1,
    })),
});

const INFO = figure({
  name: 'hybridnetwork_info',
  help: '1 for each network, with its scenario and its enforcement.',
  labelNames: ['network', 'scenario', 'enforcement'],
  samplesOf: ({ metadata, spec }) => {
    const { scenario, enforcement = 'Enforce' } = spec;
    return [{ labels: { network: metadata.name, scenario, enforcement }, value: 1 }];
  },
});

const NODES = figure({
  name: 'hybridnetwork_nodes',
  help: 'Nodes by kind: cloud, on-premises, virtual.',
  labelNames: ['network', 'kind'],
  samplesOf: ({ metadata, status }) => {
    const { cloud = 0, onPremises = 0, virtual = 0 } = status?.nodes ?? {};
    const counts = { cloud, 'on-premises': onPremises, virtual };
    return Object.entries(counts).map(([kind, value]) => ({
      labels: { network: metadata.name, kind },
      value,
    }));
  },
});

const SUSPENDED = figure({
  name: 'hybridnetwork_suspended',
  help: 'Whether spec.suspend is true (1) or not (0).',
  labelNames: ['network'],
  samplesOf: ({ metadata, spec }) => single(metadata.name, spec.suspend === true ? 1 : 0),
});

const APPROVALS = figure({
  name: 'hybridnetwork_actions_awaiting_approval',
  help: 'Changes in status.plan that wait for an approval.',
  labelNames: ['network'],
  samplesOf: ({ metadata, status }) => {
    const waiting = (status?.plan?.actions ?? []).filter(({ waitsFor }) => waitsFor === 'Approval');
    return single(metadata.name, waiting.length);
  },
});

const MISPLACED = figure({
  name: 'hybridnetwork_misplaced_pods',
  help: 'Pods of a network plug-in or a listed workload on nodes of the wrong side.',
  labelNames: ['network'],
  samplesOf: ({ metadata, status }) => single(metadata.name, status?.misplacedPods ?? 0),
});

const UNSEEN = figure({
  name: 'hybridnetwork_unseen_generations',
  help: 'Changes of the spec that the status does not speak about yet.',
  labelNames: ['network'],
  samplesOf: ({ metadata, status }) =>
    single(metadata.name, (metadata.generation ?? 0) - (status?.observedGeneration ?? 0)),
});

function single(network: string, value: number): readonly Sample<'network'>[] {
  return [{ labels: { network }, value }];
}

/** hybridnetwork_condition and its like. Once per registry. */
export function networkMetrics(registry: Registry, read: ReadNetworks): void {
  const add = <L extends string>({ samplesOf, ...about }: Figure<L>): void => {
    seriesAtScrape(registry, about, () => read().flatMap(samplesOf));
  };
  add(CONDITION);
  add(INFO);
  add(NODES);
  for (const simple of [SUSPENDED, APPROVALS, MISPLACED, UNSEEN]) add(simple);
}
