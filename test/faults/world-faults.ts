// Faults of what stands around a request: credentials, certificates, the control plane, and somebody else who writes.
import type { Exchange } from './exchange.ts';
import { isAny, isChange, pause } from './fault.ts';
import type { Fault } from './fault.ts';
import type { World } from './world.ts';
import { pass } from './proxy.ts';

const MERGE = { contentType: 'application/merge-patch+json' };
export const RACED = 'example.com/raced';

async function restartApiServer({ controlPlane }: World): Promise<void> {
  await controlPlane.component('kube-apiserver').restart();
}

/** SIGSTOP for ten seconds; what asks meanwhile gets no answer, or a late one. */
async function freezeEtcd({ controlPlane }: World): Promise<void> {
  const etcd = controlPlane.component('etcd');
  await etcd.freeze();
  setTimeout(() => void etcd.thaw(), 10_000);
}

// Somebody else, in the moment between our reading and our writing, adds what is theirs to the same object.
async function writeFirst({ entry: { objectPath } }: Exchange, { api, raced }: World): Promise<void> {
  const change = { metadata: { annotations: { [RACED]: 'mine' } } };
  const { status } = await api.request('PATCH', objectPath, change, MERGE);
  if (status === 200) raced.add(objectPath);
}

export const WORLD_FAULTS: readonly Fault[] = [
  {
    ...{ id: 'token-rotated', family: 'credentials', applies: isAny },
    harm: async (exchange, world) => {
      await world.rotateToken();
      exchange.answer(401, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 401 });
    },
  },
  {
    ...{ id: 'certificate-renewed', family: 'credentials', applies: isAny },
    harm: async (_exchange, { proxy }) => proxy.renewCertificate(),
  },
  {
    ...{ id: 'every-connection-cut', family: 'transport', applies: isAny },
    harm: async (exchange, { proxy }) => {
      if (exchange.entry.kind !== 'watch') await exchange.forward();
      proxy.cutConnections();
    },
  },
  {
    ...{ id: 'api-server-killed-before', family: 'control plane', applies: isChange },
    harm: async (exchange, world) => {
      await restartApiServer(world);
      exchange.reset();
    },
  },
  {
    ...{ id: 'api-server-killed-after', family: 'control plane', applies: isChange },
    harm: async (exchange, world) => {
      await exchange.forward();
      await restartApiServer(world);
      exchange.reset();
    },
  },
  {
    ...{ id: 'etcd-frozen', family: 'control plane', applies: isChange },
    harm: async (exchange, world) => {
      await freezeEtcd(world);
      await pass(exchange);
    },
  },
  {
    ...{ id: 'overtaken', family: 'other writer', applies: isChange },
    harm: async (exchange, world) => {
      await writeFirst(exchange, world);
      await pass(exchange);
    },
  },
  {
    ...{ id: 'overtaken-and-lost-reply', family: 'other writer', applies: isChange },
    harm: async (exchange, world) => {
      await exchange.forward();
      await writeFirst(exchange, world);
      await pause(20);
      exchange.reset();
    },
  },
];
