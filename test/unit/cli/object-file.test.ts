import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { asApplied, networksFrom, UsageError } from '../../../src/cli/object-file.ts';
import { network } from '../../support/make-facts.ts';

const HEAD = 'apiVersion: hybrid.alibabacloud.com/v1alpha1\nkind: HybridNetwork\n';
const GOOD = `${HEAD}metadata: {name: idc}\nspec: {scenario: BGP}\n`;
const SECRET = 'apiVersion: v1\nkind: Secret\nstringData: {access-key-secret: Zk9VerySecret}\n';

function sample(name: string): string {
  return readFileSync(new URL(`../../../deploy/samples/${name}.yaml`, import.meta.url), 'utf8');
}

describe('an object from a file', () => {
  test.each(['bgp', 'host-network', 'overlay'])('deploy/samples/%s.yaml is one', (name) => {
    expect(networksFrom(sample(name), name)).toMatchObject([
      { kind: 'HybridNetwork', metadata: { generation: 1 } },
    ]);
  });

  test('may stand among others, in several documents or in a list, in YAML or JSON', () => {
    const list = JSON.stringify({
      kind: 'List',
      items: [
        {
          apiVersion: 'hybrid.alibabacloud.com/v1alpha1',
          kind: 'HybridNetwork',
          metadata: { name: 'b' },
          spec: { scenario: 'Overlay' },
        },
      ],
    });
    const found = networksFrom(`${SECRET}---\n${GOOD}---\n${list}`, 'x');
    expect(found.map(({ metadata, spec }) => [metadata.name, spec.scenario])).toEqual([
      ['idc', 'BGP'],
      ['b', 'Overlay'],
    ]);
  });

  test.each([
    ['nothing', '', 'x holds no HybridNetwork.'],
    ['another kind', SECRET, 'x holds no HybridNetwork.'],
    ['no YAML', `${GOOD}  bad: [`, /^x is no YAML: \w+ at line \d+, column \d+\.$/],
    [
      'another version',
      GOOD.replace('v1alpha1', 'v2'),
      'x: apiVersion must be hybrid.alibabacloud.com/v1alpha1.',
    ],
    ['no name', `${HEAD}spec: {scenario: BGP}\n`, 'x: metadata.name is missing.'],
    [
      'a scenario that is none',
      GOOD.replace('BGP', 'Bgp'),
      'spec.scenario: must be one of Overlay, BGP, HostNetwork, not "Bgp"',
    ],
    ['no spec', `${HEAD}metadata: {name: idc}\n`, 'spec.scenario: must be set'],
    [
      'a slip of the pen',
      GOOD.replace('scenario', 'suspnd: true, scenario'),
      'spec.suspnd: a HybridNetwork has no such field',
    ],
    [
      'fields that do not fit together',
      GOOD.replace(
        '{scenario: BGP}',
        '{scenario: BGP, onPremises: {podCIDRs: [10.0.0.0/8], nodeCIDRs: [10.1.0.0/16]}}',
      ),
      'overlaps 10.0.0.0/8 in spec.onPremises.podCIDRs[0]',
    ],
    ['too much', 'x'.repeat(1_600_000), 'too large'],
    [
      'a bomb of aliases',
      `a: &a [${'x,'.repeat(9)}]\nb: [${'*a,'.repeat(200)}]\n`,
      'x has more aliases than an object needs.',
    ],
  ])('is refused where it is %s', (_, text, says) => {
    expect(() => networksFrom(text, 'x')).toThrow(UsageError);
    expect(() => networksFrom(text, 'x')).toThrow(says);
  });

  test('that cannot be read is told without a word of it', () => {
    let message = '';
    try {
      networksFrom(`${SECRET}  broken: [`, 'x');
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('is no YAML');
    expect(message).not.toContain('Zk9VerySecret');
  });
});

describe('an object as it would stand in the cluster', () => {
  const [fromFile] = networksFrom(GOOD.replace('BGP', 'HostNetwork'), 'x');
  if (fromFile === undefined) throw new Error('there is one');

  test('keeps the identity and the status of the one that is there', () => {
    const before = network({ status: { observedGeneration: 1 }, annotations: { kept: 'yes' } });
    expect(asApplied(fromFile, [network({ name: 'other' }), before])).toEqual({
      ...before,
      spec: { scenario: 'HostNetwork' },
    });
  });

  test('is the youngest where there is none', () => {
    expect(asApplied(fromFile, [network({ name: 'other' })])).toBe(fromFile);
    expect(fromFile.metadata.creationTimestamp > network().metadata.creationTimestamp).toBe(true);
  });
});
