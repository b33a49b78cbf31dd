// Figures about the cloud side: calls as they are made, judgements as they stand at each scrape.
import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';
import type { CallRecord } from '../cloud/call.ts';
import { failedChecks } from '../plan/cloud-status.ts';
import type { CloudJudgement } from '../plan/cloud-side.ts';
import { seriesAtScrape } from '../runtime/metrics.ts';
import type { Sample } from '../runtime/metrics.ts';

export type ReadJudgements = () => ReadonlyMap<string, CloudJudgement>;

/** hybridnetwork_cloud_calls_total. Once per registry. */
export function cloudCallMetrics(registry: Registry): (record: CallRecord) => void {
  const calls = new Counter({
    name: 'hybridnetwork_cloud_calls_total',
    help: 'Calls to ECS and VPC by product, action and outcome: ok, or why it failed.',
    labelNames: ['product', 'action', 'outcome'],
    registers: [registry],
  });
  return ({ product, action, outcome }) => calls.inc({ product, action, outcome });
}

/** What the judgements say now; a network that is not asked about has no figure. Once per registry. */
export function judgementMetrics(registry: Registry, read: ReadJudgements): void {
  const each = <L extends string>(
    samplesOf: (network: string, judgement: CloudJudgement) => readonly Sample<L>[],
  ): (() => readonly Sample<L>[]) => {
    return () => [...read()].flatMap(([network, judgement]) => samplesOf(network, judgement));
  };
  seriesAtScrape(
    registry,
    {
      name: 'hybridnetwork_check_failed',
      help: '1 for each check of the cloud side that fails, by network, id and severity.',
      labelNames: ['network', 'id', 'severity'],
    },
    each((network, one) =>
      failedChecks(one).map(({ id, severity }) => ({ labels: { network, id, severity }, value: 1 })),
    ),
  );
  // Ready and Stalled name one reason out of several; this is told beside whatever else is wrong.
  seriesAtScrape(
    registry,
    {
      name: 'hybridnetwork_cloud_silent',
      help: 'Whether ECS and VPC give no answer of use at present (1) or do (0).',
      labelNames: ['network'],
    },
    each((network, { silentSince }) => [{ labels: { network }, value: silentSince === undefined ? 0 : 1 }]),
  );
  seriesAtScrape(
    registry,
    {
      name: 'hybridnetwork_free_ips',
      help: 'Free addresses of the pod vSwitches, by network and zone.',
      labelNames: ['network', 'zone'],
    },
    each((network, { zones = [] }) =>
      zones.map(({ zone, freeIPs }) => ({ labels: { network, zone }, value: freeIPs })),
    ),
  );
  seriesAtScrape(
    registry,
    {
      name: 'hybridnetwork_pod_capacity',
      help: 'Pods that Terway has addresses for on the cloud nodes, by network and instance type.',
      labelNames: ['network', 'instance_type', 'mode'],
    },
    each((network, { capacity }) =>
      (capacity?.instanceTypes ?? []).map(({ type, mode = '', nodes, podsPerNode }) => ({
        labels: { network, instance_type: type, mode },
        value: nodes * podsPerNode,
      })),
    ),
  );
}
