// What a person has to place at the owner of a workload that we may not write: a sentence, and YAML to paste. Flow
// style, because the text stands in a status, where every workload has 2,048 characters.
import { findPart } from './cni/index.ts';
import type { ChartField, OwnerFields } from './cni/contract.ts';
import type { Affinity, Workload } from './facts.ts';
import type { Manager, ManagerName } from './owner-marks.ts';
import { flow, quoted } from './yaml-flow.ts';

export interface SnippetRequest {
  readonly workload: Workload;
  readonly manager: Manager;
  /** The whole affinity as it shall stand: every setting below replaces what the owner renders now. */
  readonly wanted: Affinity;
}

type Fields = Readonly<Record<string, unknown>>;

const TERMS = 'affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution';
// Leaves room for the sentence within 1,024 characters.
const AFFINITY_LIMIT = 700;
const LABEL_ALL = 'Label every on-premises node first, and only those';

function label({ kind, namespace, name }: Workload): string {
  return `${kind} ${namespace}/${name}`;
}

/** `Flux HelmRelease flux-system/cilium` */
function who({ name, detail, owner }: Manager): string {
  return owner === undefined ? name : `${name} ${detail}`;
}

/** The field `path` of nested maps: ('a.b', 1) is {a: {b: 1}}. */
function at(path: string, value: unknown): Fields {
  const nested = path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  return nested as Fields;
}

/** One `key: {flow}` line for each key of the map. */
function block(fields: Fields): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key}: ${flow(value)}`)
    .join('\n');
}

// Pod affinities can be long; the text then asks to keep them.
function shortened(wanted: Affinity): { readonly affinity: Affinity; readonly isShortened: boolean } {
  const required = wanted.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined || flow(wanted).length <= AFFINITY_LIMIT)
    return { affinity: wanted, isShortened: false };
  return {
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } },
    isShortened: true,
  };
}

function patched({ kind, name }: Workload, affinity: Affinity): string {
  const operations = flow([{ op: 'add', path: '/spec/template/spec/affinity', value: affinity }]);
  return `patches: [{target: ${flow({ kind, name })}, patch: ${quoted(operations)}}]`;
}

function byHand({ kind, namespace, name }: Workload, affinity: Affinity): string {
  const patch = JSON.stringify(at('spec.template.spec.affinity', affinity));
  return `kubectl -n ${namespace} patch ${kind.toLowerCase()} ${name} --type merge -p ${quoted(patch)}`;
}

function ownerFieldsOf(workload: Workload): OwnerFields {
  return findPart(workload)?.owner ?? {};
}

function chartOf(workload: Workload): ChartField | undefined {
  return ownerFieldsOf(workload).chart;
}

function noted(chart: { readonly note?: string }): string {
  return chart.note === undefined ? '' : ` ${chart.note}.`;
}

function tigera({ workload, manager }: SnippetRequest, affinity: Affinity): string {
  const { tigera: field } = ownerFieldsOf(workload);
  if (field === undefined) {
    return `The tigera-operator reverts changes of ${label(workload)}. Set this where ${manager.detail} takes an affinity for it:\n${block({ affinity })}`;
  }
  const where =
    field.kind === 'Installation'
      ? 'the Installation overlay, one object for all such fields, which the operator merges over default'
      : `the ${field.kind} ${field.name}`;
  const yaml = block({
    apiVersion: 'operator.tigera.io/v1',
    kind: field.kind,
    metadata: { name: field.name },
    spec: at(`${field.field}.spec.template.spec.affinity`, affinity),
  });
  return `The tigera-operator reverts changes of ${label(workload)}. Set its affinity in ${where}:\n${yaml}`;
}

function helmChartConfig({ workload, manager }: SnippetRequest, affinity: Affinity): string {
  const name = manager.owner?.name ?? '';
  const chart = chartOf(workload);
  const why = `The next upgrade of chart ${name} reverts or refuses changes of ${label(workload)}.`;
  if (chart?.takes === 'Nothing') {
    return `Chart ${name} has no value for the affinity of ${label(workload)}, so no HelmChartConfig can set it. It renders none either, and one that you set yourself survives upgrades:\n${byHand(workload, affinity)}`;
  }
  if (chart?.takes === 'NodeSelector') {
    const values = flow(at(chart.value, { 'example.com/site': 'on-premises' }));
    return `${why} It has no value for affinity, only ${chart.value}. ${LABEL_ALL}:\n${chartConfig(manager, values)}`;
  }
  const path = chart?.value ?? 'affinity';
  const hint =
    chart === undefined ? ` Look up the value that the chart has for it; often it is ${path}.` : noted(chart);
  return `${why}${hint} Merge into its HelmChartConfig:\n${chartConfig(manager, block(at(path, affinity)))}`;
}

function chartConfig({ owner }: Manager, values: string): string {
  const head = block({
    apiVersion: 'helm.cattle.io/v1',
    kind: 'HelmChartConfig',
    metadata: { name: owner?.name, namespace: owner?.namespace },
  });
  return `${head}\nspec: {valuesContent: ${quoted(values)}}`;
}

function helm({ workload, manager }: SnippetRequest, affinity: Affinity): string {
  const why = `${manager.detail} may render the node affinity of ${label(workload)}, and would revert ours.`;
  const chart = chartOf(workload);
  if (chart === undefined) {
    return `${why} Set in its values, where the chart takes an affinity for it:\n${block({ affinity })}`;
  }
  if (chart.takes === 'Affinity') {
    return `${why}${noted(chart)} Set in its values:\n${block(at(chart.value, affinity))}`;
  }
  if (chart.takes === 'NodeSelector') {
    return `${why} The chart has no value for affinity. Set it with a post-renderer (helm --post-renderer, Kustomize):\n${patched(workload, affinity)}\nOr use the value ${chart.value}. ${LABEL_ALL}.`;
  }
  return `The chart of ${manager.detail} neither renders an affinity for ${label(workload)} nor has a value for it; somebody else has set one. Set this one yourself, it survives upgrades:\n${byHand(workload, affinity)}`;
}

function inChart(workload: Workload): string {
  const chart = chartOf(workload);
  return chart?.takes === 'Affinity' ? ` (chart value ${chart.value})` : '';
}

function argoCd({ workload, manager }: SnippetRequest, affinity: Affinity): string {
  const { kind, namespace, name } = workload;
  const difference = { group: 'apps', kind, namespace, name, jsonPointers: [`/spec/template/spec/${TERMS}`] };
  return `${who(manager)} may render the node affinity of ${label(workload)}, and would revert ours. Set in Git, in spec.template.spec${inChart(workload)}:\n${block({ affinity })}\nOr set it on the object yourself, and in the Application:\n${block({ ignoreDifferences: [difference], syncPolicy: { syncOptions: ['RespectIgnoreDifferences=true'] } })}`;
}

function flux({ workload, manager }: SnippetRequest, affinity: Affinity): string {
  const why = `${who(manager)} may render the node affinity of ${label(workload)}, and would revert ours.`;
  if (manager.owner?.kind === 'HelmRelease') {
    const chart = chartOf(workload);
    if (chart?.takes === 'Affinity')
      return `${why}${noted(chart)} Set in its spec:\n${block({ values: at(chart.value, affinity) })}`;
    return `${why} Set in its spec:\npostRenderers: [{kustomize: {${patched(workload, affinity)}}}]`;
  }
  const { kind, namespace, name } = workload;
  const ignore = [{ paths: [`/spec/template/spec/${TERMS}`], target: { kind, namespace, name } }];
  return `${why} Set in Git, in spec.template.spec:\n${block({ affinity })}\nOr set it on the object yourself, and in the spec of the Kustomization (kustomize-controller 1.9 and newer):\n${block({ ignore })}`;
}

type Writer = (request: SnippetRequest, affinity: Affinity) => string;

const operator: Writer = ({ workload, manager }, affinity) =>
  `${manager.detail} controls ${label(workload)} and would revert changes. Set this where it takes an affinity for it:\n${block({ affinity })}`;

const openShift: Writer = ({ workload }, affinity) =>
  `The network operator of OpenShift reverts changes of ${label(workload)} and has no setting for its affinity. What has to stand there:\n${block({ affinity })}`;

const addonManager: Writer = ({ workload, manager }, affinity) =>
  `The ${manager.detail} reverts changes of ${label(workload)} within minutes. Set this in the vendor's setting or manifest of the add-on:\n${block({ affinity })}`;

const k3sDeployController: Writer = ({ workload, manager }, affinity) =>
  `${manager.detail} may render the node affinity of ${label(workload)}, and is applied again whenever a server starts. Set in its file under server/manifests, in spec.template.spec:\n${block({ affinity })}`;

const nobody: Writer = ({ workload }, affinity) =>
  `Set the affinity of ${label(workload)}:\n${byHand(workload, affinity)}`;

const WRITERS: Readonly<Record<ManagerName, Writer>> = {
  'OpenShift network operator': openShift,
  'tigera-operator': tigera,
  operator,
  HelmChartConfig: helmChartConfig,
  'addon-manager': addonManager,
  'Argo CD': argoCd,
  Flux: flux,
  Helm: helm,
  'k3s deploy controller': k3sDeployController,
  kubectl: nobody,
  none: nobody,
};

export function ownerSnippet(request: SnippetRequest): string {
  const { affinity, isShortened } = shortened(request.wanted);
  const text = WRITERS[request.manager.name](request, affinity);
  return isShortened ? `${text}\nKeep its other affinity, which is too long to repeat here.` : text;
}
