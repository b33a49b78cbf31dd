// Every reason that the operator can put into a status: one table, from which docs/conditions.md is generated. A reason
// is a promise to scripts; a new one is a line here.
import { CLOUD_REASONS } from './cloud-reasons.ts';
import type { ReasonText } from './reason-text.ts';
import { KEY_REASONS } from './key-reasons.ts';
import { SCENARIO_REASONS } from './scenario-reasons.ts';

export { CONDITION_TYPES } from './condition-types.ts';
export type { ConditionType } from './condition-types.ts';

export const REASONS = {
  // Work
  Pending: {
    meaning: 'The object was just created and the operator has not seen it yet.',
    remedy: 'If it stays: is the operator running? `kubectl -n hybridnetwork-system get deploy,lease`',
  },
  Progressing: { meaning: 'First writes or a first rollout are under way.' },
  ProgressingWithRetry: {
    meaning: 'A request to the API server failed and is being retried.',
    remedy: 'If it stays for minutes, read the message: it names the request that fails.',
  },
  RolloutInProgress: {
    meaning:
      'A DaemonSet is rolling out, or has unavailable pods on Ready nodes that it keeps; no first write is made into it meanwhile.',
    remedy: 'Wait for the rollout, mend the pods, or approve the plan by its hash to go ahead regardless.',
  },
  RollingOut: {
    meaning: 'Terway’s pods are being replaced; the message names how far it is and which node is awaited.',
  },
  PodsNotReady: {
    meaning: 'Pods of Terway on Ready cloud nodes are missing or not Ready yet; the message names the nodes.',
  },
  PodsLeaving: {
    meaning: 'The exclusion is in force; pods are still leaving the nodes that they may not run on.',
  },
  Observing: { meaning: 'An object that the decision depends on has not been read yet.' },
  // Good
  Reconciled: { meaning: 'Everything that the object asks for is in place.' },
  Isolated: { meaning: 'Every workload is kept on its side by what the operator holds.' },
  AlreadyIsolated: {
    meaning: 'Every workload stays on its side by its own template; the operator wrote nothing.',
  },
  Placed: { meaning: 'Terway can run on cloud nodes only.' },
  Synced: { meaning: 'The object holds what it should hold.' },
  Available: { meaning: 'Terway’s pods are ready, and run with what stands now.' },
  NotRequired: { meaning: 'The scenario does not ask for this.' },
  // A person is needed
  Suspended: {
    meaning: '`spec.suspend` is true: the operator keeps its hands off, and holds are released.',
    remedy: 'Set `spec.suspend: false`.',
  },
  PlanPending: {
    meaning: '`spec.enforcement` is Observe and there is something to do; `status.plan` says what.',
    remedy: 'Set `spec.enforcement: Enforce`, or change the objects yourself.',
  },
  ApprovalRequired: {
    meaning:
      'The change restarts or evicts more pods than `spec.approveAbove`, or lets a container network onto nodes that it was kept off. Nothing of it is written and what was held stays held.',
    remedy: 'Read `status.plan`, then annotate the object with the hash that the message gives.',
    stalls: true,
  },
  DeletionBlocked: {
    meaning:
      'The object is being deleted with `deletionPolicy: Restore` while cloud or virtual nodes exist (or while it may not write). Everything stays held.',
    remedy:
      'Approve by the hash that the message gives, remove the cloud nodes, or set `deletionPolicy: Retain` to leave everything in place.',
    stalls: true,
  },
  TerwayStillRuns: {
    meaning:
      'The on-premises network would be let onto nodes where Terway runs, or for which its DaemonSet is still there. Two network plug-ins on one node break each other, so nothing is written.',
    remedy:
      'Drain and remove those nodes, delete the DaemonSet of Terway, and let the nodes join again, re-imaged. Under HostNetwork: uninstall the on-premises CNI, or go back to BGP.',
    stalls: true,
  },
  ManagedElsewhere: {
    meaning:
      'The exclusion is not in force and a direct write would not last: another manager renders the object and would revert it.',
    remedy: 'Place the snippet in the message where it says.',
    stalls: true,
  },
  Conflict: {
    meaning: 'An older HybridNetwork claims the same target; the oldest one is in charge.',
    remedy: 'Delete one of the two, or change the younger one so that it does not claim the target.',
    stalls: true,
  },
  FieldManagerConflict: {
    meaning:
      'Somebody else keeps undoing what the operator holds. After three repairs within ten minutes the next ones are delayed, by 100 ms at first and by twice as much each time, up to five minutes; Terway’s placement by one second at most. It is over once nobody has touched the field for ten minutes.',
    remedy:
      'The message names the other writer where the object tells. Stop it, or have it set what the operator sets: then nobody has to write.',
    stalls: true,
  },
  InvalidSpec: {
    meaning:
      'The spec contradicts itself or does not fit its schema. The API server refuses such an object, unless it is an old one that drops rules, or the object was stored before the schema asked for it.',
    remedy:
      'Change the spec as the message says. Meanwhile Terway stays guarded and what was held stays held.',
    stalls: true,
  },
  Forbidden: {
    meaning: 'The operator lacks a right.',
    remedy: 'Run the command in the message. The right is looked for again every minute.',
    stalls: true,
  },
  Refused: {
    meaning: 'The API server refused a write, and the same write would be refused again.',
    remedy: 'Read the message of the API server; an admission policy of the cluster is the usual cause.',
    stalls: true,
  },
  DaemonSetNotFound: {
    meaning: 'There is no Terway DaemonSet of that name in kube-system. It is guarded as soon as it appears.',
    remedy: 'Install the terway-eniip add-on, or set `spec.terway.daemonSet.name`.',
  },
  NotTerway: {
    meaning:
      '`spec.terway.daemonSet.name` names a workload of an on-premises CNI, or kube-proxy. Placing it on cloud nodes would take it from the data center, so it is not touched.',
    remedy: 'Set `spec.terway.daemonSet.name` to the DaemonSet of Terway.',
    stalls: true,
  },
  ExcludedFromCloud: {
    meaning: 'Terway can run on no cloud node: its own node affinity excludes them.',
    remedy: 'Remove the requirement that the message names from the node affinity of the Terway DaemonSet.',
    stalls: true,
  },
  CNINotFound: {
    meaning:
      'No on-premises CNI was found among the workloads of the cluster. It is looked after as soon as it appears.',
    remedy:
      'Set `spec.onPremises.cni.type` if it is installed under an unusual name, or `None` if the nodes need none. A CNI inside the k3s process cannot be kept off.',
  },
  AmbiguousCNI: {
    meaning: 'More than one on-premises CNI was found.',
    remedy: 'Set `spec.onPremises.cni.type` to the one that is in use, and remove the other.',
    stalls: true,
  },
  WorkloadRequiresCloud: {
    meaning: 'A workload that shall be kept off cloud nodes can run nowhere else.',
    remedy: 'Remove it from `spec.onPremises.workloads`, or its requirement from its template.',
    stalls: true,
  },
  WorkloadProtected: {
    meaning: 'kube-proxy and Terway are never kept off cloud nodes.',
    remedy: 'Remove it from `spec.onPremises.workloads`.',
    stalls: true,
  },
  WorkloadParked: {
    meaning:
      'Every nodeSelectorTerm of the workload is empty, so it matches no node; filling one would let it run.',
    remedy: 'Give the term a requirement, or remove the node affinity.',
    stalls: true,
  },
  PodsOnWrongNodes: {
    meaning:
      'The exclusion is in force, but pods stay on nodes that they may not run on and nothing will move them.',
    remedy: 'Delete the pods that the message names.',
  },
  SecretNotFound: {
    meaning: 'The Secret with the access key does not exist.',
    remedy: 'Create it; the message gives the command.',
    stalls: true,
  },
  SecretKeyMissing: {
    meaning: 'The Secret lacks `access-key-id` or `access-key-secret`, or one of them is empty.',
    remedy: 'Add the key; the message gives the command.',
    stalls: true,
  },
  SecretMalformed: {
    meaning:
      'A value in the Secret cannot be an access key: white space, a placeholder or a character that no access key has.',
    remedy:
      'Write each value into a file by `printf %s`, and the Secret anew by the command in the message, so that no key stands in the history of the shell.',
    stalls: true,
  },
  ConfigMapNotFound: {
    meaning:
      'kube-system/eni-config does not exist, and without `spec.terway.eniConfig` nobody says what to put into it.',
    remedy: 'Set `spec.terway.eniConfig`, or install the terway-eniip add-on.',
    stalls: true,
  },
  ConfigMapMalformed: {
    meaning:
      'eni_conf or 10-terway.conf is no JSON object that can be edited without losing something, and is never overwritten; or a value in it is of the wrong type, or an id with a character that no id has.',
    remedy: 'Mend it with `kubectl -n kube-system edit cm eni-config`; the message says where it breaks.',
    stalls: true,
  },
  Placeholder: {
    meaning:
      'A value in eni-config still is a template placeholder such as `{{.ServiceCIDR}}`; Terway would use it literally.',
    remedy: 'Set the field in `spec.terway.eniConfig`, or edit the ConfigMap.',
    stalls: true,
  },
  IncompleteConfig: {
    meaning: 'eni-config lacks something that Terway cannot start or allocate without.',
    remedy: 'Set the field that the message names in `spec.terway.eniConfig`, or edit the ConfigMap.',
    stalls: true,
  },
  RestartDue: {
    meaning:
      'Pods of Terway started before eni-config or the access key changed, and the operator may not restart them (`spec.terway.restartOnChange: false`, or updateStrategy OnDelete).',
    remedy: 'Run the command in the message when it suits you.',
    stalls: true,
  },
  RolloutDeadlineExceeded: {
    meaning: 'Pods of Terway are not ready, and nothing has moved for 10 minutes.',
    remedy:
      'Mend or remove the nodes that the message names; it goes on by itself as soon as a pod is replaced or Ready.',
    stalls: true,
  },
  ImmutableInPractice: {
    meaning:
      'A value in effect would change that running cloud nodes cannot follow (service_cidr, eni_tags, data path). It is left as it is.',
    remedy:
      'Set the spec back to the value in effect, or remove the cloud nodes first and let them join again afterwards.',
    stalls: true,
  },
  ...KEY_REASONS,
  ...SCENARIO_REASONS,
  ...CLOUD_REASONS,
} as const satisfies Record<string, ReasonText>;

export type Reason = keyof typeof REASONS;

/** Nothing changes until a person acts. */
export function stalls(reason: Reason): boolean {
  const text: ReasonText = REASONS[reason];
  return text.stalls === true;
}
