// What a person should know about the networks of a cluster and what its workloads prove. Advice only: nothing waits
// for it. What would have to be read elsewhere (cilium-config, the command line of kube-router) is not guessed at.
import { exclusionsFor, isExcluded } from '../exclusion.ts';
import type { Workload } from '../facts.ts';
import { BYSTANDERS } from './bystanders.ts';
import type { CniFinding } from './contract.ts';
import { CNIS } from './index.ts';
import { isForWindows, isKubeProxy, isPart } from './matching.ts';

const OFF_CLOUD = exclusionsFor({ excludeVirtualNodes: false });

function place({ kind, namespace, name }: Workload): string {
  return `${kind} ${namespace}/${name}`;
}

function isOnCloud(workload: Workload): boolean {
  return !isExcluded(workload.template, OFF_CLOUD);
}

// A type that is given hides the agents of another CNI, which keep running on cloud nodes.
function otherCnis(finding: CniFinding, workloads: readonly Workload[]): readonly string[] {
  if (finding.state !== 'found') return [];
  return CNIS.filter(({ name }) => name !== finding.cni.name).flatMap(({ name, agents }) =>
    workloads
      .filter((workload) => agents.some((part) => isPart(part, workload)) && !isForWindows(workload))
      .filter(isOnCloud)
      .map(
        (workload) =>
          `${place(workload)} looks like ${name} and may run on cloud nodes. List it in spec.onPremises.workloads to keep it off.`,
      ),
  );
}

function toAsk(workloads: readonly Workload[]): readonly string[] {
  return BYSTANDERS.filter(({ verdict }) => verdict === 'Ask').flatMap((part) =>
    workloads
      .filter((workload) => isPart(part, workload) && isOnCloud(workload))
      .map(
        (workload) =>
          `${place(workload)} (${part.what}) may run on cloud nodes: ${part.why}. List it in spec.onPremises.workloads to keep it off.`,
      ),
  );
}

/**
 * Without kube-proxy a cloud node has no Services, unless Terway's DataPathV2 replaces it. That none is there proves
 * nothing: RKE2, k3s and others run it outside of workloads.
 */
export function kubeProxies(workloads: readonly Workload[]): readonly string[] {
  return workloads
    .filter((workload) => isKubeProxy(workload) && !isForWindows(workload))
    .flatMap((workload) => {
      // tigera/operator pkg/render/node.go: the label by which it switches kube-proxy off for Calico's eBPF.
      const isDisabled =
        'operator.tigera.io/disable-kube-proxy' in (workload.template.spec.nodeSelector ?? {});
      if (isDisabled) {
        return [
          `${place(workload)} is switched off by nodeSelector operator.tigera.io/disable-kube-proxy, and Terway needs it: set that label to "true" on cloud nodes only.`,
        ];
      }
      if (isOnCloud(workload)) return [];
      return [
        `${place(workload)} is kept off cloud nodes, and Terway needs it there: take that out of its affinity.`,
      ];
    });
}

/** Sentences for a person, in the order of the catalogue and of the names. */
export function warningsFor(finding: CniFinding, workloads: readonly Workload[]): readonly string[] {
  const living = workloads
    .filter(({ deleting }) => !deleting)
    .toSorted((a, b) => (place(a) < place(b) ? -1 : 1));
  return [...kubeProxies(living), ...otherCnis(finding, living), ...toAsk(living)];
}
