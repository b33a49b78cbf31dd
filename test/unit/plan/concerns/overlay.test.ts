import { describe, expect, test } from '@jest/globals';
import type { HybridNetworkSpec } from '../../../../src/api/hybrid-network.ts';
import { claimsOf } from '../../../../src/plan/claims.ts';
import type { Verdict } from '../../../../src/plan/concern.ts';
import { overlay } from '../../../../src/plan/concerns/overlay.ts';
import { workloadKey } from '../../../../src/plan/facts.ts';
import type { Facts, NodeFact, PodFact, Workload } from '../../../../src/plan/facts.ts';
import { facts, network, node, NOW, podOf, podsFor } from '../../../support/make-facts.ts';
import { daemonSet } from '../../../support/make-workload.ts';
import {
  calicoManifest,
  ciliumChart,
  flannelByKubespray,
  flannelManifest,
  metalLbSpeaker,
  terwayAddOn,
} from '../../../support/shipped-workloads.ts';

const IDC = node('onPremises', 'idc-1');
const ECS = [node('cloud', 'ecs-1'), node('cloud', 'ecs-2')];
const [FLANNEL] = flannelManifest() as readonly [Workload];
const KEY = workloadKey(FLANNEL);
const MINUTE = 60_000;

function ago(ms: number): string {
  return new Date(NOW.getTime() - ms).toISOString();
}

interface Situation {
  readonly spec?: Partial<HybridNetworkSpec>;
  readonly nodes?: readonly NodeFact[];
  readonly workloads?: readonly Workload[];
  readonly pods?: Readonly<Record<string, readonly PodFact[] | undefined>>;
  readonly terwayPods?: readonly PodFact[] | 'unread';
}

function factsIn({
  spec = {},
  nodes = [IDC, ...ECS],
  workloads = [FLANNEL],
  pods,
  terwayPods,
}: Situation): Facts {
  return facts({
    network: network({ spec: { scenario: 'Overlay', ...spec } }),
    nodes,
    workloads,
    ...(pods === undefined ? {} : { pods }),
    ...(terwayPods === undefined ? {} : { terwayPods }),
  });
}

function judge(situation: Situation = {}): Verdict {
  const own = factsIn(situation);
  const verdict = overlay.plan(own, claimsOf(own.networks, own.workloads));
  expect(verdict.actions).toEqual([]);
  return verdict;
}

/** One pod on ecs-1 as told, all others as they should be. */
function onEcs1(pod: Partial<PodFact> | undefined, workload = FLANNEL): NonNullable<Situation['pods']> {
  const others = podsFor(workload, [IDC, ...ECS.slice(1)]);
  const own = pod === undefined ? [] : [podOf(workload, 'ecs-1', { ready: false, ...pod })];
  return { [workloadKey(workload)]: [...others, ...own] };
}

const IMAGE = 'docker.io/flannel/flannel:v0.28.0';
const unpulled = (reason: string) => ({ trouble: { reason, image: IMAGE, message: 'i/o timeout' } });

test('no other scenario needs it', () => {
  for (const scenario of ['BGP', 'HostNetwork'] as const) {
    expect(judge({ spec: { scenario }, workloads: [] })).toMatchObject({
      health: 'ok',
      reason: 'NotRequired',
    });
  }
});

test('a CNI that is Ready on every cloud node is in order, also when it is not on-premises', () => {
  const unready = podOf(FLANNEL, IDC.name, {
    ready: false,
    trouble: { reason: 'CrashLoopBackOff', image: IMAGE },
  });

  expect(judge({ pods: { [KEY]: [...podsFor(FLANNEL, ECS), unready] } })).toMatchObject({
    health: 'ok',
    reason: 'CNIReady',
    message: 'kube-flannel/kube-flannel-ds is Ready on 2 cloud nodes.',
  });
});

test('without cloud nodes it is in order, and no pod is asked for', () => {
  const own = factsIn({ nodes: [IDC] });
  const asked: string[] = [];
  const podsOf: Facts['podsOf'] = (workload) => {
    asked.push(workloadKey(workload));
    return [];
  };
  const verdict = overlay.plan({ ...own, podsOf }, claimsOf(own.networks, own.workloads));

  expect(verdict).toMatchObject({ health: 'ok', reason: 'CNIReady', inForce: true });
  expect(asked).toEqual([]);
});

test.each([
  ['CNINotFound', []],
  ['AmbiguousCNI', [FLANNEL, ...calicoManifest()]],
] as const)('%s: nobody knows what cloud nodes shall run', (reason, workloads) => {
  expect(judge({ workloads })).toMatchObject({ health: 'failed', reason, inForce: false });
});

describe('a pod that fails on a cloud node', () => {
  test.each(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull'])(
    'by %s is named with node, image and remedy, however young the node is',
    (reason) => {
      const young = { ...ECS[0], readySince: ago(0), ready: false } as NodeFact;
      const verdict = judge({ nodes: [IDC, young, ...ECS.slice(1)], pods: onEcs1(unpulled(reason)) });

      expect(verdict).toMatchObject({ health: 'failed', reason: 'ImagePullFailed', inForce: false });
      expect(verdict.message).toBe(
        `DaemonSet kube-flannel/kube-flannel-ds on ecs-1: ${reason} of image ${IMAGE} (i/o timeout). Mirror the image to a registry that the VPC reaches and name that in the DaemonSet, or give the nodes a way to its registry (NAT gateway, credentials).`,
      );
    },
  );

  test('by CrashLoopBackOff is named with its log and the ports to look at', () => {
    const pod = { trouble: { reason: 'CrashLoopBackOff', image: IMAGE }, hasRun: true } as const;
    const { health, reason, message } = judge({ pods: onEcs1(pod) });

    expect([health, reason]).toEqual(['failed', 'CNIFailing']);
    expect(message).toContain(`on ecs-1: CrashLoopBackOff of image ${IMAGE}`);
    expect(message).toContain('VXLAN UDP 8472 or 4789');
    expect(message).toContain('kubectl -n kube-flannel logs kube-flannel-ds-ecs-1');
  });

  test('is told together with those that fail alike, and the others after it', () => {
    const all = [node('cloud', 'ecs-3'), ...ECS];
    const pods = [
      podOf(FLANNEL, 'ecs-1', { ready: false, ...unpulled('ImagePullBackOff') }),
      podOf(FLANNEL, 'ecs-2', { ready: false, ...unpulled('ImagePullBackOff') }),
      podOf(FLANNEL, 'ecs-3', { ready: false, trouble: { reason: 'CrashLoopBackOff', image: IMAGE } }),
    ];
    const { message } = judge({ nodes: all, pods: { [KEY]: pods } });

    expect(message).toContain('on ecs-1, ecs-2: ImagePullBackOff');
    expect(message).toContain('on ecs-3: CrashLoopBackOff');
  });

  test('of which nobody hears any more is no failure: the node is out of reach', () => {
    const taints = [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }];
    const lost = { ...ECS[0], ready: false, taints } as NodeFact;

    expect(
      judge({ nodes: [lost, ...ECS.slice(1)], pods: onEcs1(unpulled('ImagePullBackOff')) }),
    ).toMatchObject({
      health: 'working',
      reason: 'NodesJoining',
      inForce: true,
    });
  });

  test('may belong to a companion that runs on every node, but not to a speaker', () => {
    const [cilium, envoy] = ciliumChart() as readonly [Workload, Workload];
    const failing = onEcs1(unpulled('ErrImagePull'), envoy);

    expect(judge({ workloads: [cilium, envoy], pods: failing })).toMatchObject({ reason: 'ImagePullFailed' });
    const speaker = metalLbSpeaker();
    expect(
      judge({ workloads: [FLANNEL, speaker], pods: onEcs1(unpulled('ErrImagePull'), speaker) }),
    ).toMatchObject({ reason: 'CNIReady' });
  });
});

const YOUNG = { readySince: ago(9 * MINUTE), createdAt: ago(9 * MINUTE) };
const OLD = { readySince: ago(10 * MINUTE), createdAt: ago(10 * MINUTE) };
const WITHOUT: Readonly<Record<string, readonly [Partial<NodeFact>, Partial<PodFact> | undefined, string]>> =
  {
    'no pod on a node that is joining': [YOUNG, undefined, 'working NodesJoining'],
    'no pod for ten minutes': [OLD, undefined, 'failed CNIMissing'],
    'a pod that is not Ready yet on a node that is joining': [YOUNG, OLD, 'working NodesJoining'],
    'a pod that is being replaced on an old node': [OLD, YOUNG, 'working NodesJoining'],
    'a pod that has not been Ready for ten minutes': [OLD, OLD, 'failed CNIFailing'],
    'no pod on a node that is NotReady': [{ ...OLD, ready: false }, undefined, 'working NodesJoining'],
    'a pod that leaves an old node counts as none': [
      OLD,
      { ...OLD, ready: true, deleting: true },
      'failed CNIMissing',
    ],
  };

describe('without a ready pod', () => {
  test.each(Object.entries(WITHOUT))('%s', (_, [own, pod, wanted]) => {
    const first = { ...ECS[0], ...own } as NodeFact;
    const { health, reason, message, recheckAfterMs } = judge({
      nodes: [IDC, first, ...ECS.slice(1)],
      pods: onEcs1(pod),
    });

    expect(`${health} ${reason}`).toBe(wanted);
    expect(message).toContain('ecs-1');
    const isTimed = health === 'working' && own.ready !== false;
    expect(recheckAfterMs).toBe(isTimed ? MINUTE : undefined);
  });

  test('while the pods cannot be read nobody knows', () => {
    expect(judge({ pods: { [KEY]: undefined } })).toMatchObject({ health: 'unknown', reason: 'Observing' });
    expect(judge({ terwayPods: 'unread' })).toMatchObject({ health: 'unknown', reason: 'Observing' });
  });
});

describe('a template that keeps the CNI off', () => {
  const kept = (labels: Readonly<Record<string, string>>) =>
    daemonSet({ ...FLANNEL, selector: { app: 'flannel' }, nodeSelector: labels });

  test('a cloud node is named with it', () => {
    const { reason, message } = judge({ workloads: [kept({ rack: '7' })] });

    expect(reason).toBe('CNIMissing');
    expect(message).toContain('can run on ecs-1, ecs-2: its nodeSelector');
  });

  test('the next cloud node is told before it comes', () => {
    const { reason, message } = judge({ nodes: [IDC], workloads: [kept({ rack: '7' })] });

    expect(reason).toBe('CNIMissing');
    expect(message).toContain('the next cloud node');
  });

  test('is no matter where another of its DaemonSets runs: one for each architecture', () => {
    expect(judge({ workloads: flannelByKubespray() })).toMatchObject({ reason: 'CNIReady' });
  });

  test('is no matter on Windows nodes', () => {
    const windows = node('cloud', 'win-1', { os: 'windows' });

    expect(judge({ nodes: [...ECS, windows], workloads: [...calicoManifest()] })).toMatchObject({
      reason: 'CNIReady',
    });
  });
});

describe('Terway beside the CNI', () => {
  test('is a conflict that names nodes, DaemonSet and remedy', () => {
    const { reason, message, misplacedPods } = judge({ workloads: [FLANNEL, terwayAddOn()] });

    expect(reason).toBe('TerwayBesideCNI');
    expect(message).toContain('Terway runs on ecs-1, ecs-2');
    expect(message).toContain('delete DaemonSet kube-system/terway-eniip');
    expect(misplacedPods).toBe(2);
  });

  test('is seen by its pods when the DaemonSet is gone, also while they leave', () => {
    const left = podOf(terwayAddOn(), 'ecs-2', { deleting: true });

    expect(judge({ terwayPods: [left] }).message).toContain('Terway runs on ecs-2');
  });

  test('on on-premises nodes is none', () => {
    expect(judge({ terwayPods: [podOf(terwayAddOn(), IDC.name)] })).toMatchObject({ reason: 'CNIReady' });
  });

  test('that would meet the next cloud node is told before it comes', () => {
    expect(judge({ nodes: [IDC], workloads: [FLANNEL, terwayAddOn()] })).toMatchObject({
      reason: 'TerwayBesideCNI',
      inForce: false,
    });
  });
});
