// Worlds for the checks of security groups.
import {
  accept,
  byId,
  group,
  networkInterface,
  SPEC,
  told,
  untold,
} from '../../../support/make-check-facts.ts';
import { NO_CLOUD } from '../../../support/check-rows.ts';
import type { RowTable } from '../../../support/check-rows.ts';
import type { HybridNetworkSpec } from '../../../../src/api/hybrid-network.ts';

const OVERLAY: Partial<HybridNetworkSpec> = { scenario: 'Overlay', terway: {} };

const ANOTHER = told(byId(group('sg-a'), group('sg-b', { type: 'enterprise' })));

function withGroups(...ids: readonly string[]): Partial<HybridNetworkSpec> {
  const eniConf = { ...SPEC.terway?.eniConfig, securityGroupIDs: [...ids] } as NonNullable<
    HybridNetworkSpec['terway']
  >['eniConfig'] &
    object;
  return { terway: { eniConfig: eniConf } };
}

/** RAM lets the groups be read, and not what they let through. */
const RULES_DENIED = { securityGroupRules: untold('Denied') };

export const GROUP_ROWS: RowTable = {
  C20: {
    passes: [{ cloud: RULES_DENIED }],
    fails: [
      {
        what: 'a group that does not exist',
        spec: withGroups('sg-x'),
        says: 'There is no security group sg-x.',
      },
      {
        what: 'a group of another VPC',
        cloud: { securityGroups: told(byId(group('sg-a', { vpcId: 'vpc-b' }))) },
        says: 'Security group sg-a lies in vpc-b, not in vpc-a.',
      },
    ],
    unchecked: [NO_CLOUD],
  },
  C21: {
    passes: [{ cloud: RULES_DENIED }],
    fails: [
      {
        what: 'a basic group beside an advanced one',
        spec: withGroups('sg-a', 'sg-b'),
        cloud: { securityGroups: ANOTHER },
        says: 'sg-a is normal, sg-b is enterprise.',
      },
    ],
    unchecked: [NO_CLOUD],
  },
  C22: {
    fails: [
      {
        what: 'eleven groups',
        spec: withGroups(...Array.from({ length: 11 }, (_, n) => `sg-${n}`)),
        says: 'There are 11, and this Terway takes 10 at most.',
      },
      {
        what: 'six groups for an older Terway',
        spec: withGroups(...Array.from({ length: 6 }, (_, n) => `sg-${n}`)),
        assumedTerway: '1.8.0',
        says: 'this Terway takes 5 at most',
      },
    ],
    unchecked: [{ spec: { terway: {} }, cluster: 'none', why: 'spec.terway.eniConfig is not set' }],
  },
  C23: {
    passes: [{ cloud: RULES_DENIED }],
    fails: [
      {
        what: 'nodes to come with more addresses than a basic group takes',
        maxNodes: 200,
        says: 'Security group sg-a takes 6000 private addresses, and the nodes may come to 9000.',
        remedy: 'advanced security group',
      },
      {
        what: 'a basic group that is nearly full',
        cloud: {
          networkInterfaces: told([
            networkInterface({ privateIPs: Array.from({ length: 5_000 }, (_, n) => `10.0.32.${n}`) }),
          ]),
        },
        says: 'has 5000 of 6000 private addresses from cloud nodes alone',
      },
    ],
    unchecked: [NO_CLOUD],
  },
  C24: {
    passes: [
      {
        spec: { ...OVERLAY, onPremises: { cni: { type: 'Calico' }, nodeCIDRs: ['192.168.0.0/24'] } },
        cloud: {
          securityGroups: told(
            byId(
              group('sg-a', {
                rules: [
                  accept('192.168.0.0/16', { protocol: 'UDP', portRange: '4789/4789' }),
                  accept('192.168.0.0/16', { protocol: 'TCP', portRange: '10250/10250' }),
                ],
              }),
            ),
          ),
        },
      },
    ],
    fails: [
      {
        what: 'a group that lets nothing in',
        cloud: { securityGroups: told(byId(group('sg-a', { rules: [] }))) },
        says: 'sg-a does not let in the kubelet (TCP 10250) from 192.168.0.0/24.',
      },
      {
        what: 'pods that the on-premises pods do not reach',
        cloud: { securityGroups: told(byId(group('sg-a', { rules: [accept('192.168.0.0/24')] }))) },
        says: 'sg-a does not let in traffic of the data center from 10.100.0.0/16.',
      },
      {
        what: 'an overlay without a way for its tunnel',
        spec: { ...OVERLAY, onPremises: { cni: { type: 'Calico' }, nodeCIDRs: ['192.168.0.0/24'] } },
        cloud: {
          securityGroups: told(
            byId(group('sg-a', { rules: [accept('0.0.0.0/0', { protocol: 'TCP', portRange: '1/65535' })] })),
          ),
        },
        says: 'sg-a does not let in tunnel of Calico (IPIP, or VXLAN over UDP 4789) from 192.168.0.0/24.',
      },
    ],
    unchecked: [
      NO_CLOUD,
      { cloud: { securityGroups: told(new Map()) }, why: 'The security groups are not there, see C20.' },
      { cloud: RULES_DENIED, why: 'RAM does not allow' },
    ],
  },
  C25: {
    fails: [
      {
        what: 'a group of pods that knows nothing of the nodes',
        spec: withGroups('sg-b'),
        cloud: { securityGroups: told(byId(group('sg-a'), group('sg-b'))) },
        says: 'sg-a of the nodes lets in nothing of the pods (sg-b).',
      },
    ],
    unchecked: [NO_CLOUD, { cloud: RULES_DENIED, why: 'RAM does not allow' }],
    passes: [
      {
        spec: withGroups('sg-b'),
        cloud: {
          securityGroups: told(
            byId(
              group('sg-a', { rules: [accept('10.0.32.0/19')] }),
              group('sg-b', {
                rules: [
                  {
                    direction: 'ingress',
                    protocol: 'ALL',
                    portRange: '-1/-1',
                    policy: 'Accept',
                    priority: 1,
                    groupId: 'sg-a',
                  },
                ],
              }),
            ),
          ),
        },
      },
    ],
  },
};
