import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { API_VERSION, type HybridNetworkSpec, KIND, PLURAL } from '../../src/api/hybrid-network.ts';
import { problemsOf, RULES } from '../../src/plan/validate.ts';
import { type ControlPlane, startControlPlane } from '../cluster/control-plane.ts';
import { anySpec } from '../support/any-spec.ts';
import { untilEstablished } from '../support/established.ts';

let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane({
    name: 'validation',
    auditLog: false,
    without: ['kube-controller-manager', 'kube-scheduler', 'kwok'],
  });
  await plane.mustKubectl(['apply', '-k', 'crds']);
  await untilEstablished(plane);
}, 600_000);

afterAll(async () => {
  await plane?.stop();
});

interface Answer {
  readonly details?: { readonly causes?: readonly { readonly field: string; readonly message: string }[] };
}

const messages = RULES.flatMap((rules) => rules.messages);

/** `path: message` of every rule that the API server finds broken; what else it says stays as it is. */
async function verdictOfTheServer(spec: HybridNetworkSpec): Promise<readonly string[]> {
  const object = { apiVersion: API_VERSION, kind: KIND, metadata: { name: 'idc' }, spec };
  const { body } = await plane.api.request('POST', `/apis/${API_VERSION}/${PLURAL}?dryRun=All`, object);
  const causes = (body as Answer).details?.causes ?? [];
  return causes.map(({ field, message }) => {
    const said = messages.find((text) => message.endsWith(`: ${text}`));
    return `${field}: ${said ?? message}`;
  });
}

describe('the API server and the plan', () => {
  it('come to the same verdict on any spec', async () => {
    const broken = new Map(messages.map((message) => [message, 0]));
    await fc.assert(
      fc.asyncProperty(anySpec, async (spec) => {
        const problems = problemsOf(spec);
        for (const { message } of problems) broken.set(message, (broken.get(message) ?? 0) + 1);
        const own = problems.map(({ path, message }) => `${path}: ${message}`);
        expect(own.toSorted()).toEqual((await verdictOfTheServer(spec)).toSorted());
      }),
      { numRuns: 2000, seed: 1 },
    );
    expect([...broken].filter(([, times]) => times < 10)).toEqual([]);
  }, 120_000);
});
