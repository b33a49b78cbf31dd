// The alerts, read and played by promtool: each fires when it should, and does not when it should not.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { alertGroups, alerts } from '../../.tools/chart/alerts.ts';
import type { Alert, AlertGroup } from '../../.tools/chart/alerts.ts';
import { programOf } from '../tools/tools.ts';
import { boardFile, boardQueries } from '../support/board.ts';
import type { AlertCase } from './support/alert-cases.ts';
import { NETWORK_ALERT_CASES } from './support/network-alert-cases.ts';
import { OPERATOR_ALERT_CASES } from './support/operator-alert-cases.ts';
import { objectsOf, run, scratch, templated } from './support/render.ts';

const CASES = [...NETWORK_ALERT_CASES, ...OPERATOR_ALERT_CASES];
const { dir, remove } = scratch();
afterAll(remove);

const named = CASES.map((one) => ({
  ...one,
  sentence: `${one.alert} ${one.fires === undefined ? 'does not fire' : 'fires'} ${one.what}`,
}));

async function promtool(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly text: string }> {
  const { code, stdout, stderr } = await run(await programOf('promtool'), args);
  return { code, text: stdout + stderr };
}

/** Groups of rules as a file of Prometheus. */
function ruleFile(name: string, groups: readonly object[]): string {
  const path = join(dir, name);
  writeFileSync(path, stringify({ groups }));
  return path;
}

/** An annotation as Prometheus fills it in. */
function filled(text: string, labels: Readonly<Record<string, string>>, value: string): string {
  return text
    .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_whole, label: string) => labels[label] ?? '')
    .replaceAll(/\{\{ \$value[^}]*\}\}/g, value);
}

function expected({ fires, value = '' }: AlertCase, alert: Alert): readonly object[] {
  if (fires === undefined) return [];
  const annotations = Object.entries(alert.annotations).map(([key, text]) => [
    key,
    filled(text, fires, value),
  ]);
  return [{ exp_labels: { ...alert.labels, ...fires }, exp_annotations: Object.fromEntries(annotations) }];
}

/** What of a dashboard Grafana would not understand, a line for each. */
async function problemsOfBoard(json: string): Promise<readonly string[]> {
  const { code, stderr } = await run(await programOf('board-schema'), [], {}, json);
  const lines = stderr.split('\n').filter((line) => line !== '');
  if ((code === 0) !== (lines.length === 0)) throw new Error(`it ended with ${code}: ${lines.join('\n')}`);
  return lines;
}

let files = 0;

/** Whether promtool finds the case as it says, and what it found. */
async function played(
  one: AlertCase,
  groups: readonly AlertGroup[],
): Promise<{ readonly code: number; readonly text: string }> {
  const alert = alerts().find((other) => other.alert === one.alert);
  if (alert === undefined) throw new Error(`there is no alert ${one.alert}`);
  files += 1;
  const place = join(dir, String(files));
  mkdirSync(place);
  ruleFile(`${files}/rules.yaml`, groups);
  const input = Object.entries(one.series).map(([series, values]) => ({ series, values }));
  const asked = { eval_time: one.at, alertname: one.alert, exp_alerts: expected(one, alert) };
  const test = { interval: '1m', input_series: input, alert_rule_test: [asked] };
  const file = join(place, 'test.yaml');
  writeFileSync(file, stringify({ rule_files: ['rules.yaml'], evaluation_interval: '1m', tests: [test] }));
  return await promtool('test', 'rules', file);
}

/** The alert alone, asking this instead, without waiting. */
function asking(expr: string, { alert }: AlertCase): readonly AlertGroup[] {
  const rules = alerts().filter((one) => one.alert === alert);
  return [{ name: 'changed', rules: rules.map((rule) => ({ ...rule, expr, for: '0s' })) }];
}

describe('the alerts', () => {
  it('are rules that Prometheus takes', async () => {
    const { code, text } = await promtool(
      'check',
      'rules',
      '--lint=all',
      ruleFile('rules.yaml', alertGroups()),
    );
    expect([code, text]).toEqual([0, expect.stringContaining(`${alerts().length} rules found`)]);
  });

  it('are the same in the chart', async () => {
    const text = await templated({ 'monitoring.enabled': true });
    const rule = objectsOf(text)['PrometheusRule hybridnetwork-system/hybridnetwork-operator'];
    expect(rule).toMatchObject({ spec: { groups: alertGroups() } });
  });

  it('each have cases in which they fire and in which they do not, and no case is about another', () => {
    const about = (fire: boolean): ReadonlySet<string> =>
      new Set(CASES.filter(({ fires }) => (fires !== undefined) === fire).map(({ alert }) => alert));
    const all = new Set(alerts().map(({ alert }) => alert));
    expect(about(true)).toEqual(all);
    expect(about(false)).toEqual(all);
  });

  it.each(named)('$sentence', async (one) => {
    expect(await played(one, alertGroups())).toEqual({ code: 0, text: expect.stringContaining('SUCCESS') });
  });
});

describe('a case of an alert', () => {
  it.each(named.filter(({ fires }) => fires !== undefined))(
    'finds one that never fires: $sentence',
    async (one) => {
      expect((await played(one, asking('vector(1) == 0', one))).text).toContain('FAILED');
    },
  );

  it.each(named.filter(({ fires }) => fires === undefined))(
    'finds one that always fires: $sentence',
    async (one) => {
      expect((await played(one, asking('vector(1)', one))).text).toContain('FAILED');
    },
  );
});

describe('the board', () => {
  const json = Object.values(boardFile().data)[0] ?? '';

  it('is one that Grafana understands, to the last option of each panel', async () => {
    expect(await problemsOfBoard(json)).toEqual([]);
  }, 120_000);

  const slips: readonly (readonly [string, string, string, string])[] = [
    ['an option that does not exist', '"graphMode"', '"graphMood"', 'graphMood'],
    ['a field that a panel does not have', '"gridPos"', '"gridPosition"', 'gridPosition'],
    ['a wrong type', '"schemaVersion": ', '"schemaVersion": "new", "x": ', 'schemaVersion'],
  ];

  it.each(slips)('would be refused with %s', async (_what, before, after, told) => {
    expect(json).toContain(before);
    expect((await problemsOfBoard(json.replaceAll(before, after))).join('\n')).toContain(told);
  });

  it('asks what Prometheus understands', async () => {
    const rules = boardQueries().map(({ expr }, at) => ({ record: `board:query:${at}`, expr }));
    expect(rules.length).toBeGreaterThan(20);
    const { code, text } = await promtool(
      'check',
      'rules',
      ruleFile('board.yaml', [{ name: 'board', rules }]),
    );
    expect([code, text]).toEqual([0, expect.stringContaining(`${rules.length} rules found`)]);
  });
});
