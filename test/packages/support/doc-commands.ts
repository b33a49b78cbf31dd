// The commands in the documentation: those in fences, and those in prose that are whole commands and not only names of some.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { anchors, fences, inlineCode } from '../../support/markdown.ts';
import { ROOT } from './render.ts';

export interface DocCommand {
  readonly page: string;
  readonly line: number;
  /** The anchor of the second-level heading above it; empty before the first. */
  readonly section: string;
  /** As a person would type it, without a comment behind it. */
  readonly text: string;
}

/** Languages whose fences hold commands; in `console` they follow a `$`, and what they print stands below. */
const SHELLS: readonly string[] = ['bash', 'sh', 'shell', 'console'];
/** Every other language that a fence may have: none of them hides a command. */
export const NO_SHELL: readonly string[] = ['yaml', 'json', 'ts', 'promql', 'lua', 'diff', 'text', 'mermaid'];

/** A decision speaks about the day when it was taken. */
export const pages = [...globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT })]
  .filter((path) => !path.startsWith('docs/adr/'))
  .toSorted();

export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** Languages of fences that are neither known to hold commands nor known to hold none. */
export function unknownLanguages(text: string): readonly string[] {
  const known = new Set([...SHELLS, ...NO_SHELL]);
  return fences(text)
    .map(({ language }) => language)
    .filter((language) => !known.has(language));
}

/** In the order of the page. */
export function commandsOf(page: string, text: string): readonly DocCommand[] {
  const sections = sectionsOf(text);
  const fenced = fences(text).flatMap(({ language, body, line }) =>
    SHELLS.includes(language) ? commandsIn(body, line, language === 'console') : [],
  );
  const inProse = inlineCode(text)
    .filter(({ code }) => isWhole(code))
    .map(({ code, line }) => ({ text: code, line }));
  return [...fenced, ...inProse]
    .toSorted((one, other) => one.line - other.line)
    .map(({ text: command, line }) => ({
      page,
      line,
      section: sections.findLast(({ from }) => from <= line)?.anchor ?? '',
      text: command,
    }));
}

interface Found {
  readonly text: string;
  readonly line: number;
}

/** `kubectl apply` in a sentence is the name of a thing; `kubectl apply -k deploy` is to be typed. */
function isWhole(code: string): boolean {
  if (code.includes('…')) return false;
  if (/^npm run (-s )?hn /.test(code)) return true;
  return /^(kubectl|helm) /.test(code) && code.split(' ').length > 3;
}

function commandsIn(body: string, first: number, prompted: boolean): readonly Found[] {
  const found: Found[] = [];
  let open: Found | undefined;
  for (const [index, full] of body.split('\n').entries()) {
    if (open === undefined && (prompted ? !full.startsWith('$ ') : /^\s*(#|$)/.test(full))) continue;
    const typed = prompted ? full.replace(/^\$ /, '') : full;
    open =
      open === undefined ? { text: typed, line: first + index } : { ...open, text: `${open.text}\n${typed}` };
    if (goesOn(open.text)) continue;
    found.push({ ...open, text: withoutComment(open.text) });
    open = undefined;
  }
  if (open !== undefined) throw new Error(`a command does not end: ${open.text}`);
  return found;
}

function goesOn(text: string): boolean {
  return text.endsWith('\\') || text.split("'").length % 2 === 0;
}

function withoutComment(text: string): string {
  return text.replace(/\s+# .*$/, '').trim();
}

function sectionsOf(text: string): readonly { readonly from: number; readonly anchor: string }[] {
  const lines = text.split('\n');
  const inFence = new Set(
    fences(text).flatMap(({ body, line }) => body.split('\n').map((_, index) => line + index)),
  );
  const headings = lines.flatMap((line, index) =>
    /^#{1,6} /.test(line) && !inFence.has(index + 1) ? [{ line, from: index + 1 }] : [],
  );
  const all = anchors(text);
  return headings
    .map(({ line, from }, index) => ({ line, from, anchor: all[index] ?? '' }))
    .filter(({ line }) => line.startsWith('## '));
}
