import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { AuditMark } from '../cluster/audit.ts';
import {
  changesInWords,
  edit,
  ENI_CONFIG,
  eniConfigData,
  nextDecision,
  patch,
  putSecret,
  remove,
  respec,
  TERWAY,
} from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';

// One and the same field is tampered with more often here than a fight allows.
const UNTIRING = ['--fight-limit=0'];

const WRITE = 'patch configmaps kube-system/eni-config';

/** As a person writes it: an order, an indentation and keys of their own. */
const BY_HAND = `{"version": "1",
     "kube_client_qps":   20,
  "security_group": "sg-bp1byhand",
  "vswitches": {"cn-hangzhou-h":["vsw-bp1byhand"]}, "x-note": {"by": "ops", "list": [1,2 , 3]},
  "min_pool_size": 1,   "max_pool_size": 7,
  "service_cidr": "172.16.0.0/16",
  "eni_tags": {"ack.aliyun.com":"cByHand"},
  "access_key": "",   "access_secret": "",
  "vswitch_selection_policy": "random"
}`;
const CNI_CONF = '{"cniVersion":"0.3.0", "name":"terway",   "type":"terway"}';

const ENI_CONFIG_SPEC = {
  vSwitches: { 'cn-hangzhou-h': ['vsw-bp1byhand'] },
  securityGroupIDs: ['sg-bp1byhand'],
  serviceCIDR: '172.16.0.0/16',
  eniTags: { 'ack.aliyun.com': 'cByHand' },
  minPoolSize: 1,
  maxPoolSize: 7,
  vSwitchSelectionPolicy: 'random',
};

function asObject(text: string | undefined): Record<string, unknown> {
  return JSON.parse(text ?? '{}') as Record<string, unknown>;
}

describe('eni-config', () => {
  let cluster: HybridCluster;
  let mark: AuditMark;

  async function write(data: Readonly<Record<string, string>>): Promise<void> {
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'eni-config', namespace: 'kube-system' },
      data,
    });
  }

  async function untilData(check: (data: Readonly<Record<string, string>>) => void): Promise<void> {
    await eventually(
      async () => {
        const data = await eniConfigData(cluster);
        if (data === undefined) throw new Error('there is no eni-config');
        check(data);
      },
      { what: 'eni-config says what it should say' },
    );
  }

  // What is noted on Terway, and its restart, are the business of terway-rollout.test.ts.
  async function changes(since: AuditMark): Promise<readonly string[]> {
    return (await changesInWords(cluster, since)).filter((one) => !one.endsWith('/terway-eniip'));
  }

  const untilSynced = async () => await cluster.untilCondition('ENIConfigSynced', { reason: 'Synced' });

  beforeAll(async () => {
    cluster = await startHybridCluster({ idc: 1, ecs: 1, vk: 0 });
    await cluster.applyFile('test/fixtures/terway.yaml');
    await putSecret(
      cluster,
      { kind: 'Secret', name: 'alibaba-addon-secret' },
      { 'access-key-id': 'LTAI5tInline', 'access-key-secret': 'InlineSecret' },
    );
    await cluster.startOperator({ args: UNTIRING });
    await cluster.apply(networkOf({ scenario: 'HostNetwork' }));
  }, 120_000);

  beforeEach(async () => {
    mark = await cluster.controlPlane.audit.mark();
  });

  afterAll(async () => {
    await cluster.stop();
  });

  describe('without terway.eniConfig', () => {
    test('is never created', async () => {
      const { message } = await cluster.untilCondition('ENIConfigSynced', { reason: 'ConfigMapNotFound' });
      expect(message).toContain('spec.terway.eniConfig');
      await nextDecision(cluster);
      await expect(eniConfigData(cluster)).resolves.toBeUndefined();
    });

    test('is adopted: only disable_network_policy is written out, as it is in effect; its texts stay byte by byte', async () => {
      await write({ eni_conf: BY_HAND, '10-terway.conf': CNI_CONF, note: 'mine' });
      await untilData((data) => expect(data).toHaveProperty('disable_network_policy'));
      await untilSynced();
      await expect(eniConfigData(cluster)).resolves.toEqual({
        eni_conf: BY_HAND,
        '10-terway.conf': CNI_CONF,
        note: 'mine',
        // An absent key means ON to Terway.
        disable_network_policy: 'false',
      });
      await expect(changes(mark)).resolves.toEqual([WRITE]);
    });

    test('edits are nobody’s business as long as Terway can read them', async () => {
      const edited = BY_HAND.replace('"max_pool_size": 7', '"max_pool_size": 9');
      await patch(cluster, ENI_CONFIG, { data: { eni_conf: edited } });
      await nextDecision(cluster);
      await untilSynced();
      await expect(eniConfigData(cluster)).resolves.toMatchObject({ eni_conf: edited });
      await expect(changes(mark)).resolves.toEqual([]);
    });

    test('placeholders in it are reported', async () => {
      await cluster.applyFile('test/fixtures/eni-config.yaml');
      const { message } = await cluster.untilCondition('ENIConfigSynced', { reason: 'Placeholder' });
      expect(message).toContain('service_cidr');
      expect(message).toContain('security_group');
      expect(message).toContain('spec.terway.eniConfig');
    });
  });

  describe('with terway.eniConfig', () => {
    beforeAll(async () => {
      await remove(cluster, ENI_CONFIG);
      await respec(cluster, { terway: { eniConfig: ENI_CONFIG_SPEC } });
      await untilSynced();
    });

    test('is created, and again when it is deleted', async () => {
      await remove(cluster, ENI_CONFIG);
      await untilData((data) => {
        expect(asObject(data['eni_conf'])).toMatchObject({
          vswitches: { 'cn-hangzhou-h': ['vsw-bp1byhand'] },
          security_group: 'sg-bp1byhand',
          service_cidr: '172.16.0.0/16',
          eni_tags: { 'ack.aliyun.com': 'cByHand' },
          min_pool_size: 1,
          max_pool_size: 7,
          vswitch_selection_policy: 'random',
          access_key: '',
          access_secret: '',
        });
        expect(asObject(data['10-terway.conf'])).toMatchObject({ type: 'terway' });
        expect(data['disable_network_policy']).toBe('true');
      });
      await expect(changes(mark)).resolves.toEqual([WRITE]);
    });

    test('that says the same in other bytes is not rewritten', async () => {
      await patch(cluster, ENI_CONFIG, { data: { eni_conf: BY_HAND, '10-terway.conf': CNI_CONF } });
      await nextDecision(cluster);
      await untilSynced();
      await expect(eniConfigData(cluster)).resolves.toMatchObject({
        eni_conf: BY_HAND,
        '10-terway.conf': CNI_CONF,
      });
      await expect(changes(mark)).resolves.toEqual([]);
    });

    test.each([
      ['another number', '"max_pool_size": 7', '"max_pool_size": 50'],
      ['another vSwitch', '["vsw-bp1byhand"]', '["vsw-bp1other"]'],
      ['another security group', 'sg-bp1byhand', 'sg-bp1other'],
      ['another service CIDR, which was held', '172.16.0.0/16', '172.31.0.0/16'],
    ])('drift in eni_conf is put back value by value: %s', async (_, from, to) => {
      await patch(cluster, ENI_CONFIG, { data: { eni_conf: BY_HAND } });
      await nextDecision(cluster);
      await untilSynced();
      await patch(cluster, ENI_CONFIG, { data: { eni_conf: BY_HAND.replace(from, to) } });
      await untilData((data) => expect(asObject(data['eni_conf'])).toEqual(asObject(BY_HAND)));
      const text = (await eniConfigData(cluster))?.['eni_conf'] ?? '';
      // Everything that did not differ keeps its bytes.
      expect(text).toContain('"x-note": {"by": "ops", "list": [1,2 , 3]}');
      expect(text).toContain('"kube_client_qps":   20,');
      expect(Object.keys(asObject(text))).toEqual(Object.keys(asObject(BY_HAND)));
      await untilSynced();
    });

    test('a key that is gone comes back: from eni_conf, and from the ConfigMap', async () => {
      const without = BY_HAND.replace(/ {5}"kube_client_qps".*\n/, '').replace('"min_pool_size": 1,', '');
      await patch(cluster, ENI_CONFIG, {
        data: { eni_conf: without, '10-terway.conf': null, disable_network_policy: null },
      });
      await untilData((data) => {
        expect(asObject(data['eni_conf'])).toMatchObject({ min_pool_size: 1 });
        expect(asObject(data['10-terway.conf'])).toMatchObject({ type: 'terway' });
        expect(data).toHaveProperty('disable_network_policy');
      });
      await patch(cluster, ENI_CONFIG, { data: null });
      await untilData((data) => expect(asObject(data['eni_conf'])).toMatchObject({ max_pool_size: 7 }));
      await untilSynced();
    });

    test('placeholders are replaced where the spec covers them and reported where it does not', async () => {
      await respec(cluster, { terway: { eniConfig: { serviceCIDR: null } } });
      await remove(cluster, ENI_CONFIG);
      await cluster.applyFile('test/fixtures/eni-config.yaml');
      const { message } = await cluster.untilCondition('ENIConfigSynced', { reason: 'Placeholder' });
      expect(message).toContain('service_cidr');
      expect(message).not.toContain('security_group');
      await respec(cluster, { terway: { eniConfig: { serviceCIDR: '172.16.0.0/16' } } });
      await untilSynced();
      const text = (await eniConfigData(cluster))?.['eni_conf'] ?? '';
      expect(text).not.toContain('{{');
      expect(asObject(text)).toMatchObject({
        service_cidr: '172.16.0.0/16',
        eni_tags: { 'ack.aliyun.com': 'cByHand' },
        security_group: 'sg-bp1byhand',
        kube_client_qps: 20,
      });
    });

    test.each([
      ['eni_conf', `${BY_HAND.slice(0, -1)},}`],
      ['eni_conf', '[]'],
      ['10-terway.conf', '{"type":"terway"'],
    ])(
      '%s that is no JSON object is reported, never overwritten, and held again once it is mended',
      async (key, broken) => {
        await patch(cluster, ENI_CONFIG, {
          data: { eni_conf: BY_HAND, '10-terway.conf': CNI_CONF, [key]: broken },
        });
        const { message } = await cluster.untilCondition('ENIConfigSynced', { reason: 'ConfigMapMalformed' });
        expect(message).toContain(key);
        expect(message).toContain('kubectl -n kube-system edit configmap eni-config');
        await nextDecision(cluster);
        await expect(eniConfigData(cluster)).resolves.toMatchObject({ [key]: broken });
        const drifted = BY_HAND.replace('"max_pool_size": 7', '"max_pool_size": 8');
        await patch(cluster, ENI_CONFIG, { data: { eni_conf: drifted, '10-terway.conf': CNI_CONF } });
        await untilData((data) => expect(asObject(data['eni_conf'])).toMatchObject({ max_pool_size: 7 }));
        await untilSynced();
      },
    );

    test('networkPolicy is written out, whatever somebody makes of it', async () => {
      await respec(cluster, { terway: { networkPolicy: 'Disabled' } });
      for (const disable_network_policy of ['false', null]) {
        await patch(cluster, ENI_CONFIG, { data: { disable_network_policy } });
        await untilData((data) => expect(data['disable_network_policy']).toBe('true'));
      }
    });

    test('what running cloud nodes cannot follow is refused as long as there are any', async () => {
      await respec(cluster, {
        terway: {
          datapath: 'DataPathV2',
          networkPolicy: 'Enabled',
          eniConfig: { serviceCIDR: '172.20.0.0/16' },
        },
      });
      const { message } = await cluster.untilCondition('ENIConfigSynced', { reason: 'ImmutableInPractice' });
      expect(message).toContain('service_cidr');
      expect(message).toContain('datapath');
      expect(message).toContain('networkPolicy');
      await nextDecision(cluster);
      const before = await eniConfigData(cluster);
      expect(asObject(before?.['eni_conf'])).toMatchObject({ service_cidr: '172.16.0.0/16' });
      expect(asObject(before?.['10-terway.conf'])).not.toHaveProperty('eniip_virtual_type');
      expect(before?.['disable_network_policy']).toBe('true');
      await cluster.controlPlane.removeNode('ecs-1');
      await untilData((data) => {
        expect(asObject(data['eni_conf'])).toMatchObject({ service_cidr: '172.20.0.0/16' });
        expect(asObject(data['10-terway.conf'])).toMatchObject({ eniip_virtual_type: 'datapathv2' });
        expect(data['disable_network_policy']).toBe('false');
      });
      await untilSynced();
    });

    test('drift in 10-terway.conf is put back, and keys that nobody asked for stay', async () => {
      const drifted = '{"cniVersion":"0.3.0","mtu":1400,"type":"bridge","eniip_virtual_type":"Veth"}';
      await patch(cluster, ENI_CONFIG, { data: { '10-terway.conf': drifted } });
      await untilData((data) => {
        expect(asObject(data['10-terway.conf'])).toEqual({
          cniVersion: '0.3.0',
          mtu: 1400,
          type: 'terway',
          eniip_virtual_type: 'datapathv2',
        });
      });
    });
  });

  describe('the access key inside eni_conf', () => {
    const inline = { access_key: 'LTAI5tInline', access_secret: 'InlineSecret' };
    const blank = { access_key: '', access_secret: '' };

    async function untilKeyIs(wanted: typeof inline): Promise<void> {
      await untilData((data) => expect(asObject(data['eni_conf'])).toMatchObject(wanted));
    }

    test('stays blank under Auto where Terway mounts the Secret, and one that was typed in is taken out', async () => {
      const typed = BY_HAND.replace('"access_key": ""', '"access_key": "LTAI5tTyped"').replace(
        '"access_secret": ""',
        '"access_secret": "Typed"',
      );
      await respec(cluster, { credentials: { inENIConfig: 'Auto' } });
      await patch(cluster, ENI_CONFIG, { data: { eni_conf: typed } });
      await untilKeyIs(blank);
    });

    test('is written under Auto where Terway does not mount the Secret, and follows it', async () => {
      await edit(cluster, TERWAY, [
        { op: 'remove', path: '/spec/template/spec/containers/0/volumeMounts/0' },
        { op: 'remove', path: '/spec/template/spec/volumes/0' },
      ]);
      await untilKeyIs(inline);
      const rotated = { 'access-key-id': 'LTAI5tRotated', 'access-key-secret': 'RotatedSecret' };
      await putSecret(cluster, { kind: 'Secret', name: 'alibaba-addon-secret' }, rotated);
      await untilKeyIs({ access_key: 'LTAI5tRotated', access_secret: 'RotatedSecret' });
    });

    test('is taken out under Never', async () => {
      await respec(cluster, { credentials: { inENIConfig: 'Never' } });
      await untilKeyIs(blank);
    });

    test('is written under Always, also where Terway mounts the Secret', async () => {
      await cluster.applyFile('test/fixtures/terway.yaml');
      await respec(cluster, { credentials: { inENIConfig: 'Always' } });
      await untilKeyIs({ access_key: 'LTAI5tRotated', access_secret: 'RotatedSecret' });
      await remove(cluster, ENI_CONFIG);
      await untilKeyIs({ access_key: 'LTAI5tRotated', access_secret: 'RotatedSecret' });
    });
  });
});
