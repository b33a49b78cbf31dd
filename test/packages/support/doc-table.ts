// What is done with each command of the documentation: on which stage it is run, or why it is not run here.
import type { DocCommand } from './doc-commands.ts';
import type { Ran } from './render.ts';

/** What stands before the first command. On every stage there are nodes, Calico and Terway as they ship, and the emulated cloud. */
export type Start =
  /** Nothing of ours. */
  | 'nothing'
  /** `kubectl apply -k deploy`, with the Secret of the access key. */
  | 'installed'
  /** That, and the sample of BGP, which is Ready. */
  | 'ready'
  /** A HybridNetwork under Restore that is being deleted, and no operator any more. */
  | 'stuck'
  /** A Helm release, and the sample, which is Ready. */
  | 'released';

export interface StagePlan {
  /** Pages, or sections of pages: `docs/install.md#helm`. In this order, one after the other. */
  readonly parts: readonly string[];
  readonly from: Start;
  /** Shell commands that succeed in the end, within half a minute. */
  readonly leaves?: readonly string[];
}

const IS_READY = 'kubectl wait --for=condition=Ready --timeout=1s hn/idc-hangzhou';
const IS_INSTALLED =
  'kubectl -n hybridnetwork-system rollout status deployment hybridnetwork-operator --timeout=1s';
const CALICO_STAYS_OFF =
  '! kubectl -n kube-system get pods -l k8s-app=calico-node -o wide --no-headers | grep -E " (ecs|vk)-"';
/** The patch by hand forgets virtual nodes. */
const CALICO_STAYS_OFF_CLOUD =
  '! kubectl -n kube-system get pods -l k8s-app=calico-node -o wide --no-headers | grep -E " ecs-"';
const NO_HOLD = `! kubectl get ds,deploy,sts -A -o yaml | grep -E "hybrid.alibabacloud.com/hold:"`;
const NO_CRD = '! kubectl get crd -o name | grep hybridnetworks';
const NO_NAMESPACE = '! kubectl get namespace hybridnetwork-system';
const NO_HOLD_GUARD = '! kubectl get mutatingadmissionpolicybinding hybridnetwork-hold';
const NO_GUARD = '! kubectl get mutatingadmissionpolicybindings -o name | grep hybridnetwork';

export const STAGES: readonly StagePlan[] = [
  { parts: ['README.md'], from: 'nothing', leaves: [IS_READY, CALICO_STAYS_OFF] },
  {
    parts: ['docs/install.md#kustomize'],
    from: 'nothing',
    leaves: ['kubectl get mutatingadmissionpolicybinding hybridnetwork-hold'],
  },
  { parts: ['docs/install.md#helm'], from: 'nothing', leaves: [IS_INSTALLED] },
  {
    parts: ['docs/install.md#one-file', 'docs/install.md#the-first-hybridnetwork'],
    from: 'nothing',
    leaves: [IS_READY, CALICO_STAYS_OFF],
  },
  { parts: ['docs/usage.md'], from: 'installed', leaves: [IS_READY, CALICO_STAYS_OFF] },
  {
    parts: [
      'CONTRIBUTING.md',
      'docs/conditions.md',
      'docs/checks.md',
      'docs/faq.md',
      'docs/options.md',
      'docs/security.md',
      'docs/troubleshooting.md',
      'docs/scenarios.md',
    ],
    from: 'ready',
    // docs/faq.md suspends, and docs/scenarios.md drains a cloud node and deletes it, as for another image.
    leaves: [CALICO_STAYS_OFF, '! kubectl get node ecs-1'],
  },
  {
    parts: ['docs/guard.md'],
    from: 'nothing',
    // The last command takes one binding out of force, for a single workload.
    leaves: ['kubectl get validatingadmissionpolicybinding hybridnetwork-node-label', NO_HOLD_GUARD],
  },
  {
    parts: [
      'docs/upgrade.md#before',
      'docs/upgrade.md#kustomize',
      'docs/upgrade.md#what-else-is-upgraded-and-what-the-operator-does-then',
      'docs/upgrade.md#from-kubectl-to-helm',
    ],
    from: 'ready',
    leaves: [IS_READY, CALICO_STAYS_OFF],
  },
  {
    parts: ['docs/uninstall.md', 'docs/uninstall.md#in-the-right-order'],
    from: 'ready',
    leaves: [NO_HOLD, NO_CRD, NO_NAMESPACE, NO_GUARD],
  },
  {
    parts: ['docs/upgrade.md#helm', 'docs/uninstall.md#with-helm'],
    from: 'released',
    leaves: [NO_HOLD, NO_CRD, NO_NAMESPACE],
  },
  {
    parts: ['docs/uninstall.md#what-happens-in-another-order'],
    from: 'stuck',
    leaves: ['test -z "$(kubectl get hybridnetworks -o name)"', NO_GUARD],
  },
  {
    parts: ['docs/comparison.md'],
    from: 'nothing',
    leaves: ['kubectl -n kube-system get secret alibaba-addon-secret', CALICO_STAYS_OFF_CLOUD],
  },
];

interface NotRun {
  readonly command: RegExp;
  /** Everywhere, unless it is for one section: `docs/install.md#helm`. */
  readonly where?: string;
  readonly because: string;
}

export const NOT_RUN: readonly NotRun[] = [
  {
    command: /^npm ci$/,
    because: 'it has brought what runs here, and would replace it meanwhile; .ci/run begins with it',
  },
  { command: /^npm test$/, because: 'these are the tests; .ci/run runs them' },
  {
    command: /^kubectl get hybridnetworks -o wide$/,
    where: 'README.md#five-minutes',
    because: 'it shows what the demo prints, and is compared with that below',
  },
  {
    command:
      /^(kubectl apply -k deploy|helm install hybridnetwork-operator deploy\/chart|kubectl apply -f install.yaml)$/,
    where: 'docs/install.md#',
    because: 'a table of the three ways; each is run in its section',
  },
  {
    command: /^helm test /,
    because:
      'its Pod needs a kubelet that runs it; test/packages/helm-release.test.ts plays one and runs the script of the Pod',
  },
  { command: /^kubectl .* logs /, because: 'kwok plays the nodes: no kubelet has a log to give' },
  { command: /^npm run faults/, because: 'hours of work; test/faults/campaign.test.ts runs a share of it' },
  {
    command: /^kubectl apply -k deploy$/,
    where: 'docs/chart.md#',
    because: 'says what the chart makes; test/packages/chart.test.ts compares the two',
  },
  {
    command: /^kubectl -n calico-system delete rolebinding /,
    where: 'docs/uninstall.md#what-stays-in-the-cluster',
    because: 'takes back what docs/usage.md gives, which is run there on another control plane',
  },
];

/** Why it is not run; undefined where it is. */
export function whyNot(command: DocCommand): string | undefined {
  return NOT_RUN.find((row) => isMeant(row, command))?.because;
}

export function isMeant({ command, where }: NotRun, { text, page, section }: DocCommand): boolean {
  return command.test(text) && (where === undefined || where === `${page}#${section}`);
}

/** Whether the command belongs to that part: a page as such has what no other part names a section for. */
export function isOfPart(part: string, { page, section }: DocCommand): boolean {
  if (part.includes('#')) return part === `${page}#${section}`;
  return part === page && !STAGES.some(({ parts }) => parts.includes(`${page}#${section}`));
}

/** What a person puts in for a word in capitals. */
const STANDS_FOR: readonly (readonly [RegExp, string])[] = [
  [/\b(hn|hybridnetwork) NAME\b/g, '$1 idc-hangzhou'],
  [/-n NAMESPACE patch ds NAME\b/g, '-n kube-system patch ds calico-node'],
  [/\bnode NAME\b/g, 'node ecs-1'],
  [/\bNODE\b/g, 'ecs-1'],
];

export function filledIn(text: string): string {
  return STANDS_FOR.reduce((filled, [word, value]) => filled.replaceAll(word, value), text);
}

/** An exit code of 1 is no failure where it says, with what stands there, that there are differences or that a check fails. */
export function isFine(text: string, { code, stdout }: Ran): boolean {
  if (code === 0) return true;
  if (code !== 1) return false;
  if (text.startsWith('kubectl diff ')) return stdout.startsWith('diff ');
  return /^npm run (-s )?hn -- check\b/.test(text) && /failed/i.test(stdout);
}
