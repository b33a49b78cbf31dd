// The policies of deploy/guard are written in CEL, and src/plan says what is right: both are asked the same, thousands of times.
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ADDED_ANNOTATION, HOLD_ANNOTATION } from '../../src/api/annotations.ts';
import type { PodTemplate } from '../../src/plan/facts.ts';
import type { ApiResponse } from '../cluster/api.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { eventually } from '../support/eventually.ts';
import { anyHeld, anyUpdate, planned, restored, shown } from '../support/guard-cases.ts';
import type { Answer, Held, Update } from '../support/guard-cases.ts';

const SEED = 20_261_125;
const PLURALS = { DaemonSet: 'daemonsets', Deployment: 'deployments', StatefulSet: 'statefulsets' } as const;

let plane: ControlPlane;

interface Stored {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly template: PodTemplate };
}

function objectOf(name: string, { kind }: Held, template: PodTemplate, annotations: object | undefined) {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: 'default', ...(annotations === undefined ? {} : { annotations }) },
    spec: {
      selector: { matchLabels: labels },
      ...(kind === 'DaemonSet' ? {} : { replicas: 0 }),
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      template: {
        metadata: { labels },
        spec: { ...template.spec, containers: [{ name: 'main', image: 'example.com/agent:v1' }] },
      },
    },
  };
}

function pathOf({ kind }: Held, name = ''): string {
  return `/apis/apps/v1/namespaces/default/${PLURALS[kind]}/${name}`;
}

async function send(name: string, held: Held, { template, by }: Update): Promise<ApiResponse> {
  const path = `${pathOf(held, name)}?dryRun=All`;
  if (by === 'replace' || by === 'replace with the annotations') {
    const annotations = by === 'replace' ? undefined : held.annotations;
    return await plane.api.request('PUT', path, objectOf(name, held, template, annotations));
  }
  const { spec } = objectOf(name, held, template, undefined);
  const edit = [
    { op: 'replace', path: '/spec/template', value: spec.template },
    ...(by === 'edit' ? [] : [{ op: 'remove', path: '/metadata/annotations' }]),
  ];
  return await plane.api.request('PATCH', path, edit, { contentType: 'application/json-patch+json' });
}

function answerOf(body: unknown): Answer {
  const { metadata, spec } = body as Stored;
  return { template: spec.template, annotations: metadata.annotations ?? {} };
}

const placement = ({ template: { spec } }: Answer): unknown =>
  shown({ nodeSelector: spec.nodeSelector ?? {}, affinity: spec.affinity });

function at<T>(list: readonly T[], n: number): T {
  const found = list[n];
  if (found === undefined) throw new Error(`there is no number ${n}`);
  return found;
}

/** Several requests at a time, in no order. */
async function inFlight<T>(items: readonly T[], count: number, work: (item: T) => Promise<void>) {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.pop(); item !== undefined; item = rest.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: count }, worker));
}

beforeAll(async () => {
  plane = await startControlPlane({
    name: 'guard-agreement',
    auditLog: false,
    without: ['kube-controller-manager', 'kube-scheduler', 'kwok'],
  });
  await plane.mustKubectl(['apply', '-k', 'crds']);
  await plane.mustKubectl(['apply', '-k', 'deploy/guard']);
}, 600_000);

afterAll(async () => {
  await plane?.stop();
});

describe('an update to a held workload', () => {
  const pool = fc.sample(anyHeld, { numRuns: 40, seed: SEED });
  const names = pool.map((_, n) => `held-${n}`);

  beforeAll(async () => {
    for (const [n, held] of pool.entries()) {
      await plane.api.call(
        'POST',
        pathOf(held),
        objectOf(names[n] ?? '', held, held.template, held.annotations),
      );
    }
    const first = pool.findIndex(({ hold }) => hold !== 'cloud-only');
    await eventually(
      async () => {
        const held = pool[first];
        if (held === undefined) throw new Error('no workload is kept off cloud nodes');
        const { body } = await send(names[first] ?? '', held, { template: { spec: {} }, by: 'replace' });
        return answerOf(body).annotations[HOLD_ANNOTATION] === held.hold;
      },
      { what: 'the policies are in force', timeoutMs: 30_000 },
    );
  }, 60_000);

  it('comes out as the plan would repair it, and as Restore can undo it, 2,000 times', async () => {
    const cases = fc.sample(fc.tuple(fc.nat({ max: pool.length - 1 }), anyUpdate), {
      numRuns: 2000,
      seed: SEED,
    });
    const counts = { refused: 0, corrected: 0, left: 0 };
    await inFlight(cases, 6, async ([n, update]) => {
      const held = at(pool, n);
      const { status, body } = await send(names[n] ?? '', held, update);
      const context = JSON.stringify({ held, update, body });
      const expected = planned(held, update.template, undefined);
      expect({ status, context }).toEqual({ status: expected === undefined ? 422 : 200, context });
      if (expected === undefined) {
        counts.refused += 1;
        return;
      }
      const answer = answerOf(body);
      const asked = { template: update.template, annotations: {} };
      counts[isDeepStrictEqual(placement(asked), placement(expected)) ? 'left' : 'corrected'] += 1;
      expect({ is: placement(answer), context }).toEqual({ is: placement(expected), context });
      expect(answer.annotations[HOLD_ANNOTATION]).toBe(held.hold);
      if (held.hold === 'cloud-only') return;
      // Restore leaves what was sent, or what it would leave after a repair by the operator itself: of two expressions of
      // the very same words, the owner's and ours, the record cannot always tell which is which.
      const repaired = planned(held, update.template, held.annotations[ADDED_ANNOTATION]);
      const ways = [asked, ...(repaired === undefined ? [] : [repaired])];
      expect({ is: ways.map((one) => shown(restored(one))), context }).toEqual({
        is: expect.arrayContaining([shown(restored(answer))]),
        context,
      });
    });
    expect(Object.entries(counts).filter(([, count]) => count < 100)).toEqual([]);
  }, 180_000);
});
