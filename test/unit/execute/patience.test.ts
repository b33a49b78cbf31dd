import { beforeEach, describe, expect, test } from '@jest/globals';
import { NotDue, withPatience, withStatusPatience } from '../../../src/execute/patience.ts';
import type { Write } from '../../../src/execute/write.ts';
import type { Action, SecretWrite, WorkloadPatch } from '../../../src/plan/actions.ts';
import type { Failure } from '../../../src/plan/failure.ts';
import { FailureError } from '../../../src/plan/failure.ts';
import { SecretString } from '../../../src/plan/secret-string.ts';
import { network } from '../../support/make-facts.ts';
import { daemonSet } from '../../support/make-workload.ts';

function patch(value = 'x', name = 'agent'): WorkloadPatch {
  return {
    kind: 'workload.patch',
    verb: 'KeepOffCloud',
    class: 'change',
    workload: daemonSet({ name }),
    patch: [{ op: 'add', path: '/x', value }],
    template: undefined,
    widens: false,
    why: 'because',
  };
}

function secretWrite(value: string): SecretWrite {
  const values = new Map([['access-key-id', new SecretString(value)]]);
  return {
    kind: 'secret.write',
    verb: 'WriteSecret',
    class: 'repair',
    existing: undefined,
    values,
    why: 'because',
  };
}

let now: number;
let asked: Action[];
let failure: Failure | undefined;
let outages: number;
let write: Write;

beforeEach(() => {
  now = 1_000;
  asked = [];
  outages = 0;
  failure = undefined;
  write = withPatience(
    async (action) => {
      asked.push(action);
      await Promise.resolve();
      if (failure !== undefined) throw new FailureError(failure);
    },
    { monotonic: () => now, backoffMs: (failures) => failures * 100, outages: () => outages },
  );
});

/** What becomes of the write: nothing, or its failure, and whether a request was made. */
async function attempt(
  action: Action = patch(),
): Promise<{ readonly failure?: Failure; readonly isAsked: boolean }> {
  const before = asked.length;
  try {
    await write(action);
    return { isAsked: asked.length > before };
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    expect(error instanceof NotDue).toBe(asked.length === before);
    return { failure: error.failure, isAsked: asked.length > before };
  }
}

const DELAYS: Record<string, { failure: Failure; ms: number }> = {
  'a missing right': {
    failure: { kind: 'NotYet', reason: 'Forbidden', message: 'x', retryAfterMs: 60_000 },
    ms: 60_000,
  },
  'a request for patience': { failure: { kind: 'Throttled', message: 'x', retryAfterMs: 1_500 }, ms: 1_500 },
  'a refusal': { failure: { kind: 'Invalid', reason: 'x', message: 'x' }, ms: 600_000 },
  'anything else': { failure: { kind: 'Unexpected', message: 'x' }, ms: 100 },
};

describe('not asked again before its time', () => {
  test.each(Object.entries(DELAYS))('%s', async (_, { failure: first, ms }) => {
    failure = first;
    await attempt();
    now += ms - 1;
    expect(await attempt()).toMatchObject({
      isAsked: false,
      failure: { kind: first.kind, message: first.message },
    });
    now += 1;
    expect((await attempt()).isAsked).toBe(true);
  });

  test('and what is said meanwhile counts down', async () => {
    failure = { kind: 'Throttled', message: 'x', retryAfterMs: 1_500 };
    await attempt();
    now += 1_000;

    expect((await attempt()).failure).toMatchObject({ retryAfterMs: 500 });
  });
});

test('a conflict is tried again at once', async () => {
  failure = { kind: 'Conflict', message: 'x' };
  await attempt();

  expect((await attempt()).isAsked).toBe(true);
});

describe('after an outage of the API server', () => {
  test('a right that was missing in it is asked for again at once: the server had not read its roles', async () => {
    failure = DELAYS['a missing right']?.failure;
    await attempt();
    expect((await attempt()).isAsked).toBe(false);
    outages += 1;
    expect((await attempt()).isAsked).toBe(true);
  });

  test('what failed in it is asked again at once, and backs off from the start', async () => {
    failure = { kind: 'Unexpected', message: 'x' };
    for (let n = 1; n <= 5; n += 1) {
      await attempt();
      now += n * 100;
    }
    await attempt();
    outages += 1;
    expect((await attempt()).isAsked).toBe(true);
    now += 99;
    expect((await attempt()).isAsked).toBe(false);
    now += 1;
    expect((await attempt()).isAsked).toBe(true);
  });

  test.each(['a request for patience', 'a refusal'])('%s keeps its time', async (reason) => {
    failure = DELAYS[reason]?.failure;
    await attempt();
    outages += 1;
    expect((await attempt()).isAsked).toBe(false);
  });
});

test('failures in a row wait longer each time', async () => {
  failure = { kind: 'Unexpected', message: 'x' };
  await attempt();
  now += 100;
  await attempt();
  now += 199;
  expect((await attempt()).isAsked).toBe(false);
  now += 1;
  expect((await attempt()).isAsked).toBe(true);
});

test('a success forgets the failures before it', async () => {
  failure = { kind: 'Unexpected', message: 'x' };
  await attempt();
  now += 100;
  failure = undefined;
  await attempt();
  failure = { kind: 'Unexpected', message: 'x' };
  await attempt();
  now += 100;

  expect((await attempt()).isAsked).toBe(true);
});

describe('asked although another write failed', () => {
  beforeEach(async () => {
    failure = { kind: 'Invalid', reason: 'x', message: 'x' };
    await attempt(patch('x'));
    await attempt(secretWrite('one'));
  });

  test.each<[string, Action]>([
    ['another change of the same object', patch('y')],
    ['the same change of another object', patch('x', 'other')],
    ['another secret value', secretWrite('two')],
  ])('%s', async (_, action) => {
    expect((await attempt(action)).isAsked).toBe(true);
  });

  test('but not the same secret value', async () => {
    expect((await attempt(secretWrite('one'))).isAsked).toBe(false);
  });
});

test('a stream of ever new writes does not grow the memory: the oldest is forgotten', async () => {
  failure = { kind: 'Invalid', reason: 'x', message: 'x' };
  for (let n = 0; n <= 1_000; n += 1) await attempt(patch('x', `agent-${n}`));

  expect((await attempt(patch('x', 'agent-1'))).isAsked).toBe(false);
  expect((await attempt(patch('x', 'agent-0'))).isAsked).toBe(true);
});

test('a finalizer that was refused is tried again as soon as the spec is another one', async () => {
  const removal = (generation: number): Action => ({
    ...{ kind: 'finalizer.remove', verb: 'RemoveFinalizer', class: 'record' },
    ...{ network: 'idc', generation, why: 'because' },
  });
  failure = { kind: 'Invalid', reason: 'Invalid', message: 'refused' };
  await expect(write(removal(1))).rejects.toThrow('refused');
  await expect(write(removal(1))).rejects.toThrow(NotDue);
  failure = undefined;
  await write(removal(2));
  expect(asked).toHaveLength(2);
});

describe('a status', () => {
  const written: unknown[] = [];
  const writeStatus = withStatusPatience(
    async (_network, status) => {
      written.push(status);
      await Promise.resolve();
      if (failure !== undefined) throw new FailureError(failure);
    },
    { monotonic: () => now, backoffMs: (failures) => failures * 100, outages: () => outages },
  );
  const saying = async (misplacedPods: number): Promise<number> => {
    await writeStatus(network(), { misplacedPods }).catch(() => undefined);
    return written.length;
  };

  beforeEach(() => {
    written.length = 0;
  });

  test.each([
    [
      'that may not be written',
      { kind: 'NotYet', reason: 'Forbidden', message: 'x', retryAfterMs: 60_000 },
      60_000,
    ],
    ['that the server has no time for', { kind: 'Throttled', message: 'x', retryAfterMs: 2_000 }, 2_000],
    ['that is not answered', { kind: 'Unexpected', message: 'x' }, 100],
  ] as const)('%s waits, whatever it says meanwhile', async (_, first, ms) => {
    failure = first;
    await saying(0);
    now += ms - 1;
    expect(await saying(1)).toBe(1);
    now += 1;
    expect(await saying(2)).toBe(2);
    failure = undefined;
    now += 600_000;
    await saying(0);
  });

  test('that was refused for what it says is followed by another one at once', async () => {
    failure = { kind: 'Invalid', reason: 'x', message: 'x' };
    await saying(0);
    expect(await saying(0)).toBe(1);
    expect(await saying(1)).toBe(2);
  });
});
