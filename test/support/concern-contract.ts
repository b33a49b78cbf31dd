// The contract that every concern keeps, whatever the cluster looks like: it comes to rest, it decides the same on the
// same facts, it touches nothing that is not its own, it takes back what it added, and it may be killed at any moment.
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ADDED_ANNOTATION, CONTENT_HASH_ANNOTATION, HOLD_ANNOTATION } from '../../src/api/annotations.ts';
import { REASONS } from '../../src/api/conditions.ts';
import type { HybridNetworkStatus } from '../../src/api/hybrid-network.ts';
import type { Action } from '../../src/plan/actions.ts';
import { nameOf, targetOf } from '../../src/plan/actions.ts';
import { termsOf } from '../../src/plan/affinity.ts';
import { claimsOf } from '../../src/plan/claims.ts';
import type { Concern, Verdict } from '../../src/plan/concern.ts';
import { parseObject } from '../../src/plan/eni/json-text.ts';
import type { JsonObject } from '../../src/plan/eni/json-text.ts';
import { KNOWN_KEYS } from '../../src/plan/eni/keys.ts';
import { exclusionsFor } from '../../src/plan/exclusion.ts';
import type { Facts, NodeSelectorTerm, PodTemplate, Workload } from '../../src/plan/facts.ts';
import { anyWorld } from './any-world.ts';
import { FakeWorld } from './fake-world.ts';
import type { WorldContent } from './fake-world.ts';
import { configMap } from './make-facts.ts';

const RUNS = { numRuns: 150 };
const EXCLUSIONS = exclusionsFor({ excludeVirtualNodes: true });

function judge(concern: Concern, facts: Facts, which: 'plan' | 'unplan' = 'plan'): Verdict {
  return concern[which](facts, claimsOf(facts.networks, facts.workloads));
}

/** What of the verdict stands in the status that the operator would publish. */
function publish(world: FakeWorld, { workloads = [] }: Verdict): void {
  const own = world.network();
  const status: HybridNetworkStatus = {
    observedGeneration: own.metadata.generation,
    workloads: [...workloads],
  };
  world.setNetwork({ ...own, status });
}

interface Rest {
  readonly verdict: Verdict;
  readonly rounds: number;
  readonly actions: readonly Action[];
}

/** Does everything that the concern asks for, until it asks for nothing. */
function settle(concern: Concern, world: FakeWorld, which: 'plan' | 'unplan' = 'plan'): Rest {
  const actions: Action[] = [];
  for (let rounds = 0; ; rounds += 1) {
    const verdict = judge(concern, world.facts(world.network()), which);
    if (which === 'plan') publish(world, verdict);
    if (verdict.actions.length === 0 || rounds === 5) return { verdict, rounds, actions };
    for (const action of verdict.actions) world.apply(action);
    actions.push(...verdict.actions);
  }
}

function isDecisionOf(verdict: Verdict): unknown {
  const { health, reason, message, inForce, misplacedPods } = verdict;
  const actions = verdict.actions.map((action) => JSON.stringify([nameOf(targetOf(action)), action]));
  const workloads = (verdict.workloads ?? []).map((one) => JSON.stringify(one));
  return {
    health,
    reason,
    // A message lists names, and the order of a list may follow the order of the facts.
    message: message.split('').toSorted(),
    inForce,
    misplacedPods,
    actions: actions.toSorted(),
    workloads: workloads.toSorted(),
  };
}

function shuffled(facts: Facts): Facts {
  return {
    ...facts,
    networks: facts.networks.toReversed(),
    nodes: facts.nodes.toReversed(),
    workloads: facts.workloads.toReversed(),
  };
}

// What others wrote into a template: everything but the terms and the one label of the nodeSelector.
function foreignPart({ spec, ...template }: PodTemplate): unknown {
  const { nodeSelector = {}, affinity, ...others } = spec;
  const { 'alibabacloud.com/external': _, ...labels } = nodeSelector;
  const { nodeAffinity = {}, ...kinds } = affinity ?? {};
  const { requiredDuringSchedulingIgnoredDuringExecution: __, ...preferences } = nodeAffinity;
  return { ...template, ...others, labels, kinds, preferences };
}

// A term may only have grown by exclusions at its end.
function isGrownFrom(before: NodeSelectorTerm, after: NodeSelectorTerm): boolean {
  const [old, now] = [before.matchExpressions ?? [], after.matchExpressions ?? []];
  const added = now.slice(old.length);
  return (
    JSON.stringify(before.matchFields) === JSON.stringify(after.matchFields) &&
    JSON.stringify(now.slice(0, old.length)) === JSON.stringify(old) &&
    added.every((one) => EXCLUSIONS.some((ours) => JSON.stringify(ours) === JSON.stringify(one)))
  );
}

function expectOnlyExclusionsAdded(before: Workload, after: Workload): void {
  const [old, now] = [before, after].map(({ template }) => termsOf(template.spec.affinity));
  if (old === undefined) {
    for (const term of now ?? []) expect(isGrownFrom({}, term)).toBe(true);
    return;
  }
  expect(now).toHaveLength(old.length);
  for (const [n, term] of old.entries()) expect(isGrownFrom(term, now?.[n] ?? {})).toBe(true);
}

function foreignAnnotations({
  annotations,
}: {
  readonly annotations: Readonly<Record<string, string>>;
}): unknown {
  const {
    [HOLD_ANNOTATION]: _,
    [ADDED_ANNOTATION]: __,
    [CONTENT_HASH_ANNOTATION]: ___,
    ...others
  } = annotations;
  return others;
}

function expectForeignWorkloadPartKept(before: Workload, after: Workload): void {
  expect(foreignAnnotations(after)).toEqual(foreignAnnotations(before));
  expect(foreignPart(after.template)).toEqual(foreignPart(before.template));
  expectOnlyExclusionsAdded(before, after);
}

function expectForeignSecretsKept(before: WorldContent, after: FakeWorld): void {
  for (const [key, value] of before.addonSecret?.data ?? []) {
    if (!key.startsWith('access-key-')) expect(after.addonSecret?.[key]).toBe(value.reveal());
  }
}

function expectForeignDataKept(before: WorldContent, after: FakeWorld): void {
  const [old, now] = [before.eniConfig ?? configMap({}), after.eniConfig ?? configMap({})];
  expect(foreignAnnotations(now)).toEqual(foreignAnnotations(old));
  expect(now.data['foreign.conf']).toBe(old.data['foreign.conf']);
  const [was, is] = [old, now].map(({ data }) => parseObject(data['eni_conf'] ?? '{}'));
  if (was?.state !== 'object') {
    expect(now.data['eni_conf']).toBe(old.data['eni_conf']);
    return;
  }
  expectForeignKeysKept(was.value, is?.state === 'object' ? is.value : {});
}

function expectForeignKeysKept(was: JsonObject, is: JsonObject): void {
  const foreign = Object.keys(was).filter((key) => !KNOWN_KEYS.includes(key));
  for (const key of foreign) expect(is[key]).toEqual(was[key]);
  const common = Object.keys(was).filter((key) => key in is);
  expect(Object.keys(is).filter((key) => common.includes(key))).toEqual(common);
}

/** Runs the contract for one concern. A new concern is one call. */
export function keepsTheContract(concern: Concern): void {
  describe(`the concern ${concern.name}`, () => {
    test('comes to rest after one round, well or with a stated reason', () => {
      fc.assert(
        fc.property(anyWorld, (content) => {
          const { verdict, rounds } = settle(concern, new FakeWorld(content));
          expect(rounds).toBeLessThanOrEqual(1);
          expect(verdict.isAside === true ? ['unknown', 'ok', 'failed'] : ['ok', 'failed']).toContain(
            verdict.health,
          );
          expect(Object.keys(REASONS)).toContain(verdict.reason);
          expect(verdict.message).toMatch(/^\S[^]*\S$/);
          if (verdict.health === 'ok') expect(verdict.inForce).toBe(true);
        }),
        RUNS,
      );
    });

    test('decides the same on the same facts, in whatever order they come', () => {
      fc.assert(
        fc.property(anyWorld, (content) => {
          const world = new FakeWorld(content);
          const facts = world.facts(world.network());
          expect(judge(concern, facts)).toEqual(judge(concern, facts));
          expect(isDecisionOf(judge(concern, shuffled(facts)))).toEqual(isDecisionOf(judge(concern, facts)));
        }),
        RUNS,
      );
    });

    test('leaves everything alone that is not its own', () => {
      fc.assert(
        fc.property(anyWorld, (content) => {
          const world = new FakeWorld(content);
          const { actions } = settle(concern, world);
          const touched = new Set(actions.map((action) => nameOf(targetOf(action))));
          for (const before of content.workloads) {
            const after = world.workload(before.name);
            const isTouched = touched.has(`${before.kind} ${before.namespace}/${before.name}`);
            if (!isTouched) expect(after).toEqual(before);
            expectForeignWorkloadPartKept(before, after);
          }
          for (const name of ['kube-proxy', 'spire-agent']) {
            expect([...touched].filter((one) => one.endsWith(`/${name}`))).toEqual([]);
          }
          expectForeignSecretsKept(content, world);
          expectForeignDataKept(content, world);
        }),
        RUNS,
      );
    });

    test('takes back exactly what it added', () => {
      fc.assert(
        fc.property(anyWorld, (content) => {
          const world = new FakeWorld(content);
          settle(concern, world);
          const back = settle(concern, world, 'unplan');
          expect(back.verdict.actions).toEqual([]);
          for (const before of content.workloads.filter(({ name }) => name !== 'terway-eniip')) {
            const after = world.workload(before.name);
            expect(after.template).toEqual(before.template);
            expect(JSON.stringify(after.template)).toBe(JSON.stringify(before.template));
            expect(after.annotations).toEqual(before.annotations);
            expect([after.updateStrategy, after.rollingUpdate]).toEqual([
              before.updateStrategy,
              before.rollingUpdate,
            ]);
            expect(after.managers).toEqual(before.managers);
          }
        }),
        RUNS,
      );
    });

    test('killed after any write and started again, it ends where it would have ended', () => {
      fc.assert(
        fc.property(anyWorld, fc.nat(4), (content, survived) => {
          const calm = new FakeWorld(content);
          settle(concern, calm);
          const killed = new FakeWorld(content);
          const { actions } = judge(concern, killed.facts(killed.network()));
          for (const action of actions.slice(0, survived)) killed.apply(action);
          settle(concern, killed);
          expect(killed.content()).toEqual(calm.content());
        }),
        RUNS,
      );
    });

    test('killed in the middle of taking back, it ends where it would have ended', () => {
      fc.assert(
        fc.property(anyWorld, fc.nat(4), (content, survived) => {
          const [calm, killed] = [new FakeWorld(content), new FakeWorld(content)];
          for (const world of [calm, killed]) settle(concern, world);
          settle(concern, calm, 'unplan');
          const { actions } = judge(concern, killed.facts(killed.network()), 'unplan');
          for (const action of actions.slice(0, survived)) killed.apply(action);
          settle(concern, killed, 'unplan');
          expect(killed.content()).toEqual(calm.content());
        }),
        RUNS,
      );
    });
  });
}
