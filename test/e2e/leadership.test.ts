// Two copies of the operator as processes of their own on a real API server: at most one of them ever writes, whatever
// happens to the other, to the Lease or to the clocks. The audit log says who wrote, and who held the Lease by then.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AuditEntry, AuditMark } from '../cluster/audit.ts';
import { CALICO, nextDecision, patch, TERWAY } from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import { termsIn, writerOf, writesOfCopies, writesOutOfTurn } from '../support/leadership-record.ts';
import type { OperatorProcess } from '../support/operator-process.ts';

const ON_PREMISES = ['idc-1', 'idc-2'];
const CLOUD = ['ecs-1'];
const LET_IN = { spec: { template: { spec: { affinity: null } } } };
const LET_OUT = { spec: { template: { spec: { nodeSelector: { 'alibabacloud.com/external': null } } } } };
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/hybridnetwork-system/leases/hybridnetwork-operator';
const JUMP = fileURLToPath(new URL('../support/clock-jump.ts', import.meta.url));
/** The Lease is 15 s long, and a candidate looks once a second. */
const TAKEOVER_MS = 20_000;
const RENEWAL_MS = 2_000;

interface Lease {
  readonly spec: { readonly holderIdentity?: string; readonly renewTime: string };
}

let cluster: HybridCluster;
let first: OperatorProcess;
let second: OperatorProcess;

const lease = async (): Promise<Lease['spec']> =>
  ((await cluster.controlPlane.api.call('GET', LEASE)) as Lease).spec;

async function untilHolder(identity: string, timeoutMs: number): Promise<void> {
  await eventually(async () => (await lease()).holderIdentity === identity, {
    what: `${identity} holds the Lease`,
    timeoutMs,
  });
}

function timesSaid(operator: OperatorProcess, words: string): number {
  return operator.lines().filter(({ msg }) => msg === words).length;
}

async function untilSaid(operator: OperatorProcess, words: string, times: number): Promise<void> {
  await eventually(() => timesSaid(operator, words) === times, {
    what: `it says "${words}" for the ${times}. time`,
    timeoutMs: TAKEOVER_MS,
  });
}

async function letThemMeet(): Promise<void> {
  await patch(cluster, TERWAY, LET_OUT);
  await patch(cluster, CALICO, LET_IN);
}

async function untilApart(): Promise<void> {
  await cluster.untilOn('app=terway-eniip', CLOUD);
  await cluster.untilOn('k8s-app=calico-node', ON_PREMISES);
}

async function writersSince(mark: AuditMark): Promise<readonly (string | undefined)[]> {
  const writes = writesOfCopies(await cluster.controlPlane.audit.since(mark));
  return [...new Set(writes.map(writerOf))].toSorted();
}

async function outOfTurn(): Promise<readonly AuditEntry[]> {
  return writesOutOfTurn(await cluster.controlPlane.audit.entries());
}

beforeAll(async () => {
  cluster = await startHybridCluster({ idc: 2, ecs: 1, vk: 0 });
  await cluster.applyFile('test/fixtures');
  const env = { NODE_OPTIONS: `--import=${JUMP}` };
  first = await cluster.startOperator({ args: ['--identity=first', '--fight-limit=0'], env });
  await untilHolder('first', 10_000);
  second = await cluster.startOperator({ args: ['--identity=second', '--fight-limit=0'], env });
  await cluster.apply(networkOf({ scenario: 'BGP', approveAbove: 100 }));
  await untilApart();
}, 120_000);

afterAll(async () => {
  for (const operator of [first, second]) operator?.kill('SIGCONT');
  await cluster.stop();
});

test('the audit log tells the two copies apart, and only the holder of the Lease has written', async () => {
  const entries = await cluster.controlPlane.audit.entries();
  expect(new Set(writesOfCopies(entries).map(writerOf))).toEqual(new Set(['first']));
  expect(new Set(termsIn(entries).map(({ holder }) => holder))).toEqual(new Set(['first']));
  expect(writesOutOfTurn(entries)).toEqual([]);
});

test('a wall clock that jumps by hours, forth and back, on either side, changes no leader and stops no work', async () => {
  const mark = await cluster.controlPlane.audit.mark();
  const trueHour = Date.now();
  for (const hours of [1, -1, 0]) {
    for (const operator of [second, first]) operator.kill('SIGUSR2');
    await eventually(async () => {
      const renewedAt = Date.parse((await lease()).renewTime);
      return Math.abs(renewedAt - trueHour - hours * 3_600_000) < 600_000;
    });
    await letThemMeet();
    await untilApart();
  }
  await nextDecision(cluster);
  expect(await writersSince(mark)).toEqual(['first']);
  expect(timesSaid(first, 'not leading any more')).toBe(0);
  expect(timesSaid(second, 'leading')).toBe(0);
});

test('a leader that is frozen in the middle of its work and thawed after its time writes nothing more', async () => {
  const mark = await cluster.controlPlane.audit.mark();
  const drift = letThemMeet();
  first.kill('SIGSTOP');
  await drift;
  await untilHolder('second', TAKEOVER_MS);
  await untilApart();
  // All that it missed, and a fresh reason to write, wait for it when it wakes.
  const thawed = await cluster.controlPlane.audit.mark();
  const meeting = letThemMeet();
  first.kill('SIGCONT');
  await meeting;
  await untilSaid(first, 'not leading any more', 1);
  await untilApart();
  await nextDecision(cluster);
  expect(await writersSince(thawed)).toEqual(['second']);
  expect(await outOfTurn()).toEqual([]);
  expect((await lease()).holderIdentity).toBe('second');
  expect(termsIn(await cluster.controlPlane.audit.since(mark)).at(-1)?.holder).toBe('second');
}, 60_000);

test('a Lease that somebody writes over to the other copy stops the one within a renewal, and the other waits its time', async () => {
  const stolenAt = new Date().toISOString();
  await cluster.controlPlane.api.call(
    'PATCH',
    LEASE,
    { spec: { holderIdentity: 'first' } },
    { contentType: 'application/merge-patch+json' },
  );
  const edited = await cluster.controlPlane.audit.mark();
  await untilSaid(second, 'not leading any more', 1);
  expect(Date.now() - Date.parse(stolenAt)).toBeLessThan(RENEWAL_MS + 1_000);
  await letThemMeet();
  // Nobody leads, and the drift stays, until one of the two has waited for as long as a holder may be alive.
  const [start] = await eventually(
    async () => {
      const terms = termsIn(await cluster.controlPlane.audit.since(edited));
      expect(terms.length).toBeGreaterThan(0);
      return terms;
    },
    { what: 'one of the two leads again', timeoutMs: TAKEOVER_MS },
  );
  expect(Date.parse(start?.from ?? '') - Date.parse(stolenAt)).toBeGreaterThan(14_000);
  await untilApart();
  await nextDecision(cluster);
  // Its time as leader was cut short by another's hand; what it wrote until it noticed is all that was out of turn.
  for (const { at } of await outOfTurn()) {
    expect(Date.parse(at) - Date.parse(stolenAt)).toBeLessThan(RENEWAL_MS + 1_000);
  }
  expect((await cluster.network()).status?.conditions).toEqual(
    expect.arrayContaining([expect.objectContaining({ type: 'TerwayPlaced', status: 'True' })]),
  );
}, 60_000);
