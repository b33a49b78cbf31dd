// Expressions of Helm in YAML documents. A marker holds the place of each, so that the documents stay valid YAML while they
// are edited; in the text the expressions take their places.
import type { Document } from 'yaml';

export type Expression =
  /** In place of a scalar. */
  | { readonly shape: 'inline'; readonly text: string }
  /** In place of the value of a key, on lines of their own below it. */
  | { readonly shape: 'below'; readonly lines: readonly string[] }
  /** In place of an item: a text of several lines. */
  | { readonly shape: 'below-text'; readonly lines: readonly string[] }
  /** More items of the list or object that the marker is the last item of. */
  | { readonly shape: 'items'; readonly lines: readonly string[] }
  /** A key that is there only where its value is: `values` is the path of it. */
  | { readonly shape: 'with'; readonly values: string }
  /** A condition for what stands at a key. */
  | { readonly shape: 'when'; readonly condition: string };

/** In an expression's lines: the number of spaces at which what is filled in begins. */
export const DEPTH = 'DEPTH';

export interface Markers {
  readonly expressions: readonly Expression[];
  mark(expression: Expression): string;
}

export function createMarkers(): Markers {
  const expressions: Expression[] = [];
  return { expressions, mark: (expression) => `HELM${expressions.push(expression) - 1}MARK` };
}

const MARKER = /HELM(\d+)MARK/;
const CONDITION = /^( *)# ?(IF|ELSE) HELM(\d+)MARK$/;

/** The text of a document, with the expressions in place of their markers. */
export function textOf(document: Document, { expressions }: Markers): string {
  const text = document.toString({ lineWidth: 0, directives: false }).trimEnd();
  // What the manifest itself says in braces is no expression.
  const lines = text.replaceAll('{{', '{{ "{{" }}').split('\n');
  return conditional(lines, expressions)
    .flatMap((line) => filled(line, expressions))
    .join('\n');
}

/** Puts what follows an IF or ELSE between `if` and `end`: the next line that is no comment, and what stands below it. */
function conditional(lines: readonly string[], expressions: readonly Expression[]): readonly string[] {
  const out: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const [, indent = '', word, number] = CONDITION.exec(line) ?? [];
    if (word === undefined) {
      out.push(line);
      continue;
    }
    const end = endOfBlock(lines, at + 1, indent.length);
    const keyword = word === 'IF' ? `if ${conditionOf(expressions[Number(number)])}` : 'else';
    out.push(`${indent}{{- ${keyword} }}`, ...lines.slice(at + 1, end));
    if (!/^ *# ?ELSE /.test(lines[end] ?? '')) out.push(`${indent}{{- end }}`);
    at = end - 1;
  }
  return out;
}

function conditionOf(expression: Expression | undefined): string {
  if (expression?.shape !== 'when') throw new Error('a condition has no expression');
  return expression.condition;
}

/** Where the block that begins at `from` has ended. */
function endOfBlock(lines: readonly string[], from: number, indent: number): number {
  let at = from;
  while ((lines[at] ?? '').trimStart().startsWith('#')) at += 1;
  at += 1;
  while (at < lines.length && indentOf(lines[at] ?? '') > indent) at += 1;
  return at;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function filled(line: string, expressions: readonly Expression[]): readonly string[] {
  const [marker, number] = MARKER.exec(line) ?? [];
  const expression = expressions[Number(number)];
  if (marker === undefined || expression === undefined) return [line];
  const depth = indentOf(line);
  const key = line.slice(0, line.indexOf(marker)).trim();
  switch (expression.shape) {
    case 'inline':
      return filled(
        line.replace(marker, () => expression.text),
        expressions,
      );
    case 'below':
      return [`${' '.repeat(depth)}${key}`, ...indented(expression.lines, depth + 2)];
    case 'below-text':
      return [`${' '.repeat(depth)}${key} |`, ...indented(expression.lines, depth + 2)];
    case 'items':
      return indented(expression.lines, depth);
    case 'with': {
      const below = indented([`{{- toYaml . | nindent ${DEPTH} }}`], depth + 2);
      const [open = '', head = '', end = ''] = indented(
        [`{{- with ${expression.values} }}`, key, '{{- end }}'],
        depth,
      );
      return [open, head, ...below, end];
    }
    case 'when':
      throw new Error(`a condition stands where a value should: ${line}`);
  }
}

function indented(lines: readonly string[], depth: number): readonly string[] {
  return lines.map((line) => `${' '.repeat(depth)}${line.replace(DEPTH, String(depth))}`);
}
