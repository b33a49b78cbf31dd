// Who may write a HybridNetwork: the roles for people, and deploy/author-rights.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HybridNetwork, HybridNetworkSpec } from '../../src/api/hybrid-network.ts';
import { claimsTerway } from '../../src/plan/claims.ts';
import type { ApiResponse } from '../cluster/api.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { eventually } from '../support/eventually.ts';
import { networkOf } from '../support/hybrid-cluster.ts';
import { who } from '../support/rights.ts';
import { untilEstablished } from '../support/established.ts';

const NETWORKS = '/apis/hybrid.alibabacloud.com/v1alpha1/hybridnetworks';
const OWN = 'hybridnetwork-system';
const APPROVE = 'hybrid.alibabacloud.com/approve';
const MERGE = 'application/merge-patch+json';
const patiently = { timeoutMs: 30_000 };
const ENI_CONFIG = {
  vSwitches: { 'cn-hangzhou-h': ['vsw-bp1s5fnvk4gn2tws03624'] },
  securityGroupIDs: ['sg-bp1cx4zrx7nfpu6aoxlw'],
};

type Spec = Pick<HybridNetworkSpec, 'scenario'> & Partial<HybridNetworkSpec>;

let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane({ name: 'author-rights', without: ['kube-scheduler', 'kwok'] });
  await plane.mustKubectl(['apply', '-k', 'deploy']);
  await untilEstablished(plane);
  await plane.mustKubectl(['create', 'namespace', 'monitoring']);
}, 600_000);

afterAll(async () => {
  await plane?.stop();
});

/** A person who may do this in the whole cluster: rights as `verb resource`. */
async function personWho(name: string, ...rights: readonly string[]): Promise<string> {
  await plane.mustKubectl(['-n', 'default', 'create', 'serviceaccount', name]);
  for (const [n, right] of rights.entries()) {
    const [verb = '', resource = ''] = right.split(' ');
    const role = `${name}-${n}`;
    await plane.mustKubectl(['create', 'clusterrole', role, `--verb=${verb}`, `--resource=${resource}`]);
    await bind(name, role);
  }
  return await plane.tokenFor('default', name);
}

async function bind(name: string, clusterRole: string): Promise<void> {
  const binding = [`--clusterrole=${clusterRole}`, `--serviceaccount=default:${name}`];
  await plane.mustKubectl(['create', 'clusterrolebinding', `${name}-${clusterRole}`, ...binding]);
}

/** In one namespace, of objects with this name or of all. */
async function give(
  name: string,
  namespace: string,
  [verb, resource, ...named]: readonly string[],
): Promise<void> {
  const role = `${name}-${resource}-${named.join('-')}`;
  const names = named.map((one) => `--resource-name=${one}`);
  await plane.mustKubectl([
    ...['-n', namespace, 'create', 'role', role, `--verb=${verb ?? ''}`, `--resource=${resource ?? ''}`],
    ...names,
  ]);
  const binding = [`--role=${role}`, `--serviceaccount=default:${name}`];
  await plane.mustKubectl(['-n', namespace, 'create', 'rolebinding', role, ...binding]);
}

describe('who views, edits or administers the cluster', () => {
  const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
  const roles: [string, string][] = [
    ['view', 'get list watch'],
    ['edit', 'get list watch create update patch delete'],
    ['admin', 'get list watch create update patch delete deletecollection'],
  ];

  it.each(roles)(
    '%s: may %s HybridNetworks',
    async (role, allowed) => {
      const token = await personWho(`who-${role}`);
      await bind(`who-${role}`, role);
      const ask = who(plane, token);
      await eventually(async () => {
        const question = { group: 'hybrid.alibabacloud.com', resource: 'hybridnetworks' };
        const answers = await Promise.all(verbs.map((verb) => ask({ ...question, verb })));
        expect(verbs.filter((_verb, n) => answers[n]).join(' ')).toBe(allowed);
        expect(await ask({ ...question, subresource: 'status', verb: 'get' })).toBe(true);
        expect(await ask({ ...question, subresource: 'status', verb: 'patch' })).toBe(false);
      }, patiently);
    },
    60_000,
  );
});

describe('with deploy/author-rights', () => {
  const WRITE = 'create,update,patch,delete hybridnetworks.hybrid.alibabacloud.com';
  const TERWAY: readonly (readonly string[])[] = [
    ['patch', 'daemonsets.apps', 'terway-eniip'],
    ['patch', 'configmaps', 'eni-config'],
    ['patch', 'secrets', 'alibaba-addon-secret'],
  ];
  /** May write HybridNetworks and nothing else. */
  let writer: string;
  /** May do with Terway what the operator does, and no more. */
  let terway: string;
  /** Likewise, and move every DaemonSet. */
  let network: string;
  /** May move every workload, and nothing more. */
  let mover: string;

  const send = async (token: string, spec: Spec, { name = 'idc', query = '?dryRun=All' } = {}) =>
    await plane.api.request('POST', `${NETWORKS}${query}`, networkOf(spec, name), { token });
  const change = async (token: string, body: object, name = 'standing'): Promise<ApiResponse> =>
    await plane.api.request('PATCH', `${NETWORKS}/${name}?dryRun=All`, body, { token, contentType: MERGE });
  const told = ({ status, body }: ApiResponse): string =>
    status < 400 ? 'stored' : `${status} ${(body as { readonly message: string }).message}`;

  beforeAll(async () => {
    writer = await personWho('writer', WRITE);
    terway = await personWho('terway', WRITE);
    network = await personWho('network', WRITE, 'patch daemonsets.apps,deployments.apps');
    mover = await personWho('mover', WRITE, 'patch daemonsets.apps,deployments.apps');
    for (const right of TERWAY) {
      await give('terway', 'kube-system', right);
      await give('network', 'kube-system', right);
    }
    await plane.api.call('POST', NETWORKS, networkOf({ scenario: 'HostNetwork' }, 'standing'));
    await plane.mustKubectl(['apply', '-k', 'deploy/author-rights']);
    await eventually(async () => (await send(writer, { scenario: 'HostNetwork' })).status === 403, {
      ...patiently,
      what: 'the policy is in force',
    });
  }, 120_000);

  it('the administrator writes what he likes', async () => {
    expect(told(await send(plane.adminToken, { scenario: 'BGP' }))).toBe('stored');
  });

  it('Overlay, which moves nothing, takes no further right', async () => {
    expect(told(await send(writer, { scenario: 'Overlay' }))).toBe('stored');
  });

  it.each([
    ['BGP', false],
    ['BGP', true],
    ['HostNetwork', false],
    ['HostNetwork', true],
    ['Overlay', false],
    ['Overlay', true],
  ] as const)(
    'the policy and the plan agree whether %s (eniConfig: %s) claims Terway',
    async (scenario, hasConfig) => {
      const spec: Spec = { scenario, ...(hasConfig ? { terway: { eniConfig: ENI_CONFIG } } : {}) };
      // May move whatever there is, but does not own Terway's ConfigMap and Secret.
      const answer = told(await send(mover, spec));
      expect(answer === 'stored').toBe(!claimsTerway(networkOf(spec) as unknown as HybridNetwork));
    },
  );

  it('who may not move DaemonSets cannot have them moved', async () => {
    expect(told(await send(terway, { scenario: 'BGP' }))).toContain(
      'system:serviceaccount:default:terway needs the right to patch daemonsets.apps and deployments.apps in the whole cluster',
    );
    expect(told(await send(network, { scenario: 'BGP' }))).toBe('stored');
  });

  it.each([
    ['daemonsets.apps', 'the DaemonSet terway-eniip in kube-system'],
    ['configmaps', 'the ConfigMap eni-config in kube-system'],
    ['secrets', 'the Secret alibaba-addon-secret in kube-system'],
  ])('Terway takes the right to patch %s', async (resource, what) => {
    const name = `lacks-${resource.split('.')[0]}`;
    const token = await personWho(name, WRITE);
    for (const right of TERWAY.filter(([, one]) => one !== resource)) await give(name, 'kube-system', right);
    await eventually(async () => {
      expect(told(await send(token, { scenario: 'HostNetwork' }))).toContain(what);
    }, patiently);
    expect(told(await send(token, { scenario: 'Overlay' }))).toBe('stored');
    expect(told(await send(terway, { scenario: 'HostNetwork' }))).toBe('stored');
  });

  it('a Secret is read only for who may read it', async () => {
    const spec: Spec = { scenario: 'HostNetwork', credentials: { secretRef: { name: 'ram-user' } } };
    expect(told(await send(terway, spec))).toContain(
      'would read Secrets in hybridnetwork-system for this object (ram-user)',
    );
    await give('terway', OWN, ['get', 'secrets', 'ram-user']);
    await eventually(async () => {
      expect(told(await send(terway, spec))).toBe('stored');
    }, patiently);
    const other: Spec = { scenario: 'HostNetwork', credentials: { secretRef: { name: 'other' } } };
    expect(told(await send(terway, other))).toContain('(other)');
  });

  it('a listed workload takes the right to patch it, or its whole kind there where labels select', async () => {
    const of = (kind: 'DaemonSet' | 'StatefulSet', which: object): Spec => ({
      scenario: 'HostNetwork',
      onPremises: { workloads: [{ kind, namespace: 'monitoring', ...which }] },
    });
    const named = of('DaemonSet', { name: 'node-exporter' });
    const selected = of('DaemonSet', { labelSelector: { matchLabels: { app: 'node-exporter' } } });
    expect(told(await send(terway, named))).toContain('(DaemonSet in monitoring)');
    expect(told(await send(network, named))).toBe('stored');
    expect(told(await send(network, of('StatefulSet', { name: 'store' })))).toContain(
      '(StatefulSet in monitoring)',
    );
    await give('terway', 'monitoring', ['patch', 'daemonsets.apps', 'node-exporter']);
    await eventually(async () => {
      expect(told(await send(terway, named))).toBe('stored');
    }, patiently);
    expect(told(await send(terway, selected))).toContain('(DaemonSet in monitoring)');
    await give('terway', 'monitoring', ['patch', 'daemonsets.apps']);
    await eventually(async () => {
      expect(told(await send(terway, selected))).toBe('stored');
    }, patiently);
  });

  it('64 workloads are one question for who may patch their kind, and refused where it would be one for each', async () => {
    const names = Array.from({ length: 64 }, (_, n) => `agent-${n}`);
    const spec: Spec = {
      scenario: 'HostNetwork',
      onPremises: { workloads: names.map((name) => ({ kind: 'DaemonSet', namespace: 'default', name })) },
    };
    expect(told(await send(network, spec))).toBe('stored');
    await give('terway', 'default', ['patch', 'daemonsets.apps']);
    expect(told(await send(terway, spec))).toContain('actual cost limit exceeded');
  });

  it('an update is asked about where it changes the spec or approves a plan, and nowhere else', async () => {
    expect(told(await change(writer, { metadata: { labels: { team: 'a' } } }))).toBe('stored');
    expect(told(await change(writer, { metadata: { annotations: { note: 'a' } } }))).toBe('stored');
    expect(told(await change(writer, { spec: { approveAbove: 5 } }))).toContain(
      'patch the DaemonSet terway-eniip',
    );
    expect(told(await change(writer, { metadata: { annotations: { [APPROVE]: 'abc' } } }))).toContain(
      'patch the DaemonSet terway-eniip',
    );
    expect(told(await change(terway, { spec: { approveAbove: 5 } }))).toBe('stored');
    expect(told(await change(terway, { metadata: { annotations: { [APPROVE]: 'abc' } } }))).toBe('stored');
  });

  it('who turns a scenario off needs the rights of the one that stood there', async () => {
    expect(told(await change(writer, { spec: { scenario: 'Overlay' } }))).toContain('terway-eniip');
    expect(told(await change(terway, { spec: { scenario: 'Overlay' } }))).toBe('stored');
  });

  it('a deletion takes them only where it restores', async () => {
    const remove = async (token: string, name: string): Promise<ApiResponse> =>
      await plane.api.request('DELETE', `${NETWORKS}/${name}?dryRun=All`, undefined, { token });
    expect(told(await remove(writer, 'standing'))).toBe('stored');
    const restoring = networkOf({ scenario: 'HostNetwork', deletionPolicy: 'Restore' }, 'restoring');
    await plane.api.call('POST', NETWORKS, restoring);
    expect(told(await remove(writer, 'restoring'))).toContain('terway-eniip');
    expect(told(await remove(terway, 'restoring'))).toBe('stored');
  });

  it('the operator keeps its own parts of an object', async () => {
    const token = await plane.tokenFor(OWN, 'hybridnetwork-operator');
    const finalizers = ['hybrid.alibabacloud.com/restore'];
    expect(told(await change(token, { metadata: { finalizers } }))).toBe('stored');
    const path = `${NETWORKS}/standing/status?dryRun=All`;
    const status = { status: { misplacedPods: 0 } };
    expect(told(await plane.api.request('PATCH', path, status, { token, contentType: MERGE }))).toBe(
      'stored',
    );
  });
});
