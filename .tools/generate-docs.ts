// docs/conditions.md and the options of the README, written from the tables in the code.
import { CONDITION_TYPES, REASONS } from '../src/api/conditions.ts';
import { OPTION_TABLE } from '../src/option-table.ts';
import { reasonLinks } from './runbooks.ts';

interface ReasonRow {
  readonly meaning: string;
  readonly remedy?: string;
  readonly stalls?: true;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function conditionRows(): readonly string[] {
  return Object.entries(CONDITION_TYPES).map(([type, meaning]) => `| \`${type}\` | ${cell(meaning)} |`);
}

function reasonRows(): readonly string[] {
  const links = reasonLinks();
  const named = (reason: string): string => {
    const link = links.get(reason);
    return link === undefined ? `\`${reason}\`` : `[\`${reason}\`](${link})`;
  };
  return Object.entries<ReasonRow>(REASONS).map(
    ([reason, { meaning, remedy = '–', stalls }]) =>
      `| ${named(reason)} | ${cell(meaning)} | ${cell(remedy)} | ${stalls === true ? 'yes' : ''} |`,
  );
}

/** Every condition and every reason, with meaning and remedy. */
export function renderConditions(): string {
  return `# Conditions and reasons

<!-- Generated from src/api/conditions.ts by \`npm run generate\`. -->

A HybridNetwork tells how it stands in \`status.conditions\`. \`kubectl get hybridnetworks -o wide\` shows Ready and its
message; \`kubectl describe hybridnetwork NAME\` shows all of them.

\`Ready=False\` means that a person is needed. \`Stalled=True\` beside it means that nothing will change until then. While
work is under way \`Reconciling=True\` stands there, and \`Ready\` keeps the value that it had.

## Conditions

| type | what it says |
| --- | --- |
${conditionRows().join('\n')}

## Reasons

Each reason has a section in the [runbooks](runbooks/README.md): where it is seen, what to look at, what to do, when it is over.

| reason | meaning | what to do | stalls |
| --- | --- | --- | --- |
${reasonRows().join('\n')}
`;
}

/** The table of flags and environment variables. */
export function renderOptions(): string {
  const rows = OPTION_TABLE.map(
    ({ flag, variable, fallback, meaning }) =>
      `| \`--${flag}\` | \`${variable}\` | ${fallback === '' ? '–' : `\`${fallback}\``} | ${cell(meaning)} |`,
  );
  return ['| flag | environment | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

const NAMESPACE = 'hybridnetwork-system';

/** docs/options.md */
export function renderOptionsPage(): string {
  return `# Flags and environment

<!-- Generated from src/option-table.ts by \`npm run generate\`. -->

The cluster comes from \`KUBECONFIG\`, or from the ServiceAccount of the pod. A flag wins over its variable. The Deployment takes
variables from the ConfigMap \`hybridnetwork-operator\` of its namespace, where there is one. A pod reads it as it starts: after a change
of the ConfigMap restart the Deployment, as [below](#a-ram-role-in-place-of-a-key).

${renderOptions()}

## A RAM role in place of a key

The checks ask ECS and VPC with the key of \`spec.cloud.credentialsRef\`; without one, with the role that the process was given;
without one, with Terway's key ([ADR 0015](adr/0015-who-asks-the-cloud.md)). The role needs [the operator's policy](ram-policies.md).

**The role of the ECS instance**, where the operator runs on ECS:

\`\`\`bash
kubectl -n ${NAMESPACE} create configmap hybridnetwork-operator --from-literal=ALIBABA_CLOUD_ECS_METADATA=NAME-OF-THE-ROLE
kubectl -n ${NAMESPACE} rollout restart deployment hybridnetwork-operator
\`\`\`

On the pod network the NetworkPolicy has to let out port 80 of 100.100.100.200, where the role is asked for ([install](install.md#options)).

**RRSA**: create an OIDC identity provider in RAM with the issuer of the cluster, and a role that trusts the subject
\`system:serviceaccount:${NAMESPACE}:hybridnetwork-operator\` with the audience \`sts.aliyuncs.com\`. Where ack-pod-identity-webhook
is installed it sets the variables and mounts the token. Elsewhere this patch of the Deployment does:

\`\`\`yaml
spec:
  template:
    spec:
      containers:
        - name: operator
          env:
            - { name: ALIBABA_CLOUD_ROLE_ARN, value: 'acs:ram::UID:role/NAME' }
            - { name: ALIBABA_CLOUD_OIDC_PROVIDER_ARN, value: 'acs:ram::UID:oidc-provider/NAME' }
            - { name: ALIBABA_CLOUD_OIDC_TOKEN_FILE, value: /var/run/secrets/rrsa/token }
          volumeMounts:
            - { name: rrsa, mountPath: /var/run/secrets/rrsa, readOnly: true }
      volumes:
        - name: rrsa
          projected:
            sources:
              - serviceAccountToken: { audience: sts.aliyuncs.com, expirationSeconds: 3600, path: token }
\`\`\`
`;
}
