import { describe, expect, test } from '@jest/globals';
import { execute, inOrder } from '../../../src/execute/execute.ts';
import { NotDue } from '../../../src/execute/patience.ts';
import type { Action } from '../../../src/plan/actions.ts';
import { FailureError } from '../../../src/plan/failure.ts';
import { planFor } from '../../../src/plan/plan.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { daemonSet } from '../../support/make-workload.ts';
import {
  facts,
  held,
  mountingSecret,
  network,
  present,
  secret,
  KEY_VALUES,
  OTHER_KEY_VALUES,
} from '../../support/make-facts.ts';
import { calicoManifest, terwayAddOn } from '../../support/shipped-workloads.ts';

const ALL: Plan = planFor(
  facts({
    network: network({
      spec: {
        deletionPolicy: 'Restore',
        credentials: { secretRef: { name: 'ram-user' } },
        approveAbove: 100,
      },
    }),
    workloads: [
      ...calicoManifest(),
      mountingSecret(terwayAddOn({ nodeSelector: {} })),
      held(daemonSet({ name: 'orphan' }), 'on-premises-only'),
    ],
    addonSecret: present(secret(KEY_VALUES)),
    sourceSecret: present(secret(OTHER_KEY_VALUES)),
  }),
);

function nameOf(action: Action): string {
  return 'workload' in action ? `${action.verb} ${action.workload.name}` : action.verb;
}

const IN_ORDER = [
  'PlaceOnCloud terway-eniip',
  'AddFinalizer',
  'ReleaseHold orphan',
  'RememberNodes',
  'KeepOffCloud calico-node',
  'KeepOffCloud calico-typha',
  'KeepOffCloud calico-kube-controllers',
  'WriteSecret',
];

/** Fails for some verbs; says what was asked of it. */
function writer(fails: Readonly<Record<string, Error>> = {}) {
  const asked: string[] = [];
  const write = async (action: Action): Promise<void> => {
    asked.push(nameOf(action));
    const error = fails[action.verb];
    if (error !== undefined) throw error;
    await Promise.resolve();
  };
  return { asked, write };
}

test('Terway is placed first, then finalizers and holds, then the rest in the order of the concerns', async () => {
  const { asked, write } = writer();
  const outcomes = await execute(ALL, write);

  expect(asked).toEqual(IN_ORDER);
  expect(inOrder(ALL).map(nameOf)).toEqual(IN_ORDER);
  expect(outcomes.every(({ failure }) => failure === undefined)).toBe(true);
});

test('the failure of one object stops no other', async () => {
  const { asked, write } = writer({
    ReleaseHold: new FailureError({ kind: 'Conflict', message: 'changed' }),
    KeepOffCloud: new Error('reset'),
  });
  const outcomes = await execute(ALL, write);

  expect(asked).toEqual(IN_ORDER);
  expect(outcomes.filter(({ failure }) => failure !== undefined).map(({ failure }) => failure?.kind)).toEqual(
    ['Conflict', 'Unexpected', 'Unexpected', 'Unexpected'],
  );
});

test('without the finalizer nothing is added that Restore has to take back; Terway is guarded all the same', async () => {
  const { asked, write } = writer({ AddFinalizer: new Error('reset') });
  const outcomes = await execute(ALL, write);

  expect(asked).toEqual([...IN_ORDER.slice(0, 4), 'WriteSecret']);
  expect(outcomes.filter(({ failure }) => failure !== undefined)).toHaveLength(1);
});

test('no network plug-in is taken off a node before it is written down where it ran', async () => {
  const { asked, write } = writer({ RememberNodes: new Error('reset') });
  await execute(ALL, write);

  expect(asked).toEqual([...IN_ORDER.slice(0, 4), 'WriteSecret']);
});

describe('what Terway reads', () => {
  test('does not change before it is noted what it has read', async () => {
    const { asked, write } = writer({
      PlaceOnCloud: new FailureError({ kind: 'Conflict', message: 'changed' }),
    });
    await execute(ALL, write);

    expect(asked).not.toContain('WriteSecret');
  });

  test('changes all the same where the right to note it is missing', async () => {
    const forbidden = { kind: 'NotYet', reason: 'Forbidden', message: 'no', retryAfterMs: 60_000 } as const;
    const { asked, write } = writer({ PlaceOnCloud: new FailureError(forbidden) });
    await execute(ALL, write);

    expect(asked.at(-1)).toBe('WriteSecret');
  });
});

describe('a failure that was only repeated', () => {
  test('is marked as such, with the time after which it may be tried again', async () => {
    const { write } = writer({
      WriteSecret: new NotDue({ kind: 'Unexpected', message: 'as before' }, 1_000),
    });
    const repeated = (await execute(ALL, write)).filter(({ isRepeated }) => isRepeated === true);

    expect(repeated.map(({ action, dueInMs }) => [action.verb, dueInMs])).toEqual([['WriteSecret', 1_000]]);
  });
});

test('what waits or is withheld is not done', async () => {
  const waits = planFor(
    facts({
      network: network({ spec: { approveAbove: 0 } }),
      workloads: [...calicoManifest(), mountingSecret(terwayAddOn())],
    }),
  );
  const { asked, write } = writer();
  await execute(waits, write);

  expect(asked.filter((name) => name.startsWith('KeepOffCloud'))).toEqual([]);
});
