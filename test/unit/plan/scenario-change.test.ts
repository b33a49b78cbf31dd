// Every change of scenario on a living cluster: no node is ever without a network plug-in that it had, nor with two, as
// far as it is up to the operator; the table of docs/scenarios.md.
import { describe, expect, test } from '@jest/globals';
import { APPROVE_ANNOTATION } from '../../../src/api/annotations.ts';
import type { HybridNetworkSpec, Scenario } from '../../../src/api/hybrid-network.ts';
import type { NodeFact, Workload } from '../../../src/plan/facts.ts';
import { runsDaemonOn } from '../../../src/plan/scheduling.ts';
import { FakeWorld } from '../../support/fake-world.ts';
import {
  goodEniConfig,
  KEY_VALUES,
  mountingSecret,
  network,
  node,
  nodes,
  secret,
} from '../../support/make-facts.ts';
import { calicoManifest, terwayAddOn } from '../../support/shipped-workloads.ts';

const TERWAY = mountingSecret(terwayAddOn());
const ON_PREMISES = nodes({ onPremises: 2 });
const CLOUD = [node('cloud', 'cloud-1'), node('cloud', 'cloud-2')];
const CORDON = [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }];
const DRAINED = CLOUD.map((one) => ({ ...one, taints: CORDON }));

function cordoned(cloud: readonly NodeFact[]): readonly NodeFact[] {
  return cloud.map((one) => ({ ...one, taints: CORDON }));
}

class Life {
  readonly world: FakeWorld;
  #nodes: readonly NodeFact[];

  constructor(scenario: Scenario, cloud: readonly NodeFact[], workloads: readonly Workload[]) {
    this.#nodes = [...ON_PREMISES, ...cloud];
    this.world = new FakeWorld({
      networks: [network({ spec: { scenario, approveAbove: 100 } })],
      nodes: this.#nodes,
      workloads,
      eniConfig: goodEniConfig(),
      addonSecret: secret(KEY_VALUES),
    });
  }

  cloud(cloud: readonly NodeFact[]): void {
    this.#nodes = [...ON_PREMISES, ...cloud];
    this.world.setNodes(this.#nodes);
  }

  async become(spec: Partial<HybridNetworkSpec>): Promise<void> {
    const own = this.world.network();
    const metadata = { ...own.metadata, generation: own.metadata.generation + 1 };
    this.world.setNetwork({ ...own, metadata, spec: { ...own.spec, ...spec } });
    await this.world.reconcile();
  }

  /** Reconciles, approving whatever asks for it. */
  async approved(): Promise<void> {
    const own = this.world.network();
    const annotations = { [APPROVE_ANNOTATION]: own.status?.plan?.hash ?? 'nothing' };
    this.world.setNetwork({ ...own, metadata: { ...own.metadata, annotations } });
    await this.world.reconcile();
    await this.world.reconcile();
  }

  on(name: string): readonly string[] {
    if (!this.world.workloads.some((one) => one.name === name)) return [];
    const { template } = this.world.workload(name);
    return this.#nodes.filter((one) => runsDaemonOn(template, one)).map((one) => one.name);
  }

  condition(type: string): { readonly status: string; readonly reason: string; readonly message: string } {
    const found = (this.world.network().status?.conditions ?? []).find((one) => one.type === type);
    return found ?? { status: 'absent', reason: '', message: '' };
  }

  is(type: string): string {
    const { status, reason } = this.condition(type);
    return `${status}/${reason}`;
  }
}

const IDC = ['on-premises-1', 'on-premises-2'];
const EVERYWHERE = [...IDC, 'cloud-1', 'cloud-2'];

async function settled(
  scenario: Scenario,
  cloud: readonly NodeFact[],
  workloads: readonly Workload[],
): Promise<Life> {
  const life = new Life(scenario, cloud, workloads);
  await life.world.reconcile();
  return life;
}

describe('from Overlay to BGP', () => {
  test('without cloud nodes is an ordinary first write', async () => {
    const life = await settled('Overlay', [], calicoManifest());
    expect(life.is('Ready')).toBe('True/Reconciled');
    await life.become({ scenario: 'BGP' });
    expect(life.is('OnPremisesIsolated')).toBe('True/Isolated');
    life.cloud(CLOUD);
    expect(life.on('calico-node')).toEqual(IDC);
  });

  test('is refused while cloud nodes have no other network plug-in, whoever approves it', async () => {
    const life = await settled('Overlay', CLOUD, calicoManifest());
    await life.become({ scenario: 'BGP', approveAbove: 0 });
    expect(life.is('OnPremisesIsolated')).toBe('False/ApprovalRequired');
    expect(life.condition('OnPremisesIsolated').message).toContain('an approval alone does not do');
    await life.approved();
    expect(life.on('calico-node')).toEqual(EVERYWHERE);
    expect(life.is('OnPremisesIsolated')).toBe('False/OnlyNetworkPlugin');
    expect(life.condition('OnPremisesIsolated').message).toContain('cloud-1, cloud-2');
    expect(life.world.done).toEqual([]);
  });

  test('is refused to its companions as well', async () => {
    const life = await settled('Overlay', CLOUD, calicoManifest());
    await life.become({ scenario: 'BGP' });
    expect(life.world.done).toEqual([]);
    expect(life.world.network().status?.plan?.actions?.map(({ waitsFor }) => waitsFor)).toEqual([
      'Plugin',
      'Plugin',
      'Plugin',
    ]);
  });

  test('goes ahead once they are drained, and names them to be re-imaged', async () => {
    const life = await settled('Overlay', CLOUD, calicoManifest());
    await life.become({ scenario: 'BGP' });
    life.cloud(cordoned(CLOUD));
    await life.world.reconcile();
    expect(life.on('calico-node')).toEqual(IDC);
    expect(life.condition('CleanupNeeded').message).toContain('cloud-1, cloud-2');
  });

  test('goes ahead once they are gone, and whoever joins again is clean', async () => {
    const life = await settled('Overlay', CLOUD, calicoManifest());
    await life.become({ scenario: 'BGP' });
    life.cloud([]);
    await life.world.reconcile();
    life.world.add(TERWAY);
    life.cloud(CLOUD.map((one) => ({ ...one, uid: `${one.uid}-anew` })));
    await life.world.reconcile();
    expect(life.on('calico-node')).toEqual(IDC);
    expect(life.on('terway-eniip')).toEqual(['cloud-1', 'cloud-2']);
    expect(life.condition('CleanupNeeded').status).toBe('absent');
    expect(life.is('Ready')).toBe('True/Reconciled');
  });

  test('takes the CNI off where somebody has put Terway beside it', async () => {
    const life = await settled('Overlay', CLOUD, [...calicoManifest(), TERWAY]);
    expect(life.is('OverlayReady')).toBe('False/TerwayBesideCNI');
    await life.become({ scenario: 'BGP' });
    expect(life.on('calico-node')).toEqual(IDC);
    expect(life.on('terway-eniip')).toEqual(['cloud-1', 'cloud-2']);
    expect(life.condition('CleanupNeeded').message).toContain('cloud-1, cloud-2');
  });
});

describe('from BGP to Overlay', () => {
  const established = async (cloud: readonly NodeFact[]) =>
    await settled('BGP', cloud, [...calicoManifest(), TERWAY]);

  test('lets no CNI onto nodes where Terway runs, whoever approves it', async () => {
    const life = await established(CLOUD);
    await life.become({ scenario: 'Overlay' });
    await life.approved();
    expect(life.on('calico-node')).toEqual(IDC);
    expect(life.is('OnPremisesIsolated')).toBe('False/TerwayStillRuns');
    expect(life.condition('OnPremisesIsolated').message).toContain('drain and remove them');
    expect(life.condition('CleanupNeeded').message).toContain('Terway has run on cloud-1, cloud-2');
  });

  test('waits for the DaemonSet of Terway to go, also before the first cloud node comes', async () => {
    const life = await established([]);
    await life.become({ scenario: 'Overlay' });
    expect(life.is('OnPremisesIsolated')).toBe('False/TerwayStillRuns');
    expect(life.condition('OnPremisesIsolated').message).toContain('kube-system/terway-eniip is still there');
    life.cloud(CLOUD);
    await life.world.reconcile();
    expect(life.on('calico-node')).toEqual(IDC);
    life.cloud([]);
    life.world.remove('terway-eniip');
    await life.world.reconcile();
    life.cloud(CLOUD);
    await life.world.reconcile();
    expect(life.on('calico-node')).toEqual(EVERYWHERE);
    expect(life.is('Ready')).toBe('True/Reconciled');
  });

  test('is carried out when the DaemonSet and its pods are gone, and names where they ran', async () => {
    const life = await established(CLOUD);
    await life.become({ scenario: 'Overlay' });
    await life.approved();
    life.world.remove('terway-eniip');
    await life.world.reconcile();
    expect(life.on('calico-node')).toEqual(EVERYWHERE);
    expect(life.condition('CleanupNeeded').message).toContain('Terway has run on cloud-1, cloud-2');
  });
});

describe('from BGP to HostNetwork', () => {
  test.each([
    ['with', CLOUD],
    ['without', []],
  ])('%s cloud nodes keeps the CNI off them as long as it is there', async (_, cloud) => {
    const life = await settled('BGP', cloud, [...calicoManifest(), TERWAY]);
    await life.become({ scenario: 'HostNetwork' });
    await life.approved();
    expect(life.on('calico-node')).toEqual(IDC);
    expect(life.is('OnPremisesIsolated')).toBe('False/TerwayStillRuns');
    expect(life.condition('OnPremisesIsolated').message).toContain('uninstall it');
    for (const { name } of calicoManifest()) life.world.remove(name);
    await life.world.reconcile();
    expect(life.is('Ready')).toBe('True/Reconciled');
  });
});

describe('from HostNetwork to BGP', () => {
  test('keeps a CNI off from the moment that it is there', async () => {
    const life = await settled('HostNetwork', CLOUD, [TERWAY]);
    expect(life.is('Ready')).toBe('True/Reconciled');
    await life.become({ scenario: 'BGP' });
    expect(life.is('OnPremisesIsolated')).toBe('False/CNINotFound');
    for (const one of calicoManifest()) life.world.add(one);
    await life.world.reconcile();
    expect(life.on('calico-node')).toEqual(IDC);
    expect(life.is('Ready')).toBe('True/Reconciled');
  });

  test('takes a CNI that came too early off the nodes where Terway runs', async () => {
    const life = await settled('HostNetwork', CLOUD, [TERWAY, ...calicoManifest()]);
    expect(life.is('OnPremisesIsolated')).toBe('False/UnexpectedCNI');
    expect(life.condition('OnPremisesIsolated').message).toContain('kube-system/calico-node');
    expect(life.is('CloudJoinReady')).toBe('False/UnexpectedCNI');
    await life.become({ scenario: 'BGP' });
    expect(life.on('calico-node')).toEqual(IDC);
  });

  test('without cloud nodes is an ordinary first write', async () => {
    const life = await settled('HostNetwork', [], [TERWAY]);
    for (const one of calicoManifest()) life.world.add(one);
    await life.become({ scenario: 'BGP' });
    expect(life.is('Ready')).toBe('True/Reconciled');
  });
});

describe('from HostNetwork to Overlay', () => {
  test('writes nothing, and names Terway until it is gone', async () => {
    const life = await settled('HostNetwork', CLOUD, [TERWAY]);
    await life.become({ scenario: 'Overlay' });
    expect(life.is('OverlayReady')).toBe('False/CNINotFound');
    for (const one of calicoManifest()) life.world.add(one);
    await life.world.reconcile();
    expect(life.is('OverlayReady')).toBe('False/TerwayBesideCNI');
    expect(life.condition('OverlayReady').message).toContain('cloud-1, cloud-2');
    life.world.remove('terway-eniip');
    await life.world.reconcile();
    expect(life.is('OverlayReady')).toBe('True/CNIReady');
    expect(life.condition('CleanupNeeded').message).toContain('Terway has run on cloud-1, cloud-2');
  });

  test('without cloud nodes names the Terway that would meet the next one', async () => {
    const life = await settled('HostNetwork', [], [TERWAY]);
    for (const one of calicoManifest()) life.world.add(one);
    await life.become({ scenario: 'Overlay' });
    expect(life.is('OverlayReady')).toBe('False/TerwayBesideCNI');
    expect(life.is('CloudJoinReady')).toBe('False/TerwayBesideCNI');
    life.world.remove('terway-eniip');
    await life.world.reconcile();
    expect(life.is('Ready')).toBe('True/Reconciled');
  });
});

describe('from Overlay to HostNetwork', () => {
  test.each([
    ['with', DRAINED],
    ['without', []],
  ])('%s cloud nodes says that the CNI has to go first, and touches nothing', async (_, cloud) => {
    const life = await settled('Overlay', cloud, calicoManifest());
    await life.become({ scenario: 'HostNetwork' });
    expect(life.is('OnPremisesIsolated')).toBe('False/UnexpectedCNI');
    expect(life.world.done).toEqual([]);
    for (const { name } of calicoManifest()) life.world.remove(name);
    life.cloud([]);
    life.world.add(TERWAY);
    await life.world.reconcile();
    expect(life.is('Ready')).toBe('True/Reconciled');
  });
});
