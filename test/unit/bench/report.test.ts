import { expect, test } from '@jest/globals';
import { replaceSection, table } from '../../bench/report.ts';

const PAGE = [
  '# Performance',
  '<!-- begin a -->',
  'old a',
  '<!-- end a -->',
  '<!-- begin b -->',
  'old b',
  '<!-- end b -->',
].join('\n');

test('a bench replaces its own section and leaves the others', () => {
  const page = replaceSection(PAGE, 'a', 'new');
  expect(page).toContain('<!-- begin a -->\n\nnew\n\n<!-- end a -->');
  expect(page).toContain('old b');
  expect(page).not.toContain('old a');
});

test('a section that the page does not have is an error, not an addition', () => {
  expect(() => replaceSection(PAGE, 'c', 'new')).toThrow('has no section c');
});

test('a table has its figures on the right', () => {
  expect(table(['what', 'ms'], [['repair', '5']])).toBe('| what | ms |\n| --- | --: |\n| repair | 5 |');
});
