// Whether a spec makes sense, whatever the API server thought of it: Kubernetes 1.24 drops the CEL rules of the CRD, and
// an object that was stored before a rule existed was never measured by it. So each rule stands here once more, path by
// path as in crds/hybridnetworks.yaml and in its words. A unit test holds the two lists together, and an integration test
// has the API server and this table judge the same specs.
import type { HybridNetwork, HybridNetworkSpec } from '../api/hybrid-network.ts';
import { acrossRules } from './validation/across.ts';
import { rangeProblems } from './validation/cidr.ts';
import { eniConfigRules } from './validation/eni-config.ts';
import type { Problem, RuleSet } from './validation/rule.ts';
import { workloadRules } from './validation/workloads.ts';

export type { Problem } from './validation/rule.ts';

export const RULES: readonly RuleSet[] = [...acrossRules, ...workloadRules, ...eniConfigRules];

/** A spec is never changed in place, and every decision asks. */
const known = new WeakMap<HybridNetworkSpec, readonly Problem[]>();

/** Everything that is wrong with the spec; nothing if it can be acted upon. */
export function problemsOf(spec: HybridNetworkSpec): readonly Problem[] {
  const problems = known.get(spec) ?? [
    ...RULES.flatMap((rules) => rules.problemsIn(spec)),
    ...rangeProblems(spec),
  ];
  known.set(spec, problems);
  return problems;
}

/** As {@link problemsOf}; what does not even fit the schema stands before it, for rules speak about specs that do. */
export function problemsIn({ spec, misfits = [] }: HybridNetwork): readonly Problem[] {
  return misfits.length > 0 ? misfits : problemsOf(spec);
}
