// deploy/chart, made of the manifests that kustomize installs, so that neither can have what the other lacks.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Document } from 'yaml';
import { Document as YamlDocument, isMap } from 'yaml';
import { runbooks } from './alerts.ts';
import { edit } from './edits.ts';
import type { Edit } from './edits.ts';
import { nameInChart, readKustomization, ROOT } from './kustomizations.ts';
import type { Kustomization, Manifest } from './kustomizations.ts';
import { createMarkers, textOf } from './markers.ts';
import type { Markers } from './markers.ts';
import { testPod } from './test-pod.ts';
import { renderSchema, renderValueDocs, renderValues } from './render-values.ts';
import { valueTable } from './values.ts';
import type { Shipped } from './values.ts';
import { CONDITIONS, OBJECT_EDITS, REPEATED } from './wiring.ts';

/** The folders of deploy/ that become part of the chart, and on which condition. The first is always there. */
export const PARTS: readonly { readonly dir: string; readonly when?: string }[] = [
  { dir: 'deploy' },
  { dir: 'crds', when: '$.Values.crds.install' },
  { dir: 'deploy/guard-validating', when: 'ne $.Values.guard "none"' },
  { dir: 'deploy/guard', when: 'eq $.Values.guard "full"' },
  { dir: 'deploy/author-rights', when: '$.Values.authorRights' },
  { dir: 'deploy/components/high-availability', when: '$.Values.highAvailability.enabled' },
  { dir: 'deploy/components/monitoring', when: '$.Values.monitoring.enabled' },
  { dir: 'deploy/components/pod-network', when: '$.Values.podNetwork.enabled' },
];

/** A sample of what stands in a repository of its user. */
const SAMPLE = 'deploy/argocd/repository';

const NAMESPACE = 'hybridnetwork-system';

interface Part {
  readonly dir: string;
  readonly when: string | undefined;
  readonly kustomization: Kustomization;
}

function readParts(): readonly Part[] {
  const folders = PARTS.map(({ dir }) => dir);
  const all = globSync('deploy/**/kustomization.yaml', { cwd: ROOT }).map((path) => dirname(path));
  const forgotten = all.filter((folder) => folder !== SAMPLE && !folders.includes(folder));
  if (forgotten.length > 0)
    throw new Error(
      `${forgotten.join(', ')}: no part of the chart; it needs a line in .tools/chart/chart.ts`,
    );
  return PARTS.map(({ dir, when }) => {
    const kustomization = readKustomization(dir);
    const strange = kustomization.folders.filter((folder) => !folders.includes(folder));
    if (strange.length > 0)
      throw new Error(`${dir} brings ${strange.join(', ')}, which is no part of the chart`);
    return { dir, when, kustomization };
  });
}

/** Its own labels, and those of the kustomizations that bring it. */
function labelsOf({ dir, kustomization }: Part, parts: readonly Part[]): Kustomization['labels'] {
  const bringing = parts.filter((part) => part.kustomization.folders.includes(dir));
  return Object.assign(
    {},
    kustomization.labels,
    ...bringing.map((part) => part.kustomization.labels),
  ) as Record<string, string>;
}

function idOf(document: Document): string {
  return `${String(document.get('kind'))}/${String(document.getIn(['metadata', 'name']))}`;
}

/** What components change in this object. */
function patchesFor(id: string, parts: readonly Part[]): readonly Edit[] {
  return parts.flatMap(({ when, kustomization }) =>
    kustomization.patches
      .filter(({ kind, name }) => `${kind}/${name}` === id)
      .map(({ op, at, value }): Edit => {
        if (when === undefined) throw new Error('only a component may patch');
        return { kind: 'when', condition: when, op, at, value };
      }),
  );
}

/** A copy with its labels, and with markers where values of the chart come in. */
function edited(original: Document, part: Part, parts: readonly Part[], markers: Markers): Document {
  const document = original.clone();
  for (const [key, value] of Object.entries(labelsOf(part, parts)))
    document.setIn(['metadata', 'labels', key], value);
  const id = idOf(document);
  for (const one of [...patchesFor(id, parts), ...(OBJECT_EDITS[id] ?? [])]) edit(document, one, markers);
  return document;
}

function between(condition: string | undefined, text: string): string {
  return condition === undefined ? text : `{{- if ${condition} }}\n${text}\n{{- end }}`;
}

function withHeader(source: string, text: string): string {
  const header = `{{- /* Generated from ${source} by \`npm run generate\`. */}}`;
  return `${header}\n${text}\n`.replaceAll(NAMESPACE, '{{ $.Release.Namespace }}');
}

/** A manifest as a template. */
function template(manifest: Manifest, part: Part, parts: readonly Part[]): string {
  const markers = createMarkers();
  const texts = manifest.documents.map((original) => {
    const text = `---\n${textOf(edited(original, part, parts, markers), markers)}`;
    const list = REPEATED[idOf(original)];
    return list === undefined ? text : `{{- range ${list} }}\n${text}\n{{- end }}`;
  });
  const condition = CONDITIONS[manifest.path] ?? part.when;
  return withHeader(manifest.path, between(condition, texts.join('\n')));
}

/** The Pod of `helm test`. */
function testTemplate(parts: readonly Part[]): ChartFile {
  const [base] = parts;
  const manifest = base?.kustomization.manifests.find(({ path }) => path === 'deploy/deployment.yaml');
  const deployment = manifest?.documents[0];
  if (base === undefined || deployment === undefined) throw new Error('deploy/ has no deployment.yaml');
  const markers = createMarkers();
  const pod = testPod(edited(deployment, base, parts, markers), markers);
  return {
    path: 'deploy/chart/templates/tests/ready.yaml',
    text: withHeader(manifest?.path ?? '', `---\n${textOf(pod, markers)}`),
  };
}

function shipped(parts: readonly Part[]): Shipped {
  const all = parts.flatMap(({ kustomization }) =>
    kustomization.manifests.flatMap(({ documents }) => documents),
  );
  const find = (kind: string): Document => {
    const found = all.find((document) => document.get('kind') === kind);
    if (found === undefined) throw new Error(`no manifest has a ${kind}`);
    return found;
  };
  const deployment = find('Deployment');
  const pod = (...path: readonly (string | number)[]): unknown => {
    const value: unknown = deployment.getIn(['spec', 'template', 'spec', ...path]);
    return isMap(value) ? value.toJSON() : value;
  };
  const policy = find('NetworkPolicy').toJS() as {
    readonly spec: { readonly egress: readonly { readonly ports: readonly { readonly port: number }[] }[] };
  };
  return {
    image: String(pod('containers', 0, 'image')),
    imagePullPolicy: String(pod('containers', 0, 'imagePullPolicy')),
    replicas: Number(deployment.getIn(['spec', 'replicas'])),
    resources: pod('containers', 0, 'resources'),
    priorityClassName: String(pod('priorityClassName')),
    scrapeInterval: String(find('ServiceMonitor').getIn(['spec', 'endpoints', 0, 'interval'])),
    runbooks: runbooks(),
    egressPorts: policy.spec.egress[1]?.ports.map(({ port }) => port) ?? [],
  };
}

function chartYaml(): string {
  const { name, version, description } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  ) as Readonly<Record<'name' | 'version' | 'description', string>>;
  const document = new YamlDocument({
    apiVersion: 'v2',
    name,
    description,
    type: 'application',
    version,
    appVersion: version,
    // The oldest release that the README names.
    kubeVersion: '>=1.24.0-0',
    keywords: ['alibaba-cloud', 'cni', 'hybrid-cloud', 'terway'],
    annotations: {
      'artifacthub.io/category': 'networking',
      'artifacthub.io/license': 'Apache-2.0',
      'artifacthub.io/operator': 'true',
    },
  });
  document.commentBefore = ' Generated from package.json by `npm run generate`.';
  return document.toString({ lineWidth: 0 });
}

export interface ChartFile {
  readonly path: string;
  readonly text: string;
}

/** Every generated file of the chart, and the page about its values; paths from the root of the repository. */
export function chartFiles(): readonly ChartFile[] {
  const parts = readParts();
  const rows = valueTable(shipped(parts));
  const templates = parts.flatMap((part) =>
    part.kustomization.manifests.map((manifest) => ({
      path: `deploy/chart/templates/${nameInChart(manifest.path)}`,
      text: template(manifest, part, parts),
    })),
  );
  return [
    { path: 'deploy/chart/Chart.yaml', text: chartYaml() },
    { path: 'deploy/chart/values.yaml', text: renderValues(rows) },
    { path: 'deploy/chart/values.schema.json', text: renderSchema(rows) },
    { path: 'docs/chart.md', text: renderValueDocs(rows) },
    ...templates,
    testTemplate(parts),
  ];
}
