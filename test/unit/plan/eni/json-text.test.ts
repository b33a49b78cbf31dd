import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { parseObject, setKeys } from '../../../../src/plan/eni/json-text.ts';

const SECRET = 'Zk9SecretThatNobodyMayRead';

describe('parseObject', () => {
  const READABLE: Record<string, string> = {
    'an empty object': '{}',
    'white space around it': ' \n{"a": 1}\n',
    'the same key at two depths': '{"a": {"a": 1}}',
    'a key named __proto__': '{"__proto__": {"x": 1}}',
  };

  test.each(Object.entries(READABLE))('reads %s', (_, text) => {
    expect(parseObject(text)).toEqual({ state: 'object', value: JSON.parse(text) });
  });

  const MALFORMED: Record<string, string> = {
    'an empty text': '',
    'a list': '[]',
    'a text': '"a"',
    null: 'null',
    'a comment': `{"access_secret": "${SECRET}" // mine\n}`,
    'a trailing comma': `{"access_secret": "${SECRET}",}`,
    'a missing comma': `{"access_secret": "${SECRET}" "b": 1}`,
    'an unclosed object': `{"access_secret": "${SECRET}"`,
    'an unclosed string': `{"access_secret": "${SECRET}`,
    'something behind the object': `{"access_secret": "${SECRET}"} x`,
    'single quotes': `{'access_secret': '${SECRET}'}`,
    'a byte order mark': `\uFEFF{"access_secret": "${SECRET}"}`,
    'a tab inside a string': `{"access_secret": "${SECRET}\t"}`,
    'a number that JSON does not know': `{"a": 01, "access_secret": "${SECRET}"}`,
    'a key that stands twice': `{"access_secret": "${SECRET}", "a": 1, "access_secret": "x"}`,
  };

  test.each(Object.entries(MALFORMED))('refuses %s and quotes no value', (_, text) => {
    const parsed = parseObject(text);

    expect(parsed.state).toBe('malformed');
    expect(JSON.stringify(parsed)).not.toContain(SECRET.slice(0, 6));
  });

  test('says where it breaks', () => {
    expect(parseObject('{\n  "a": 1,\n  "b" 2\n}')).toEqual({
      state: 'malformed',
      problem: 'ColonExpected at line 3, column 7',
    });
    expect(parseObject('{"a": 1,\n "a": 2}')).toEqual({
      state: 'malformed',
      problem: 'the key "a" stands twice, again at line 2, column 2',
    });
  });
});

interface Change {
  readonly text: string;
  readonly changes: Readonly<Record<string, unknown>>;
  readonly after: string;
}

const CHANGES: Record<string, Change> = {
  'nothing to change gives the very text': { text: '{ "a" :1}', changes: {}, after: '{ "a" :1}' },
  'a value is changed in its place': {
    text: '{\n  "a":1,\n\n  "b" : [1,2]\n}\n',
    changes: { a: 2 },
    after: '{\n  "a":2,\n\n  "b" : [1,2]\n}\n',
  },
  'a key is added behind the last one, and its neighbour stays as it is': {
    text: '{\n  "a":1,\n  "tags":{"x":"y"}\n}\n',
    changes: { b: 'z' },
    after: '{\n  "a":1,\n  "tags":{"x":"y"},\n  "b": "z"\n}\n',
  },
  'a text on one line stays on one line': {
    text: '{"a":1,"tags":{"x" : "y"}}',
    changes: { b: { c: [1] } },
    after: '{"a":1,"tags":{"x" : "y"}, "b": {"c":[1]}}',
  },
  'tabs stay tabs': {
    text: '{\n\t"a":1\n}',
    changes: { b: { c: 1 } },
    after: '{\n\t"a":1,\n\t"b": {\n\t\t"c": 1\n\t}\n}',
  },
  'line ends of Windows stay': {
    text: '{\r\n    "a":1\r\n}\r\n',
    changes: { b: 2 },
    after: '{\r\n    "a":1,\r\n    "b": 2\r\n}\r\n',
  },
  'a key in the middle goes with its comma': {
    text: '{\n  "a":1,\n  "b":2,\n  "c":{"d":3}\n}',
    changes: { b: undefined },
    after: '{\n  "a":1,\n  "c":{"d":3}\n}',
  },
  'the first key goes with its comma': { text: '{"a":1,"b":2}', changes: { a: undefined }, after: '{"b":2}' },
  'the last key goes with the comma before it': {
    text: '{"a":1,"b":2}',
    changes: { b: undefined },
    after: '{"a":1}',
  },
  'the only key goes': { text: '{"a":1}', changes: { a: undefined }, after: '{}' },
  'a key that is not there cannot go': { text: '{"a":1}', changes: { b: undefined }, after: '{"a":1}' },
  'an empty object gets lines': {
    text: '{}\n',
    changes: { a: 1, b: 2 },
    after: '{\n  "a": 1,\n  "b": 2\n}\n',
  },
  'a key of the same name deeper inside is another key': {
    text: '{"tags":{"a":1},"a":2}',
    changes: { a: 3 },
    after: '{"tags":{"a":1},"a":3}',
  },
  'numbers and escapes that others wrote keep their spelling': {
    text: '{"x":1.50e1,"y":"\\u0041\\/","a":1}',
    changes: { a: 2 },
    after: '{"x":1.50e1,"y":"\\u0041\\/","a":2}',
  },
};

describe('setKeys', () => {
  test.each(Object.entries(CHANGES))('%s', (_, { text, changes, after }) => {
    expect(setKeys(text, changes)).toBe(after);
  });

  const key = fc.constantFrom('a', 'b', 'c', 'with "quotes"', '__proto__', 'ключ');
  const value = fc.jsonValue({ maxDepth: 2 });
  const anyText = fc
    .tuple(fc.dictionary(key, value, { noNullPrototype: true }), fc.constantFrom(undefined, 2, 4, '\t'))
    .map(([object, space]) => JSON.stringify(object, undefined, space));
  const ours = fc.constantFrom('a', 'b', 'new');
  const anyChange = fc.dictionary(ours, fc.option(value, { nil: undefined, freq: 3 }), {
    noNullPrototype: true,
  });

  test('comes out as asked, in the order that was there, and without doing anything twice', () => {
    fc.assert(
      fc.property(anyText, anyChange, (text, changes) => {
        const edited = setKeys(text, changes);
        const before: object = JSON.parse(text);
        const after = new Map<string, unknown>(Object.entries(before));
        for (const [name, one] of Object.entries(changes)) {
          if (one === undefined) after.delete(name);
          else after.set(name, one);
        }
        const wanted = [...after].map(([name, one]) => [name, JSON.parse(JSON.stringify(one))]);
        const parsed: object = JSON.parse(edited);
        expect(Object.entries(parsed)).toEqual(wanted);
        expect(setKeys(edited, {})).toBe(edited);
      }),
    );
  });

  test('every line that holds nothing of ours stays', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('x', 'y', 'z'), value, { minKeys: 1, noNullPrototype: true }),
        (foreign) => {
          const text = JSON.stringify({ a: 1, ...foreign, b: 2 }, undefined, 2);
          const edited = setKeys(text, { a: 'other', b: undefined, new: [1] });
          for (const line of text.split('\n').slice(2, -2)) expect(edited).toContain(line.replace(/,$/, ''));
        },
      ),
    );
  });
});
