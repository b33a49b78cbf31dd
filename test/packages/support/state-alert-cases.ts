// When the alerts on the state of a HybridNetwork fire, and when they do not.
import { condition, IDC, ofAlert, ofNetwork, SUSPENDED } from './alert-cases.ts';
import type { AlertCase } from './alert-cases.ts';

const MISPLACED = 'hybridnetwork_misplaced_pods';

export const STATE_ALERT_CASES: readonly AlertCase[] = [
  ...ofAlert(
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
    {
      what: 'where a plan is only to be looked at',
      series: {
        [ofNetwork(MISPLACED)]: '2x60',
        'hybridnetwork_info{network="idc",scenario="BGP",enforcement="Observe",pod="operator-a"}': '1x60',
      },
      at: '1h',
    },
    {
      what: 'also where it is held, and another network is only looked at',
      series: {
        [ofNetwork(MISPLACED)]: '2x30',
        'hybridnetwork_info{network="idc",scenario="BGP",enforcement="Enforce",pod="operator-a"}': '1x30',
        'hybridnetwork_info{network="lab",scenario="BGP",enforcement="Observe",pod="operator-a"}': '1x30',
      },
      ...{ at: '10m', fires: IDC, value: '2' },
    },
    { what: 'where the pods leave in time', series: { [ofNetwork(MISPLACED)]: '2x5 0x30' }, at: '20m' },
  ),
  ...ofAlert(
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
  ...ofAlert(
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
  ...ofAlert(
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
  ...ofAlert(
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
