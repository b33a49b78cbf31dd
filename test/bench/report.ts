// Tables on the terminal, and the same tables in docs/performance.md. Each bench owns the section between its two
// markers and touches nothing else of the file.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';

const PAGE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));

export type Row = readonly string[];

/** A markdown table. */
export function table(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '--:'))), ...rows.map(line)].join(
    '\n',
  );
}

/** The page with the section of that name replaced. */
export function replaceSection(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`docs/performance.md has no section ${name}`);
  return `${page.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${page.slice(to)}`;
}

/** Prints the text, and writes it into docs/performance.md unless the run was too small to count. */
export async function publish(name: string, text: string, isComplete: boolean): Promise<void> {
  process.stdout.write(`\n${await format(text, { parser: 'markdown', printWidth: 110 })}\n`);
  if (!isComplete) {
    process.stdout.write('A small run: docs/performance.md is left as it is.\n');
    return;
  }
  const page = replaceSection(readFileSync(PAGE, 'utf8'), name, text);
  writeFileSync(PAGE, await format(page, { parser: 'markdown', singleQuote: true, printWidth: 110 }));
  process.stdout.write('Written to docs/performance.md.\n');
}

/** When, on what, with which versions. */
export function circumstances(kubernetes: string): string {
  const [cpu] = cpus();
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  const day = new Date().toISOString().slice(0, 10);
  return [
    `${day}, commit ${commit()}: ${cpus().length} × ${cpu?.model.trim() ?? 'unknown processor'}, ${gib} GiB, Linux ${release()},`,
    `Node ${process.versions.node}, Kubernetes ${kubernetes}.`,
  ].join(' ');
}

function commit(): string {
  const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
  try {
    const isDirty =
      git('status', '--porcelain', '--untracked-files=no', '--', 'src', 'test', '.tools') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${isDirty ? ' with changes' : ''}`;
  } catch {
    return 'unknown';
  }
}
