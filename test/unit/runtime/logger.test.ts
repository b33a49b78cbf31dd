import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { createLogger, LogCensor, refuseHeaderDumps } from '../../../src/runtime/logger.ts';

function rig(level = 'debug') {
  const lines: string[] = [];
  const censor = new LogCensor();
  const log = createLogger({ level, censor, destination: { write: (line) => lines.push(line) } });
  return { censor, log, lines, last: (): unknown => JSON.parse(lines.at(-1) ?? 'null') };
}

// Made up, with every character that some encoding treats specially.
const SECRET = 'pL4nted"Se\\cret/+= ÿ&\'!';

describe('a line', () => {
  test('is one JSON object with level, ISO time, fields and message', () => {
    const { log, last } = rig();
    log.child({ network: 'idc' }).info({ action: 'patch' }, 'action done');
    expect(last()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      network: 'idc',
      action: 'patch',
      msg: 'action done',
    });
  });

  test('below the level is not written', () => {
    const { log, lines } = rig('warn');
    log.info('quiet');
    expect(lines).toEqual([]);
  });

  test('never shows fields with telling names, however deep', () => {
    const { log, lines, last } = rig();
    const fields = {
      'access-key-secret': 'V1',
      accessKeySecret: 'V2',
      access_secret: 'V3',
      data: { k: 'V4' },
      stringData: { k: 'V5' },
      Authorization: 'V6',
      token: 'V7',
      headers: { authorization: 'V8' },
    };
    log.info({ ...fields, a: { ...fields, b: { ...fields, c: fields } }, list: [fields] }, 'values');
    expect(lines.join('')).not.toMatch(/V\d/);
    expect(last()).toMatchObject({ a: { b: { c: { token: '[redacted]' } } } });
  });

  test('leaves the object that was logged as it was', () => {
    const { log } = rig();
    const object = { token: 'kept', deep: { data: { k: 'kept' } } };
    log.info(object, 'values');
    expect(object).toEqual({ token: 'kept', deep: { data: { k: 'kept' } } });
  });
});

describe('an error', () => {
  test('comes with type, message, stack, code and causes', () => {
    const { log, last } = rig();
    const cause = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    log.error({ err: new Error('reading nodes', { cause }) }, 'failed');
    expect(last()).toMatchObject({
      err: {
        type: 'Error',
        message: 'reading nodes',
        stack: expect.stringContaining('logger.test.ts'),
        cause: { message: 'reset', code: 'ECONNRESET' },
      },
    });
  });

  test('comes without request, reply and headers', () => {
    const { log, lines } = rig();
    const err = Object.assign(
      new Error(
        'HTTP-Code: 422\nMessage: Unprocessable\nBody: "{\\"patch\\":\\"V1\\"}"\nHeaders: {"x":"V2"}',
      ),
      { body: 'V3', response: { data: 'V4' }, config: { headers: 'V5' } },
    );
    log.error({ err }, 'failed');
    log.error({ err: new AggregateError([err], 'both') }, 'failed');
    expect(lines.join('')).not.toMatch(/V\d/);
    expect(lines.join('')).toContain('HTTP-Code: 422');
    expect(lines.join('')).toContain('logger.test.ts');
  });

  test('that is no Error, or its own cause, does not break the log', () => {
    const { log, last } = rig();
    const err = new Error('round');
    err.cause = err;
    log.error({ err }, 'failed');
    log.error({ err: 'just text' }, 'failed');
    expect(last()).toMatchObject({ err: { type: 'string', message: 'just text' } });
  });
});

/** Every way in which a value may come into a line. */
const ways: readonly (readonly [string, (value: string) => object | string])[] = [
  ['the message', (value) => `key ${value} refused`],
  ['a field', (value) => ({ note: value })],
  ['a field’s name', (value) => ({ [value]: 1 })],
  ['an error', (value) => ({ err: new Error(`bad key ${value}`) })],
  ['the cause of an error', (value) => ({ err: new Error('bad', { cause: new Error(value) }) })],
  ['JSON within a string', (value) => ({ body: JSON.stringify({ access_secret: value }) })],
  ['JSON within JSON', (value) => ({ body: JSON.stringify({ eni_conf: JSON.stringify({ s: value }) }) })],
  ['base64', (value) => ({ body: Buffer.from(value).toString('base64') })],
  ['base64url', (value) => ({ body: Buffer.from(value).toString('base64url') })],
  ['base64 of a longer text, at offset 1', (value) => Buffer.from(`a${value}bcd`).toString('base64')],
  ['base64 of a longer text, at offset 2', (value) => Buffer.from(`ab${value}cd`).toString('base64')],
  ['a URL', (value) => `https://x/?Secret=${encodeURIComponent(value)}&y=1`],
  ['a form', (value) => new URLSearchParams({ secret: value }).toString()],
  ['base64 in a URL', (value) => encodeURIComponent(Buffer.from(value).toString('base64'))],
  ['hexadecimal', (value) => Buffer.from(value).toString('hex')],
];

describe('a known secret', () => {
  test.each(ways)('does not leave the process in %s', (_, bring) => {
    const { censor, log, lines } = rig();
    censor.add(SECRET);
    const brought = bring(SECRET);
    if (typeof brought === 'string') log.info(brought);
    else log.info(brought, 'values');
    expect(lines[0]).toContain('[redacted]');
    expect(() => JSON.parse(lines[0] ?? '') as unknown).not.toThrow();
    expect(traces(lines[0] ?? '', SECRET)).toEqual([]);
  });

  test('of any form is not in the line, whichever way it came', () => {
    const anySecret = fc.string({ minLength: 16, maxLength: 40, unit: 'grapheme-ascii' });
    fc.assert(
      fc.property(anySecret, fc.constantFrom(...ways), (secret, [, bring]) => {
        const { censor, log, lines } = rig();
        censor.add(secret);
        const brought = bring(secret);
        if (typeof brought === 'string') log.info(brought);
        else log.info(brought, 'values');
        expect(traces(lines[0] ?? '', secret)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('also does not leave in texts that are no log lines', () => {
    const censor = new LogCensor();
    censor.add('LTAI-first-value');
    expect(censor.clean('the key LTAI-first-value is refused')).toBe('the key [redacted] is refused');
  });

  test('is let go after as many removals as additions', () => {
    const censor = new LogCensor();
    censor.add('LTAI-first-value');
    censor.add('LTAI-first-value');
    censor.remove('LTAI-first-value');
    expect(censor.clean('LTAI-first-value')).toBe('[redacted]');
    censor.remove('LTAI-first-value');
    censor.remove('LTAI-first-value');
    expect(censor.clean('LTAI-first-value')).toBe('LTAI-first-value');
  });

  test('that contains another is replaced as a whole', () => {
    const censor = new LogCensor();
    censor.add('12345678');
    censor.add('12345678-and-more');
    expect(censor.clean('x 12345678-and-more y')).toBe('x [redacted] y');
  });

  test('shorter than 8 characters is not taken for one', () => {
    const censor = new LogCensor();
    expect(censor.add('info')).toBe(false);
    expect(censor.clean('{"level":"info"}')).toBe('{"level":"info"}');
  });
});

/** The forms of the value that can still be read out of the text. */
function traces(text: string, value: string): readonly string[] {
  const decoded = [text, unescaped(text), unescaped(unescaped(text))];
  const looked = [value, encodeURIComponent(value), Buffer.from(value).toString('base64').replace(/=+$/, '')];
  return looked.filter((form) => decoded.some((one) => one.includes(form)));
}

function unescaped(text: string): string {
  return text.replaceAll('\\"', '"').replaceAll('\\\\', '\\');
}

describe('NODE_DEBUG', () => {
  test.each(['http', 'HTTP', 'fs,tls', 'undici', 'net http', '*', 'ht*', '*tp', 'fetch'])(
    '"%s" is refused',
    (value) => {
      expect(() => {
        refuseHeaderDumps({ NODE_DEBUG: value });
      }).toThrow('prints request headers');
    },
  );

  test.each([undefined, '', 'fs', 'net,timer', 'module'])('"%s" is allowed', (value) => {
    expect(() => {
      refuseHeaderDumps({ NODE_DEBUG: value });
    }).not.toThrow();
  });
});
