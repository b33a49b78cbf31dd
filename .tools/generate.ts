// Writes what is derived from other sources, or with --check says what is out of date.
// A further artefact is one more line in `artefacts`.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { chartFiles } from './chart/chart.ts';
import { renderApiTypes } from './generate-api-types.ts';
import { renderArgoCDPatch } from './generate-argocd.ts';
import { renderChecks } from './generate-checks.ts';
import { renderMetrics } from './generate-metrics.ts';
import { renderRamPolicies } from './generate-ram-policies.ts';
import { renderConditions, renderOptionsPage } from './generate-docs.ts';

export type Artefact = { path: string; render: () => Promise<string> | string };

const root = new URL('../', import.meta.url);

export const artefacts: Artefact[] = [
  {
    path: 'src/api/hybrid-network.generated.ts',
    render: async () => renderApiTypes(await readFile(new URL('crds/hybridnetworks.yaml', root), 'utf8')),
  },
  {
    path: 'deploy/argocd/argocd-cm.yaml',
    render: async () => renderArgoCDPatch(await readFile(new URL('deploy/argocd/health.lua', root), 'utf8')),
  },
  { path: 'docs/conditions.md', render: renderConditions },
  { path: 'docs/checks.md', render: renderChecks },
  { path: 'docs/ram-policies.md', render: renderRamPolicies },
  { path: 'docs/metrics.md', render: renderMetrics },
  { path: 'docs/options.md', render: renderOptionsPage },
  ...chartFiles().map(({ path, text }) => ({ path, render: () => text })),
];

async function current(path: string): Promise<string | undefined> {
  return readFile(new URL(path, root), 'utf8').catch(() => undefined);
}

/** The artefacts whose file differs from what its source gives now. */
export async function stale(): Promise<{ path: string; text: string }[]> {
  const rendered = await Promise.all(
    artefacts.map(async ({ path, render }) => ({ path, text: await render(), was: await current(path) })),
  );
  return rendered.filter(({ text, was }) => text !== was);
}

async function main(check: boolean): Promise<number> {
  const differing = await stale();
  if (check) {
    for (const { path } of differing) console.error(`${path} is out of date: run \`npm run generate\``);
    return differing.length === 0 ? 0 : 1;
  }
  for (const { path, text } of differing) {
    await mkdir(new URL('.', new URL(path, root)), { recursive: true });
    await writeFile(new URL(path, root), text);
    console.log(`wrote ${path}`);
  }
  return 0;
}

if (import.meta.main) process.exitCode = await main(process.argv.includes('--check'));
