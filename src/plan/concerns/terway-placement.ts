// Terway runs on cloud nodes only. On an on-premises node it would flush Calico's iptables chains and take over the CNI
// configuration, so this is guarded first, on every event, waits for nothing, and is never taken back.
import { CLOUD_LABEL, CLOUD_VALUE, doubtfulNodes, kindOfNode } from '../nodes.ts';
import { CONTENT_HASH_ANNOTATION, HOLD_ANNOTATION } from '../../api/annotations.ts';
import type { HybridNetwork } from '../../api/hybrid-network.ts';
import type { WorkloadPatch } from '../actions.ts';
import { claimsTerway, isEnforcing, mirroredKeys, terwayKey } from '../claims.ts';
import type { Claims } from '../claims.ts';
import { notRequired } from '../concern.ts';
import type { Concern, Verdict } from '../concern.ts';
import { isExcluded, exclusionsFor, requiresCloud } from '../exclusion.ts';
import { workloadKey } from '../facts.ts';
import type { Facts, PodTemplate, Workload } from '../facts.ts';
import { holdOf } from '../hold.ts';
import { swapKeys } from '../json-patch.ts';
import { managerOf } from '../managers.ts';
import { firstNote } from '../rollout/next-step.ts';
import { ownTerway } from '../terway.ts';
import { count } from '../wording.ts';

const OFF_CLOUD = exclusionsFor({ excludeVirtualNodes: false });

export const terwayPlacement: Concern = {
  name: 'terway-placement',
  condition: 'TerwayPlaced',

  plan(facts, claims) {
    const { network } = facts;
    if (!claimsTerway(network))
      return notRequired('Scenario Overlay runs the on-premises CNI on cloud nodes.');
    const own = ownTerway(facts, claims);
    return own.state === 'found' ? judge(facts, own.terway) : awaited(network, own.verdict);
  },

  // Placement stays: a Terway without it would spread over the on-premises nodes. Only the hold ends, with its owner.
  unplan(facts: Facts, claims: Claims): Verdict {
    const verdict = terwayPlacement.plan(facts, claims);
    return { ...verdict, actions: verdict.actions.filter((action) => action.class === 'guard') };
  },
};

// What does not exist is listed all the same, under the network in charge of it: the guard at admission knows by that which
// DaemonSet to place as it is created.
function awaited(network: HybridNetwork, verdict: Verdict): Verdict {
  if (verdict.reason !== 'DaemonSetNotFound') return verdict;
  const key = terwayKey(network);
  const [, namespace = '', name = ''] = key.split('/');
  const state = mirroredKeys(network).has(key) ? 'Gone' : 'Absent';
  return { ...verdict, workloads: [{ kind: 'DaemonSet', namespace, name, state }] };
}

function misplacedPods(facts: Facts, terway: Workload): number {
  const wrong = new Set(facts.nodes.filter((node) => kindOfNode(node) !== 'cloud').map(({ name }) => name));
  return (facts.podsOf(terway) ?? []).filter(({ nodeName }) => nodeName !== undefined && wrong.has(nodeName))
    .length;
}

function judge(facts: Facts, terway: Workload): Verdict {
  const isPlaced = requiresCloud(terway.template);
  const misplaced = misplacedPods(facts, terway);
  const action = isPlaced && holdOf(terway) === 'cloud-only' ? undefined : place(facts, terway, isPlaced);
  const common = {
    inForce: isPlaced,
    actions: action === undefined ? [] : [action],
    misplacedPods: misplaced,
    warnings: doubtfulNodes(facts.nodes).slice(0, 5),
    workloads: [
      {
        kind: terway.kind,
        namespace: terway.namespace,
        name: terway.name,
        ...managerField(terway),
        state: isPlaced && isEnforcing(facts.network) ? ('Held' as const) : ('Waiting' as const),
      },
    ],
  };
  if (!isPlaced) {
    return {
      ...common,
      health: 'working',
      reason: 'Progressing',
      message: `Terway may run on every node until nodeSelector ${CLOUD_LABEL}=${CLOUD_VALUE} stands in its template.`,
    };
  }
  return { ...common, ...placedVerdict(terway, misplaced) };
}

function placedVerdict(terway: Workload, misplaced: number): Pick<Verdict, 'health' | 'reason' | 'message'> {
  if (isNowhere(terway.template)) {
    return {
      health: 'failed',
      reason: 'ExcludedFromCloud',
      message: `The node affinity of DaemonSet ${terway.namespace}/${terway.name} excludes every node with ${CLOUD_LABEL}=${CLOUD_VALUE}, so Terway runs nowhere. Remove the requirement on ${CLOUD_LABEL} from its nodeSelectorTerms.`,
    };
  }
  if (misplaced > 0) {
    return {
      health: 'working',
      reason: 'PodsLeaving',
      message: `${count(misplaced, 'pod')} of Terway still on nodes that are no cloud nodes; the DaemonSet controller is removing them.`,
    };
  }
  return { health: 'ok', reason: 'Placed', message: 'Terway can run on cloud nodes only.' };
}

// Somebody applied the exclusion that is meant for the on-premises CNI to Terway itself.
function isNowhere(template: PodTemplate): boolean {
  const { nodeSelector: _, ...spec } = template.spec;
  return spec.affinity !== undefined && isExcluded({ spec }, OFF_CLOUD);
}

function managerField(workload: Workload): { readonly manager?: string } {
  const manager = managerOf(workload);
  return manager.name === 'none' ? {} : { manager: manager.name };
}

function place(facts: Facts, terway: Workload, isPlaced: boolean): WorkloadPatch {
  const { network } = facts;
  const noted = firstNote(facts, terway);
  const nodeSelector = { ...terway.template.spec.nodeSelector, [CLOUD_LABEL]: CLOUD_VALUE };
  const selectorPatch = swapKeys('/spec/template/spec/nodeSelector', terway.template.spec.nodeSelector, {
    [CLOUD_LABEL]: CLOUD_VALUE,
  });
  const isRepair =
    !isPlaced && (holdOf(terway) !== undefined || mirroredKeys(network).has(workloadKey(terway)));
  return {
    kind: 'workload.patch',
    verb: 'PlaceOnCloud',
    class: isPlaced ? 'record' : 'guard',
    ...(isRepair ? { isRepair } : {}),
    workload: terway,
    patch: [
      { op: 'test', path: '/metadata/uid', value: terway.uid },
      ...(isPlaced ? [] : selectorPatch),
      ...swapKeys('/metadata/annotations', terway.hasAnnotations ? terway.annotations : undefined, {
        [HOLD_ANNOTATION]: 'cloud-only',
        ...(noted === undefined ? {} : { [CONTENT_HASH_ANNOTATION]: noted }),
      }),
    ],
    ...(noted === undefined ? {} : { notesContent: true }),
    template: isPlaced ? undefined : { ...terway.template, spec: { ...terway.template.spec, nodeSelector } },
    widens: false,
    why: whyPlace(isPlaced, isRepair),
  };
}

function whyPlace(isPlaced: boolean, isRepair: boolean): string {
  if (isPlaced) return 'Terway stands on cloud nodes only and shall be held there.';
  const selector = `${CLOUD_LABEL}=${CLOUD_VALUE}`;
  if (isRepair)
    return `Somebody removed ${selector} from Terway's template, so it could run on on-premises nodes.`;
  return `Terway's template does not ask for ${selector}, so it could run on on-premises nodes.`;
}
