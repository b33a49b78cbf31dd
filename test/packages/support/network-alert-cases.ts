// When the alerts on HybridNetworks fire, and when they do not.
import { condition, IDC, ofNetwork } from './alert-cases.ts';
import type { AlertCase } from './alert-cases.ts';

type Part = Omit<AlertCase, 'alert'>;

const of = (alert: string, ...parts: readonly Part[]): readonly AlertCase[] =>
  parts.map((part) => ({ alert, ...part }));

const MISPLACED = 'hybridnetwork_misplaced_pods';
const SUSPENDED = 'hybridnetwork_suspended';

const STATE: readonly AlertCase[] = [
  ...of(
    'HybridNetworkIsolationViolated',
    {
      what: 'after ten minutes',
      series: { [ofNetwork(MISPLACED)]: '2x30' },
      at: '10m',
      fires: IDC,
      value: '2',
    },
    {
      what: 'also where another replica has come to lead meanwhile',
      series: { [ofNetwork(MISPLACED)]: '2x5 stale', [ofNetwork(MISPLACED, 'operator-b')]: '_x7 2x30' },
      ...{ at: '10m', fires: IDC, value: '2' },
    },
    { what: 'before', series: { [ofNetwork(MISPLACED)]: '2x30' }, at: '9m' },
    { what: 'where the pods leave in time', series: { [ofNetwork(MISPLACED)]: '2x5 0x30' }, at: '20m' },
  ),
  ...of(
    'HybridNetworkStalled',
    {
      what: 'after ten minutes',
      series: { [condition('OnPremisesIsolated', 'False', 'Forbidden')]: '1x30' },
      at: '10m',
      fires: IDC,
    },
    {
      what: 'also where the reason has changed meanwhile',
      series: {
        [condition('OnPremisesIsolated', 'False', 'Forbidden')]: '1x5 stale',
        [condition('OnPremisesIsolated', 'False', 'Refused')]: '_x6 1x30',
      },
      ...{ at: '10m', fires: IDC },
    },
    { what: 'before', series: { [condition('OnPremisesIsolated', 'False', 'Forbidden')]: '1x30' }, at: '9m' },
    {
      what: 'while an approval is awaited, which has an alert of its own',
      series: {
        [condition('Stalled', 'True', 'ApprovalRequired')]: '1x60',
        [condition('OnPremisesIsolated', 'False', 'ApprovalRequired')]: '1x60',
      },
      at: '59m',
    },
    {
      what: 'also where an approval is awaited, and something else is wrong',
      series: {
        [condition('Stalled', 'True', 'ApprovalRequired')]: '1x30',
        [condition('CloudValidated', 'False', 'CheckFailed')]: '1x30',
      },
      ...{ at: '10m', fires: IDC },
    },
    {
      what: 'for a spec that contradicts itself',
      series: { [condition('Stalled', 'True', 'InvalidSpec')]: '1x30' },
      ...{ at: '10m', fires: IDC },
    },
    {
      what: 'for an access key, which has alerts of its own',
      series: {
        [condition('Stalled', 'True', 'SecretNotFound')]: '1x60',
        [condition('CredentialsSynced', 'False', 'SecretNotFound')]: '1x60',
      },
      at: '1h',
    },
    {
      what: 'while it is suspended',
      series: {
        [ofNetwork(SUSPENDED)]: '1x60',
        [condition('CloudValidated', 'False', 'CheckFailed')]: '1x60',
      },
      at: '1h',
    },
    {
      what: 'where something is awaited that comes by itself',
      series: { [condition('TerwayPlaced', 'False', 'DaemonSetNotFound')]: '1x60' },
      at: '1h',
    },
    {
      what: 'because no cloud node may join',
      series: { [condition('CloudJoinReady', 'False', 'Progressing')]: '1x60' },
      at: '1h',
    },
    {
      what: 'in a fight, which has one, too',
      series: {
        [condition('Stalled', 'True', 'FieldManagerConflict')]: '1x60',
        [condition('TerwayPlaced', 'False', 'FieldManagerConflict')]: '1x60',
      },
      at: '59m',
    },
  ),
  ...of(
    'HybridNetworkNotReady',
    {
      what: 'after a quarter of an hour',
      series: { [condition('Ready', 'False', 'DaemonSetNotFound')]: '1x30' },
      ...{ at: '15m', fires: IDC },
    },
    { what: 'before', series: { [condition('Ready', 'False', 'DaemonSetNotFound')]: '1x30' }, at: '14m' },
    { what: 'while Ready is True', series: { [condition('Ready', 'True', 'Reconciled')]: '1x60' }, at: '1h' },
    {
      what: 'beside Stalled, which has an alert of its own',
      series: {
        [condition('Ready', 'False', 'Forbidden')]: '1x60',
        [condition('Stalled', 'True', 'Forbidden')]: '1x60',
      },
      at: '1h',
    },
    {
      what: 'where a plan is only to be looked at',
      series: { [condition('Ready', 'False', 'PlanPending')]: '1x60' },
      at: '1h',
    },
    {
      what: 'also where an approval is awaited, and Terway is gone',
      series: {
        [condition('Ready', 'False', 'ApprovalRequired')]: '1x30',
        [condition('Stalled', 'True', 'ApprovalRequired')]: '1x30',
        [condition('TerwayPlaced', 'False', 'DaemonSetNotFound')]: '1x30',
      },
      ...{ at: '15m', fires: IDC },
    },
    {
      what: 'while it is suspended',
      series: {
        [ofNetwork(SUSPENDED)]: '1x60',
        [condition('Ready', 'False', 'Suspended')]: '1x60',
        [condition('TerwayPlaced', 'False', 'DaemonSetNotFound')]: '1x60',
      },
      at: '1h',
    },
  ),
  ...of(
    'HybridNetworkReadyUnknown',
    {
      what: 'after half an hour',
      series: { [condition('Ready', 'Unknown', 'Progressing')]: '1x60' },
      ...{ at: '30m', fires: IDC },
    },
    { what: 'before', series: { [condition('Ready', 'Unknown', 'Progressing')]: '1x60' }, at: '29m' },
    {
      what: 'where the cloud is silent, which has an alert of its own',
      series: { [condition('Ready', 'Unknown', 'CloudSilent')]: '1x60' },
      at: '1h',
    },
    {
      what: 'while it is suspended',
      series: { [condition('Ready', 'Unknown', 'Suspended')]: '1x60' },
      at: '1h',
    },
  ),
  ...of(
    'HybridNetworkNotObserved',
    {
      what: 'after ten minutes',
      series: { [ofNetwork('hybridnetwork_unseen_generations')]: '1x30' },
      at: '10m',
      fires: IDC,
    },
    {
      what: 'where the change was seen in time',
      series: { [ofNetwork('hybridnetwork_unseen_generations')]: '1x5 0x30' },
      at: '20m',
    },
  ),
];

const CAUSES: readonly AlertCase[] = [
  ...of(
    'HybridNetworkDriftFight',
    {
      what: 'after five minutes, by condition',
      series: { [condition('OnPremisesIsolated', 'False', 'FieldManagerConflict')]: '1x30' },
      ...{ at: '5m', fires: { ...IDC, type: 'OnPremisesIsolated' } },
    },
    {
      what: 'once more for the sums of the conditions',
      series: {
        [condition('Ready', 'False', 'FieldManagerConflict')]: '1x30',
        [condition('Stalled', 'True', 'FieldManagerConflict')]: '1x30',
        [condition('CloudJoinReady', 'False', 'FieldManagerConflict')]: '1x30',
      },
      at: '20m',
    },
    {
      what: 'where it is over at once',
      series: { [condition('OnPremisesIsolated', 'False', 'FieldManagerConflict')]: '1 stale' },
      at: '5m',
    },
  ),
  ...of(
    'HybridNetworkCredentialsInvalid',
    {
      what: 'after five minutes',
      series: { [condition('CredentialsValid', 'False', 'KeyRejected')]: '1x30' },
      ...{ at: '5m', fires: IDC },
    },
    {
      what: 'where the key cannot be tried',
      series: { [condition('CredentialsValid', 'Unknown', 'KeyNotTried')]: '1x30' },
      at: '20m',
    },
    {
      what: 'where the right key comes in time',
      series: {
        [condition('CredentialsValid', 'False', 'KeyRejected')]: '1 stale',
        [condition('CredentialsValid', 'True', 'KeyAccepted')]: '_ 1x30',
      },
      at: '5m',
    },
  ),
  ...of(
    'HybridNetworkCredentialsOutOfSync',
    {
      what: 'after a quarter of an hour',
      series: { [condition('CredentialsSynced', 'False', 'SecretNotFound')]: '1x30' },
      ...{ at: '15m', fires: IDC },
    },
    {
      what: 'before',
      series: { [condition('CredentialsSynced', 'False', 'SecretNotFound')]: '1x30' },
      at: '14m',
    },
    {
      what: 'where a plan is only to be looked at',
      series: { [condition('CredentialsSynced', 'False', 'PlanPending')]: '1x60' },
      at: '1h',
    },
  ),
  ...of(
    'HybridNetworkCloudSilent',
    {
      what: 'after ten minutes',
      series: { [condition('Ready', 'Unknown', 'CloudSilent')]: '1x30' },
      ...{ at: '10m', fires: IDC },
    },
    { what: 'before', series: { [condition('Ready', 'Unknown', 'CloudSilent')]: '1x30' }, at: '9m' },
    {
      what: 'where only a part cannot be asked',
      series: { [condition('CloudValidated', 'Unknown', 'CannotCheck')]: '1x60' },
      at: '1h',
    },
  ),
];

const PATIENCE: readonly AlertCase[] = [
  ...of(
    'HybridNetworkCleanupNeeded',
    {
      what: 'after an hour',
      series: { [condition('CleanupNeeded', 'True', 'ReimageNodes')]: '1x90' },
      ...{ at: '1h', fires: IDC },
    },
    {
      what: 'where the nodes are re-imaged in time',
      series: { [condition('CleanupNeeded', 'True', 'ReimageNodes')]: '1x40 stale' },
      at: '1h',
    },
  ),
  ...of(
    'HybridNetworkApprovalWaiting',
    {
      what: 'after an hour',
      series: { [condition('OnPremisesIsolated', 'False', 'ApprovalRequired')]: '1x90' },
      ...{ at: '1h', fires: IDC },
    },
    {
      what: 'for a deletion that waits',
      series: { [condition('Ready', 'False', 'DeletionBlocked')]: '1x90' },
      ...{ at: '1h', fires: IDC },
    },
    {
      what: 'before',
      series: { [condition('OnPremisesIsolated', 'False', 'ApprovalRequired')]: '1x90' },
      at: '59m',
    },
    {
      what: 'where a plan is only to be looked at',
      series: { [condition('OnPremisesIsolated', 'False', 'PlanPending')]: '1x180' },
      at: '3h',
    },
  ),
  ...of(
    'HybridNetworkSuspended',
    { what: 'after a day', series: { [ofNetwork(SUSPENDED)]: '1x1500' }, at: '24h', fires: IDC },
    {
      what: 'also where another replica has come to lead, after ten minutes without any',
      series: { [ofNetwork(SUSPENDED)]: '1x700 stale', [ofNetwork(SUSPENDED, 'operator-b')]: '_x710 1x800' },
      ...{ at: '24h', fires: IDC },
    },
    { what: 'before', series: { [ofNetwork(SUSPENDED)]: '1x1500' }, at: '1439m' },
    {
      what: 'where it was held again in between',
      series: { [ofNetwork(SUSPENDED)]: '1x700 0x30 1x900' },
      at: '25h',
    },
  ),
];

export const NETWORK_ALERT_CASES = [...STATE, ...CAUSES, ...PATIENCE];
