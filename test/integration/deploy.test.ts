import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { API_VERSION, KIND, PLURAL } from '../../src/api/hybrid-network.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { eventually } from '../support/eventually.ts';
import { ALLOWED, allowedIn } from '../support/allowed-rights.ts';
import { type Asker, askerFor, type Question, who } from '../support/rights.ts';
import { untilEstablished } from '../support/established.ts';

const OPERATOR = 'hybridnetwork-operator';
const OWN = 'hybridnetwork-system';
const patiently = { timeoutMs: 30_000 };

let plane: ControlPlane;
let token: string;
let firstApply: { readonly stdout: string; readonly stderr: string };

beforeAll(async () => {
  plane = await startControlPlane({ name: 'deploy' });
  firstApply = await plane.kubectl(['apply', '-k', 'deploy']);
  await untilEstablished(plane);
  await plane.mustKubectl(['create', 'namespace', 'calico-system']);
  token = await plane.tokenFor(OWN, OPERATOR);
}, 600_000);

afterAll(async () => {
  await plane?.stop();
});

describe('kubectl apply -k deploy', () => {
  it('installs the API, the rights and the operator without a warning', () => {
    expect(firstApply.stderr).toBe('');
    const kinds = firstApply.stdout.match(/^[a-z]+(?=[./])/gm);
    expect(new Set(kinds)).toEqual(
      new Set([
        'customresourcedefinition',
        'namespace',
        'serviceaccount',
        'clusterrole',
        'clusterrolebinding',
        'role',
        'rolebinding',
        'deployment',
      ]),
    );
    expect(firstApply.stdout.match(/ created$/gm)).toHaveLength(kinds?.length ?? 0);
  });

  it('changes nothing the second time', async () => {
    const { stdout, stderr } = await plane.kubectl(['apply', '-k', 'deploy']);
    expect(stderr).toBe('');
    expect(stdout.split('\n').filter((line) => line !== '' && !line.endsWith(' unchanged'))).toEqual([]);
    expect((await plane.kubectl(['diff', '-k', 'deploy'])).code).toBe(0);
  });

  it('is taken over by server-side apply without a conflict', async () => {
    await plane.mustKubectl(['apply', '-k', 'deploy', '--server-side', '--dry-run=server']);
    await expect(plane.mustKubectl(['apply', '-k', 'deploy', '--server-side'])).resolves.not.toContain(
      'created',
    );
  });
});

describe('what the operator may do, among all verbs and resources that the API server has, is what allowed-rights.ts says', () => {
  const namespaces = ['kube-system', OWN, 'default', 'calico-system'];
  const places = ['in the whole cluster', ...namespaces];
  let asker: Asker;

  beforeAll(async () => {
    asker = await askerFor(plane, { namespace: OWN, name: OPERATOR });
  }, 120_000);

  it('without naming an object', async () => {
    expect(await asker.unnamed(namespaces)).toEqual(allowedIn(places));
  }, 120_000);

  const names = ['eni-config', 'alibaba-addon-secret', OPERATOR, 'of-somebody-else'];

  it.each(names)(
    'with objects that are named %s, beyond that',
    async (name) => {
      expect(await asker.named(name, namespaces)).toEqual(allowedIn(places, { name }));
    },
    120_000,
  );

  it('with deploy/guard, reading the policies of the guard by their names', async () => {
    const cluster = ['in the whole cluster'];
    const guards = ['hybridnetwork-hold', 'hybridnetwork-node-label'];
    for (const name of guards) expect(await asker.named(name, [])).toEqual(allowedIn(cluster, { name }));
    await plane.mustKubectl(['apply', '-k', 'deploy/guard']);
    await eventually(async () => {
      for (const name of guards) {
        expect(await asker.named(name, [])).toEqual(allowedIn(cluster, { name, guard: true }));
      }
    }, patiently);
    await plane.mustKubectl(['delete', '-k', 'deploy/guard']);
  }, 60_000);

  it('in a namespace where its workloads are bound, with these workloads', async () => {
    await plane.mustKubectl(['create', 'namespace', 'bound']);
    const roleRef = [`--clusterrole=${OPERATOR}-workloads`, `--serviceaccount=${OWN}:${OPERATOR}`];
    await plane.mustKubectl(['-n', 'bound', 'create', 'rolebinding', `${OPERATOR}-workloads`, ...roleRef]);
    const workloads = Object.fromEntries(
      ALLOWED.filter(({ place }) => place === 'bound').map(({ resource, verbs }) => [resource, verbs]),
    );
    await eventually(async () => {
      expect((await asker.unnamed(['bound']))['bound']).toEqual(workloads);
    }, patiently);
  }, 60_000);
});

describe('what the operator may do with one object', () => {
  const config = { resource: 'configmaps', namespace: 'kube-system', name: 'eni-config' };
  const secret = { resource: 'secrets', namespace: 'kube-system', name: 'alibaba-addon-secret' };
  const source = { resource: 'secrets', namespace: OWN, name: 'ram-user' };
  const lease = { group: 'coordination.k8s.io', resource: 'leases', namespace: OWN, name: OPERATOR };
  const terway = { group: 'apps', resource: 'daemonsets', namespace: 'kube-system', name: 'terway-eniip' };
  const calico = { ...terway, namespace: 'calico-system', name: 'calico-node' };

  const table: [string, Omit<Question, 'verb'>, string][] = [
    ["Terway's ConfigMap", config, 'get list watch create patch'],
    ['a ConfigMap beside it', { ...config, name: 'coredns' }, ''],
    ['a ConfigMap of its name elsewhere', { ...config, namespace: 'default' }, ''],
    ["Terway's Secret", secret, 'get list watch create patch'],
    ['a Secret beside it', { ...secret, name: 'bootstrap-token-abcdef' }, ''],
    ['a Secret of its name elsewhere', { ...secret, namespace: 'calico-system' }, ''],
    ['the Secret that the spec refers to', source, 'list watch'],
    ['its own Lease', lease, 'get create update'],
    ['the Lease of somebody else', { ...lease, name: 'other' }, 'create'],
    ["Terway's DaemonSet", terway, 'get list watch patch'],
    ['a DaemonSet in a namespace without a RoleBinding', calico, 'get list watch'],
    ['the token of a ServiceAccount', { ...source, resource: 'serviceaccounts', subresource: 'token' }, ''],
  ];

  it.each(table)('%s', async (_sentence, object, verbs) => {
    const all = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
    const ask = who(plane, token);
    const answers = await Promise.all(all.map((verb) => ask({ ...object, verb })));
    expect(all.filter((_verb, n) => answers[n]).join(' ')).toBe(
      all.filter((verb) => verbs.split(' ').includes(verb)).join(' '),
    );
  });

  it('a DaemonSet in another namespace, once the command in the manifest has been run there', async () => {
    const ask = who(plane, token);
    const roleRef = [`--clusterrole=${OPERATOR}-workloads`, `--serviceaccount=${OWN}:${OPERATOR}`];
    expect(await ask({ ...calico, verb: 'patch' })).toBe(false);
    const bind = ['-n', 'calico-system', 'create', 'rolebinding', `${OPERATOR}-workloads`, ...roleRef];
    await plane.mustKubectl(bind);
    await eventually(async () => {
      expect(await ask({ ...calico, verb: 'patch' })).toBe(true);
    });
    expect(await ask({ ...calico, verb: 'delete' })).toBe(false);
  });
});

const APPLY = 'application/apply-patch+yaml';

async function send(method: string, path: string, body?: unknown, contentType?: string): Promise<number> {
  const options = contentType === undefined ? { token } : { token, contentType };
  return (await plane.api.request(method, path, body, options)).status;
}

const object = (kind: string, name: string) => ({ apiVersion: 'v1', kind, metadata: { name }, data: {} });

async function create(kind: 'ConfigMap' | 'Secret', name: string, method: 'PATCH' | 'POST') {
  const path = `/api/v1/namespaces/kube-system/${kind.toLowerCase()}s`;
  if (method === 'POST') return await send('POST', path, object(kind, name));
  return await send('PATCH', `${path}/${name}?fieldManager=${OPERATOR}`, object(kind, name), APPLY);
}

describe('the requests of the operator', () => {
  const creations: ['ConfigMap' | 'Secret', string, 'PATCH' | 'POST', number][] = [
    ['ConfigMap', 'eni-config', 'POST', 403],
    ['ConfigMap', 'eni-config', 'PATCH', 201],
    ['ConfigMap', 'eni-config', 'PATCH', 200],
    ['ConfigMap', 'eni-config-2', 'PATCH', 403],
    ['Secret', 'alibaba-addon-secret', 'POST', 403],
    ['Secret', 'alibaba-addon-secret', 'PATCH', 201],
    ['Secret', 'alibaba-addon-secret', 'PATCH', 200],
    ['Secret', 'other', 'PATCH', 403],
  ];

  it.each(creations)('creating %s %s by %s is answered with %d', async (kind, name, method, status) => {
    expect(await create(kind, name, method)).toBe(status);
  });

  const reads: [string, string, number][] = [
    ['the Secret by its name', 'secrets?fieldSelector=metadata.name%3Dalibaba-addon-secret', 200],
    ['another one by its name', 'secrets?fieldSelector=metadata.name%3Dother', 403],
    ['all Secrets', 'secrets', 403],
    ['Secrets by a label', 'secrets?labelSelector=a%3Db', 403],
    ['the ConfigMap by its name', 'configmaps?fieldSelector=metadata.name%3Deni-config', 200],
    ['all ConfigMaps', 'configmaps', 403],
  ];

  it.each(reads)('listing %s', async (_sentence, path, status) => {
    expect(await send('GET', `/api/v1/namespaces/kube-system/${path}`)).toBe(status);
  });

  it('keep a Lease', async () => {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${OWN}/leases`;
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: OPERATOR } };
    expect(await send('POST', path, lease)).toBe(201);
    expect(await send('GET', `${path}/${OPERATOR}`)).toBe(200);
    const kept = await plane.api.call('GET', `${path}/${OPERATOR}`);
    expect(await send('PUT', `${path}/${OPERATOR}`, kept)).toBe(200);
    expect(await send('DELETE', `${path}/${OPERATOR}`)).toBe(403);
  });

  it('put a finalizer and a status on a HybridNetwork, and neither create nor delete one', async () => {
    const path = `/apis/${API_VERSION}/${PLURAL}`;
    const network = {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: { name: 'idc' },
      spec: { scenario: 'BGP' },
    };
    expect(await send('POST', path, network)).toBe(403);
    await plane.api.call('POST', path, network);
    const finalizer = [
      { op: 'add', path: '/metadata/finalizers', value: ['hybrid.alibabacloud.com/restore'] },
    ];
    expect(await send('PATCH', `${path}/idc`, finalizer, 'application/json-patch+json')).toBe(200);
    const status = { status: { misplacedPods: 0 } };
    expect(await send('PATCH', `${path}/idc/status`, status, 'application/merge-patch+json')).toBe(200);
    expect(await send('DELETE', `${path}/idc`)).toBe(403);
    const noFinalizer = [{ op: 'remove', path: '/metadata/finalizers' }];
    expect(await send('PATCH', `${path}/idc`, noFinalizer, 'application/json-patch+json')).toBe(200);
    await plane.api.call('DELETE', `${path}/idc`);
  });

  it('tell events about a HybridNetwork', async () => {
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'idc.1', namespace: 'default' },
      eventTime: '2024-06-01T12:00:00.000000Z',
      type: 'Normal',
      reason: 'Held',
      action: 'KeepOffCloud',
      reportingController: 'hybrid.alibabacloud.com/operator',
      reportingInstance: 'test',
      regarding: { apiVersion: API_VERSION, kind: KIND, name: 'idc' },
    };
    expect(await send('POST', '/apis/events.k8s.io/v1/namespaces/default/events', event)).toBe(201);
  });
});

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string; readonly priority?: number };
  readonly status: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}

async function pods(): Promise<readonly Pod[]> {
  const list = (await plane.api.call('GET', `/api/v1/namespaces/${OWN}/pods`)) as { items: Pod[] };
  return list.items;
}

const nodesOf = (all: readonly Pod[]) => all.flatMap(({ spec }) => spec.nodeName ?? []).toSorted();

const messagesOf = (all: readonly Pod[]) =>
  all.map(({ status }) => status.conditions?.find(({ type }) => type === 'PodScheduled')?.message ?? '');

/** As a kubelet reports a node on which the CNI has not come up. */
async function joinWithoutCni(name: string): Promise<void> {
  const key = 'node-role.kubernetes.io/control-plane';
  const taints = [
    { key, effect: 'NoSchedule' },
    { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' },
    { key: 'node.cilium.io/agent-not-ready', effect: 'NoExecute' },
  ];
  await plane.addNode('idc', name, { taints, wait: false });
  const now = new Date().toISOString();
  const common = { status: 'False', lastHeartbeatTime: now, lastTransitionTime: now };
  const ready = {
    ...common,
    type: 'Ready',
    reason: 'KubeletNotReady',
    message: 'cni plugin not initialized',
  };
  const network = { ...common, type: 'NetworkUnavailable', status: 'True', reason: 'NoRouteCreated' };
  await plane.api.call(
    'PATCH',
    `/api/v1/nodes/${name}/status`,
    { status: { conditions: [ready, network] } },
    { contentType: 'application/strategic-merge-patch+json' },
  );
}

async function taintsOf(name: string): Promise<readonly string[]> {
  const node = (await plane.api.call('GET', `/api/v1/nodes/${name}`)) as {
    spec: { taints?: readonly { readonly key: string; readonly effect: string }[] };
  };
  return (node.spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
}

describe("the operator's pods", () => {
  it('run on no cloud node and on no virtual node, even on one without a taint', async () => {
    await plane.joinNodes({ ecs: 2 });
    await plane.addNode('vk', 'vk-open', { taints: [] });
    await eventually(async () => {
      const all = await pods();
      expect(messagesOf(all)).toEqual([
        expect.stringMatching(/^0\/3 nodes/),
        expect.stringMatching(/^0\/3 nodes/),
      ]);
      expect(messagesOf(all).join()).toContain("3 node(s) didn't match Pod's node affinity");
      expect(nodesOf(all)).toEqual([]);
    }, patiently);
  }, 60_000);

  it('run on an on-premises node whose CNI is down, one on each', async () => {
    await plane.component('kwok').stop();
    await joinWithoutCni('idc-a');
    await eventually(async () => {
      expect(nodesOf(await pods())).toEqual(['idc-a']);
    }, patiently);
    await eventually(async () => {
      expect(await taintsOf('idc-a')).toContain('node.kubernetes.io/not-ready:NoExecute');
    }, patiently);
    await joinWithoutCni('idc-b');
    await eventually(async () => {
      const all = await pods();
      expect(nodesOf(all)).toEqual(['idc-a', 'idc-b']);
      expect(all.filter(({ metadata }) => metadata.deletionTimestamp !== undefined)).toEqual([]);
    }, patiently);
  }, 120_000);

  it('go before the workloads of users', async () => {
    expect((await pods()).map(({ spec }) => spec.priority)).toEqual([2_000_000_000, 2_000_000_000]);
  });

  it('ask for nothing but the network of their node: in all else they are restricted', async () => {
    const level = 'pod-security.kubernetes.io/enforce=restricted';
    const { stderr } = await plane.kubectl([
      'label',
      '--dry-run=server',
      '--overwrite',
      'namespace',
      OWN,
      level,
    ]);
    expect(stderr).toMatch(
      /Warning: hybridnetwork-operator-\S+ \(and 1 other pod\): host namespaces, hostPort\n$/,
    );
  });

  it('are replaced one after the other, although each needs its ports', async () => {
    await plane.component('kwok').start();
    const before = (await pods()).map(({ metadata }) => metadata.name);
    const rollout = ['-n', OWN, 'rollout'];
    await plane.mustKubectl([...rollout, 'restart', `deployment/${OPERATOR}`]);
    await plane.mustKubectl([...rollout, 'status', `deployment/${OPERATOR}`, '--timeout=50s']);
    await eventually(async () => {
      const after = await pods();
      expect(nodesOf(after)).toEqual(['idc-a', 'idc-b']);
      expect(after.filter(({ metadata }) => before.includes(metadata.name))).toEqual([]);
    }, patiently);
  }, 120_000);
});
