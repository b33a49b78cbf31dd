import { describe, expect, test } from '@jest/globals';
import type { HybridNetworkStatus, PluginTrace, Scenario } from '../../../src/api/hybrid-network.ts';
import { cleanupNeeded, pluginHistory } from '../../../src/plan/cleanup.ts';
import { workloadKey } from '../../../src/plan/facts.ts';
import type { NodeFact, PodFact } from '../../../src/plan/facts.ts';
import { facts, network, node, nodes, podOf } from '../../support/make-facts.ts';
import { calicoManifest, terwayAddOn } from '../../support/shipped-workloads.ts';

const CALICO = calicoManifest()[0] ?? terwayAddOn();
const CLOUD = node('cloud', 'ecs-1');

interface Situation {
  readonly scenario?: Scenario;
  readonly known?: readonly PluginTrace[];
  readonly nodes?: readonly NodeFact[];
  readonly calico?: readonly PodFact[];
  readonly terway?: readonly PodFact[];
}

function historyIn({ scenario = 'BGP', known, ...given }: Situation): readonly string[] {
  const status: HybridNetworkStatus = known === undefined ? {} : { pluginHistory: [...known] };
  const own = facts({
    network: network({ spec: { scenario }, status }),
    nodes: given.nodes ?? [node('onPremises', 'idc-1'), CLOUD],
    workloads: [CALICO],
    pods: { [workloadKey(CALICO)]: given.calico ?? [] },
    terwayPods: given.terway ?? [],
  });
  return pluginHistory(own).map(({ node: name, ran }) => `${name} ${ran}`);
}

const trace = (ran: PluginTrace['ran'], uid = CLOUD.uid): PluginTrace => ({ node: CLOUD.name, uid, ran });
const calicoPod = (name: string, pod: Partial<PodFact> = {}) => podOf(CALICO, name, pod);

const CASES: Readonly<Record<string, readonly [Situation, readonly string[]]>> = {
  'a pod of the other plug-in runs there': [{ calico: [calicoPod('ecs-1')] }, ['ecs-1 OnPremises']],
  'it has run there and crashes': [
    { calico: [calicoPod('ecs-1', { ready: false, hasRun: true })] },
    ['ecs-1 OnPremises'],
  ],
  'it never came to run there': [{ calico: [calicoPod('ecs-1', { ready: false })] }, []],
  'it runs on an on-premises node': [{ calico: [calicoPod('idc-1')] }, []],
  'the right plug-in runs there': [{ terway: [podOf(terwayAddOn(), 'ecs-1')] }, []],
  'under Overlay the other one is Terway': [
    {
      scenario: 'Overlay',
      calico: [calicoPod('ecs-1')],
      terway: [podOf(terwayAddOn(), 'ecs-1', { deleting: true })],
    },
    ['ecs-1 Terway'],
  ],
  'it is known from before': [{ known: [trace('OnPremises')] }, ['ecs-1 OnPremises']],
  'both are known, whichever is the right one now': [
    { known: [trace('Terway')], calico: [calicoPod('ecs-1')] },
    ['ecs-1 OnPremises', 'ecs-1 Terway'],
  ],
  'the node joined anew': [{ known: [trace('OnPremises', 'another')] }, []],
  'the node is gone': [{ known: [trace('OnPremises')], nodes: [] }, []],
  'the node is no cloud node any more': [
    { known: [trace('OnPremises')], nodes: [node('onPremises', 'ecs-1')] },
    [],
  ],
  'an annotation on the node tells of it': [
    { nodes: [{ ...CLOUD, ran: ['OnPremises', 'Terway'] }] },
    ['ecs-1 OnPremises'],
  ],
};

describe('what is known of a cloud node', () => {
  test.each(Object.entries(CASES))('%s', (_, [situation, wanted]) => {
    expect(historyIn(situation)).toEqual(wanted);
  });

  test('is bounded, and of too many the ones known longest stay', () => {
    const many = nodes({ cloud: 300 });
    const known = many
      .slice(40, 296)
      .map(({ name, uid }): PluginTrace => ({ node: name, uid, ran: 'OnPremises' }));
    const calico = many.map(({ name }) => calicoPod(name));
    const history = historyIn({ nodes: many, known, calico });

    expect(history).toHaveLength(256);
    expect(history).toEqual(known.map((one) => `${one.node} ${one.ran}`).toSorted());
  });
});

describe('the condition CleanupNeeded', () => {
  test('is absent where nothing is to be cleaned up', () => {
    expect(cleanupNeeded([], network())).toEqual([]);
    expect(cleanupNeeded([trace('Terway')], network())).toEqual([]);
  });

  test('names the nodes and the remedy', () => {
    expect(cleanupNeeded([trace('OnPremises')], network())).toMatchObject([
      { type: 'CleanupNeeded', status: 'True', reason: 'ReimageNodes' },
    ]);
    const [found] = cleanupNeeded([trace('OnPremises')], network());
    expect(found?.message).toContain('The on-premises CNI has run on ecs-1');
    expect(found?.message).toContain('delete its Node object, re-image it and let it join again');
  });

  test('names Terway under Overlay', () => {
    const [found] = cleanupNeeded([trace('Terway')], network({ spec: { scenario: 'Overlay' } }));

    expect(found?.message).toContain('Terway has run on ecs-1');
  });

  test('keeps its message short, and says when not all are remembered', () => {
    const all = nodes({ cloud: 256 }).map(({ name, uid }): PluginTrace => ({
      node: name,
      uid,
      ran: 'OnPremises',
    }));
    const [found] = cleanupNeeded(all, network());

    expect(found?.message).toContain('and 236 more');
    expect(found?.message).toContain('No more than 256 are remembered');
    expect(found?.message.length).toBeLessThan(1_000);
  });
});
