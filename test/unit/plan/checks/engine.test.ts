import { describe, expect, test } from '@jest/globals';
import { renderChecks, unlisted } from '../../../../.tools/generate-checks.ts';
import type { CheckFacts } from '../../../../src/plan/checks/check-facts.ts';
import { CHECKS, hasErrors, runChecks, unknownIds } from '../../../../src/plan/checks/index.ts';
import type { CheckResult } from '../../../../src/plan/checks/index.ts';
import { NOT_CHECKED } from '../../../../src/plan/checks/not-checked.ts';
import {
  byId,
  instance,
  NODE_VSWITCH,
  POD_VSWITCH,
  route,
  routeTable,
  SPEC,
  told,
  toldOnce,
  vpc,
  WORKLOADS,
  world,
} from '../../../support/make-check-facts.ts';
import type { WorldOptions } from '../../../support/make-check-facts.ts';

function inState(results: readonly CheckResult[], ...states: readonly string[]): readonly string[] {
  return results.filter(({ outcome }) => states.includes(outcome.state)).map(({ id }) => id);
}

describe('a world in which all is well', () => {
  test('passes every check that is applicable', () => {
    const results = runChecks(world());
    expect(inState(results, 'failed', 'unchecked')).toEqual([]);
    expect(inState(results, 'notApplicable')).toEqual(['C43', 'C54', 'C68']);
    expect(hasErrors(results)).toBe(false);
  });

  test('is judged the same again, and nothing of it changes', () => {
    const facts = world();
    const before = JSON.stringify(facts.details);
    expect(runChecks(facts)).toEqual(runChecks(facts));
    expect(JSON.stringify(facts.details)).toBe(before);
  });
});

// 192.168.0.0/24 the data center, 10.100.0.0/16 its pods behind a route reflector of Calico; VPC 10.0.0.0/8, nodes in
// 10.10.24.0/24, pods in 10.10.25.0/24: the addresses of Alibaba's own guide to this set-up.
describe('the addresses of the guide', () => {
  const guide: WorldOptions = {
    spec: { ...SPEC, onPremises: { podCIDRs: ['10.100.0.0/16'], nodeCIDRs: ['192.168.0.0/24'] } },
    cloud: {
      vpc: told(vpc({ cidr: '10.0.0.0/8' })),
      vSwitches: told(
        byId(
          { ...POD_VSWITCH, cidr: '10.10.25.0/24', freeIPs: 250 },
          { ...NODE_VSWITCH, cidr: '10.10.24.0/24', freeIPs: 250 },
        ),
      ),
      instances: told(byId(instance())),
      routeTables: told([
        routeTable({
          entries: [
            route('10.10.24.0/24', 'local', 'System'),
            route('10.10.25.0/24', 'local', 'System'),
            route('192.168.0.0/24'),
            route('10.100.0.0/16'),
          ],
        }),
      ]),
    },
  };

  test('pass with exactly one warning: the on-premises pods lie inside of the VPC', () => {
    const failed = runChecks(world(guide)).filter(({ outcome }) => outcome.state === 'failed');
    const heavy = failed.filter(({ severity }) => severity !== 'info');
    expect(heavy.map(({ id, severity }) => [id, severity])).toEqual([['C06', 'warning']]);
    expect(heavy[0]?.outcome).toMatchObject({
      message: 'The on-premises pod CIDR (10.100.0.0/16) lies inside VPC vpc-a (10.0.0.0/8).',
    });
    expect(hasErrors(failed)).toBe(false);
    // The advice about the size of a vSwitch is no warning.
    expect(failed.map(({ id }) => id)).toEqual(['C06', 'C15']);
  });
});

describe('the list of checks', () => {
  test('has every id once, in order, with a title and a remedy', () => {
    const ids = CHECKS.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].toSorted());
    expect(ids.filter((id) => !/^C\d\d$/.test(id))).toEqual([]);
    expect(CHECKS.filter(({ title }) => !/^[\w].*[^.]$/.test(title)).map(({ id }) => id)).toEqual([]);
    expect(CHECKS.filter(({ remedy, needs }) => remedy === '' || needs.length === 0)).toEqual([]);
  });

  test('skips what it is told to, and knows what is no check', () => {
    const results = runChecks(world({ cloud: 'none' }), ['C01', 'C03']);
    expect(inState(results, 'skipped')).toEqual(['C01', 'C03']);
    expect(results.length).toBe(CHECKS.length);
    expect(unknownIds(['C01', 'C99'])).toEqual(['C99']);
  });
});

type Asked = Set<string>;

/** Facts that note which parts are asked for. */
function noting<T extends object>(target: T, prefix: string, asked: Asked): T {
  return new Proxy(target, {
    get(object, key, receiver): unknown {
      asked.add(`${prefix}${String(key)}`);
      return Reflect.get(object, key, receiver);
    },
  });
}

function partsAskedFor(facts: CheckFacts, id: string): readonly string[] {
  const asked: Asked = new Set();
  const noted: CheckFacts = {
    ...facts,
    details: noting(facts.details, 'details:', asked),
    ...(facts.cloud === undefined ? {} : { cloud: noting(facts.cloud, '', asked) }),
  };
  CHECKS.find((check) => check.id === id)?.evaluate(noted);
  return [...new Set([...asked].map((part) => (part.startsWith('details:') ? 'details' : part)))];
}

describe('what a check says that it needs', () => {
  // The cloud's word on instances and types makes nodes clearer to every check, and is asked for where it is there.
  const ADDITIONAL = ['instances', 'instanceTypes'];

  test.each(CHECKS.map(({ id, needs }) => ({ id, needs })))('$id asks for nothing else', ({ id, needs }) => {
    const undeclared = partsAskedFor(world({ maxNodes: 100 }), id)
      .filter((part) => !ADDITIONAL.includes(part))
      .filter((part) => !needs.some((need) => need === part));
    expect(undeclared).toEqual([]);
  });
});

describe('an answer of the cloud that could not be asked for again', () => {
  test('is judged by, and the result says how old it is', () => {
    const facts = world({
      cloud: {
        vpc: toldOnce(vpc({ cidr: '10.0.0.0/8' }), '2026-02-28T00:00:00Z'),
        routeTables: toldOnce([routeTable()], '2026-02-27T00:00:00Z'),
      },
    });
    const results = new Map(runChecks(facts).map((result) => [result.id, result]));
    expect(results.get('C06')).toMatchObject({ asOf: '2026-02-28T00:00:00Z', outcome: { state: 'failed' } });
    expect(results.get('C17')).toMatchObject({ asOf: '2026-02-27T00:00:00Z', outcome: { state: 'passed' } });
    expect(results.get('C10')).not.toHaveProperty('asOf');
  });
});

describe('facts that are missing', () => {
  const LACKING: Readonly<Record<string, WorldOptions>> = {
    'the cloud': { cloud: 'none' },
    'the cluster': { cluster: 'none' },
    both: { cluster: 'none', cloud: 'none' },
    'eni-config': { cluster: { eniConfig: { state: 'unknown' } } },
  };

  test.each(Object.entries(LACKING))('without %s no check fails', (_, options) => {
    expect(inState(runChecks(world(options)), 'failed')).toEqual([]);
  });

  test('without the details no check fails', () => {
    expect(inState(runChecks({ ...world(), details: {} }), 'failed')).toEqual([]);
  });

  test('a scenario without Terway has nothing to fail either', () => {
    const workloads = WORKLOADS.filter(({ name }) => name !== 'terway-eniip');
    const facts = world({ spec: { scenario: 'Overlay', terway: {} }, cluster: { workloads } });
    expect(inState(runChecks(facts), 'failed')).toEqual([]);
  });
});

describe('docs/checks.md', () => {
  // Those that it was taken from: C01 to C08, C10 to C17, and so on; a number in between may be ours.
  const CATALOGUE = [
    ...[
      'C01',
      'C02',
      'C03',
      'C04',
      'C05',
      'C06',
      'C07',
      'C08',
      'C10',
      'C11',
      'C12',
      'C13',
      'C14',
      'C15',
      'C16',
    ],
    ...[
      'C17',
      'C20',
      'C21',
      'C22',
      'C23',
      'C24',
      'C25',
      'C30',
      'C31',
      'C32',
      'C33',
      'C34',
      'C35',
      'C36',
      'C40',
    ],
    ...[
      'C41',
      'C42',
      'C43',
      'C44',
      'C45',
      'C46',
      'C50',
      'C51',
      'C52',
      'C53',
      'C54',
      'C60',
      'C61',
      'C62',
      'C63',
    ],
    ...[
      'C64',
      'C65',
      'C66',
      'C67',
      'C70',
      'C71',
      'C72',
      'C73',
      'C74',
      'C80',
      'C81',
      'C82',
      'C83',
      'C84',
      'C85',
    ],
    ...['C86', 'C87', 'C90', 'C91'],
  ];
  const checked = CHECKS.map(({ id }) => id);
  const not = NOT_CHECKED.map(({ id }) => id);

  test('has every question of the catalogue, as a check or with the reason why it is none', () => {
    expect(CATALOGUE.filter((id) => !checked.includes(id) && !not.includes(id))).toEqual([]);
    expect(not.filter((id) => checked.includes(id))).toEqual([]);
    expect([...checked, ...not].filter((id) => !CATALOGUE.includes(id))).toEqual(['C18', 'C68']);
  });

  test('shows every check in one of its sections', () => {
    const page = renderChecks();
    expect(unlisted()).toEqual([]);
    expect([...checked, ...not].filter((id) => !page.includes(`\n| ${id} | `))).toEqual([]);
  });
});
