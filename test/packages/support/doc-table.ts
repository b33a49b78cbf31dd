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
  /** Pages, sections of pages (`docs/install.md#helm`), or folders (`docs/runbooks/`). In this order, one after the other. */
  readonly parts: readonly string[];
  readonly from: Start;
  /** How many cloud nodes there are; 2 unless told. Pages that delete some need more. */
  readonly cloudNodes?: number;
  /** Shell commands that come first. */
  readonly given?: readonly string[];
  /** Shell commands that succeed in the end, within half a minute. */
  readonly leaves?: readonly string[];
}

const TERM = '{"matchExpressions":[{"key":"kubernetes.io/os","operator":"In","values":["linux"]}]}';
const REQUIRED = `{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[${TERM}]}}`;
const ONLY_LINUX = `kubectl -n kube-system patch ds calico-node -p '{"spec":{"template":{"spec":{"affinity":{"nodeAffinity":${REQUIRED}}}}}}'`;
const TERMS = `kubectl -n kube-system get ds calico-node -o jsonpath='{.spec.template.spec.affinity}'`;
const IS_READY = 'kubectl wait --for=condition=Ready --timeout=1s hn/idc-hangzhou';
const IS_INSTALLED =
  'kubectl -n hybridnetwork-system rollout status deployment hybridnetwork-operator --timeout=1s';
const CALICO = 'kubectl -n kube-system get pods -l k8s-app=calico-node -o wide --no-headers';
const CALICO_STAYS_OFF = lacks(CALICO, ' (ecs|vk)-');
/** The patch by hand forgets virtual nodes. */
const CALICO_STAYS_OFF_CLOUD = lacks(CALICO, ' ecs-');
const NO_HOLD = lacks('kubectl get ds,deploy,sts -A -o yaml', 'hybrid.alibabacloud.com/hold:');
const NO_CRD = lacks('kubectl get crd -o name', 'hybridnetworks');
const NO_NETWORK = lacks('kubectl get hybridnetworks -o name', '.');
const NO_NAMESPACE = lacks('kubectl get namespaces -o name', 'hybridnetwork-system');
const NO_HOLD_GUARD = lacks('kubectl get mutatingadmissionpolicybindings -o name', 'hybridnetwork-hold');
const NO_GUARD = lacks('kubectl get mutatingadmissionpolicybindings -o name', 'hybridnetwork');

/** Succeeds where the command does, and nothing that it prints matches. */
function lacks(command: string, pattern: string): string {
  return `found=$(${command}); ! grep -E '${pattern}' <<<"$found"`;
}

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
    leaves: [CALICO_STAYS_OFF, lacks('kubectl get nodes -o name', 'ecs-1')],
  },
  {
    parts: ['docs/guard.md'],
    from: 'installed',
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
    leaves: [NO_NETWORK, NO_GUARD],
  },
  {
    parts: ['docs/monitoring.md', 'docs/runbooks/'],
    from: 'ready',
    // The board of the component for monitoring, and what docs/options.md makes.
    given: [
      `helm template hybridnetwork-operator deploy/chart --namespace hybridnetwork-system --set monitoring.enabled=true \\
        --show-only templates/monitoring/board.yaml | kubectl apply -f -`,
      'kubectl -n hybridnetwork-system create configmap hybridnetwork-operator --from-literal=LOG_LEVEL=info',
    ],
    cloudNodes: 8,
  },
  {
    // Argo CD itself does not run on this stage: test/packages/argocd.test.ts runs it.
    parts: ['docs/gitops.md'],
    from: 'ready',
    given: [
      'kubectl create namespace argocd',
      'kubectl -n argocd create configmap argocd-cm',
      'kubectl apply --server-side -f "$ARGOCD/manifests/crds/application-crd.yaml"',
      'kubectl apply -f deploy/argocd/applications.yaml',
    ],
    leaves: [
      'kubectl -n argocd get configmap argocd-cm -o yaml | grep -q health.hybrid.alibabacloud.com_HybridNetwork',
    ],
  },
  {
    parts: ['docs/comparison.md'],
    from: 'nothing',
    // The page says that the patch by hand takes away what stood in the list.
    given: [ONLY_LINUX],
    leaves: [
      lacks(TERMS, 'kubernetes.io/os'),
      'kubectl -n kube-system get secret alibaba-addon-secret',
      CALICO_STAYS_OFF_CLOUD,
    ],
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
  {
    command: /^docker (build|push) /,
    because:
      'there is neither Docker nor a registry; test/packages/image.test.ts builds the same Dockerfile by buildah',
  },
  { command: /^kubectl .* logs /, because: 'kwok plays the nodes: no kubelet has a log to give' },
  {
    command: /^kubectl -n argocd patch application .*Terminating/,
    because:
      'it ends a sync that is under way, and no Argo CD runs there; test/packages/argocd-prune.test.ts does the same to a real one',
  },
  { command: /^kubectl .* top pods$/, because: 'nothing serves metrics of pods here' },
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
  if (part.endsWith('/')) return page.startsWith(part);
  return part === page && !STAGES.some(({ parts }) => parts.includes(`${page}#${section}`));
}

/** An exit code of 1 is no failure where it says, with what stands there, that there are differences, that a check
 *  fails, or that nothing was found. */
export function isFine(text: string, { code, stdout, stderr }: Ran): boolean {
  if (code === 0) return true;
  if (code !== 1) return false;
  if (/\| grep [^|]+$/.test(text)) return stdout + stderr === '';
  if (text.startsWith('kubectl diff ')) return stdout.startsWith('diff ');
  return /^npm run (-s )?hn -- check\b/.test(text) && /failed/i.test(stdout);
}
