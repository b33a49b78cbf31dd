// What people, pipelines and consoles get wrong, one sentence each, on a cluster that is otherwise as it should be: the
// condition says what is wrong and what to do, nothing is written for it, and what is right is held all the same.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Condition } from '../../src/api/hybrid-network.ts';
import {
  CALICO,
  ENI_CONFIG,
  eniConfigData,
  generationOf,
  network,
  nextDecision,
  patch,
  putSecret,
  remove,
  respec,
  secretValues,
} from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import {
  ADDED,
  adoptSecret,
  belongings,
  changesIn,
  CYRILLIC_A,
  ENI_CONF,
  GOOD_DATA,
  KEY,
  ON_PREMISES,
  podSpecOf,
  provokeCalico,
  provokeTerway,
  putSource,
  restoreConfig,
  setConf,
  setConfig,
  SOURCE,
  SPEC,
  startGoodCluster,
  TYPED,
} from '../support/good-cluster.ts';
import type { BadInput } from '../support/good-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import { daemonSet, OFF_CLOUD, OFF_VIRTUAL, ON_LINUX } from '../support/manifests.ts';

let cluster: HybridCluster;

async function ready(status: Condition['status'], reason?: string): Promise<Condition> {
  return await cluster.untilCondition('Ready', { status, ...(reason === undefined ? {} : { reason }) });
}

const CREATE_SOURCE =
  'kubectl -n hybridnetwork-system create secret generic ram-user --from-file=access-key-id';
const EDIT = 'kubectl -n kube-system edit configmap eni-config';

const mendSource = async (): Promise<void> => await putSource(cluster, {});
const mendSecret = async (): Promise<void> => await patch(cluster, network(), { spec: SPEC });
const removeWorkload =
  (name: string, namespace = 'kube-system') =>
  async () =>
    await remove(cluster, { kind: 'DaemonSet', namespace, name });

const terwayAndCni: readonly BadInput[] = [
  {
    what: 'Terway that is not installed',
    harm: removeWorkload('terway-eniip'),
    condition: 'TerwayPlaced',
    reason: 'DaemonSetNotFound',
    says: [
      'no DaemonSet kube-system/terway-eniip',
      'Install the terway-eniip add-on',
      'spec.terway.daemonSet.name',
    ],
    mend: async () => await cluster.applyFile('test/fixtures/terway.yaml'),
    provoke: provokeCalico,
  },
  {
    what: 'an on-premises CNI that is not installed',
    harm: async () => {
      await remove(cluster, CALICO);
      await remove(cluster, { kind: 'Deployment', name: 'calico-kube-controllers' });
    },
    condition: 'OnPremisesIsolated',
    reason: 'CNINotFound',
    says: ['No workload of a known on-premises CNI was found', 'Set spec.onPremises.cni.type', 'or None'],
    mend: async () => await cluster.applyFile('test/fixtures/calico.yaml'),
  },
  {
    what: 'a CNI by a name that is not the installed one',
    harm: async () => await respec(cluster, { onPremises: { cni: { type: 'Cilium' } } }),
    condition: 'OnPremisesIsolated',
    reason: 'CNINotFound',
    says: ['No workload of Cilium was found', 'Set spec.onPremises.cni.type'],
    mend: async () => await respec(cluster, { onPremises: { cni: { type: 'Auto' } } }),
  },
  {
    what: 'two CNIs, of which nobody says which one is in use,',
    harm: async () => await cluster.apply(daemonSet('kube-flannel-ds')),
    condition: 'OnPremisesIsolated',
    reason: 'AmbiguousCNI',
    says: [
      'Calico (kube-system/calico-node)',
      'Flannel (kube-system/kube-flannel-ds)',
      'Set spec.onPremises.cni.type to the one in use',
    ],
    mend: removeWorkload('kube-flannel-ds'),
    provoke: provokeCalico,
  },
];

const workloads: readonly BadInput[] = [
  {
    what: 'a listed workload that requires the cloud label',
    harm: async () =>
      await cluster.apply(daemonSet('cloud-agent', { ...ADDED, nodeSelector: { [OFF_CLOUD.key]: 'true' } })),
    condition: 'OnPremisesIsolated',
    reason: 'WorkloadRequiresCloud',
    says: [
      'DaemonSet kube-system/cloud-agent requires cloud nodes',
      'Remove it from spec.onPremises.workloads',
    ],
    mend: removeWorkload('cloud-agent'),
    provoke: provokeCalico,
  },
  {
    what: 'a listed workload of which every term is empty',
    harm: async () => await cluster.apply(daemonSet('parked', { ...ADDED, terms: [{}, {}] })),
    condition: 'OnPremisesIsolated',
    reason: 'WorkloadParked',
    says: [
      'Every nodeSelectorTerm of DaemonSet kube-system/parked is empty',
      'Give one a requirement, or remove',
    ],
    mend: removeWorkload('parked'),
    provoke: provokeCalico,
  },
];

const secret = (
  what: string,
  harm: () => Promise<unknown>,
  reason: string,
  says: readonly string[],
): BadInput => ({
  what,
  harm,
  condition: 'CredentialsSynced',
  reason,
  says: [...says, CREATE_SOURCE],
  mend: mendSource,
});
const adopted = (what: string, harm: () => Promise<unknown>): BadInput => ({
  ...{ what, harm, condition: 'CredentialsSynced', reason: 'SecretMalformed', mend: mendSecret },
  says: ['white space or a byte order mark around it', 'set spec.credentials.secretRef'],
});

const secrets: readonly BadInput[] = [
  secret('a Secret that is not there', async () => await remove(cluster, SOURCE), 'SecretNotFound', [
    'no Secret hybridnetwork-system/ram-user',
  ]),
  secret(
    'a Secret that lacks a key',
    async () => await putSource(cluster, { 'access-key-secret': undefined }),
    'SecretKeyMissing',
    ['lacks a value for access-key-secret'],
  ),
  secret(
    'a literal ${…} in a Secret, from a pipeline that did not fill it in,',
    async () => await putSource(cluster, { 'access-key-id': ['$', '{ACCESS_KEY_ID}'].join('') }),
    'SecretMalformed',
    ['placeholder', 'inside access-key-id'],
  ),
  secret(
    'a Cyrillic letter in the id of an access key',
    async () => await putSource(cluster, { 'access-key-id': `LTAI5tB${CYRILLIC_A}d` }),
    'SecretMalformed',
    ['a character that no access key has inside access-key-id'],
  ),
  adopted(
    'a newline in the Secret that nobody but its owner writes',
    async () => await adoptSecret(cluster, { ...KEY, 'access-key-secret': 'GoodSecret\n' }),
  ),
  adopted(
    'a byte order mark in the Secret that nobody but its owner writes',
    async () => await adoptSecret(cluster, { ...KEY, 'access-key-id': '\uFEFFLTAI5tGood' }),
  ),
];

const config = (
  what: string,
  harm: () => Promise<unknown>,
  reason: string,
  says: readonly string[],
): BadInput => ({
  what,
  harm,
  condition: 'ENIConfigSynced',
  reason,
  says,
  mend: async () => await restoreConfig(cluster),
});

const configs: readonly BadInput[] = [
  config(
    'an eni-config that is not there',
    async () => await remove(cluster, ENI_CONFIG),
    'ConfigMapNotFound',
    ['no ConfigMap kube-system/eni-config', 'Set spec.terway.eniConfig, or install the terway-eniip add-on'],
  ),
  config(
    'an eni-config without eni_conf',
    async () => await setConfig(cluster, { eni_conf: null }),
    'ConfigMapMalformed',
    ['it has no key eni_conf', EDIT],
  ),
  config(
    'an eni_conf that is no JSON',
    async () => await setConfig(cluster, { eni_conf: '{"version": "1",\n "vswitches": {' }),
    'ConfigMapMalformed',
    ['eni_conf: ', 'at line 2, column', 'left as it is', EDIT],
  ),
  config(
    'an eni_conf with {{.…}} where values belong',
    async () =>
      await setConf(cluster, {
        service_cidr: '{{.ServiceCIDR}}',
        eni_tags: { 'ack.aliyun.com': '{{.ClusterID}}' },
      }),
    'Placeholder',
    ['service_cidr', 'eni_tags', 'still are placeholders', 'spec.terway.eniConfig', EDIT],
  ),
  config(
    'an eni_conf with a key that stands twice',
    async () =>
      await setConfig(cluster, { eni_conf: GOOD_DATA.eni_conf.replace('{', '{"max_pool_size": 50,') }),
    'ConfigMapMalformed',
    ['the key "max_pool_size" stands twice', 'at line 1', EDIT],
  ),
  config(
    'an eni_conf with numbers as strings',
    async () => await setConf(cluster, { max_pool_size: '5', min_pool_size: '0' }),
    'ConfigMapMalformed',
    ['max_pool_size must be a number; min_pool_size must be a number', EDIT],
  ),
  config(
    'an eni_conf with a minimum above the maximum',
    async () => await setConf(cluster, { min_pool_size: 9 }),
    'IncompleteConfig',
    ['min_pool_size 9 is above max_pool_size 5', 'spec.terway.eniConfig', EDIT],
  ),
  config(
    'a Cyrillic letter in the id of a vSwitch',
    async () => await setConf(cluster, { vswitches: { 'cn-hangzhou-h': [`vsw-bp1b${CYRILLIC_A}d`] } }),
    'ConfigMapMalformed',
    ['vswitches.cn-hangzhou-h holds the character U+0430, which no id of the cloud has', EDIT],
  ),
  config(
    'vSwitches that are a list instead of a map',
    async () => await setConf(cluster, { vswitches: ['vsw-bp1good'] }),
    'ConfigMapMalformed',
    ['vswitches must map each zone to a list of vSwitch ids', EDIT],
  ),
  config(
    'a 10-terway.conf that is no JSON',
    async () => await setConfig(cluster, { '10-terway.conf': '{"type":"terway",}' }),
    'ConfigMapMalformed',
    ['10-terway.conf: ', 'at line 1, column', EDIT],
  ),
  config(
    'an eni-config without 10-terway.conf',
    async () => await setConfig(cluster, { '10-terway.conf': null }),
    'IncompleteConfig',
    ['lacks the key 10-terway.conf', 'Set spec.terway.eniConfig, or add the key'],
  ),
];

beforeAll(async () => {
  cluster = await startGoodCluster();
}, 120_000);

afterAll(async () => {
  await cluster.stop();
});

describe('it is told with its remedy, nothing is written for it, and the other concerns go on:', () => {
  test.each([...terwayAndCni, ...workloads, ...secrets, ...configs])('$what', async (input) => {
    const { harm, condition, reason, says, mend, provoke = provokeTerway } = input;
    const mark = await cluster.controlPlane.audit.mark();
    try {
      await harm();
      const { message } = await cluster.untilCondition(condition, { status: 'False', reason });
      for (const part of says) expect(message).toContain(part);
      await ready('False', reason);
      const before = await belongings(cluster);
      const repair = await provoke(cluster);
      await nextDecision(cluster);
      expect(await changesIn(cluster, mark)).toEqual([repair]);
      expect(await belongings(cluster)).toEqual(before);
    } finally {
      await mend();
    }
    await ready('True');
  });
});

describe('it is taken for what it means, without harm:', () => {
  const settled = async (): Promise<Condition> => {
    await nextDecision(cluster);
    return await ready('True');
  };

  beforeAll(async () => {
    await restoreConfig(cluster);
  });

  test('a newline behind a value and a byte order mark before it, in the source, are not published', async () => {
    const changed = { 'access-key-id': 'LTAI5tNext', 'access-key-secret': 'NextSecret' };
    await putSecret(cluster, SOURCE, {
      'access-key-id': `\uFEFF${changed['access-key-id']}`,
      'access-key-secret': `${changed['access-key-secret']}\r\n`,
    });
    await eventually(async () => expect(await secretValues(cluster)).toMatchObject(changed));
    await settled();
    await putSecret(cluster, SOURCE, KEY);
  });

  test('terms that are empty stay so, terms that select by fields get the exclusion, terms that exclude already are not written', async () => {
    const named = ['idc-1', 'ecs-1'].map((node) => ({
      matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }],
    }));
    const already = [{ matchExpressions: [ON_LINUX, OFF_CLOUD, OFF_VIRTUAL] }];
    await cluster.apply(
      daemonSet('some-empty', { ...ADDED, terms: [{}, { matchExpressions: [ON_LINUX] }] }),
      daemonSet('fields-only', { ...ADDED, terms: named }),
      daemonSet('already', { ...ADDED, terms: already }),
    );
    await eventually(async () => {
      const { status, reason, message } = (await cluster.condition('OnPremisesIsolated')) ?? {};
      expect({ status, reason }).toEqual({ status: 'True', reason: 'Isolated' });
      for (const name of ['some-empty', 'fields-only', 'already']) expect(message).toContain(name);
    });
    const off = [OFF_CLOUD, OFF_VIRTUAL];
    const termsOf = async (name: string): Promise<unknown> =>
      (await podSpecOf(cluster, { kind: 'DaemonSet', name }))?.affinity;
    const required = (...nodeSelectorTerms: readonly object[]): object => ({
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
    });
    expect(await termsOf('some-empty')).toEqual(required({}, { matchExpressions: [ON_LINUX, ...off] }));
    expect(await termsOf('fields-only')).toEqual(
      required(...named.map((term) => ({ ...term, matchExpressions: off }))),
    );
    expect(await generationOf(cluster, { kind: 'DaemonSet', name: 'already' })).toBe(1);
    await cluster.untilOn('app=some-empty', ON_PREMISES);
    await cluster.untilOn('app=fields-only', ['idc-1']);
    await cluster.untilOn('app=already', ON_PREMISES);
    for (const name of ['some-empty', 'fields-only', 'already']) await removeWorkload(name)();
  });

  test('of two CNIs the named one is held, and the other one is pointed out', async () => {
    await cluster.apply(daemonSet('kube-flannel-ds', { nodeSelector: { parked: 'yes' } }));
    await respec(cluster, { onPremises: { cni: { type: 'Calico' } } });
    const { message } = await settled();
    expect(message).toContain(
      'DaemonSet kube-system/kube-flannel-ds looks like Flannel and may run on cloud nodes',
    );
    expect(message).toContain('List it in spec.onPremises.workloads');
    await removeWorkload('kube-flannel-ds')();
    await respec(cluster, { onPremises: { cni: { type: 'Auto' } } });
  });

  describe('in eni_conf', () => {
    const confText = async (): Promise<string | undefined> => (await eniConfigData(cluster))?.['eni_conf'];
    const untouched = async (text: string): Promise<Condition> => {
      const mark = await cluster.controlPlane.audit.mark();
      await setConfig(cluster, { eni_conf: text });
      const condition = await settled();
      const repair = await provokeCalico(cluster);
      // What Terway reads has changed, so that it is restarted; nothing else is written.
      const others = (await changesIn(cluster, mark)).filter((words) => !words.endsWith('/terway-eniip'));
      expect(others).toEqual([repair]);
      expect(await confText()).toBe(text);
      return condition;
    };

    test('an unknown key stays, and one that is a slip of the pen is pointed out', async () => {
      const { message } = await untouched(JSON.stringify({ ...ENI_CONF, max_pol_size: 9, 'x-note': [1] }));
      expect(message).toContain(
        'eni_conf has the key max_pol_size, which Terway does not read; is max_pool_size meant?',
      );
      expect(message).not.toContain('x-note');
    });

    test('vSwitches that are empty are pointed out', async () => {
      const { message } = await untouched(JSON.stringify({ ...ENI_CONF, vswitches: {} }));
      expect(message).toContain(
        'eni_conf names no vSwitches, so every cloud node gives its pods addresses of its own',
      );
    });

    /** What eni_conf says after drift in one value of it. */
    const afterDriftIn = async (text: string): Promise<string | undefined> => {
      await untouched(text);
      await respec(cluster, { terway: { eniConfig: TYPED } });
      await setConfig(cluster, { eni_conf: text.replace('"max_pool_size":5', '"max_pool_size":50') });
      const isBack = async (): Promise<boolean> => !(await confText())?.includes('"max_pool_size":50');
      await eventually(isBack, { what: 'max_pool_size is put back' });
      await settled();
      await patch(cluster, network(), { spec: { terway: { eniConfig: null } } });
      return await confText();
    };

    test('__proto__ is a key like any other: it stays, and drift beside it is put back', async () => {
      const proto = '"__proto__": {"max_pool_size": 99, "polluted": true}';
      const text = JSON.stringify(ENI_CONF)
        .replace('{', `{${proto}, `)
        .replace('"ack.aliyun.com"', '"__proto__":"x","ack.aliyun.com"');
      expect(await afterDriftIn(text)).toBe(text);
    });

    test.each([
      ['of letters', `"x-note": "${'n'.repeat(900_000)}"`],
      // Each of them takes two bytes more in a request.
      ['of quotation marks', `"x-note": "${'\\"'.repeat(450_000)}"`],
    ])('900 KB %s are carried along, and drift beside them is put back', async (_, bulk) => {
      const text = JSON.stringify(ENI_CONF).replace('{', `{${bulk}, `);
      expect(await afterDriftIn(text)).toBe(text);
    });
  });
});
