// The components of deploy/: what they change, that a real API server takes it, and that docs/install.md shows how.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { untilEstablished } from '../support/established.ts';
import { eventually } from '../support/eventually.ts';
import type { KubeObject } from '../support/hybrid-cluster.ts';
import { filesOf } from '../tools/tools.ts';
import { kustomized, kustomizedWith, NAMESPACE, objectsOf, ROOT } from './support/render.ts';

type Objects = Readonly<Record<string, KubeObject>>;

const DEPLOYMENT = `Deployment ${NAMESPACE}/hybridnetwork-operator`;

const patiently = { timeoutMs: 30_000 };

let base: Objects;

beforeAll(async () => {
  base = objectsOf(await kustomized('deploy'));
});

async function withComponents(...names: readonly string[]): Promise<string> {
  return await kustomizedWith({
    resources: ['deploy'],
    components: names.map((name) => `deploy/components/${name}`),
  });
}

/** Ids of what is new, and of what is another. */
function changes(objects: Objects): {
  readonly added: readonly string[];
  readonly changed: readonly string[];
} {
  const ids = Object.keys(objects);
  expect(Object.keys(base).filter((id) => !ids.includes(id))).toEqual([]);
  const added = ids.filter((id) => !(id in base)).toSorted();
  const changed = ids.filter((id) => id in base && JSON.stringify(objects[id]) !== JSON.stringify(base[id]));
  return { added, changed: changed.toSorted() };
}

describe('a component changes what it is about, and nothing else', () => {
  const table: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['high-availability', [`PodDisruptionBudget ${NAMESPACE}/hybridnetwork-operator`], [DEPLOYMENT]],
    [
      'monitoring',
      [
        `ConfigMap ${NAMESPACE}/hybridnetwork-operator-board`,
        `PrometheusRule ${NAMESPACE}/hybridnetwork-operator`,
        `Service ${NAMESPACE}/hybridnetwork-operator-metrics`,
        `ServiceMonitor ${NAMESPACE}/hybridnetwork-operator`,
      ],
      [],
    ],
    [
      'pod-network',
      [`NetworkPolicy ${NAMESPACE}/hybridnetwork-operator`],
      [DEPLOYMENT, `Namespace ${NAMESPACE}`],
    ],
  ];

  it.each(table)('%s', async (name, added, changed) => {
    expect(changes(objectsOf(await withComponents(name)))).toEqual({ added, changed });
  });
});

describe('a selector of a component finds the pods of the operator, and their ports', () => {
  interface Template {
    readonly spec: {
      readonly template: {
        readonly metadata: { readonly labels: object };
        readonly spec: {
          readonly containers: readonly [{ readonly ports: readonly { readonly name: string }[] }];
        };
      };
    };
  }

  it('of budget, Service and NetworkPolicy; the ServiceMonitor that of the Service', async () => {
    const all = objectsOf(await withComponents('high-availability', 'monitoring', 'pod-network'));
    const { template } = (all[DEPLOYMENT] as unknown as Template).spec;
    const ports = template.spec.containers[0].ports.map(({ name }) => name);
    const { labels } = template.metadata;
    const of = (id: string) =>
      all[id] as unknown as { readonly metadata: object; readonly spec: Record<string, never> };
    const service = of(`Service ${NAMESPACE}/hybridnetwork-operator-metrics`);
    expect(labels).toMatchObject(service.spec['selector'] ?? {});
    expect(ports).toEqual(expect.arrayContaining(['metrics', 'health']));
    expect(service).toMatchObject({ spec: { ports: [{ name: 'metrics', targetPort: 'metrics' }] } });
    for (const id of ['PodDisruptionBudget', 'NetworkPolicy']) {
      const { selector, podSelector } = of(`${id} ${NAMESPACE}/hybridnetwork-operator`).spec;
      expect(labels).toMatchObject(
        ((selector ?? podSelector) as unknown as { matchLabels: object }).matchLabels,
      );
    }
    const monitor = of(`ServiceMonitor ${NAMESPACE}/hybridnetwork-operator`).spec as unknown as {
      readonly selector: { readonly matchLabels: object };
      readonly endpoints: readonly { readonly port: string }[];
    };
    expect(service.metadata).toMatchObject({ labels: monitor.selector.matchLabels });
    expect(monitor.endpoints.map(({ port }) => port)).toEqual(['metrics']);
  });
});

describe('a real API server', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await startControlPlane({ name: 'components' });
    await plane.joinNodes({ idc: 2 });
    const crds = join(await filesOf('prometheus-operator'), 'example/prometheus-operator-crd');
    for (const kind of ['servicemonitors', 'prometheusrules']) {
      const file = join(crds, `monitoring.coreos.com_${kind}.yaml`);
      await plane.mustKubectl(['apply', '--server-side', '-f', file]);
      await untilEstablished(plane, `${kind}.monitoring.coreos.com`);
    }
  }, 300_000);

  afterAll(async () => {
    await plane?.stop();
  });

  async function apply(text: string): Promise<{ readonly stdout: string; readonly stderr: string }> {
    return await plane.kubectl(['apply', '-f', '-'], { stdin: text });
  }

  async function rolledOut(): Promise<void> {
    const rollout = ['-n', NAMESPACE, 'rollout', 'status', 'deployment/hybridnetwork-operator'];
    await plane.mustKubectl([...rollout, '--timeout=50s']);
  }

  it('takes all of them without a warning, and runs the pods where restricted is enforced', async () => {
    const { stderr } = await apply(await withComponents('high-availability', 'monitoring', 'pod-network'));
    expect(stderr).toBe('');
    await rolledOut();
    const namespace = JSON.parse(
      await plane.mustKubectl(['get', 'namespace', NAMESPACE, '-o', 'json']),
    ) as KubeObject;
    expect(namespace.metadata['labels']).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    await eventually(async () => {
      const slices = await plane.mustKubectl([
        ...['-n', NAMESPACE, 'get', 'endpointslices', '-l'],
        ...['kubernetes.io/service-name=hybridnetwork-operator-metrics', '-o', 'json'],
      ]);
      const { items } = JSON.parse(slices) as {
        readonly items: readonly { readonly endpoints?: readonly object[] }[];
      };
      expect(items.flatMap(({ endpoints = [] }) => endpoints)).toHaveLength(2);
    }, patiently);
  }, 120_000);

  it('goes back to the base', async () => {
    const { stderr } = await apply(await kustomized('deploy'));
    expect(stderr).toBe('');
    await rolledOut();
    const diff = await plane.kubectl(['diff', '-k', 'deploy']);
    expect([diff.code, diff.stdout]).toEqual([0, '']);
  }, 120_000);
});

describe('docs/install.md', () => {
  const text = readFileSync(join(ROOT, 'docs/install.md'), 'utf8');
  const samples = [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, body = '']) => body);
  const kustomizations = samples
    .map((sample) => parse(sample) as { readonly kind?: string; readonly [key: string]: unknown })
    .filter(({ kind }) => kind === 'Kustomization');

  it('shows a kustomization that works as it stands', async () => {
    expect(kustomizations).toHaveLength(1);
    const [shown] = kustomizations as unknown as readonly {
      readonly resources: readonly string[];
      readonly components: readonly string[];
      readonly images: readonly object[];
    }[];
    const there = (paths: readonly string[] = []) =>
      paths.map((path) => path.replace('../hybridnetwork-operator/', ''));
    const rendered = await kustomizedWith({
      resources: there(shown?.resources),
      components: there(shown?.components),
      images: shown?.images ?? [],
    });
    expect(rendered).toContain('image: registry.example.com/hybridnetwork-operator:0.1.0\n');
    expect(Object.keys(objectsOf(rendered))).toEqual(
      expect.arrayContaining([DEPLOYMENT, 'MutatingAdmissionPolicy hybridnetwork-hold']),
    );
  });

  it('names every component', () => {
    for (const name of ['high-availability', 'monitoring', 'pod-network'])
      expect(text).toContain(`deploy/components/${name}`);
  });
});
