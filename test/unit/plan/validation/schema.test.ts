import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { HybridNetwork } from '../../../../src/api/hybrid-network.ts';
import { planFor } from '../../../../src/plan/plan.ts';
import { legible } from '../../../../src/plan/validation/schema.ts';
import { anySpec } from '../../../support/any-spec.ts';
import { badSpecs } from '../../../support/bad-specs.ts';
import { facts, network as networkOf } from '../../../support/make-facts.ts';

function stored(spec: unknown, status?: unknown): HybridNetwork {
  return { ...networkOf(), spec, ...(status === undefined ? {} : { status }) } as HybridNetwork;
}

const overBGP = (spec: object): object => JSON.parse(JSON.stringify({ scenario: 'BGP', ...spec })) as object;

describe('a spec as it was stored', () => {
  const entries = Object.entries(badSpecs);
  // Fields that the schema does not know are left out by the API server, and are no reason to refuse what is there.
  const bySchema = entries.filter(
    ([, { by, message }]) => by === 'schema' && !message.includes('unknown field'),
  );
  const byRule = entries.filter(([, { by }]) => by === 'rule');

  test.each(bySchema)('is measured by the schema as the API server does: %s', (_, { spec }) => {
    const { misfits = [] } = legible(stored(overBGP(spec)));
    expect(misfits).not.toEqual([]);
    for (const { path } of misfits) expect(path).toMatch(/^spec\./);
  });

  test.each(byRule)('fits the schema where only a rule is broken: %s', (_, { spec }) => {
    expect(legible(stored(overBGP(spec))).misfits).toBeUndefined();
  });

  test('is left as it is where it fits', () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        const network = stored(JSON.parse(JSON.stringify(spec)));
        expect(legible(network)).toEqual(network);
      }),
    );
  });

  test('keeps what fits beside what does not', () => {
    const network = legible(
      stored({
        scenario: 'BGP',
        approveAbove: 'many',
        onPremises: {
          cni: { type: 'Weave' },
          workloads: [
            { kind: 'Pod', namespace: 'monitoring', name: 'agent' },
            { kind: 'DaemonSet', namespace: 'monitoring', name: 'agent' },
          ],
        },
        terway: { eniConfig: { vSwitches: ['vsw-1'] }, restartOnChange: null },
      }),
    );
    expect(network.spec).toEqual({
      scenario: 'BGP',
      onPremises: { cni: {}, workloads: [{ kind: 'DaemonSet', namespace: 'monitoring', name: 'agent' }] },
      terway: {},
    });
    expect(network.misfits).toEqual([
      { path: 'spec.approveAbove', message: 'must be of type integer, not string' },
      {
        path: 'spec.onPremises.cni.type',
        message:
          'must be one of Auto, Calico, Canal, Cilium, Flannel, KubeRouter, Antrea, KubeOVN, None, not "Weave"',
      },
      {
        path: 'spec.onPremises.workloads[0].kind',
        message: 'must be one of DaemonSet, Deployment, StatefulSet, not "Pod"',
      },
      { path: 'spec.terway.eniConfig.securityGroupIDs', message: 'must be set' },
      { path: 'spec.terway.eniConfig.vSwitches', message: 'must be of type object, not array' },
    ]);
  });

  test.each([
    ['nothing at all', undefined],
    ['a text', 'BGP'],
    ['a list', []],
    ['null', null],
  ])('of %s is a spec without a scenario', (_, spec) => {
    const network = legible(stored(spec));
    expect(network.spec).toEqual({});
    expect(network.misfits?.[0]?.path).toMatch(/^spec/);
  });

  test('takes no harm from a key that objects have of their own', () => {
    const spec: unknown = JSON.parse(
      '{"scenario":"BGP","__proto__":{"suspend":true},"terway":{"eniConfig":{"vSwitches":{"cn-a":["vsw-1"]},"securityGroupIDs":["sg-1"],"eniTags":{"__proto__":"x"}}}}',
    );
    const network = legible(stored(spec));
    expect(network.misfits).toBeUndefined();
    expect(network.spec.suspend).toBeUndefined();
    expect(JSON.stringify(network.spec.terway?.eniConfig?.eniTags)).toBe('{"__proto__":"x"}');
  });

  test('loses what no status can hold', () => {
    const { status } = legible(
      stored({ scenario: 'BGP' }, { observedGeneration: 3, workloads: 'none', conditions: [{ type: 7 }] }),
    );
    expect(status).toEqual({ observedGeneration: 3, conditions: [] });
  });
});

test('whatever is stored as spec and status, a plan can be made of it, and only rules or fields that are named stop it', () => {
  const anything = fc.anything({ withNullPrototype: false });
  const field = fc.oneof(anything, fc.constantFrom('BGP', 'Overlay', 'HostNetwork'));
  const anyStored = fc.record(
    {
      scenario: field,
      suspend: anything,
      deletionPolicy: anything,
      approveAbove: anything,
      onPremises: fc.oneof(
        anything,
        fc.record({ cni: anything, workloads: fc.array(anything), podCIDRs: anything }),
      ),
      terway: fc.oneof(anything, fc.record({ eniConfig: anything, daemonSet: anything })),
      credentials: fc.oneof(anything, fc.record({ secretRef: anything })),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(anyStored, anything, (spec, status) => {
      const raw = JSON.parse(JSON.stringify({ spec, status: status ?? {} })) as {
        spec: unknown;
        status: unknown;
      };
      const network = legible(stored(raw.spec, raw.status));
      const plan = planFor(facts({ network }));
      if (network.misfits !== undefined) expect(['invalid', 'observe', 'suspended']).toContain(plan.mode);
    }),
    { numRuns: 500 },
  );
});
