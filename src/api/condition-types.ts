// Every condition type that the operator can put into a status, as docs/conditions.md lists them.

export const CONDITION_TYPES = {
  Ready:
    'The sum of all others. True: everything asked for is in place. False: a person is needed. Unknown: work is under way or the operator cannot tell.',
  Stalled: 'Present and True when nothing will change until a person acts. Absent otherwise.',
  Reconciling: 'Present and True while work is under way or is being retried. Absent otherwise.',
  TerwayPlaced: 'Terway can run on cloud nodes only. Guarded before everything else.',
  OnPremisesIsolated:
    'The on-premises container network, its companions and the listed workloads are kept off cloud nodes (and virtual nodes).',
  OverlayReady:
    'Scenario Overlay: the pods of the on-premises CNI are Ready on every cloud node, and Terway is not beside them.',
  CredentialsSynced: 'kube-system/alibaba-addon-secret holds the access key that it should hold.',
  CredentialsValid:
    'The cloud takes the access key, which was tried before it was published; the message says whether pods may still run with an earlier one. Unknown where it cannot be tried, on which Ready does not depend. Absent where the cloud is not asked (`spec.cloud.validation`).',
  ENIConfigSynced: 'kube-system/eni-config says what the object says, and Terway can read it.',
  TerwayReady:
    'Terway’s pods are ready on the Ready cloud nodes, and run with what stands in eni-config and its Secret.',
  CloudValidated:
    'No check of severity error fails in what ECS and VPC say of the object, and of its addresses. Unknown while they are not asked or cannot be; Ready does not depend on that, unless they have been silent for two minutes.',
  CleanupNeeded:
    'Present and True when cloud nodes have to be re-imaged, because the network plug-in of the other scenario ran on them; the message names them. Absent otherwise. Ready does not depend on it.',
  CloudJoinReady:
    'The next cloud node may come: isolation, placement, Secret and eni-config are in force and nobody fights over them. Automation that adds nodes waits for it.',
} as const;

export type ConditionType = keyof typeof CONDITION_TYPES;
