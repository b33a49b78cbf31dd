import { expect, test } from '@jest/globals';
import type { HybridNetworkSpec } from '../../../../src/api/hybrid-network.ts';
import { claimsOf } from '../../../../src/plan/claims.ts';
import type { Verdict } from '../../../../src/plan/concern.ts';
import { eniConfig } from '../../../../src/plan/concerns/eni-config.ts';
import type { Facts } from '../../../../src/plan/facts.ts';
import {
  ABSENT,
  CNI_CONF_TEXT,
  configMap,
  facts,
  goodEniConfig,
  network,
  nodes,
  present,
  TYPED,
  TYPED_ENI_CONF,
  UNKNOWN,
} from '../../../support/make-facts.ts';

const PLAIN: Partial<HybridNetworkSpec> = { credentials: { inENIConfig: 'Never' } };
const TYPED_SPEC: Partial<HybridNetworkSpec> = { ...PLAIN, terway: { eniConfig: TYPED } };

function withText(eniConf: string) {
  return present(
    configMap({ eni_conf: eniConf, '10-terway.conf': CNI_CONF_TEXT, disable_network_policy: 'true' }),
  );
}

interface Case {
  readonly live: Facts['eniConfig'];
  readonly spec?: Partial<HybridNetworkSpec>;
  readonly addonSecret?: Facts['addonSecret'];
  /** `health/reason` */
  readonly says: string;
  readonly inForce: boolean;
  readonly does?: 'configMap.patch' | 'configMap.create';
  readonly message?: RegExp;
}

const CASES: Record<string, Case> = {
  'one that is as it should be is left alone': {
    live: present(goodEniConfig()),
    says: 'ok/Synced',
    inForce: true,
  },
  'the live one is adopted, and never created': {
    live: ABSENT,
    says: 'failed/ConfigMapNotFound',
    inForce: false,
    message: /Set spec\.terway\.eniConfig, or install/,
  },
  'with the typed view it is created': {
    live: ABSENT,
    spec: TYPED_SPEC,
    says: 'working/Progressing',
    inForce: false,
    does: 'configMap.create',
  },
  'it is not created before it is known whether a key belongs into it': {
    live: ABSENT,
    spec: { terway: { eniConfig: TYPED } },
    addonSecret: UNKNOWN,
    says: 'unknown/Observing',
    inForce: false,
  },
  'one that has not been read yet is awaited': { live: UNKNOWN, says: 'unknown/Observing', inForce: false },
  'one that may not be read needs a person': {
    live: { state: 'forbidden', why: 'configmaps is forbidden' },
    says: 'failed/Forbidden',
    inForce: false,
    message: /configmaps is forbidden/,
  },
  'a malformed one is never written over, typed view or not': {
    live: withText('{"access_secret": "Zk9Secret",}'),
    spec: TYPED_SPEC,
    says: 'failed/ConfigMapMalformed',
    inForce: false,
    message: /eni_conf: .* at line 1, column \d+\. Mend it: kubectl -n kube-system edit configmap eni-config/,
  },
  'one without 10-terway.conf needs a person where nobody types it': {
    live: present(configMap({ eni_conf: TYPED_ENI_CONF, disable_network_policy: 'true' })),
    says: 'failed/IncompleteConfig',
    inForce: false,
  },
  'a placeholder needs a person': {
    live: withText(TYPED_ENI_CONF.replace('172.16.0.0/16', '{{.ServiceCIDR}}')),
    says: 'failed/Placeholder',
    inForce: false,
    message: /service_cidr still is a placeholder/,
  },
  'a placeholder that the spec fills in does not': {
    live: withText(TYPED_ENI_CONF.replace('172.16.0.0/16', '{{.ServiceCIDR}}')),
    spec: { ...PLAIN, terway: { eniConfig: { ...TYPED, serviceCIDR: '172.16.0.0/16' } } },
    says: 'working/Progressing',
    inForce: false,
    does: 'configMap.patch',
  },
  'a number as a text needs a person where nobody types it': {
    live: withText(TYPED_ENI_CONF.replace('"max_pool_size": 5', '"max_pool_size": "5"')),
    says: 'failed/ConfigMapMalformed',
    inForce: false,
    message: /max_pool_size must be a number/,
  },
  'a change that running cloud nodes cannot follow is refused, with the way out': {
    live: present(goodEniConfig()),
    spec: { ...PLAIN, terway: { eniConfig: { ...TYPED, serviceCIDR: '10.0.0.0/16' } } },
    says: 'failed/ImmutableInPractice',
    inForce: true,
    message:
      /serviceCIDR \(service_cidr\).*Set the spec back to the value in effect, or remove the cloud nodes first/,
  },
  'an Overlay without the typed view asks for nothing': {
    live: ABSENT,
    spec: { scenario: 'Overlay' },
    says: 'ok/NotRequired',
    inForce: true,
  },
};

function judged({ live, spec = PLAIN, addonSecret }: Case): Verdict {
  const own = network({ spec });
  const all = facts({
    network: own,
    eniConfig: live,
    nodes: nodes({ onPremises: 1, cloud: 1 }),
    ...(addonSecret === undefined ? {} : { addonSecret }),
  });
  return eniConfig.plan(all, claimsOf([own], []));
}

test.each(Object.entries(CASES))('eni-config: %s', (_, one) => {
  const verdict = judged(one);

  expect(`${verdict.health}/${verdict.reason}`).toBe(one.says);
  expect(verdict.inForce).toBe(one.inForce);
  expect(verdict.actions.map(({ kind }) => kind)).toEqual(one.does === undefined ? [] : [one.does]);
  expect(verdict.message).toMatch(one.message ?? /\S/);
  expect(JSON.stringify(verdict)).not.toContain('Zk9');
});

test('typos are told without failing', () => {
  const verdict = judged({
    live: withText(TYPED_ENI_CONF.replace('"version"', '"acces_key": "", "version"')),
    says: '',
    inForce: true,
  });

  expect(verdict).toMatchObject({
    health: 'ok',
    warnings: [expect.stringContaining('is access_key meant?')],
  });
});

test('Restore leaves eni-config', () => {
  expect(eniConfig.unplan(facts(), claimsOf([], []))).toMatchObject({ health: 'ok', actions: [] });
});
