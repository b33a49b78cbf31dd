// Lists that come in pages. What an endless, a repeating or a shifting list would do to us is decided here: it ends as a
// trouble, and whoever asked keeps what was known before.
import { troubleWith } from './trouble.ts';

/** 100 pages of 50 vSwitches are more than a VPC can have; network interfaces come by 500. */
export const MOST_PAGES = 100;
const RESTARTS = 3;

export interface NumberedPage<T> {
  readonly items: readonly T[];
  /** TotalCount. */
  readonly total: number;
}

export interface TokenPage<T> {
  readonly items: readonly T[];
  readonly nextToken: string | undefined;
}

/**
 * All pages of a list by PageNumber. When the total changes between two pages, something came or went, and what stood on
 * the border may have been skipped: the list is read again from its start.
 */
export async function readNumberedPages<T>(
  action: string,
  pageSize: number,
  read: (pageNumber: number) => Promise<NumberedPage<T>>,
): Promise<readonly T[]> {
  for (let attempt = 0; attempt < RESTARTS; attempt += 1) {
    const items = await readOnce(action, pageSize, read);
    if (items !== undefined) return items;
  }
  throw unreadable(action, 'the list kept changing while it was read');
}

/** Undefined when the list changed meanwhile. */
async function readOnce<T>(
  action: string,
  pageSize: number,
  read: (pageNumber: number) => Promise<NumberedPage<T>>,
): Promise<readonly T[] | undefined> {
  const first = await read(1);
  const pages = Math.ceil(first.total / pageSize);
  if (pages > MOST_PAGES) throw unreadable(action, `a list of ${pages} pages`);
  const items = [...first.items];
  for (let number = 2; number <= pages; number += 1) {
    const page = await read(number);
    if (page.total !== first.total) return undefined;
    items.push(...page.items);
  }
  return items.length === first.total ? items : undefined;
}

/** All pages of a list by NextToken. */
export async function readTokenPages<T>(
  action: string,
  read: (token: string | undefined) => Promise<TokenPage<T>>,
): Promise<readonly T[]> {
  const items: T[] = [];
  const seen = new Set<string>();
  let token: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = await read(token);
    items.push(...page.items);
    token = page.nextToken === '' ? undefined : page.nextToken;
    if (token === undefined) return items;
    if (seen.has(token)) throw unreadable(action, 'the same NextToken twice');
    seen.add(token);
  }
  throw unreadable(action, `a list of more than ${MOST_PAGES} pages`);
}

function unreadable(action: string, detail: string): Error {
  return troubleWith({ reason: 'Unreachable', action, detail });
}
