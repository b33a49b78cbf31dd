// What is known of a cloud node as an ECS instance: by its labels, as the node pool and a cloud controller set them, its
// providerID, and what the cloud says of the instance.
import type { Instance } from './cloud-facts.ts';
import type { NodeFact } from './facts.ts';
import { kindOfNode } from './nodes.ts';

export const INSTANCE_ID_LABEL = 'alibabacloud.com/instance-id';
export const ZONE_LABEL = 'topology.kubernetes.io/zone';
export const REGION_LABEL = 'topology.kubernetes.io/region';
export const TYPE_LABEL = 'node.kubernetes.io/instance-type';
export const NODE_POOL_LABEL = 'alibabacloud.com/nodepool-id';
export const CLUSTER_LABEL = 'ack.aliyun.com';
/** Terway types/k8s.go: one ENI for each pod on such a node. */
export const EXCLUSIVE_LABEL = 'k8s.aliyun.com/exclusive-mode-eni-type';
export const EXCLUSIVE_VALUE = 'eniOnly';

export interface CloudNode {
  readonly node: NodeFact;
  readonly instanceId: string | undefined;
  readonly regionId: string | undefined;
  readonly zoneId: string | undefined;
  readonly typeId: string | undefined;
  /** As the cloud knows it; undefined where the cloud was not asked, or knows no such instance. */
  readonly instance: Instance | undefined;
}

const PROVIDER_ID = /^(?:alicloud:\/\/)?([a-z0-9-]+)\.(i-[a-z0-9]+)$/;

function idsOf({ providerID = '', labels }: NodeFact): Pick<CloudNode, 'instanceId' | 'regionId'> {
  const [, region, id] = PROVIDER_ID.exec(providerID) ?? [];
  return { instanceId: id ?? labels[INSTANCE_ID_LABEL], regionId: region ?? labels[REGION_LABEL] };
}

function cloudNode(node: NodeFact, instances: ReadonlyMap<string, Instance>): CloudNode {
  const { instanceId, regionId } = idsOf(node);
  const instance = instances.get(instanceId ?? '');
  return {
    node,
    instanceId,
    regionId: regionId ?? instance?.regionId,
    zoneId: instance?.zoneId ?? node.labels[ZONE_LABEL],
    typeId: instance?.typeId ?? node.labels[TYPE_LABEL],
    instance,
  };
}

/** The cloud nodes of the cluster, in the order of their names. */
export function cloudNodes(
  nodes: readonly NodeFact[],
  instances: ReadonlyMap<string, Instance> = new Map(),
): readonly CloudNode[] {
  return nodes
    .filter((node) => kindOfNode(node) === 'cloud')
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((node) => cloudNode(node, instances));
}
