// Every check by its rows: one world in which it passes, some in which it fails, some in which it cannot be answered.
import { describe, expect, test } from '@jest/globals';
import { CHECKS, runChecks } from '../../../../src/plan/checks/index.ts';
import type { CheckResult } from '../../../../src/plan/checks/index.ts';
import type { RowTable } from '../../../support/check-rows.ts';
import { world } from '../../../support/make-check-facts.ts';
import type { WorldOptions } from '../../../support/make-check-facts.ts';
import { ADDRESS_ROWS } from './address-rows.ts';
import { CREDENTIAL_ROWS, ENI_CONFIG_ROWS } from './credential-rows.ts';
import { GROUP_ROWS } from './group-rows.ts';
import { INSTANCE_ROWS, NODE_ROWS } from './instance-rows.ts';
import { ROUTE_ROWS, VSWITCH_ROWS } from './vswitch-rows.ts';
import { WORKLOAD_ROWS } from './workload-rows.ts';

const ROWS: RowTable = {
  ...ADDRESS_ROWS,
  ...VSWITCH_ROWS,
  ...GROUP_ROWS,
  ...CREDENTIAL_ROWS,
  ...ENI_CONFIG_ROWS,
  ...INSTANCE_ROWS,
  ...NODE_ROWS,
  ...WORKLOAD_ROWS,
  ...ROUTE_ROWS,
};

function ask(id: string, options: WorldOptions): CheckResult | undefined {
  return runChecks(world(options)).find((result) => result.id === id);
}

function says(text: string | undefined, wanted: string | RegExp): void {
  expect(text).toEqual(
    typeof wanted === 'string' ? expect.stringContaining(wanted) : expect.stringMatching(wanted),
  );
}

test('every check has its rows, and no row is for a check that is not there', () => {
  expect(Object.keys(ROWS).toSorted()).toEqual(CHECKS.map(({ id }) => id));
  expect(CHECKS.length).toBeGreaterThanOrEqual(50);
});

/** Passing in the world in which all is well is held by engine.test.ts; what is not applicable there passes here. */
const passing = Object.entries(ROWS).flatMap(([id, { passes = [] }]) =>
  passes.map((options, n) => ({ id, n, options })),
);

describe('a check passes', () => {
  test.each(passing)('$id in world $n', ({ id, options }) => {
    expect(ask(id, options)?.outcome).toMatchObject({ state: 'passed' });
  });
});

const failing = Object.entries(ROWS).flatMap(([id, { fails }]) => fails.map((row) => ({ id, ...row })));

describe('a check fails', () => {
  test.each(failing)('$id: $what', ({ id, says: wanted, remedy, severity, ...options }) => {
    const result = ask(id, options);
    expect(result?.outcome).toMatchObject({ state: 'failed' });
    if (result?.outcome.state !== 'failed') return;
    says(result.outcome.message, wanted);
    says(result.remedy, remedy ?? /\S/);
    expect(result.severity).toBe(severity ?? CHECKS.find((check) => check.id === id)?.severity);
  });
});

const open = Object.entries(ROWS).flatMap(([id, { unchecked }]) =>
  unchecked.map(({ why, ...options }) => ({ id, why, options })),
);

describe('a check that lacks a fact says which', () => {
  test.each(open)('$id: $why', ({ id, why, options }) => {
    const outcome = ask(id, options)?.outcome;
    expect(outcome).toMatchObject({ state: 'unchecked' });
    says(outcome?.state === 'unchecked' ? outcome.why : undefined, why);
  });
});

const beside = Object.entries(ROWS).flatMap(([id, { notApplicable = [] }]) =>
  notApplicable.map((options, n) => ({ id, n, options })),
);

describe('a check that says nothing about a world says so', () => {
  test.each(beside)('$id in world $n', ({ id, options }) => {
    expect(ask(id, options)?.outcome).toMatchObject({ state: 'notApplicable' });
  });
});
