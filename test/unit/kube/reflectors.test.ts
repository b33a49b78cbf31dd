import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createReflectors, type Reflectors } from '../../../src/kube/reflectors.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { FakeApi } from './fake-api.ts';
import { project } from './reflector-fixture.ts';

const SECRETS = '/api/v1/namespaces/hybridnetwork-system/secrets';

let api: FakeApi;
let clock: FakeClock;
let reflectors: Reflectors;

beforeEach(() => {
  api = new FakeApi();
  clock = new FakeClock();
  reflectors = createReflectors({ client: api, clock });
});

afterEach(async () => {
  await reflectors.stop();
  if (clock.pendingTimers > 0 || api.open.length > 0) throw new Error('something is left running');
});

const secret = (name: string) => ({ path: SECRETS, fieldSelector: `metadata.name=${name}`, project });
const running = (): string[] => Array.from(reflectors.entries(), ([key]) => key);

describe('a reflector on demand', () => {
  test('is started when it is first asked for, and is the same from then on', async () => {
    const first = reflectors.ensure('source', secret('a'));
    await first.synced;
    expect(reflectors.ensure('source', secret('a'))).toBe(first);
    expect(api.lists).toHaveLength(1);
  });

  test('is replaced when its key stands for something else now', async () => {
    const first = reflectors.ensure('source', secret('a'));
    await first.synced;
    const second = reflectors.ensure('source', secret('b'));
    await second.synced;
    await settle();
    expect(second).not.toBe(first);
    expect(api.open.map(({ request }) => request.query?.['fieldSelector'])).toEqual(['metadata.name=b']);
  });

  test('stops when nobody retains it', async () => {
    reflectors.ensure('a', secret('a'));
    reflectors.ensure('b', secret('b'));
    await settle();
    await settle();
    reflectors.retain(['b', 'never heard of']);
    await settle();
    expect(running()).toEqual(['b']);
    expect(api.open).toHaveLength(1);
  });

  test('is gone with all others when the registry has stopped', async () => {
    reflectors.ensure('a', secret('a'));
    reflectors.ensure('b', secret('b'));
    reflectors.retain(['a']);
    await reflectors.stop();
    expect(running()).toEqual([]);
    expect(api.open).toHaveLength(0);
  });
});
