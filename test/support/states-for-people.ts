// The rows of the state table in which a person is needed.
import { RESTORE_FINALIZER } from '../../src/api/annotations.ts';
import { workloadKey } from '../../src/plan/facts.ts';
import type { Contest } from '../../src/plan/fights.ts';
import { ABSENT, configMap, KEY_VALUES, network, podOf, present, secret } from './make-facts.ts';
import { failed, judged } from './make-judgement.ts';
import { byHelm, daemonSet } from './make-workload.ts';
import { flannelManifest } from './shipped-workloads.ts';
import { raw, settled, terway } from './situation.ts';
import { ASKING, FORBIDDEN } from './state-row.ts';
import type { Row } from './state-row.ts';

const FIGHT: Contest = {
  target: { kind: 'DaemonSet', namespace: 'kube-system', name: 'calico-node' },
  field: 'affinity',
  others: ['rival'],
  isGuard: false,
  isWrong: true,
  delayMs: 300_000,
};
const LONG_AGO = { createdAt: '2026-02-01T00:00:00Z', readySince: '2026-02-01T00:00:00Z' };

export const FOR_PEOPLE: Readonly<Record<string, Row>> = {
  'Terway is not there': {
    situation: { workloads: settled.slice(1) },
    ready: 'False/DaemonSetNotFound',
    argo: 'Degraded',
    kstatus: 'InProgress',
  },
  'the CNI is not there': {
    situation: { workloads: settled.slice(0, 1) },
    ready: 'False/CNINotFound',
    argo: 'Degraded',
    kstatus: 'InProgress',
  },
  'two CNIs': {
    situation: { workloads: [...settled, ...flannelManifest()] },
    ready: 'False/AmbiguousCNI',
    stalled: true,
    argo: 'Degraded',
    kstatus: 'Failed',
  },
  'the Secret is missing': {
    situation: { addonSecret: ABSENT },
    ready: 'False/SecretNotFound',
    stalled: true,
    argo: 'Degraded',
    kstatus: 'Failed',
  },
  'a bad key': {
    situation: { addonSecret: present(secret({ ...KEY_VALUES, 'access-key-id': 'a b' })) },
    ready: 'False/SecretMalformed',
    stalled: true,
    argo: 'Degraded',
    kstatus: 'Failed',
  },
  'eni_conf is malformed': {
    situation: { eniConfig: present(configMap({ eni_conf: '{' })) },
    ready: 'False/ConfigMapMalformed',
    stalled: true,
    argo: 'Degraded',
    kstatus: 'Failed',
  },
  'Observe with something to do': {
    situation: { network: { spec: { enforcement: 'Observe' } }, workloads: raw },
    ready: 'False/PlanPending',
    argo: 'Suspended',
    kstatus: 'InProgress',
  },
  'an approval is awaited': {
    situation: { network: { spec: { approveAbove: 0 } }, workloads: raw },
    ready: 'False/ApprovalRequired',
    stalled: true,
    argo: 'Suspended',
    kstatus: 'Failed',
  },
  'a deletion waits': {
    situation: {
      network: { deleting: true, finalizers: [RESTORE_FINALIZER], spec: { deletionPolicy: 'Restore' } },
    },
    ready: 'False/DeletionBlocked',
    stalled: true,
    argo: 'Progressing',
    kstatus: 'Terminating',
  },
  'the exclusion is not ours to write': {
    situation: {
      network: { spec: { onPremises: { workloads: [{ kind: 'DaemonSet', namespace: 'a', name: 'a' }] } } },
      workloads: [
        ...settled,
        daemonSet({
          name: 'a',
          namespace: 'a',
          ...byHelm('a'),
          terms: [{ matchExpressions: [{ key: 'kubernetes.io/os', operator: 'Exists' }] }],
        }),
      ],
    },
    ready: 'False/ManagedElsewhere',
    stalled: true,
    argo: 'Degraded',
    kstatus: 'Failed',
  },
  'a right is missing': {
    situation: { workloads: raw, failure: FORBIDDEN },
    ready: 'False/Forbidden',
    stalled: true,
    argo: 'Degraded',
    kstatus: 'Failed',
  },
  'the API server refuses': {
    situation: { workloads: raw, failure: { kind: 'Invalid', reason: 'Invalid', message: 'no' } },
    ready: 'False/Refused',
    stalled: true,
    argo: 'Degraded',
    kstatus: 'Failed',
  },
  'an older network owns the target': {
    situation: { others: [network({ name: 'older', created: '2025-01-01T00:00:00Z' })] },
    ready: 'False/Conflict',
    stalled: true,
    argo: 'Degraded',
    kstatus: 'Failed',
  },
  'an invalid spec': {
    situation: { network: { spec: { onPremises: { workloads: [{ kind: 'DaemonSet', namespace: 'a' }] } } } },
    ready: 'False/InvalidSpec',
    stalled: true,
    argo: 'Degraded',
    kstatus: 'Failed',
  },
  'somebody keeps undoing the exclusion': {
    situation: { contest: FIGHT },
    ready: 'False/FieldManagerConflict',
    reconciling: true,
    stalled: true,
    argo: 'Degraded',
    kstatus: 'Failed',
  },
  'a pod of Terway has not come up for ten minutes': {
    situation: { pods: { [workloadKey(terway)]: [podOf(terway, 'cloud-1', { ready: false, ...LONG_AGO })] } },
    ready: 'False/RolloutDeadlineExceeded',
    stalled: true,
    argo: 'Degraded',
    kstatus: 'Failed',
  },
  'checks of the cloud side fail': {
    situation: { network: { spec: ASKING }, cloud: judged({ results: [failed('C10')] }) },
    ready: 'False/CheckFailed',
    stalled: true,
    argo: 'Degraded',
    kstatus: 'Failed',
  },
};
