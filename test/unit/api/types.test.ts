import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { artefacts, stale } from '../../../.tools/generate.ts';
import { API_VERSION, GROUP, KIND, PLURAL, STATUS_LIMITS, VERSION } from '../../../src/api/hybrid-network.ts';

const crd = parse(await readFile('crds/hybridnetworks.yaml', 'utf8')) as {
  metadata: { name: string };
  spec: { group: string; names: { kind: string; plural: string }; versions: { name: string }[] };
};

describe('what is generated from the CRD', () => {
  it('is current', async () => {
    const outdated = (await stale()).map(({ path }) => path);
    expect(outdated).toEqual([]);
  });

  it('comprises the types of the API', () => {
    expect(artefacts.map(({ path }) => path)).toContain('src/api/hybrid-network.generated.ts');
  });

  it('gives the bounds that a writer of the status has to keep', () => {
    expect(STATUS_LIMITS).toMatchObject({ conditions: 16, workloads: 256, 'plan.actions': 64 });
  });
});

describe('the constants of the API', () => {
  it('are those of the CRD', () => {
    expect(crd.spec.group).toBe(GROUP);
    expect(crd.spec.names).toMatchObject({ kind: KIND, plural: PLURAL });
    expect(crd.metadata.name).toBe(`${PLURAL}.${GROUP}`);
    expect(crd.spec.versions.map(({ name }) => name)).toEqual([VERSION]);
    expect(API_VERSION).toBe(`${GROUP}/${VERSION}`);
  });
});
