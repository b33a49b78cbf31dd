// The Helm chart: the same objects as kustomize, whatever is switched on.
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { alerts } from '../../.tools/chart/alerts.ts';
import { PARTS } from '../../.tools/chart/chart.ts';
import { artefacts } from '../../.tools/generate.ts';
import type { KubeObject } from '../support/hybrid-cluster.ts';
import {
  CHART,
  helm,
  kustomizedWith,
  NAMESPACE,
  objectsOf,
  ROOT,
  templated,
  withoutEmptyLines,
} from './support/render.ts';

const CRD = 'CustomResourceDefinition hybridnetworks.hybrid.alibabacloud.com';
const NAMESPACE_ID = `Namespace ${NAMESPACE}`;
const DEPLOYMENT = `Deployment ${NAMESPACE}/hybridnetwork-operator`;

type Objects = Readonly<Record<string, KubeObject>>;

/** What the chart adds on purpose: Helm leaves these where they are when the release goes. */
function kept(objects: Objects): Objects {
  const entries = Object.entries(objects).map(([id, object]) => {
    if (id !== CRD && id !== NAMESPACE_ID) return [id, object];
    const annotations = { ...(object.metadata['annotations'] as object), 'helm.sh/resource-policy': 'keep' };
    return [id, { ...object, metadata: { ...object.metadata, annotations } }];
  });
  return Object.fromEntries(entries) as Objects;
}

/** Each way to switch parts on: values of the chart, and what a kustomization names for the same. */
const WAYS: readonly {
  readonly what: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
}[] = [
  { what: 'nothing more', values: {} },
  { what: 'the guard', values: { guard: 'full' }, resources: ['deploy/guard'] },
  {
    what: 'the guard that only refuses',
    values: { guard: 'validating' },
    resources: ['deploy/guard-validating'],
  },
  { what: "the author's rights", values: { authorRights: true }, resources: ['deploy/author-rights'] },
  {
    what: 'high availability',
    values: { 'highAvailability.enabled': true },
    components: ['deploy/components/high-availability'],
  },
  {
    what: 'monitoring',
    values: { 'monitoring.enabled': true },
    components: ['deploy/components/monitoring'],
  },
  {
    what: 'the pod network',
    values: { 'podNetwork.enabled': true },
    components: ['deploy/components/pod-network'],
  },
  {
    what: 'all of it',
    values: {
      guard: 'full',
      authorRights: true,
      'highAvailability.enabled': true,
      'monitoring.enabled': true,
      'podNetwork.enabled': true,
    },
    resources: ['deploy/guard', 'deploy/author-rights'],
    components: readdirSync(join(ROOT, 'deploy/components')).map((name) => `deploy/components/${name}`),
  },
];

describe('the chart has the objects of kustomize', () => {
  it.each(WAYS)('with $what', async ({ values, resources = [], components = [] }) => {
    const chart = objectsOf(await templated({ ...values, 'namespace.create': true }));
    const kustomize = objectsOf(await kustomizedWith({ resources: ['deploy', ...resources], components }));
    expect(Object.keys(chart).toSorted()).toEqual(Object.keys(kustomize).toSorted());
    expect(withoutEmptyLines(chart)).toEqual(withoutEmptyLines(kept(kustomize)));
  });

  it('but the Namespace, which `--create-namespace` makes, unless told otherwise', async () => {
    const [by, without] = await Promise.all([templated({ 'namespace.create': true }), templated()]);
    const { [NAMESPACE_ID]: namespace, ...others } = objectsOf(by);
    expect(namespace).toBeDefined();
    expect(objectsOf(without)).toEqual(others);
  });

  it('in each of the ways that there are', () => {
    const compared = WAYS.flatMap(({ resources = [], components = [] }) => [...resources, ...components]);
    expect(new Set(['crds', 'deploy', ...compared])).toEqual(new Set(PARTS.map(({ dir }) => dir)));
  });

  it('and notices a difference', async () => {
    const chart = objectsOf(await templated({ 'namespace.create': true, replicas: 3 }));
    expect(chart).not.toEqual(kept(objectsOf(await kustomizedWith({ resources: ['deploy'] }))));
  });

  it('from no template that nobody generates', () => {
    const generated = artefacts.map(({ path }) => path);
    const templates = globSync('deploy/chart/templates/**/*.*', { cwd: ROOT });
    expect(templates.filter((path) => !generated.includes(path))).toEqual([
      'deploy/chart/templates/NOTES.txt',
    ]);
  });
});

interface PodSpec {
  readonly containers: readonly [Readonly<Record<string, unknown>>];
  readonly [key: string]: unknown;
}

interface DeploymentObject extends KubeObject {
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly metadata: object; readonly spec: PodSpec };
  };
}

async function deploymentWith(values: Readonly<Record<string, unknown>>): Promise<DeploymentObject> {
  return objectsOf(await templated(values))[DEPLOYMENT] as DeploymentObject;
}

describe('a value of the chart', () => {
  const image = (values: Readonly<Record<string, unknown>>) =>
    deploymentWith(values).then(({ spec }) => spec.template.spec.containers[0]['image']);
  const digest = `sha256:${'0'.repeat(64)}`;

  it('names the image by tag or digest', async () => {
    expect(await image({})).toBe('hybridnetwork-operator:0.1.0');
    expect(await image({ 'image.repository': 'example.com/op', 'image.tag': '2.0.0' })).toBe(
      'example.com/op:2.0.0',
    );
    expect(
      await image({ 'image.repository': 'example.com/op', 'image.tag': '2.0.0', 'image.digest': digest }),
    ).toBe(`example.com/op@${digest}`);
  });

  const toleration = { key: 'dedicated', operator: 'Exists' };
  const inPod: readonly (readonly [string, unknown, string, unknown])[] = [
    ['imagePullSecrets', [{ name: 'registry' }], 'imagePullSecrets', [{ name: 'registry' }]],
    ['priorityClassName', 'mine', 'priorityClassName', 'mine'],
    ['nodeSelector', { rack: 'a' }, 'nodeSelector', { rack: 'a' }],
    ['tolerations', [toleration], 'tolerations', expect.arrayContaining([toleration])],
    [
      'volumes',
      [{ name: 'v', emptyDir: {} }],
      'volumes',
      expect.arrayContaining([{ name: 'v', emptyDir: {} }]),
    ],
  ];

  it.each(inPod)('%s reaches the pod', async (value, given, field, wanted) => {
    const { spec } = (await deploymentWith({ [value]: given })).spec.template;
    expect(spec[field]).toEqual(wanted);
  });

  const variable = { name: 'HTTPS_PROXY', value: 'http://proxy:3128' };
  const mount = { name: 'v', mountPath: '/v' };
  const inContainer: readonly (readonly [string, unknown, string, unknown])[] = [
    ['image.pullPolicy', 'Always', 'imagePullPolicy', 'Always'],
    [
      'args',
      ['--log-level=debug'],
      'args',
      expect.arrayContaining(['--log-level=debug', '--metrics-bind-address=:9494']),
    ],
    [
      'env',
      [variable],
      'env',
      expect.arrayContaining([variable, expect.objectContaining({ name: 'POD_NAMESPACE' })]),
    ],
    ['volumeMounts', [mount], 'volumeMounts', expect.arrayContaining([mount])],
    // Helm merges objects: what the default has and nobody names stays.
    [
      'resources.limits.memory',
      '1Gi',
      'resources',
      { limits: { memory: '1Gi' }, requests: { cpu: '10m', memory: '96Mi' } },
    ],
  ];

  it.each(inContainer)('%s reaches the container', async (value, given, field, wanted) => {
    const { spec } = (await deploymentWith({ [value]: given })).spec.template;
    expect(spec.containers[0][field]).toEqual(wanted);
  });

  it('reaches replicas, labels and annotations', async () => {
    const { spec } = await deploymentWith({ replicas: 1, podLabels: { a: 'b' }, podAnnotations: { c: 'd' } });
    expect(spec.replicas).toBe(1);
    expect(spec.template.metadata).toMatchObject({
      labels: { a: 'b', 'app.kubernetes.io/name': 'hybridnetwork-operator' },
      annotations: { c: 'd' },
    });
    const account = objectsOf(await templated({ 'serviceAccount.annotations': { e: 'f' } }));
    expect(account[`ServiceAccount ${NAMESPACE}/hybridnetwork-operator`]?.metadata['annotations']).toEqual({
      e: 'f',
    });
  });

  it('binds the right to change workloads in more namespaces, in each once', async () => {
    const objects = objectsOf(await templated({ workloadNamespaces: ['calico-system', 'kube-system'] }));
    const bindings = Object.keys(objects).filter((id) => /^RoleBinding .*-workloads$/.test(id));
    expect(bindings).toEqual([
      'RoleBinding kube-system/hybridnetwork-operator-workloads',
      'RoleBinding calico-system/hybridnetwork-operator-workloads',
    ]);
    expect(objects[bindings[1] ?? '']).toMatchObject({
      subjects: [{ kind: 'ServiceAccount', name: 'hybridnetwork-operator', namespace: NAMESPACE }],
    });
  });

  it('leaves out the CRD', async () => {
    const { [CRD]: crd, ...others } = objectsOf(await templated());
    expect(crd).toBeDefined();
    expect(objectsOf(await templated({ 'crds.install': false }))).toEqual(others);
  });

  it('labels the ServiceMonitor and the PrometheusRule, and says how often and where the runbooks are', async () => {
    const all = objectsOf(
      await templated({
        'monitoring.enabled': true,
        'monitoring.labels': { release: 'prom' },
        'monitoring.interval': '1m',
        'monitoring.runbooks': 'https://git.example.com/hybridnetwork-operator/docs/runbooks',
      }),
    );
    const metadata = { labels: { release: 'prom', 'app.kubernetes.io/name': 'hybridnetwork-operator' } };
    expect(all[`ServiceMonitor ${NAMESPACE}/hybridnetwork-operator`]).toMatchObject({
      metadata,
      spec: { endpoints: [{ port: 'metrics', interval: '1m' }] },
    });
    const rule = all[`PrometheusRule ${NAMESPACE}/hybridnetwork-operator`];
    expect(rule).toMatchObject({ metadata });
    const links = [...JSON.stringify(rule).matchAll(/"runbook_url":"([^"]*)"/g)].map(([, url = '']) => url);
    expect(links).toEqual(
      alerts().map(({ alert }) => `https://git.example.com/hybridnetwork-operator/docs/runbooks/${alert}.md`),
    );
  });

  it('opens ports of the NetworkPolicy', async () => {
    const policy = objectsOf(
      await templated({ 'podNetwork.enabled': true, 'podNetwork.egressPorts': [8443] }),
    )[`NetworkPolicy ${NAMESPACE}/hybridnetwork-operator`];
    expect(policy).toMatchObject({ spec: { egress: [{}, { ports: [{ protocol: 'TCP', port: 8443 }] }] } });
  });
});

describe('the values', () => {
  interface Schema {
    readonly properties?: Readonly<Record<string, Schema>>;
  }

  function leaves({ properties = {} }: Schema, path = ''): readonly string[] {
    return Object.entries(properties).flatMap(([name, schema]) =>
      schema.properties === undefined ? [`${path}${name}`] : leaves(schema, `${path}${name}.`),
    );
  }

  it('each have an effect', () => {
    const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as Schema;
    const templates = globSync('templates/**/*.*', { cwd: CHART })
      .map((path) => readFileSync(join(CHART, path), 'utf8'))
      .join('\n');
    const values = leaves(schema).filter((path) => path !== 'global');
    expect(values.length).toBeGreaterThan(20);
    expect(values.filter((path) => !templates.includes(`$.Values.${path} `))).toEqual([]);
  });
});

describe('the schema of the values', () => {
  const wrong: readonly (readonly [string, string, string])[] = [
    ['a value that does not exist', 'replica=3', 'replica'],
    ['one that does not exist further in', 'image.repo="x"', 'repo'],
    ['a text for a number', 'replicas="two"', 'replicas'],
    ['a guard that does not exist', 'guard="partial"', 'guard'],
    ['a digest that is none', 'image.digest="0.1.0"', 'digest'],
    ['no list of namespaces', 'workloadNamespaces="calico-system"', 'workloadNamespaces'],
  ];

  it.each(wrong)('refuses %s', async (_what, set, named) => {
    const { code, stderr } = await helm(['template', 'x', CHART, '-n', NAMESPACE, '--set-json', set]);
    expect(code).not.toBe(0);
    expect(stderr).toContain(named);
  });

  it('lets a chart of charts hand its global values down', async () => {
    await expect(templated({ 'global.region': 'cn-hangzhou' })).resolves.toContain('kind: Deployment');
  });
});

describe('the chart', () => {
  it('passes helm lint without a warning', async () => {
    const { code, stdout } = await helm(['lint', '--strict', CHART]);
    expect([code, stdout.match(/\[(WARNING|ERROR)\].*/g)]).toEqual([0, null]);
  });

  it('bears the version of the package, and so does the image of kustomize', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')).toContain(`\nappVersion: ${version}\n`);
    expect(readFileSync(join(ROOT, 'deploy/kustomization.yaml'), 'utf8')).toContain(`newTag: ${version}\n`);
  });

  it('goes into another namespace, with every name of the namespace', async () => {
    const text = await templated({ guard: 'full', 'monitoring.enabled': true }, ['--namespace', 'elsewhere']);
    const { [CRD]: _crd, ...objects } = objectsOf(text);
    expect(JSON.stringify(objects)).not.toContain(NAMESPACE);
    expect(text).toContain('system:serviceaccount:elsewhere:hybridnetwork-operator');
  });
});

describe('Helm 3', () => {
  it.each(WAYS)('makes the same of the chart, with $what', async ({ values }) => {
    // Built without stamps, Helm 3 takes the cluster for one of 1.20.
    const kubernetes = ['--kube-version', '1.36.3'];
    const [by3, by4] = await Promise.all([
      templated(values, kubernetes, 'helm3'),
      templated(values, kubernetes),
    ]);
    expect(objectsOf(by3)).toEqual(objectsOf(by4));
  });
});

describe('the Pod of helm test', () => {
  let pod: KubeObject & { readonly spec: PodSpec };
  let operator: PodSpec;

  beforeAll(async () => {
    const all = objectsOf(await templated({}, []));
    pod = all[`Pod ${NAMESPACE}/hybridnetwork-operator-test`] as typeof pod;
    operator = (all[DEPLOYMENT] as DeploymentObject).spec.template.spec;
  });

  it('is a hook that goes when it has succeeded', () => {
    expect(pod.metadata['annotations']).toEqual({
      'helm.sh/hook': 'test',
      'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
    });
    expect(pod.spec['restartPolicy']).toBe('Never');
  });

  it('runs where, as whom and from what image the operator does, no less restricted', () => {
    for (const key of ['serviceAccountName', 'hostNetwork', 'affinity', 'tolerations', 'securityContext'])
      expect(pod.spec[key]).toEqual(operator[key]);
    for (const key of ['image', 'securityContext'])
      expect(pod.spec.containers[0][key]).toEqual(operator.containers[0][key]);
  });

  it('runs the script that is tried on a real API server', () => {
    const script = readFileSync(join(CHART, 'files/ready.mjs'), 'utf8');
    expect(pod.spec.containers[0]['command']).toEqual(['node', '--input-type=module', '--eval']);
    expect(pod.spec.containers[0]['args']).toEqual([script]);
  });
});
