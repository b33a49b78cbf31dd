// YAML in flow style, for snippets that a person pastes: one line, no quotes where none are needed.

const PLAIN = /^[A-Za-z_][\w./-]*$/;
// YAML 1.1, which kubectl and Helm read, takes these for booleans and null.
const RESERVED = /^(true|false|yes|no|on|off|y|n|null)$/i;

function scalar(text: string): string {
  return PLAIN.test(text) && !RESERVED.test(text) ? text : JSON.stringify(text);
}

/** A JSON value as YAML; what JSON has no word for (undefined, functions) is left out of maps. */
export function flow(value: unknown): string {
  if (typeof value === 'string') return scalar(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{${entries.map(([key, inner]) => `${scalar(key)}: ${flow(inner)}`).join(', ')}}`;
}

/** A text as a single-quoted scalar, in which YAML needs no other escape. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
