import { describe, expect, test } from '@jest/globals';
import type { KubeRequest } from '../../../src/kube/call.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { Snapshot } from '../../../src/kube/snapshot.ts';
import { network, NOW } from '../../support/make-facts.ts';

const NETWORKS = '/apis/hybrid.alibabacloud.com/v1alpha1/hybridnetworks';

interface Server {
  readonly asked: string[];
  request<T>(request: KubeRequest): Promise<T>;
}

/** Lists are empty, single objects absent, but for these; a number is a status. */
function serverWith(answers: Readonly<Record<string, unknown>> = {}): Server {
  const asked: string[] = [];
  return {
    asked,
    request: async <T>({ method, path, query }: KubeRequest): Promise<T> => {
      asked.push(query?.['labelSelector'] === undefined ? path : `${path} ${String(query['labelSelector'])}`);
      const isObject = /\/(configmaps|secrets)\//.test(path);
      const answer = answers[path] ?? (isObject ? 404 : { items: [] });
      if (typeof answer !== 'number') return await Promise.resolve(answer as T);
      const failure = {
        kind: 'NotYet',
        reason: 'No',
        message: `cannot get: ${answer}`,
        retryAfterMs: 1,
      } as const;
      throw new KubeError(failure, { asked: { method, path }, status: answer });
    },
  };
}

function take(client: Server): Promise<Snapshot> {
  return Snapshot.take({ client, operatorNamespace: 'hybridnetwork-system', now: NOW });
}

const DAEMON_SET = {
  metadata: { name: 'calico-node', namespace: 'kube-system', uid: 'uid-calico' },
  spec: { selector: { matchLabels: { 'k8s-app': 'calico-node' } }, template: { spec: {} } },
};
const POD = {
  metadata: {
    name: 'calico-node-x',
    namespace: 'kube-system',
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'calico-node', uid: 'uid-calico', controller: true },
    ],
  },
};

function list(...items: readonly object[]): { readonly items: readonly KubeObject[] } {
  return { items: items as readonly KubeObject[] };
}

describe('a snapshot of the cluster', () => {
  test('is decided from again until everything that was asked for has been fetched, and fetches it once', async () => {
    const pods = '/api/v1/namespaces/kube-system/pods';
    const client = serverWith({
      '/apis/apps/v1/daemonsets': list(DAEMON_SET),
      [pods]: list(POD, { metadata: { name: 'stray' } }),
    });
    const snapshot = await take(client);
    const seen: (readonly string[] | undefined)[] = [];
    const decide = async () =>
      await snapshot.decide(network(), ({ workloads, podsOf }) => {
        seen.push(workloads.flatMap((one) => (podsOf(one) ?? [{ name: 'unread' }]).map(({ name }) => name)));
        return seen.length;
      });
    expect(await decide()).toBe(2);
    expect(seen).toEqual([['unread'], ['calico-node-x']]);
    expect(await decide()).toBe(3);
    expect(client.asked.filter((path) => path === `${pods} k8s-app=calico-node`)).toHaveLength(1);
  });

  test('has the Secret that the network names, and not those that none does', async () => {
    const path = '/api/v1/namespaces/hybridnetwork-system/secrets/ram-user';
    const client = serverWith({ [path]: { metadata: { name: 'ram-user' }, data: {} } });
    const snapshot = await take(client);
    const named = network({ spec: { credentials: { secretRef: { name: 'ram-user' } } } });
    expect(await snapshot.decide(named, ({ sourceSecret }) => sourceSecret)).toMatchObject({
      state: 'present',
    });
    expect(await snapshot.decide(network(), ({ sourceSecret }) => sourceSecret)).toBeUndefined();
  });

  test('says what may not be read, and that pods cannot be read', async () => {
    const client = serverWith({
      '/api/v1/namespaces/kube-system/configmaps/eni-config': 403,
      '/api/v1/namespaces/kube-system/pods': 403,
    });
    const snapshot = await take(client);
    const found = await snapshot.decide(network(), ({ eniConfig, addonSecret, terwayPods }) => ({
      eniConfig,
      addonSecret,
      pods: terwayPods(),
    }));
    expect(found).toEqual({
      eniConfig: { state: 'forbidden', why: 'cannot get: 403' },
      addonSecret: { state: 'absent' },
      pods: undefined,
    });
  });

  test('has the network that is looked at in place of the one that is stored', async () => {
    const stored = network({ spec: { scenario: 'Overlay' } });
    const snapshot = await take(serverWith({ [NETWORKS]: list(stored, network({ name: 'other' })) }));
    const names = await snapshot.decide(network(), ({ networks }) =>
      networks.map(({ metadata, spec }) => [metadata.name, spec.scenario]),
    );
    expect(names).toEqual([
      ['other', 'BGP'],
      ['idc', 'BGP'],
    ]);
  });

  test('does without the CRD, and not without nodes', async () => {
    expect((await take(serverWith({ [NETWORKS]: 404 }))).networks).toEqual([]);
    await expect(take(serverWith({ [NETWORKS]: 403 }))).rejects.toThrow(
      'HybridNetworks cannot be read: cannot get: 403',
    );
    await expect(take(serverWith({ '/api/v1/nodes': 403 }))).rejects.toThrow('cannot get: 403');
  });
});
