import { expect, test } from '@jest/globals';
import type { AuditEntry } from '../../cluster/audit.ts';
import type { AllowedRight } from '../../support/allowed-rights.ts';
import { compareRights, rightsBehind } from '../../support/used-rights.ts';

const USER = 'system:serviceaccount:hybridnetwork-system:hybridnetwork-operator';

const entry = (changes: Partial<AuditEntry>): AuditEntry => ({
  at: '2026-01-01T00:00:00Z',
  receivedAt: '2026-01-01T00:00:00Z',
  user: USER,
  userAgent: 'operator',
  verb: 'patch',
  group: 'apps',
  resource: 'daemonsets',
  namespace: 'kube-system',
  name: 'calico-node',
  code: 200,
  requestURI: '/',
  ...changes,
});

const used = (changes: Partial<AuditEntry>) =>
  rightsBehind([entry(changes)]).map((right) => ({ ...right, isRefused: changes.code === 403 }));

const patches: AllowedRight = { place: 'bound', resource: 'daemonsets.apps', verbs: ['patch'], why: 'test' };
const config: AllowedRight = {
  place: 'kube-system',
  resource: 'configmaps',
  names: ['eni-config'],
  verbs: ['patch', 'create'],
  why: 'test',
};
const aboutConfig = { group: '', resource: 'configmaps', name: 'eni-config' };

test('what is used and allowed is neither missing nor idle', () => {
  expect(compareRights(used({}), [patches])).toEqual({ missing: [], idle: [] });
});

test('what others do is not looked at', () => {
  expect(rightsBehind([entry({ user: 'admin' })])).toEqual([]);
});

test('a verb, a name, a subresource or a namespace that is not allowed is missing', () => {
  const all = [{ verb: 'delete' }, { subresource: 'scale' }, { ...aboutConfig, name: 'coredns' }];
  for (const one of all) expect(compareRights(used(one), [patches, config]).missing).toHaveLength(1);
  const elsewhere = { ...aboutConfig, namespace: 'default' };
  expect(compareRights(used(elsewhere), [config]).missing).toEqual(['patch configmaps eni-config (default)']);
});

test('what was refused is no use of a right', () => {
  expect(compareRights(used({ verb: 'delete', code: 403 }), [patches]).missing).toEqual([]);
});

test('a list of a kind of which only one object may be read is missing', () => {
  const { name: _none, ...unnamed } = entry({ ...aboutConfig, verb: 'list' });
  const listing: AllowedRight = { ...config, verbs: ['list'] };
  const asked = rightsBehind([unnamed]).map((right) => ({ ...right, isRefused: false }));
  expect(compareRights(asked, [listing]).missing).toEqual(['list configmaps (kube-system)']);
});

test('a right that was only refused or never asked for is idle', () => {
  const idle = ['patch daemonsets.apps (bound)'];
  expect(compareRights(used({ code: 403 }), [patches]).idle).toEqual(idle);
  expect(compareRights([], [patches]).idle).toEqual(idle);
});

test('a server-side apply that created the object took the right to create it', () => {
  expect(compareRights(used({ ...aboutConfig, code: 201 }), [config])).toEqual({ missing: [], idle: [] });
  expect(compareRights(used({ ...aboutConfig, code: 200 }), [config]).idle).toEqual([
    'create configmaps eni-config (kube-system)',
  ]);
});
