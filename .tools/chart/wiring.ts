// Which value of the chart goes where in which object.
import { runbookEdits } from './alerts.ts';
import type { Edit } from './edits.ts';

const POD = ['spec', 'template', 'spec'];
const CONTAINER = [...POD, 'containers', '0'];

/** `repository@digest`, or `repository:tag`. */
const IMAGE = [
  '"{{ $.Values.image.repository }}',
  '{{ with $.Values.image.digest }}@{{ . }}',
  '{{ else }}:{{ $.Values.image.tag | default $.Chart.AppVersion }}{{ end }}"',
].join('');

const KEEP: Edit = {
  kind: 'add',
  at: ['metadata', 'annotations', 'helm.sh/resource-policy'],
  text: 'keep',
};

const more = (at: readonly string[], value: string): Edit => ({
  kind: 'more',
  at,
  from: `$.Values.${value}`,
});

/** By kind and name; after what components change in them. */
export const OBJECT_EDITS: Readonly<Record<string, readonly Edit[]>> = {
  'Deployment/hybridnetwork-operator': [
    { kind: 'scalar', at: ['spec', 'replicas'], is: '{{ $.Values.replicas }}' },
    { kind: 'scalar', at: [...CONTAINER, 'image'], is: IMAGE },
    { kind: 'scalar', at: [...CONTAINER, 'imagePullPolicy'], is: '{{ $.Values.image.pullPolicy }}' },
    { kind: 'yaml', at: [...CONTAINER, 'resources'], from: '$.Values.resources' },
    { kind: 'scalar', at: [...POD, 'priorityClassName'], is: '{{ $.Values.priorityClassName | quote }}' },
    more([...CONTAINER, 'args'], 'args'),
    more([...CONTAINER, 'env'], 'env'),
    more([...CONTAINER, 'volumeMounts'], 'volumeMounts'),
    more([...POD, 'volumes'], 'volumes'),
    more([...POD, 'tolerations'], 'tolerations'),
    more([...POD, 'nodeSelector'], 'nodeSelector'),
    more([...POD, 'imagePullSecrets'], 'imagePullSecrets'),
    more(['spec', 'template', 'metadata', 'annotations'], 'podAnnotations'),
    more(['spec', 'template', 'metadata', 'labels'], 'podLabels'),
  ],
  'ServiceAccount/hybridnetwork-operator': [more(['metadata', 'annotations'], 'serviceAccount.annotations')],
  'RoleBinding/hybridnetwork-operator-workloads': [
    { kind: 'scalar', at: ['metadata', 'namespace'], is: '{{ . }}' },
  ],
  'ServiceMonitor/hybridnetwork-operator': [
    more(['metadata', 'labels'], 'monitoring.labels'),
    { kind: 'scalar', at: ['spec', 'endpoints', '0', 'interval'], is: '{{ $.Values.monitoring.interval }}' },
  ],
  'PrometheusRule/hybridnetwork-operator': [
    more(['metadata', 'labels'], 'monitoring.labels'),
    ...runbookEdits(),
  ],
  'NetworkPolicy/hybridnetwork-operator': [
    {
      kind: 'lines',
      at: ['spec', 'egress', '1', 'ports'],
      lines: [
        '{{- range $.Values.podNetwork.egressPorts }}',
        '- { protocol: TCP, port: {{ . }} }',
        '{{- end }}',
      ],
    },
  ],
  'CustomResourceDefinition/hybridnetworks.hybrid.alibabacloud.com': [KEEP],
  'Namespace/hybridnetwork-system': [KEEP],
};

/** Objects that are there once for each item of a list, which is `.` in them. */
export const REPEATED: Readonly<Record<string, string>> = {
  'RoleBinding/hybridnetwork-operator-workloads': 'prepend $.Values.workloadNamespaces "kube-system" | uniq',
};

/** Files that are there on a condition of their own. */
export const CONDITIONS: Readonly<Record<string, string>> = {
  'deploy/namespace.yaml': '$.Values.namespace.create',
};
