import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { appendFile, readFile, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { eventually } from '../support/eventually.ts';
import { processesNaming } from '../support/processes.ts';

// Generous: these run beside other suites on few cores.
jest.setTimeout(60_000);

let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane({ name: 'integration' });
  await plane.joinNodes({ idc: 2, ecs: 2, vk: 1 });
}, 180_000);

afterAll(async () => {
  await plane.stop();
});

interface Pod {
  metadata: { name: string; deletionTimestamp?: string };
  spec: { nodeName: string };
  status: {
    phase: string;
    podIP?: string;
    conditions?: { type: string; status: string }[];
    containerStatuses?: { state: { waiting?: { reason: string } } }[];
  };
}

function daemonSet(name: string, annotations: Record<string, string> = {}): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, annotations },
        spec: {
          tolerations: [{ operator: 'Exists' }],
          containers: [{ name: 'agent', image: 'registry.invalid/agent:1' }],
        },
      },
    },
  };
}

async function apply(object: object): Promise<void> {
  await plane.mustKubectl(['apply', '-f', '-'], { stdin: JSON.stringify(object) });
}

async function podsOf(name: string): Promise<Pod[]> {
  const list = await plane.api.call('GET', `/api/v1/namespaces/default/pods?labelSelector=app=${name}`);
  return (list as { items: Pod[] }).items;
}

function isReady(pod: Pod): boolean {
  return pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

function nodesOf(pods: readonly Pod[]): string[] {
  return pods.map((pod) => pod.spec.nodeName).sort();
}

async function readyNodes(name: string): Promise<string[]> {
  return nodesOf((await podsOf(name)).filter((pod) => isReady(pod)));
}

async function configMap(name: string): Promise<number> {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } };
  const path = '/api/v1/namespaces/default/configmaps';
  return (await plane.api.request('POST', path, object, { timeoutMs: 1000 })).status;
}

describe('nodes and pods', () => {
  test('the three kinds of nodes look as they do in a hybrid cluster', async () => {
    const { items } = (await plane.api.call('GET', '/api/v1/nodes')) as {
      items: {
        metadata: { name: string; labels: Record<string, string> };
        spec: { providerID?: string; taints?: { key: string }[] };
      }[];
    };
    const nodes = Object.fromEntries(items.map((node) => [node.metadata.name, node]));
    expect(Object.keys(nodes).sort()).toEqual(['ecs-1', 'ecs-2', 'idc-1', 'idc-2', 'vk-1']);
    expect(nodes['idc-1']?.metadata.labels['alibabacloud.com/external']).toBeUndefined();
    expect(nodes['idc-1']?.spec).toEqual({});
    expect(nodes['ecs-1']?.metadata.labels['alibabacloud.com/external']).toBe('true');
    expect(nodes['ecs-1']?.spec.providerID).toMatch(/^cn-hangzhou\.i-bp1[0-9a-z]{17}$/);
    expect(nodes['vk-1']?.metadata.labels.type).toBe('virtual-kubelet');
    expect(nodes['vk-1']?.spec.taints?.map(({ key }) => key)).toEqual(['virtual-kubelet.io/provider']);
  });

  test('a DaemonSet lands on every node of the three kinds', async () => {
    await apply(daemonSet('everywhere'));
    await eventually(async () => {
      expect(await readyNodes('everywhere')).toEqual(['ecs-1', 'ecs-2', 'idc-1', 'idc-2', 'vk-1']);
    });
    const path = '/apis/apps/v1/namespaces/default/daemonsets/everywhere';
    await eventually(async () => {
      expect(await plane.api.call('GET', path)).toMatchObject({ status: { numberAvailable: 5 } });
    });
  });

  test('a node that joins gets its pod, and one that leaves takes it along', async () => {
    const name = await plane.addNode('ecs', 'ecs-late', { labels: { pool: 'late' } });
    await eventually(async () => {
      expect(await readyNodes('everywhere')).toContain(name);
    });
    await plane.removeNode(name);
    await eventually(async () => {
      expect(nodesOf(await podsOf('everywhere'))).not.toContain(name);
    });
  });

  test('a node told to be NotReady keeps its pods, and comes back', async () => {
    const annotate = ['annotate', 'node', 'ecs-2'];
    await plane.mustKubectl([...annotate, 'test.hybridnetwork/behaviour=not-ready']);
    const node = '/api/v1/nodes/ecs-2';
    await eventually(async () => {
      const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
      expect(await plane.api.call('GET', node)).toMatchObject({
        spec: { taints: expect.arrayContaining([expect.objectContaining(taint)]) },
      });
    });
    await plane.mustKubectl([...annotate, 'test.hybridnetwork/behaviour-']);
    await eventually(async () => {
      expect(await plane.api.call('GET', node)).not.toMatchObject({ spec: { taints: expect.anything() } });
    });
    await eventually(async () => {
      expect(await readyNodes('everywhere')).toHaveLength(5);
    });
  });

  test('a pod told to fail its image pull never becomes Ready', async () => {
    await apply(daemonSet('unpullable', { 'test.hybridnetwork/behaviour': 'image-pull-error' }));
    await eventually(async () => {
      const reasons = (await podsOf('unpullable')).map(
        (pod) => pod.status.containerStatuses?.[0]?.state.waiting?.reason,
      );
      expect(reasons).toEqual(Array(5).fill('ImagePullBackOff'));
    });
    expect(await readyNodes('unpullable')).toEqual([]);
  });

  test('a behaviour can be limited to the cloud nodes', async () => {
    const annotations = {
      'test.hybridnetwork/behaviour': 'never-ready',
      'test.hybridnetwork/behaviour-on': 'ecs-',
    };
    await apply(daemonSet('cloud-broken', annotations));
    await eventually(async () => {
      const pods = await podsOf('cloud-broken');
      expect(pods.map((pod) => pod.status.phase)).toEqual(Array(5).fill('Running'));
    });
    expect(await readyNodes('cloud-broken')).toEqual(['idc-1', 'idc-2', 'vk-1']);
  });

  test('a slow pod runs first and is Ready two seconds later', async () => {
    await apply(daemonSet('slow', { 'test.hybridnetwork/behaviour': 'slow-ready' }));
    await eventually(async () => {
      expect((await podsOf('slow')).filter((pod) => pod.status.phase === 'Running')).toHaveLength(5);
    });
    expect(await readyNodes('slow')).toEqual([]);
    await eventually(async () => {
      expect(await readyNodes('slow')).toHaveLength(5);
    });
  });

  test('a pod that is stuck in termination stays until it is deleted by force', async () => {
    await apply(daemonSet('stuck', { 'test.hybridnetwork/behaviour': 'stuck-terminating' }));
    await eventually(async () => {
      expect(await readyNodes('stuck')).toHaveLength(5);
    });
    await plane.mustKubectl(['delete', 'daemonset', 'stuck', 'slow']);
    await eventually(async () => {
      expect(await podsOf('slow')).toEqual([]);
    });
    const left = await podsOf('stuck');
    expect(left.filter((pod) => pod.metadata.deletionTimestamp !== undefined)).toHaveLength(5);
    await plane.mustKubectl(['delete', 'pods', '-l', 'app=stuck', '--force', '--grace-period=0']);
    await eventually(async () => {
      expect(await podsOf('stuck')).toEqual([]);
    });
  });
});

describe('the audit log', () => {
  test('tells who wrote what, with its body for workloads', async () => {
    const mark = await plane.audit.mark();
    await apply(daemonSet('audited'));
    const writes = await plane.audit.writesBy('admin', { since: mark });
    expect(writes).toMatchObject([
      {
        verb: 'create',
        group: 'apps',
        resource: 'daemonsets',
        namespace: 'default',
        name: 'audited',
        code: 201,
      },
    ]);
    expect(writes[0]?.requestObject).toMatchObject({ spec: { template: {} } });

    const controller = 'system:serviceaccount:kube-system:daemon-set-controller';
    await eventually(async () => {
      const created = await plane.audit.writesBy(controller, {
        since: mark,
        verb: 'create',
        resource: 'pods',
      });
      expect(created).toHaveLength(5);
    });
  });

  test('names the impersonated user as the writer', async () => {
    const mark = await plane.audit.mark();
    const labels = ['label', 'daemonset', 'audited', 'team=a'];
    await plane.mustKubectl([...labels, '--as=alice', '--as-group=system:masters']);
    expect(await plane.audit.writesBy('alice', { since: mark, verb: 'patch' })).toHaveLength(1);
    expect(await plane.audit.writesBy('admin', { since: mark, verb: 'patch' })).toEqual([]);
  });

  test('has every request that was answered before it is asked', async () => {
    for (let round = 0; round < 40; round += 1) {
      const mark = await plane.audit.mark();
      await plane.api.call(
        'PATCH',
        '/apis/apps/v1/namespaces/default/daemonsets/audited',
        { metadata: { annotations: { round: `${round} ${'x'.repeat(20_000)}` } } },
        { contentType: 'application/merge-patch+json' },
      );
      expect(await plane.audit.writesBy('admin', { since: mark })).toHaveLength(1);
    }
  });

  test('never shows what a Secret, a ConfigMap or a token holds', async () => {
    const data = { key: 'canary-in-the-coal-mine' };
    for (const kind of ['Secret', 'ConfigMap']) {
      const field = kind === 'Secret' ? 'stringData' : 'data';
      await apply({
        apiVersion: 'v1',
        kind,
        metadata: { name: 'hush', namespace: 'default' },
        [field]: data,
      });
    }
    await plane.mustKubectl(['get', 'secret', 'hush']);
    const token = await plane.tokenFor('default', 'default');
    const touched = await plane.audit.entries({ name: 'hush' });
    expect(touched.map(({ verb, resource }) => `${verb} ${resource}`)).toEqual(
      expect.arrayContaining(['create secrets', 'create configmaps', 'get secrets']),
    );
    expect(touched.filter((entry) => 'requestObject' in entry || 'responseObject' in entry)).toEqual([]);

    const log = await readFile(plane.audit.path, 'utf8');
    for (const secret of [data.key, Buffer.from(data.key).toString('base64'), token, plane.adminToken]) {
      expect(log.includes(secret)).toBe(false);
    }
  });

  test('survives a line that a killed server left half written', async () => {
    const mark = await plane.audit.mark();
    await appendFile(plane.audit.path, '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Meta');
    await apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'after-the-crash', namespace: 'default' },
    });
    const writes = await plane.audit.writesBy('admin', { since: mark, resource: 'configmaps' });
    expect(writes.map(({ name }) => name)).toContain('after-the-crash');
  });
});

describe('ServiceAccounts', () => {
  test.each([false, true])('a kubeconfig is bound by RBAC (token in a file: %s)', async (tokenFile) => {
    const account = `reader-${tokenFile}`;
    await plane.mustKubectl(['create', 'serviceaccount', account]);
    const kubeconfig = await plane.kubeconfigFor('default', account, { tokenFile });
    expect((await stat(kubeconfig)).mode & 0o077).toBe(0);
    const refused = await plane.kubectl(['get', 'pods'], { kubeconfig });
    expect(refused.stderr).toContain(
      `User "system:serviceaccount:default:${account}" cannot list resource "pods"`,
    );

    await plane.mustKubectl(['create', 'role', account, '--verb=get,list', '--resource=pods']);
    const subject = `--serviceaccount=default:${account}`;
    await plane.mustKubectl(['create', 'rolebinding', account, `--role=${account}`, subject]);
    await eventually(async () => {
      expect(await plane.kubectl(['get', 'pods'], { kubeconfig })).toMatchObject({ code: 0 });
    });
    expect((await plane.kubectl(['delete', 'pods', '--all'], { kubeconfig })).code).toBe(1);
  });

  test('a kubeconfig for an account that does not exist is an error that names it', async () => {
    await expect(plane.kubeconfigFor('default', 'nobody')).rejects.toThrow(/404 .*nobody/);
  });
});

describe('harm', () => {
  test('kill -9 of the API server and restart keeps the data', async () => {
    expect(await configMap('before-the-kill')).toBe(201);
    const server = plane.component('kube-apiserver');
    const pid = server.pid;
    await server.kill();
    expect(server.running).toBe(false);
    await expect(plane.api.request('GET', '/readyz')).rejects.toThrow('ECONNREFUSED');
    await server.start();
    expect(server.pid).not.toBe(pid);
    await plane.mustKubectl(['get', 'configmap', 'before-the-kill']);
    expect(await plane.audit.entries({ name: 'before-the-kill', verb: 'create' })).toHaveLength(1);
  });

  test('kill -9 of etcd and restart keeps the data', async () => {
    expect(await configMap('before-etcd-died')).toBe(201);
    await plane.component('etcd').restart();
    await plane.mustKubectl(['get', 'configmap', 'before-etcd-died']);
  });

  test('SIGSTOP of etcd makes writes hang and thaw heals', async () => {
    const etcd = plane.component('etcd');
    await etcd.freeze();
    try {
      await expect(configMap('while-frozen')).rejects.toThrow('no answer within 1000 ms');
    } finally {
      await etcd.thaw();
    }
    await eventually(async () => {
      expect([201, 409]).toContain(await configMap('while-frozen'));
    });
  });

  test('a scheduler that ends by itself is started again, as a kubelet would', async () => {
    const scheduler = plane.component('kube-scheduler');
    await eventually(() => expect(scheduler.running).toBe(true));
    const { pid = 0 } = scheduler;
    process.kill(pid, 'SIGKILL');
    await eventually(() => expect([undefined, pid]).not.toContain(scheduler.pid));
  });

  test.each(['kube-controller-manager', 'kube-scheduler', 'kwok'] as const)(
    'pods come to life again after a restart of %s',
    async (name) => {
      const component = plane.component(name);
      await component.stop();
      expect(component.running).toBe(false);
      await apply(daemonSet(`without-${name}`));
      await component.start();
      await eventually(
        async () => {
          expect(await readyNodes(`without-${name}`)).toHaveLength(5);
        },
        { timeoutMs: 20_000, what: `the pods of a DaemonSet made while ${name} was stopped` },
      );
    },
  );
});

describe('several at once', () => {
  test('do not disturb each other, and one that stops leaves nothing', async () => {
    const others = await Promise.all([
      startControlPlane(),
      startControlPlane({ without: ['kwok', 'kube-scheduler'] }),
    ]);
    const urls = new Set([plane, ...others].map(({ url }) => url));
    expect(urls.size).toBe(3);
    expect(others[1].component('kwok').running).toBe(false);
    expect(await others[0].mustKubectl(['get', 'nodes', '-o', 'name'])).toBe('');

    await Promise.all(others.map((other) => other.stop()));
    for (const { dir } of others) {
      expect(existsSync(dir)).toBe(false);
      expect(processesNaming(dir)).toEqual([]);
    }
    await plane.mustKubectl(['get', '--raw', '/readyz']);
  });

  test('a port that another program takes is given up for the next one', async () => {
    const port = new URL(plane.url).port;
    const lines: string[] = [];
    const taken = startControlPlane({
      log: (line) => lines.push(line),
      flags: { 'kube-apiserver': [`--secure-port=${port}`] },
    });
    await expect(taken).rejects.toThrow('address already in use');
    expect(lines.filter((line) => line.includes('trying another one'))).toHaveLength(4);
    await plane.mustKubectl(['get', '--raw', '/readyz']);
  });

  test('a control plane that cannot start says why and leaves nothing', async () => {
    const dir = `${plane.dir}-broken`;
    const flags = { 'kube-apiserver': ['--no-such-flag'] };
    await expect(startControlPlane({ dir, flags })).rejects.toThrow(
      /kube-apiserver ended.*unknown flag: --no-such-flag/s,
    );
    expect(existsSync(dir)).toBe(false);
    expect(processesNaming(dir)).toEqual([]);
  });
});
