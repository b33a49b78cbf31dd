// The nodes of both sides: what they wear, and what they are.
import { nodesToReimage, pluginHistory } from '../cleanup.ts';
import { INSTANCE_ID_LABEL, NODE_POOL_LABEL, REGION_LABEL, TYPE_LABEL, ZONE_LABEL } from '../cloud-nodes.ts';
import type { CloudNode } from '../cloud-nodes.ts';
import type { Instance } from '../cloud-facts.ts';
import type { Facts, NodeFact } from '../facts.ts';
import { doubtfulNodes, kindOfNode } from '../nodes.ts';
import { listed } from '../wording.ts';
import { cloudPart, clusterOf } from './check-facts.ts';
import type { Check } from './check.ts';
import { ofCloudNodes } from './known-facts.ts';
import { failed, given, notApplicable, passed, unless } from './outcome.ts';
import type { Outcome } from './outcome.ts';

const LABELS = [NODE_POOL_LABEL, INSTANCE_ID_LABEL, REGION_LABEL, ZONE_LABEL, TYPE_LABEL];

function unlabelled({ labels }: NodeFact): readonly string[] {
  return LABELS.filter((label) => labels[label] === undefined);
}

/** Nothing but the label says that it is in the cloud: see C52. */
function looksForeign(node: NodeFact): boolean {
  return kindOfNode(node) === 'cloud' && node.labels[INSTANCE_ID_LABEL] === undefined;
}

function wear(nodes: readonly NodeFact[]): Outcome {
  const strangers = doubtfulNodes(nodes.filter((node) => !looksForeign(node)));
  if (strangers.length > 0) return unless(strangers);
  const bare = nodes
    .filter((node) => kindOfNode(node) === 'cloud' && unlabelled(node).length > 0)
    .map((node) => `Node ${node.name} lacks ${unlabelled(node).join(', ')}.`);
  return unless(bare, { severity: 'warning' });
}

const cloudNodesWear: Check = {
  id: 'C50',
  title: 'Every ECS node wears the labels of a cloud node',
  severity: 'error',
  needs: ['cluster'],
  remedy:
    'Let the node script hand ALIBABA_CLOUD_LABELS to the kubelet, and label these nodes: a cloud node without alibabacloud.com/external=true gets the on-premises CNI. Region, zone and type are read by a Terway with central IPAM, and by C13 and C40.',
  evaluate: (facts) => given(clusterOf(facts), ({ nodes }) => wear(nodes)),
};

function unknownInstances(
  nodes: readonly CloudNode[],
  instances: ReadonlyMap<string, Instance>,
): readonly string[] {
  return nodes.flatMap(({ node, instanceId, regionId }) => {
    if (instanceId === undefined) return [];
    const instance = instances.get(instanceId);
    if (instance === undefined)
      return [`The account has no instance ${instanceId}, as node ${node.name} says.`];
    if (regionId === undefined || regionId === instance.regionId) return [];
    return [`Node ${node.name} says region ${regionId}, and ${instanceId} is in ${instance.regionId}.`];
  });
}

const instancesExist: Check = {
  id: 'C51',
  title: 'The instance behind every cloud node exists',
  severity: 'warning',
  needs: ['cluster', 'instances'],
  remedy:
    'Correct --provider-id of the kubelet (region.instance), or delete the Node of an instance that is gone. Where another account owns the instance, ask with a key of that account.',
  evaluate: (facts) =>
    ofCloudNodes(facts, (nodes) =>
      given(cloudPart(facts, 'instances'), (instances) => unless(unknownInstances(nodes, instances))),
    ),
};

const onPremisesDoNot: Check = {
  id: 'C52',
  title: 'No on-premises node wears the label of a cloud node',
  severity: 'error',
  needs: ['cluster'],
  remedy:
    'Take it off if the node is no ECS instance: kubectl label node NAME alibabacloud.com/external-. Otherwise set --provider-id of its kubelet.',
  evaluate: (facts) =>
    given(clusterOf(facts), ({ nodes }) => unless(doubtfulNodes(nodes.filter(looksForeign)))),
};

const onePlugin: Check = {
  id: 'C53',
  title: 'Cloud nodes have had one network plug-in only',
  severity: 'error',
  needs: ['spec', 'cluster'],
  remedy:
    'Drain each node, delete its Node object, re-image it and let it join again: what the other plug-in left in /etc/cni/net.d may sort before the right one.',
  evaluate: (facts) =>
    given(clusterOf(facts), (cluster) =>
      unless(
        nodesToReimage(pluginHistory(cluster), cluster.network).map(
          (node) => `Node ${node} has run the network plug-in of the other side.`,
        ),
      ),
    ),
};

const EXCLUDE_LABELS = ['service.alibabacloud.com/exclude-node', 'service.beta.kubernetes.io/exclude-node'];

function isExempt({ labels, providerID = '' }: NodeFact): boolean {
  return EXCLUDE_LABELS.some((label) => label in labels) || providerID.startsWith('ack-hybrid://');
}

function exempt({ workloads, nodes }: Facts): Outcome {
  const manager = workloads.find(({ name }) => /cloud-controller-manager/.test(name));
  if (manager === undefined) return notApplicable('No cloud-controller-manager runs here.');
  const open = nodes.filter((node) => kindOfNode(node) === 'onPremises' && !isExempt(node));
  if (open.length === 0) return passed();
  return failed(
    `${manager.namespace}/${manager.name} looks after ${listed(open.map(({ name }) => name))} too.`,
  );
}

const keptFromController: Check = {
  id: 'C54',
  title: 'The cloud controller leaves on-premises nodes alone',
  severity: 'warning',
  needs: ['cluster'],
  remedy:
    'Label the on-premises nodes service.alibabacloud.com/exclude-node=true: the controller adds nodes to load balancers, and deletes NotReady ones with a providerID that it does not know.',
  evaluate: (facts) => given(clusterOf(facts), exempt),
};

export const NODES: readonly Check[] = [
  cloudNodesWear,
  instancesExist,
  onPremisesDoNot,
  onePlugin,
  keptFromController,
];
