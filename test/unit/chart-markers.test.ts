// How values of the chart get into a manifest, on small manifests of its own: the real ones are compared by test/packages.
import { describe, expect, test } from '@jest/globals';
import { parseDocument } from 'yaml';
import type { Edit } from '../../.tools/chart/edits.ts';
import { edit } from '../../.tools/chart/edits.ts';
import { createMarkers, textOf } from '../../.tools/chart/markers.ts';

function edited(manifest: string, ...edits: readonly Edit[]): string {
  const document = parseDocument(manifest);
  const markers = createMarkers();
  for (const one of edits) edit(document, one, markers);
  return `${textOf(document, markers)}\n`;
}

const value = (text: string) => parseDocument(text).contents ?? undefined;

describe('a value of the chart', () => {
  test('stands in place of a scalar', () => {
    expect(edited('a: { b: 1 }\n', { kind: 'scalar', at: ['a', 'b'], is: '{{ .V }}' })).toBe(
      'a: { b: {{ .V }} }\n',
    );
  });

  test('stands in place of an object, below its key', () => {
    expect(edited('a:\n  b:\n    c: 1\n', { kind: 'yaml', at: ['a', 'b'], from: '.V' })).toBe(
      'a:\n  b:\n    {{- toYaml .V | nindent 4 }}\n',
    );
  });

  test('adds to a list and to an object', () => {
    expect(edited('a:\n  - b\n', { kind: 'more', at: ['a'], from: '.V' })).toBe(
      'a:\n  - b\n  {{- with .V }}\n  {{- toYaml . | nindent 2 }}\n  {{- end }}\n',
    );
    expect(edited('a: { b: c }\n', { kind: 'more', at: ['a'], from: '.V' })).toBe(
      'a:\n  b: c\n  {{- with .V }}\n  {{- toYaml . | nindent 2 }}\n  {{- end }}\n',
    );
  });

  test('makes a list that was not there', () => {
    expect(edited('a:\n  b: c\n', { kind: 'more', at: ['a', 'd'], from: '.V' })).toBe(
      'a:\n  b: c\n  {{- with .V }}\n  d:\n    {{- toYaml . | nindent 4 }}\n  {{- end }}\n',
    );
  });

  test('is refused where there is nothing to change', () => {
    expect(() => edited('a: {}\n', { kind: 'scalar', at: ['a', 'b'], is: '' })).toThrow(
      'there is no b to change',
    );
    expect(() => edited('a: 1\n', { kind: 'scalar', at: ['a', 'b'], is: '' })).toThrow(
      'no object or list at a',
    );
  });
});

describe('a condition', () => {
  const when = (op: 'add' | 'replace' | 'remove', at: readonly string[], text = ''): Edit => ({
    kind: 'when',
    condition: '.V.on',
    op,
    at,
    value: text === '' ? undefined : value(text),
  });

  test('adds', () => {
    expect(edited('a: 1\n', when('add', ['b'], '[x, y]'))).toBe(
      'a: 1\n{{- if .V.on }}\nb: [ x, y ]\n{{- end }}\n',
    );
  });

  test('chooses between two, and ends where what is below ends', () => {
    const manifest = 'a:\n  # Why.\n  b:\n    c: 1\n  # Another.\n  d: 2\n';
    expect(edited(manifest, when('replace', ['a', 'b'], '{ e: 3 }'))).toBe(
      [
        'a:',
        '  # Why.',
        '  {{- if not .V.on }}',
        '  b:',
        '    c: 1',
        '  {{- else }}',
        '  b: { e: 3 }',
        '  {{- end }}',
        '  # Another.',
        '  d: 2',
        '',
      ].join('\n'),
    );
  });

  test('takes away', () => {
    expect(edited('a: 1\nb: 2\n', when('remove', ['a']))).toBe(
      '{{- if not .V.on }}\na: 1\n{{- end }}\nb: 2\n',
    );
  });

  test('is refused where it cannot hold', () => {
    expect(() => edited('a: 1\n', when('add', ['a'], '2'))).toThrow('a is there already');
    expect(() => edited('a: 1\n', when('replace', ['b'], '2'))).toThrow('there is no b to replace');
    expect(() => edited('a: [1]\n', when('replace', ['a', '0'], '2'))).toThrow('not the items of lists');
  });
});

test('braces of the manifest itself are none of Helm', () => {
  expect(edited("a: 'x {{ y }} z'\n")).toBe(`a: 'x {{ "{{" }} y }} z'\n`);
});
