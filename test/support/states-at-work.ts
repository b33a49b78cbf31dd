// The rows of the state table in which nobody is needed: all is well, work is under way, or the operator was told to stop.
import { nodes } from './make-facts.ts';
import { judged } from './make-judgement.ts';
import { NOW, raw } from './situation.ts';
import { ASKING, UNEXPECTED, was } from './state-row.ts';
import type { Row } from './state-row.ts';

export const AT_WORK: Readonly<Record<string, Row>> = {
  'a new spec whose first writes are under way': {
    situation: { workloads: raw },
    ready: 'Unknown/Progressing',
    reconciling: true,
    argo: 'Progressing',
    kstatus: 'InProgress',
  },
  'all held': { situation: {}, ready: 'True/Reconciled', argo: 'Healthy', kstatus: 'Current' },
  'a transient error keeps Ready True': {
    situation: { network: { status: was('True') }, workloads: raw, failure: UNEXPECTED },
    ready: 'True/ProgressingWithRetry',
    reconciling: true,
    argo: 'Progressing',
    kstatus: 'InProgress',
  },
  'a transient error keeps Ready Unknown': {
    situation: { workloads: raw, failure: UNEXPECTED },
    ready: 'Unknown/ProgressingWithRetry',
    reconciling: true,
    argo: 'Progressing',
    kstatus: 'InProgress',
  },
  'a request for patience is a transient error': {
    situation: {
      network: { status: was('True') },
      workloads: raw,
      failure: { kind: 'Throttled', message: 'slow', retryAfterMs: 9 },
    },
    ready: 'True/ProgressingWithRetry',
    reconciling: true,
    argo: 'Progressing',
    kstatus: 'InProgress',
  },
  'a transient error of almost two minutes': {
    situation: {
      network: { status: was('True') },
      workloads: raw,
      failure: UNEXPECTED,
      failingSince: new Date(NOW.getTime() - 119_999),
    },
    ready: 'True/ProgressingWithRetry',
    reconciling: true,
    argo: 'Progressing',
    kstatus: 'InProgress',
  },
  'no cloud node yet': {
    situation: { nodes: nodes({ onPremises: 2 }) },
    ready: 'True/Reconciled',
    argo: 'Healthy',
    kstatus: 'Current',
  },
  'a rollout of the CNI is waited for': {
    situation: { workloads: raw.map((one) => ({ ...one, observedGeneration: 0 })) },
    ready: 'Unknown/RolloutInProgress',
    reconciling: true,
    argo: 'Progressing',
    kstatus: 'InProgress',
  },
  'suspend keeps Ready True': {
    situation: { network: { spec: { suspend: true }, status: was('True') }, workloads: raw },
    ready: 'True/Suspended',
    argo: 'Suspended',
    kstatus: 'Current',
  },
  'suspend keeps Ready False': {
    situation: { network: { spec: { suspend: true }, status: was('False') } },
    ready: 'False/Suspended',
    argo: 'Suspended',
    kstatus: 'InProgress',
  },
  'suspended from the start': {
    situation: { network: { spec: { suspend: true } } },
    ready: 'Unknown/Suspended',
    argo: 'Suspended',
    kstatus: 'InProgress',
  },
  'an established network that is repaired': {
    situation: { network: { status: { ...was('True'), observedGeneration: 1 } }, workloads: raw },
    ready: 'True/Progressing',
    reconciling: true,
    argo: 'Progressing',
    kstatus: 'InProgress',
  },
  'the cloud has been silent for two minutes': {
    situation: {
      network: { spec: ASKING },
      cloud: judged({ silentSince: new Date(NOW.getTime() - 120_000).toISOString() }),
    },
    ready: 'Unknown/CloudSilent',
    reconciling: true,
    argo: 'Progressing',
    kstatus: 'InProgress',
  },
  'a transient error of two minutes': {
    situation: {
      network: { status: was('True') },
      workloads: raw,
      failure: UNEXPECTED,
      failingSince: new Date(NOW.getTime() - 120_000),
    },
    ready: 'Unknown/ProgressingWithRetry',
    reconciling: true,
    argo: 'Progressing',
    kstatus: 'InProgress',
  },
  'Observe with nothing to do': {
    situation: { network: { spec: { enforcement: 'Observe' } } },
    ready: 'True/Reconciled',
    argo: 'Healthy',
    kstatus: 'Current',
  },
};
