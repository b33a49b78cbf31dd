// docs/checks.md, written from the list of checks.
import { JUDGED } from '../src/plan/cloud-judgement.ts';
import type { Check, Need } from '../src/plan/checks/check.ts';
import { CHECKS } from '../src/plan/checks/index.ts';
import { NOT_CHECKED } from '../src/plan/checks/not-checked.ts';

const ACTIONS: Readonly<Record<Exclude<Need, 'spec' | 'cluster' | 'details'>, string>> = {
  vpc: 'vpc:DescribeVpcs',
  vSwitches: 'vpc:DescribeVSwitches',
  routeTables: 'vpc:DescribeRouteTableList, vpc:DescribeRouteEntryList',
  securityGroups: 'ecs:DescribeSecurityGroups',
  securityGroupRules: 'ecs:DescribeSecurityGroupAttribute',
  instances: 'ecs:DescribeInstances',
  instanceTypes: 'ecs:DescribeInstanceTypes',
  networkInterfaces: 'ecs:DescribeNetworkInterfaces',
  permissions: 'a DryRun of each of them, where the API has one',
};

const WORDS: Readonly<Record<Need, string>> = {
  spec: 'spec',
  cluster: 'cluster',
  details: 'cluster details',
  vpc: 'VPC',
  vSwitches: 'vSwitches',
  routeTables: 'routes',
  securityGroups: 'security groups',
  securityGroupRules: 'their rules',
  instances: 'instances',
  instanceTypes: 'instance types',
  networkInterfaces: 'network interfaces',
  permissions: 'permissions',
};

const SUBJECTS: readonly (readonly [subject: string, from: string, to: string])[] = [
  ['Addresses', 'C01', 'C09'],
  ['vSwitches', 'C10', 'C19'],
  ['Security groups', 'C20', 'C29'],
  ['Credentials and eni-config', 'C30', 'C39'],
  ['Instances and versions', 'C40', 'C49'],
  ['Nodes', 'C50', 'C59'],
  ['Workloads and what lies between', 'C60', 'C69'],
  ['Routes', 'C80', 'C89'],
];

// A remedy may hold a snippet; in a table it stands on one line.
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\n\s*/g, ' ');
}

function row({ id, title, severity, needs, remedy }: Check): string {
  return `| ${id} | ${cell(title)} | ${severity} | ${needs.map((need) => WORDS[need]).join(', ')} | ${cell(remedy)} |`;
}

function section([subject, from, to]: (typeof SUBJECTS)[number]): string {
  const rows = CHECKS.filter(({ id }) => id >= from && id <= to).map(row);
  return `### ${subject}\n\n| id | what should be true | severity | asks | what to do |\n| --- | --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

/** Checks that no section shows: a new subject is missing above. */
export function unlisted(): readonly string[] {
  return CHECKS.map(({ id }) => id).filter((id) => !SUBJECTS.some(([, from, to]) => id >= from && id <= to));
}

/** Every check, and every question of the catalogue that none answers. */
export function renderChecks(): string {
  const actions = Object.entries(ACTIONS).map(([need, action]) => `| ${WORDS[need as Need]} | ${action} |`);
  const others = NOT_CHECKED.map(({ id, title, why }) => `| ${id} | ${cell(title)} | ${cell(why)} |`);
  return `# Checks

<!-- Generated from src/plan/checks by \`npm run generate\`. -->

A check asks one question before a pod hangs in ContainerCreating. Each has an id that never changes, and one of these
answers: passed, failed with a message and a remedy, not checked with the reason, not applicable. What cannot be asked is
never taken for wrong.

An **error** means that pods will fail, a **warning** that some may, or under circumstances; **info** is advice. A finding
may weigh less or more than its check, and says so.

## Asking

\`\`\`sh
npm run -s hn -- check                              # every HybridNetwork of the cluster in KUBECONFIG
npm run -s hn -- check idc-hangzhou -o json         # one of them, for a program
npm run -s hn -- check -f network.yaml              # an object in a file, against that cluster
npm run -s hn -- check -f network.yaml --offline    # the object alone
npm run -s hn -- check --assume-terway 1.16.6       # before an upgrade of Terway
npm run -s hn -- check --skip C15,C17 --max-nodes 100
npm run -s hn -- plan                               # what the operator would do, and why
\`\`\`

Nothing is written anywhere. The exit code is 0 where no check of severity error failed, 1 where one did or an object of the
cluster is not valid, 2 for wrong usage, for a file that is not valid, and for a cluster that cannot be read.

\`check\` asks the cloud also where \`spec.cloud.validation\` is Disabled: that field speaks of the operator, and whoever types the
command wants an answer. It calls what reads only; \`--offline\`, or no key, keeps it from asking.

The cloud is asked with the access key in the Secret that \`spec.cloud.credentialsRef\` names, and where that is missing or wrong
with no other one. Without such a reference, with the one that \`spec.credentials.secretRef\` names, or else that of
alibaba-addon-secret (a new key only once the cloud has taken it). Where none of them can be read, with the identity of the
environment: \`ALIBABA_CLOUD_ACCESS_KEY_ID\`, \`ALIBABA_CLOUD_ACCESS_KEY_SECRET\` (and \`ALIBABA_CLOUD_SECURITY_TOKEN\` of a session),
or the variables of RRSA or of a RAM role in [options](options.md). \`HTTPS_PROXY\` and \`NO_PROXY\` are
followed. \`CLOUD_ENDPOINT\` names a private endpoint, or the emulator of \`npm run emulator\`. The region is
\`spec.cloud.regionID\`, or else that of the zones in eni_conf, or of the cloud nodes.

\`plan\` tries a new access key as the operator would, by one call, where \`spec.cloud.validation\` has keys tried; the row
\`CredentialsValid\` says what came of it, or why it could not be tried from here. It does not ask the checks.

## Whom they ask

The spec is the HybridNetwork itself; the cluster is what the operator knows anyway; cluster details are read for checks
alone: nodes, the Service CIDR, kubeadm-config, and the configuration of kube-proxy and of the CNI. The cloud is asked for:

| asks | actions |
| --- | --- |
${actions.join('\n')}

## In the operator

With \`spec.cloud.regionID\` the operator asks them by itself, those of the cloud and of addresses, as far as it knows the
cluster without further rights: ${JUDGED.map(({ id }) => id).join(', ')}. The condition
\`CloudValidated\` sums up, \`status.checks\` holds those that failed, \`status.zones\` the free addresses, \`status.capacity\` the
pods that Terway has addresses for. An Event tells when a check begins to fail and when it no longer does. With
\`spec.cloud.validation: Enforce\` an error holds back what would be published; \`spec.cloud.skipChecks\` leaves checks out.

| metric | what it says |
| --- | --- |
| \`hybridnetwork_check_failed{network,id,severity}\` | 1 for each check that fails |
| \`hybridnetwork_free_ips{network,zone}\` | free addresses of the pod vSwitches |
| \`hybridnetwork_pod_capacity{network,instance_type,mode}\` | pods that Terway has addresses for |
| \`hybridnetwork_cloud_calls_total{product,action,outcome}\` | calls, by what became of them |

## The checks

${SUBJECTS.map(section).join('\n')}
## What is not checked

| id | what should be true | why it is not checked |
| --- | --- | --- |
${others.join('\n')}
`;
}
