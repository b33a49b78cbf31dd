import { describe, expect, test } from '@jest/globals';
import { format, inspect, isDeepStrictEqual } from 'node:util';
import { SecretString } from '../../../src/plan/secret-string.ts';

const PLAIN = 'Zk9SecretThatNobodyMayRead';
const value = new SecretString(PLAIN);
// As somebody would who does not know what it is.
const anything: Record<string, unknown> & string = value as never;

const PRINTS: Record<string, () => string> = {
  'a template string': () => `the key is ${anything}`,
  'a concatenation': () => 'the key is ' + anything,
  String: () => String(value),
  JSON: () => JSON.stringify({ value, list: [value], map: [...new Map([['a', value]])] }),
  inspect: () =>
    inspect({ value, deep: { deeper: { deepest: [value] } } }, { depth: null, showHidden: true }),
  format: () => format('%s %o %O %j', value, value, value, value),
  'the message of an error': () => new Error(`failed with ${anything}`).stack ?? '',
  'its own keys': () =>
    JSON.stringify(Object.entries(value)) + JSON.stringify(Object.getOwnPropertyDescriptors(value)),
  'a spread copy': () => JSON.stringify({ ...(anything as object) }) + inspect({ ...(anything as object) }),
  'a structured clone': () => inspect(structuredClone(value)),
  'the fingerprint': () => value.fingerprint,
};

test.each(Object.entries(PRINTS))('%s does not print it', (_, print) => {
  expect(print()).not.toContain('Zk9');
});

describe('a secret string', () => {
  test('is revealed by its one method', () => {
    expect(value.reveal()).toBe(PLAIN);
  });

  test('equals another one of the same text', () => {
    expect(value.equals(new SecretString(PLAIN))).toBe(true);
    expect(value.equals(new SecretString(`${PLAIN} `))).toBe(false);
    expect(value.equals(undefined)).toBe(false);
  });

  test('is told apart by deep equality, by which changes are noticed', () => {
    expect(isDeepStrictEqual(value, new SecretString(PLAIN))).toBe(true);
    expect(isDeepStrictEqual(value, new SecretString('another'))).toBe(false);
  });

  test('loses white space and a byte order mark at its ends only', () => {
    expect(new SecretString('\uFEFF a b\r\n').trimmed().reveal()).toBe('a b');
    expect(new SecretString(' \n').trimmed().isEmpty).toBe(true);
  });
});
