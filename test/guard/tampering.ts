// What people, pipelines and controllers do to workloads that are held, in every way that the API has: generated from a seed.
import * as fc from 'fast-check';
import { ADDED_ANNOTATION, HOLD_ANNOTATION } from '../../src/api/annotations.ts';
import type { PodTemplate } from '../../src/plan/facts.ts';
import type { ApiResponse } from '../cluster/api.ts';
import type { ControlPlane } from '../cluster/types.ts';
import { anyAdverseTemplate } from '../support/any-affinity.ts';
import type { KubeObject } from '../support/hybrid-cluster.ts';
import { fixture, statefulSet } from '../support/manifests.ts';

export const METHODS = [
  'edit (JSON Patch)',
  'edit (merge patch)',
  'edit of the status',
  'replace',
  'client-side apply',
  'server-side apply, forced',
] as const;

export type Method = (typeof METHODS)[number];

export interface Target {
  readonly kind: 'DaemonSet' | 'Deployment' | 'StatefulSet';
  readonly resource: 'daemonsets' | 'deployments' | 'statefulsets';
  readonly name: string;
  /** As its owner ships it. */
  readonly manifest: KubeObject;
}

export async function targets(): Promise<readonly Target[]> {
  const common = { kind: 'DaemonSet', resource: 'daemonsets' } as const;
  return [
    { ...common, name: 'terway-eniip', manifest: await fixture('terway.yaml', 'DaemonSet') },
    { ...common, name: 'calico-node', manifest: await fixture('calico.yaml', 'DaemonSet') },
    {
      kind: 'Deployment',
      resource: 'deployments',
      name: 'calico-kube-controllers',
      manifest: await fixture('calico.yaml', 'Deployment'),
    },
    {
      kind: 'StatefulSet',
      resource: 'statefulsets',
      name: 'collector',
      manifest: statefulSet('collector', 1),
    },
  ];
}

export interface Tampering {
  readonly target: Target;
  readonly method: Method;
  /** The owner's manifest as it is, without a word about placement; or with placement of its own. */
  readonly placement: PodTemplate['spec'] | undefined;
}

export function tamperings(of: readonly Target[], count: number, seed: number): readonly Tampering[] {
  const one = fc.record({
    target: fc.constantFrom(...of),
    method: fc.constantFrom(...METHODS),
    placement: fc.option(
      anyAdverseTemplate.map(({ spec }) => spec),
      { nil: undefined },
    ),
  });
  return fc.sample(one, { numRuns: count, seed });
}

export function pathOf({ resource, name }: Target): string {
  return `/apis/apps/v1/namespaces/kube-system/${resource}/${name}`;
}

function manifestOf({ target, placement }: Tampering): KubeObject {
  if (placement === undefined) return target.manifest;
  const { spec } = target.manifest as unknown as { readonly spec: { readonly template: PodTemplate } };
  const { template } = spec;
  const { nodeSelector: _, affinity: __, ...others } = template.spec;
  const { nodeSelector, affinity } = placement;
  const placed = {
    ...others,
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(affinity === undefined ? {} : { affinity }),
  };
  return { ...target.manifest, spec: { ...spec, template: { ...template, spec: placed } } };
}

const NO_ANNOTATIONS = { metadata: { annotations: { [HOLD_ANNOTATION]: null, [ADDED_ANNOTATION]: null } } };

/** Sends it once; kubectl's exit code counts as a status. */
export async function send(plane: ControlPlane, tampering: Tampering): Promise<ApiResponse> {
  const { target, method, placement } = tampering;
  const path = pathOf(target);
  const { nodeSelector = null, affinity = null } = placement ?? {};
  const merge = { contentType: 'application/merge-patch+json' };
  switch (method) {
    case 'edit (JSON Patch)': {
      const edit = [
        { op: 'add', path: '/metadata/annotations', value: {} },
        { op: 'add', path: '/spec/template/spec/nodeSelector', value: nodeSelector },
        { op: 'add', path: '/spec/template/spec/affinity', value: affinity },
      ];
      return await plane.api.request('PATCH', path, edit, { contentType: 'application/json-patch+json' });
    }
    case 'edit (merge patch)': {
      const spec = { template: { spec: { nodeSelector, affinity } } };
      return await plane.api.request('PATCH', path, { ...NO_ANNOTATIONS, spec }, merge);
    }
    case 'edit of the status':
      return await plane.api.request('PATCH', `${path}/status`, NO_ANNOTATIONS, merge);
    case 'replace':
      return await plane.api.request('PUT', path, manifestOf(tampering));
    case 'client-side apply':
      return await clientSideApply(plane, manifestOf(tampering));
    case 'server-side apply, forced': {
      const query = 'fieldManager=another-manager&force=true';
      const apply = { contentType: 'application/apply-patch+yaml' };
      return await plane.api.request('PATCH', `${path}?${query}`, manifestOf(tampering), apply);
    }
  }
}

async function clientSideApply(plane: ControlPlane, manifest: KubeObject): Promise<ApiResponse> {
  const { code, stdout, stderr } = await plane.kubectl(['apply', '-o', 'json', '-f', '-'], {
    stdin: JSON.stringify(manifest),
  });
  if (code === 0) return { status: 200, body: JSON.parse(stdout) as unknown };
  return { status: stderr.includes('denied request') ? 422 : 503, body: { message: stderr } };
}
