import { describe, expect, test } from '@jest/globals';
import { HOLD_ANNOTATION } from '../../../../src/api/annotations.ts';
import type { HybridNetworkSpec } from '../../../../src/api/hybrid-network.ts';
import { claimsOf } from '../../../../src/plan/claims.ts';
import type { Verdict } from '../../../../src/plan/concern.ts';
import { terwayPlacement } from '../../../../src/plan/concerns/terway-placement.ts';
import { exclusionsFor } from '../../../../src/plan/exclusion.ts';
import { workloadKey } from '../../../../src/plan/facts.ts';
import type { PodFact, Workload } from '../../../../src/plan/facts.ts';
import { facts, held, network, nodes, podOf, TYPED } from '../../../support/make-facts.ts';
import { LINUX } from '../../../support/make-workload.ts';
import { terwayAddOn } from '../../../support/shipped-workloads.ts';

const CLOUD = { 'alibabacloud.com/external': 'true' };
const everywhere = terwayAddOn({ nodeSelector: LINUX });
const placed = held(terwayAddOn(), 'cloud-only');

interface Situation {
  readonly workload?: Workload | undefined;
  readonly spec?: Partial<HybridNetworkSpec>;
  readonly pods?: readonly PodFact[];
  readonly which?: 'plan' | 'unplan';
}

function judged({ workload, spec = {}, pods, which = 'plan' }: Situation): Verdict {
  const own = network({ spec });
  const workloads = workload === undefined ? [] : [workload];
  const all = facts({
    network: own,
    workloads,
    nodes: nodes({ onPremises: 1, cloud: 1, virtual: 1 }),
    ...(pods === undefined || workload === undefined ? {} : { pods: { [workloadKey(workload)]: pods } }),
  });
  return terwayPlacement[which](all, claimsOf([own], workloads));
}

interface Case extends Situation {
  /** `health/reason` */
  readonly says: string;
  readonly inForce: boolean;
  readonly class?: string;
}

const CASES: Record<string, Case> = {
  'a Terway that may run everywhere is placed': {
    workload: everywhere,
    says: 'working/Progressing',
    inForce: false,
    class: 'guard',
  },
  'a Terway that stands rightly only gets the hold': {
    workload: terwayAddOn(),
    says: 'ok/Placed',
    inForce: true,
    class: 'record',
  },
  'a Terway that is held is left alone': { workload: placed, says: 'ok/Placed', inForce: true },
  'a Terway that asks for cloud nodes by its affinity stands rightly': {
    workload: held(
      terwayAddOn({
        nodeSelector: {},
        terms: [
          { matchExpressions: [{ key: 'alibabacloud.com/external', operator: 'In', values: ['true'] }] },
        ],
      }),
      'cloud-only',
    ),
    says: 'ok/Placed',
    inForce: true,
  },
  'a Terway that lost its selector is placed again': {
    workload: held(everywhere, 'cloud-only'),
    says: 'working/Progressing',
    inForce: false,
    class: 'guard',
  },
  'a Terway of another label value is placed': {
    workload: terwayAddOn({ nodeSelector: { 'alibabacloud.com/external': 'false' } }),
    says: 'working/Progressing',
    inForce: false,
    class: 'guard',
  },
  'a Terway that carries the exclusion of the on-premises CNI runs nowhere, and a person is told': {
    workload: held(
      terwayAddOn({ terms: [{ matchExpressions: exclusionsFor({ excludeVirtualNodes: true }) }] }),
      'cloud-only',
    ),
    says: 'failed/ExcludedFromCloud',
    inForce: true,
  },
  'pods on wrong nodes are on their way out': {
    workload: placed,
    pods: [podOf(placed, 'on-premises-1'), podOf(placed, 'virtual-1'), podOf(placed, 'cloud-1')],
    says: 'working/PodsLeaving',
    inForce: true,
  },
  'a Terway that is not there is named': { says: 'failed/DaemonSetNotFound', inForce: false },
  'a Terway that is being deleted is not there': {
    workload: { ...everywhere, deleting: true },
    says: 'failed/DaemonSetNotFound',
    inForce: false,
  },
  'an Overlay asks for nothing': {
    workload: everywhere,
    spec: { scenario: 'Overlay' },
    says: 'ok/NotRequired',
    inForce: true,
  },
  'an Overlay that configures Terway places it': {
    workload: everywhere,
    spec: { scenario: 'Overlay', terway: { eniConfig: TYPED } },
    says: 'working/Progressing',
    inForce: false,
    class: 'guard',
  },
  'Restore never takes the placement off, and does not hold it any more': {
    workload: terwayAddOn(),
    which: 'unplan',
    says: 'ok/Placed',
    inForce: true,
  },
  'Restore places a Terway that lost its selector': {
    workload: everywhere,
    which: 'unplan',
    says: 'working/Progressing',
    inForce: false,
    class: 'guard',
  },
};

test.each(Object.entries(CASES))('%s', (_, { says, inForce, class: kind, ...situation }) => {
  const verdict = judged(situation);

  expect(`${verdict.health}/${verdict.reason}`).toBe(says);
  expect(verdict.inForce).toBe(inForce);
  expect(verdict.actions.map((action) => action.class)).toEqual(kind === undefined ? [] : [kind]);
});

describe('the placement', () => {
  const [action] = judged({ workload: everywhere }).actions;

  test('is one patch of selector and hold, and keeps the rest of the selector', () => {
    expect(action).toMatchObject({
      template: { spec: { nodeSelector: { ...LINUX, ...CLOUD } } },
      widens: false,
    });
    expect(JSON.stringify(action)).toContain(`"${HOLD_ANNOTATION}":"cloud-only"`);
  });

  test('counts the pods on wrong nodes', () => {
    const pods = [podOf(placed, 'on-premises-1'), podOf(placed, 'virtual-1'), podOf(placed, 'cloud-1')];

    expect(judged({ workload: placed, pods }).misplacedPods).toBe(2);
  });
});
