import { describe, expect, test } from '@jest/globals';
import type { PlanStatus } from '../../../src/api/hybrid-network.ts';
import type { ActionClass } from '../../../src/plan/actions.ts';
import { workloadKey } from '../../../src/plan/facts.ts';
import type { NodeFact, PodFact, Workload } from '../../../src/plan/facts.ts';
import { action, agent, gated, keepOff, waitsFor, withdrawal } from '../../support/gated.ts';
import { node, nodes, podOf, podsFor } from '../../support/make-facts.ts';
import { daemonSet, deployment, LINUX } from '../../support/make-workload.ts';

describe('a change', () => {
  const three = nodes({ onPremises: 2, cloud: 1 });

  test('of few pods goes ahead', () => {
    const change = keepOff(agent());

    expect(gated([change], { nodes: three })).toEqual({ run: [change], wait: [] });
  });

  test('waits when it restarts and evicts more pods together than approveAbove', () => {
    const limit = (approveAbove: number) =>
      gated([keepOff(agent())], { nodes: three, spec: { approveAbove } });

    expect(waitsFor(limit(3))).toEqual([]);
    expect(waitsFor(limit(2))).toEqual(['Approval']);
    expect(limit(2).wait[0]).toMatchObject({
      effect: { restarted: 2, evicted: 1, widens: false },
      because: 'the change touches 3 pods, more than approveAbove 2',
    });
  });

  test('waits by default above ten pods', () => {
    expect(waitsFor(gated([keepOff(agent())], { nodes: nodes({ onPremises: 10 }) }))).toEqual([]);
    expect(waitsFor(gated([keepOff(agent())], { nodes: nodes({ onPremises: 11 }) }))).toEqual(['Approval']);
  });

  test('of approveAbove 0 waits for a single pod', () => {
    expect(
      waitsFor(gated([keepOff(agent())], { nodes: nodes({ onPremises: 1 }), spec: { approveAbove: 0 } })),
    ).toEqual(['Approval']);
  });

  test('is counted together with the others', () => {
    const typha = deployment({ name: 'calico-typha', replicas: 2 });
    const actions = [keepOff(agent()), keepOff(typha)];

    expect(waitsFor(gated(actions, { nodes: three, spec: { approveAbove: 4 } }))).toEqual([
      'Approval',
      'Approval',
    ]);
    expect(waitsFor(gated(actions, { nodes: three, spec: { approveAbove: 5 } }))).toEqual([]);
  });

  test('restarts nothing on-premises under OnDelete', () => {
    const change = keepOff(agent({ updateStrategy: 'OnDelete' }));

    expect(gated([change], { nodes: three, spec: { approveAbove: 0 } }).wait[0]?.effect).toEqual({
      restarted: 0,
      evicted: 1,
      widens: false,
    });
  });

  test('of annotations only never waits', () => {
    const record = action(agent(), { verb: 'Withdraw' });

    expect(gated([record], { spec: { approveAbove: 0 } }).run).toEqual([record]);
  });

  test('waits while its pods have not been read', () => {
    const pods = { [workloadKey(agent())]: undefined };

    expect(waitsFor(gated([keepOff(agent())], { pods }))).toEqual(['Observation']);
  });

  test('waits while the pods of another change have not been read: the limit is for all together', () => {
    const exporter = daemonSet({ name: 'exporter' });
    const result = gated([keepOff(agent()), keepOff(exporter)], {
      pods: { [workloadKey(exporter)]: undefined },
    });

    expect(waitsFor(result)).toEqual(['Observation', 'Observation']);
    expect(result.hash).toBeUndefined();
  });
});

test.each<ActionClass>(['guard', 'repair', 'record'])('a %s waits for nothing', (kind) => {
  const pods = { [workloadKey(agent())]: [] };
  const one = keepOff(agent(), kind);

  expect(gated([one], { spec: { approveAbove: 0 }, pods })).toEqual({ run: [one], wait: [] });
});

describe('a widening', () => {
  const cluster = nodes({ onPremises: 1, cloud: 1 });

  test('waits while there are cloud nodes, however few pods it touches', () => {
    expect(waitsFor(gated([withdrawal(agent())], { nodes: cluster, spec: { approveAbove: 100 } }))).toEqual([
      'Approval',
    ]);
  });

  test('waits while there are virtual nodes', () => {
    expect(waitsFor(gated([withdrawal(agent())], { nodes: nodes({ virtual: 1 }) }))).toEqual(['Approval']);
  });

  test('goes ahead where there are none', () => {
    expect(waitsFor(gated([withdrawal(agent())], { nodes: nodes({ onPremises: 3 }) }))).toEqual([]);
  });
});

describe('an approval', () => {
  const cluster = nodes({ onPremises: 20, cloud: 1 });
  const change = keepOff(agent());
  const asked = gated([change], { nodes: cluster });

  test('of the hash lets the change go', () => {
    expect(asked.hash).toMatch(/^[0-9a-f]{12}$/);
    expect(gated([change], { nodes: cluster, approve: asked.hash })).toEqual({ run: [change], wait: [] });
  });

  test.each([
    ['another one', '0123456789ab'],
    ['an empty one', ''],
  ])('of %s does not', (_, approve) => {
    expect(gated([change], { nodes: cluster, approve })).toEqual(asked);
  });

  test('stays good when nodes come and go', () => {
    expect(gated([change], { nodes: nodes({ onPremises: 30 }), approve: asked.hash }).run).toEqual([change]);
  });

  test('is not good for another template of the same object', () => {
    const other = keepOff(agent({ nodeSelector: LINUX }));

    expect(waitsFor(gated([other], { nodes: cluster, approve: asked.hash }))).toEqual(['Approval']);
  });

  test('is not good for another object of the same template', () => {
    const other = keepOff(agent({ namespace: 'calico-system' }));

    expect(waitsFor(gated([other], { nodes: cluster, approve: asked.hash }))).toEqual(['Approval']);
  });

  test('is not good a second time, when the spec asks for the same change again', () => {
    const again = gated([change], { nodes: cluster, approve: asked.hash, generation: 3 });

    expect(waitsFor(again)).toEqual(['Approval']);
    expect(again.hash).not.toBe(asked.hash);
  });

  test('is not good for the way back', () => {
    expect(waitsFor(gated([withdrawal(agent())], { nodes: cluster, approve: asked.hash }))).toEqual([
      'Approval',
    ]);
  });

  test('is not good for one change more', () => {
    const both = [change, keepOff(daemonSet({ name: 'exporter' }))];

    expect(waitsFor(gated(both, { nodes: cluster, approve: asked.hash }))).toEqual(['Approval', 'Approval']);
  });

  test('does not depend on the order of the changes', () => {
    const exporter = keepOff(daemonSet({ name: 'exporter' }));

    expect(gated([change, exporter], { nodes: cluster }).hash).toBe(
      gated([exporter, change], { nodes: cluster }).hash,
    );
  });

  test('of a published plan is good for what is left of it, and for nothing new', () => {
    const exporter = keepOff(daemonSet({ name: 'exporter' }));
    const both = gated([change, exporter], { nodes: cluster });
    const plan: PlanStatus = {
      hash: both.hash ?? '',
      actions: both.wait.map(({ id, action: { verb } }) => ({
        action: verb,
        target: { kind: 'x', name: 'x' },
        why: 'x',
        id,
      })),
    };
    const left = gated([exporter, keepOff(daemonSet({ name: 'new' }))], {
      nodes: cluster,
      approve: both.hash,
      plan,
    });

    expect(left.run).toEqual([exporter]);
    expect(left.wait.map(({ action: one }) => one.kind === 'workload.patch' && one.workload.name)).toEqual([
      'new',
    ]);
    expect(left.hash).not.toBe(both.hash);
  });
});

describe('a rollout under way', () => {
  const cluster = nodes({ onPremises: 2, cloud: 1 });
  const key = workloadKey(agent());

  interface Unrest {
    readonly workload?: Workload;
    readonly pods?: readonly PodFact[];
    readonly nodes?: readonly NodeFact[];
    readonly waits: boolean;
  }

  const UNREST: Record<string, Unrest> = {
    'all pods ready: no wait': { waits: false },
    'a change that the controller has not seen: wait': {
      workload: { ...agent(), generation: 2, observedGeneration: 1 },
      waits: true,
    },
    'no pod on a Ready node that is kept: wait': { pods: [podOf(agent(), 'on-premises-1')], waits: true },
    'a pod that is not ready on such a node: wait': {
      pods: [podOf(agent(), 'on-premises-1'), podOf(agent(), 'on-premises-2', { ready: false })],
      waits: true,
    },
    'a pod that is leaving such a node: wait': {
      pods: [podOf(agent(), 'on-premises-1'), podOf(agent(), 'on-premises-2', { deleting: true })],
      waits: true,
    },
    'two revisions on kept nodes: wait': {
      pods: [podOf(agent(), 'on-premises-1'), podOf(agent(), 'on-premises-2', { revision: 'r0' })],
      waits: true,
    },
    'two revisions under OnDelete: no wait': {
      workload: agent({ updateStrategy: 'OnDelete' }),
      pods: [podOf(agent(), 'on-premises-1'), podOf(agent(), 'on-premises-2', { revision: 'r0' })],
      waits: false,
    },
    'a failing pod on the cloud node that is left: no wait': {
      pods: [
        ...podsFor(agent(), nodes({ onPremises: 2 })),
        podOf(agent(), 'cloud-1', { ready: false, revision: 'r0' }),
      ],
      waits: false,
    },
    'a failing pod on a node that is not Ready: no wait': {
      nodes: [node('onPremises', 'dead', { ready: false }), node('cloud', 'cloud-1')],
      pods: [podOf(agent(), 'dead', { ready: false })],
      waits: false,
    },
    'a node whose taint it does not tolerate: no wait': {
      workload: agent({ tolerations: [] }),
      nodes: [node('onPremises', 'gpu', { taints: [{ key: 'gpu', effect: 'NoSchedule' }] })],
      pods: [],
      waits: false,
    },
  };

  test.each(Object.entries(UNREST))('%s', (_, { workload = agent(), pods, nodes: own, waits }) => {
    const result = gated([keepOff(workload)], {
      nodes: own ?? cluster,
      ...(pods === undefined ? {} : { pods: { [key]: pods } }),
    });

    expect(waitsFor(result)).toEqual(waits ? ['Rollout'] : []);
  });

  test('is overridden by an approval', () => {
    const pods = { [key]: [] };
    const asked = gated([keepOff(agent())], { nodes: cluster, pods });

    expect(waitsFor(gated([keepOff(agent())], { nodes: cluster, pods, approve: asked.hash }))).toEqual([]);
  });

  test('does not stop a withdrawal', () => {
    expect(
      waitsFor(gated([withdrawal(agent())], { nodes: nodes({ onPremises: 1 }), pods: { [key]: [] } })),
    ).toEqual([]);
  });
});
