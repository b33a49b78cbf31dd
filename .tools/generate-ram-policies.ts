// docs/ram-policies.md, written from the calls that src/cloud makes and the table of those that Terway makes.
import { CLOUD_ACTIONS } from '../src/cloud/api.ts';
import { TERWAY_IPV6_ACTIONS, TERWAY_OPTIONAL_ACTIONS, TERWAY_POLICIES } from '../src/plan/ram-policies.ts';
import type { TerwayPolicy } from '../src/plan/ram-policies.ts';

function policy(actions: readonly string[]): string {
  const statement = { Effect: 'Allow', Action: actions.toSorted(), Resource: '*' };
  const document = { Version: '1', Statement: [statement] };
  return `\`\`\`json\n${JSON.stringify(document, undefined, 2)}\n\`\`\`\n`;
}

function listed(actions: readonly string[]): string {
  return actions.map((action) => `\`${action}\``).join(', ');
}

function ofTerway({ versions, actions, note }: TerwayPolicy): string {
  return `### Terway ${versions}\n\n${note === undefined ? '' : `${note}\n\n`}${policy(actions)}`;
}

export function renderRamPolicies(): string {
  const [latest] = TERWAY_POLICIES;
  const union = [...new Set([...CLOUD_ACTIONS, ...(latest?.actions ?? [])])];
  return `# RAM policies

<!-- Generated from src/cloud/api.ts and src/plan/ram-policies.ts by \`npm run generate\`. -->

Two parties ask Alibaba Cloud: the operator, which only reads, and Terway, which makes and removes network interfaces. A
policy is created in the RAM console as a custom policy (JSON) and attached to the RAM user, or to the RAM role, whose key
the party works with. \`Resource\` is \`*\`: most of the actions that list something know no narrower one.

The key in \`kube-system/alibaba-addon-secret\` is shared with other add-ons (log and event collectors, virtual nodes, the
autoscaler): its RAM user needs their policies as well, each attached beside the others. Taking one off because Terway does
not need it stops an add-on.

## The operator

Every call that it makes, and no other. A right that is missing makes the checks that need it \`not checked\`; nothing is taken
for wrong. Whether a key is accepted is asked by \`vpc:DescribeVpcs\` with \`DryRun\`, and needs no right at all: RAM looks at the
key before it looks at its rights.

${policy(CLOUD_ACTIONS)}
It is attached to whoever asks: the RAM user of the Secret that \`spec.cloud.credentialsRef\` names, or else the RAM role that
the operator was given (RRSA, or that of its ECS instance: [options](options.md)), or else the RAM user of Terway's key
([ADR 0015](adr/0015-who-asks-the-cloud.md)). In the last case the user needs both policies; together, for Terway ${latest?.versions ?? ''}:

${policy(union)}
## Terway

${listed(TERWAY_IPV6_ACTIONS)} are called with \`ip_stack: dual\` only, ${listed(TERWAY_OPTIONAL_ACTIONS)} with the feature gate
ENIAttributeBasic or central IPAM only. \`ecs:DescribeInstanceTypes\` is called at every start of Terway, and the policy of the
older guides lacks it; check C31 finds that out.

${TERWAY_POLICIES.map(ofTerway).join('\n')}`;
}
