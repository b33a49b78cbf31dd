import { describe, expect, test } from '@jest/globals';
import { hasErrors, runChecks, unknownIds } from '../../../../src/plan/checks/index.ts';
import { world } from '../../../support/make-check-facts.ts';

describe('a world in which all is well', () => {
  test('passes every check that is applicable', () => {
    const open = runChecks(world()).filter(
      ({ outcome }) => outcome.state !== 'passed' && outcome.state !== 'notApplicable',
    );
    expect(open.map(({ id, outcome }) => [id, outcome])).toEqual([]);
    expect(
      runChecks(world())
        .filter(({ outcome }) => outcome.state === 'notApplicable')
        .map(({ id }) => id),
    ).toEqual(['C43', 'C54', 'C68']);
    expect(hasErrors(runChecks(world()))).toBe(false);
    expect(unknownIds(['C01', 'C99'])).toEqual(['C99']);
  });
});
