// HybridNetworks that nobody should have written: refused at the door, or, where they are stored already, told and kept from
// doing harm. What is held stays held all the while.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { HybridNetworkSpec } from '../../src/api/hybrid-network.ts';
import {
  annotationsOf,
  CALICO,
  changesInWords,
  generationOf,
  network,
  nextDecision,
  patch,
  putSecret,
  read,
  respec,
  TERWAY,
} from '../support/by-hand.ts';
import type { Place } from '../support/by-hand.ts';
import { eventually } from '../support/eventually.ts';
import { CYRILLIC_A, CLOUD, KEY, LET_IN, LET_OUT, ON_PREMISES, SOURCE } from '../support/good-cluster.ts';
import { beginDeletion, deleteWithApproval, untilGone } from '../support/follow-up.ts';
import { networkOf, startHybridCluster } from '../support/hybrid-cluster.ts';
import type { HybridCluster, KubeObject } from '../support/hybrid-cluster.ts';
import { daemonSet, grant, namespaceOf } from '../support/manifests.ts';
import type { OperatorProcess } from '../support/operator-process.ts';

const CRD_FILE = fileURLToPath(new URL('../../crds/hybridnetworks.yaml', import.meta.url));
const CRD_PATH =
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/hybridnetworks.hybrid.alibabacloud.com';
const NETWORKS_PATH = '/apis/hybrid.alibabacloud.com/v1alpha1/hybridnetworks';
const HOLD = 'hybrid.alibabacloud.com/hold';
const RESTORE = 'hybrid.alibabacloud.com/restore';
const BOTH_REPAIRED = [
  'patch daemonsets kube-system/calico-node',
  'patch daemonsets kube-system/terway-eniip',
];

const ENI_CONFIG: HybridNetworkSpec['terway'] = {
  eniConfig: { vSwitches: { 'cn-hangzhou-h': ['vsw-bp1good'] }, securityGroupIDs: ['sg-bp1good'] },
};
const SPEC: HybridNetworkSpec = {
  scenario: 'BGP',
  approveAbove: 1_000,
  terway: ENI_CONFIG,
  credentials: { secretRef: { name: 'ram-user' } },
};

interface Event {
  readonly reason: string;
  readonly note?: string;
  readonly regarding?: { readonly name?: string };
  readonly related?: { readonly name?: string };
}

let cluster: HybridCluster;
let operator: OperatorProcess;

async function events(): Promise<readonly Event[]> {
  const list = await cluster.controlPlane.api.call('GET', '/apis/events.k8s.io/v1/events');
  return (list as { readonly items: readonly Event[] }).items;
}

async function untilApart(): Promise<void> {
  await cluster.untilOn('app=terway-eniip', CLOUD);
  await cluster.untilOn('k8s-app=calico-node', ON_PREMISES);
}

/** Both networks are let onto the wrong nodes, and both are put back. */
async function letThemMeet(): Promise<void> {
  const before = [await generationOf(cluster, CALICO), await generationOf(cluster, TERWAY)] as const;
  await patch(cluster, TERWAY, LET_OUT);
  await patch(cluster, CALICO, LET_IN);
  await eventually(
    async () => {
      expect(await generationOf(cluster, CALICO)).toBe(before[0] + 2);
      expect(await generationOf(cluster, TERWAY)).toBe(before[1] + 2);
    },
    { what: 'one repair each' },
  );
  await untilApart();
}

beforeAll(async () => {
  cluster = await startHybridCluster({ idc: 2, ecs: 1, vk: 0 });
  await cluster.applyFile('test/fixtures/terway.yaml');
  await cluster.applyFile('test/fixtures/calico.yaml');
  await putSecret(cluster, SOURCE, KEY);
  operator = await cluster.startOperator({ args: ['--fight-limit=0'] });
  await cluster.apply(networkOf(SPEC));
  await cluster.untilCondition('Ready', { status: 'True' });
}, 120_000);

afterAll(async () => {
  await cluster.stop();
});

describe('the API server refuses, with what to write instead, and nothing changes:', () => {
  const workload = (name: string) => ({
    onPremises: { workloads: [{ kind: 'DaemonSet', namespace: 'monitoring', name }] },
  });
  const typed = (changes: object) => ({ terway: { eniConfig: { ...ENI_CONFIG?.eniConfig, ...changes } } });

  test.each<readonly [string, object, string]>([
    [
      'vSwitches that are empty',
      typed({ vSwitches: { 'cn-hangzhou-h': null } }),
      'vSwitches in body should have at least 1 properties',
    ],
    [
      'a zone without a vSwitch',
      typed({ vSwitches: { 'cn-hangzhou-h': [] } }),
      'should have at least 1 items',
    ],
    [
      'a minimum above the maximum',
      typed({ minPoolSize: 6, maxPoolSize: 5 }),
      'minPoolSize must not be greater than maxPoolSize',
    ],
    ['a name beyond its limit', workload('n'.repeat(254)), 'name: Too long: may not be more than 253'],
    [
      'an id beyond its limit',
      typed({ vSwitches: { 'cn-hangzhou-h': [`vsw-${'a'.repeat(61)}`] } }),
      'Too long: may not be more than 64',
    ],
    [
      'a Cyrillic letter in the id of a vSwitch',
      typed({ vSwitches: { 'cn-hangzhou-h': [`vsw-bp1b${CYRILLIC_A}d`] } }),
      "should match '^vsw-[a-z0-9]{1,60}$'",
    ],
    [
      'a full-width letter in the id of a security group',
      typed({ securityGroupIDs: ['sg-\uFF42p1'] }),
      "should match '^sg-[a-z0-9]{1,61}$'",
    ],
    [
      'a Cyrillic letter in a zone',
      typed({ vSwitches: { [`cn-h${CYRILLIC_A}ngzhou-h`]: ['vsw-bp1good'] } }),
      'every key must be the ID of a zone',
    ],
    [
      'a Cyrillic letter in the name of a workload',
      workload(`c${CYRILLIC_A}lico-node`),
      'name in body should match',
    ],
  ])('%s', async (_, spec, answer) => {
    const generation = await generationOf(cluster, network());
    await expect(respec(cluster, spec)).rejects.toThrow(answer);
    expect(await generationOf(cluster, network())).toBe(generation);
  });
});

test('of two HybridNetworks that overlap the older one goes on, the younger one names it, the way out and the object', async () => {
  const mark = await cluster.controlPlane.audit.mark();
  // Of two of the same second the one with the smaller uid is in charge: the younger one has to be of a later second.
  const { metadata } = await cluster.network();
  const nextSecond = Date.parse(metadata.creationTimestamp ?? '') + 1_000;
  await eventually(() => Date.now() >= nextSecond);
  await cluster.apply(networkOf({ scenario: 'BGP', approveAbove: 1_000 }, 'younger'));
  try {
    await youngerGivesWay();
    await letThemMeet();
    await nextDecision(cluster);
    expect((await changesInWords(cluster, mark)).toSorted()).toEqual(BOTH_REPAIRED);
    await cluster.untilCondition('Ready', { status: 'True' });
  } finally {
    // What comes after this is about a network that has everything to itself.
    await cluster.kubectl('delete', 'hn', 'younger');
  }
}, 120_000);

async function youngerGivesWay(): Promise<void> {
  for (const [condition, object] of [
    ['TerwayPlaced', 'DaemonSet kube-system/terway-eniip'],
    ['OnPremisesIsolated', 'DaemonSet kube-system/calico-node'],
    ['CredentialsSynced', 'Secret kube-system/alibaba-addon-secret'],
    ['ENIConfigSynced', 'ConfigMap kube-system/eni-config'],
  ] as const) {
    const found = await cluster.untilCondition(condition, { status: 'False', reason: 'Conflict' }, 'younger');
    expect(found.message).toContain(`HybridNetwork idc-hangzhou is older and in charge of ${object}`);
    expect(found.message).toContain('Delete one of the two, or change this one');
  }
  await cluster.untilCondition('Stalled', { status: 'True', reason: 'Conflict' }, 'younger');
}

describe('an object that was stored before the CRD was tightened', () => {
  const stored: Place = network('idc-hangzhou');

  async function crd(change: (shipped: KubeObject) => object): Promise<void> {
    const shipped = parse(await readFile(CRD_FILE, 'utf8')) as KubeObject;
    const { metadata } = (await cluster.controlPlane.api.call('GET', CRD_PATH)) as KubeObject;
    const { resourceVersion } = metadata as { readonly resourceVersion?: string };
    const next = change({ ...shipped, metadata: { ...shipped.metadata, resourceVersion } });
    await cluster.controlPlane.api.call('PUT', CRD_PATH, next);
  }

  /** As an early release might have had it: anything goes. */
  const loosened = (shipped: KubeObject): object => {
    const copy = structuredClone(shipped) as unknown as {
      spec: {
        versions: {
          schema: { openAPIV3Schema: { required?: unknown; properties: Record<string, object> } };
        }[];
      };
    };
    const schema = copy.spec.versions[0]?.schema.openAPIV3Schema;
    if (schema === undefined) throw new Error('the CRD has no schema');
    schema.properties['spec'] = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    delete schema.required;
    return copy;
  };

  async function store(name: string, spec?: object): Promise<void> {
    const metadata = { name, finalizers: [RESTORE] };
    const object = { apiVersion: 'hybrid.alibabacloud.com/v1alpha1', kind: 'HybridNetwork', metadata, spec };
    await cluster.controlPlane.api.call('POST', NETWORKS_PATH, object);
  }

  async function untilStrict(): Promise<void> {
    const nonsense = { ...networkOf({ scenario: 'BGP' }, 'nonsense'), spec: { scenario: 'nonsense' } };
    await eventually(
      async () => {
        const { api } = cluster.controlPlane;
        const { status } = await api.request('POST', `${NETWORKS_PATH}?dryRun=All`, nonsense);
        expect(status).toBe(422);
      },
      { what: 'the shipped CRD is in force again' },
    );
  }

  beforeAll(async () => {
    await respec(cluster, { deletionPolicy: 'Restore' });
    await cluster.untilCondition('Ready', { status: 'True' });
    await operator.stop();
    await crd(loosened);
    const bad = {
      scenario: 'Vxlan',
      approveAbove: 'many',
      onPremises: {
        podCIDRs: ['10.1'],
        workloads: [{ kind: 'Pod', namespace: 'monitoring', name: 'agent' }],
      },
      terway: { eniConfig: { securityGroupIDs: null, vSwitches: { AZoneID: ['VswitchId'] } } },
    };
    await eventually(async () => await patch(cluster, stored, { spec: bad }), { what: 'anything is stored' });
    await store('bare');
    await store('mistyped', { scenario: 'BGP', onPremises: { workloads: 'all' } });
    await crd((shipped) => shipped);
    await untilStrict();
    operator = await cluster.startOperator({ args: ['--fight-limit=0'] });
  }, 60_000);

  test('is told field by field in its status, with what to write instead', async () => {
    const { message } = await cluster.untilCondition('Ready', { status: 'False', reason: 'InvalidSpec' });
    expect(message).toContain('spec.scenario: must be one of Overlay, BGP, HostNetwork, not "Vxlan"');
    expect(message).toContain('spec.approveAbove: must be of type integer, not string');
    expect(message).toContain('spec.onPremises.podCIDRs[0]: must match ');
    expect(message).toContain(
      'spec.onPremises.workloads[0].kind: must be one of DaemonSet, Deployment, StatefulSet, not "Pod"',
    );
    expect(message).toContain('What was held stays held');
    await cluster.untilCondition('Stalled', { status: 'True', reason: 'InvalidSpec' });
    const { metadata, status } = await cluster.network();
    expect(status?.observedGeneration).toBe(metadata.generation);
  });

  test('lets go of nothing that it held', async () => {
    const mark = await cluster.controlPlane.audit.mark();
    await letThemMeet();
    expect((await changesInWords(cluster, mark)).toSorted()).toEqual(BOTH_REPAIRED);
    expect(await annotationsOf(cluster, CALICO)).toHaveProperty([HOLD]);
    expect(await annotationsOf(cluster, TERWAY)).toHaveProperty([HOLD]);
  });

  const untilToldByEvent = async (name: string): Promise<void> => {
    await eventually(async () => {
      const told = (await events()).filter(
        ({ reason, regarding }) => reason === 'Refused' && regarding?.name === name,
      );
      expect(told.map(({ note }) => note).join()).toContain(`Correct its spec: kubectl edit hn ${name}`);
    });
  };

  test('with a field of a type that a rule cannot read gets no status from the API server: an Event tells it, and corrected it has one', async () => {
    await untilToldByEvent('mistyped');
    await patch(cluster, network('mistyped'), { spec: { onPremises: { workloads: null } } });
    await cluster.untilCondition('Ready', { status: 'False', reason: 'Conflict' }, 'mistyped');
    await beginDeletion(cluster, 'mistyped');
    await untilGone(cluster, 'mistyped');
  });

  test('without any spec says so; the API server keeps its finalizer, an Event tells it, and corrected it goes', async () => {
    const wanted = { status: 'False', reason: 'InvalidSpec' } as const;
    const { message } = await cluster.untilCondition('Ready', wanted, 'bare');
    expect(message).toContain('spec.scenario: must be set');
    await beginDeletion(cluster, 'bare');
    await untilToldByEvent('bare');
    await patch(cluster, network('bare'), { spec: { scenario: 'BGP' } });
    await untilGone(cluster, 'bare');
  });

  test('is deleted as it stands: Restore asks, takes back what was added, and the finalizer goes', async () => {
    await deleteWithApproval(cluster);
    const calico = await read<{ readonly spec: { readonly template: { readonly spec: object } } }>(
      cluster,
      CALICO,
    );
    expect(calico?.spec.template.spec).not.toHaveProperty('affinity');
    await cluster.untilOn('k8s-app=calico-node', [...CLOUD, ...ON_PREMISES]);
    await cluster.untilOn('app=terway-eniip', CLOUD);
  });
});

test('names at their length limits go through everything: status, Events, the record, approval and Restore', async () => {
  const name = 'n'.repeat(253);
  const secret = 's'.repeat(253);
  // Its revisions are named after it, with a hyphen and a hash of up to ten characters: a longer one is stored by the API
  // server, and never gets a pod from the DaemonSet controller.
  const agent = 'w'.repeat(242);
  const namespace = 'm'.repeat(63);
  const place: Place = { kind: 'DaemonSet', namespace, name: agent };
  await cluster.apply(namespaceOf(namespace));
  await grant(cluster, namespace);
  const template = daemonSet('agent', { namespace });
  await cluster.apply({ ...template, metadata: { name: agent, namespace } });
  await putSecret(cluster, { kind: 'Secret', namespace: 'hybridnetwork-system', name: secret }, KEY);
  const spec: HybridNetworkSpec = {
    ...SPEC,
    approveAbove: 0,
    deletionPolicy: 'Restore',
    onPremises: { workloads: [{ kind: 'DaemonSet', namespace, name: agent }] },
    credentials: { secretRef: { name: secret } },
  };
  await cluster.apply(networkOf(spec, name));
  const { message } = await cluster.untilCondition('Ready', { reason: 'ApprovalRequired' }, name);
  const command = /kubectl (annotate hn \S+ --overwrite \S+=\w+)/.exec(message)?.[1] ?? '';
  await cluster.kubectl(...command.split(' '));
  await cluster.untilCondition('Ready', { status: 'True' }, name);
  await cluster.untilOn('app=agent', ON_PREMISES, namespace);
  expect(await annotationsOf(cluster, place)).toMatchObject({ [HOLD]: 'on-premises-only' });
  await eventually(async () => {
    const told = (await events()).filter(({ regarding }) => regarding?.name === name);
    expect(told.map(({ related }) => related?.name)).toContain(agent);
  });
  await deleteWithApproval(cluster, name);
  expect(await annotationsOf(cluster, place)).not.toHaveProperty([HOLD]);
});
