import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { HybridNetworkSpec } from '../../src/api/hybrid-network.ts';
import { startEmulator } from '../alicloud/server.ts';
import type { Emulator } from '../alicloud/server.ts';
import { addInstance, createWorld, GOOD_KEY, OTHER_ZONE_V_SWITCH, V_SWITCH } from '../alicloud/world.ts';
import type { World } from '../alicloud/model.ts';
import { eniConfigData, nextDecision, putSecret, secretValues } from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import {
  GOOD_DATA,
  KEY,
  provokeCalico,
  provokeTerway,
  putSource,
  SOURCE,
  SPEC,
  TYPED,
} from '../support/good-cluster.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster } from '../support/hybrid-cluster.ts';
import type { OperatorProcess } from '../support/operator-process.ts';

const NAME = 'idc-hangzhou';
const CLOUD = { regionID: 'cn-hangzhou' } as const;
/** May only read. */
const READER = { accessKeyId: 'LTAI5tReads', accessKeySecret: 'ReadsOnlySecret' };
/** The instance behind the node ecs-1. */
const ECS_1 = `i-bp1${'ecs1'.padStart(17, '0')}`;
/** What the emulated data center has. */
const ON_PREMISES = { podCIDRs: ['10.100.0.0/16'], nodeCIDRs: ['192.168.0.0/24'] };

const GOOD: HybridNetworkSpec = {
  ...SPEC,
  onPremises: { cni: { type: 'Calico' }, ...ON_PREMISES },
  cloud: CLOUD,
};

describe('the cloud side', () => {
  let cluster: HybridCluster;
  let emulator: Emulator | undefined;
  let operator: OperatorProcess | undefined;

  /** A cloud that was never asked before, and an operator that knows nothing of it. */
  async function start(
    spec: HybridNetworkSpec,
    spoil: (world: World) => void = () => {},
    env: (url: string) => Readonly<Record<string, string>> = () => ({}),
  ): Promise<Emulator> {
    const world = createWorld();
    world.instances.length = 0;
    world.networkInterfaces.length = 0;
    addInstance(world, { id: ECS_1 });
    spoil(world);
    emulator = await startEmulator({ world });
    await cluster.apply(networkOf(spec, NAME));
    operator = await cluster.startOperator({
      args: ['--fight-limit=0'],
      env: { CLOUD_ENDPOINT: emulator.url, ...env(emulator.url) },
    });
    return emulator;
  }

  async function putConfig(data: Readonly<Record<string, string>>): Promise<void> {
    const metadata = { name: 'eni-config', namespace: 'kube-system' };
    await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  }

  async function eniConf(): Promise<Record<string, unknown>> {
    const data = await eniConfigData(cluster);
    return JSON.parse(data?.['eni_conf'] ?? '{}') as Record<string, unknown>;
  }

  async function putAll(): Promise<void> {
    await putConfig(GOOD_DATA);
    await putSource(cluster, KEY);
  }

  async function withoutSecret(name: string): Promise<void> {
    await cluster.kubectl('-n', 'hybridnetwork-system', 'delete', 'secret', name, '--ignore-not-found');
  }

  async function restOfTheWorkGoesOn(): Promise<void> {
    await provokeTerway(cluster);
    await provokeCalico(cluster);
  }

  beforeAll(async () => {
    cluster = await startHybridCluster({ idc: 2, ecs: 1, vk: 0 });
    await cluster.applyFile('test/fixtures/terway.yaml');
    await cluster.applyFile('test/fixtures/calico.yaml');
  }, 120_000);

  afterEach(async () => {
    await operator?.stop();
    await emulator?.close();
    await cluster.kubectl('delete', 'hn', NAME, '--ignore-not-found');
    await cluster.kubectl(
      '-n',
      'kube-system',
      'delete',
      'cm/eni-config',
      'secret/alibaba-addon-secret',
      '--ignore-not-found',
    );
  });

  afterAll(async () => {
    await cluster.stop();
  });

  test('all is well: validated, with the free addresses of each zone and what the nodes can carry', async () => {
    await putAll();
    const asked = await start({ ...GOOD, cloud: { ...CLOUD, maxNodes: 10 } });
    await cluster.untilCondition('CloudValidated', { status: 'True', reason: 'Validated' });
    await cluster.untilCondition('Ready', { status: 'True' });
    const { status } = await cluster.network();
    expect(status).toMatchObject({
      zones: [{ zone: 'cn-hangzhou-h', vSwitches: [V_SWITCH], freeIPs: 4_000 }],
      freeIPs: 4_000,
      capacity: { nodes: 1, instanceTypes: [{ type: 'ecs.g7.xlarge', mode: 'Shared', nodes: 1 }] },
    });
    expect(await cluster.kubectl('get', 'hn', NAME)).toMatch(/FREE-IPS[^]*\b4000\b/);
    expect(await cluster.kubectl('get', 'hn', NAME, '-o', 'wide')).toMatch(/POD-CAPACITY[^]*\b45\b/);
    expect(asked.callsOf('DescribeVSwitches').length).toBeGreaterThan(0);
    expect(asked.calls.filter(({ action }) => !action.startsWith('Describe'))).toEqual([]);
    const metrics = await (await fetch(`${operator?.metricsUrl}/metrics`)).text();
    expect(metrics).toContain(`hybridnetwork_free_ips{network="${NAME}",zone="cn-hangzhou-h"} 4000`);
    expect(metrics).toMatch(
      /hybridnetwork_cloud_calls_total\{[^}]*action="DescribeVSwitches",outcome="ok"\} [1-9]/,
    );
  });

  interface Trouble {
    readonly what: string;
    readonly spoil: (world: World) => void;
    readonly wanted: { readonly status: 'True' | 'False' | 'Unknown'; readonly reason: string };
    readonly says: readonly string[];
    /** Of status.checks. */
    readonly check: { readonly id: string; readonly severity: string };
    /** Of CredentialsSynced, where not True. */
    readonly synced?: { readonly status: 'False'; readonly reason: string };
  }

  const troubles: readonly Trouble[] = [
    {
      what: 'a vSwitch is full',
      spoil: ({ vSwitches }) => {
        for (const vSwitch of vSwitches) vSwitch.freeIPs = 0;
      },
      wanted: { status: 'False', reason: 'CheckFailed' },
      says: ['No address is left in zone cn-hangzhou-h', 'Add a vSwitch of the zone'],
      check: { id: 'C14', severity: 'error' },
    },
    {
      what: 'a vSwitch stands under a wrong zone',
      spoil: (world) => {
        const at = world.vSwitches.findIndex(({ id }) => id === V_SWITCH);
        const [vSwitch] = world.vSwitches.splice(at, 1);
        if (vSwitch !== undefined) world.vSwitches.push({ ...vSwitch, zoneId: 'cn-hangzhou-i' });
      },
      wanted: { status: 'False', reason: 'CheckFailed' },
      says: ['lies in zone cn-hangzhou-i and stands under cn-hangzhou-h', 'Move the id to its zone'],
      check: { id: 'C12', severity: 'error' },
    },
    {
      what: 'RAM does not let it read routes',
      spoil: ({ accounts }) => accounts[0]?.denied.add('vpc:DescribeRouteTableList'),
      wanted: { status: 'Unknown', reason: 'CannotCheck' },
      says: ['RAM does not allow DescribeRouteTableList', 'allow it to the RAM user'],
      check: { id: 'C31', severity: 'warning' },
    },
    {
      what: 'the access key is a wrong one',
      spoil: ({ accounts }) => {
        accounts.length = 0;
        accounts.push({ ...GOOD_KEY, accessKeyId: 'LTAI5tSomebodyElse', denied: new Set() });
      },
      wanted: { status: 'False', reason: 'CheckFailed' },
      says: ['C30: The cloud does not take it (InvalidAccessKeyId.NotFound)', 'See in the RAM console'],
      check: { id: 'C30', severity: 'error' },
      synced: { status: 'False', reason: 'KeyRejected' },
    },
  ];

  test.each(troubles)('$what: it is told with its remedy, and the rest goes on', async (trouble) => {
    await putAll();
    await start(GOOD, trouble.spoil);
    const { message } = await cluster.untilCondition('CloudValidated', trouble.wanted);
    for (const part of trouble.says) expect(message).toContain(part);
    const { status } = await cluster.network();
    expect(status?.checks).toContainEqual(expect.objectContaining(trouble.check));
    await eventually(
      async () => {
        const events = await cluster.kubectl('get', 'events', '-A', '-o', 'jsonpath={.items[*].message}');
        expect(events).toContain(`${trouble.check.id}: `);
      },
      { what: 'an Event tells of the check' },
    );
    const ready = trouble.wanted.status === 'False' ? 'False' : 'True';
    await cluster.untilCondition('Ready', { status: ready });
    await cluster.untilCondition('CredentialsSynced', trouble.synced ?? { status: 'True' });
    await restOfTheWorkGoesOn();
  });

  test('no answer comes from the cloud: nothing is taken for wrong, and the last good state stays', async () => {
    await putAll();
    const { weather } = await start(GOOD);
    await cluster.untilCondition('CloudValidated', { status: 'True' });
    await operator?.stop();
    weather.add({ trouble: { kind: 'reset' } });
    operator = await cluster.startOperator({ env: { CLOUD_ENDPOINT: emulator?.url ?? '' } });
    const { message } = await cluster.untilCondition('CloudValidated', { reason: 'CannotCheck' });
    expect(message).toContain('look at DNS, the egress proxy and the firewall');
    await cluster.untilCondition('Ready', { status: 'True' });
    expect((await cluster.network()).status).toMatchObject({ freeIPs: 4_000, capacity: { nodes: 1 } });
    await restOfTheWorkGoesOn();
  });

  test('Enforce: a first write waits for the checks, and is made when they pass', async () => {
    await putSource(cluster, KEY);
    const wrong = { ...TYPED, vSwitches: { 'cn-hangzhou-i': [V_SWITCH] } };
    const enforced = { ...CLOUD, validation: 'Enforce' } as const;
    await start({ ...GOOD, terway: { eniConfig: wrong }, cloud: enforced });
    for (const type of ['ENIConfigSynced', 'CredentialsSynced']) {
      const { message } = await cluster.untilCondition(type, { status: 'False', reason: 'HeldBack' });
      expect(message).toContain('because of C12');
    }
    await restOfTheWorkGoesOn();
    await expect(eniConfigData(cluster)).resolves.toBeUndefined();
    await expect(secretValues(cluster)).resolves.toBeUndefined();

    await cluster.apply(networkOf({ ...GOOD, terway: { eniConfig: TYPED }, cloud: enforced }, NAME));
    await cluster.untilCondition('ENIConfigSynced', { status: 'True', reason: 'Synced' });
    await cluster.untilCondition('CredentialsSynced', { status: 'True', reason: 'Synced' });
    expect((await eniConf())['vswitches']).toEqual(TYPED.vSwitches);
  });

  test('Enforce: what drifted is put right, whatever the checks say; a change waits', async () => {
    await putAll();
    const enforced = { ...CLOUD, validation: 'Enforce' } as const;
    const spec = { ...GOOD, terway: { eniConfig: TYPED }, cloud: enforced };
    await start(spec);
    await cluster.untilCondition('Ready', { status: 'True' });
    await operator?.stop();
    for (const vSwitch of emulator?.world.vSwitches ?? []) vSwitch.freeIPs = 0;
    operator = await cluster.startOperator({ env: { CLOUD_ENDPOINT: emulator?.url ?? '' } });
    await cluster.untilCondition('CloudValidated', { reason: 'CheckFailed' });
    await putConfig({ ...GOOD_DATA, eni_conf: JSON.stringify({ ...(await eniConf()), max_pool_size: 9 }) });
    await eventually(async () => (await eniConf())['max_pool_size'] === 5, { what: 'the drift is repaired' });

    const changed = { ...spec, terway: { eniConfig: { ...TYPED, maxPoolSize: 7 } } };
    await cluster.apply(networkOf(changed, NAME));
    await cluster.untilCondition('ENIConfigSynced', { status: 'False', reason: 'HeldBack' });
    expect((await eniConf())['max_pool_size']).toBe(5);
    await cluster.apply(networkOf({ ...changed, cloud: { ...CLOUD, validation: 'Warn' } }, NAME));
    await eventually(async () => (await eniConf())['max_pool_size'] === 7, { what: 'Warn lets it go' });
  });

  test('vSwitches without their zones are looked up', async () => {
    await putSource(cluster, KEY);
    const eniConfig = { vSwitchIDs: [V_SWITCH, OTHER_ZONE_V_SWITCH], securityGroupIDs: ['sg-bp1good'] };
    await start({ ...GOOD, terway: { eniConfig } });
    await cluster.untilCondition('ENIConfigSynced', { status: 'True', reason: 'Synced' });
    const vswitches = { 'cn-hangzhou-h': [V_SWITCH], 'cn-hangzhou-i': [OTHER_ZONE_V_SWITCH] };
    expect((await eniConf())['vswitches']).toEqual(vswitches);

    const gone = { ...eniConfig, vSwitchIDs: [V_SWITCH, 'vsw-bp1gone'] };
    await cluster.apply(networkOf({ ...GOOD, terway: { eniConfig: gone } }, NAME));
    const { message } = await cluster.untilCondition('ENIConfigSynced', { reason: 'VSwitchNotFound' });
    expect(message).toContain('The VPC has no vSwitch vsw-bp1gone');
    expect((await eniConf())['vswitches']).toEqual(vswitches);
  });

  test.each([
    ['Disabled', { ...CLOUD, validation: 'Disabled' as const }],
    ['no region', {}],
  ])('%s: no call is made, and everything else is as ever', async (_, cloud) => {
    await putAll();
    const { calls } = await start({ ...GOOD, cloud });
    await cluster.untilCondition('CloudValidated', { status: 'Unknown', reason: 'NotAsked' });
    await cluster.untilCondition('Ready', { status: 'True', reason: 'Reconciled' });
    await restOfTheWorkGoesOn();
    expect(calls).toEqual([]);
    const { status } = await cluster.network();
    expect(status).not.toHaveProperty('freeIPs');
  });

  test('a key for reading asks the checks, and Terway’s key is tried and asks nothing', async () => {
    await putAll();
    const place = { ...SOURCE, name: 'cloud-reader' };
    await withoutSecret(place.name);
    const known = ({ accounts }: World): void => {
      accounts.push({ ...READER, denied: new Set() });
      // Terway's may not read what only checks look at.
      for (const one of accounts)
        if (one.accessKeyId === GOOD_KEY.accessKeyId) one.denied.add('vpc:DescribeVpcs');
    };
    const spec = { ...GOOD, cloud: { ...CLOUD, credentialsRef: { name: place.name } } };
    const { calls } = await start(spec, known);
    const missing = await cluster.untilCondition('CloudValidated', {
      status: 'False',
      reason: 'SecretNotFound',
    });
    expect(missing.message).toContain('create secret generic cloud-reader');
    await cluster.untilCondition('Ready', { status: 'False', reason: 'SecretNotFound' });
    await restOfTheWorkGoesOn();
    const asking = () =>
      calls.filter(({ query }) => query['DryRun'] !== 'true' && query['DryRun'] !== 'True');
    expect(asking()).toEqual([]);

    await putSecret(cluster, place, {
      'access-key-id': READER.accessKeyId,
      'access-key-secret': READER.accessKeySecret,
    });
    await cluster.untilCondition('CloudValidated', { status: 'True', reason: 'Validated' });
    await cluster.untilCondition('CredentialsValid', { status: 'True', reason: 'KeyAccepted' });
    await cluster.untilCondition('Ready', { status: 'True' });
    expect(new Set(asking().map(({ accessKeyId }) => accessKeyId))).toEqual(new Set([READER.accessKeyId]));
    const inPlace = await secretValues(cluster);
    expect(inPlace?.['access-key-id']).toBe(GOOD_KEY.accessKeyId);
  });

  test.each<
    [
      string,
      (world: World, tokenFile: string) => void,
      (tokenFile: string) => Readonly<Record<string, string>>,
    ]
  >([
    [
      'the role of its service account (RRSA)',
      ({ oidcTokens }, tokenFile) => {
        writeFileSync(tokenFile, 'header.payload.signature');
        oidcTokens.set('header.payload.signature', 'acs:ram::1:role/reader');
      },
      (tokenFile) => ({
        ALIBABA_CLOUD_ROLE_ARN: 'acs:ram::1:role/reader',
        ALIBABA_CLOUD_OIDC_PROVIDER_ARN: 'acs:ram::1:oidc-provider/ack-rrsa-c1',
        ALIBABA_CLOUD_OIDC_TOKEN_FILE: tokenFile,
      }),
    ],
    [
      'the RAM role of its instance',
      (world) => {
        world.instanceRole = 'reader';
      },
      () => ({ ALIBABA_CLOUD_ECS_METADATA: 'reader' }),
    ],
  ])('the operator asks by %s, though there is no key of Terway’s', async (_, prepare, env) => {
    await putConfig(GOOD_DATA);
    await withoutSecret(SOURCE.name);
    const tokenFile = join(cluster.controlPlane.dir, 'oidc-token');
    const { calls } = await start(
      GOOD,
      (world) => prepare(world, tokenFile),
      (url) => ({ ...env(tokenFile), CLOUD_IDENTITY_ENDPOINT: url }),
    );
    await cluster.untilCondition('CloudValidated', { status: 'True', reason: 'Validated' });
    const keys = calls
      .filter(({ action }) => action.startsWith('Describe'))
      .map(({ accessKeyId }) => accessKeyId);
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.every((key) => key.startsWith('STS.'))).toBe(true);
  });

  test('a wrong new key changes nothing of what the checks say: the one in place goes on asking', async () => {
    await putAll();
    const { calls } = await start(GOOD);
    await cluster.untilCondition('CloudValidated', { status: 'True', reason: 'Validated' });
    await cluster.untilCondition('CredentialsSynced', { status: 'True' });
    await putSource(cluster, { 'access-key-id': 'LTAI5tNobody', 'access-key-secret': 'OfNobody' });
    await cluster.untilCondition('CredentialsValid', { status: 'False', reason: 'KeyRejected' });
    await nextDecision(cluster);
    await cluster.untilCondition('CloudValidated', { status: 'True', reason: 'Validated' });
    expect((await cluster.network()).status?.checks ?? []).not.toContainEqual(
      expect.objectContaining({ id: 'C30' }),
    );
    const asked = calls.filter(({ accessKeyId }) => accessKeyId === 'LTAI5tNobody');
    expect(new Set(asked.map(({ action }) => action))).toEqual(new Set(['DescribeVpcs']));
  });

  test('no access key: no call is made, and the condition says why', async () => {
    await putConfig(GOOD_DATA);
    await withoutSecret(SOURCE.name);
    const { calls } = await start(GOOD);
    const { message } = await cluster.untilCondition('CloudValidated', { reason: 'NotAsked' });
    expect(message).toContain('no access key');
    await restOfTheWorkGoesOn();
    expect(calls).toEqual([]);
  });
});
