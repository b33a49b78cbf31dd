// Faults of single requests: wrong answers, and no answers.
import { actsAndAnswers, answers, isAny, isChange, isRead, isWrite, PAGE, pause } from './fault.ts';
import type { Fault } from './fault.ts';
import type { Exchange } from './exchange.ts';

async function passLate(exchange: Exchange): Promise<void> {
  await pause(150);
  if (exchange.entry.kind === 'watch') await exchange.passWatch();
  else await exchange.passAnswer();
}

const forbidden = (exchange: Exchange): ReturnType<Fault['harm']> => {
  const { resource, method } = exchange.entry;
  const message = `${resource} is forbidden: User "operator" cannot ${method.toLowerCase()} resource "${resource}" in API group "" at the cluster scope`;
  exchange.answer(403, {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: 403,
    reason: 'Forbidden',
    message,
  });
  return Promise.resolve();
};

const unauthorized = { code: 401, reason: 'Unauthorized', message: 'Unauthorized' };
const internal = { code: 500, reason: 'InternalError', message: 'etcdserver: leader changed' };
const unavailable = { code: 503, reason: 'ServiceUnavailable', message: 'apiserver not ready' };
const timeout = { code: 504, reason: 'Timeout', message: 'request may have been applied' };

const ANSWERS: readonly Fault[] = [
  { id: '401', family: 'answer', applies: isAny, harm: answers(unauthorized) },
  { id: '401-twice', family: 'answer', applies: isAny, times: 2, harm: answers(unauthorized) },
  { id: '403', family: 'answer', applies: isAny, harm: forbidden },
  {
    ...{ id: '403-denied', family: 'answer', applies: isChange },
    harm: answers({
      code: 403,
      reason: 'Forbidden',
      message: 'admission webhook "w" denied the request: no',
    }),
  },
  {
    ...{ id: '404', family: 'answer', applies: isAny },
    harm: answers({
      code: 404,
      reason: 'NotFound',
      message: 'the server could not find the requested resource',
    }),
  },
  {
    ...{ id: '409', family: 'answer', applies: isWrite },
    harm: answers({ code: 409, reason: 'Conflict', message: 'the object has been modified' }),
  },
  {
    ...{ id: '410', family: 'answer', applies: (entry) => entry.kind === 'list' },
    harm: answers({ code: 410, reason: 'Expired', message: 'The provided continue parameter is too old' }),
  },
  {
    ...{ id: '413', family: 'answer', applies: isChange },
    harm: answers({ code: 413, reason: 'RequestEntityTooLarge', message: 'limit is 3145728' }),
  },
  {
    ...{ id: '422', family: 'answer', applies: isChange },
    harm: answers({
      ...{ code: 422, reason: 'Invalid', message: 'spec: Invalid value' },
      details: { causes: [{ reason: 'FieldValueInvalid', message: 'no', field: 'spec' }] },
    }),
  },
  {
    ...{ id: '422-test', family: 'answer', applies: isChange },
    harm: answers({
      code: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    }),
  },
  {
    ...{ id: '429', family: 'answer', applies: isAny },
    harm: answers({ code: 429, reason: 'TooManyRequests', message: 'slow down' }, { 'retry-after': '1' }),
  },
  { id: '500', family: 'answer', applies: isAny, harm: answers(internal) },
  { id: '500-thrice', family: 'answer', applies: isAny, times: 3, harm: answers(internal) },
  { id: '503', family: 'answer', applies: isAny, harm: answers(unavailable) },
  {
    id: '503-retry-after',
    family: 'answer',
    applies: isAny,
    harm: answers(unavailable, { 'retry-after': '2' }),
  },
  {
    ...{ id: '504-too-large-version', family: 'answer', applies: isRead },
    harm: answers({
      ...{ code: 504, reason: 'Timeout', message: 'Too large resource version: 99, current: 9' },
      details: { retryAfterSeconds: 1, causes: [{ reason: 'ResourceVersionTooLarge', message: 'x' }] },
    }),
  },
  {
    ...{ id: 'html-502', family: 'answer', applies: isAny },
    harm: async (exchange) => exchange.answer(502, PAGE, { 'content-type': 'text/html' }),
  },
  {
    ...{ id: 'html-200', family: 'answer', applies: isAny },
    harm: async (exchange) => exchange.answer(200, PAGE, { 'content-type': 'text/html' }),
  },
  { id: '504-acted', family: 'answer', applies: isWrite, harm: actsAndAnswers(timeout) },
  { id: '500-acted', family: 'answer', applies: isWrite, harm: actsAndAnswers(internal) },
];

const TRANSPORT: readonly Fault[] = [
  { id: 'reset-before', family: 'transport', applies: isAny, harm: async (exchange) => exchange.reset() },
  {
    ...{ id: 'reset-before-thrice', family: 'transport', applies: isAny, times: 3 },
    harm: async (exchange) => exchange.reset(),
  },
  {
    ...{ id: 'reset-after', family: 'transport', applies: (entry) => entry.kind !== 'watch' },
    harm: async (exchange) => {
      await exchange.forward();
      exchange.reset();
    },
  },
  {
    ...{ id: 'cut-answer', family: 'transport', applies: (entry) => entry.kind !== 'watch' },
    harm: async (exchange) => exchange.cut(await exchange.forward()),
  },
  {
    ...{ id: 'garbled-answer', family: 'transport', applies: (entry) => entry.kind !== 'watch' },
    harm: async (exchange) => {
      const answer = await exchange.forward();
      exchange.relay({ ...answer, body: answer.body.slice(0, -2) });
    },
  },
  { id: 'delayed-before', family: 'transport', applies: isAny, harm: passLate },
  {
    ...{ id: 'delayed-after', family: 'transport', applies: (entry) => entry.kind !== 'watch' },
    harm: async (exchange) => {
      const answer = await exchange.forward();
      await pause(150);
      exchange.relay(answer);
    },
  },
  {
    // A middlebox that tries again by itself.
    ...{ id: 'sent-twice', family: 'transport', applies: isWrite },
    harm: async (exchange) => {
      await exchange.forward();
      await exchange.passAnswer();
    },
  },
  {
    ...{ id: 'no-answer', family: 'transport', applies: isChange },
    harm: async (exchange) => await exchange.hang(),
  },
  {
    ...{ id: 'acted-no-answer', family: 'transport', applies: isChange },
    harm: async (exchange) => {
      await exchange.forward();
      await exchange.hang();
    },
  },
];

export const REQUEST_FAULTS = [...ANSWERS, ...TRANSPORT];
