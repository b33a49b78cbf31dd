import { describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import type { Condition, HybridNetwork, HybridNetworkStatus } from '../../../src/api/hybrid-network.ts';
import { networkMetrics } from '../../../src/wiring/network-metrics.ts';
import { condition, network } from '../../support/make-facts.ts';

/** The lines of a scrape without the explanations. */
async function scraped(read: () => readonly HybridNetwork[]): Promise<readonly string[]> {
  const registry = new Registry();
  networkMetrics(registry, read);
  return linesOf(await registry.metrics());
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

function standing(
  name: string,
  conditions: readonly Condition[],
  more: HybridNetworkStatus = {},
): HybridNetwork {
  return network({ name, status: { observedGeneration: 1, conditions: [...conditions], ...more } });
}

function ready(status: Condition['status'], reason: string): Condition {
  return { ...condition('Ready', status), reason };
}

describe('a HybridNetwork in the figures', () => {
  test('has one series for each condition, with the status and reason of the moment', async () => {
    const stalled = { ...condition('Stalled', 'True'), reason: 'Forbidden' };
    const lines = await scraped(() => [standing('idc', [ready('False', 'Forbidden'), stalled])]);
    expect(lines.filter((line) => line.startsWith('hybridnetwork_condition'))).toEqual([
      'hybridnetwork_condition{network="idc",type="Ready",status="False",reason="Forbidden"} 1',
      'hybridnetwork_condition{network="idc",type="Stalled",status="True",reason="Forbidden"} 1',
    ]);
  });

  test('leaves no series of an earlier state, and none once it is gone', async () => {
    const registry = new Registry();
    let now: readonly HybridNetwork[] = [standing('idc', [ready('False', 'Forbidden')])];
    networkMetrics(registry, () => now);
    expect(await registry.metrics()).toContain('status="False"');
    now = [standing('idc', [ready('True', 'Reconciled')])];
    const after = await registry.metrics();
    expect(after).toContain('status="True",reason="Reconciled"} 1');
    expect(after).not.toContain('status="False"');
    now = [];
    expect(linesOf(await registry.metrics())).toEqual([]);
  });

  test('says what it is, whether it is suspended, and counts nodes and misplaced pods', async () => {
    const one = standing('idc', [], { misplacedPods: 2, nodes: { cloud: 3, onPremises: 4, virtual: 1 } });
    const spec = { ...one.spec, suspend: true, enforcement: 'Observe' as const };
    expect(await scraped(() => [{ ...one, spec }])).toEqual([
      'hybridnetwork_info{network="idc",scenario="BGP",enforcement="Observe"} 1',
      'hybridnetwork_nodes{network="idc",kind="cloud"} 3',
      'hybridnetwork_nodes{network="idc",kind="on-premises"} 4',
      'hybridnetwork_nodes{network="idc",kind="virtual"} 1',
      'hybridnetwork_suspended{network="idc"} 1',
      'hybridnetwork_actions_awaiting_approval{network="idc"} 0',
      'hybridnetwork_misplaced_pods{network="idc"} 2',
      'hybridnetwork_unseen_generations{network="idc"} 0',
    ]);
  });

  test('counts of its plan what waits for an approval, and nothing else', async () => {
    const target = { kind: 'DaemonSet', namespace: 'kube-system', name: 'calico-node' } as const;
    const action = { action: 'isolate', target, why: 'why' };
    const actions = [
      { ...action, waitsFor: 'Approval' as const },
      { ...action, waitsFor: 'Rollout' as const },
      action,
    ];
    const lines = await scraped(() => [standing('idc', [], { plan: { hash: '909ff592c2b7', actions } })]);
    expect(lines).toContain('hybridnetwork_actions_awaiting_approval{network="idc"} 1');
  });

  test('that no operator has looked at yet has every change of its spec unseen', async () => {
    const lines = await scraped(() => [network({ generation: 3 })]);
    expect(lines).toContain('hybridnetwork_unseen_generations{network="idc"} 3');
    expect(lines).toContain('hybridnetwork_suspended{network="idc"} 0');
  });

  test('stands beside others', async () => {
    const lines = await scraped(() => [network({ name: 'a' }), network({ name: 'b' })]);
    expect(
      lines.filter((line) => line.startsWith('hybridnetwork_info')).map((line) => line.slice(0, 30)),
    ).toEqual(['hybridnetwork_info{network="a"', 'hybridnetwork_info{network="b"']);
  });
});
