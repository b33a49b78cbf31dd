// Figures about the cloud side: calls as they are made, judgements as they stand at each scrape.
import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { CallRecord } from '../cloud/call.ts';
import { failedChecks } from '../plan/cloud-status.ts';
import type { CloudJudgement } from '../plan/cloud-side.ts';

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
  const gauge = <L extends string>(
    about: { readonly name: string; readonly help: string; readonly labelNames: readonly L[] },
    fill: (
      set: (labels: Record<L, string>, value: number) => void,
      network: string,
      one: CloudJudgement,
    ) => void,
  ): void => {
    const made: Gauge<L> = new Gauge<L>({
      ...about,
      registers: [registry],
      collect() {
        this.reset();
        for (const [network, one] of read())
          fill((labels, value) => this.set(labels as Partial<Record<L, string>>, value), network, one);
      },
    });
    made.reset();
  };
  gauge(
    {
      name: 'hybridnetwork_check_failed',
      help: '1 for each check of the cloud side that fails, by network, id and severity.',
      labelNames: ['network', 'id', 'severity'],
    },
    (set, network, one) => {
      for (const { id, severity } of failedChecks(one)) set({ network, id, severity }, 1);
    },
  );
  gauge(
    {
      name: 'hybridnetwork_free_ips',
      help: 'Free addresses of the pod vSwitches, by network and zone.',
      labelNames: ['network', 'zone'],
    },
    (set, network, { zones = [] }) => {
      for (const { zone, freeIPs } of zones) set({ network, zone }, freeIPs);
    },
  );
  gauge(
    {
      name: 'hybridnetwork_pod_capacity',
      help: 'Pods that Terway has addresses for on the cloud nodes, by network and instance type.',
      labelNames: ['network', 'instance_type', 'mode'],
    },
    (set, network, { capacity }) => {
      for (const { type, mode = '', nodes, podsPerNode } of capacity?.instanceTypes ?? [])
        set({ network, instance_type: type, mode }, nodes * podsPerNode);
    },
  );
}
