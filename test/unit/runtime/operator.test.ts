import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { KubernetesObject } from '@kubernetes/client-node';
import { KubernetesOperator } from '../../../src/runtime/operator.ts';
import type { ResourceEvent, ResourceMeta } from '../../../src/runtime/operator.ts';
import type {
  PatchOperation,
  Transport,
  WatchedResource,
  WatchNotice,
} from '../../../src/runtime/transport.ts';

const resource = { group: 'example.com', version: 'v1', plural: 'things', kind: 'Thing' };
const FINALIZER = 'example.com/restore';
const logger = { debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() };

/** One object as an API server keeps it: a patch whose tests fail is refused as a whole. */
class FakeTransport implements Transport {
  stored: string[] = [];
  readonly patches: (readonly PatchOperation[])[] = [];
  readonly statuses: unknown[] = [];
  readonly watched = new Map<string, (notice: WatchNotice) => void>();
  readonly closed: string[] = [];
  failure: Error | undefined;

  async watch(watchedResource: WatchedResource, onNotice: (notice: WatchNotice) => void) {
    const { plural } = watchedResource;
    this.watched.set(plural, onNotice);
    return {
      close: async () => {
        await Promise.resolve();
        this.closed.push(plural);
      },
    };
  }

  async patchStatus(_meta: ResourceMeta, status: unknown): Promise<string> {
    if (this.failure !== undefined) throw this.failure;
    this.statuses.push(status);
    return '8';
  }

  async patchObject(_meta: ResourceMeta, patch: readonly PatchOperation[]): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.patches.push(patch);
    for (const { op, path, value } of patch) {
      const is = path === '/metadata/uid' ? 'uid-1' : this.stored.length === 0 ? null : this.stored;
      if (op === 'test' && JSON.stringify(value) !== JSON.stringify(is)) throw new Error('422: test failed');
      if (op === 'add') this.stored = value as string[];
    }
  }
}

/** What the base class offers its subclasses. */
class OpenOperator extends KubernetesOperator {
  async openInherited(): Promise<void> {
    await this.watchResource('', 'v1', 'nodes', async () => {});
  }
  uri(group: string, namespace?: string): string {
    return this.getCustomResourceApiUri(group, 'v1', 'things', namespace);
  }
  async registerCrd(): Promise<void> {
    await this.registerCustomResourceDefinition('crds/things.yaml');
  }
  async putStatus(meta: ResourceMeta): Promise<ResourceMeta | null> {
    return await this.setResourceStatus(meta, { phase: 'put' });
  }
  async writeFinalizers(meta: ResourceMeta): Promise<void> {
    await this.setResourceFinalizers(meta, []);
  }
}

function thing(finalizers?: string[], more: Record<string, unknown> = {}): KubernetesObject {
  return {
    metadata: { name: 'one', uid: 'uid-1', resourceVersion: '7', ...(finalizers && { finalizers }), ...more },
  };
}
async function refuse(): Promise<void> {
  throw new Error('not yet');
}
const deleting = { deletionTimestamp: '2026-01-01T00:00:00Z' };

const directory = mkdtempSync(join(tmpdir(), 'operator-'));
const before = process.env['KUBECONFIG'];
let server: Server;
let requests = 0;
let transport = new FakeTransport();
const exit = jest.spyOn(process, 'exit').mockImplementation(() => {
  throw new Error('the process would have ended');
});

function kubeconfig(text: string): void {
  const file = join(directory, 'config');
  writeFileSync(file, text);
  process.env['KUBECONFIG'] = file;
}

function kubeconfigFor(address: string): string {
  return JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: address, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}

function build(init: (operator: KubernetesOperator) => Promise<void> = async () => {}): OpenOperator {
  return new OpenOperator({ logger, resource, connect: () => transport, init });
}

beforeAll(async () => {
  server = createServer((_request, response) => {
    requests += 1;
    response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});

beforeEach(() => {
  transport = new FakeTransport();
  kubeconfig(kubeconfigFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`));
});

afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true });
  if (before === undefined) delete process.env['KUBECONFIG'];
  else process.env['KUBECONFIG'] = before;
  exit.mockRestore();
});

describe('the finalizer', () => {
  test('is added next to those of others, and the object that was handed in stays as it was', async () => {
    transport.stored = ['theirs'];
    const object = thing(['theirs']);
    await expect(build().ensureFinalizer(object, FINALIZER)).resolves.toBe(true);
    expect(transport.stored).toEqual(['theirs', FINALIZER]);
    expect(object).toEqual(thing(['theirs']));
  });

  test('is added where there is none yet', async () => {
    await build().ensureFinalizer(thing(), FINALIZER);
    expect(transport.stored).toEqual([FINALIZER]);
    expect(transport.patches[0]).toContainEqual({ op: 'test', path: '/metadata/finalizers', value: null });
  });

  test('is not written twice, nor on an object that is being deleted', async () => {
    await expect(build().ensureFinalizer(thing([FINALIZER]), FINALIZER)).resolves.toBe(false);
    await expect(build().ensureFinalizer(thing([], deleting), FINALIZER)).resolves.toBe(false);
    expect(transport.patches).toEqual([]);
  });

  test.each([
    ['an object that is being deleted', deleting],
    ['an object that no longer needs it', {}],
  ])('is taken off %s after the undo, and those of others stay', async (_, more) => {
    transport.stored = ['theirs', FINALIZER, 'others'];
    const undo = jest.fn(async () => {
      expect(transport.stored).toContain(FINALIZER);
    });
    const object = thing(['theirs', FINALIZER, 'others'], more);
    await expect(build().releaseFinalizer(object, FINALIZER, undo)).resolves.toBe(true);
    expect(undo).toHaveBeenCalledTimes(1);
    expect(transport.stored).toEqual(['theirs', 'others']);
  });

  test.each([[deleting], [{}]])('stays when the undo fails', async (more) => {
    transport.stored = [FINALIZER];
    await expect(build().releaseFinalizer(thing([FINALIZER], more), FINALIZER, refuse)).rejects.toThrow(
      'not yet',
    );
    expect(transport.stored).toEqual([FINALIZER]);
  });

  test('that is not there needs no undo', async () => {
    const undo = jest.fn(async () => {});
    await expect(build().releaseFinalizer(thing(['theirs'], deleting), FINALIZER, undo)).resolves.toBe(false);
    expect(undo).not.toHaveBeenCalled();
  });

  test('that somebody added meanwhile is not lost: the write fails', async () => {
    transport.stored = ['theirs', 'new'];
    await expect(build().ensureFinalizer(thing(['theirs']), FINALIZER)).rejects.toThrow('422');
    expect(transport.stored).toEqual(['theirs', 'new']);
  });

  test('is not written to another object of the same name', async () => {
    await expect(build().ensureFinalizer(thing([], { uid: 'uid-0' }), FINALIZER)).rejects.toThrow('422');
  });

  test('throws when its write fails', async () => {
    transport.failure = new Error('500 from the API server');
    await expect(build().ensureFinalizer(thing(), FINALIZER)).rejects.toThrow('500');
    await expect(build().releaseFinalizer(thing([FINALIZER]), FINALIZER, async () => {})).rejects.toThrow(
      '500',
    );
  });

  test('is never written blindly, without the list that was read', async () => {
    const meta = { id: 'x', name: 'one', resourceVersion: '7', apiVersion: 'example.com/v1', kind: 'Thing' };
    await expect(build().writeFinalizers(meta)).rejects.toThrow('were not read');
  });
});

describe('the status', () => {
  test('goes through the transport, and the new resourceVersion comes back', async () => {
    await expect(build().patchStatus(thing(), { phase: 'good' })).resolves.toBe('8');
    expect(transport.statuses).toEqual([{ phase: 'good' }]);
  });

  test('throws when its write fails', async () => {
    transport.failure = new Error('409 from the API server');
    await expect(build().patchStatus(thing(), {})).rejects.toThrow('409');
  });
});

describe('a watch', () => {
  test('delivers the identity of an object and nothing else of it', async () => {
    const events: ResourceEvent[] = [];
    const operator = build(async (self) => {
      await self.watch(resource, (event) => events.push(event));
    });
    await operator.start();
    transport.watched.get('things')?.({
      type: 'DELETED',
      name: 'one',
      namespace: 'ns',
      resourceVersion: '9',
    });
    const identity = { name: 'one', namespace: 'ns', resourceVersion: '9' };
    expect(events).toEqual([
      {
        type: 'DELETED',
        meta: { id: 'things.example.com/v1', apiVersion: 'example.com/v1', kind: 'Thing', ...identity },
        object: { apiVersion: 'example.com/v1', kind: 'Thing', metadata: identity },
      },
    ]);
    await operator.stop();
  });

  test('is closed by stop, which waits for it, delivers nothing more and does not end the process', async () => {
    const onEvent = jest.fn();
    const operator = build(async (self) => {
      await self.watch(resource, onEvent);
      await self.watch({ ...resource, plural: 'others' }, onEvent);
    });
    await operator.start();
    await operator.stop();
    expect(transport.closed).toEqual(['things', 'others']);
    transport.watched.get('things')?.({ type: 'ADDED', name: 'late', resourceVersion: '9' });
    expect(onEvent).not.toHaveBeenCalled();
    await operator.stop();
    expect(transport.closed).toHaveLength(2);
    expect(exit).not.toHaveBeenCalled();
  });

  test('that opens after stop is closed at once', async () => {
    const operator = build();
    await operator.stop();
    await operator.watch(resource, () => {});
    expect(transport.closed).toEqual(['things']);
  });

  test('that cannot be opened fails the start instead of ending the process', async () => {
    const operator = build(async () => {
      throw new Error('403 on things');
    });
    await expect(operator.start()).rejects.toThrow('403 on things');
    expect(exit).not.toHaveBeenCalled();
  });
});

describe('what the base class would send itself', () => {
  test('never leaves the process: everything goes through the transport', async () => {
    const operator = build();
    const meta = { id: 'x', name: 'one', resourceVersion: '7', apiVersion: 'example.com/v1', kind: 'Thing' };
    await operator.start();
    await operator.openInherited();
    await operator.putStatus(meta);
    await operator.patchStatus(thing(), {});
    await operator.ensureFinalizer(thing(), FINALIZER);
    await expect(operator.registerCrd()).rejects.toThrow('installed from the manifests');
    await operator.stop();
    expect(transport.closed).toEqual(['nodes']);
    expect(requests).toBe(0);
  });

  test('would be addressed to the server of the current cluster', () => {
    const { server: address } = build().config.getCurrentCluster() ?? { server: '' };
    const root = address.replace(/\/$/, '');
    expect(build().uri('example.com')).toBe(`${root}/apis/example.com/v1/things`);
    expect(build().uri('', 'ns')).toBe(`${root}/api/v1/namespaces/ns/things`);
  });
});

describe('the kubeconfig', () => {
  test('is loaded once and shared with the transport', () => {
    let handed: unknown;
    const connect = (config: unknown): Transport => {
      handed = config;
      return transport;
    };
    const operator = new KubernetesOperator({ logger, resource, connect, init: async () => {} });
    expect(operator.config).toBe(handed);
  });

  test('that does not exist is one clear sentence', () => {
    process.env['KUBECONFIG'] = join(directory, 'missing');
    expect(() => build()).toThrow(/^The kubeconfig cannot be used: .*no such file.*missing'$/);
  });

  test('that is not YAML is one line that quotes nothing of the file', () => {
    kubeconfig('users:\n- user: {token: top-secret-token, token: "\n');
    let message = '';
    try {
      build();
    } catch (error) {
      message = String(error);
      expect((error as Error).cause).toBeUndefined();
    }
    expect(message).toMatch(/^Error: The kubeconfig cannot be used: [^\n]+$/);
    expect(message).not.toContain('top-secret-token');
  });

  test('without a current context is refused', () => {
    kubeconfig('{"clusters": [], "users": [], "contexts": []}');
    expect(() => build()).toThrow('The kubeconfig cannot be used: No active cluster!');
  });

  test('that is nowhere to be found is refused, instead of trying localhost:8080', () => {
    delete process.env['KUBECONFIG'];
    const home = process.env['HOME'];
    process.env['HOME'] = directory;
    expect(() => build()).toThrow('No cluster is configured: set KUBECONFIG');
    if (home !== undefined) process.env['HOME'] = home;
  });
});
