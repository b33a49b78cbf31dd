import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { KubeRequest, WatchRequest } from '../../../src/kube/call.ts';
import { ClusterView } from '../../../src/kube/cluster-view.ts';
import type { NetworkNotice } from '../../../src/kube/cluster-view.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { FakeClock } from '../../support/fake-clock.ts';

interface Version {
  readonly resourceVersion: string;
  readonly generation: number;
  readonly scenario: string;
  readonly status?: object;
  readonly annotations?: Readonly<Record<string, string>>;
}

function networkAt({ scenario, status, ...metadata }: Version): KubeObject {
  return {
    metadata: { name: 'idc', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
    spec: { scenario },
    status,
  };
}

const FIRST = { resourceVersion: '10', generation: 1, scenario: 'BGP' };
const STATUS = { observedGeneration: 1 };

/** One HybridNetwork, nothing else, and watches that stay silent. */
const client = {
  request: async <T>({ path }: KubeRequest): Promise<T> => {
    const items = path.endsWith('/hybridnetworks') ? [networkAt(FIRST)] : [];
    return { metadata: { resourceVersion: '10' }, items } as T;
  },
  onAnswer: () => () => undefined,
  watch: async ({ signal, onActivity }: WatchRequest): Promise<void> => {
    onActivity?.();
    const closed = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => closed.reject(signal.reason as Error));
    await closed.promise;
  },
};

describe('the answer to a write of our own into a HybridNetwork', () => {
  let view: ClusterView;
  let notices: NetworkNotice[];

  beforeEach(async () => {
    view = new ClusterView({
      client,
      clock: new FakeClock(),
      operatorNamespace: 'hybridnetwork-system',
      onChange: () => undefined,
      onNetwork: (notice) => notices.push(notice),
      onSecret: () => undefined,
      onProblem: () => undefined,
      onError: (error) => {
        throw error;
      },
    });
    view.start();
    await view.synced();
    notices = [];
  });

  afterEach(async () => {
    await view.stop();
  });

  test('is no news when it shows nothing but the status that was written', () => {
    view.record('HybridNetwork', networkAt({ ...FIRST, resourceVersion: '11', status: STATUS }));
    expect(notices).toEqual([]);
  });

  // The watch will tell older versions only, and then nothing: what the answer shows is heard here or never.
  test.each([
    ['spec', { generation: 2, scenario: 'HostNetwork' }],
    ['approval', { annotations: { 'hybrid.alibabacloud.com/approve': 'abc' } }],
  ])('is news when somebody else has changed the %s meanwhile', (_, change) => {
    view.record('HybridNetwork', networkAt({ ...FIRST, ...change, resourceVersion: '12', status: STATUS }));
    expect(notices).toEqual([{ type: 'MODIFIED', name: 'idc', resourceVersion: '12' }]);
  });
});
