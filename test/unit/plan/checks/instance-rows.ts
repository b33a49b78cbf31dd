// Worlds for the checks of instances and versions, and of nodes.
import { daemonSet, deployment } from '../../../support/make-workload.ts';
import {
  byId,
  cloudNode,
  eniConfig,
  instance,
  instanceType,
  nodeDetails,
  told,
  WORKLOADS,
} from '../../../support/make-check-facts.ts';
import { node, present } from '../../../support/make-facts.ts';
import { NO_CLOUD, NO_CLUSTER } from '../../../support/check-rows.ts';
import type { RowTable } from '../../../support/check-rows.ts';

export const INSTANCE_ROWS: RowTable = {
  C40: {
    fails: [
      {
        what: 'a type with a single interface',
        cloud: { instanceTypes: told(byId(instanceType({ enis: 1 }))) },
        says: 'ecs.g7.2xlarge has 1 interfaces, and none is left for pods.',
      },
      {
        what: 'trunking on a type without a trunk',
        cluster: { eniConfig: eniConfig({ enable_eni_trunking: true }) },
        cloud: { instanceTypes: told(byId(instanceType({ trunk: false }))) },
        says: 'enable_eni_trunking is set, and ecs.g7.2xlarge has no trunk.',
        severity: 'warning',
      },
    ],
    unchecked: [
      NO_CLUSTER,
      NO_CLOUD,
      {
        cloud: { instanceTypes: told(new Map()) },
        why: 'The instance type of these nodes is not known: ecs-1',
      },
    ],
  },
  C41: {
    fails: [
      {
        what: 'a kubelet with the usual 110 pods',
        details: { nodes: nodeDetails({ maxPods: 110 }) },
        says: 'Node ecs-1 takes 110 pods, and Terway has addresses for 45 on ecs.g7.2xlarge.',
      },
    ],
    unchecked: [
      NO_CLOUD,
      { details: { nodes: { state: 'unknown' } }, why: 'The nodes in detail: not read yet' },
    ],
  },
  C42: {
    fails: [
      {
        what: 'a pool larger than the node',
        spec: { terway: {} },
        cluster: { eniConfig: eniConfig({ max_pool_size: 60 }) },
        says: 'max_pool_size 60 is above the 45 pods of node ecs-1.',
        severity: 'warning',
      },
      {
        what: 'a smallest pool larger than the largest',
        spec: { terway: {} },
        cluster: { eniConfig: eniConfig({ min_pool_size: 9 }) },
        says: 'min_pool_size 9 is above max_pool_size 5.',
      },
    ],
    unchecked: [NO_CLOUD],
  },
  C43: {
    passes: [{ cluster: { eniConfig: eniConfig({ ip_stack: 'dual' }) } }],
    fails: [
      {
        what: 'fewer IPv6 than IPv4 addresses',
        cluster: { eniConfig: eniConfig({ ip_stack: 'dual' }) },
        cloud: { instanceTypes: told(byId(instanceType({ ipv6PerEni: 1 }))) },
        says: 'ecs.g7.2xlarge has 15 IPv4 and 1 IPv6 addresses per interface.',
      },
    ],
    unchecked: [{ ...NO_CLOUD, cluster: { eniConfig: eniConfig({ ip_stack: 'dual' }) } }],
  },
  C44: {
    passes: [
      {
        details: { nodes: nodeDetails({ kernelVersion: '3.10.0-1160.el7.x86_64' }) },
        assumedTerway: '1.8.0',
      },
    ],
    fails: [
      {
        what: 'the kernel of CentOS 7',
        details: { nodes: nodeDetails({ kernelVersion: '3.10.0-1160.el7.x86_64' }) },
        says: 'Node ecs-1 has kernel 3.10.0-1160.el7.x86_64, and Terway 1.16.6 wants 5.10.',
      },
      {
        what: 'a system that is no longer supported',
        details: { nodes: nodeDetails({ osImage: 'CentOS Linux 7 (Core)' }) },
        says: 'Terway 1.16.6 is not supported on ecs-1 (CentOS Linux 7 (Core)).',
        severity: 'warning',
      },
    ],
    unchecked: [
      NO_CLUSTER,
      { cluster: { workloads: [daemonSet({ name: 'terway-eniip' })] }, why: 'give one with --assume-terway' },
      {
        details: { nodes: nodeDetails({ kernelVersion: 'custom' }) },
        why: 'The kernel of these nodes is not known: ecs-1',
      },
    ],
  },
  C45: {
    passes: [{ assumedTerway: 'v1.8.18', details: { serverVersion: present('v1.24.3') } }],
    fails: [
      {
        what: 'an old Kubernetes',
        details: { serverVersion: present('v1.24.3') },
        says: 'Terway 1.16.6 wants Kubernetes 1.31, and this is v1.24.3.',
      },
      {
        what: 'a Terway that ignores vSwitches',
        assumedTerway: '1.13.2',
        says: 'Terway 1.13.2 takes no notice of vswitches in eni_conf.',
        severity: 'warning',
      },
    ],
    unchecked: [
      NO_CLUSTER,
      { details: { serverVersion: { state: 'unknown', why: 'time-out' } }, why: 'time-out' },
    ],
  },
};

export const NODE_ROWS: RowTable = {
  C50: {
    fails: [
      {
        what: 'a cloud node without a providerID',
        cluster: { nodes: [cloudNode('ecs-9', { providerID: '' })] },
        says: 'Node ecs-9 carries alibabacloud.com/external=true but has no providerID',
      },
      {
        what: 'an ECS node without the label of a cloud node',
        cluster: { nodes: [{ ...node('onPremises', 'ecs-9'), providerID: 'cn-hangzhou.i-nine' }] },
        says: 'Node ecs-9 has the providerID of an ECS instance but no label',
      },
      {
        what: 'a cloud node without further labels',
        cluster: { nodes: [cloudNode('ecs-9', { labels: { 'alibabacloud.com/external': 'true' } })] },
        says: 'Node ecs-9 lacks alibabacloud.com/nodepool-id',
        severity: 'warning',
      },
    ],
    unchecked: [NO_CLUSTER],
  },
  C51: {
    fails: [
      {
        what: 'an instance that is not there',
        cloud: { instances: told(new Map()) },
        says: 'The account has no instance i-one, as node ecs-1 says.',
      },
      {
        what: 'an instance of another region',
        cloud: { instances: told(byId(instance({ regionId: 'cn-beijing' }))) },
        says: 'Node ecs-1 says region cn-hangzhou, and i-one is in cn-beijing.',
      },
    ],
    unchecked: [NO_CLUSTER, NO_CLOUD],
  },
  C52: {
    fails: [
      {
        what: 'an on-premises node with the label of a cloud node',
        cluster: { nodes: [node('cloud', 'idc-7')] },
        says: 'Node idc-7 carries alibabacloud.com/external=true but has no providerID of an ECS instance.',
      },
    ],
    unchecked: [NO_CLUSTER],
  },
  C53: {
    fails: [
      {
        what: 'a cloud node that Calico has left its annotations on',
        cluster: { nodes: [cloudNode('ecs-1', { ran: ['OnPremises'] })] },
        says: 'Node ecs-1 has run the network plug-in of the other side.',
      },
    ],
    unchecked: [NO_CLUSTER],
  },
  C54: {
    passes: [
      {
        cluster: {
          workloads: [...WORKLOADS, deployment({ name: 'cloud-controller-manager' })],
          nodes: [
            node('onPremises', 'idc-1', { labels: { 'service.alibabacloud.com/exclude-node': 'true' } }),
          ],
        },
      },
    ],
    fails: [
      {
        what: 'a cloud controller and nodes that it may take for its own',
        cluster: { workloads: [...WORKLOADS, deployment({ name: 'cloud-controller-manager' })] },
        says: 'kube-system/cloud-controller-manager looks after idc-1, idc-2 too.',
      },
    ],
    unchecked: [NO_CLUSTER],
  },
};
