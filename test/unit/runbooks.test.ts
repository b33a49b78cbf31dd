// Whoever is woken finds a page: one for each alert, and one section for each reason of a condition; and none about what is
// no more.
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { alerts, runbooks } from '../../.tools/chart/alerts.ts';
import { ROOT } from '../../.tools/chart/kustomizations.ts';
import { reasonLinks, reasonSections } from '../../.tools/runbooks.ts';
import { schemaOf } from '../../.tools/generate-api-types.ts';
import type { Schema } from '../../.tools/generate-api-types.ts';
import { CONDITION_TYPES, REASONS, stalls } from '../../src/api/conditions.ts';
import type { Reason } from '../../src/api/conditions.ts';
import { selectorsIn } from '../support/promql.ts';
import { readingCommands } from '../support/runbook-commands.ts';

const names = alerts().map(({ alert }) => alert);
const sections = reasonSections();
const reasons = Object.keys(REASONS) as Reason[];
const PARTS = ['Seen at', 'Cause', 'Look', 'Remedy', 'Over'];

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** `Look` → what stands after it. */
function partsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/^- \*\*([\w ]+)\*\*: (.+)$/gm)].map(([, part = '', said = '']) => [part, said]),
  );
}

function headings(text: string): readonly string[] {
  return [...text.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);
}

describe('the runbook of an alert', () => {
  test('is there for each, where the alert says, and there is none for another', () => {
    const found = globSync(`${runbooks()}/*.md`, { cwd: ROOT }).map((path) => basename(path, '.md'));
    expect(found.filter((name) => name !== 'README').toSorted()).toEqual(names.toSorted());
  });

  test.each(names)('%s says what it means, where to look, what to do, and when it is over', (name) => {
    const text = read(`${runbooks()}/${name}.md`);
    expect(text).toMatch(new RegExp(`^# ${name}\n\n\\S`));
    expect(headings(text)).toEqual(['Look', 'Causes and remedies', 'Over when']);
    const [, look = '', causes = '', over = ''] = text.split(/^## .*$/m);
    expect(look).toMatch(/^```bash\nkubectl [\s\S]+^```$/m);
    for (const part of [causes, over]) expect(part.trim().length).toBeGreaterThan(10);
  });
});

describe('the runbook of a reason', () => {
  test('is there for each, once, and there is none for another', () => {
    expect(sections.map(({ reason }) => reason).toSorted()).toEqual(reasons.toSorted());
  });

  test.each(reasons)(
    '%s says where it is seen, why, where to look, what to do, and when it is over',
    (reason) => {
      const section = sections.find((one) => one.reason === reason);
      const parts = partsOf(section?.text ?? '');
      expect([...parts.keys()]).toEqual(PARTS);
      for (const said of parts.values()) expect(said).toMatch(/\w.*[.`)\]]$/);
      expect(parts.get('Look')).toMatch(/`(kubectl|hybridnetwork_)|the message names/);
    },
  );

  test.each(reasons)('%s names conditions that there are, and says whether it stalls', (reason) => {
    const seen = partsOf(sections.find((one) => one.reason === reason)?.text ?? '').get('Seen at') ?? '';
    const named = [...seen.matchAll(/`([A-Z]\w+)`/g)].map(([, name = '']) => name);
    const isAny = /^(any|every) condition/.test(seen);
    expect(isAny || named.length > 0).toBe(true);
    expect(named.filter((name) => !(name in CONDITION_TYPES))).toEqual([]);
    expect(/, stalled\b/.test(seen)).toBe(stalls(reason));
  });
});

describe('what is False', () => {
  const isFalse = (reason: Reason): boolean => {
    const seen = partsOf(sections.find((one) => one.reason === reason)?.text ?? '').get('Seen at') ?? '';
    return /; False\b/.test(seen);
  };
  const passing = reasons.filter((reason) => isFalse(reason) && !stalls(reason));
  /** Reasons by which an alert picks conditions of concerns. */
  const picked = (name: string): readonly string[] =>
    selectorsIn(alerts().find(({ alert }) => alert === name)?.expr ?? '')
      .filter(({ matchers }) => matchers.some(({ label, op }) => label === 'type' && op === '!~'))
      .flatMap(({ matchers }) => matchers.filter(({ label }) => label === 'reason'))
      .flatMap(({ value }) => value.split('|'));

  test('and does not stall is told by HybridNetworkNotReady, but for a plan that is only to be looked at', () => {
    expect(passing).toContain('DaemonSetNotFound');
    expect(picked('HybridNetworkNotReady').toSorted()).toEqual(
      passing.filter((reason) => reason !== 'PlanPending').toSorted(),
    );
  });

  test('at Ready alone, and stalls, is told by HybridNetworkStalled by name', () => {
    const isSum = (reason: Reason): boolean => {
      const seen = partsOf(sections.find((one) => one.reason === reason)?.text ?? '').get('Seen at') ?? '';
      return /^`Ready`; False, stalled\b/.test(seen);
    };
    const { expr = '' } = alerts().find(({ alert }) => alert === 'HybridNetworkStalled') ?? {};
    const named = selectorsIn(expr).flatMap(({ matchers }) =>
      matchers.filter(({ label, op }) => label === 'reason' && op === '=').map(({ value }) => value),
    );
    expect(named).toEqual(reasons.filter(isSum));
  });

  test('and does not stall is not told by HybridNetworkStalled, nor is what has an alert of its own', () => {
    const own = ['ApprovalRequired', 'DeletionBlocked', 'FieldManagerConflict'];
    expect(picked('HybridNetworkStalled').toSorted()).toEqual([...own, ...passing].toSorted());
  });
});

describe('the index', () => {
  const index = read('docs/runbooks/README.md');

  test('leads to every alert and every reason', () => {
    expect(names.filter((name) => !index.includes(`[${name}](${name}.md)`))).toEqual([]);
    const links = [...reasonLinks()].map(([reason, link]) => `[${reason}](${link.replace('runbooks/', '')})`);
    expect(links.filter((link) => !index.includes(link))).toEqual([]);
  });

  test('of docs/monitoring.md has every alert, as severe and as patient as it is', () => {
    const rows = [
      ...read('docs/monitoring.md').matchAll(
        /^\| \[(\w+)\]\(runbooks\/(\w+)\.md\) +\| (\w+) +\| (\w+) +\|/gm,
      ),
    ];
    expect(rows.map(([, name, file, severity, wait]) => [name, file, severity, wait])).toEqual(
      alerts().map(({ alert, labels, for: wait }) => [alert, alert, labels['severity'], wait]),
    );
  });
});

describe('the commands of the runbooks', () => {
  const { spec, status } = schemaOf(read('crds/hybridnetworks.yaml'));
  const root: Schema = { type: 'object', properties: { spec, status } };

  function at(path: string, from: Schema | undefined): Schema | undefined {
    const steps = path.split('.').filter((step) => step !== '');
    return steps.reduce<Schema | undefined>((schema, step) => {
      const [, name = '', list] = /^(\w+)(\[.*\])?$/.exec(step) ?? [];
      const found = schema?.properties?.[name];
      return list === undefined ? found : found?.items;
    }, from);
  }

  /** Fields that a JSONPath about a HybridNetwork names and the CRD does not have. */
  function unknownFields(command: string): readonly string[] {
    // A filter names fields of conditions, which the e2e test asks for.
    const path = command.replaceAll(/\[\?[^\]]*\]/g, '[*]');
    const [, range] = /\{range \.([^}]+)\}/.exec(path) ?? [];
    const base = range === undefined ? root : at(range, root);
    if (base === undefined) return [range ?? ''];
    const fields = [...path.matchAll(/\{\.([^}]+)\}/g)].map(([, field = '']) => field);
    return fields.filter((field) => !field.startsWith('metadata.') && at(field, base) === undefined);
  }

  const aboutNetworks = readingCommands().filter((command) =>
    /^kubectl get hn NAME .*jsonpath/.test(command),
  );

  test('name fields that a HybridNetwork has', () => {
    expect(aboutNetworks.length).toBeGreaterThan(10);
    expect(aboutNetworks.flatMap(unknownFields)).toEqual([]);
    expect(unknownFields("jsonpath='{range .status.checks[*]}{.id} {.remedy}{end}'")).toEqual(['remedy']);
    expect(unknownFields("jsonpath='{.status.plans}'")).toEqual(['status.plans']);
  });
});
