import { describe, expect, test } from '@jest/globals';
import type { KubeRequest } from '../../../src/kube/call.ts';
import { createLeaseStore } from '../../../src/kube/lease.ts';
import { failureOf } from '../../../src/plan/failure.ts';
import type { LeaseStore } from '../../../src/runtime/lease.ts';
import { serverError, type ServerError } from './fake-api.ts';

const PATH = '/apis/coordination.k8s.io/v1/namespaces/hybridnetwork-system/leases';
const record = {
  holderIdentity: 'pod-1',
  leaseDurationSeconds: 15,
  acquireTime: '2026-01-01T00:00:00.000000Z',
  renewTime: '2026-01-01T00:00:02.000000Z',
  leaseTransitions: 4,
};

function storeThatAnswers(answer: object | ServerError): { store: LeaseStore; requests: KubeRequest[] } {
  const requests: KubeRequest[] = [];
  const request = async <T>(asked: KubeRequest): Promise<T> => {
    requests.push(asked);
    if ('status' in answer) throw serverError(answer, asked.path);
    return answer as T;
  };
  const store = createLeaseStore({ client: { request }, namespace: 'hybridnetwork-system', name: 'op' });
  return { store, requests };
}

const { signal } = new AbortController();

describe('the Lease', () => {
  test('is read as a record', async () => {
    const { store } = storeThatAnswers({ metadata: { resourceVersion: '7' }, spec: record });
    expect(await store.read(signal)).toEqual({ ...record, resourceVersion: '7' });
  });

  test('that nobody has ever held is a record without a holder', async () => {
    const { store } = storeThatAnswers({ metadata: { resourceVersion: '7' } });
    expect(await store.read(signal)).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 0 });
  });

  test('that does not exist is undefined', async () => {
    const { store } = storeThatAnswers({ status: 404, reason: 'NotFound' });
    expect(await store.read(signal)).toBeUndefined();
  });

  test('that cannot be read is a failure', async () => {
    const { store } = storeThatAnswers({ status: 403, reason: 'Forbidden' });
    const error = await store.read(signal).catch((reason: unknown) => reason);
    expect(failureOf(error)).toMatchObject({ kind: 'NotYet', reason: 'Forbidden' });
  });

  test('is updated only at the version that was read', async () => {
    const { store, requests } = storeThatAnswers({ metadata: { resourceVersion: '8' }, spec: record });
    expect(await store.update({ ...record, resourceVersion: '7' }, signal)).toMatchObject({
      resourceVersion: '8',
    });
    expect(requests[0]).toMatchObject({
      method: 'PUT',
      path: `${PATH}/op`,
      signal,
      body: { metadata: { name: 'op', resourceVersion: '7' }, spec: record },
    });
  });

  test('is created without a version', async () => {
    const { store, requests } = storeThatAnswers({ metadata: { resourceVersion: '8' }, spec: record });
    await store.create({ ...record, resourceVersion: '7' }, signal);
    expect(requests[0]).toMatchObject({ method: 'POST', path: PATH });
    expect(requests[0]?.body).not.toHaveProperty('metadata.resourceVersion');
  });

  test('that is given up has no holder, rather than an empty one', async () => {
    const { store, requests } = storeThatAnswers({ metadata: {}, spec: {} });
    await store.update({ ...record, holderIdentity: '' }, signal);
    expect(requests[0]?.body).not.toHaveProperty('spec.holderIdentity');
  });

  test.each(['create', 'update'] as const)('that another has taken makes %s a conflict', async (how) => {
    const { store } = storeThatAnswers({
      status: 409,
      reason: how === 'create' ? 'AlreadyExists' : 'Conflict',
    });
    const error = await store[how](record, signal).catch((reason: unknown) => reason);
    expect(failureOf(error).kind).toBe('Conflict');
  });
});
