// What we have written ourselves is known at once, and nothing older is acted on, in whatever order the answer to
// the write, its event and a list arrive.
import { afterEach, describe, expect, test } from '@jest/globals';
import { node } from './fake-api.ts';
import { startedFixture, type Fixture } from './reflector-fixture.ts';

let fixture: Fixture;

afterEach(async () => {
  await fixture.close();
});

const version = (key = 'a'): string | undefined => fixture.reflector.get(key)?.version;

async function relist(): Promise<void> {
  await fixture.api.current.send('ERROR', { kind: 'Status', code: 410 });
  await fixture.pass(1_000);
}

describe('our own write', () => {
  test('is in the store at once, and told as ours', async () => {
    fixture = await startedFixture([node('a', 7)]);
    fixture.changes.length = 0;
    fixture.reflector.record(node('a', 110));
    expect(version()).toBe('110');
    expect(fixture.changes).toEqual([expect.objectContaining({ key: 'a', own: true })]);
  });

  test('is not undone by an older event, nor told again by its own', async () => {
    fixture = await startedFixture([node('a', 7)]);
    fixture.reflector.record(node('a', 110));
    fixture.told();
    await fixture.api.current.send('MODIFIED', node('a', 105));
    await fixture.api.current.send('MODIFIED', node('a', 110));
    expect(fixture.told()).toEqual([]);
    await fixture.api.current.send('MODIFIED', node('a', 111));
    expect(fixture.told()).toEqual(['~a']);
  });

  test('counts by length before it counts by digits: 99 is older than 100', async () => {
    fixture = await startedFixture([node('a', 7)], 90);
    fixture.reflector.record(node('a', 100));
    await fixture.api.current.send('MODIFIED', node('a', 99));
    expect(version()).toBe('100');
  });

  test('that is answered after its event changes nothing', async () => {
    fixture = await startedFixture([node('a', 7)]);
    await fixture.api.current.send('MODIFIED', node('a', 112));
    fixture.told();
    fixture.reflector.record(node('a', 110));
    expect(version()).toBe('112');
    expect(fixture.told()).toEqual([]);
  });

  test('that is answered after the object was deleted does not bring it back', async () => {
    fixture = await startedFixture([node('a', 7)]);
    await fixture.api.current.send('DELETED', node('a', 115));
    fixture.reflector.record(node('a', 110));
    expect(version()).toBeUndefined();
  });

  test('made while a list is on its way outlives the list', async () => {
    fixture = await startedFixture([node('a', 7)]);
    await fixture.pass(20_000);
    fixture.api.version = 105;
    fixture.api.whileListing(() => {
      fixture.reflector.record(node('a', 110));
      fixture.reflector.record(node('b', 111));
    });
    await relist();
    expect([version('a'), version('b')]).toEqual(['110', '111']);
  });

  test('made before a list gives way to it, even to older versions: etcd may have been restored', async () => {
    fixture = await startedFixture([node('a', 7)]);
    await fixture.pass(20_000);
    fixture.reflector.record(node('a', 110));
    fixture.api.version = 50;
    await relist();
    expect(version()).toBe('7');
  });
});

describe('our own delete', () => {
  test('takes the object out at once, whatever was still under way', async () => {
    fixture = await startedFixture([node('a', 7)]);
    fixture.reflector.forget('a', '110');
    expect(version()).toBeUndefined();
    await fixture.api.current.send('MODIFIED', node('a', 110));
    expect(version()).toBeUndefined();
    await fixture.api.current.send('DELETED', node('a', 112));
    await fixture.api.current.send('ADDED', node('a', 113, 'anew'));
    expect(version()).toBe('113');
  });

  test('made while a list is on its way is not undone by the list', async () => {
    fixture = await startedFixture([node('a', 7)]);
    await fixture.pass(20_000);
    fixture.api.whileListing(() => fixture.reflector.forget('a', '110'));
    await relist();
    expect(version()).toBeUndefined();
  });

  test('of an object that is gone already is nothing', async () => {
    fixture = await startedFixture([]);
    fixture.reflector.forget('a', '110');
    await fixture.api.current.send('ADDED', node('a', 105));
    expect(version()).toBe('105');
  });
});
