// The board for Grafana, as far as tests ask about it.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const FILE = new URL('../../deploy/components/monitoring/board.yaml', import.meta.url);

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
}

export interface BoardFile {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly data: Readonly<Record<string, string>>;
}

export function boardFile(): BoardFile {
  return parse(readFileSync(FILE, 'utf8')) as BoardFile;
}

export function board(): Board {
  const [text = ''] = Object.values(boardFile().data);
  return JSON.parse(text) as Board;
}

/** Every query with its panel; what Grafana fills in has a value. */
export function boardQueries(): readonly { readonly panel: string; readonly expr: string }[] {
  return board().panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      panel: title,
      expr: expr.replaceAll('$__rate_interval', '2m').replaceAll('$network', '.*'),
    })),
  );
}
