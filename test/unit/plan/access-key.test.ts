import { expect, test } from '@jest/globals';
import { accessKeyIn } from '../../../src/plan/access-key.ts';
import { KEY_VALUES, secret } from '../../support/make-facts.ts';

const ID = 'access-key-id';
const SECRET = 'access-key-secret';

const VALID: Record<string, { values: Record<string, string>; isPadded: boolean }> = {
  'as it should be': { values: KEY_VALUES, isPadded: false },
  'with a line break behind it': {
    values: { ...KEY_VALUES, [SECRET]: `${KEY_VALUES[SECRET]}\r\n` },
    isPadded: true,
  },
  'with blanks around it': { values: { ...KEY_VALUES, [ID]: `  ${KEY_VALUES[ID]} ` }, isPadded: true },
  'with a byte order mark before it': {
    values: { ...KEY_VALUES, [ID]: `\uFEFF${KEY_VALUES[ID]}` },
    isPadded: true,
  },
};

test.each(Object.entries(VALID))('a key %s is valid and comes out trimmed', (_, { values, isPadded }) => {
  const finding = accessKeyIn(secret(values));

  expect(finding).toMatchObject({ state: 'valid', isPadded });
  if (finding.state !== 'valid') return;
  expect([finding.key.id.reveal(), finding.key.secret.reveal()]).toEqual(Object.values(KEY_VALUES));
});

const INVALID: Record<
  string,
  { values: Record<string, string> | undefined; reason: string; problem: RegExp }
> = {
  'without data': { values: undefined, reason: 'SecretKeyMissing', problem: /access-key-id/ },
  'without the id': { values: { [SECRET]: 'x' }, reason: 'SecretKeyMissing', problem: /access-key-id/ },
  'without the secret': { values: { [ID]: 'x' }, reason: 'SecretKeyMissing', problem: /access-key-secret/ },
  'with an empty value': {
    values: { ...KEY_VALUES, [SECRET]: '' },
    reason: 'SecretKeyMissing',
    problem: /access-key-secret/,
  },
  'with blanks only': {
    values: { ...KEY_VALUES, [ID]: ' \n' },
    reason: 'SecretKeyMissing',
    problem: /access-key-id/,
  },
  'with a blank inside': {
    values: { ...KEY_VALUES, [SECRET]: 'Zk9 Zk9' },
    reason: 'SecretMalformed',
    problem: /access-key-secret/,
  },
  'with two lines': {
    values: { ...KEY_VALUES, [SECRET]: 'Zk9\nZk9' },
    reason: 'SecretMalformed',
    problem: /access-key-secret/,
  },
  'with a placeholder of a shell': {
    values: { ...KEY_VALUES, [ID]: '${Zk9}' },
    reason: 'SecretMalformed',
    problem: /access-key-id/,
  },
  'with a placeholder of a template': {
    values: { ...KEY_VALUES, [ID]: '{{Zk9}}' },
    reason: 'SecretMalformed',
    problem: /access-key-id/,
  },
  'with bytes that are no text': {
    values: { ...KEY_VALUES, [ID]: 'Zk9\uFFFD' },
    reason: 'SecretMalformed',
    problem: /access-key-id/,
  },
  'with a zero byte': {
    values: { ...KEY_VALUES, [ID]: 'Zk9\u0000' },
    reason: 'SecretMalformed',
    problem: /access-key-id/,
  },
  'with a letter of another alphabet': {
    values: { ...KEY_VALUES, [ID]: 'Zk9\u0430' },
    reason: 'SecretMalformed',
    problem: /access-key-id/,
  },
  'with a character that nobody sees': {
    values: { ...KEY_VALUES, [ID]: 'Zk\u200B9' },
    reason: 'SecretMalformed',
    problem: /access-key-id/,
  },
};

test.each(Object.entries(INVALID))(
  'a Secret %s is refused, and no value is told',
  (_, { values, reason, problem }) => {
    const finding = accessKeyIn(secret(values));

    expect(finding).toEqual({ state: 'invalid', reason, problem: expect.stringMatching(problem) });
    expect(JSON.stringify(finding)).not.toContain('Zk9');
  },
);
