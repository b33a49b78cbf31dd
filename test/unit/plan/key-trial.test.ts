// Which key goes into alibaba-addon-secret, by what the cloud says of the two in question.
import { describe, expect, test } from '@jest/globals';
import type { HybridNetworkStatus } from '../../../src/api/hybrid-network.ts';
import { claimsOf } from '../../../src/plan/claims.ts';
import type { Verdict } from '../../../src/plan/concern.ts';
import { credentials } from '../../../src/plan/concerns/credentials.ts';
import { eniConfig } from '../../../src/plan/concerns/eni-config.ts';
import { credentialsValid } from '../../../src/plan/credentials-valid.ts';
import type { Facts } from '../../../src/plan/facts.ts';
import type { KeyTrial } from '../../../src/plan/key-trial.ts';
import { planFor } from '../../../src/plan/plan.ts';
import { statusFor } from '../../../src/plan/status.ts';
import { trouble } from '../../support/make-check-facts.ts';
import {
  ABSENT,
  facts,
  KEY_VALUES,
  mountingSecret,
  network,
  nodes,
  OTHER_KEY_VALUES,
  podOf,
  present,
  secret,
  TYPED,
} from '../../support/make-facts.ts';
import type { FactsOptions } from '../../support/make-facts.ts';
import { deployment } from '../../support/make-workload.ts';
import { terwayAddOn } from '../../support/shipped-workloads.ts';

const NEW = KEY_VALUES['access-key-id'];
const OLD = OTHER_KEY_VALUES['access-key-id'];
const ACCEPTED: KeyTrial = { state: 'accepted' };
const PENDING: KeyTrial = { state: 'pending' };
const REJECTED: KeyTrial = {
  state: 'rejected',
  trouble: trouble('InvalidCredentials', 'InvalidAccessKeyId.NotFound'),
};
const UNTRIED: KeyTrial = { state: 'unknown', trouble: trouble('Unreachable') };

interface Situation extends FactsOptions {
  /** By the id of the key; another one than these may not be asked for. */
  readonly says?: Readonly<Record<string, KeyTrial>>;
  readonly asked?: string[];
  readonly cloud?: object;
}

/** A new key in the source, an older one in place, and a region to ask in. */
function known({ says = {}, asked = [], cloud = { regionID: 'cn-hangzhou' }, ...options }: Situation): Facts {
  const spec = {
    credentials: { secretRef: { name: 'ram-user' } },
    terway: { eniConfig: TYPED },
    cloud,
  };
  return facts({
    network: network({ spec }),
    addonSecret: present(secret(OTHER_KEY_VALUES)),
    sourceSecret: present(secret(KEY_VALUES)),
    keyTrial: (key, regionId) => {
      const id = key.id.reveal();
      asked.push(`${id} in ${regionId}`);
      const said = says[id];
      if (said === undefined) throw new Error(`${id} is not to be tried`);
      return said;
    },
    ...options,
  });
}

function judged(situation: Situation): Verdict {
  const all = known(situation);
  return credentials.plan(all, claimsOf(all.networks, all.workloads));
}

function writtenBy(manager: string): Facts['addonSecret'] {
  const managers = [
    { manager, operation: 'Update', owns: ['access-key-id', 'access-key-secret'] },
    { manager: 'hybridnetwork-operator', operation: 'Update' },
  ];
  return present({ ...secret(OTHER_KEY_VALUES), managers });
}

interface Case extends Situation {
  /** Of CredentialsSynced, `health/reason`. */
  readonly verdict: string;
  readonly inForce: boolean;
  readonly writes: boolean;
  /** CredentialsValid, `status/reason`; undefined: there is none. */
  readonly valid: string | undefined;
}

const CASES: Readonly<Record<string, Case>> = {
  'a key that the cloud takes is published': {
    says: { [NEW]: ACCEPTED },
    ...{ verdict: 'working/Progressing', inForce: true, writes: true, valid: 'True/KeyAccepted' },
  },
  'while it is tried the one in place stays': {
    says: { [NEW]: PENDING },
    ...{ verdict: 'working/KeyOnTrial', inForce: true, writes: false, valid: 'Unknown/KeyOnTrial' },
  },
  'while it is tried nothing is published where there is none': {
    addonSecret: ABSENT,
    says: { [NEW]: PENDING },
    ...{ verdict: 'working/KeyOnTrial', inForce: false, writes: false, valid: 'Unknown/KeyOnTrial' },
  },
  'one that the cloud refuses is not published, whatever becomes of the one in place': {
    says: { [NEW]: REJECTED, [OLD]: UNTRIED },
    ...{ verdict: 'failed/KeyRejected', inForce: true, writes: false, valid: 'False/KeyRejected' },
  },
  'both refused': {
    says: { [NEW]: REJECTED, [OLD]: REJECTED },
    ...{ verdict: 'failed/KeyRejected', inForce: true, writes: false, valid: 'False/KeyRejected' },
  },
  'one that the cloud refuses is not published where there is none either': {
    addonSecret: ABSENT,
    says: { [NEW]: REJECTED },
    ...{ verdict: 'failed/KeyRejected', inForce: false, writes: false, valid: 'False/KeyRejected' },
  },
  'one that the cloud refuses is not published, and the last good one that we published works on': {
    addonSecret: writtenBy('hybridnetwork-operator'),
    says: { [NEW]: REJECTED, [OLD]: ACCEPTED },
    ...{ verdict: 'failed/KeyRejected', inForce: true, writes: false, valid: 'False/KeyRejected' },
  },
  'a foreign key that works is not overwritten by one that does not': {
    addonSecret: writtenBy('onectl'),
    says: { [NEW]: REJECTED, [OLD]: ACCEPTED },
    ...{ verdict: 'failed/SourceStale', inForce: true, writes: false, valid: 'False/SourceStale' },
  },
  'a foreign key that works is overwritten by one that does as well': {
    says: { [NEW]: ACCEPTED, [OLD]: ACCEPTED },
    ...{ verdict: 'working/Progressing', inForce: true, writes: true, valid: 'True/KeyAccepted' },
  },
  'one that cannot be tried waits, for the one in place may be the only one that works': {
    says: { [NEW]: UNTRIED },
    ...{ verdict: 'working/KeyNotTried', inForce: true, writes: false, valid: 'Unknown/KeyNotTried' },
  },
  'one that cannot be tried is published where there is none': {
    addonSecret: ABSENT,
    says: { [NEW]: UNTRIED },
    ...{ verdict: 'working/Progressing', inForce: false, writes: true, valid: 'Unknown/KeyNotTried' },
  },
  'one that cannot be tried is published in place of one that can be none': {
    addonSecret: present(secret({ ...OTHER_KEY_VALUES, 'access-key-secret': '' })),
    says: { [NEW]: UNTRIED },
    ...{ verdict: 'working/Progressing', inForce: false, writes: true, valid: 'Unknown/KeyNotTried' },
  },
  'the key in place is refused: it stays, and is told': {
    addonSecret: present(secret(KEY_VALUES)),
    says: { [NEW]: REJECTED },
    ...{ verdict: 'ok/Synced', inForce: true, writes: false, valid: 'False/KeyRejected' },
  },
  'the key in place cannot be tried, and is not taken for wrong': {
    addonSecret: present(secret(KEY_VALUES)),
    says: { [NEW]: UNTRIED },
    ...{ verdict: 'ok/Synced', inForce: true, writes: false, valid: 'Unknown/KeyNotTried' },
  },
  'with validation Disabled no key is tried, and it is published as it is': {
    cloud: { validation: 'Disabled', regionID: 'cn-hangzhou' },
    ...{ verdict: 'working/Progressing', inForce: true, writes: true, valid: undefined },
  },
  'an object that says nothing of the cloud asks nothing of it': {
    cloud: {},
    ...{ verdict: 'working/Progressing', inForce: true, writes: true, valid: undefined },
  },
};

test.each(Object.entries(CASES))('%s', (_, { verdict, inForce, writes, valid, ...situation }) => {
  const found = judged(situation);
  expect(`${found.health}/${found.reason}`).toBe(verdict);
  expect(found.inForce).toBe(inForce);
  expect(found.actions).toHaveLength(writes ? 1 : 0);
  const [draft] = credentialsValid(known(situation));
  expect(draft && `${draft.status}/${draft.reason}`).toBe(valid);
  expect(JSON.stringify([found, draft])).not.toMatch(/LTAI5t|Zk9/);
});

describe('where a key is tried', () => {
  const inBeijing = nodes({ cloud: 1 }).map((one) => ({ ...one, providerID: 'cn-beijing.i-bp1' }));
  const inPlace = { addonSecret: present(secret(KEY_VALUES)), says: { [NEW]: ACCEPTED } };

  test.each([
    ['in the region that the object names', { cloud: { regionID: 'cn-beijing' } }, 'cn-beijing'],
    ['in the region of the cloud nodes', { cloud: { validation: 'Warn' }, nodes: inBeijing }, 'cn-beijing'],
  ])('%s', (_, situation, region) => {
    const asked: string[] = [];
    credentialsValid(known({ ...inPlace, ...situation, asked }));
    expect(new Set(asked)).toEqual(new Set([`${NEW} in ${region}`]));
  });

  test('nowhere, where nothing names one region', () => {
    const spec = { credentials: { secretRef: { name: 'ram-user' } }, cloud: { validation: 'Warn' } };
    const all = known({ network: network({ spec: spec as object }), eniConfig: ABSENT, nodes: [] });
    expect(credentials.plan(all, claimsOf(all.networks, [])).actions).toHaveLength(1);
  });

  test('not under suspend, nor while the object is being deleted', () => {
    const asked: string[] = [];
    const spec = { cloud: { regionID: 'cn-hangzhou' }, terway: { eniConfig: TYPED } };
    credentialsValid(known({ asked, network: network({ spec: { ...spec, suspend: true } }) }));
    credentialsValid(known({ asked, network: network({ spec, deleting: true }) }));
    expect(asked).toEqual([]);
  });
});

describe('a key inside eni_conf', () => {
  function inlineKey(says: Situation['says']): unknown {
    const spec = {
      credentials: { secretRef: { name: 'ram-user' }, inENIConfig: 'Always' as const },
      terway: { eniConfig: TYPED },
      cloud: { regionID: 'cn-hangzhou' },
    };
    const all = known({ network: network({ spec }), ...(says === undefined ? {} : { says }) });
    const [action] = eniConfig.plan(all, claimsOf(all.networks, [])).actions;
    const text = JSON.stringify(action);
    return [NEW, OLD].filter((id) => text.includes(id));
  }

  test('is the new one as soon as the cloud takes it', () => {
    expect(inlineKey({ [NEW]: ACCEPTED })).toEqual([NEW]);
  });

  test.each([
    ['is being tried', { [NEW]: PENDING }],
    ['is refused', { [NEW]: REJECTED, [OLD]: UNTRIED }],
    ['cannot be tried', { [NEW]: UNTRIED }],
  ])('is the last good one while the new one %s', (_, says) => {
    expect(inlineKey(says)).toEqual([OLD]);
  });
});

describe('when an earlier key may be disabled', () => {
  const PUBLISHED = '2026-02-01T00:00:00Z';
  const terway = mountingSecret(terwayAddOn());
  const collector = mountingSecret(deployment({ name: 'log-collector', namespace: 'kube-system' }));
  const inPlace = { ...secret(KEY_VALUES), changedAt: PUBLISHED };

  function message(createdAt: Readonly<Record<string, string>>, changedAt = PUBLISHED): string {
    const owned = [
      { manager: 'hybridnetwork-operator', operation: 'Update', time: PUBLISHED, owns: ['access-key-id'] },
      { manager: 'other-addon', operation: 'Update', time: changedAt, owns: ['token'] },
    ];
    const all = known({
      addonSecret: present({ ...inPlace, changedAt, managers: owned }),
      says: { [NEW]: ACCEPTED },
      nodes: nodes({ cloud: 1 }),
      workloads: [terway, collector, deployment({ name: 'dns', namespace: 'kube-system' })],
      pods: Object.fromEntries(
        [terway, collector].map((workload) => [
          `${workload.kind}/kube-system/${workload.name}`,
          [podOf(workload, 'ecs-1', { createdAt: createdAt[workload.name] ?? '2026-02-02T00:00:00Z' })],
        ]),
      ),
    });
    return credentialsValid(all)[0]?.message ?? '';
  }

  test('at once, where every pod that reads it started later', () => {
    expect(message({})).toContain(
      'Every pod in kube-system that reads it started after 2026-02-01T00:00:00Z, when it was published: an earlier key may be disabled.',
    );
  });

  test('not before the pods of Terway are replaced that started earlier, or in the same second', () => {
    for (const time of ['2026-01-31T23:59:59Z', PUBLISHED]) {
      expect(message({ 'terway-eniip': time })).toContain(
        `1 pod in kube-system started before it was published (${PUBLISHED}) and may run with an earlier key: terway-eniip-ecs-1. Disable that one only when they have been replaced.`,
      );
    }
  });

  test('nor before other readers of the Secret are, and no one else is named', () => {
    const found = message({ 'log-collector': '2026-01-01T00:00:00Z' });
    expect(found).toContain('may run with an earlier key: log-collector-ecs-1.');
    expect(found).not.toContain('dns');
  });

  test('a write of somebody else to the Secret is no new key', () => {
    expect(message({}, '2026-02-20T00:00:00Z')).toContain('an earlier key may be disabled');
  });

  test('not as long as the pods have not been read', () => {
    const all = known({
      addonSecret: present(inPlace),
      says: { [NEW]: ACCEPTED },
      workloads: [terway],
      pods: { 'DaemonSet/kube-system/terway-eniip': undefined },
    });
    expect(credentialsValid(all)[0]?.message).toContain('do not disable an earlier key');
  });
});

describe('in the status', () => {
  function statusIn(situation: Situation): HybridNetworkStatus {
    const all = known({ addonSecret: present(secret(KEY_VALUES)), ...situation });
    return statusFor(planFor(all), all, { outcomes: [], now: all.now, failingSince: undefined });
  }

  function found(status: HybridNetworkStatus, type: string): string | undefined {
    const one = (status.conditions ?? []).find((condition) => condition.type === type);
    return one && `${one.status}/${one.reason}`;
  }

  test('a key in place that the cloud refuses makes the network not Ready, and no cloud node may come', () => {
    const status = statusIn({ says: { [NEW]: REJECTED }, workloads: [mountingSecret(terwayAddOn())] });
    expect(found(status, 'CredentialsValid')).toBe('False/KeyRejected');
    expect(found(status, 'Ready')).toMatch(/^False/);
    expect(found(status, 'Stalled')).toMatch(/^True/);
    expect(found(status, 'CloudJoinReady')).toMatch(/^False/);
  });

  test('Ready does not depend on whether it can be tried', () => {
    const without = statusIn({ cloud: {} });
    const untried = statusIn({ says: { [NEW]: UNTRIED } });
    expect(found(untried, 'CredentialsValid')).toBe('Unknown/KeyNotTried');
    expect(found(without, 'CredentialsValid')).toBeUndefined();
    expect(found(untried, 'Ready')).toBe(found(without, 'Ready'));
  });
});
