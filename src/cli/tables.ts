// What the reader prints: tables for people, one line of JSON for programs.
import type { CheckResult } from '../plan/checks/index.ts';
import type { PlanReport } from './plan.ts';

/** Columns as wide as their widest cell; nothing behind the last one. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, n) => Math.max(title.length, ...rows.map((row) => (row[n] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, n) => cell.padEnd(widths[n] ?? 0))
      .join('  ')
      .trimEnd();
  return [head, ...rows].map(line).join('\n');
}

export interface CheckReport {
  readonly network: string;
  /** What is wrong with the object itself. */
  readonly problems: readonly string[];
  /** The cluster was read. */
  readonly cluster: boolean;
  /** The cloud was asked. */
  readonly cloud: boolean;
  readonly results: readonly CheckResult[];
}

/** A result as a flat object: what is printed with `-o json`. */
export function flat({ id, title, outcome, ...others }: CheckResult): Readonly<Record<string, string>> {
  const { state, ...rest } = outcome;
  return { id, state, title, ...rest, ...others };
}

const STATES = ['passed', 'failed', 'unchecked', 'notApplicable', 'skipped'] as const;
const WORDS: Readonly<Record<(typeof STATES)[number], string>> = {
  passed: 'passed',
  failed: 'FAILED',
  unchecked: 'not checked',
  notApplicable: 'not applicable',
  skipped: 'skipped',
};

export function countStates(results: readonly CheckResult[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    STATES.map((state) => [state, results.filter(({ outcome }) => outcome.state === state).length]),
  );
}

function detailOf({ outcome, title }: CheckResult): string {
  switch (outcome.state) {
    case 'failed':
      return `${title}: no. ${outcome.message}`;
    case 'unchecked':
    case 'notApplicable':
      return `${title}: ${outcome.why}`;
    case 'passed':
      return outcome.note === undefined ? `${title}.` : `${title}. ${outcome.note}`;
    case 'skipped':
      return `${title}.`;
  }
}

function rowsOf(result: CheckResult): readonly (readonly string[])[] {
  const { id, severity, outcome, remedy, asOf } = result;
  const weight = outcome.state === 'failed' ? severity : '';
  const [first = '', ...rest] = detailOf(result).split('\n');
  const further = remedy === undefined ? rest : [...rest, ...`Remedy: ${remedy}`.split('\n')];
  const age = asOf === undefined ? [] : [`As the cloud said at ${asOf}: it cannot be asked now.`];
  return [
    [id, WORDS[outcome.state], weight, first],
    ...[...age, ...further].map((line) => ['', '', '', line]),
  ];
}

export function checkTable({ network, problems, cluster, cloud, results }: CheckReport): string {
  const counts = countStates(results);
  const summary = STATES.map((state) => `${counts[state] ?? 0} ${WORDS[state].toLowerCase()}`).join(', ');
  const read = `${cluster ? 'cluster read' : 'no cluster read'}, ${cloud ? 'cloud asked' : 'cloud not asked'}`;
  const wrong = problems.map((problem) => `Not valid: ${problem}\n`).join('');
  return `HybridNetwork ${network} (${read})\n${wrong}${table(['ID', 'STATE', 'SEVERITY', 'CHECK'], results.flatMap(rowsOf))}\n${summary}\n`;
}

function effectText({ podsRestarted = 0, podsEvicted = 0, widens }: PlanReport['actions'][number]): string {
  return [
    ...(podsRestarted > 0 ? [`${podsRestarted} restarted`] : []),
    ...(podsEvicted > 0 ? [`${podsEvicted} evicted`] : []),
    ...(widens === true ? ['widens'] : []),
  ].join(', ');
}

const HEALTH = { True: 'ok', False: 'failed', Unknown: 'unknown' } as const;

function keyRow({ accessKey }: PlanReport): readonly (readonly string[])[] {
  if (accessKey === undefined) return [];
  const { status, reason, message } = accessKey;
  return [['CredentialsValid', HEALTH[status], reason, message]];
}

export function planTable(report: PlanReport): string {
  const { network, mode, cluster, problems, concerns, actions } = report;
  const read = cluster ? '' : ', no cluster read: as in one without workloads';
  const lines = [
    `HybridNetwork ${network} (${mode}${read})`,
    ...problems.map((problem) => `Not valid: ${problem}`),
    table(
      ['CONDITION', 'STATE', 'REASON', 'MESSAGE'],
      [
        ...concerns.map(({ condition, health, reason, message }) => [condition, health, reason, message]),
        ...keyRow(report),
      ],
    ),
    '',
    actions.length === 0
      ? 'Nothing to do.'
      : table(
          ['ACTION', 'TARGET', 'WHEN', 'PODS', 'WHY'],
          actions.map((one) => [
            one.action,
            `${one.target.kind}/${one.target.namespace === undefined ? '' : `${one.target.namespace}/`}${one.target.name}`,
            one.when,
            effectText(one),
            one.why,
          ]),
        ),
    ...(report.hash === undefined ? [] : [`Approve with ${report.approveWith ?? ''}`]),
  ];
  return `${lines.join('\n')}\n`;
}
