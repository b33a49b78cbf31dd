// What the instances can carry, and which versions get on with each other.
import { capacityOfType, nodeCapacities } from '../capacity.ts';
import type { NodeCapacity } from '../capacity.ts';
import type { InstanceType } from '../cloud-facts.ts';
import type { CloudNode } from '../cloud-nodes.ts';
import type { EniSettings } from '../eni/settings.ts';
import { listed } from '../wording.ts';
import { cloudPart, detailNeeded } from './check-facts.ts';
import type { CheckFacts, NodeDetail } from './check-facts.ts';
import type { Check } from './check.ts';
import {
  eniSettings,
  isAtLeast,
  ofCloudNodes,
  ofTerway,
  parseVersion,
  terwayVersion,
  whereTerwayRuns,
} from './known-facts.ts';
import type { Version } from './known-facts.ts';
import { all, failed, given, passed, unchecked, unless } from './outcome.ts';
import type { Known, Outcome } from './outcome.ts';

function typesOf(
  nodes: readonly CloudNode[],
  types: ReadonlyMap<string, InstanceType>,
): readonly InstanceType[] {
  return [...new Set(nodes.flatMap(({ typeId }) => types.get(typeId ?? '') ?? []))];
}

/** For what is judged by instance type: a node of a type that is not known leaves a pass open. */
function ofTypes(
  facts: CheckFacts,
  judge: (types: readonly InstanceType[], settings: EniSettings, nodes: readonly CloudNode[]) => Outcome,
): Outcome {
  return whereTerwayRuns(facts, () =>
    ofCloudNodes(facts, (nodes) =>
      given(all(cloudPart(facts, 'instanceTypes'), eniSettings(facts)), ([types, settings]) => {
        const outcome = judge(typesOf(nodes, types), settings, nodes);
        const unknown = nodes.filter(({ typeId }) => !types.has(typeId ?? '')).map(({ node }) => node.name);
        if (outcome.state === 'failed' || unknown.length === 0) return outcome;
        return unchecked(`The instance type of these nodes is not known: ${listed(unknown)}.`);
      }),
    ),
  );
}

const carriesPods: Check = {
  id: 'C40',
  title: 'The instance types have network interfaces for pods',
  severity: 'error',
  needs: ['spec', 'cluster', 'instances', 'instanceTypes'],
  remedy:
    'Choose a type with more network interfaces: one of them is the node’s own. Of 8 cores or more is advised.',
  evaluate: (facts) =>
    ofTypes(facts, (types, settings) => {
      const bare = types.filter((type) => capacityOfType(type, settings).enis === 0);
      if (bare.length > 0) {
        return unless(bare.map(({ id, enis }) => `${id} has ${enis} interfaces, and none is left for pods.`));
      }
      const untrunked = settings.isTrunking ? types.filter(({ trunk }) => !trunk) : [];
      if (untrunked.length > 0) {
        return failed(
          `enable_eni_trunking is set, and ${listed(untrunked.map(({ id }) => id))} has no trunk.`,
          {
            severity: 'warning',
            remedy: 'Take enable_eni_trunking out of eni_conf: clusters outside of ACK have no trunking.',
          },
        );
      }
      return passed(
        types.map((type) => `${type.id}: ${capacityOfType(type, settings).shared} pods`).join(', '),
      );
    }),
};

/** Pods of the host network on a node, as ACK counts them. */
const HOST_PODS = 3;

function overbooked(
  capacities: readonly NodeCapacity[],
  details: ReadonlyMap<string, NodeDetail>,
): readonly string[] {
  return capacities.flatMap(({ node, typeId, pods }) => {
    const maxPods = details.get(node)?.maxPods;
    if (maxPods === undefined || maxPods <= pods + HOST_PODS) return [];
    return [`Node ${node} takes ${maxPods} pods, and Terway has addresses for ${pods} on ${typeId}.`];
  });
}

const kubeletLimit: Check = {
  id: 'C41',
  title: 'The kubelets take no more pods than Terway has addresses for',
  severity: 'warning',
  needs: ['spec', 'cluster', 'details', 'instances', 'instanceTypes'],
  remedy: `Set maxPods of the kubelet to the pods that Terway can carry plus ${HOST_PODS} for the host network: the scheduler counts pods, not interfaces, and what it sends too many stays in ContainerCreating.`,
  evaluate: (facts) =>
    whereTerwayRuns(facts, () =>
      ofCloudNodes(facts, (nodes) =>
        given(
          all(cloudPart(facts, 'instanceTypes'), eniSettings(facts), detailNeeded(facts, 'nodes')),
          ([types, settings, details]) => unless(overbooked(nodeCapacities(nodes, types, settings), details)),
        ),
      ),
    ),
};

function poolProblems(settings: EniSettings, capacities: readonly NodeCapacity[]): readonly string[] {
  const { minPoolSize, maxPoolSize } = settings;
  if (minPoolSize > maxPoolSize)
    return [`min_pool_size ${minPoolSize} is above max_pool_size ${maxPoolSize}.`];
  return capacities
    .filter(({ pods }) => maxPoolSize > pods)
    .map(({ node, pods }) => `max_pool_size ${maxPoolSize} is above the ${pods} pods of node ${node}.`);
}

const pools: Check = {
  id: 'C42',
  title: 'The pool of a node fits the node',
  severity: 'error',
  needs: ['spec', 'cluster', 'instances', 'instanceTypes'],
  remedy: 'Lower maxPoolSize and minPoolSize in spec.terway.eniConfig.',
  evaluate: (facts) =>
    ofTerway(
      facts,
      () => eniSettings(facts),
      (settings) => {
        const bySelf = poolProblems(settings, []);
        if (bySelf.length > 0) return unless(bySelf);
        return ofTypes(facts, (types, _, nodes) =>
          unless(
            poolProblems(
              settings,
              nodeCapacities(nodes, new Map(types.map((type) => [type.id, type])), settings),
            ),
          ),
        );
      },
    ),
};

const dualStack: Check = {
  id: 'C43',
  title: 'The instance types can do dual stack where it is asked for',
  severity: 'error',
  needs: ['spec', 'cluster', 'instances', 'instanceTypes'],
  remedy: 'Choose a type with as many IPv6 as IPv4 addresses per interface: on others Terway drops to IPv4.',
  evaluate: (facts) =>
    ofTypes(facts, (types, settings) => {
      if (!settings.isDualStack) return { state: 'notApplicable', why: 'ip_stack of eni_conf is not dual.' };
      return unless(
        types
          .filter((type) => !capacityOfType(type, settings).isDualStackPossible)
          .map(
            ({ id, ipsPerEni, ipv6PerEni }) =>
              `${id} has ${ipsPerEni} IPv4 and ${ipv6PerEni} IPv6 addresses per interface.`,
          ),
      );
    }),
};

/** Since this release the init container refuses older kernels (cmd/terway-cli/cni.go). */
const KERNEL_SINCE: Version = [1, 14, 0];
const KERNEL: Version = [5, 10, 0];
/** Since this release ACK supports neither CentOS nor Alibaba Cloud Linux 2. */
const NO_CENTOS_SINCE: Version = [1, 9, 2];
const DROPPED = /CentOS|Alibaba Cloud Linux.* 2\b|Aliyun Linux.* 2\b/i;

function oldKernels(
  nodes: readonly CloudNode[],
  details: ReadonlyMap<string, NodeDetail>,
  version: Version,
): Outcome {
  if (!isAtLeast(version, KERNEL_SINCE)) return passed();
  const kernels = nodes.map(({ node: { name } }) => {
    const text = details.get(name)?.kernelVersion ?? '';
    return { name, text, kernel: parseVersion(text) };
  });
  const old = kernels.filter(({ kernel }) => kernel !== undefined && !isAtLeast(kernel, KERNEL));
  if (old.length > 0) {
    return unless(
      old.map(
        ({ name, text }) => `Node ${name} has kernel ${text}, and Terway ${version.join('.')} wants 5.10.`,
      ),
    );
  }
  const unknown = kernels.filter(({ kernel }) => kernel === undefined).map(({ name }) => name);
  return unknown.length === 0
    ? passed()
    : unchecked(`The kernel of these nodes is not known: ${listed(unknown)}.`);
}

function systemProblems(
  nodes: readonly CloudNode[],
  details: ReadonlyMap<string, NodeDetail>,
  version: Version,
): Outcome {
  const kernels = oldKernels(nodes, details, version);
  const dropped = isAtLeast(version, NO_CENTOS_SINCE)
    ? nodes.filter(({ node }) => DROPPED.test(details.get(node.name)?.osImage ?? ''))
    : [];
  if (kernels.state === 'failed' || dropped.length === 0) return kernels;
  const names = listed(dropped.map(({ node }) => `${node.name} (${details.get(node.name)?.osImage ?? ''})`));
  return failed(`Terway ${version.join('.')} is not supported on ${names}.`, { severity: 'warning' });
}

const systems: Check = {
  id: 'C44',
  title: 'The systems of the cloud nodes get on with this Terway',
  severity: 'error',
  needs: ['spec', 'cluster', 'details'],
  remedy:
    'Take an image with kernel 5.10 or newer for the node pool (Alibaba Cloud Linux 3), or stay with Terway 1.13.',
  evaluate: (facts) =>
    whereTerwayRuns(facts, () =>
      ofCloudNodes(facts, (nodes) =>
        given(all(detailNeeded(facts, 'nodes'), terwayVersion(facts)), ([details, version]) =>
          systemProblems(nodes, details, version),
        ),
      ),
    ),
};

/** Terway from → Kubernetes from, as the release notes of ACK say. The newest that fits counts. */
const FLOORS: readonly (readonly [terway: Version, kubernetes: Version])[] = [
  [
    [1, 10, 0],
    [1, 31, 0],
  ],
  [
    [1, 9, 0],
    [1, 30, 0],
  ],
  [
    [1, 7, 0],
    [1, 24, 0],
  ],
  [
    [1, 5, 1],
    [1, 22, 0],
  ],
];

/** Took no notice of vswitches (terway #811). */
const IGNORES_VSWITCHES: readonly [Version, Version] = [
  [1, 13, 0],
  [1, 13, 7],
];

function versionsFit(terway: Version, kubernetes: Version | undefined, server: string): Outcome {
  const name = terway.join('.');
  const floor = FLOORS.find(([from]) => isAtLeast(terway, from))?.[1];
  if (kubernetes === undefined) return unchecked(`${server} is no version of Kubernetes.`);
  if (floor !== undefined && !isAtLeast(kubernetes, floor)) {
    return failed(`Terway ${name} wants Kubernetes ${floor[0]}.${floor[1]}, and this is ${server}.`);
  }
  const [from, to] = IGNORES_VSWITCHES;
  if (isAtLeast(terway, from) && !isAtLeast(terway, to)) {
    return failed(`Terway ${name} takes no notice of vswitches in eni_conf.`, {
      severity: 'warning',
      remedy: 'Upgrade to Terway 1.13.7 or newer.',
    });
  }
  return passed();
}

function versions(facts: CheckFacts): Known<readonly [Version, string]> {
  return all(terwayVersion(facts), detailNeeded(facts, 'serverVersion'));
}

const matrix: Check = {
  id: 'C45',
  title: 'This Terway gets on with this Kubernetes',
  severity: 'error',
  needs: ['spec', 'cluster', 'details'],
  remedy: 'Upgrade Kubernetes first, or take an older Terway: 1.8 for Kubernetes 1.24 to 1.29, 1.9 for 1.30.',
  evaluate: (facts) =>
    ofTerway(
      facts,
      () => versions(facts),
      ([terway, server]) => versionsFit(terway, parseVersion(server), server),
    ),
};

export const INSTANCES: readonly Check[] = [carriesPods, kubeletLimit, pools, dualStack, systems, matrix];
