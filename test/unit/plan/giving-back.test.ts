import { describe, expect, test } from '@jest/globals';
import { claimsOf } from '../../../src/plan/claims.ts';
import { onPremisesIsolation } from '../../../src/plan/concerns/on-premises-isolation.ts';
import { exclude, exclusionsFor } from '../../../src/plan/exclusion.ts';
import { workloadKey } from '../../../src/plan/facts.ts';
import type { Workload } from '../../../src/plan/facts.ts';
import { planFor } from '../../../src/plan/plan.ts';
import { statusFor } from '../../../src/plan/status.ts';
import { facts, held, network, nodes, podOf, withAffinity } from '../../support/make-facts.ts';
import { deployment } from '../../support/make-workload.ts';

const BOTH = exclusionsFor({ excludeVirtualNodes: true });

/** A workload that carries what a HybridNetwork of this name added; its hold has been released. */
function leftBy(by: string): Workload {
  const original = deployment({ name: 'x', namespace: 'a' });
  const { affinity, record } = exclude(original.template, BOTH, undefined);
  const released = held(withAffinity(original, affinity), 'on-premises-only', { ...record, by });
  const { 'hybrid.alibabacloud.com/hold': _, ...annotations } = released.annotations;
  return { ...released, annotations };
}

const going = network({ deleting: true, spec: { scenario: 'Overlay', deletionPolicy: 'Restore' } });

/** It goes, and is in charge of the workload until then. */
const claiming = network({
  deleting: true,
  spec: {
    deletionPolicy: 'Restore',
    onPremises: { workloads: [{ kind: 'Deployment', namespace: 'a', name: 'x' }] },
  },
});

function verbs(workload: Workload): readonly string[] {
  const seen = facts({ network: going, workloads: [workload], nodes: nodes({ onPremises: 2 }) });
  const { actions } = onPremisesIsolation.unplan(seen, claimsOf(seen.networks, seen.workloads));
  return actions.map(({ verb }) => verb);
}

describe('a deletion with Restore', () => {
  test('takes back what this network added, also when nothing but the record tells', () => {
    expect(verbs(leftBy(going.metadata.name))).toEqual(['Withdraw']);
  });

  test('leaves what another network added and left in place', () => {
    expect(verbs(leftBy('another'))).toEqual([]);
  });

  test('counts the pods that are still on cloud nodes, as long as their workload has not been given back', () => {
    const workload = leftBy(going.metadata.name);
    const misplaced = (of: Workload): number | undefined => {
      const seen = facts({
        ...{ network: claiming, workloads: [of], nodes: nodes({ onPremises: 1, cloud: 1 }) },
        pods: { [workloadKey(of)]: [podOf(of, 'on-premises-1'), podOf(of, 'cloud-1')] },
      });
      return onPremisesIsolation.unplan(seen, claimsOf(seen.networks, seen.workloads)).misplacedPods;
    };
    expect(misplaced(workload)).toBe(1);
    expect(misplaced(deployment({ name: 'x', namespace: 'a' }))).toBe(0);
  });

  test('says that the next cloud node must not come, as long as it is under way', () => {
    const workload = leftBy(going.metadata.name);
    const leaving = {
      ...going,
      metadata: { ...going.metadata, finalizers: ['hybrid.alibabacloud.com/restore'] },
    };
    const seen = facts({ network: leaving, workloads: [workload], nodes: nodes({ onPremises: 2 }) });
    const status = statusFor(planFor(seen), seen, {
      outcomes: [],
      now: new Date(0),
      failingSince: undefined,
    });
    expect(status.conditions).toContainEqual(
      expect.objectContaining({ type: 'CloudJoinReady', status: 'False' }),
    );
  });
});
