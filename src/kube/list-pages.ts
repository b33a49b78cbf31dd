// A complete list, page by page. The items are handed on while a page arrives, and let go.
import type { Query } from './call.ts';
import type { KubeClient } from './client.ts';
import type { KubeObject } from './object.ts';

const PAGE_TIMEOUT_MS = 60_000;

export interface ListOptions {
  readonly client: Pick<KubeClient, 'request'>;
  readonly path: string;
  readonly query: Query;
  readonly pageSize: number;
  readonly signal: AbortSignal;
  readonly onItem: (item: KubeObject) => void;
  readonly onPage: () => void;
}

interface Page {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly KubeObject[] | null;
}

/**
 * Resolves with the resourceVersion that the list stands for. No resourceVersion is asked for, which makes the
 * server answer with the latest state: `0` would be quicker and may be minutes old.
 */
export async function listPages(options: ListOptions): Promise<string> {
  const { client, path, query, pageSize, signal, onItem, onPage } = options;
  let token: string | undefined;
  for (;;) {
    const page = await client.request<Page>({
      method: 'GET',
      path,
      query: { ...query, limit: pageSize, continue: token },
      timeoutMs: PAGE_TIMEOUT_MS,
      signal,
      onItem,
    });
    onPage();
    for (const item of page.items ?? []) onItem(item);
    token = page.metadata?.continue;
    if (token === undefined || token === '') return page.metadata?.resourceVersion ?? '';
  }
}
