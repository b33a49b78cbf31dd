// Worlds for the checks of address ranges.
import {
  byId,
  eniConfig,
  POD_VSWITCH,
  route,
  routeTable,
  SPEC,
  told,
  untold,
  vpc,
  ZONE,
} from '../../../support/make-check-facts.ts';
import { present } from '../../../support/make-facts.ts';
import { NO_CLOUD } from '../../../support/check-rows.ts';
import type { RowTable } from '../../../support/check-rows.ts';
import type { HybridNetworkSpec } from '../../../../src/api/hybrid-network.ts';

const OVERLAY: Partial<HybridNetworkSpec> = { scenario: 'Overlay', terway: {} };

function withService(serviceCIDR: string): Partial<HybridNetworkSpec> {
  const eniConf = { ...SPEC.terway?.eniConfig, serviceCIDR } as NonNullable<
    HybridNetworkSpec['terway']
  >['eniConfig'] &
    object;
  return { terway: { eniConfig: eniConf } };
}

function kubeadm(text: string) {
  return present({
    uid: 'uid-kubeadm',
    resourceVersion: '1',
    annotations: {},
    hasAnnotations: false,
    data: { ClusterConfiguration: `networking:\n  ${text}\n` },
    hasData: true,
  });
}

export const ADDRESS_ROWS: RowTable = {
  C01: {
    fails: [
      {
        what: 'a pod vSwitch inside of the Service CIDR',
        cloud: { vSwitches: told(byId({ ...POD_VSWITCH, cidr: '172.21.8.0/24' })) },
        says: 'The Service CIDR (172.21.0.0/20) overlaps pod vSwitch vsw-pods (172.21.8.0/24).',
      },
    ],
    unchecked: [NO_CLOUD, { cloud: { vSwitches: untold('Denied') }, why: 'RAM does not allow DescribeVpcs' }],
    notApplicable: [{ spec: OVERLAY }],
  },
  C02: {
    passes: [
      { details: { serviceCIDRs: { state: 'absent' }, kubeadm: kubeadm('serviceSubnet: 172.21.0.0/20') } },
    ],
    fails: [
      {
        what: 'another Service CIDR than the API server has',
        details: { serviceCIDRs: present(['10.96.0.0/12']) },
        says: 'service_cidr of eni_conf is 172.21.0.0/20, but the Service CIDR of the API server (10.96.0.0/12).',
      },
    ],
    unchecked: [
      {
        details: { serviceCIDRs: { state: 'forbidden', why: 'no right' } },
        why: 'may not be read, no right',
      },
      { details: { serviceCIDRs: { state: 'absent' } }, why: 'cannot be read in this cluster' },
    ],
  },
  C03: {
    fails: [
      {
        what: 'a secondary block of the VPC around the Service CIDR',
        cloud: { vpc: told(vpc({ secondaryCidrs: ['172.16.0.0/12'] })) },
        says: 'a secondary block of VPC vpc-a (172.16.0.0/12)',
      },
    ],
    unchecked: [NO_CLOUD],
  },
  C04: {
    fails: [
      {
        what: 'on-premises nodes in the Service CIDR of the API server',
        spec: {
          onPremises: { podCIDRs: ['10.100.0.0/16'] },
          terway: { eniConfig: { vSwitches: { [ZONE]: ['vsw-pods'] }, securityGroupIDs: ['sg-a'] } },
        },
        cluster: { eniConfig: eniConfig({ service_cidr: '192.168.0.0/16' }) },
        says: 'overlaps node idc-1 (192.168.0.10/32)',
      },
    ],
    unchecked: [
      {
        spec: { onPremises: { podCIDRs: ['10.100.0.0/16'] } },
        details: { nodes: { state: 'unknown' } },
        why: 'Or set spec.onPremises.nodeCIDRs.',
      },
    ],
  },
  C05: {
    fails: [
      {
        what: 'a node vSwitch in the pool of Calico',
        spec: { onPremises: { nodeCIDRs: ['192.168.0.0/24'] } },
        details: {
          ipPools: present([{ name: 'default', cidr: '10.0.0.0/18', natOutgoing: false, disabled: false }]),
        },
        says: /IPPool default \(10\.0\.0\.0\/18\) overlaps vSwitch vsw-nodes/,
      },
    ],
    unchecked: [
      NO_CLOUD,
      {
        spec: { onPremises: { nodeCIDRs: ['192.168.0.0/24'] } },
        details: { ipPools: { state: 'absent' } },
        why: 'set spec.onPremises.podCIDRs',
      },
    ],
  },
  C06: {
    fails: [
      {
        what: 'a VPC around the on-premises pods',
        cloud: { vpc: told(vpc({ cidr: '10.0.0.0/8' })) },
        says: 'The on-premises pod CIDR (10.100.0.0/16) lies inside VPC vpc-a (10.0.0.0/8).',
      },
    ],
    unchecked: [
      NO_CLOUD,
      { cloud: { vpc: { state: 'pending' } }, why: 'has not been asked for the VPC yet' },
    ],
  },
  C07: {
    fails: [
      {
        what: 'a route that takes addresses of the pod vSwitch',
        cloud: { routeTables: told([routeTable({ entries: [route('10.0.40.0/24')] })]) },
        says: 'The route of vtb-a to Attachment tr-attach-a (10.0.40.0/24) takes addresses of pod vSwitch vsw-pods',
      },
      {
        what: 'on-premises nodes in the pod vSwitch',
        spec: { onPremises: { podCIDRs: ['10.100.0.0/16'], nodeCIDRs: ['10.0.33.0/24'] } },
        says: 'overlaps the on-premises node CIDR (10.0.33.0/24)',
      },
    ],
    unchecked: [NO_CLOUD, { cloud: { routeTables: untold('Throttled') }, why: 'asks for patience' }],
  },
  C08: {
    fails: [
      {
        what: 'pods with addresses of the loopback',
        spec: { onPremises: { podCIDRs: ['127.0.0.0/16'] } },
        says: 'meets 127.0.0.0/8, which is the loopback',
      },
      {
        what: 'a Service CIDR in the range of the cloud',
        spec: withService('100.64.0.0/16'),
        says: 'which is used by services of the cloud itself',
        severity: 'warning',
      },
    ],
    unchecked: [
      {
        spec: { onPremises: {}, terway: {} },
        cluster: 'none',
        cloud: 'none',
        why: 'The Service CIDR of the API server: not read.',
      },
    ],
  },
};
