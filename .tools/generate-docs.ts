// docs/conditions.md and the options of the README, written from the tables in the code.
import { CONDITION_TYPES, REASONS } from '../src/api/conditions.ts';
import { OPTION_TABLE } from '../src/option-table.ts';

interface ReasonRow {
  readonly meaning: string;
  readonly remedy?: string;
  readonly stalls?: true;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function conditionRows(): readonly string[] {
  return Object.entries(CONDITION_TYPES).map(([type, meaning]) => `| \`${type}\` | ${cell(meaning)} |`);
}

function reasonRows(): readonly string[] {
  return Object.entries<ReasonRow>(REASONS).map(
    ([reason, { meaning, remedy = '–', stalls }]) =>
      `| \`${reason}\` | ${cell(meaning)} | ${cell(remedy)} | ${stalls === true ? 'yes' : ''} |`,
  );
}

/** Every condition and every reason, with meaning and remedy. */
export function renderConditions(): string {
  return `# Conditions and reasons

<!-- Generated from src/api/conditions.ts by \`npm run generate\`. -->

A HybridNetwork tells how it stands in \`status.conditions\`. \`kubectl get hybridnetworks -o wide\` shows Ready and its
message; \`kubectl describe hybridnetwork NAME\` shows all of them.

\`Ready=False\` means that a person is needed. \`Stalled=True\` beside it means that nothing will change until then. While
work is under way \`Reconciling=True\` stands there, and \`Ready\` keeps the value that it had.

## Conditions

| type | what it says |
| --- | --- |
${conditionRows().join('\n')}

## Reasons

| reason | meaning | what to do | stalls |
| --- | --- | --- | --- |
${reasonRows().join('\n')}
`;
}

/** The table of flags and environment variables. */
export function renderOptions(): string {
  const rows = OPTION_TABLE.map(
    ({ flag, variable, fallback, meaning }) =>
      `| \`--${flag}\` | \`${variable}\` | ${fallback === '' ? '–' : `\`${fallback}\``} | ${cell(meaning)} |`,
  );
  return ['| flag | environment | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
