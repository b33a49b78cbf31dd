import { describe, expect, test } from '@jest/globals';
import type { CloudSpec, Condition } from '../../../../src/api/hybrid-network.ts';
import type { CloudSide } from '../../../../src/plan/cloud-side.ts';
import { planFor } from '../../../../src/plan/plan.ts';
import { statusFor } from '../../../../src/plan/status.ts';
import { facts, network, NOW } from '../../../support/make-facts.ts';
import type { NetworkOptions } from '../../../support/make-facts.ts';
import { world } from '../../../support/make-check-facts.ts';
import { failed, judged, passed } from '../../../support/make-judgement.ts';

const REGION: CloudSpec = { regionID: 'cn-hangzhou' };

function statusOf(cloud: CloudSide | undefined, options: NetworkOptions = {}) {
  const own = network({ spec: { cloud: REGION }, ...options });
  const all = { ...(world().cluster ?? facts()), network: own, networks: [own], cloud };
  return statusFor(planFor(all), all, { outcomes: [], now: NOW, failingSince: undefined });
}

function conditionOf(cloud: CloudSide | undefined, options: NetworkOptions = {}): Condition | undefined {
  return statusOf(cloud, options).conditions?.find(({ type }) => type === 'CloudValidated');
}

function readyOf(cloud: CloudSide): Condition | undefined {
  return statusOf(cloud).conditions?.find(({ type }) => type === 'Ready');
}

describe('CloudValidated', () => {
  test('is Unknown where nothing is asked, and says how to have it asked', () => {
    expect(conditionOf(undefined, { spec: {} })).toMatchObject({
      status: 'Unknown',
      reason: 'NotAsked',
      message: expect.stringContaining('set spec.cloud.regionID'),
    });
    expect(conditionOf(undefined, { spec: { cloud: { validation: 'Disabled' } } })).toMatchObject({
      reason: 'NotAsked',
      message: 'spec.cloud.validation is Disabled: no cloud API is called.',
    });
    expect(conditionOf({ state: 'unasked', why: 'No key.' })).toMatchObject({
      status: 'Unknown',
      reason: 'NotAsked',
      message: 'No key.',
    });
  });

  test('is False where the identity that the spec names is not there, and keeps what the cloud said once', () => {
    const side = { state: 'unasked', why: 'There is none.', fault: 'SecretNotFound' } as const;
    const status = { freeIPs: 12, zones: [{ zone: 'cn-hangzhou-h', vSwitches: ['vsw-a'], freeIPs: 12 }] };
    const after = statusOf(side, { status });
    expect(after).toMatchObject(status);
    expect(after.conditions).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'CloudValidated', status: 'False', reason: 'SecretNotFound' }),
        expect.objectContaining({ type: 'Ready', status: 'False', reason: 'SecretNotFound' }),
        expect.objectContaining({ type: 'Stalled', status: 'True' }),
      ]),
    );
  });

  test('is True when no error is found, and names what is lighter', () => {
    const results = [passed('C10'), failed('C06', 'warning'), failed('C15', 'info')];
    expect(conditionOf(judged({ results }))).toMatchObject({
      status: 'True',
      reason: 'Validated',
      message: '1 check passed. 1 warning (C06) and advice (C15): see status.checks.',
    });
  });

  test('is False with the findings and their remedies, the heaviest first', () => {
    const results = ['C10', 'C11', 'C12', 'C13', 'C20'].map((id) => failed(id));
    const { status, reason, message = '' } = conditionOf(judged({ results })) ?? {};
    expect([status, reason]).toEqual(['False', 'CheckFailed']);
    expect(message).toContain('C10: C10 is not so. Mend C10.');
    expect(message).toContain('Also failed: C13, C20, see status.checks.');
  });

  test('is Unknown where a part cannot be asked: that is never wrong', () => {
    const troubles = ['RAM does not allow DescribeVpcs: allow it to the RAM user.'];
    expect(conditionOf(judged({ troubles }))).toMatchObject({
      status: 'Unknown',
      reason: 'CannotCheck',
      message: 'RAM does not allow DescribeVpcs: allow it to the RAM user. 2 checks passed.',
    });
  });

  test('says how old an answer is that could not be renewed', () => {
    const outdated = { asOf: '2026-03-01T00:00:00Z', why: 'It got no answer.' };
    expect(conditionOf(judged({ outdated }))).toMatchObject({
      status: 'True',
      message: '2 checks passed. As the cloud said at 2026-03-01T00:00:00Z; since then: It got no answer.',
    });
  });

  test('warns of an id to skip that names no check', () => {
    const cloud = { ...REGION, skipChecks: ['C99'] };
    expect(conditionOf(judged(), { spec: { cloud } })?.message).toBe(
      '2 checks passed. spec.cloud.skipChecks: there is no check C99.',
    );
  });

  test('makes Ready False by an error, and by nothing else', () => {
    expect(readyOf(judged({ results: [failed('C12')] }))).toMatchObject({
      status: 'False',
      reason: 'CheckFailed',
    });
    const harmless: readonly CloudSide[] = [
      { state: 'pending' },
      { state: 'unasked', why: 'No key.' },
      judged({ results: [failed('C06', 'warning')] }),
      judged({ troubles: ['It got no answer.'] }),
    ];
    for (const side of harmless)
      expect(readyOf(side)).toMatchObject({ status: 'True', reason: 'Reconciled' });
  });
});

describe('a cloud that is silent', () => {
  const since = (secondsAgo: number): string => new Date(NOW.getTime() - secondsAgo * 1_000).toISOString();
  const silent = (secondsAgo: number): CloudSide =>
    judged({ silentSince: since(secondsAgo), troubles: ['DescribeVpcs got no answer.'] });
  const ready = (cloud: CloudSide, options: NetworkOptions = {}) => {
    const conditions = statusOf(cloud, options).conditions ?? [];
    const find = (wanted: string) => conditions.find(({ type }) => type === wanted);
    return { ready: find('Ready'), reconciling: find('Reconciling') };
  };
  const told = ready(silent(120)).ready;
  const afterwards: NetworkOptions = { status: { conditions: told === undefined ? [] : [told] } };

  test('leaves Ready as it is for two minutes, after which it is looked at again', () => {
    expect(ready(silent(119))).toMatchObject({ ready: { status: 'True' }, reconciling: undefined });
    const own = network({ spec: { cloud: REGION } });
    const all = { ...(world().cluster ?? facts()), network: own, networks: [own], cloud: silent(119) };
    const rechecks = planFor(all).concerns.flatMap(({ verdict }) => verdict.recheckAfterMs ?? []);
    expect(rechecks).toContain(1_000);
  });

  test('makes Ready Unknown after two minutes, and says what may be done', () => {
    expect(ready(silent(120))).toMatchObject({
      ready: { status: 'Unknown', reason: 'CloudSilent' },
      reconciling: { status: 'True', reason: 'CloudSilent' },
    });
    for (const part of [since(120), 'DescribeVpcs got no answer.', 'spec.cloud.validation: Disabled'])
      expect(told?.message).toContain(part);
  });

  test('hides nothing that a person has to mend', () => {
    const worse = judged({ silentSince: since(600), results: [failed('C12')] });
    expect(ready(worse).ready).toMatchObject({ status: 'False', reason: 'CheckFailed' });
  });

  test('is over with the first answer', () => {
    expect(ready(judged(), afterwards).ready).toMatchObject({ status: 'True', reason: 'Reconciled' });
  });

  test('is still silent for an operator that has just started and has no answer yet', () => {
    for (const side of [silent(5), { state: 'pending' } as const]) {
      expect(ready(side, afterwards).ready).toMatchObject({ status: 'Unknown', message: told?.message });
    }
  });

  test('is nobody’s business where it is not asked any more', () => {
    const side = { state: 'unasked', why: 'No key.' } as const;
    expect(ready(side, afterwards).ready).toMatchObject({ status: 'True' });
  });
});

describe('while the first answers are on their way', () => {
  const zones = [{ zone: 'cn-hangzhou-h', vSwitches: ['vsw-a'], freeIPs: 12 }];
  const checks = [{ id: 'C06', severity: 'warning' as const, message: 'M', remediation: 'R' }];
  const before = (generation: number): NetworkOptions => ({
    status: {
      conditions: [
        {
          type: 'CloudValidated',
          status: 'True',
          observedGeneration: generation,
          lastTransitionTime: '2026-01-02T00:00:00Z',
          reason: 'Validated',
          message: 'As it was.',
        },
      ],
      zones,
      freeIPs: 12,
      checks,
    },
  });

  test('the last judgement of this spec stands, word by word', () => {
    const status = statusOf({ state: 'pending' }, before(1));
    expect(status).toMatchObject({ zones, freeIPs: 12, checks });
    expect(conditionOf({ state: 'pending' }, before(1))).toMatchObject({
      status: 'True',
      reason: 'Validated',
      message: 'As it was.',
      lastTransitionTime: '2026-01-02T00:00:00Z',
    });
  });

  test('that of another spec does not', () => {
    expect(conditionOf({ state: 'pending' }, before(0))).toMatchObject({
      status: 'Unknown',
      reason: 'Observing',
    });
    expect(conditionOf(judged({ generation: 0 }), before(0))).toMatchObject({ reason: 'Observing' });
  });

  test('that nobody could ask is over when there is somebody', () => {
    const { status } = before(1);
    const [condition] = status?.conditions ?? [];
    if (condition === undefined) throw new Error('no condition');
    const missing = { ...condition, status: 'False' as const, reason: 'SecretNotFound' };
    const after = conditionOf({ state: 'pending' }, { status: { conditions: [missing] } });
    expect(after).toMatchObject({ status: 'Unknown', reason: 'Observing' });
  });

  test('zones that this process was not told stay, and checks are those of now', () => {
    const status = statusOf(judged({ troubles: ['It got no answer.'] }), before(1));
    expect(status).toMatchObject({ zones, freeIPs: 12 });
    expect(status.checks).toBeUndefined();
  });

  test('nothing stays once it is not asked any more', () => {
    const status = statusOf(undefined, before(1));
    expect(status).not.toHaveProperty('zones');
    expect(status).not.toHaveProperty('checks');
  });
});

describe('the status of the cloud side', () => {
  test('shows zones with their sum, failed checks with their remedies, and capacity', () => {
    const zones = ['h', 'i'].map((zone) => ({ zone: `cn-hangzhou-${zone}`, vSwitches: ['vsw'], freeIPs: 7 }));
    const capacity = { pods: 30, nodes: 1, instanceTypes: [] };
    const results = [passed('C10'), failed('C06', 'warning'), failed('C12')];
    expect(statusOf(judged({ zones, capacity, results }))).toMatchObject({
      zones,
      freeIPs: 14,
      capacity,
      checks: [
        { id: 'C12', severity: 'error', message: 'C12 is not so.', remediation: 'Mend C12.' },
        { id: 'C06', severity: 'warning', message: 'C06 is not so.', remediation: 'Mend C06.' },
      ],
    });
  });

  test('keeps to what the API server takes', () => {
    const outcome = { state: 'failed', message: 'x'.repeat(5_000) } as const;
    const results = Array.from({ length: 80 }, (_, n) => ({
      id: `C${n}`,
      title: 'T',
      severity: 'error' as const,
      outcome,
      remedy: 'y'.repeat(5_000),
    }));
    const { checks = [] } = statusOf(judged({ results }));
    expect(checks).toHaveLength(32);
    expect(checks[0]?.message).toHaveLength(1_024);
    expect(checks[0]?.remediation).toHaveLength(1_024);
  });
});
