// Which metrics a query of Prometheus asks for, and by which labels: enough of its language to hold queries against what the
// operator exports. That a query is well formed is for promtool to say.

export interface Matcher {
  readonly label: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const SELECTOR = /(?<![\w:.])([a-zA-Z_:][\w:]*)\s*(?:\{([^}]*)\})?(?!\s*\()(?![\w:{])/g;
const MATCHER = /(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g;
const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan']);

/** Every selector, in the order of the query. */
export function selectorsIn(query: string): readonly Selector[] {
  const text = query.replaceAll(GROUPING, ' ').replaceAll(/\[[^\]]*\]/g, ' ');
  return [...text.matchAll(SELECTOR)]
    .filter(([, metric = '', matchers]) => matchers !== undefined || !WORDS.has(metric.toLowerCase()))
    .map(([, metric = '', matchers = '']) => ({
      metric,
      matchers: [...matchers.matchAll(MATCHER)].map(([, label = '', op = '=', value = '']) => ({
        label,
        op: op as Matcher['op'],
        value,
      })),
    }));
}

/** Labels that the query groups or joins by. */
export function groupingLabels(query: string): readonly string[] {
  return [...query.matchAll(GROUPING)].flatMap(([, list = '']) =>
    list
      .split(',')
      .map((label) => label.trim())
      .filter((label) => label !== ''),
  );
}

/** A series as `/metrics` writes it, without its value. */
export interface Series {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The series of a scrape. */
export function seriesIn(text: string): readonly Series[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, metric = '', list = ''] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    const labels = [...list.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    return { metric, labels: Object.fromEntries(labels.map(([, name = '', value = '']) => [name, value])) };
  });
}

/** As Prometheus decides it: an absent label is an empty one, and a pattern stands for the whole value. */
export function finds({ metric, matchers }: Selector, series: Series): boolean {
  return (
    metric === series.metric && matchers.every((matcher) => fits(matcher, series.labels[matcher.label] ?? ''))
  );
}

function fits({ op, value }: Matcher, found: string): boolean {
  switch (op) {
    case '=':
      return found === value;
    case '!=':
      return found !== value;
    case '=~':
      return new RegExp(`^(?:${value})$`).test(found);
    case '!~':
      return !new RegExp(`^(?:${value})$`).test(found);
  }
}
