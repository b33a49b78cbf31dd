// What the instances can carry.
import { capacityOfType, nodeCapacities } from '../capacity.ts';
import type { NodeCapacity } from '../capacity.ts';
import type { InstanceType } from '../cloud-facts.ts';
import type { CloudNode } from '../cloud-nodes.ts';
import type { EniSettings } from '../eni/settings.ts';
import { listed } from '../wording.ts';
import { cloudPart, detailNeeded } from './check-facts.ts';
import type { CheckFacts, NodeDetail } from './check-facts.ts';
import type { Check } from './check.ts';
import { eniSettings, ofCloudNodes, ofTerway, whereTerwayRuns } from './known-facts.ts';
import { all, failed, given, notApplicable, passed, unchecked, unless } from './outcome.ts';
import type { Outcome } from './outcome.ts';

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

function tooLarge({ maxPoolSize }: EniSettings, capacities: readonly NodeCapacity[]): Outcome {
  const small = capacities.filter(({ pods }) => maxPoolSize > pods);
  // Terway takes the smaller of the two.
  return unless(
    small.map(({ node, pods }) => `max_pool_size ${maxPoolSize} is above the ${pods} pods of node ${node}.`),
    { severity: 'warning' },
  );
}

function smallestAboveLargest({ minPoolSize, maxPoolSize }: EniSettings): readonly string[] {
  return minPoolSize > maxPoolSize
    ? [`min_pool_size ${minPoolSize} is above max_pool_size ${maxPoolSize}.`]
    : [];
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
        const own = smallestAboveLargest(settings);
        if (own.length > 0) return unless(own);
        return ofTypes(facts, (types, _, nodes) =>
          tooLarge(settings, nodeCapacities(nodes, new Map(types.map((type) => [type.id, type])), settings)),
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
      if (!settings.isDualStack) return notApplicable('ip_stack of eni_conf is not dual.');
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

export const INSTANCES: readonly Check[] = [carriesPods, kubeletLimit, pools, dualStack];
