import { describe, expect, test } from '@jest/globals';
import {
  errorFromAnswer,
  errorFromStatus,
  errorFromTransport,
  isAlreadyExists,
  isExpired,
  isForbidden,
  isNotFound,
  isTestFailed,
  type Answer,
  type Asked,
} from '../../../src/kube/errors.ts';
import { describeTarget, requestTarget } from '../../../src/kube/request-target.ts';
import { retryAfterMs } from '../../../src/kube/retry-after.ts';

const DAEMON_SET = '/apis/apps/v1/namespaces/kube-system/daemonsets/calico-node';
const SECRET = '/api/v1/namespaces/kube-system/secrets/alibaba-addon-secret';
const patch: Asked = { method: 'PATCH', path: DAEMON_SET };

interface Said {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: unknown;
  readonly retryAfter?: string;
}

function answer(status: number, { retryAfter, ...said }: Said = {}): Answer {
  const body = JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, ...said });
  return { status, retryAfter, contentType: 'application/json', body };
}

function error(status: number, said: Said = {}, asked: Asked = patch): unknown {
  return errorFromAnswer(asked, answer(status, said));
}

describe('an answer of the API server becomes', () => {
  test.each([
    [400, {}, { kind: 'Invalid', reason: 'BadRequest' }],
    [401, {}, { kind: 'Unexpected' }],
    [403, { reason: 'Forbidden' }, { kind: 'NotYet', reason: 'Forbidden', retryAfterMs: 60_000 }],
    [
      403,
      {
        reason: 'Forbidden',
        message: 'User "system:x" cannot patch resource "daemonsets" in API group "apps"',
      },
      { kind: 'NotYet', reason: 'Forbidden' },
    ],
    [
      403,
      {
        reason: 'Forbidden',
        message: "ValidatingAdmissionPolicy 'freeze' with binding 'b' denied request: no",
      },
      { kind: 'Invalid', reason: 'Denied' },
    ],
    [
      403,
      { message: 'admission webhook "w.x" denied the request: no' },
      { kind: 'Invalid', reason: 'Denied' },
    ],
    [404, { reason: 'NotFound' }, { kind: 'NotYet', reason: 'NotFound', retryAfterMs: 30_000 }],
    [405, { reason: 'MethodNotAllowed' }, { kind: 'Invalid', reason: 'MethodNotAllowed' }],
    [408, {}, { kind: 'Unexpected' }],
    [409, { reason: 'Conflict' }, { kind: 'Conflict' }],
    [409, { reason: 'AlreadyExists' }, { kind: 'Conflict' }],
    [410, { reason: 'Expired' }, { kind: 'Unexpected' }],
    [413, { reason: 'RequestEntityTooLarge' }, { kind: 'Invalid', reason: 'RequestEntityTooLarge' }],
    [415, { reason: 'UnsupportedMediaType' }, { kind: 'Invalid', reason: 'UnsupportedMediaType' }],
    [422, { reason: 'Invalid' }, { kind: 'Invalid', reason: 'Invalid' }],
    [429, {}, { kind: 'Throttled', retryAfterMs: 1_000 }],
    [429, { retryAfter: '7' }, { kind: 'Throttled', retryAfterMs: 7_000 }],
    [429, { retryAfter: '3600' }, { kind: 'Throttled', retryAfterMs: 60_000 }],
    [429, { details: { retryAfterSeconds: 3 } }, { kind: 'Throttled', retryAfterMs: 3_000 }],
    [500, { message: 'etcdserver: leader changed' }, { kind: 'Unexpected' }],
    [500, { message: 'etcdserver: request is too large' }, { kind: 'Invalid' }],
    [502, {}, { kind: 'Unexpected' }],
    [503, {}, { kind: 'Unexpected' }],
    [503, { retryAfter: '2' }, { kind: 'Throttled', retryAfterMs: 2_000 }],
    [504, { retryAfter: '1' }, { kind: 'Unexpected' }],
  ] as const)('%d %j → %j', (status, said, failure) => {
    expect(errorFromAnswer(patch, answer(status, said)).failure).toMatchObject(failure);
  });
});

describe('the words of a failure', () => {
  test('name the verb, the resource and what the server said', () => {
    const said = 'daemonsets.apps "calico-node" is forbidden: User "x" cannot patch resource "daemonsets"';
    const { message, target } = errorFromAnswer(patch, answer(403, { reason: 'Forbidden', message: said }));
    expect(message).toBe(`cannot patch daemonsets.apps/calico-node in kube-system: Forbidden (403): ${said}`);
    expect(target).toEqual({
      verb: 'patch',
      resource: 'daemonsets.apps',
      namespace: 'kube-system',
      name: 'calico-node',
    });
  });

  test('quote 512 characters of the server at most', () => {
    const { message } = errorFromAnswer(patch, answer(500, { message: 'x'.repeat(5_000) }));
    expect(message.length).toBeLessThan(650);
  });

  test.each([SECRET, '/api/v1/namespaces/a/secrets', '/api/v1/secrets'])(
    'quote nothing of what the server says about %s',
    (path) => {
      const { message } = errorFromAnswer({ method: 'PATCH', path }, answer(422, { message: 'hunter2' }));
      expect(message).not.toContain('hunter2');
      expect(message).toContain('(422)');
    },
  );
});

describe('can be told apart:', () => {
  test('what does not exist', () => {
    expect(isNotFound(error(404, { reason: 'NotFound' }))).toBe(true);
    const groupMissing = { status: 404, contentType: 'text/plain', body: '404 page not found\n' };
    expect(isNotFound(errorFromAnswer(patch, groupMissing))).toBe(true);
    expect(isNotFound(error(403))).toBe(false);
    expect(isNotFound(new Error('404'))).toBe(false);
  });

  test('a 404 that some proxy made up', () => {
    const page = { status: 404, contentType: 'text/html; charset=utf-8', body: '<!doctype html>' };
    expect(isNotFound(errorFromAnswer(patch, page))).toBe(false);
    expect(isNotFound(errorFromAnswer(patch, { status: 404, body: '  <html>' }))).toBe(false);
  });

  test('what exists already, what is forbidden, and what has expired', () => {
    expect(isAlreadyExists(error(409, { reason: 'AlreadyExists' }))).toBe(true);
    expect(isAlreadyExists(error(409, { reason: 'Conflict' }))).toBe(false);
    expect(isForbidden(error(403))).toBe(true);
    expect(isExpired(error(410))).toBe(true);
    expect(isExpired(errorFromStatus(patch, { code: 410, reason: 'Expired' }))).toBe(true);
    expect(isExpired(errorFromStatus(patch, { reason: 'Gone' }))).toBe(true);
  });

  test('a JSON Patch whose test failed, which is a conflict, from one that is invalid', () => {
    const tested: Asked = { ...patch, tested: true };
    // As 1.36 answers a failed test: no word about the field.
    const failed = { reason: 'Invalid', details: {}, message: 'the server rejected our request' };
    const invalid = { reason: 'Invalid', details: { causes: [{ field: 'data[z z]' }] } };
    expect(isTestFailed(error(422, failed, tested))).toBe(true);
    expect(errorFromAnswer(tested, answer(422, failed)).failure.kind).toBe('Conflict');
    expect(isTestFailed(error(422, invalid, tested))).toBe(false);
    expect(errorFromAnswer(tested, answer(422, invalid)).failure.kind).toBe('Invalid');
    expect(isTestFailed(error(422, failed))).toBe(false);
  });
});

test('a connection that fails is unexpected, and keeps its code', () => {
  const refused = errorFromTransport(
    patch,
    Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:6443'), { code: 'ECONNREFUSED' }),
  );
  expect(refused.failure).toEqual({
    kind: 'Unexpected',
    message:
      'cannot patch daemonsets.apps/calico-node in kube-system: connect ECONNREFUSED 10.0.0.1:6443 (ECONNREFUSED)',
  });
  expect(refused.status).toBe(0);
});

describe('a request in the words of RBAC', () => {
  test.each([
    ['GET', '/api/v1/nodes', 'list nodes'],
    ['GET', '/api/v1/nodes/worker-1', 'get nodes/worker-1'],
    ['GET', '/api/v1/namespaces', 'list namespaces'],
    ['GET', '/api/v1/namespaces/kube-system', 'get namespaces/kube-system'],
    ['DELETE', '/api/v1/namespaces/a/pods/b', 'delete pods/b in a'],
    ['POST', '/apis/events.k8s.io/v1/namespaces/default/events', 'create events.events.k8s.io in default'],
    [
      'PATCH',
      '/apis/hybrid.alibabacloud.com/v1alpha1/hybridnetworks/idc/status',
      'patch hybridnetworks.hybrid.alibabacloud.com/idc/status',
    ],
    ['PUT', '/apis/coordination.k8s.io/v1/namespaces/a/leases/b', 'update leases.coordination.k8s.io/b in a'],
    ['GET', '/version', 'get /version'],
  ])('%s %s is to %s', (method, path, words) => {
    expect(describeTarget(requestTarget(method, path))).toBe(words);
  });

  test('tells a watch from a list', () => {
    expect(requestTarget('GET', '/api/v1/nodes', true).verb).toBe('watch');
  });
});

describe('Retry-After', () => {
  test.each([
    ['7', 7_000],
    [' 0 ', 0],
    ['Thu, 01 Jan 1970 00:00:10 GMT', 5_000],
    ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('%j is %s ms', (value, ms) => {
    expect(retryAfterMs(value, 5_000)).toBe(ms);
  });
});
