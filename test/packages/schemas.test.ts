// Every manifest that is shipped, against the schemas of its kinds, by kubeconform and without a network.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { programOf } from '../tools/tools.ts';
import { kustomized, kustomizedWith, ROOT, run, scratch, templated } from './support/render.ts';
import { LOCATION, writeSchemas } from './support/schemas.ts';

interface Resource {
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly msg: string;
}

const { dir, remove } = scratch();
const schemas = join(dir, 'schemas');
let kinds: number;

beforeAll(async () => {
  kinds = await writeSchemas(schemas);
});
afterAll(remove);

/** What kubeconform says of each object of a text. */
async function judged(text: string): Promise<readonly Resource[]> {
  const file = join(dir, 'manifests.yaml');
  writeFileSync(file, text);
  const flags = ['-strict', '-verbose', '-output', 'json', '-schema-location', join(schemas, LOCATION)];
  const { stdout, stderr } = await run(await programOf('kubeconform'), [...flags, file]);
  if (stderr !== '') throw new Error(stderr);
  return (JSON.parse(stdout) as { readonly resources: readonly Resource[] }).resources;
}

async function problemsIn(text: string): Promise<readonly string[]> {
  const resources = await judged(text);
  expect(resources.length).toBeGreaterThan(0);
  return resources
    .filter(({ status }) => status !== 'statusValid')
    .map(({ kind, name, status, msg }) => `${kind} ${name}: ${status} ${msg}`);
}

const components = globSync('deploy/components/*', { cwd: ROOT });
/** Where install.yaml of a release is put beside it. */
const SAMPLE = 'deploy/argocd/repository';
/** What can be applied by itself. */
const folders = globSync('{crds,deploy}/**/kustomization.yaml', { cwd: ROOT })
  .map((path) => dirname(path))
  .filter((folder) => folder !== SAMPLE && !components.includes(folder));
const all = {
  guard: 'full',
  'highAvailability.enabled': true,
  'monitoring.enabled': true,
  'podNetwork.enabled': true,
  'namespace.create': true,
  workloadNamespaces: ['calico-system'],
  imagePullSecrets: [{ name: 'registry' }],
  nodeSelector: { rack: 'a' },
  volumes: [{ name: 'v', emptyDir: {} }],
  volumeMounts: [{ name: 'v', mountPath: '/v' }],
  env: [{ name: 'A', value: 'b' }],
};

describe('kubeconform', () => {
  it('knows every kind of Kubernetes, ServiceMonitor and PrometheusRule, and the HybridNetwork', () => {
    const files = globSync('*.json', { cwd: schemas });
    expect(files).toHaveLength(kinds);
    for (const kind of [
      'deployment-apps-v1',
      'servicemonitor-monitoring-v1',
      'prometheusrule-monitoring-v1',
      'hybridnetwork-hybrid-v1alpha1',
    ])
      expect(files).toContain(`${kind}.json`);
  });

  it.each(folders)('finds nothing in %s', async (folder) => {
    expect(await problemsIn(await kustomized(folder))).toEqual([]);
  });

  it.each(components)('finds nothing in %s', async (component) => {
    expect(
      await problemsIn(await kustomizedWith({ resources: ['deploy'], components: [component] })),
    ).toEqual([]);
  });

  it('finds nothing in the chart, as it is and with everything in it', async () => {
    expect(await problemsIn(await templated({}, []))).toEqual([]);
    expect(await problemsIn(await templated(all, []))).toEqual([]);
  });

  it.each([...globSync('deploy/samples/*.yaml', { cwd: ROOT }), `${SAMPLE}/network.yaml`])(
    'finds nothing in %s',
    async (sample) => {
      expect(await problemsIn(readFileSync(join(ROOT, sample), 'utf8'))).toEqual([]);
    },
  );
});

describe('kubeconform finds', () => {
  const planted: readonly (readonly [string, string, string, string])[] = [
    ['an unknown field', '      hostNetwork: true\n', '      hostNetwrok: true\n', 'hostNetwrok'],
    [
      'an unknown field at the top',
      '\nspec:\n  replicas: 2\n',
      '\nspecs: {}\nspec:\n  replicas: 2\n',
      'specs',
    ],
    ['a wrong type', '  replicas: 2\n', '  replicas: two\n', 'replicas'],
    ['a text where a list belongs', '      - args:\n', '      - command: node\n        args:\n', 'command'],
  ];

  it.each(planted)('%s in a Deployment', async (_what, before, after, named) => {
    const text = await kustomized('deploy');
    expect(text.split(before)).toHaveLength(2);
    expect(await problemsIn(text.replace(before, after))).toEqual([
      expect.stringMatching(new RegExp(`^Deployment hybridnetwork-operator: statusInvalid .*${named}`)),
    ]);
  });

  it('an unknown field in a HybridNetwork', async () => {
    const sample = readFileSync(join(ROOT, 'deploy/samples/overlay.yaml'), 'utf8');
    expect(await problemsIn(sample.replace('scenario:', 'scenarios: a\n  scenario:'))).toEqual([
      expect.stringContaining('scenarios'),
    ]);
  });

  it('an unknown field in a ServiceMonitor', async () => {
    const text = await templated({ 'monitoring.enabled': true });
    expect(await problemsIn(text.replace('interval: 30s', 'intervall: 30s'))).toEqual([
      expect.stringContaining('intervall'),
    ]);
  });

  it('an unknown field in an alert', async () => {
    const text = await templated({ 'monitoring.enabled': true });
    const wrong = text.replace(/( +)for: 15m\n/, '$1for: 15m\n$1runbook: none\n');
    expect(await problemsIn(wrong)).toEqual([expect.stringContaining('runbook')]);
  });

  it('a kind that it does not know', async () => {
    const text = 'apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\n';
    expect(await problemsIn(text)).toEqual([expect.stringContaining('could not find schema for Thing')]);
  });
});
