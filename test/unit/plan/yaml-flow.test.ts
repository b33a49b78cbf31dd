import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { parse } from 'yaml';
import { flow, quoted } from '../../../src/plan/yaml-flow.ts';

test.each([['1.1'], ['1.2']] as const)('what is written is read back the same by YAML %s', (version) => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      expect(parse(flow(value), { version })).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test.each(['true', 'No', 'y', 'null', '~', '1', '1e3', '.inf', '0x1f', 'a: b', 'a #b', '', '*x', '-'])(
  'the string %j stays a string',
  (text) => {
    expect(parse(flow({ [text]: [text] }), { version: '1.1' })).toEqual({ [text]: [text] });
  },
);

test('plain words need no quotes', () => {
  expect(flow({ key: 'cilium.io/no-schedule', values: ['true', 'virtual-kubelet'] })).toBe(
    '{key: cilium.io/no-schedule, values: ["true", virtual-kubelet]}',
  );
});

test('a quoted text keeps its quotes', () => {
  expect(parse(quoted('it\'s "so"'))).toBe('it\'s "so"');
});
