// JSON that belongs to somebody else: read strictly, changed value by value. What is not changed keeps its text, its
// order and its formatting. Problems are told by line and column and never quote the text, which may hold an access key.
import { applyEdits, modify, parseTree, printParseErrorCode } from 'jsonc-parser';
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

/** Reads a JSON object. Comments, trailing commas and duplicate keys count as malformed. */
export function parseObject(text: string): Parsed {
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

/** The text with these top-level keys set; `undefined` removes one. Keys that already have the value are not touched. */
export function setKeys(text: string, changes: Readonly<Record<string, unknown>>): string {
  const indent = /\n( +|\t+)\S/.exec(text)?.[1] ?? '  ';
  const formattingOptions = { insertSpaces: !indent.startsWith('\t'), tabSize: indent.length, eol: '\n' };
  return Object.entries(changes).reduce(
    (edited, [key, value]) => applyEdits(edited, modify(edited, [key], value, { formattingOptions })),
    text,
  );
}
