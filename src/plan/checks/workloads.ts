// Who runs where. The concerns of the operator have judged it already; their verdicts are told here as checks.
import { claimsOf } from '../claims.ts';
import { onPremisesIsolation } from '../concerns/on-premises-isolation.ts';
import { terwayPlacement } from '../concerns/terway-placement.ts';
import type { Verdict } from '../concern.ts';
import type { Facts } from '../facts.ts';
import { keepOff } from '../keep-off.ts';
import { kindOfNode } from '../nodes.ts';
import type { NodeKind } from '../nodes.ts';
import { allTerwayPods } from '../plug-ins.ts';
import { count, listed } from '../wording.ts';
import { clusterOf } from './check-facts.ts';
import type { Check } from './check.ts';
import { failed, given, notApplicable, passed, unchecked, unless } from './outcome.ts';
import type { Outcome } from './outcome.ts';

function claimed(facts: Facts) {
  return claimsOf(facts.networks, facts.workloads).onPremisesOf(facts.network).workloads;
}

function misplaced(facts: Facts): Outcome {
  const isUnread = claimed(facts).some((workload) => facts.podsOf(workload) === undefined);
  if (isUnread || allTerwayPods(facts) === undefined) return unchecked('Not all pods can be read.');
  const claims = claimsOf(facts.networks, facts.workloads);
  const verdicts: readonly Verdict[] = [onPremisesIsolation, terwayPlacement].map((one) =>
    one.plan(facts, claims),
  );
  return unless(
    verdicts
      .filter(({ misplacedPods = 0 }) => misplacedPods > 0)
      .map(
        ({ misplacedPods = 0, message }) => `${count(misplacedPods, 'pod')} on the wrong side: ${message}`,
      ),
  );
}

const podsInPlace: Check = {
  id: 'C60',
  title: 'No pod of a network plug-in is on a node of the other side',
  severity: 'error',
  needs: ['spec', 'cluster'],
  remedy:
    'Let the operator act (spec.enforcement: Enforce). Where a pod stays all the same, see the message of its condition.',
  evaluate: (facts) => given(clusterOf(facts), misplaced),
};

function isolated(facts: Facts): Outcome {
  if (facts.network.spec.scenario === 'Overlay') {
    return notApplicable('Scenario Overlay runs the on-premises CNI on cloud nodes.');
  }
  const verdict = onPremisesIsolation.plan(facts, claimsOf(facts.networks, facts.workloads));
  return verdict.inForce ? passed() : failed(verdict.message);
}

const templatesExclude: Check = {
  id: 'C61',
  title: 'The templates of the on-premises network keep it off cloud nodes',
  severity: 'error',
  needs: ['spec', 'cluster'],
  remedy: 'Let the operator act (spec.enforcement: Enforce), and see the condition OnPremisesIsolated.',
  evaluate: (facts) => given(clusterOf(facts), isolated),
};

function owners(facts: Facts): Outcome {
  const judged = claimed(facts).map((workload) => keepOff(facts.network, workload, facts.nodes));
  const snippets = judged.flatMap(({ problem }) =>
    problem?.reason === 'ManagedElsewhere' ? [problem.message] : [],
  );
  if (snippets.length > 0) {
    const names = judged.filter(({ problem }) => problem?.reason === 'ManagedElsewhere');
    return failed(
      `Owned by somebody who would revert a change: ${listed(names.map(({ workload }) => `${workload.namespace}/${workload.name}`))}.`,
      { remedy: snippets.join('\n') },
    );
  }
  return passed();
}

const ownersKnown: Check = {
  id: 'C62',
  title: 'What the on-premises network needs can be written where it lasts',
  severity: 'warning',
  needs: ['spec', 'cluster'],
  remedy: 'Set the affinity where the owner takes it.',
  evaluate: (facts) => given(clusterOf(facts), owners),
};

function dnsSides(facts: Facts): Outcome {
  const dns = facts.workloads.filter(
    ({ kind, name, selector }) =>
      kind === 'Deployment' && (name === 'coredns' || selector.matchLabels?.['k8s-app'] === 'kube-dns'),
  );
  const kinds = new Map(facts.nodes.map((node) => [node.name, kindOfNode(node)]));
  if (![...kinds.values()].includes('cloud')) return notApplicable('There is no cloud node yet.');
  if (dns.length === 0) return notApplicable('No CoreDNS was found.');
  const pods = dns.map((one) => facts.podsOf(one));
  if (pods.includes(undefined)) return unchecked('The pods of CoreDNS cannot be read.');
  const sides = new Set(
    pods
      .flatMap((list) => list ?? [])
      .flatMap(({ ready, nodeName = '' }) => (ready ? (kinds.get(nodeName) ?? []) : [])),
  );
  const bare = (['cloud', 'onPremises'] as const).filter((side: NodeKind) => !sides.has(side));
  return unless(
    bare.map(
      (side) => `No ready pod of CoreDNS is on ${side === 'cloud' ? 'a cloud' : 'an on-premises'} node.`,
    ),
  );
}

const dnsOnBothSides: Check = {
  id: 'C64',
  title: 'CoreDNS has a replica on each side',
  severity: 'warning',
  needs: ['cluster'],
  remedy:
    'Give CoreDNS a topologySpreadConstraint over alibabacloud.com/external, or a second Deployment for cloud nodes: otherwise every lookup crosses the link.',
  evaluate: (facts) => given(clusterOf(facts), dnsSides),
};

export const WORKLOADS: readonly Check[] = [podsInPlace, templatesExclude, ownersKnown, dnsOnBothSides];
