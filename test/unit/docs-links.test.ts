// Every relative link of every page leads to a file that is there, and to a heading that is there.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { anchors, fences, inlineCode, links } from '../support/markdown.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const pages = globSync(['*.md', 'docs/**/*.md', '.github/**/*.md'], { cwd: ROOT }).toSorted();

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function brokenLinks(page: string, text: string): readonly string[] {
  const relative = links(text).filter((target) => !/^[a-z]+:/.test(target));
  return relative
    .filter((target) => !leadsSomewhere(page, text, target))
    .map((target) => `${page}: ${target}`);
}

function leadsSomewhere(page: string, text: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  if (path === '') return anchors(text).includes(anchor ?? '');
  const file = normalize(join(dirname(page), path));
  if (file.startsWith('..') || !existsSync(join(ROOT, file))) return false;
  return anchor === undefined || anchors(read(file)).includes(anchor);
}

describe('links', () => {
  test.each(pages)('of %s lead somewhere', (page) => {
    expect(brokenLinks(page, read(page))).toEqual([]);
  });

  test('that lead nowhere are found, by file, by heading, and out of the project', () => {
    const text =
      '# A heading\n[a](nowhere.md) [b](#a-heading) [c](#another) [d](install.md#nothing) [e](../../x)';
    expect(brokenLinks('docs/x.md', text)).toEqual([
      'docs/x.md: nowhere.md',
      'docs/x.md: #another',
      'docs/x.md: install.md#nothing',
      'docs/x.md: ../../x',
    ]);
  });
});

describe('Markdown as the tests read it', () => {
  test('a heading has the anchor that GitHub gives it, numbered where it comes twice', () => {
    const text =
      '# `hn plan`, and why (soon)\n## Its limits\n```\n# none\n```\n## Its limits\n### Überall: [a](b)';
    expect(anchors(text)).toEqual(['hn-plan-and-why-soon', 'its-limits', 'its-limits-1', 'überall-a']);
  });

  test('fences and code keep their lines, and code in fences is no prose', () => {
    const text = 'One `a\\|b`.\n\n   ```bash\n   echo `c`\n     x\n   ```\n`d`\n';
    expect(fences(text)).toEqual([{ language: 'bash', body: 'echo `c`\n  x\n', line: 4 }]);
    expect(inlineCode(text)).toEqual([
      { code: 'a|b', line: 1 },
      { code: 'd', line: 7 },
    ]);
  });
});
