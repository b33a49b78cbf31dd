import { describe, expect, test } from '@jest/globals';
import type { HybridNetworkStatus } from '../../../../src/api/hybrid-network.ts';
import { claimsOf } from '../../../../src/plan/claims.ts';
import type { CloudSide } from '../../../../src/plan/cloud-side.ts';
import type { Verdict } from '../../../../src/plan/concern.ts';
import { eniConfig } from '../../../../src/plan/concerns/eni-config.ts';
import type { Facts } from '../../../../src/plan/facts.ts';
import { ABSENT, facts, goodEniConfig, network, present } from '../../../support/make-facts.ts';
import { judged } from '../../../support/make-judgement.ts';

function verdictOf(
  cloud: CloudSide,
  live: Facts['eniConfig'] = ABSENT,
  status: HybridNetworkStatus = {},
): Verdict {
  const typed = { vSwitchIDs: ['vsw-b', 'vsw-a', 'vsw-c'], securityGroupIDs: ['sg-a'] };
  const own = network({
    spec: { terway: { eniConfig: typed }, cloud: { regionID: 'cn-hangzhou' } },
    status,
  });
  const all = { ...facts({ network: own, eniConfig: live }), cloud };
  return eniConfig.plan(all, claimsOf([own], []));
}

function vSwitchesWritten({ actions }: Verdict): unknown {
  const [action] = actions;
  if (action?.kind === 'configMap.create')
    return (JSON.parse(action.data['eni_conf'] ?? '{}') as { vswitches?: unknown }).vswitches;
  return actions.length === 0 ? 'nothing written' : JSON.stringify(action);
}

const ZONES = new Map([
  ['vsw-a', 'cn-hangzhou-h'],
  ['vsw-b', 'cn-hangzhou-i'],
  ['vsw-c', 'cn-hangzhou-h'],
]);
const BY_ZONE = { 'cn-hangzhou-h': ['vsw-a', 'vsw-c'], 'cn-hangzhou-i': ['vsw-b'] };

describe('vSwitchIDs', () => {
  test('stand in eni_conf by their zones', () => {
    expect(vSwitchesWritten(verdictOf(judged({ vSwitchZones: ZONES })))).toEqual(BY_ZONE);
  });

  test('are known by the status, too: a vSwitch never moves', () => {
    const zones = Object.entries(BY_ZONE).map(([zone, vSwitches]) => ({ zone, vSwitches, freeIPs: 1 }));
    expect(vSwitchesWritten(verdictOf({ state: 'pending' }, ABSENT, { zones }))).toEqual(BY_ZONE);
  });

  test('create nothing while a zone is not known', () => {
    for (const cloud of [{ state: 'pending' } as const, judged({ troubles: ['It got no answer.'] })]) {
      const verdict = verdictOf(cloud);
      expect(verdict).toMatchObject({ health: 'unknown', reason: 'ZonesUnknown', actions: [] });
    }
  });

  test('leave the vswitches that are in place while a zone is not known', () => {
    const verdict = verdictOf({ state: 'unasked', why: 'No key.' }, present(goodEniConfig()));
    expect(verdict).toMatchObject({ health: 'unknown', reason: 'ZonesUnknown', inForce: true, actions: [] });
    expect(verdict.message).toContain('vsw-b, vsw-a, vsw-c');
    expect(verdict.message).toContain('No key.');
  });

  test('that the VPC does not have are named, and write nothing wrong', () => {
    const vSwitchZones = new Map([...ZONES].filter(([id]) => id !== 'vsw-c'));
    const verdict = verdictOf(judged({ vSwitchZones }), present(goodEniConfig()));
    expect(verdict).toMatchObject({ health: 'failed', reason: 'VSwitchNotFound', actions: [] });
    expect(verdict.message).toContain('The VPC has no vSwitch vsw-c:');
  });
});
