// docs/runbooks as far as code knows it: which page has the section about a reason.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './chart/kustomizations.ts';

export interface ReasonSection {
  readonly reason: string;
  /** `docs/runbooks/reasons/terway.md` */
  readonly path: string;
  readonly text: string;
}

/** Every section about a reason, page by page. */
export function reasonSections(): readonly ReasonSection[] {
  const pages = globSync('docs/runbooks/reasons/*.md', { cwd: ROOT }).toSorted();
  return pages.flatMap((path) => {
    const [, ...sections] = readFileSync(join(ROOT, path), 'utf8').split(/^## /m);
    return sections.map((section) => {
      const [reason = '', ...lines] = section.split('\n');
      return { reason, path, text: lines.join('\n') };
    });
  });
}

/** Where a reason is explained, from docs/. */
export function reasonLinks(): ReadonlyMap<string, string> {
  return new Map(
    reasonSections().map(({ reason, path }) => [
      reason,
      `${path.replace(/^docs\//, '')}#${reason.toLowerCase()}`,
    ]),
  );
}
