// What the operator is made to do in a plan: the main job, in five parts, each from a state that was recorded without
// any fault.
import { networkOf } from '../support/hybrid-cluster.ts';
import { PATHS, putObject, readObject } from './objects.ts';
import type { RawObject, Snapshot } from './objects.ts';
import { KEY_ID } from './world.ts';
import type { World } from './world.ts';

const MERGE = { contentType: 'application/merge-patch+json' };

export interface States {
  /** As somebody finds it: both networks everywhere, no HybridNetwork. */
  readonly wild: Snapshot;
  /** After `apply`. */
  readonly held: Snapshot;
}

export interface Stage {
  readonly world: World;
  readonly states: States;
  /** Waits until it is true, while the time of the operator runs faster than ours. */
  until(what: string, isTrue: () => Promise<boolean>): Promise<void>;
  /** Waits until the operator has read everything and does nothing. */
  untilAtRest(restMs?: number): Promise<void>;
}

export interface Job {
  readonly id: string;
  readonly from: keyof States;
  /** Requests of the start are the same in every job: only those of these jobs are harmed at the start. */
  readonly coversStart: boolean;
  readonly leaderElect: boolean;
  /** Before the operator starts. */
  readonly before?: (stage: Stage) => Promise<void>;
  readonly act: (stage: Stage) => Promise<void>;
}

const network = networkOf({
  scenario: 'BGP',
  deletionPolicy: 'Restore',
  credentials: { secretRef: { name: 'ram-user' } },
  terway: {
    eniConfig: {
      vSwitches: { 'cn-hangzhou-h': ['vsw-bp1s5fnvk4gn2tws03624'] },
      securityGroupIDs: ['sg-bp1cx4zrx7nfpu6aoxlw'],
      serviceCIDR: '172.16.0.0/16',
      eniTags: { 'ack.aliyun.com': 'c82e6987e2961451182edacd74faf0d58' },
      minPoolSize: 0,
      maxPoolSize: 5,
    },
    networkPolicy: 'Disabled',
  },
});

async function apply({ world }: Stage): Promise<void> {
  await world.api.call('POST', PATHS.network.slice(0, PATHS.network.lastIndexOf('/')), network);
}

// `kubectl replace` of what the vendors ship, an edit in a console, another key by hand; and somebody's own key.
async function tamper({ world: { api }, states: { wild } }: Stage): Promise<void> {
  for (const name of ['calico', 'terway'] as const)
    await putObject(api, PATHS[name], wild[name] as RawObject);
  await api.call('PATCH', PATHS.eniConfig, { data: wild.eniConfig?.['data'] }, MERGE);
  const data = { 'access-key-secret': base64('SomethingElse'), 'other-addon': base64('theirs') };
  await api.call('PATCH', PATHS.secret, { data }, MERGE);
}

async function change({ world: { api } }: Stage): Promise<void> {
  const data = { 'access-key-id': base64(`${KEY_ID}2`) };
  await api.call('PATCH', PATHS.source, { data }, MERGE);
  const spec = { terway: { eniConfig: { maxPoolSize: 7 } } };
  await api.call('PATCH', PATHS.network, { spec }, MERGE);
}

async function giveBack(stage: Stage): Promise<void> {
  const { api } = stage.world;
  await api.call('DELETE', PATHS.network);
  let hash: string | undefined;
  await stage.until('the deletion asks for approval', async () => {
    const status = (await readObject(api, PATHS.network))?.['status'] as
      { readonly plan?: { readonly hash?: string } } | undefined;
    hash = status?.plan?.hash;
    return hash !== undefined;
  });
  const annotations = { 'hybrid.alibabacloud.com/approve': hash };
  await api.call('PATCH', PATHS.network, { metadata: { annotations } }, MERGE);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

export const JOBS: readonly Job[] = [
  { id: 'apply', from: 'wild', coversStart: true, leaderElect: true, act: apply },
  {
    ...{ id: 'catch-up', from: 'held', coversStart: true, leaderElect: false },
    before: tamper,
    act: async () => {},
  },
  {
    ...{ id: 'repair', from: 'held', coversStart: false, leaderElect: false },
    act: async (stage) => {
      await stage.untilAtRest();
      await tamper(stage);
    },
  },
  {
    ...{ id: 'change', from: 'held', coversStart: false, leaderElect: false },
    act: async (stage) => {
      await stage.untilAtRest();
      await change(stage);
    },
  },
  {
    ...{ id: 'restore', from: 'held', coversStart: false, leaderElect: false },
    act: async (stage) => {
      await stage.untilAtRest();
      await giveBack(stage);
    },
  },
];

export function jobOf(id: string): Job {
  const job = JOBS.find((one) => one.id === id);
  if (job === undefined) throw new Error(`there is no job ${id}`);
  return job;
}
