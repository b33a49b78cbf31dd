import { describe, expect, test } from '@jest/globals';
import { ADDED_ANNOTATION, FIELD_MANAGER, HOLD_ANNOTATION } from '../../../src/api/annotations.ts';
import type { HybridNetworkSpec, WorkloadState } from '../../../src/api/hybrid-network.ts';
import { isExcluded } from '../../../src/plan/exclusion.ts';
import type { Workload } from '../../../src/plan/facts.ts';
import { giveBack } from '../../../src/plan/give-back.ts';
import type { Judgement } from '../../../src/plan/judgement.ts';
import { keepOff, wantedExclusions } from '../../../src/plan/keep-off.ts';
import { applyPatch } from '../../support/json-patch-interpreter.ts';
import { held, network, nodes, withAffinity } from '../../support/make-facts.ts';
import { byHelm, byTigera, daemonSet, LINUX } from '../../support/make-workload.ts';
import type { WorkloadOptions } from '../../support/make-workload.ts';
import { kubeProxy, terwayAddOn } from '../../support/shipped-workloads.ts';

const CLUSTER = nodes({ onPremises: 1, cloud: 1 });
const OS = { matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }] };
const agent = (options: Partial<WorkloadOptions> = {}): Workload => daemonSet({ name: 'agent', ...options });
const spec = (excludeVirtualNodes: boolean): Partial<HybridNetworkSpec> => ({
  onPremises: { excludeVirtualNodes },
});

interface Raw {
  readonly metadata: { readonly uid: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly template: Workload['template'] };
}

/** The workload after the action of a judgement. */
function done(workload: Workload, { action }: Judgement): Workload {
  if (action?.kind !== 'workload.patch') return workload;
  const { uid, annotations, hasAnnotations, template } = workload;
  const raw: Raw = { metadata: { uid, ...(hasAnnotations ? { annotations } : {}) }, spec: { template } };
  const after = applyPatch(raw, action.patch);
  const kept = after.metadata.annotations ?? {};
  return {
    ...workload,
    annotations: kept,
    hasAnnotations: Object.keys(kept).length > 0,
    template: after.spec.template,
    managers: [...workload.managers, { manager: FIELD_MANAGER, operation: 'Update' }],
  };
}

const keptOff = (workload = agent(), own = network()): Workload =>
  done(workload, keepOff(own, workload, CLUSTER));

function withoutHold(workload: Workload): Workload {
  const { [HOLD_ANNOTATION]: _, ...annotations } = workload.annotations;
  return { ...workload, annotations };
}

interface Case {
  readonly workload: Workload;
  readonly spec?: Partial<HybridNetworkSpec>;
  readonly state: WorkloadState;
  readonly inForce: boolean;
  readonly class?: string;
}

const PATCHED = [{ matchExpressions: [...wantedExclusions(network())] }];

const CASES: Record<string, Case> = {
  'that could run on cloud nodes waits for its first write': {
    workload: agent(),
    state: 'Waiting',
    inForce: false,
    class: 'change',
  },
  'that its owner keeps off is satisfied and not written': {
    workload: agent({ terms: PATCHED }),
    state: 'Satisfied',
    inForce: true,
  },
  'whose selector asks for a label of its own nodes is satisfied and not written': {
    workload: agent({ nodeSelector: { rack: '7' } }),
    state: 'Satisfied',
    inForce: true,
  },
  'that holds the exclusion is held': { workload: keptOff(), state: 'Held', inForce: true },
  'that lost the exclusion is repaired': {
    workload: withAffinity(keptOff(), undefined),
    state: 'Held',
    inForce: false,
    class: 'repair',
  },
  'that lost the exclusion and the record is repaired': {
    workload: held(agent(), 'on-premises-only'),
    state: 'Held',
    inForce: false,
    class: 'repair',
  },
  'that lost the exclusion and carries a record that nobody understands is repaired': {
    workload: held(agent(), 'on-premises-only', { exclusions: [{ key: 'kubernetes.io/os' }] }),
    state: 'Held',
    inForce: false,
    class: 'repair',
  },
  'that lost the exclusion and carries a record that names none is repaired': {
    workload: held(agent(), 'on-premises-only', { exclusions: [], created: [], terms: [] }),
    state: 'Held',
    inForce: false,
    class: 'repair',
  },
  'that lost exclusion and record while the spec lets virtual nodes go is repaired first': {
    workload: held(agent(), 'on-premises-only'),
    spec: spec(false),
    state: 'Held',
    inForce: false,
    class: 'repair',
  },
  'that lost its hold only gets the hold back, and no pod restarts': {
    workload: withoutHold(keptOff()),
    state: 'Held',
    inForce: true,
    class: 'record',
  },
  'whose network only observes is released': {
    workload: keptOff(),
    spec: { enforcement: 'Observe' },
    state: 'Released',
    inForce: true,
  },
  'whose network only observes is released also where somebody undid it meanwhile': {
    workload: withAffinity(withoutHold(keptOff()), undefined),
    spec: { enforcement: 'Observe' },
    state: 'Released',
    inForce: false,
    class: 'change',
  },
  'under the tigera-operator is not ours to write': {
    workload: agent(byTigera('calico-node')),
    state: 'ManagedElsewhere',
    inForce: false,
  },
  'under Helm is written where the chart renders no node affinity': {
    workload: agent(byHelm('agent')),
    state: 'Waiting',
    inForce: false,
    class: 'change',
  },
  'under Helm is not ours to write where the chart renders node affinity': {
    workload: agent({ ...byHelm('agent'), terms: [OS] }),
    state: 'ManagedElsewhere',
    inForce: false,
  },
  'under Helm with the exclusion of the owner is satisfied': {
    workload: agent({ ...byHelm('agent'), terms: PATCHED }),
    state: 'Satisfied',
    inForce: true,
  },
  'that requires the cloud is refused': {
    workload: agent({ nodeSelector: { 'alibabacloud.com/external': 'true' } }),
    state: 'Refused',
    inForce: false,
  },
  'that is parked is refused': { workload: agent({ terms: [{}] }), state: 'Refused', inForce: false },
  'that is kube-proxy is refused': { workload: kubeProxy(), state: 'Refused', inForce: false },
  'that is Terway is refused': {
    workload: terwayAddOn({ nodeSelector: LINUX }),
    state: 'Refused',
    inForce: false,
  },
  'that the spec calls Terway is refused': {
    workload: agent(),
    spec: { terway: { daemonSet: { name: 'agent' } } },
    state: 'Refused',
    inForce: false,
  },
  'that is held as Terway is refused': {
    workload: held(agent(), 'cloud-only'),
    state: 'Refused',
    inForce: false,
  },
};

describe('a workload', () => {
  test.each(Object.entries(CASES))('%s', (_, { workload, spec: own = {}, state, inForce, class: kind }) => {
    const judgement = keepOff(network({ spec: own }), workload, CLUSTER);

    expect(judgement).toMatchObject({ inForce, status: { state } });
    expect(judgement.action?.class).toBe(kind);
    expect(judgement.problem !== undefined).toBe(state === 'Refused' || state === 'ManagedElsewhere');
    if (kind === 'record') expect(JSON.stringify(judgement.action)).not.toContain('"/spec');
  });

  test('that the status says was held is repaired, also when it was made anew', () => {
    for (const state of ['Held', 'Gone'] as const) {
      const workloads = [{ kind: 'DaemonSet' as const, namespace: 'kube-system', name: 'agent', state }];
      expect(keepOff(network({ status: { workloads } }), agent(), CLUSTER).action?.class).toBe('repair');
    }
  });

  test('gets both exclusions, the hold and the record in one patch', () => {
    const after = keptOff();

    expect(isExcluded(after.template, wantedExclusions(network()))).toBe(true);
    expect(after.annotations).toEqual({
      [HOLD_ANNOTATION]: 'on-premises-only',
      [ADDED_ANNOTATION]: expect.stringContaining('virtual-kubelet'),
    });
    expect(keepOff(network(), after, CLUSTER).action).toBeUndefined();
  });

  test('is marked not-cloud where virtual nodes stay', () => {
    expect(keptOff(agent(), network({ spec: spec(false) })).annotations[HOLD_ANNOTATION]).toBe('not-cloud');
  });

  test('that was deleted and made anew is not patched by an action for the one before', () => {
    const { action } = keepOff(network(), agent(), CLUSTER);

    expect(() =>
      done(
        { ...agent(), uid: 'another' },
        { ...keepOff(network(), agent(), CLUSTER), ...(action && { action }) },
      ),
    ).toThrow(/uid/);
  });
});

describe('a change of the spec', () => {
  const narrow = network({ spec: spec(true) });
  const wide = network({ spec: spec(false) });

  test('to give virtual nodes back is a widening', () => {
    const { action } = keepOff(wide, keptOff(agent(), narrow), CLUSTER);

    expect(action).toMatchObject({ class: 'change', widens: true });
  });

  test('to exclude virtual nodes too is none', () => {
    expect(keepOff(narrow, keptOff(agent(), wide), CLUSTER).action).toMatchObject({
      class: 'change',
      widens: false,
    });
  });

  test('and drift at once: first back to what was held', () => {
    const drifted = withAffinity(keptOff(agent(), narrow), undefined);
    const judgement = keepOff(wide, drifted, CLUSTER);
    const repaired = done(drifted, judgement);

    expect(judgement.action).toMatchObject({ class: 'repair', widens: false });
    expect(repaired.template).toEqual(keptOff(agent(), narrow).template);
    expect(keepOff(wide, repaired, CLUSTER).action).toMatchObject({ class: 'change', widens: true });
  });
});

describe('giving back', () => {
  test('takes exclusion, hold and record, and is a widening', () => {
    const before = agent({ terms: [OS], annotations: { mine: 'x' } });
    const judgement = giveBack(network(), keptOff(before));
    const after = done(keptOff(before), judgement);

    expect(judgement.action).toMatchObject({ verb: 'Withdraw', class: 'change', widens: true });
    expect(after.template).toEqual(before.template);
    expect(after.annotations).toEqual({ mine: 'x' });
  });

  test('of what has drifted repairs first: it is held until it is given back', () => {
    expect(giveBack(network(), withAffinity(keptOff(), undefined)).action).toMatchObject({
      class: 'repair',
      widens: false,
    });
  });

  test('of what is no longer held leaves what others made of it', () => {
    const released = withAffinity(withoutHold(keptOff()), undefined);
    const judgement = giveBack(network(), released);

    expect(judgement.action).toMatchObject({ verb: 'Withdraw', widens: false });
    expect(done(released, judgement).annotations).toEqual({});
  });

  test('says what it has to leave', () => {
    const edited = withAffinity(keptOff(agent({ terms: [OS] })), {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: PATCHED } },
    });
    const { action } = giveBack(network(), edited);

    expect(action?.why).toMatch(/would run on every node/);
    expect(action).toMatchObject({ widens: false, template: undefined });
  });

  test('ends with our entry among the field managers, and then with nothing', () => {
    const back = done(keptOff(), giveBack(network(), keptOff()));

    expect(giveBack(network(), back).action).toMatchObject({ verb: 'Disown', class: 'record' });
    expect(giveBack(network(), { ...back, managers: [] }).action).toBeUndefined();
    expect(
      giveBack(network(), {
        ...back,
        managers: [{ manager: FIELD_MANAGER, operation: 'Update', subresource: 'status' }],
      }).action,
    ).toBeUndefined();
  });

  test('never disowns what is held', () => {
    const terway = held(agent({ managers: [{ manager: FIELD_MANAGER, operation: 'Update' }] }), 'cloud-only');

    expect(giveBack(network(), terway).action).toBeUndefined();
  });
});
