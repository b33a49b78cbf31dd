// When the alerts on the operator itself fire, and when they do not.
import { ofAlert, selector } from './alert-cases.ts';
import type { AlertCase } from './alert-cases.ts';

const up = (pod: string): string => `up${selector({ job: 'hybridnetwork-operator-metrics', pod })}`;
const leads = (pod: string): string =>
  `leader_election_master_status${selector({ name: 'hybridnetwork-operator', pod })}`;
const reconciles = (result: string): string =>
  `controller_runtime_reconcile_total${selector({ controller: 'hybridnetwork', result, pod: 'a' })}`;
const ERRORS = `controller_runtime_reconcile_errors_total${selector({ controller: 'hybridnetwork', pod: 'a' })}`;
const RUNNING = `workqueue_longest_running_processor_seconds${selector({ name: 'hybridnetwork', pod: 'a' })}`;
const INFO = `hybridnetwork_info${selector({ network: 'idc', scenario: 'BGP', enforcement: 'Enforce', pod: 'a' })}`;
const NODES_WATCH = { instance: '192.168.0.5:9494', pod: 'a', resource: 'nodes' };
const AGE = `hybridnetwork_watch_age_seconds${selector(NODES_WATCH)}`;
const EVERY_TEN_MINUTES = '5x9 6x9 7x9 8x9 9x9 10x9';

export const OPERATOR_ALERT_CASES: readonly AlertCase[] = [
  ...ofAlert(
    'HybridNetworkOperatorDown',
    {
      what: 'where no replica answers',
      series: { [up('a')]: '1x3 0x30', [up('b')]: '0x30' },
      at: '9m',
      fires: {},
    },
    { what: 'where nobody is there to be asked', series: { [leads('a')]: 'stale' }, at: '5m', fires: {} },
    { what: 'while one of two answers', series: { [up('a')]: '0x30', [up('b')]: '1x30' }, at: '20m' },
    { what: 'in a restart of three minutes', series: { [up('a')]: '1x5 0x3 1x30' }, at: '10m' },
  ),
  ...ofAlert(
    'HybridNetworkOperatorNoLeader',
    {
      what: 'after five minutes without one',
      series: { [leads('a')]: '0x30', [leads('b')]: '0x30' },
      at: '5m',
      fires: {},
    },
    { what: 'while one leads', series: { [leads('a')]: '0x30', [leads('b')]: '1x30' }, at: '20m' },
    {
      what: 'while the Lease goes from one to the other',
      series: { [leads('a')]: '1x5 0x30', [leads('b')]: '0x8 1x30' },
      at: '9m',
    },
  ),
  ...ofAlert(
    'HybridNetworkOperatorSilent',
    {
      what: 'where no reconciliation ends any more',
      series: { [INFO]: '1x60', [reconciles('requeue_after')]: '0+1x5 5x60' },
      ...{ at: '41m', fires: {} },
    },
    { what: 'where one goes on for ever', series: { [RUNNING]: '0+60x60' }, at: '21m', fires: {} },
    {
      what: 'at rest, where everything is looked at every ten minutes',
      series: {
        [INFO]: '1x60',
        [reconciles('requeue_after')]: EVERY_TEN_MINUTES,
        [reconciles('error')]: '0x60',
      },
      at: '1h',
    },
    {
      what: 'at rest, in the first minutes of a process',
      series: { [INFO]: '1x60', [reconciles('requeue_after')]: '5x9 6x9' },
      at: '14m',
    },
    { what: 'where there is no HybridNetwork', series: { [reconciles('requeue_after')]: '5x120' }, at: '2h' },
    { what: 'where one takes a minute', series: { [RUNNING]: '60x60' }, at: '1h' },
  ),
  ...ofAlert(
    'HybridNetworkWatchStale',
    {
      what: 'where nothing has been heard for two minutes, and three more',
      series: { [AGE]: '0+60x30' },
      ...{ at: '6m', fires: NODES_WATCH, value: '6m 0s' },
    },
    { what: 'before', series: { [AGE]: '0+60x30' }, at: '5m' },
    { what: 'where bookmarks come', series: { [AGE]: '55x60' }, at: '1h' },
    { what: 'where it is mended in time', series: { [AGE]: '0+60x4 5x30' }, at: '20m' },
  ),
  ...ofAlert(
    'HybridNetworkReconcileErrors',
    {
      what: 'where they go on',
      series: { [ERRORS]: '0x2 0+1x60' },
      ...{ at: '20m', fires: {}, value: '15' },
    },
    { what: 'for a single one', series: { [ERRORS]: '0x5 1x30' }, at: '15m' },
    { what: 'where there are none', series: { [ERRORS]: '0x60' }, at: '1h' },
  ),
];
