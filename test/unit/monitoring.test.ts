// Alerts and board against what the operator exports and says: no query asks for a metric, a label, a condition or a reason
// that does not exist, and each alert has what who is woken needs.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { alerts, runbooks } from '../../.tools/chart/alerts.ts';
import { exportedMetrics, renderMetrics } from '../../.tools/generate-metrics.ts';
import { CONDITION_TYPES, REASONS } from '../../src/api/conditions.ts';
import { board, boardFile, boardQueries } from '../support/board.ts';
import { groupingLabels, selectorsIn } from '../support/promql.ts';
import type { Matcher, Selector } from '../support/promql.ts';

interface Query {
  readonly of: string;
  readonly expr: string;
}

const variables: readonly Query[] = board().templating.list.flatMap(({ name, definition = '' }) => {
  const [, series, label] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
  return series === undefined ? [] : [{ of: `variable ${name}`, expr: `max by (${label}) (${series})` }];
});
const queries: readonly Query[] = [
  ...alerts().map(({ alert, expr }) => ({ of: alert, expr })),
  ...boardQueries().map(({ panel, expr }) => ({ of: panel, expr })),
  ...variables,
];

/** What Prometheus adds to whatever it scrapes through the ServiceMonitor. */
const OF_TARGET = ['instance', 'pod', 'namespace', 'job'];
/** Of Prometheus itself. */
const UP = { name: 'up', type: 'gauge', labels: [] as readonly string[] };

const exported = [UP, ...exportedMetrics()];

function metricOf(name: string): { readonly labels: readonly string[] } | undefined {
  const plain = exported.find((metric) => metric.name === name && metric.type !== 'histogram');
  if (plain !== undefined) return plain;
  const [, whole = '', part] = /^(\w+)_(bucket|sum|count)$/.exec(name) ?? [];
  const histogram = exported.find((metric) => metric.name === whole && metric.type === 'histogram');
  return histogram && { labels: [...histogram.labels, ...(part === 'bucket' ? ['le'] : [])] };
}

/** Names in a query that nothing has. */
function unknown({ of, expr }: Query): readonly string[] {
  const selectors = selectorsIn(expr);
  const metrics = selectors.map(({ metric }) => metric).filter((name) => metricOf(name) === undefined);
  const labelsOf = ({ metric }: Selector): readonly string[] => [
    ...(metricOf(metric)?.labels ?? []),
    ...OF_TARGET,
  ];
  const labels = selectors.flatMap((one) =>
    one.matchers.map(({ label }) => label).filter((label) => !labelsOf(one).includes(label)),
  );
  const all = selectors.flatMap(labelsOf);
  const grouping = groupingLabels(expr).filter((label) => !all.includes(label));
  const values = selectors
    .filter(({ metric }) => metric === 'hybridnetwork_condition')
    .flatMap(({ matchers }) => matchers.flatMap(unknownValues));
  return [...metrics, ...labels, ...grouping, ...values].map((name) => `${of}: ${name}`);
}

const VALUES: Readonly<Record<string, readonly string[]>> = {
  type: Object.keys(CONDITION_TYPES),
  reason: Object.keys(REASONS),
  status: ['True', 'False', 'Unknown'],
};

function unknownValues({ label, value }: Matcher): readonly string[] {
  const known = VALUES[label];
  return known === undefined ? [] : value.split('|').filter((one) => !known.includes(one));
}

describe('the queries of alerts and board', () => {
  test('are found, each with what it asks for', () => {
    expect(queries.length).toBeGreaterThan(alerts().length + 20);
    expect(queries.filter(({ expr }) => selectorsIn(expr).length === 0)).toEqual([]);
    const asked = 'sum by (le) (rate(a_bucket{b="c",d=~"e|f"}[5m])) > on (le) g unless h offset 5m == 1';
    expect(selectorsIn(asked)).toEqual([
      {
        metric: 'a_bucket',
        matchers: [
          { label: 'b', op: '=', value: 'c' },
          { label: 'd', op: '=~', value: 'e|f' },
        ],
      },
      { metric: 'g', matchers: [] },
      { metric: 'h', matchers: [] },
    ]);
    expect(groupingLabels(asked)).toEqual(['le', 'le']);
  });

  test('name what the operator exports, with labels that it has, and conditions and reasons that there are', () => {
    expect(queries.flatMap(unknown)).toEqual([]);
  });

  test('would be found if they did not', () => {
    const wrong = {
      of: 'x',
      expr: 'max by (networks) (hybridnetwork_conditions) or hybridnetwork_condition{typ="Ready",reason=~"Nothing|Forbidden"} or sum(workqueue_queue_duration_seconds)',
    };
    expect(unknown(wrong)).toEqual([
      'x: hybridnetwork_conditions',
      'x: workqueue_queue_duration_seconds',
      'x: typ',
      'x: networks',
      'x: Nothing',
    ]);
  });

  test('name the job as the Service is called, by which a ServiceMonitor names it', () => {
    const read = (file: string): unknown =>
      parse(readFileSync(new URL(`../../deploy/components/monitoring/${file}`, import.meta.url), 'utf8'));
    const { metadata } = read('service.yaml') as { readonly metadata: { readonly name: string } };
    expect(read('service-monitor.yaml')).not.toHaveProperty('spec.jobLabel');
    const jobs = queries.flatMap(({ expr }) =>
      selectorsIn(expr).flatMap(({ matchers }) => matchers.filter(({ label }) => label === 'job')),
    );
    expect(new Set(jobs.map(({ op, value }) => op + value))).toEqual(new Set([`=${metadata.name}`]));
  });

  test('leave no figure about HybridNetworks unseen', () => {
    const asked = new Set(queries.flatMap(({ expr }) => selectorsIn(expr).map(({ metric }) => metric)));
    const own = exported.map(({ name }) => name).filter((name) => name.startsWith('hybridnetwork_'));
    expect(own.filter((name) => !asked.has(name))).toEqual([]);
  });
});

describe('each alert', () => {
  test.each(alerts())('$alert says how bad it is, what it is about, and where its runbook is', (alert) => {
    expect(alert.alert).toMatch(/^HybridNetwork[A-Z]\w+$/);
    expect(['critical', 'warning']).toContain(alert.labels['severity']);
    expect(alert.for).toMatch(/^\d+[mh]$/);
    const { summary, description, runbook_url: url } = alert.annotations;
    expect(summary).toMatch(/^[A-Z].*\.$/);
    expect(description.length).toBeGreaterThan(40);
    expect(url).toBe(`${runbooks()}/${alert.alert}.md`);
  });

  test.each(alerts())('$alert tells of labels that it has', ({ expr, annotations }) => {
    const told = [...annotations.description.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);
    expect(told.filter((label) => !groupingLabels(expr).includes(label))).toEqual([]);
  });

  test('has a name of its own', () => {
    const names = alerts().map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the board', () => {
  test('is one that a sidecar of Grafana takes up', () => {
    expect(boardFile().metadata.labels).toEqual({ grafana_dashboard: '1' });
    expect(Object.keys(boardFile().data)).toEqual(['hybridnetwork-operator.json']);
    expect(board()).toMatchObject({ uid: 'hybridnetwork-operator', title: 'HybridNetwork operator' });
  });

  test('has panels side by side, none upon another, each with a query', () => {
    const { panels } = board();
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_cell, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
    const empty = panels.filter(({ type, targets = [] }) => type !== 'row' && targets.length === 0);
    expect(empty).toEqual([]);
  });
});

describe('docs/metrics.md', () => {
  test('names every metric once', () => {
    const rows = [...renderMetrics().matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    const names = exportedMetrics().map(({ name }) => name);
    expect(rows.toSorted()).toEqual(names.filter((name) => !/^(process|nodejs)_/.test(name)).toSorted());
  });
});
