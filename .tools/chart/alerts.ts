// The alerts that are shipped, and where in them the chart puts the address of the runbooks.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Edit } from './edits.ts';
import { ROOT } from './kustomizations.ts';

export const RULES = 'deploy/components/monitoring/prometheus-rule.yaml';

/** One alert of a PrometheusRule. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>;
}

export interface AlertGroup {
  readonly name: string;
  readonly rules: readonly Alert[];
}

/** As Prometheus reads them. */
export function alertGroups(): readonly AlertGroup[] {
  const { spec } = parse(readFileSync(join(ROOT, RULES), 'utf8')) as {
    readonly spec: { readonly groups: readonly AlertGroup[] };
  };
  return spec.groups;
}

export function alerts(): readonly Alert[] {
  return alertGroups().flatMap(({ rules }) => rules);
}

/** The folder of all runbooks. */
export function runbooks(): string {
  const folders = alerts().map(({ alert, annotations }) => {
    const file = `/${alert}.md`;
    const { runbook_url: url } = annotations;
    if (!url.endsWith(file)) throw new Error(`${RULES}: the runbook of ${alert} has to end with ${file}`);
    return url.slice(0, -file.length);
  });
  const [folder, ...others] = new Set(folders);
  if (folder === undefined || others.length > 0) throw new Error(`${RULES}: the runbooks are in one folder`);
  return folder;
}

/** The value of the chart in place of that folder. */
export function runbookEdits(): readonly Edit[] {
  return alertGroups().flatMap(({ rules }, group) =>
    rules.map(({ alert }, rule): Edit => ({
      kind: 'scalar',
      at: ['spec', 'groups', String(group), 'rules', String(rule), 'annotations', 'runbook_url'],
      is: `{{ $.Values.monitoring.runbooks }}/${alert}.md`,
    })),
  );
}
