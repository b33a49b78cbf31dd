import { afterEach, describe, expect, test } from '@jest/globals';
import type { KubeRequest, WatchRequest } from '../../../src/kube/call.ts';
import { ClusterView } from '../../../src/kube/cluster-view.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { network } from '../../support/make-facts.ts';
import { deployment } from '../../support/make-workload.ts';
import { serverError } from './fake-api.ts';

const WORKLOAD = deployment({ name: 'x', namespace: 'a' });

/** An API server that refuses to list what the path ends with, and whose watches stay silent. */
function clientThatRefuses(
  resource: string,
  status: number,
): ConstructorParameters<typeof ClusterView>[0]['client'] {
  return {
    request: async <T>({ path }: KubeRequest): Promise<T> => {
      const reason = status === 403 ? 'Forbidden' : 'InternalError';
      if (path.endsWith(resource)) throw serverError({ status, reason }, path);
      return { metadata: { resourceVersion: '1' }, items: [] } as T;
    },
    onAnswer: () => () => undefined,
    watch: async ({ signal, onActivity }: WatchRequest): Promise<void> => {
      onActivity?.();
      const closed = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => closed.reject(signal.reason as Error));
      await closed.promise;
    },
  };
}

describe('what cannot be read', () => {
  const clock = new FakeClock();
  let view: ClusterView | undefined;

  async function viewOf(resource: string, status: number): Promise<ClusterView> {
    view = new ClusterView({
      client: clientThatRefuses(resource, status),
      clock,
      operatorNamespace: 'hybridnetwork-system',
      onChange: () => undefined,
      onNetwork: () => undefined,
      onSecret: () => undefined,
      onProblem: () => undefined,
      onError: () => undefined,
    });
    view.start();
    await view.synced();
    return view;
  }

  afterEach(async () => {
    await view?.stop();
  });

  test('by 500 is waited for at first: a plan without it would ask for an approval of half of what is to come', async () => {
    const seen = await viewOf('/pods', 500);
    seen.observe(network()).facts.podsOf(WORKLOAD);
    await settle();
    const again = seen.observe(network());
    expect(again.facts.podsOf(WORKLOAD)).toBeUndefined();
    expect(again.isComplete()).toBe(false);
  });

  test.each([
    [403, 0],
    [500, 2_000],
  ])('by %i is not nothing: pods stay unknown, and after %i ms the status may say so', async (status, ms) => {
    const seen = await viewOf('/pods', status);
    seen.observe(network()).facts.podsOf(WORKLOAD);
    await settle();
    await clock.advance(ms);
    const again = seen.observe(network());
    expect(again.facts.podsOf(WORKLOAD)).toBeUndefined();
    expect(again.isComplete()).toBe(true);
  });

  test('is no reason to restart the process', async () => {
    const seen = await viewOf('/secrets', 403);
    await settle();
    clock.freeze(600_000);
    expect(seen.silentFor(300_000)).not.toContain('alibaba-addon-secret');
    expect(seen.silentFor(300_000)).toContain('nodes');
  });

  test('is told by the age of its watch, also where a HybridNetwork alone asks for it', async () => {
    const seen = await viewOf('/pods', 403);
    const { facts } = seen.observe(network({ spec: { credentials: { secretRef: { name: 'ram-user' } } } }));
    facts.podsOf(WORKLOAD);
    await settle();
    clock.freeze(200_000);
    const ages = seen.ages();
    expect([...ages.keys()]).toEqual(
      expect.arrayContaining(['nodes', 'pods of Deployment/a/x', 'secret ram-user']),
    );
    expect(ages.get('pods of Deployment/a/x')).toBeGreaterThanOrEqual(200_000);
  });
});
