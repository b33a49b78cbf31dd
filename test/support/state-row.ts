// A row of the state table (state-table.ts).
import type {
  ConditionStatus,
  HybridNetworkSpec,
  HybridNetworkStatus,
} from '../../src/api/hybrid-network.ts';
import type { Failure } from '../../src/plan/failure.ts';
import { condition } from './make-facts.ts';
import type { Situation } from './situation.ts';

export type ArgoHealth = 'Healthy' | 'Progressing' | 'Suspended' | 'Degraded';
export type Kstatus = 'Current' | 'InProgress' | 'Failed' | 'Terminating';

export interface Row {
  readonly situation: Situation;
  /** `status/reason` */
  readonly ready: string;
  readonly reconciling?: boolean;
  readonly stalled?: boolean;
  /** Health in Argo CD, by deploy/argocd/health.lua; the message is that of the condition that decided. */
  readonly argo: ArgoHealth;
  /** Status in kstatus, and so in Flux. */
  readonly kstatus: Kstatus;
}

/** The status before. */
export const was = (status: ConditionStatus): HybridNetworkStatus => ({
  conditions: [condition('Ready', status)],
});
export const UNEXPECTED: Failure = { kind: 'Unexpected', message: 'connection reset' };
export const FORBIDDEN: Failure = {
  kind: 'NotYet',
  reason: 'Forbidden',
  message: 'cannot patch',
  retryAfterMs: 60_000,
};

/** A spec by which the cloud is asked. */
export const ASKING: HybridNetworkSpec = { scenario: 'BGP', cloud: { regionID: 'cn-hangzhou' } };
