// Whether a workload is the part that a description means.
import type { Workload } from '../facts.ts';
import type { Marks, Part } from './contract.ts';

type Labels = Readonly<Record<string, string>>;

function isSubset(wanted: Labels | undefined, labels: Labels | undefined): boolean {
  return Object.entries(wanted ?? {}).every(([key, value]) => labels?.[key] === value);
}

function fits(marks: Marks, workload: Workload): boolean {
  return (
    isSubset(marks.selector, workload.selector.matchLabels) &&
    isSubset(marks.labels, workload.labels) &&
    (marks.name?.test(workload.name) ?? true) &&
    (marks.namespace === undefined || marks.namespace === workload.namespace)
  );
}

export function isPart(part: Part, workload: Workload): boolean {
  return part.kind === workload.kind && part.anyOf.some((marks) => fits(marks, workload));
}

/**
 * antrea-agent-windows and the Windows builds of flannel carry the selector of the Linux agents. They follow their
 * CNI, but they do not prove that it runs the network of the Linux nodes.
 */
export function isForWindows(workload: Workload): boolean {
  return (
    workload.template.spec.nodeSelector?.['kubernetes.io/os'] === 'windows' || /windows/.test(workload.name)
  );
}

function marksOf({ name, selector }: Workload): readonly string[] {
  const { app, 'k8s-app': k8sApp } = selector.matchLabels ?? {};
  return [name, app, k8sApp].filter((mark) => mark !== undefined);
}

/** kubeadm: k8s-app=kube-proxy; kube-proxy-windows counts as well. */
export function isKubeProxy(workload: Workload): boolean {
  return marksOf(workload).some((mark) => /^kube-proxy(-|$)/.test(mark));
}

/** terway-eniip (app=terway-eniip) and the other modes. */
export function isTerway(workload: Workload): boolean {
  return marksOf(workload).some((mark) => /^terway(-|$)/.test(mark));
}

/** Why no selector of a CNI may catch it, however it is labelled; undefined for all other workloads. */
export function neverKeptOff(workload: Workload): string | undefined {
  if (isKubeProxy(workload)) return 'Terway needs kube-proxy on cloud nodes';
  if (isTerway(workload)) return 'Terway is the network of the cloud nodes';
  return undefined;
}
