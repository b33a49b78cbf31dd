// When the alerts on HybridNetworks fire, and when they do not.
import { condition, IDC, ofAlert, ofNetwork, SUSPENDED } from './alert-cases.ts';
import type { AlertCase } from './alert-cases.ts';
import { STATE_ALERT_CASES } from './state-alert-cases.ts';

const SILENT = 'hybridnetwork_cloud_silent';

const CAUSES: readonly AlertCase[] = [
  ...ofAlert(
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
  ...ofAlert(
    'HybridNetworkCredentialsInvalid',
    {
      what: 'after five minutes',
      series: { [condition('CredentialsValid', 'False', 'KeyRejected')]: '1x30' },
      ...{ at: '5m', fires: IDC },
    },
    {
      what: 'where the source alone is out of date, which is told by another',
      series: { [condition('CredentialsValid', 'False', 'SourceStale')]: '1x30' },
      at: '20m',
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
  ...ofAlert(
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
    {
      what: 'where the Secret belongs to an older network',
      series: { [condition('CredentialsSynced', 'False', 'Conflict')]: '1x60' },
      at: '1h',
    },
    {
      what: 'while it is suspended',
      series: {
        [ofNetwork(SUSPENDED)]: '1x60',
        [condition('CredentialsSynced', 'False', 'SecretNotFound')]: '1x60',
      },
      at: '1h',
    },
    {
      what: 'also where the key in use works, and the source is out of date',
      series: { [condition('CredentialsSynced', 'False', 'SourceStale')]: '1x30' },
      ...{ at: '15m', fires: IDC },
    },
  ),
  ...ofAlert(
    'HybridNetworkCloudSilent',
    { what: 'after ten minutes', series: { [ofNetwork(SILENT)]: '1x30' }, at: '10m', fires: IDC },
    {
      what: 'also where something else is wrong, which Ready names',
      series: {
        [ofNetwork(SILENT)]: '1x30',
        [condition('Ready', 'False', 'CheckFailed')]: '1x30',
      },
      ...{ at: '10m', fires: IDC },
    },
    { what: 'before', series: { [ofNetwork(SILENT)]: '1x30' }, at: '9m' },
    { what: 'where it answers in time', series: { [ofNetwork(SILENT)]: '1x5 0x30' }, at: '20m' },
    {
      what: 'while it is suspended',
      series: { [ofNetwork(SUSPENDED)]: '1x60', [ofNetwork(SILENT)]: '1x60' },
      at: '1h',
    },
    {
      what: 'where only a part cannot be asked',
      series: {
        [ofNetwork(SILENT)]: '0x60',
        [condition('CloudValidated', 'Unknown', 'CannotCheck')]: '1x60',
      },
      at: '1h',
    },
  ),
];

const PATIENCE: readonly AlertCase[] = [
  ...ofAlert(
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
  ...ofAlert(
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
  ...ofAlert(
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

export const NETWORK_ALERT_CASES = [...STATE_ALERT_CASES, ...CAUSES, ...PATIENCE];
