// Worlds for the checks of the pod vSwitches, and of routes.
import {
  byId,
  cloudNode,
  eniConfig,
  instance,
  networkInterface,
  NODE_VSWITCH,
  NODES,
  POD_VSWITCH,
  route,
  routeTable,
  told,
  untold,
  vpc,
  ZONE,
} from '../../../support/make-check-facts.ts';
import { present } from '../../../support/make-facts.ts';
import { NO_CLOUD, NO_CLUSTER } from '../../../support/check-rows.ts';
import type { RowTable } from '../../../support/check-rows.ts';
import type { HybridNetworkSpec } from '../../../../src/api/hybrid-network.ts';

const OVERLAY: Partial<HybridNetworkSpec> = { scenario: 'Overlay', terway: {} };

export const VSWITCH_ROWS: RowTable = {
  C10: {
    fails: [
      {
        what: 'a vSwitch that the VPC does not have',
        cloud: { vSwitches: told(byId(NODE_VSWITCH)) },
        says: `The VPC has no vSwitch vsw-pods, which stands under ${ZONE}.`,
      },
      {
        what: 'a vSwitch that is being made',
        cloud: { vSwitches: told(byId({ ...POD_VSWITCH, status: 'Pending' })) },
        says: 'vSwitch vsw-pods is Pending.',
      },
      {
        what: 'a vSwitch whose zone was to be looked up',
        spec: { terway: { eniConfig: { vSwitchIDs: ['vsw-gone'], securityGroupIDs: ['sg-a'] } } },
        says: 'The VPC has no vSwitch vsw-gone.',
      },
    ],
    unchecked: [
      NO_CLOUD,
      {
        spec: { terway: {} },
        cluster: { eniConfig: { state: 'absent' } },
        why: 'There is no ConfigMap kube-system/eni-config.',
      },
      { spec: { terway: {} }, cluster: { eniConfig: eniConfig({}, { eni_conf: '{' }) }, why: 'see C35' },
    ],
  },
  C11: {
    fails: [
      {
        what: 'a vSwitch of another VPC',
        cloud: { vSwitches: told(byId({ ...POD_VSWITCH, vpcId: 'vpc-b' })) },
        says: 'vSwitch vsw-pods lies in vpc-b, not in vpc-a.',
      },
    ],
    unchecked: [
      NO_CLOUD,
      { cloud: { vpc: { state: 'absent', asOf: '' } }, why: 'The cloud knows nothing of the VPC.' },
    ],
  },
  C12: {
    fails: [
      {
        what: 'a vSwitch under the zone of another one',
        cloud: { vSwitches: told(byId({ ...POD_VSWITCH, zoneId: 'cn-hangzhou-i' })) },
        says: 'vSwitch vsw-pods lies in zone cn-hangzhou-i and stands under cn-hangzhou-h.',
      },
    ],
    unchecked: [NO_CLOUD],
  },
  C13: {
    fails: [
      {
        what: 'a node in a zone without a vSwitch',
        cloud: { instances: told(byId(instance({ zoneId: 'cn-hangzhou-j' }))) },
        says: 'Zone cn-hangzhou-j has cloud nodes and no vSwitch.',
      },
    ],
    unchecked: [
      NO_CLUSTER,
      {
        cluster: { nodes: [cloudNode('ecs-1', { labels: { 'alibabacloud.com/external': 'true' } })] },
        cloud: { instances: untold() },
        why: 'The zone of these nodes is not known: ecs-1',
      },
    ],
    notApplicable: [{ cluster: { nodes: NODES.slice(0, 2) } }],
  },
  C14: {
    passes: [{ maxNodes: 100 }],
    fails: [
      {
        what: 'a vSwitch without a free address',
        cloud: { vSwitches: told(byId({ ...POD_VSWITCH, freeIPs: 0 })) },
        says: 'No address is left in zone cn-hangzhou-h (vsw-pods).',
        severity: 'error',
      },
      {
        what: 'a vSwitch that is nearly full',
        cloud: { vSwitches: told(byId({ ...POD_VSWITCH, freeIPs: 1_000 })) },
        says: 'Zone cn-hangzhou-h has 1000 of 8188 addresses left.',
      },
      {
        what: 'more nodes to come than there are addresses for',
        maxNodes: 1_000,
        cloud: { vSwitches: told(byId({ ...POD_VSWITCH, freeIPs: 2_000 })) },
        says: 'has 2000 free addresses, and 999 nodes to come will take 4995',
      },
    ],
    unchecked: [NO_CLOUD],
  },
  C15: {
    fails: [
      {
        what: 'a small vSwitch',
        cloud: { vSwitches: told(byId({ ...POD_VSWITCH, cidr: '10.0.32.0/24' })) },
        says: 'vSwitch vsw-pods has 10.0.32.0/24.',
      },
    ],
    unchecked: [NO_CLOUD],
  },
  C17: {
    passes: [
      {
        cloud: {
          vpc: told(vpc({ natGatewayIds: [] })),
          routeTables: told([routeTable({ entries: [route('0.0.0.0/0')] })]),
        },
      },
    ],
    fails: [
      {
        what: 'a VPC without a NAT gateway',
        cloud: { vpc: told(vpc({ natGatewayIds: [] })) },
        says: 'VPC vpc-a has neither a NAT gateway nor a default route.',
        remedy: 'SNAT entry for every pod vSwitch',
      },
    ],
    unchecked: [NO_CLOUD],
  },
  C18: {
    passes: [
      { cloud: { networkInterfaces: told([networkInterface({ type: 'Primary', vSwitchId: 'vsw-nodes' })]) } },
    ],
    fails: [
      {
        what: 'an interface from before a change of vSwitch and groups',
        cloud: {
          networkInterfaces: told([networkInterface({ vSwitchId: 'vsw-old', securityGroupIds: ['sg-old'] })]),
        },
        says: 'Node ecs-1: 1 interface with vSwitch and security groups of before a change (eni-one).',
      },
    ],
    unchecked: [NO_CLOUD],
  },
};

export const ROUTE_ROWS: RowTable = {
  C82: {
    fails: [
      {
        what: 'no route to the on-premises pods',
        cloud: { routeTables: told([routeTable({ entries: [route('192.168.0.0/16')] })]) },
        says: 'Route table vtb-a has no route to the on-premises pod CIDR (10.100.0.0/16).',
      },
      {
        what: 'a default route to a NAT gateway only, in the table of the vSwitch itself',
        cloud: {
          routeTables: told([
            routeTable(),
            routeTable({
              id: 'vtb-b',
              type: 'Custom',
              vSwitchIds: ['vsw-pods'],
              entries: [route('0.0.0.0/0', 'NatGateway')],
            }),
          ]),
        },
        says: 'Route table vtb-b has no route to the on-premises node CIDR (192.168.0.0/24).',
      },
    ],
    unchecked: [NO_CLOUD],
    notApplicable: [{ spec: OVERLAY }],
  },
  C83: {
    fails: [
      {
        what: 'more blocks than a peer may announce',
        details: {
          addressBlocks: present(
            Array.from({ length: 120 }, (_, n) => `10.100.${Math.floor(n / 4)}.${(n % 4) * 64}/26`),
          ),
        },
        says: '120 address blocks, as one: 10.100.0.0/16; the router takes 110 from a peer. Announced one by one, 10 of them are dropped.',
        remedy: 'aggregate-address 10.100.0.0/16 summary-only',
      },
      {
        what: 'nearly as many blocks as a peer may announce, outside of every pool',
        details: { addressBlocks: present(Array.from({ length: 89 }, (_, n) => `10.200.${n}.0/26`)) },
        says: '89 address blocks, as one: 10.200.0.0/17; the router takes 110 from a peer.',
      },
    ],
    unchecked: [
      {
        details: { addressBlocks: { state: 'forbidden', why: 'no right' } },
        why: 'may not be read, no right',
      },
      { details: { addressBlocks: { state: 'absent' } }, why: 'Neither the CNI nor the nodes tell' },
    ],
  },
};
