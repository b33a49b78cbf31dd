import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { KubeRequest } from '../../../src/kube/call.ts';
import { GuardView } from '../../../src/kube/guard-view.ts';
import { GUARD_POLICIES } from '../../../src/plan/guard.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { serverError } from './fake-api.ts';

const MINUTES = 60_000;

/** An API server with policies in it, by path. */
class PolicyServer {
  readonly objects = new Map<string, object>();
  readonly asked: string[] = [];
  refusesWith: number | undefined = undefined;

  install(name: string, binding: object | undefined, kind = 'validating'): void {
    const base = `/apis/admissionregistration.k8s.io/v1/${kind}admissionpolic`;
    this.objects.set(`${base}ies/${name}`, {});
    if (binding === undefined) this.objects.delete(`${base}ybindings/${name}`);
    else this.objects.set(`${base}ybindings/${name}`, { spec: binding });
  }

  async request<T>({ path }: KubeRequest): Promise<T> {
    this.asked.push(path);
    if (this.refusesWith === 403) {
      const message = `User "x" cannot get resource "policies" in API group "a" at the cluster scope`;
      throw serverError({ status: 403, reason: 'Forbidden', message }, path);
    }
    if (this.refusesWith !== undefined) throw serverError({ status: this.refusesWith }, path);
    const found = this.objects.get(path);
    if (found === undefined) throw serverError({ status: 404, reason: 'NotFound' }, path);
    return found as T;
  }
}

describe('the policies of the guard', () => {
  let server: PolicyServer;
  let clock: FakeClock;
  let view: GuardView;
  let news: number;

  beforeEach(() => {
    server = new PolicyServer();
    clock = new FakeClock();
    news = 0;
    view = new GuardView({ client: server, clock, onChange: () => (news += 1) });
  });

  afterEach(async () => {
    await view.stop();
  });

  test('are unknown before the first answer, and absent after one refusal', async () => {
    server.refusesWith = 403;
    expect(view.observed).toEqual({ state: 'unknown' });
    view.start();
    await settle();
    expect(view.observed).toEqual({ state: 'absent' });
    expect(server.asked).toHaveLength(1);
  });

  test('are found with their bindings, and one that goes or comes is noticed within minutes', async () => {
    const hold = { policyName: 'hybridnetwork-hold' };
    server.install('hybridnetwork-hold', hold, 'mutating');
    server.install('hybridnetwork-node-label', undefined);
    view.start();
    await settle();
    const held = { kind: 'MutatingAdmissionPolicy', name: 'hybridnetwork-hold', actions: [] };
    const label = { kind: 'ValidatingAdmissionPolicy', name: 'hybridnetwork-node-label' };
    expect(view.observed).toEqual({
      state: 'present',
      object: [
        { ...held, bindsTo: 'hybridnetwork-hold' },
        { ...label, actions: [] },
      ],
    });
    const deny = { policyName: 'hybridnetwork-node-label', validationActions: ['Deny'] };
    server.install('hybridnetwork-node-label', deny);
    server.install('hybridnetwork-hold', undefined, 'mutating');
    await clock.advance(2 * MINUTES);
    expect(view.observed).toEqual({
      state: 'present',
      object: [held, { ...label, bindsTo: 'hybridnetwork-node-label', actions: ['Deny'] }],
    });
    expect(news).toBe(2);
  });

  test('that stay as they are tell nothing, and cost a few requests in two minutes', async () => {
    view.start();
    await clock.advance(20 * MINUTES);
    expect(news).toBe(1);
    expect(server.asked).toHaveLength(11 * GUARD_POLICIES.length);
  });

  test('stay what they were while the API server does not answer', async () => {
    view.start();
    await settle();
    server.refusesWith = 500;
    await clock.advance(10 * MINUTES);
    expect(view.observed).toEqual({ state: 'present', object: [] });
    expect(news).toBe(1);
    await view.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
