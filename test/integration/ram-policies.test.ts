// docs/ram-policies.md against the calls that arrive at the cloud.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCloud } from '../../src/cloud/cloud.ts';
import { TERWAY_IPV6_ACTIONS, TERWAY_POLICIES } from '../../src/plan/ram-policies.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { ACTIONS } from '../alicloud/actions/index.ts';
import { startEmulator } from '../alicloud/server.ts';
import { addAccount, GOOD_KEY, INSTANCE, REGION, SECURITY_GROUP, V_SWITCH } from '../alicloud/world.ts';
import { identityOf } from '../support/make-identity.ts';

interface Policy {
  readonly Version: string;
  readonly Statement: readonly {
    readonly Effect: string;
    readonly Action: readonly string[];
    readonly Resource: string;
  }[];
}

/** The policies of the document, by the heading above each. */
let policies: readonly (readonly [heading: string, policy: Policy])[];

beforeAll(async () => {
  const text = await readFile(new URL('../../docs/ram-policies.md', import.meta.url), 'utf8');
  policies = [...text.matchAll(/^#+ (.+)$|```json\n([\s\S]*?)```/gm)].reduce<{
    heading: string;
    found: (readonly [string, Policy])[];
  }>(
    ({ heading, found }, [, title, json]) =>
      json === undefined
        ? { heading: title ?? '', found }
        : { heading, found: [...found, [heading, JSON.parse(json) as Policy]] },
    { heading: '', found: [] },
  ).found;
});

function actionsUnder(heading: string): readonly string[] {
  const [, policy] = policies.find(([title]) => title === heading) ?? [];
  return (policy?.Statement ?? []).flatMap(({ Action }) => Action);
}

function rightOf(action: string): string {
  return `${ACTIONS[action]?.product ?? 'unknown'}:${action}`;
}

describe('the policy of the operator', () => {
  const emulator = startEmulator();

  afterAll(async () => {
    await (await emulator).close();
  });

  test('allows every call of a full look at the cloud and of a trial of a key, and no other', async () => {
    const { url, calls } = await emulator;
    const cloud = createCloud({ clock: systemClock, endpoint: url });
    await cloud
      .reader(async () => identityOf(GOOD_KEY))
      .gather({
        regionId: REGION,
        vSwitchIds: [V_SWITCH],
        securityGroupIds: [SECURITY_GROUP],
        instanceIds: [INSTANCE],
      });
    await cloud.probe(identityOf(GOOD_KEY), REGION);
    await cloud.close();
    const called = [...new Set(calls.map(({ action }) => rightOf(action)))];
    expect(called.toSorted()).toEqual(actionsUnder('The operator'));
  });

  test('reads only', () => {
    for (const action of actionsUnder('The operator')) expect(action).toMatch(/^(ecs|vpc):Describe/);
  });

  test('is not needed to try a key: RAM may deny everything', async () => {
    const { url, world } = await emulator;
    const key = { accessKeyId: 'LTAI5tNoRights', accessKeySecret: 'SecretOfNobody' };
    addAccount(world, { ...key, denied: new Set(['*']) });
    const cloud = createCloud({ clock: systemClock, endpoint: url });
    await expect(cloud.probe(identityOf(key), REGION)).resolves.toEqual({ state: 'accepted' });
    await cloud.close();
  });
});

describe('the policies of Terway', () => {
  test('are one for each range of versions, and each allows what every version calls', () => {
    for (const { versions, actions } of TERWAY_POLICIES) {
      expect(actionsUnder(`Terway ${versions}`).toSorted()).toEqual(actions.toSorted());
      expect(actions).toEqual(
        expect.arrayContaining([
          'ecs:DescribeInstanceTypes',
          'vpc:DescribeVSwitches',
          ...TERWAY_IPV6_ACTIONS,
        ]),
      );
    }
  });

  test('are valid documents of RAM', () => {
    expect(policies).toHaveLength(2 + TERWAY_POLICIES.length);
    for (const [, { Version, Statement }] of policies) {
      expect(Version).toBe('1');
      for (const { Effect, Action, Resource } of Statement) {
        expect({ Effect, Resource }).toEqual({ Effect: 'Allow', Resource: '*' });
        for (const action of Action) expect(action).toMatch(/^(ecs|vpc):[A-Z]\w+$/);
        expect(new Set(Action).size).toBe(Action.length);
      }
    }
  });
});
