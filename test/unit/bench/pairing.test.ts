import { describe, expect, test } from '@jest/globals';
import { pair, timeOf } from '../../bench/pairing.ts';

const WHO = { tamperer: 'admin', repairer: 'operator' };

interface Times {
  readonly revision: number;
  readonly ms: number;
  readonly received?: number;
  readonly code?: number;
}

function at(ms: number): string {
  return `2026-01-01T00:00:00.${String(Math.round(ms * 1_000)).padStart(6, '0')}Z`;
}

function write(
  user: string,
  { revision, ms, received = ms - 1, code = 200 }: Times,
): Parameters<typeof pair>[0][number] {
  const responseObject = { metadata: { resourceVersion: String(revision) } };
  return { user, code, at: at(ms), receivedAt: at(received), responseObject };
}

const tampering = (times: Times) => write('admin', times);
const repair = (times: Times) => write('operator', times);

describe('tamperings and repairs in the audit log', () => {
  test('times are read to the microsecond', () => {
    expect(timeOf('2026-01-01T00:00:00.000250Z') - timeOf('2026-01-01T00:00:00Z')).toBeCloseTo(0.25);
    expect(timeOf('2026-01-01T00:00:00.5Z') - timeOf('2026-01-01T00:00:00Z')).toBeCloseTo(500);
  });

  test('a repair lasts from the answer to the tampering to its own answer', () => {
    const { repairs, redundant, refused, unrepaired } = pair(
      [tampering({ revision: 10, ms: 5 }), repair({ revision: 12, ms: 12, received: 8 })],
      WHO,
    );
    expect(repairs[0]?.totalMs).toBeCloseTo(7);
    expect(repairs[0]?.reactionMs).toBeCloseTo(3);
    expect({ redundant, refused, unrepaired }).toEqual({ redundant: 0, refused: 0, unrepaired: 0 });
  });

  test('the order is that of the revisions, also where the answer to the tampering was the later one', () => {
    const { repairs, unrepaired } = pair(
      [repair({ revision: 11, ms: 4 }), tampering({ revision: 10, ms: 5 })],
      WHO,
    );
    expect(repairs).toHaveLength(1);
    expect(unrepaired).toBe(0);
  });

  test('what is written beyond one repair for each tampering is redundant', () => {
    const found = pair(
      [
        tampering({ revision: 10, ms: 5 }),
        repair({ revision: 11, ms: 9 }),
        repair({ revision: 12, ms: 11 }),
        tampering({ revision: 20, ms: 30 }),
        repair({ revision: 21, ms: 36 }),
      ],
      WHO,
    );
    expect(found.repairs.map(({ totalMs }) => Math.round(totalMs))).toEqual([4, 6]);
    expect(found.redundant).toBe(1);
  });

  test('what was refused is counted apart, and is neither a repair nor redundant', () => {
    const refused = { ...repair({ revision: 0, ms: 6, code: 422 }), responseObject: {} };
    const found = pair([tampering({ revision: 10, ms: 5 }), refused, repair({ revision: 11, ms: 9 })], WHO);
    expect(found).toMatchObject({ redundant: 0, refused: 1, unrepaired: 0 });
  });

  test('a tampering that only the next repair follows, after another tampering, was not repaired', () => {
    const found = pair(
      [
        tampering({ revision: 10, ms: 5 }),
        tampering({ revision: 11, ms: 7 }),
        repair({ revision: 12, ms: 9 }),
      ],
      WHO,
    );
    expect(found.repairs.map(({ totalMs }) => Math.round(totalMs))).toEqual([2]);
    expect(found.unrepaired).toBe(1);
  });

  test('what others wrote does not count', () => {
    const found = pair([tampering({ revision: 10, ms: 5 }), write('somebody', { revision: 11, ms: 6 })], WHO);
    expect(found).toEqual({ repairs: [], unrepaired: 1, redundant: 0, refused: 0 });
  });
});
