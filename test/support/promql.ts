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
