// The guard at admission (deploy/guard): which of its policies are in place. It works without the operator, and the operator
// without it; the status only says what there is.
import type { GuardState, GuardStatus } from '../api/hybrid-network.ts';
import type { Facts, GuardFact } from './facts.ts';

export interface GuardPolicy {
  readonly kind: GuardFact['kind'];
  /** Of the policy, and of its binding. */
  readonly name: string;
}

const HOLD: GuardPolicy = { kind: 'MutatingAdmissionPolicy', name: 'hybridnetwork-hold' };
const FIRST_SIGHT: GuardPolicy = { kind: 'MutatingAdmissionPolicy', name: 'hybridnetwork-first-sight' };
const NODE_LABEL: GuardPolicy = { kind: 'ValidatingAdmissionPolicy', name: 'hybridnetwork-node-label' };
const REFUSE_UPDATE: GuardPolicy = { kind: 'ValidatingAdmissionPolicy', name: 'hybridnetwork-refuse-update' };
const REFUSE_CREATE: GuardPolicy = { kind: 'ValidatingAdmissionPolicy', name: 'hybridnetwork-refuse-create' };

/** Every policy of deploy/guard and deploy/guard-validating. */
export const GUARD_POLICIES = [HOLD, FIRST_SIGHT, NODE_LABEL, REFUSE_UPDATE, REFUSE_CREATE];

/** What the status says; what it said before while nothing could be read. */
export function guardStatus({ guard, network }: Facts): GuardStatus | undefined {
  if (guard.state === 'unknown') return network.status?.guard;
  const found = guard.state === 'present' ? guard.object : [];
  const stateOf = ({ kind, name }: GuardPolicy): GuardState =>
    found.some((fact) => fact.kind === kind && fact.name === name && isEnforced(fact)) ? 'InPlace' : 'Absent';
  return {
    hold: stateOf(HOLD),
    firstSight: stateOf(FIRST_SIGHT),
    nodeLabel: stateOf(NODE_LABEL),
    refuseUpdate: stateOf(REFUSE_UPDATE),
    refuseCreate: stateOf(REFUSE_CREATE),
  };
}

// A binding that only warns or audits lets everything through.
function isEnforced({ kind, name, bindsTo, actions }: GuardFact): boolean {
  return bindsTo === name && (kind === 'MutatingAdmissionPolicy' || actions.includes('Deny'));
}
