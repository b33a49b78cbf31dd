// Fights over time: the loop of the operator against a rival, with a clock that the test moves.
import { describe, expect, test } from '@jest/globals';
import { RESTORE_FINALIZER } from '../../../src/api/annotations.ts';
import type { HybridNetworkStatus } from '../../../src/api/hybrid-network.ts';
import { rememberFights } from '../../../src/execute/fights.ts';
import type { Fights } from '../../../src/execute/fights.ts';
import { isExcluded } from '../../../src/plan/exclusion.ts';
import { wantedExclusions } from '../../../src/plan/keep-off.ts';
import { FakeWorld } from '../../support/fake-world.ts';
import {
  goodEniConfig,
  KEY_VALUES,
  mountingSecret,
  network,
  nodes,
  secret,
  TYPED,
  withAffinity,
} from '../../support/make-facts.ts';
import { daemonSet } from '../../support/make-workload.ts';
import { terwayAddOn } from '../../support/shipped-workloads.ts';

const MINUTE = 60_000;
const LISTED = [{ kind: 'DaemonSet' as const, namespace: 'kube-system', name: 'agent' }];

class Match {
  readonly world = new FakeWorld({
    networks: [
      network({ spec: { scenario: 'HostNetwork', approveAbove: 100, onPremises: { workloads: LISTED } } }),
    ],
    nodes: nodes({ onPremises: 2, cloud: 1 }),
    workloads: [daemonSet({ name: 'agent' }), mountingSecret(terwayAddOn())],
    eniConfig: goodEniConfig(),
    addonSecret: secret(KEY_VALUES),
  });
  now = 0;
  readonly fights: Fights;

  constructor(limit = 3) {
    this.fights = rememberFights({ monotonic: () => this.now, limit });
  }

  async look(): Promise<void> {
    await this.world.reconcile('idc', this.fights);
  }

  /** The rival takes the exclusion away, and the operator looks. */
  async undo(): Promise<void> {
    this.world.edit('agent', (one) => withAffinity(one, undefined));
    await this.look();
  }

  get isKeptOff(): boolean {
    return isExcluded(this.world.workload('agent').template, wantedExclusions(this.world.network()));
  }

  condition(type: string): NonNullable<HybridNetworkStatus['conditions']>[number] | undefined {
    return (this.world.network().status?.conditions ?? []).find((one) => one.type === type);
  }
}

async function fought(rounds: number): Promise<Match> {
  const match = new Match();
  await match.look();
  for (let n = 0; n < rounds; n += 1) await match.undo();
  return match;
}

describe('an exclusion that a rival takes away', () => {
  test('is put back three times at once', async () => {
    const match = await fought(3);

    expect(match.isKeptOff).toBe(true);
    expect(match.condition('Ready')).toMatchObject({ status: 'True' });
  });

  test('is put back the fourth time only after its delay, and the status says so meanwhile', async () => {
    const match = await fought(4);

    expect(match.isKeptOff).toBe(false);
    expect(match.condition('OnPremisesIsolated')).toMatchObject({ reason: 'FieldManagerConflict' });
    expect(match.condition('CloudJoinReady')).toMatchObject({ status: 'False' });
    expect(match.fights.nextMs('idc')).toBe(100);

    match.now += 100;
    await match.look();

    expect(match.isKeptOff).toBe(true);
    expect(match.condition('Ready')).toMatchObject({ status: 'False', reason: 'FieldManagerConflict' });
    expect(match.condition('Stalled')).toMatchObject({ status: 'True' });
    expect(match.condition('Reconciling')).toMatchObject({ status: 'True' });
  });

  test('is in order again after ten quiet minutes', async () => {
    const match = await fought(4);
    match.now += 100;
    await match.look();
    match.now += 10 * MINUTE;
    await match.look();

    expect(match.condition('Ready')).toMatchObject({ status: 'True' });
    expect(match.condition('Stalled')).toBeUndefined();
    expect(match.fights.nextMs('idc')).toBeUndefined();
  });

  test('costs few writes, however often it is taken away', async () => {
    const match = await fought(3);
    match.world.done.length = 0;
    for (let n = 0; n < 600; n += 1) {
      match.now += 1_000;
      await match.undo();
    }

    // 100 ms, doubled each time up to five minutes: twelve delays fit into ten minutes.
    expect(match.world.done.length).toBeLessThanOrEqual(13);
  });

  test('is put back every time without a limit', async () => {
    const match = new Match(0);
    await match.look();
    for (let n = 0; n < 20; n += 1) await match.undo();

    expect(match.isKeptOff).toBe(true);
    expect(match.condition('Ready')).toMatchObject({ status: 'True' });
  });
});

test('the way out of a deletion is told, although somebody fights over what it has to take back', async () => {
  const match = await fought(4);
  const own = match.world.network();
  match.world.setNetwork({
    ...own,
    metadata: { ...own.metadata, deletionTimestamp: '2026-02-01T00:00:00Z', finalizers: [RESTORE_FINALIZER] },
    spec: { ...own.spec, deletionPolicy: 'Restore' },
  });
  match.now += 100;
  await match.look();

  expect(match.condition('Ready')).toMatchObject({ status: 'False', reason: 'DeletionBlocked' });
  expect(match.condition('Ready')?.message).toContain('kubectl annotate hn idc');
  expect(match.condition('Ready')?.message).toContain('is fought over');
});

test('a first write is no repair: changes of the spec are carried out however often they come', async () => {
  const match = new Match();
  for (let n = 0; n < 6; n += 1) {
    const own = match.world.network();
    const metadata = { ...own.metadata, generation: own.metadata.generation + 1 };
    const terway = { eniConfig: { ...TYPED, maxPoolSize: 6 + n } };
    match.world.setNetwork({ ...own, metadata, spec: { ...own.spec, terway } });
    await match.look();
  }

  expect(match.condition('Ready')).toMatchObject({ status: 'True' });
});

test('Terway’s placement is put off by a second at most, and the second line of defence is told', async () => {
  const match = new Match();
  await match.look();
  for (let n = 0; n < 20; n += 1) {
    match.now += 1_000;
    match.world.edit('terway-eniip', (one) => {
      const { nodeSelector: _, ...spec } = one.template.spec;
      return { ...one, template: { ...one.template, spec } };
    });
    await match.look();
    expect(match.fights.nextMs('idc') ?? 0).toBeLessThanOrEqual(10 * MINUTE);
    match.now += 1_000;
    await match.look();
    expect(match.world.workload('terway-eniip').template.spec.nodeSelector).toMatchObject({
      'alibabacloud.com/external': 'true',
    });
  }

  expect(match.condition('TerwayPlaced')?.message).toContain('k8s.aliyun.com/ignore-by-terway=true');
});
