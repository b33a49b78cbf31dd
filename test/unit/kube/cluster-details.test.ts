import { describe, expect, test } from '@jest/globals';
import { readDetails } from '../../../src/kube/cluster-details.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import type { KubeRequest } from '../../../src/kube/call.ts';

type Answers = Readonly<Record<string, unknown>>;

const CALICO = '/apis/crd.projectcalico.org/v1';
const IN_KUBE_SYSTEM = '/api/v1/namespaces/kube-system/configmaps';

function listOf(...items: readonly object[]): { readonly items: readonly KubeObject[] } {
  return { items: items as readonly KubeObject[] };
}

/** Answers from a table; what is not in it does not exist, and a number is a status. */
function serverWith(answers: Answers) {
  return {
    request: async <T>({ method, path }: KubeRequest): Promise<T> => {
      const answer = answers[path] ?? 404;
      if (typeof answer !== 'number') return await Promise.resolve(answer as T);
      const message = `cannot get: ${answer}`;
      const failure = { kind: 'NotYet', reason: 'NotFound', message, retryAfterMs: 1 } as const;
      throw new KubeError(failure, { asked: { method, path }, status: answer });
    },
  };
}

describe('the details of a cluster', () => {
  test('are absent in an empty one', async () => {
    const details = await readDetails(serverWith({}));
    expect(Object.values(details).map((one: { readonly state: string }) => one.state)).toEqual(
      Array.from({ length: 10 }, () => 'absent'),
    );
  });

  test('say which of them may not be read', async () => {
    const { calicoCrds, kubeadm } = await readDetails(
      serverWith({
        '/apis/apiextensions.k8s.io/v1/customresourcedefinitions': 403,
        [`${IN_KUBE_SYSTEM}/kubeadm-config`]: 500,
      }),
    );
    expect(calicoCrds).toEqual({ state: 'forbidden', why: 'cannot get: 403' });
    expect(kubeadm).toEqual({ state: 'unknown', why: 'cannot get: 500' });
  });

  test('tell nodes, their kubelets and their systems', async () => {
    const node = {
      metadata: { name: 'ecs-1' },
      spec: { podCIDR: '10.100.1.0/24' },
      status: {
        capacity: { pods: '110' },
        addresses: [
          { type: 'Hostname', address: 'ecs-1' },
          { type: 'InternalIP', address: '10.0.1.5' },
        ],
        nodeInfo: { kernelVersion: '5.10.0', osImage: 'Alibaba Cloud Linux 3' },
      },
    };
    const { nodes } = await readDetails(
      serverWith({ '/api/v1/nodes': listOf(node, { metadata: { name: 'bare' } }) }),
    );
    expect(nodes).toEqual({
      state: 'present',
      object: new Map([
        [
          'ecs-1',
          {
            maxPods: 110,
            kernelVersion: '5.10.0',
            osImage: 'Alibaba Cloud Linux 3',
            internalIPs: ['10.0.1.5'],
            podCIDRs: ['10.100.1.0/24'],
          },
        ],
        ['bare', { internalIPs: [], podCIDRs: [] }],
      ]),
    });
  });

  test('tell pools and blocks of Calico', async () => {
    const { ipPools, addressBlocks } = await readDetails(
      serverWith({
        [`${CALICO}/ippools`]: listOf({
          metadata: { name: 'default' },
          spec: { cidr: '10.100.0.0/16', natOutgoing: true },
        }),
        [`${CALICO}/ipamblocks`]: listOf({ spec: { cidr: '10.100.1.0/26' } }),
      }),
    );
    expect(ipPools).toMatchObject({
      object: [{ name: 'default', cidr: '10.100.0.0/16', natOutgoing: true, disabled: false }],
    });
    expect(addressBlocks).toEqual({ state: 'present', object: ['10.100.1.0/26'] });
  });

  test('take the blocks from Cilium where there is no Calico', async () => {
    const nodes = listOf({ spec: { ipam: { podCIDRs: ['10.100.1.0/24'] } } }, { spec: {} });
    const { addressBlocks } = await readDetails(serverWith({ '/apis/cilium.io/v2/ciliumnodes': nodes }));
    expect(addressBlocks).toEqual({ state: 'present', object: ['10.100.1.0/24'] });
  });

  test('tell a CRD of Calico from a stub of the same name', async () => {
    const crd = (name: string, openAPIV3Schema: object) => ({
      metadata: { name },
      spec: { versions: [{ schema: { openAPIV3Schema } }] },
    });
    const { calicoCrds } = await readDetails(
      serverWith({
        '/apis/apiextensions.k8s.io/v1/customresourcedefinitions': listOf(
          crd('ippools.crd.projectcalico.org', { properties: { apiVersion: {}, spec: {} } }),
          crd('felixconfigurations.crd.projectcalico.org', { properties: { apiVersion: {} } }),
          crd('hostendpoints.crd.projectcalico.org', { 'x-kubernetes-preserve-unknown-fields': true }),
          crd('widgets.example.com', {}),
        ),
      }),
    );
    expect(calicoCrds).toEqual({
      state: 'present',
      object: [
        { name: 'ippools.crd.projectcalico.org', isStub: false },
        { name: 'felixconfigurations.crd.projectcalico.org', isStub: true },
        { name: 'hostendpoints.crd.projectcalico.org', isStub: false },
      ],
    });
  });

  test('tell Service CIDRs, the version, and Flannel in either of its namespaces', async () => {
    const config = {
      metadata: { name: 'kube-flannel-cfg', uid: 'u', resourceVersion: '1' },
      data: { a: 'b' },
    };
    const { serviceCIDRs, serverVersion, flannel } = await readDetails(
      serverWith({
        '/apis/networking.k8s.io/v1/servicecidrs': listOf({ spec: { cidrs: ['10.96.0.0/16'] } }),
        '/version': { gitVersion: 'v1.36.3' },
        [`${IN_KUBE_SYSTEM}/kube-flannel-cfg`]: config,
      }),
    );
    expect(serviceCIDRs).toEqual({ state: 'present', object: ['10.96.0.0/16'] });
    expect(serverVersion).toEqual({ state: 'present', object: 'v1.36.3' });
    expect(flannel).toMatchObject({ state: 'present', object: { data: { a: 'b' } } });
  });
});
