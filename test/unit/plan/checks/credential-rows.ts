// Worlds for the checks of the access key and of eni-config.
import { daemonSet } from '../../../support/make-workload.ts';
import { eniConfig, NODES, told, trouble, untold, vpc } from '../../../support/make-check-facts.ts';
import { KEY_VALUES, present, secret } from '../../../support/make-facts.ts';
import { NO_CLOUD, NO_CLUSTER } from '../../../support/check-rows.ts';
import type { RowTable } from '../../../support/check-rows.ts';

export const CREDENTIAL_ROWS: RowTable = {
  C30: {
    passes: [{ cloud: { vpc: untold('Denied'), vSwitches: untold('Unreachable') } }],
    fails: [
      {
        what: 'a key that the cloud does not know',
        cloud: {
          vpc: { state: 'unknown', trouble: trouble('InvalidCredentials', 'InvalidAccessKeyId.NotFound') },
        },
        says: 'The cloud does not take it (InvalidAccessKeyId.NotFound).',
      },
      {
        what: 'a key that was taken once',
        cloud: { vpc: { state: 'known', value: vpc(), asOf: '', stale: trouble('InvalidCredentials') } },
        says: 'The cloud does not take it.',
      },
      {
        what: 'a key for reading that the cloud does not know',
        asker: 'Reader',
        cloud: { vpc: { state: 'unknown', trouble: trouble('InvalidCredentials') } },
        says: 'The cloud does not take it.',
        remedy: 'the Secret that spec.cloud.credentialsRef names',
      },
      {
        what: 'a role of the process that the cloud does not give',
        asker: 'Process',
        cloud: { vpc: { state: 'unknown', trouble: trouble('InvalidCredentials') } },
        says: 'The cloud does not take it.',
        remedy: 'whether the role is there, and whom it trusts',
      },
    ],
    unchecked: [
      NO_CLOUD,
      {
        cloud: {
          vpc: untold(),
          vSwitches: untold(),
          routeTables: untold(),
          securityGroups: untold(),
          securityGroupRules: untold(),
          instances: untold(),
          instanceTypes: untold(),
          networkInterfaces: untold(),
          permissions: untold(),
        },
        why: 'got no answer',
      },
    ],
  },
  C31: {
    fails: [
      {
        what: 'an action of Terway that is denied',
        cloud: { permissions: told(new Map([['ecs:DescribeInstanceTypes', false]])) },
        says: 'RAM does not allow DescribeInstanceTypes.',
      },
      {
        what: 'an action of the checks alone that is denied',
        cloud: { permissions: told(new Map([['DescribeVpcs', false]])) },
        says: 'RAM does not allow DescribeVpcs.',
        severity: 'warning',
      },
      {
        what: 'an action of Terway that another identity may not call, which says nothing of Terway',
        asker: 'Reader',
        cloud: { permissions: told(new Map([['ecs:DescribeInstanceTypes', false]])) },
        says: 'RAM does not allow DescribeInstanceTypes.',
        severity: 'warning',
        remedy: 'Attach the policy of the operator',
      },
    ],
    unchecked: [NO_CLOUD],
  },
  C33: {
    fails: [
      {
        what: 'a Secret for a RAM role',
        cluster: { addonSecret: present(secret({ 'access-key-id': '', 'access-key-secret': '' })) },
        says: 'Terway takes the RAM role of its instance.',
        severity: 'warning',
      },
      { what: 'no Secret', cluster: { addonSecret: { state: 'absent' } }, says: 'There is no Secret' },
      {
        what: 'half a key',
        cluster: { addonSecret: present(secret({ 'access-key-id': 'LTAI5tHalf' })) },
        says: 'lacks a value for access-key-secret',
      },
      {
        what: 'a line break behind a value',
        cluster: { addonSecret: present(secret({ ...KEY_VALUES, 'access-key-id': 'LTAI5tGood\n' })) },
        says: 'white space around it',
      },
    ],
    unchecked: [
      NO_CLUSTER,
      { cluster: { addonSecret: { state: 'forbidden', why: 'no right' } }, why: 'may not be read: no right' },
    ],
  },
  C34: {
    passes: [
      {
        cluster: {
          workloads: [daemonSet({ name: 'terway-eniip' })],
          eniConfig: eniConfig({ access_key: 'LTAI5tInline', access_secret: 'SecretInline' }),
        },
      },
    ],
    fails: [
      {
        what: 'a key in eni_conf that the Secret has as well',
        cluster: { eniConfig: eniConfig({ access_key: 'LTAI5tInline', access_secret: 'SecretInline' }) },
        says: 'eni_conf holds a value for access_key and access_secret',
      },
    ],
    unchecked: [NO_CLUSTER, { cluster: { eniConfig: { state: 'unknown' } }, why: 'see C35' }],
  },
};

export const ENI_CONFIG_ROWS: RowTable = {
  C35: {
    passes: [{ cluster: { eniConfig: { state: 'absent' } } }],
    fails: [
      {
        what: 'a comma too many',
        cluster: { eniConfig: eniConfig({}, { eni_conf: '{"a":1,}' }) },
        says: /eni_conf: \w+ at line 1/,
      },
      {
        what: 'a placeholder',
        cluster: { eniConfig: eniConfig({ service_cidr: '{{.ServiceCIDR}}' }) },
        says: 'eni_conf: service_cidr still is a placeholder.',
      },
      {
        what: 'a slip of the pen',
        cluster: { eniConfig: eniConfig({ vswitchs: {} }) },
        says: 'is vswitches meant?',
        severity: 'warning',
      },
      {
        what: 'none, and nothing to make one from',
        spec: { terway: {} },
        cluster: { eniConfig: { state: 'absent' } },
        says: 'There is no ConfigMap kube-system/eni-config.',
      },
    ],
    unchecked: [
      NO_CLUSTER,
      { cluster: { eniConfig: { state: 'forbidden', why: 'no right' } }, why: 'no right' },
    ],
  },
  C36: {
    fails: [
      {
        what: 'the tag of another cluster',
        spec: { terway: {} },
        cluster: { eniConfig: eniConfig({ eni_tags: { 'ack.aliyun.com': 'c2' } }) },
        says: 'eni_tags says c2, and this cluster is c1.',
      },
      {
        what: 'no tag',
        spec: { terway: {} },
        cluster: { eniConfig: eniConfig({ eni_tags: {} }) },
        says: 'eni_tags has no ack.aliyun.com; this cluster is c1.',
      },
    ],
    unchecked: [NO_CLUSTER, { cluster: { nodes: NODES.slice(0, 2) }, why: 'tells the id of this cluster' }],
  },
};
