import { describe, expect, test } from '@jest/globals';
import type { GuardFact } from '../../../src/plan/facts.ts';
import { GUARD_POLICIES, guardStatus } from '../../../src/plan/guard.ts';
import { facts, network, present } from '../../support/make-facts.ts';

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
