// JSON that belongs to somebody else: read strictly, changed value by value. What is not changed keeps its text, its
// order and its formatting. Problems are told by line and column and never quote the text, which may hold an access key.
import { parseTree, printParseErrorCode } from 'jsonc-parser';
import type { Node, ParseError } from 'jsonc-parser';

export type JsonObject = Readonly<Record<string, unknown>>;

export type Parsed =
  | { readonly state: 'object'; readonly value: JsonObject }
  | { readonly state: 'malformed'; readonly problem: string };

function position(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

function keysOf(node: Node): readonly Node[] {
  return (node.children ?? []).flatMap((property) => property.children?.slice(0, 1) ?? []);
}

// Two keys of one name: parsers take the last one, editors the first, and a person sees either.
function duplicateKey(text: string, root: Node): string | undefined {
  const seen = new Set<unknown>();
  const twice = keysOf(root).find(({ value }) => seen.size === seen.add(value).size);
  return (
    twice && `the key ${JSON.stringify(twice.value)} stands twice, again at ${position(text, twice.offset)}`
  );
}

/** The texts of eni-config are asked for several times in every decision and hardly ever change. */
const REMEMBERED = 8;
const parsedTexts = new Map<string, Parsed>();

/** Reads a JSON object. Comments, trailing commas and duplicate keys count as malformed. */
export function parseObject(text: string): Parsed {
  const known = parsedTexts.get(text);
  if (known !== undefined) return known;
  const parsed = parse(text);
  parsedTexts.set(text, parsed);
  const [oldest] = parsedTexts.keys();
  if (parsedTexts.size > REMEMBERED && oldest !== undefined) parsedTexts.delete(oldest);
  return parsed;
}

function parse(text: string): Parsed {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [error] = errors;
  if (error !== undefined) {
    const problem = `${printParseErrorCode(error.error)} at ${position(text, error.offset)}`;
    return { state: 'malformed', problem };
  }
  if (root?.type !== 'object') return { state: 'malformed', problem: 'it is no JSON object' };
  const duplicate = duplicateKey(text, root);
  if (duplicate !== undefined) return { state: 'malformed', problem: duplicate };
  try {
    return { state: 'object', value: JSON.parse(text) as JsonObject };
  } catch {
    return { state: 'malformed', problem: 'it is no valid JSON' };
  }
}

interface Style {
  /** undefined: the object stands on one line. */
  readonly eol: string | undefined;
  readonly indent: string;
}

function styleOf(text: string): Style {
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  if (!text.trim().includes('\n') && !/^\s*\{\s*\}\s*$/.test(text)) return { eol: undefined, indent };
  return { eol: text.includes('\r\n') ? '\r\n' : '\n', indent };
}

function valueText(value: unknown, { eol, indent }: Style): string {
  if (eol === undefined) return JSON.stringify(value);
  return JSON.stringify(value, undefined, indent).replaceAll('\n', eol + indent);
}

function splice(text: string, from: number, to: number, by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}

function end({ offset, length }: Node): number {
  return offset + length;
}

function append(text: string, root: Node, property: string, { eol, indent }: Style): string {
  const last = root.children?.at(-1);
  const lead = eol === undefined ? '' : eol + indent;
  if (last === undefined) return splice(text, root.offset + 1, end(root) - 1, lead + property + (eol ?? ''));
  return splice(text, end(last), end(last), `,${lead === '' ? ' ' : lead}${property}`);
}

function remove(text: string, properties: readonly Node[], index: number): string {
  const [before, own, after] = [properties[index - 1], properties[index], properties[index + 1]];
  if (own === undefined) return text;
  if (before !== undefined) return splice(text, end(before), end(own), '');
  return splice(text, own.offset, after?.offset ?? end(own), '');
}

function setKey(text: string, key: string, value: unknown): string {
  const root = parseTree(text);
  if (root === undefined) return text;
  const properties = root.children ?? [];
  const index = properties.findIndex(({ children }) => children?.[0]?.value === key);
  if (value === undefined) return remove(text, properties, index);
  const style = styleOf(text);
  const written = valueText(value, style);
  const current = properties[index]?.children?.[1];
  if (current === undefined) return append(text, root, `${JSON.stringify(key)}: ${written}`, style);
  return splice(text, current.offset, end(current), written);
}

/** The text with these top-level keys set; `undefined` removes one. What is not named keeps its text. */
export function setKeys(text: string, changes: Readonly<Record<string, unknown>>): string {
  return Object.entries(changes).reduce((edited, [key, value]) => setKey(edited, key, value), text);
}
