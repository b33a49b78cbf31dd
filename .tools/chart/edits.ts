// What values of the chart, and the patches of kustomize components, do to a manifest.
import type { Document, Node, YAMLMap, YAMLSeq } from 'yaml';
import { isMap, isScalar, isSeq, Pair, Scalar } from 'yaml';
import { DEPTH } from './markers.ts';
import type { Expression, Markers } from './markers.ts';

export type Path = readonly string[];

export type Edit =
  /** A scalar of our own that the manifest does not have. */
  | { readonly kind: 'add'; readonly at: Path; readonly text: string }
  /** A scalar becomes the expression. */
  | { readonly kind: 'scalar'; readonly at: Path; readonly is: string }
  /** A list or an object becomes the value. */
  | { readonly kind: 'yaml'; readonly at: Path; readonly from: string }
  /** A list becomes these lines of a template. */
  | { readonly kind: 'lines'; readonly at: Path; readonly lines: readonly string[] }
  /** What the value holds is added to a list or an object, which need not be there. */
  | { readonly kind: 'more'; readonly at: Path; readonly from: string }
  /** Something is there, or is another, on a condition. */
  | {
      readonly kind: 'when';
      readonly condition: string;
      readonly op: 'add' | 'replace' | 'remove';
      readonly at: Path;
      readonly value: Node | undefined;
    };

/** Changes the document. Throws where what is to be changed is not there. */
export function edit(document: Document, change: Edit, markers: Markers): void {
  if (change.kind === 'add') {
    document.setIn(change.at, change.text);
    return;
  }
  const parent = collectionAt(document, change.at.slice(0, -1));
  const key = change.at.at(-1) ?? '';
  switch (change.kind) {
    case 'scalar':
      replace(parent, key, markers.mark({ shape: 'inline', text: change.is }));
      return;
    case 'yaml':
      replace(
        parent,
        key,
        markers.mark({ shape: 'below', lines: [`{{- toYaml ${change.from} | nindent ${DEPTH} }}`] }),
      );
      return;
    case 'lines':
      replace(parent, key, markers.mark({ shape: 'below', lines: change.lines }));
      return;
    case 'more':
      addMore(parent, key, change.from, markers);
      return;
    case 'when':
      editWhen(parent, key, change, markers);
  }
}

function replace(parent: YAMLMap | YAMLSeq, key: string, marker: string): void {
  const place = isSeq(parent) ? Number(key) : key;
  if (!parent.has(place)) throw new Error(`there is no ${key} to change`);
  parent.set(place, plain(marker));
}

function addMore(parent: YAMLMap | YAMLSeq, key: string, from: string, markers: Markers): void {
  const found = parent.get(isSeq(parent) ? Number(key) : key, true) as unknown;
  const lines = [`{{- with ${from} }}`, `{{- toYaml . | nindent ${DEPTH} }}`, '{{- end }}'];
  const items: Expression = { shape: 'items', lines };
  if (found === undefined) {
    parent.add(new Pair(plain(key), plain(markers.mark({ shape: 'with', values: from }))));
    return;
  }
  if (isSeq(found)) found.add(plain(markers.mark(items)));
  else if (isMap(found)) found.add(new Pair(plain(markers.mark(items)), plain('')));
  else throw new Error(`${key} is neither a list nor an object`);
  found.flow = false;
}

function editWhen(
  parent: YAMLMap | YAMLSeq,
  key: string,
  { condition, op, value }: Edit & { readonly kind: 'when' },
  markers: Markers,
): void {
  if (!isMap(parent)) throw new Error(`${key}: a patch may change objects, not the items of lists`);
  parent.flow = false;
  const place = parent.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === key);
  const existing = parent.items[place];
  const mark = (is: string): string => markers.mark({ shape: 'when', condition: is });
  if (op === 'add' && existing !== undefined) throw new Error(`${key} is there already: replace it`);
  if (op !== 'add' && existing === undefined) throw new Error(`there is no ${key} to ${op}`);
  if (existing !== undefined) comment(existing.key as Scalar, `IF ${mark(negated(condition))}`);
  if (op === 'remove') return;
  const added = plain(key);
  comment(added, `${existing === undefined ? 'IF' : 'ELSE'} ${mark(condition)}`);
  parent.items.splice(existing === undefined ? parent.items.length : place + 1, 0, new Pair(added, value));
}

function negated(condition: string): string {
  return condition.includes(' ') ? `not (${condition})` : `not ${condition}`;
}

function comment(key: Scalar, text: string): void {
  const before = key.commentBefore ?? '';
  key.commentBefore = before === '' ? ` ${text}` : `${before}\n ${text}`;
}

function plain(text: string): Scalar {
  return new Scalar(text);
}

function collectionAt(document: Document, at: Path): YAMLMap | YAMLSeq {
  const found: unknown =
    at.length === 0
      ? document.contents
      : document.getIn(
          at.map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
          true,
        );
  if (isMap(found) || isSeq(found)) return found;
  throw new Error(`there is no object or list at ${at.join('/')}`);
}
