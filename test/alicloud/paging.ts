// The two ways of paging that the APIs have: by number, and by a token that says where to go on.
import { ApiProblem } from './problem.ts';
import type { Parameters } from './parameters.ts';

export interface NumberedPage<T> {
  readonly items: readonly T[];
  readonly fields: { readonly PageNumber: number; readonly PageSize: number; readonly TotalCount: number };
}

/** PageNumber and PageSize: 10 unless told, 50 at most. */
export function numberedPage<T>(all: readonly T[], parameters: Parameters): NumberedPage<T> {
  const number = parameters.integer('PageNumber', 1);
  const size = parameters.integer('PageSize', 10);
  if (size < 1 || size > 50)
    throw new ApiProblem(400, 'InvalidPageSize', 'The specified PageSize is invalid.');
  const items = all.slice((number - 1) * size, number * size);
  return { items, fields: { PageNumber: number, PageSize: size, TotalCount: all.length } };
}

export interface TokenPage<T> {
  readonly items: readonly T[];
  readonly fields: { readonly NextToken: string; readonly TotalCount: number };
}

export interface TokenLimits {
  /** `MaxResults`; DescribeRouteEntryList spells it `MaxResult`. */
  readonly parameter: string;
  readonly fallback: number;
  readonly most: number;
}

/** The token is the key of the last item that was given out: items that come or go do not shift the others. */
export function tokenPage<T extends { readonly key: string }>(
  all: readonly T[],
  parameters: Parameters,
  { parameter, fallback, most }: TokenLimits,
): TokenPage<T> {
  const size = Math.min(Math.max(parameters.integer(parameter, fallback), 1), most);
  const after = decodeToken(parameters.text('NextToken') ?? '');
  const sorted = all.toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  const rest = sorted.filter(({ key }) => key > after);
  const items = rest.slice(0, size);
  const last = items.at(-1);
  const next = rest.length > size && last !== undefined ? Buffer.from(last.key).toString('base64url') : '';
  return { items, fields: { NextToken: next, TotalCount: all.length } };
}

function decodeToken(token: string): string {
  return Buffer.from(token, 'base64url').toString('utf8');
}
