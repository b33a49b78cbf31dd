// What stands in eni-config and in the cluster is written by people: whatever it is, every check comes to an outcome.
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { CHECKS, runChecks } from '../../../../src/plan/checks/index.ts';
import { KNOWN_KEYS } from '../../../../src/plan/eni/keys.ts';
import {
  byId,
  eniConfig,
  group,
  NODES,
  nodeDetails,
  POD_VSWITCH,
  route,
  routeTable,
  told,
  world,
} from '../../../support/make-check-facts.ts';
import { configMap, present } from '../../../support/make-facts.ts';

const STATES = ['passed', 'failed', 'unchecked', 'notApplicable'];

const confs = fc.dictionary(fc.constantFrom(...KNOWN_KEYS), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 12 });
const texts = fc.oneof(
  fc.string(),
  fc.constantFrom('10.0.0.0/33', '0.0.0.0/0', '10.0.0.1', 'fd00::/8', '999.0.0.0/8', '/', '10.0.0.0/'),
);

describe('every check comes to an outcome', () => {
  test('whatever eni_conf holds', () => {
    fc.assert(
      fc.property(confs, (conf) => {
        const facts = world({ spec: { terway: {} }, cluster: { eniConfig: eniConfig(conf) }, maxNodes: 50 });
        const results = runChecks(facts);
        expect(results.length).toBe(CHECKS.length);
        expect(results.filter(({ outcome }) => !STATES.includes(outcome.state))).toEqual([]);
      }),
    );
  });

  test('whatever ranges, versions and ids the cluster and the cloud tell', () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        const facts = world({
          spec: { onPremises: {} },
          cluster: { nodes: NODES.map((node) => ({ ...node, providerID: other })) },
          details: {
            nodes: nodeDetails({ kernelVersion: one, osImage: other, internalIPs: [one] }),
            serverVersion: present(one),
            serviceCIDRs: present([one, other]),
            ipPools: present([{ name: one, cidr: other, natOutgoing: true, disabled: false }]),
            addressBlocks: present([one, other]),
            kubeProxy: present(configMap({ 'config.conf': `clusterCIDR: ${one}\n` })),
          },
          cloud: {
            vSwitches: told(byId({ ...POD_VSWITCH, cidr: one })),
            routeTables: told([routeTable({ entries: [route(one), route(other)] })]),
            securityGroups: told(
              byId(
                group('sg-a', {
                  rules: [
                    {
                      direction: 'ingress',
                      protocol: one,
                      portRange: other,
                      policy: 'Accept',
                      priority: 1,
                      cidr: one,
                    },
                  ],
                }),
              ),
            ),
          },
        });
        const results = runChecks(facts);
        expect(results.filter(({ outcome }) => !STATES.includes(outcome.state))).toEqual([]);
      }),
    );
  });

  test('and quotes no access key', () => {
    const key = { access_key: 'LTAI5tQuoted', access_secret: 'QuotedSecret00000' };
    fc.assert(
      fc.property(confs, (conf) => {
        const facts = world({ spec: { terway: {} }, cluster: { eniConfig: eniConfig({ ...conf, ...key }) } });
        const said = JSON.stringify(runChecks(facts));
        for (const value of Object.values(key)) expect(said).not.toContain(value);
      }),
    );
  });
});
