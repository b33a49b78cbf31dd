// The scanner that every suite with a hybrid cluster ends with: it finds what is planted, however it is spelled.
import { expect, test } from '@jest/globals';
import { assert, property, string } from 'fast-check';
import { startHybridCluster } from '../support/hybrid-cluster.ts';
import { findLeaks } from '../support/secret-scan.ts';

const SECRET = 'Canary"Secret/Of+The\\Scanner=&';

test.each([
  ['as it is', SECRET],
  ['in JSON', JSON.stringify({ key: SECRET })],
  ['in JSON that is a string in JSON', JSON.stringify({ eni_conf: JSON.stringify({ key: SECRET }) })],
  ['in JSON as Go writes it', JSON.stringify({ key: SECRET }).replaceAll('&', '\\u0026')],
  ['in base64', Buffer.from(SECRET).toString('base64')],
  ['in base64 for URLs', Buffer.from(SECRET).toString('base64url')],
  ['in hex', Buffer.from(SECRET).toString('hex')],
  ['in upper-case hex', Buffer.from(SECRET).toString('hex').toUpperCase()],
  ['in a URL', `https://host/?key=${encodeURIComponent(SECRET)}`],
  ['in a form', new URLSearchParams({ key: SECRET }).toString()],
])('a secret is found %s', (_, text) => {
  const leaks = findLeaks('log', `before ${text} after`, [SECRET]);
  expect(leaks).not.toEqual([]);
  expect(JSON.stringify(leaks)).not.toContain(SECRET);
});

test('a secret is found within anything that was encoded as a whole, wherever it begins', () => {
  assert(
    property(string({ minLength: 8 }), string(), string(), (secret, before, after) => {
      const whole = Buffer.from(before + secret + after).toString('base64');
      return findLeaks('log', whole, [secret]).length > 0;
    }),
  );
});

test('what is no secret is not found', () => {
  expect(findLeaks('log', 'an ordinary line about alibaba-addon-secret', [SECRET, 'short'])).toEqual([]);
});

test('a cluster in which a secret got out does not stop in peace, and says where it stands', async () => {
  const cluster = await startHybridCluster({ idc: 1, ecs: 0, vk: 0 });
  const key = 'CanaryOfThePlantedSecret';
  await cluster.kubectl(
    ...['-n', 'hybridnetwork-system', 'create', 'secret', 'generic', 'planted', `--from-literal=key=${key}`],
  );
  await cluster.startOperator({ args: [`--identity=${key}`] });
  await cluster.apply({
    ...{ apiVersion: 'hybrid.alibabacloud.com/v1alpha1', kind: 'HybridNetwork' },
    metadata: { name: 'planted', annotations: { note: Buffer.from(`say ${key}`).toString('base64') } },
    spec: { scenario: 'Overlay' },
  });
  const words = await cluster.stop().then(
    () => 'it stopped in peace',
    (error: unknown) => String(error),
  );
  for (const place of ['output of operator', 'command line of operator', 'HybridNetworks', 'audit log'])
    expect(words).toContain(place);
  expect(words).not.toContain(key);
}, 120_000);
