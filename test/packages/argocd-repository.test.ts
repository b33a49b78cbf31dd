// deploy/argocd/repository, rendered beside the one file of a release: every object in its wave, and which ones are not taken
// away unasked.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import type { KubeObject } from '../support/hybrid-cluster.ts';
import { renderRepository } from './support/argo-cluster.ts';
import { kustomized, objectsOf, scratch } from './support/render.ts';

type Objects = Readonly<Record<string, KubeObject>>;

const { dir, remove } = scratch();
let objects: Objects;

beforeAll(async () => {
  const { operator, network } = await renderRepository(dir);
  objects = objectsOf(`${operator}---\n${stringify(network)}`);
});

afterAll(remove);

/** Of every object what this annotation of Argo CD says. */
function saying(name: string): Readonly<Record<string, unknown>> {
  const entries = Object.entries(objects).map(([id, { metadata }]) => {
    const annotations = (metadata['annotations'] ?? {}) as Readonly<Record<string, string>>;
    return [id, annotations[`argocd.argoproj.io/${name}`]];
  });
  return Object.fromEntries(entries);
}

function waveOf(kind: string): string {
  if (kind === 'CustomResourceDefinition') return '-2';
  return kind === 'HybridNetwork' ? '0' : '-1';
}

it('has all that a release installs, and a HybridNetwork', async () => {
  const installed = Object.keys(objectsOf(await kustomized('deploy')));
  expect(Object.keys(objects).toSorted()).toEqual([...installed, 'HybridNetwork idc-hangzhou'].toSorted());
});

it('puts the CRD into a wave, the operator with all that it needs into the next, the HybridNetwork into the last', () => {
  const wanted = Object.entries(objects).map(([id, { kind }]) => [id, waveOf(kind)]);
  expect(saying('sync-wave')).toEqual(Object.fromEntries(wanted));
});

it('has the HybridNetwork, and the CRD that would take it along, pruned and deleted after a confirmation only', () => {
  const asked = Object.entries(saying('sync-options')).filter(([, options]) => options !== undefined);
  expect(Object.fromEntries(asked)).toEqual({
    'CustomResourceDefinition hybridnetworks.hybrid.alibabacloud.com': 'Prune=confirm,Delete=confirm',
    'HybridNetwork idc-hangzhou': 'Prune=confirm,Delete=confirm',
  });
});
