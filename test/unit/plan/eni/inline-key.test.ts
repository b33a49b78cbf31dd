import { describe, expect, test } from '@jest/globals';
import type { HybridNetworkSpec, InENIConfig } from '../../../../src/api/hybrid-network.ts';
import { inlineKeyChange, mountsAddonSecret } from '../../../../src/plan/eni/inline-key.ts';
import type { JsonObject } from '../../../../src/plan/eni/json-text.ts';
import type { Facts, Workload } from '../../../../src/plan/facts.ts';
import {
  ABSENT,
  facts,
  KEY_VALUES,
  mountingSecret,
  network,
  OTHER_KEY_VALUES,
  present,
  secret,
} from '../../../support/make-facts.ts';
import { terwayAddOn } from '../../../support/shipped-workloads.ts';

const KEY = { access_key: KEY_VALUES['access-key-id'], access_secret: KEY_VALUES['access-key-secret'] };
const OTHER = {
  access_key: OTHER_KEY_VALUES['access-key-id'],
  access_secret: OTHER_KEY_VALUES['access-key-secret'],
};
const BLANK = { access_key: '', access_secret: '' };

function terwayThatMounts(mountPath: string, secretName?: string): Workload {
  return mountingSecret(terwayAddOn(), mountPath, secretName);
}

const MOUNT = '/var/alibaba-addon-secret';

test('the mount of the Secret at its place decides', () => {
  expect(mountsAddonSecret(terwayThatMounts(MOUNT))).toBe(true);
  expect(mountsAddonSecret(terwayThatMounts(`${MOUNT}/`))).toBe(true);
  expect(mountsAddonSecret(terwayThatMounts('/etc/elsewhere'))).toBe(false);
  expect(mountsAddonSecret(terwayThatMounts(MOUNT, 'another-secret'))).toBe(false);
  expect(mountsAddonSecret(terwayAddOn())).toBe(false);
});

const mounting = terwayThatMounts(MOUNT);
const old = terwayAddOn();

interface Case {
  readonly mode?: InENIConfig;
  readonly terway?: Workload;
  readonly addonSecret?: Facts['addonSecret'];
  readonly sourceSecret?: Facts['addonSecret'];
  readonly live: JsonObject;
  readonly changes: JsonObject | undefined;
}

const CASES: Record<string, Case> = {
  'Auto with an old Terway writes the key': { terway: old, live: BLANK, changes: KEY },
  'Auto with a Terway that mounts the Secret blanks the key': { terway: mounting, live: KEY, changes: BLANK },
  'Auto without Terway leaves what stands there': { live: OTHER, changes: undefined },
  'Always writes the key whatever Terway mounts': {
    mode: 'Always',
    terway: mounting,
    live: {},
    changes: KEY,
  },
  'Never blanks the key whatever Terway mounts': { mode: 'Never', terway: old, live: KEY, changes: BLANK },
  'blank keys are left as they are': { mode: 'Never', live: BLANK, changes: undefined },
  'absent keys are left absent': { mode: 'Never', live: {}, changes: undefined },
  'only the key that is there is blanked': {
    mode: 'Never',
    live: { access_key: 'x' },
    changes: { access_key: '' },
  },
  'a key is not blanked before the Secret is in place': {
    mode: 'Never',
    addonSecret: ABSENT,
    live: KEY,
    changes: undefined,
  },
  'a key is not blanked while the Secret holds none that is valid': {
    mode: 'Never',
    addonSecret: present(secret({ ...KEY_VALUES, 'access-key-id': 'a b' })),
    live: KEY,
    changes: undefined,
  },
  'the source comes before what is published': {
    mode: 'Always',
    sourceSecret: present(secret(OTHER_KEY_VALUES)),
    live: KEY,
    changes: OTHER,
  },
  'a source that is not there leaves the key that stands there': {
    mode: 'Always',
    sourceSecret: ABSENT,
    live: OTHER,
    changes: undefined,
  },
  'half a key is a difference': { mode: 'Always', live: { ...KEY, access_secret: '' }, changes: KEY },
  'the very key is no difference': { mode: 'Always', live: KEY, changes: undefined },
  'white space around the key does not get into eni_conf': {
    mode: 'Always',
    addonSecret: present(
      secret({ ...KEY_VALUES, 'access-key-secret': `${KEY_VALUES['access-key-secret']}\n` }),
    ),
    live: BLANK,
    changes: KEY,
  },
};

describe('access keys in eni_conf', () => {
  test.each(Object.entries(CASES))('%s', (_, { mode, terway, addonSecret, sourceSecret, live, changes }) => {
    const spec: Partial<HybridNetworkSpec> = mode === undefined ? {} : { credentials: { inENIConfig: mode } };
    const known = facts({
      network: network({ spec }),
      workloads: terway === undefined ? [] : [terway],
      ...(addonSecret === undefined ? {} : { addonSecret }),
      ...(sourceSecret === undefined ? {} : { sourceSecret }),
    });
    const change = inlineKeyChange(known, live);

    expect(change?.changes).toEqual(changes);
    expect(change?.why ?? '').not.toContain(KEY.access_secret);
  });

  test('the Terway that the spec names is looked at', () => {
    const spec = { terway: { daemonSet: { name: 'terway' } } };
    const workloads = [mounting, terwayAddOn({ name: 'terway' })];

    expect(inlineKeyChange(facts({ network: network({ spec }), workloads }), BLANK)?.changes).toEqual(KEY);
  });
});
