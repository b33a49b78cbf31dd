import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import type { HybridNetwork } from '../../../src/api/hybrid-network.ts';
import { hashOf, termsOf } from '../../../src/plan/affinity.ts';
import type { ExclusionRecord } from '../../../src/plan/affinity.ts';
import { exclusionsFor } from '../../../src/plan/exclusion.ts';
import type { GuardFact, NodeSelectorTerm, PodTemplate } from '../../../src/plan/facts.ts';
import { GUARD_POLICIES, guardStatus } from '../../../src/plan/guard.ts';
import { CLOUD_LABEL } from '../../../src/plan/nodes.ts';
import { planFor } from '../../../src/plan/plan.ts';
import { statusFor } from '../../../src/plan/status.ts';
import { withdraw } from '../../../src/plan/withdrawal.ts';
import { facts, network, present } from '../../support/make-facts.ts';
import { daemonSet } from '../../support/make-workload.ts';

const NOTHING = {
  hold: 'Absent',
  firstSight: 'Absent',
  nodeLabel: 'Absent',
  refuseUpdate: 'Absent',
  refuseCreate: 'Absent',
} as const;

const bound = ({ kind, name }: Pick<GuardFact, 'kind' | 'name'>): GuardFact => ({
  kind,
  name,
  bindsTo: name,
  actions: kind === 'MutatingAdmissionPolicy' ? [] : ['Deny'],
});
const NODE_LABEL = { kind: 'ValidatingAdmissionPolicy', name: 'hybridnetwork-node-label' } as const;

describe('what the status says about the guard', () => {
  const said = (...found: readonly GuardFact[]) => guardStatus({ ...facts(), guard: present(found) });

  test('a policy is in place when it stands and its binding enforces it', () => {
    expect(said()).toEqual(NOTHING);
    expect(said(bound(NODE_LABEL))).toEqual({ ...NOTHING, nodeLabel: 'InPlace' });
    expect(Object.values(said(...GUARD_POLICIES.map(bound)) ?? {})).toEqual(
      GUARD_POLICIES.map(() => 'InPlace'),
    );
  });

  test('one without a binding, with the binding of another, or with one that only warns is not', () => {
    expect(said({ ...NODE_LABEL, actions: [] })).toEqual(NOTHING);
    expect(said({ ...bound(NODE_LABEL), bindsTo: 'other' })).toEqual(NOTHING);
    expect(said({ ...bound(NODE_LABEL), actions: ['Warn', 'Audit'] })).toEqual(NOTHING);
  });

  test('without the right to look there is none', () => {
    expect(guardStatus({ ...facts(), guard: { state: 'absent' } })).toEqual(NOTHING);
  });

  test('while nobody could look the status keeps what it said', () => {
    const guard = { ...NOTHING, hold: 'InPlace' } as const;
    expect(
      guardStatus({ ...facts({ network: network({ status: { guard } }) }), guard: { state: 'unknown' } }),
    ).toEqual(guard);
    expect(guardStatus(facts())).toBeUndefined();
  });
});

describe('what the guard goes by when a workload is created: the network in charge lists what it waits for', () => {
  const LISTED = { kind: 'DaemonSet', namespace: 'kube-system', name: 'agent' } as const;
  const spec = { onPremises: { workloads: [LISTED] } };
  const older = network({
    name: 'older',
    created: '2025-01-01T00:00:00Z',
    spec: { ...spec, enforcement: 'Observe' },
  });
  const younger = network({ name: 'younger', created: '2025-02-01T00:00:00Z', spec });

  const listed = (own: HybridNetwork, other: HybridNetwork): readonly string[] => {
    const situation = facts({ network: own, others: [other] });
    const circumstances = { outcomes: [], now: new Date(0), failingSince: undefined };
    const { workloads = [] } = statusFor(planFor(situation), situation, circumstances);
    return workloads.map(({ name, state }) => `${name} ${state}`);
  };

  test('Terway and a workload listed by name, before they exist', () => {
    expect(listed(older, younger)).toEqual(['terway-eniip Absent', 'agent Absent']);
  });

  test('and the other network lists neither, although it is in Enforce', () => {
    expect(listed(younger, older)).toEqual([]);
  });

  test('Terway that was held and deleted is Gone', () => {
    const terway = {
      kind: 'DaemonSet',
      namespace: 'kube-system',
      name: 'terway-eniip',
      state: 'Held',
    } as const;
    const own = network({ status: { observedGeneration: 1, workloads: [terway] } });
    expect(listed(own, own)).toEqual(['terway-eniip Gone']);
  });
});

describe('entries of the record that the guard wrote, without a hash', () => {
  const off = exclusionsFor({ excludeVirtualNodes: true });
  const [cloud, virtual] = off;
  const own = { key: 'zone', operator: 'In', values: ['a'] };
  const template = (...terms: readonly NodeSelectorTerm[]) => daemonSet({ name: 'agent', terms }).template;
  const record = (terms: ExclusionRecord['terms']): ExclusionRecord => ({
    exclusions: off,
    created: [],
    terms,
  });
  const termsLeft = (before: PodTemplate, terms: ExclusionRecord['terms']) =>
    termsOf(withdraw(before, record(terms)).affinity);

  test('take out what was added at their place, however often something was added there', () => {
    const before = template({ matchExpressions: [own, ...off] });
    const added = [['type'], [CLOUD_LABEL]].map((keys) => ({ index: 0, hash: '', added: keys }));
    expect(termsLeft(before, added)).toEqual([{ matchExpressions: [own] }]);
  });

  test('never take the same words of somebody else out of another term', () => {
    const theirs = { matchExpressions: [own, ...(virtual === undefined ? [] : [virtual])] };
    const before = template(theirs, { matchExpressions: [own] });
    expect(termsLeft(before, [{ index: 1, hash: '', added: ['type'] }])).toEqual(
      termsOf(before.spec.affinity),
    );
    expect(cloud?.key).toBe(CLOUD_LABEL);
  });

  test('the hash that the policies write is that of a term with nothing else in it', async () => {
    for (const file of ['hold.yaml', 'first-sight.yaml']) {
      await expect(readFile(`deploy/guard/${file}`, 'utf8')).resolves.toContain(`"hash":"${hashOf({})}"`);
    }
  });
});
