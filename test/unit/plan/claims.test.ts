import { describe, expect, test } from '@jest/globals';
import type { HybridNetworkSpec, WorkloadState, WorkloadStatus } from '../../../src/api/hybrid-network.ts';
import {
  ADDON_SECRET_KEY,
  claimsOf,
  ENI_CONFIG_KEY,
  isEnforcing,
  matchesListed,
  terwayKey,
} from '../../../src/plan/claims.ts';
import { exclude } from '../../../src/plan/exclusion.ts';
import { workloadKey } from '../../../src/plan/facts.ts';
import type { Workload } from '../../../src/plan/facts.ts';
import { orphanedHolds } from '../../../src/plan/holds.ts';
import { wantedExclusions } from '../../../src/plan/keep-off.ts';
import { held, network, TYPED } from '../../support/make-facts.ts';
import type { NetworkOptions } from '../../support/make-facts.ts';
import { daemonSet, deployment } from '../../support/make-workload.ts';
import { calicoManifest, flannelManifest, kubeProxy, terwayAddOn } from '../../support/shipped-workloads.ts';

const TARGETS = [terwayKey(network()), ENI_CONFIG_KEY, ADDON_SECRET_KEY];
const exporter = daemonSet({ name: 'exporter', namespace: 'monitoring', labels: { tier: 'node' } });
const LISTED = { kind: 'DaemonSet', namespace: 'monitoring', name: 'exporter' } as const;
const { record: RECORD } = exclude(exporter.template, wantedExclusions(network()), undefined);

function ownerName(key: string, options: readonly NetworkOptions[], workloads: readonly Workload[] = []) {
  const all = options.map((one) => network(one));
  const forward = claimsOf(all, workloads).ownerOf(key)?.metadata.name;
  const backward = claimsOf(all.toReversed(), workloads.toReversed()).ownerOf(key)?.metadata.name;
  if (forward !== backward) throw new Error('the order of the networks decides');
  return forward;
}

const OLD = { name: 'old', created: '2025-01-01T00:00:00Z' };
const YOUNG = { name: 'young', created: '2026-01-01T00:00:00Z' };

const OWNERS: Record<string, { networks: readonly NetworkOptions[]; owner: string | undefined }> = {
  'the only one that claims it': { networks: [OLD], owner: 'old' },
  'the older one': { networks: [YOUNG, OLD], owner: 'old' },
  'the one with the smaller uid of two of the same second': {
    networks: [
      { ...OLD, name: 'b', uid: '2' },
      { ...OLD, name: 'a', uid: '1' },
    ],
    owner: 'a',
  },
  'the younger one while the older is being deleted': {
    networks: [{ ...OLD, deleting: true }, YOUNG],
    owner: 'young',
  },
  'the one that is being deleted where no other claims it': {
    networks: [{ ...OLD, deleting: true }],
    owner: 'old',
  },
  'the older one though it only observes': {
    networks: [{ ...OLD, spec: { enforcement: 'Observe' } }, YOUNG],
    owner: 'old',
  },
  'the younger one where the older is an Overlay that does not configure Terway': {
    networks: [{ ...OLD, spec: { scenario: 'Overlay' } }, YOUNG],
    owner: 'young',
  },
  'an Overlay that configures Terway': {
    networks: [{ ...OLD, spec: { scenario: 'Overlay', terway: { eniConfig: TYPED } } }, YOUNG],
    owner: 'old',
  },
  'nobody where nobody claims it': {
    networks: [{ ...OLD, spec: { scenario: 'Overlay' } }],
    owner: undefined,
  },
};

describe('Terway, eni-config and the Secret belong to', () => {
  test.each(Object.entries(OWNERS))('%s', (_, { networks, owner }) => {
    for (const target of TARGETS) expect(ownerName(target, networks)).toBe(owner);
  });
});

test('each owns the Terway that it names, and the older one the eni-config', () => {
  const networks = [OLD, { ...YOUNG, spec: { terway: { daemonSet: { name: 'terway' } } } }];

  expect(ownerName('DaemonSet/kube-system/terway', networks)).toBe('young');
  expect(ownerName('DaemonSet/kube-system/terway-eniip', networks)).toBe('old');
  expect(ownerName(ENI_CONFIG_KEY, networks)).toBe('old');
});

function claimed(
  spec: Partial<HybridNetworkSpec>,
  workloads: readonly Workload[],
  states: readonly WorkloadStatus[] = [],
) {
  const own = network({ spec, status: { workloads: [...states] } });
  return claimsOf([own], workloads)
    .onPremisesOf(own)
    .workloads.map(({ name }) => name)
    .toSorted();
}

const CLUSTER = [...calicoManifest(), exporter, terwayAddOn(), kubeProxy()];
const CALICO = ['calico-kube-controllers', 'calico-node', 'calico-typha'];

const CLAIMS: Record<
  string,
  { spec: Partial<HybridNetworkSpec>; workloads?: readonly Workload[]; names: readonly string[] }
> = {
  'BGP: the CNI with its companions': { spec: {}, names: CALICO },
  'BGP: what is listed too': {
    spec: { onPremises: { workloads: [LISTED] } },
    names: [...CALICO, 'exporter'],
  },
  'BGP: what is listed by its labels': {
    spec: {
      onPremises: {
        workloads: [
          { kind: 'DaemonSet', namespace: 'monitoring', labelSelector: { matchLabels: { tier: 'node' } } },
        ],
      },
    },
    names: [...CALICO, 'exporter'],
  },
  'BGP: a companion that is excepted is not claimed': {
    spec: {
      onPremises: {
        cni: { exceptCompanions: [{ kind: 'Deployment', namespace: 'kube-system', name: 'calico-typha' }] },
      },
    },
    names: ['calico-kube-controllers', 'calico-node'],
  },
  'BGP: an agent cannot be excepted': {
    spec: {
      onPremises: {
        cni: { exceptCompanions: [{ kind: 'DaemonSet', namespace: 'kube-system', name: 'calico-node' }] },
      },
    },
    names: CALICO,
  },
  'BGP with type None: only what is listed': {
    spec: { onPremises: { cni: { type: 'None' }, workloads: [LISTED] } },
    names: ['exporter'],
  },
  'HostNetwork: only what is listed': {
    spec: { scenario: 'HostNetwork', onPremises: { workloads: [LISTED] } },
    names: ['exporter'],
  },
  'Overlay: nothing': { spec: { scenario: 'Overlay', onPremises: { workloads: [LISTED] } }, names: [] },
  'what is being deleted is not claimed': {
    spec: {},
    workloads: CLUSTER.map((one) => ({ ...one, deleting: true })),
    names: [],
  },
  'while two CNIs are there, none is claimed': {
    spec: {},
    workloads: [...CLUSTER, ...flannelManifest()],
    names: [],
  },
};

describe('on-premises claims', () => {
  test.each(Object.entries(CLAIMS))('%s', (_, { spec, workloads = CLUSTER, names }) => {
    expect(claimed(spec, workloads)).toEqual(names);
  });

  test('while it cannot be told which CNI is in use, what was held stays claimed', () => {
    const agent = held(
      daemonSet({ name: 'calico-node', selector: { 'k8s-app': 'calico-node' } }),
      'on-premises-only',
      RECORD,
    );
    const garbled = held(agent, 'on-premises-only', { exclusions: [] });
    const states: readonly WorkloadStatus[] = [
      { kind: 'DaemonSet', namespace: 'kube-system', name: 'calico-node', state: 'Held' },
    ];

    expect(claimed({}, [agent, ...flannelManifest()], states)).toEqual(['calico-node']);
    expect(claimed({}, [garbled, ...flannelManifest()], states)).toEqual(['calico-node']);
    expect(claimed({}, [agent, ...flannelManifest()])).toEqual([]);
  });
});

test('a listed entry matches by kind, namespace, and name or labels', () => {
  const matches = (entry: Parameters<typeof matchesListed>[0]) => matchesListed(entry, exporter);
  const place = { kind: 'DaemonSet', namespace: 'monitoring' } as const;

  expect(matches(LISTED)).toBe(true);
  expect(matches({ ...LISTED, namespace: 'other' })).toBe(false);
  expect(matches({ ...LISTED, kind: 'Deployment' })).toBe(false);
  expect(matches({ ...LISTED, name: 'other', labelSelector: { matchLabels: { tier: 'node' } } })).toBe(false);
  expect(matches({ ...place, labelSelector: { matchLabels: { tier: 'node', app: 'x' } } })).toBe(false);
  expect(
    matches({ ...place, labelSelector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] } }),
  ).toBe(true);
  expect(
    matches({
      ...place,
      labelSelector: { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['node'] }] },
    }),
  ).toBe(false);
  expect(matches(place)).toBe(false);
});

test('a network enforces unless it observes or is suspended', () => {
  expect(isEnforcing(network())).toBe(true);
  expect(isEnforcing(network({ spec: { enforcement: 'Observe' } }))).toBe(false);
  expect(isEnforcing(network({ spec: { suspend: true } }))).toBe(false);
});

describe('the former owner', () => {
  const was = (state: WorkloadState): NetworkOptions => ({
    spec: { scenario: 'Overlay' },
    status: { workloads: [{ kind: 'DaemonSet', namespace: 'monitoring', name: 'exporter', state }] },
  });
  const former = (...options: NetworkOptions[]) =>
    claimsOf(
      options.map((one) => network(one)),
      [exporter],
    ).formerOwnerOf(exporter)?.metadata.name;

  test.each<WorkloadState>(['Held', 'Withdrawing', 'Gone'])('is the one whose status says %s', (state) => {
    expect(former(was(state))).toBe('idc');
  });

  test.each<WorkloadState>(['Satisfied', 'Waiting', 'ManagedElsewhere', 'Refused', 'Absent', 'Released'])(
    'is not the one whose status says %s',
    (state) => {
      expect(former(was(state))).toBeUndefined();
    },
  );

  test('is nobody while somebody claims the workload', () => {
    expect(
      former({ ...was('Held'), name: 'a' }, { name: 'b', spec: { onPremises: { workloads: [LISTED] } } }),
    ).toBeUndefined();
  });
});

describe('a hold', () => {
  const onExporter = held(exporter, 'on-premises-only', RECORD);
  const listing = (spec: Partial<HybridNetworkSpec> = {}): NetworkOptions => ({
    spec: { ...spec, onPremises: { workloads: [LISTED] } },
  });
  const heldBefore = { workloads: [{ ...LISTED, state: 'Held' as const }] };
  const onTerway = held(terwayAddOn(), 'cloud-only');

  interface Hold {
    readonly networks: readonly NetworkOptions[];
    readonly workload: Workload;
    readonly isReleased: boolean;
  }

  const HOLDS: Record<string, Hold> = {
    'stays while a network claims the workload': {
      networks: [listing()],
      workload: onExporter,
      isReleased: false,
    },
    'goes when no network is left': { networks: [], workload: onExporter, isReleased: true },
    'goes when its network only observes': {
      networks: [listing({ enforcement: 'Observe' })],
      workload: onExporter,
      isReleased: true,
    },
    'goes when its network is suspended': {
      networks: [listing({ suspend: true })],
      workload: onExporter,
      isReleased: true,
    },
    'stays while its withdrawal has not happened': {
      networks: [{ spec: { scenario: 'Overlay' }, status: heldBefore }],
      workload: onExporter,
      isReleased: false,
    },
    'stays while its network is being deleted': {
      networks: [{ ...listing(), deleting: true }],
      workload: onExporter,
      isReleased: false,
    },
    'on Terway stays while a network claims Terway': {
      networks: [{}],
      workload: onTerway,
      isReleased: false,
    },
    'on Terway goes when no network claims Terway, whatever the status says': {
      networks: [
        {
          spec: { scenario: 'Overlay' },
          status: {
            workloads: [{ kind: 'DaemonSet', namespace: 'kube-system', name: 'terway-eniip', state: 'Held' }],
          },
        },
      ],
      workload: onTerway,
      isReleased: true,
    },
    'on a Terway of another name goes': {
      networks: [{ spec: { terway: { daemonSet: { name: 'terway' } } } }],
      workload: onTerway,
      isReleased: true,
    },
    'on what is being deleted is left': {
      networks: [],
      workload: { ...onExporter, deleting: true },
      isReleased: false,
    },
  };

  test.each(Object.entries(HOLDS))('%s', (_, { networks, workload, isReleased }) => {
    const claims = claimsOf(
      networks.map((one) => network(one)),
      [workload],
    );
    const released = orphanedHolds(claims, [workload]).map((one) => workloadKey(one.workload));

    expect(released).toEqual(isReleased ? [workloadKey(workload)] : []);
  });

  test('is released by its annotation alone: the record stays, and the template', () => {
    const [release] = orphanedHolds(claimsOf([], []), [onExporter]);

    expect(release).toMatchObject({ class: 'record', template: undefined, widens: false });
    expect(JSON.stringify(release?.patch)).not.toMatch(/template|added/);
  });

  test('nothing is released where nothing is held', () => {
    expect(orphanedHolds(claimsOf([], []), [exporter, deployment({ name: 'x' })])).toEqual([]);
  });
});
