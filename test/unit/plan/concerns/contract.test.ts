// Every concern, held to the shared contract.
import { expect, test } from '@jest/globals';
import { CONCERNS } from '../../../../src/plan/concerns/index.ts';
import { keepsTheContract } from '../../../support/concern-contract.ts';

for (const concern of CONCERNS) keepsTheContract(concern);

test('every concern has a name and a condition of its own, and Terway is guarded first', () => {
  expect(new Set(CONCERNS.map(({ name }) => name)).size).toBe(CONCERNS.length);
  expect(new Set(CONCERNS.map(({ condition }) => condition)).size).toBe(CONCERNS.length);
  expect(CONCERNS[0]?.name).toBe('terway-placement');
});
