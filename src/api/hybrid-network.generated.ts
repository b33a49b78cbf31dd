// Generated from crds/hybridnetworks.yaml by `npm run generate`. Do not edit.

/**
 * How the pods of both sides reach each other. Required.
 * Overlay: the on-premises CNI tunnels (Flannel VXLAN, Calico IPIP, Cilium VXLAN) and runs on the cloud nodes as well. The operator verifies its pods there, reports Terway beside them, and writes nothing.
 * BGP: the on-premises CNI announces routes (Calico route reflector, Cilium BGP) and is kept off the cloud nodes; Terway runs on the cloud nodes only.
 * HostNetwork: on-premises pods use the network of their node, there is no on-premises CNI; Terway runs on the cloud nodes only.
 * A change that lets a network onto nodes that it was kept off waits for approval while cloud nodes exist. None leaves a node with two network plug-ins, or takes the only one from a node in service: such nodes are drained and re-imaged first.
 */
export type Scenario = 'Overlay' | 'BGP' | 'HostNetwork';
/**
 * Whether the operator acts. Default: Enforce.
 * Enforce: what the spec says is made true and kept true.
 * Observe: the plan stands in status.plan and nothing is written, except that earlier holds of this object are released (their annotation is taken off, no pod restarts).
 */
export type Enforcement = 'Enforce' | 'Observe';
/**
 * What happens when this object is deleted. Default: Retain.
 * Retain: everything stays in place; deleting or pruning the object harms nobody.
 * Restore: exactly what the operator added is removed from the on-premises workloads, under a finalizer. While cloud or virtual nodes exist this waits for approval; changing to Retain releases the object at once.
 * Under either policy Terway stays on cloud nodes, and eni-config and alibaba-addon-secret stay as they are.
 */
export type DeletionPolicy = 'Retain' | 'Restore';
/**
 * Which CNI runs on-premises. Default: Auto.
 * Auto: it is found by its workloads (DaemonSet calico-node, cilium, kube-flannel-ds, …), never by CRDs that are lying about.
 * A name: that CNI is looked for, and expected to be there.
 * None: there is none that the operator knows; scenario BGP then needs onPremises.workloads.
 */
export type CNIType =
  'Auto' | 'Calico' | 'Canal' | 'Cilium' | 'Flannel' | 'KubeRouter' | 'Antrea' | 'KubeOVN' | 'None';
/**
 * Which of a zone's vSwitches a new network interface gets; Terway's own words, key vswitch_selection_policy of eni_conf. Absent: what is in place is kept, ordered where eni_conf is created.
 * ordered: the one with the most free addresses, not the first of the list.
 * random and most: any of them; Terway treats most as random.
 */
export type VSwitchSelectionPolicy = 'ordered' | 'random' | 'most';
/**
 * How pods are attached to the network; key eniip_virtual_type in 10-terway.conf. Default: none, what is in place is kept.
 * Veth: a pair of virtual interfaces and routes, on every kernel.
 * DataPathV2: eBPF, Terway 1.8 and newer.
 * IPVLAN: Terway older than 1.8; newer ones turn it into DataPathV2 on new nodes.
 * It takes effect on new nodes only, and a value in effect cannot change once cloud nodes run.
 */
export type Datapath = 'Veth' | 'DataPathV2' | 'IPVLAN';
/**
 * Whether Terway enforces NetworkPolicies on cloud nodes; key disable_network_policy of eni-config. Default: none, what is in effect is kept and written out.
 * An absent key means Enabled to Terway, so the operator always writes it.
 * Once cloud nodes run, a value that stands there is not changed; an absent key is still written.
 */
export type NetworkPolicyMode = 'Enabled' | 'Disabled';
/**
 * Whether the access key also stands inside eni_conf, where everybody who may read ConfigMaps sees it. Default: Auto.
 * Auto: only where Terway's DaemonSet does not mount alibaba-addon-secret (Terway older than 1.8).
 * Always: yes, whatever the version of Terway.
 * Never: the keys in eni_conf are left blank.
 */
export type InENIConfig = 'Auto' | 'Always' | 'Never';
/**
 * Whether vSwitches, security groups, routes, instance types and the access key are checked against ECS and VPC, by calls that read only. Absent: Warn where regionID is set, otherwise Disabled.
 * Disabled: the operator calls no cloud API at all.
 * Warn: what the checks find stands in the condition CloudValidated and in status.checks.
 * Enforce: besides, eni-config and alibaba-addon-secret are not written for the first time, nor with a change, while a check of severity error fails. Placement, isolation and the repair of what drifted never wait.
 * Nothing is asked without an identity to ask with. What the cloud does not answer is never taken for wrong.
 */
export type ValidationMode = 'Disabled' | 'Warn' | 'Enforce';
/**
 * Whether it holds. Unknown means that it could not be found out yet.
 */
export type ConditionStatus = 'True' | 'False' | 'Unknown';
/**
 * Updates of what is held get back what they drop (deploy/guard/hold.yaml).
 * InPlace: the policy and its binding stand, and the binding enforces it.
 * Absent: one of them is missing, or deploy/guard was not applied.
 */
export type GuardState = 'InPlace' | 'Absent';
/**
 * What it waits for. Absent where it waits for nothing.
 * Approval: for the annotation hybrid.alibabacloud.com/approve with plan.hash.
 * Rollout: until the workload is no longer rolling out and its pods are available on the nodes that it keeps; an approval overrides it.
 * Terway: until Terway has left the nodes that the action would let the on-premises network onto; no approval overrides it.
 * Plugin: until the nodes on which it is the only network plug-in are drained, removed, or run Terway; no approval overrides it.
 */
export type WaitsFor = 'Approval' | 'Rollout' | 'Terway' | 'Plugin';
/**
 * Held: the operator has put it on its side and keeps it there.
 * Contested: it is held, and somebody else keeps undoing that; the message says who. It may stand wrong at any moment.
 * Satisfied: it stays on its side by its own template, the operator has written nothing.
 * Waiting: a change is due and waits for approval or for a rollout.
 * ManagedElsewhere: its manager would revert the change; the message gives what to set there.
 * Refused: it cannot be kept on its side, for example because it requires cloud nodes.
 * Absent: it is listed and does not exist; it is put on its side once it appears.
 * Gone: it was held until somebody deleted it; once it is back it is put right without waiting.
 * Withdrawing: it is no longer asked for, and what was added is about to be removed.
 * Released: the hold was given up and what was added stays in place.
 */
export type WorkloadState =
  | 'Held'
  | 'Contested'
  | 'Satisfied'
  | 'Waiting'
  | 'ManagedElsewhere'
  | 'Refused'
  | 'Absent'
  | 'Gone'
  | 'Withdrawing'
  | 'Released';

export interface HybridNetworkFields {
  spec: HybridNetworkSpec;
  status?: HybridNetworkStatus;
}
/**
 * What shall be true. Everything but `scenario` has a default.
 */
export interface HybridNetworkSpec {
  scenario: Scenario;
  enforcement?: Enforcement;
  /**
   * Break-glass: true makes the operator take its hands off everything that this object names, until it is false again. Default: false.
   * What is in place stays in place, nothing is repaired, holds are released and no pod restarts.
   */
  suspend?: boolean;
  deletionPolicy?: DeletionPolicy;
  /**
   * The number of pods that a first write or a change of the spec may restart or evict before it waits for approval. Default: 10.
   * 0 makes every change that restarts a pod wait. Repair of what is already held never waits, nor does Terway's placement.
   * A waiting change stands in status.plan; `kubectl annotate hn NAME hybrid.alibabacloud.com/approve=HASH` with status.plan.hash lets it go ahead.
   */
  approveAbove?: number;
  onPremises?: OnPremisesSpec;
  terway?: TerwaySpec;
  credentials?: CredentialsSpec;
  cloud?: CloudSpec;
}
/**
 * The data center's side, what belongs to its container network and which addresses it uses.
 */
export interface OnPremisesSpec {
  cni?: CNISpec;
  /**
   * More on-premises workloads to keep off cloud nodes, besides the CNI and its companions: log agents, CSI node plugins, BGP speakers. Scenarios BGP and HostNetwork only. Default: none.
   * Those that appear later are found as well. A workload that leaves the list gives up its exclusion; while cloud nodes exist that waits for approval.
   * Example: {kind: DaemonSet, namespace: monitoring, name: node-exporter}.
   *
   * @maxItems 64
   */
  workloads?: WorkloadSelector[];
  /**
   * How the DaemonSets that are kept off take the change. Default: RollingUpdate.
   * RollingUpdate: as their owners have set it up; each of their on-premises pods is restarted once.
   * OnDelete: no on-premises pod is restarted, pods leave cloud nodes all the same. spec.updateStrategy of the DaemonSet is set to OnDelete in the same change, and given back when its owner next changes the pod template, when this field says RollingUpdate again, and by Restore.
   * Deployments and StatefulSets restart under either. A DaemonSet that Argo CD, Flux or k3s renders keeps its strategy: set it there. Under deletionPolicy Retain and under suspend it stays OnDelete.
   */
  updateStrategy?: 'RollingUpdate' | 'OnDelete';
  /**
   * Whether what is kept off cloud nodes is kept off virtual nodes as well (label type=virtual-kubelet). Default: true. Both exclusions are written in one change, so that the CNI restarts once.
   */
  excludeVirtualNodes?: boolean;
  /**
   * The IPv4 ranges of the on-premises pods, for example [10.100.0.0/16]. The operator checks that they overlap neither nodeCIDRs nor terway.eniConfig.serviceCIDR nor each other. Default: none, nothing is compared.
   *
   * @maxItems 128
   *
   * Items: An IPv4 range with a prefix length of 8 to 32, for example 10.100.0.0/16.
   */
  podCIDRs?: string[];
  /**
   * The IPv4 ranges of the on-premises nodes, for example [192.168.0.0/24]. The operator checks that they overlap neither podCIDRs nor terway.eniConfig.serviceCIDR nor each other. Default: none, nothing is compared.
   *
   * @maxItems 128
   *
   * Items: An IPv4 range with a prefix length of 8 to 32, for example 192.168.0.0/24.
   */
  nodeCIDRs?: string[];
}
/**
 * The container network of the on-premises nodes.
 */
export interface CNISpec {
  type?: CNIType;
  /**
   * Companions of the CNI that shall be left alone, although they usually follow it off the cloud nodes (csi-node-driver with calico-node, cilium-envoy with cilium). Scenario BGP only. Default: none.
   * Example: {kind: Deployment, namespace: kube-system, name: calico-typha}.
   *
   * @maxItems 32
   */
  exceptCompanions?: CompanionReference[];
}
/**
 * One companion by kind, namespace and name.
 */
export interface CompanionReference {
  /**
   * The kind of the workload, all of them in the API group apps.
   */
  kind: 'DaemonSet' | 'Deployment' | 'StatefulSet';
  /**
   * The namespace of the workload, for example kube-system.
   */
  namespace: string;
  /**
   * The name of the workload, for example csi-node-driver.
   */
  name: string;
}
/**
 * Workloads of one kind in one namespace, by exactly one of name or labelSelector.
 */
export interface WorkloadSelector {
  /**
   * The kind of the workload, all of them in the API group apps.
   */
  kind: 'DaemonSet' | 'Deployment' | 'StatefulSet';
  /**
   * The namespace of the workload. Outside kube-system the operator needs a RoleBinding to the ClusterRole hybridnetwork-operator-workloads there; where it is missing the condition gives the command.
   */
  namespace: string;
  /**
   * The name of the one workload that is meant, for example node-exporter. Leave it out where labelSelector is set.
   */
  name?: string;
  labelSelector?: LabelSelector;
}
/**
 * Selects the workloads by their own labels (not by the labels of their pods), in place of name. Both parts must match. It must not be empty.
 */
export interface LabelSelector {
  /**
   * Labels that the workload must carry with exactly these values, for example {team: storage}.
   */
  matchLabels?: {
    /**
     * The value of the label.
     */
    [k: string]: string;
  };
  /**
   * Requirements for the labels of the workload, all of which must hold.
   *
   * @maxItems 16
   */
  matchExpressions?: LabelSelectorRequirement[];
}
/**
 * One requirement for one label.
 */
export interface LabelSelectorRequirement {
  /**
   * The key of the label, for example app.kubernetes.io/name.
   */
  key: string;
  /**
   * How the label is compared. In and NotIn need values; NotIn and DoesNotExist also match where the label is absent.
   */
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /**
   * The values that In and NotIn compare with, for example [storage, backup].
   *
   * @maxItems 32
   *
   * Items: One value of the label.
   */
  values?: string[];
}
/**
 * The cloud's side, Terway and its configuration. BGP and HostNetwork claim its DaemonSet, its ConfigMap eni-config and its Secret alibaba-addon-secret, all in kube-system; Overlay claims them only where eniConfig is set.
 */
export interface TerwaySpec {
  /**
   * The DaemonSet that runs Terway. It is kept on cloud nodes, and cloud nodes only, before anything else is written.
   */
  daemonSet?: {
    /**
     * Its name in the namespace kube-system. Default, and the name that the ACK add-on uses, is terway-eniip.
     */
    name?: string;
  };
  eniConfig?: ENIConfigSpec;
  datapath?: Datapath;
  networkPolicy?: NetworkPolicyMode;
  /**
   * Restart Terway's pods, one after the other, when something that they read has changed: eni-config or the access key, which they read only when they start. Default: true.
   * false: the condition TerwayReady says that a restart is due, and gives the command.
   */
  restartOnChange?: boolean;
}
/**
 * The content of eni_conf in the ConfigMap kube-system/eni-config. With it, the ConfigMap is created where it is absent, and the keys named here are held; other keys, key order and formatting are kept.
 * Absent: the live eni_conf is adopted and checked, and never created.
 * Terway reads it at start, so restart its pods after a change (kubectl -n kube-system rollout restart daemonset terway-eniip); existing network interfaces keep their vSwitch, security groups and tags.
 */
export interface ENIConfigSpec {
  /**
   * The vSwitches that pods get their addresses from, by zone; key vswitches of eni_conf. Absent: vSwitchIDs names them; one of the two must be set.
   * Give at least one for every zone with cloud nodes: in a zone that is missing here Terway silently takes the vSwitch of the node. A vSwitch lies in one zone.
   * Example: {cn-hangzhou-h: [vsw-bp1s5fnvk4gn2tws03624]}.
   */
  vSwitches?: {
    /**
     * The vSwitches of one zone.
     *
     * @minItems 1
     * @maxItems 10
     *
     * Items: The ID of a vSwitch, for example vsw-bp1s5fnvk4gn2tws03624.
     */
    [k: string]: string[];
  };
  /**
   * The vSwitches that pods get their addresses from, in place of vSwitches: their zones are looked up in the VPC, with the access key of Terway, and written to key vswitches of eni_conf. It needs cloud.regionID. Absent: vSwitches names them.
   * As long as the zone of one of them is not known, the vswitches that stand in eni_conf stay, and eni_conf is not created.
   * Example: [vsw-bp1s5fnvk4gn2tws03624].
   *
   * @minItems 1
   * @maxItems 64
   *
   * Items: The ID of a vSwitch, for example vsw-bp1s5fnvk4gn2tws03624.
   */
  vSwitchIDs?: string[];
  /**
   * The security groups of new network interfaces, 1 to 10 of the same type in the VPC of the cloud nodes; key security_groups of eni_conf. Required. Example: [sg-bp1cx4zrx7nfpu6aoxlw].
   *
   * @minItems 1
   * @maxItems 10
   *
   * Items: The ID of a security group, for example sg-bp1cx4zrx7nfpu6aoxlw.
   */
  securityGroupIDs: string[];
  /**
   * The IPv4 range of the cluster's Services (--service-cluster-ip-range); key service_cidr of eni_conf. Example: 172.16.0.0/16.
   * Absent: what is in place is kept, and Terway otherwise reads it from kubeadm's own ConfigMap. A value in effect cannot change once cloud nodes run.
   */
  serviceCIDR?: string;
  /**
   * Tags of new network interfaces; key eni_tags of eni_conf. Example: {ack.aliyun.com: c1234}, the ID of the registered cluster.
   * Absent: what is in place is kept. A value in effect cannot change once cloud nodes run.
   */
  eniTags?: {
    /**
     * The value of the tag, at most 128 characters, none of them a control character.
     */
    [k: string]: string;
  };
  /**
   * How many idle addresses each node keeps ready at least; key min_pool_size of eni_conf. Absent: what is in place is kept, 0 where eni_conf is created.
   */
  minPoolSize?: number;
  /**
   * How many idle addresses each node keeps at most, not less than minPoolSize; key max_pool_size of eni_conf. Absent: what is in place is kept, 5 where eni_conf is created.
   */
  maxPoolSize?: number;
  vSwitchSelectionPolicy?: VSwitchSelectionPolicy;
}
/**
 * The access key that Terway calls the cloud with. It is held in the Secret kube-system/alibaba-addon-secret, which other add-ons share and which is never deleted.
 */
export interface CredentialsSpec {
  /**
   * A Secret in the operator's own namespace (hybridnetwork-system) with the keys access-key-id and access-key-secret, whose values are copied to alibaba-addon-secret whenever they change.
   * Where the cloud is asked (cloud.validation) a new key is tried first: one that the cloud refuses is not copied, and the last good one stays.
   * Absent: alibaba-addon-secret is itself the source and is only checked.
   */
  secretRef?: {
    /**
     * The name of the Secret, for example ram-user.
     */
    name: string;
  };
  inENIConfig?: InENIConfig;
}
/**
 * Where in Alibaba Cloud the cloud nodes live, and how far the operator asks the cloud.
 */
export interface CloudSpec {
  /**
   * The region of the cloud nodes, for example cn-hangzhou: where ECS and VPC are asked. Every zone in terway.eniConfig.vSwitches must lie in it. Absent: with validation Warn or Enforce the region that all cloud nodes are in by their providerID; otherwise none, and nothing is asked.
   */
  regionID?: string;
  /**
   * The VPC of the cloud nodes, for example vpc-bp1s5fnvk4gn2tws03624. Absent: the one that the vSwitches of eni_conf lie in, or else the instances of the cloud nodes.
   */
  vpcID?: string;
  /**
   * A Secret in the operator's own namespace (hybridnetwork-system) with the keys access-key-id and access-key-secret of an identity that may only read: the checks ask ECS and VPC with it, and nothing else does. It is never copied anywhere.
   * Where the Secret is missing or holds no key, nothing is asked, the condition CloudValidated says so, and under validation Enforce nothing is written for the first time or with a change.
   * Absent: the checks ask with the identity of the operator's process where it has one (docs/options.md), or else with the key that Terway works with.
   */
  credentialsRef?: {
    /**
     * The name of the Secret, for example cloud-reader.
     */
    name: string;
  };
  validation?: ValidationMode;
  /**
   * How many cloud nodes there may be one day: the forecast of addresses counts with it (check C14, status.zones). Default: none, no further nodes are counted with.
   */
  maxNodes?: number;
  /**
   * Checks that are not asked, by their ids, for example [C15, C17]; docs/checks.md lists them all. Default: none.
   *
   * @maxItems 64
   *
   * Items: The id of a check, for example C15.
   */
  skipChecks?: string[];
}
/**
 * What the operator found and did. Written by the operator only, and only when it changes.
 */
export interface HybridNetworkStatus {
  /**
   * The metadata.generation that this status speaks about. An older one means that the operator has yet to look at the last change.
   */
  observedGeneration?: number;
  /**
   * Ready sums up: True, everything is in place; False, a person is needed; Unknown, the operator is at work or not there. `kubectl wait --for=condition=Ready hn/NAME` waits for it.
   * Reconciling stands here while there is work under way, Stalled where nothing changes until somebody acts. The others speak about one concern each, for example OnPremisesIsolated or TerwayPlaced.
   *
   * @maxItems 16
   */
  conditions?: Condition[];
  nodes?: NodeCounts;
  /**
   * Pods of the held workloads that are on a node of the wrong side right now. 0 once everything is in place.
   */
  misplacedPods?: number;
  guard?: GuardStatus;
  /**
   * The zones of eni_conf and the addresses that are free there, as the cloud last said. Absent while the cloud is not asked. Of more than 16 the first ones are shown.
   *
   * @maxItems 16
   */
  zones?: ZoneStatus[];
  /**
   * Addresses that are free for pods in all zones together. Absent while the cloud is not asked.
   */
  freeIPs?: number;
  /**
   * The checks of the cloud side that failed, the heaviest first; docs/checks.md lists them all. Of more than 32 the first ones are shown.
   *
   * @maxItems 32
   */
  checks?: CheckStatus[];
  capacity?: CapacityStatus;
  plan?: PlanStatus;
  /**
   * Cloud nodes on which the network plug-in of the other scenario has run, as far as the operator has seen it; the condition CleanupNeeded is made of it. A node leaves the list with its Node object. Of more than 256 the ones known longest are kept.
   *
   * @maxItems 256
   */
  pluginHistory?: PluginTrace[];
  /**
   * The workloads that this object keeps on their side, Terway included, and those that it is asked to keep there but cannot. Of more than 256 the first ones are shown.
   *
   * @maxItems 256
   */
  workloads?: WorkloadStatus[];
}
/**
 * One statement about the object.
 */
export interface Condition {
  /**
   * What the condition speaks about, for example Ready.
   */
  type: string;
  status: ConditionStatus;
  /**
   * The metadata.generation that the condition speaks about.
   */
  observedGeneration?: number;
  /**
   * When status last changed, in RFC 3339. 1970 means that the operator has not written it yet.
   */
  lastTransitionTime: string;
  /**
   * The cause in one word for programs, for example ApprovalRequired.
   */
  reason: string;
  /**
   * The cause for people, and what to do, where something is to be done.
   */
  message: string;
}
/**
 * How many nodes of each sort the cluster has.
 */
export interface NodeCounts {
  /**
   * Nodes with the label alibabacloud.com/external=true.
   */
  cloud: number;
  /**
   * Nodes that are neither cloud nor virtual nodes.
   */
  onPremises: number;
  /**
   * Nodes with the label type=virtual-kubelet.
   */
  virtual: number;
}
/**
 * Which policies of the optional admission guard (deploy/guard, or deploy/guard-validating) are in place. It is looked up every two minutes.
 * Without them everything is repaired as soon as it is seen; with them the wrong change is not even stored.
 */
export interface GuardStatus {
  hold: GuardState;
  /**
   * Workloads that this object waits for are put on their side as they are created (deploy/guard/first-sight.yaml).
   * InPlace: the policy and its binding stand, and the binding enforces it.
   * Absent: one of them is missing, or deploy/guard was not applied.
   */
  firstSight: 'InPlace' | 'Absent';
  /**
   * Nodes keep the label that fits their providerID (deploy/guard-validating/node-label.yaml).
   * InPlace: the policy and its binding stand, and the binding enforces it.
   * Absent: one of them is missing, or deploy/guard was not applied.
   */
  nodeLabel: 'InPlace' | 'Absent';
  /**
   * Updates that send what is held to the wrong side are refused (deploy/guard-validating/refuse-update.yaml).
   * InPlace: the policy and its binding stand, and the binding enforces it.
   * Absent: one of them is missing, or deploy/guard was not applied.
   */
  refuseUpdate: 'InPlace' | 'Absent';
  /**
   * Terway is not created without the node selector for cloud nodes (deploy/guard-validating/refuse-create.yaml).
   * InPlace: the policy and its binding stand, and the binding enforces it.
   * Absent: one of them is missing, or deploy/guard was not applied.
   */
  refuseCreate: 'InPlace' | 'Absent';
}
/**
 * One zone and its vSwitches.
 */
export interface ZoneStatus {
  /**
   * The ID of the zone, for example cn-hangzhou-h.
   */
  zone: string;
  /**
   * Its vSwitches in eni_conf that exist.
   *
   * @maxItems 64
   *
   * Items: The ID of a vSwitch.
   */
  vSwitches: string[];
  /**
   * Addresses that are free in these vSwitches together.
   */
  freeIPs: number;
  /**
   * Addresses that the nodes to come, up to cloud.maxNodes, take here when every one of them is full. Absent without cloud.maxNodes, and where no instance type is known.
   */
  neededIPs?: number;
}
/**
 * One check that failed.
 */
export interface CheckStatus {
  /**
   * The id of the check, for example C12.
   */
  id: string;
  /**
   * How heavy it is.
   * error: pods will fail.
   * warning: some may, or only under circumstances.
   * info: advice.
   */
  severity: 'error' | 'warning' | 'info';
  /**
   * What was found, in full sentences.
   */
  message: string;
  /**
   * What to do about it.
   */
  remediation?: string;
}
/**
 * How many pods Terway has addresses for on the cloud nodes, by its own formulas; pods of the host network come on top. Absent while no instance type is known.
 */
export interface CapacityStatus {
  /**
   * On all cloud nodes together.
   */
  pods: number;
  /**
   * The cloud nodes that are counted, those whose instance type is known.
   */
  nodes: number;
  /**
   * By instance type and mode. Of more than 32 the first ones are shown.
   *
   * @maxItems 32
   */
  instanceTypes?: InstanceTypeStatus[];
}
/**
 * One instance type and what its nodes can carry.
 */
export interface InstanceTypeStatus {
  /**
   * The instance type, for example ecs.g7.xlarge.
   */
  type: string;
  /**
   * How its pods share network interfaces.
   */
  mode?: 'Shared' | 'Exclusive' | 'Prefix' | 'Trunk';
  /**
   * Cloud nodes of this type.
   */
  nodes: number;
  /**
   * Pods that Terway has addresses for on each of them.
   */
  podsPerNode: number;
}
/**
 * What is about to be done, or would be done in Observe. Absent where nothing is to be done.
 */
export interface PlanStatus {
  /**
   * Names exactly the actions that wait for approval. It changes with them, so that an approval is never good for another change.
   * `kubectl annotate hn NAME hybrid.alibabacloud.com/approve=HASH` lets them go ahead.
   */
  hash?: string;
  /**
   * The actions in the order in which they are done. Of more than 64 the first ones are shown.
   *
   * @maxItems 64
   */
  actions?: PlannedAction[];
}
/**
 * One change of one object.
 */
export interface PlannedAction {
  /**
   * What is done, for example KeepOffCloud, PlaceOnCloud, Withdraw, ReleaseHold, WriteSecret or WriteConfigMap.
   */
  action: string;
  target: ActionTarget;
  /**
   * Why it is done, in one sentence.
   */
  why: string;
  /**
   * How many pods it restarts on the nodes that they stay on. Absent means 0.
   */
  podsRestarted?: number;
  /**
   * How many pods it removes from nodes that they may no longer run on. Absent means 0.
   */
  podsEvicted?: number;
  /**
   * Whether it lets a container network onto nodes that it was kept off. Such an action waits for approval while cloud or virtual nodes exist. Absent means false.
   */
  widens?: boolean;
  waitsFor?: WaitsFor;
  /**
   * Names this action by its object, the pod template afterwards and the generation of the spec. plan.hash is made of the ids of the actions that wait, so that an approved plan is still known when only a part of it could be done.
   */
  id?: string;
}
/**
 * The object that is changed.
 */
export interface ActionTarget {
  /**
   * The kind of the object, for example DaemonSet.
   */
  kind: string;
  /**
   * The namespace of the object. Absent where the object has none.
   */
  namespace?: string;
  /**
   * The name of the object, for example calico-node.
   */
  name: string;
}
/**
 * One node and what has run there.
 */
export interface PluginTrace {
  /**
   * The name of the node.
   */
  node: string;
  /**
   * The uid of its Node object. A node that was re-imaged and joined anew has another one.
   */
  uid: string;
  /**
   * The network plug-in that has run there.
   */
  ran: 'OnPremises' | 'Terway';
}
/**
 * One workload and how it stands.
 */
export interface WorkloadStatus {
  /**
   * The kind of the workload.
   */
  kind: 'DaemonSet' | 'Deployment' | 'StatefulSet';
  /**
   * The namespace of the workload.
   */
  namespace: string;
  /**
   * The name of the workload.
   */
  name: string;
  /**
   * Who manages the workload, as far as its marks tell, for example tigera-operator or Helm. Absent where nobody does.
   */
  manager?: string;
  state: WorkloadState;
  /**
   * Names the pod template without its required node affinity, under onPremises.updateStrategy OnDelete. By it a change of the owner, which is to be rolled out, is told from a drift.
   */
  templateHash?: string;
  /**
   * What to know or to do about it. Absent where there is nothing to say.
   */
  message?: string;
}

/** What the API server accepts in a status: items of a list, characters of a text. Longer ones have to be cut. */
export const STATUS_LIMITS = {
  conditions: 16,
  'conditions[].type': 64,
  'conditions[].reason': 128,
  'conditions[].message': 8192,
  zones: 16,
  'zones[].zone': 40,
  'zones[].vSwitches': 64,
  'zones[].vSwitches[]': 64,
  checks: 32,
  'checks[].id': 8,
  'checks[].message': 1024,
  'checks[].remediation': 1024,
  'capacity.instanceTypes': 32,
  'capacity.instanceTypes[].type': 64,
  'plan.hash': 64,
  'plan.actions': 64,
  'plan.actions[].action': 64,
  'plan.actions[].target.kind': 63,
  'plan.actions[].target.namespace': 63,
  'plan.actions[].target.name': 253,
  'plan.actions[].why': 1024,
  'plan.actions[].id': 32,
  pluginHistory: 256,
  'pluginHistory[].node': 253,
  'pluginHistory[].uid': 64,
  workloads: 256,
  'workloads[].namespace': 63,
  'workloads[].name': 253,
  'workloads[].manager': 253,
  'workloads[].templateHash': 32,
  'workloads[].message': 2048,
} as const;

/** What the schema asks of each field, without defaults and rules. */
export const FIELD_SCHEMAS = {
  spec: {
    type: 'object',
    required: ['scenario'],
    properties: {
      scenario: { type: 'string', enum: ['Overlay', 'BGP', 'HostNetwork'] },
      enforcement: { type: 'string', enum: ['Enforce', 'Observe'] },
      suspend: { type: 'boolean' },
      deletionPolicy: { type: 'string', enum: ['Retain', 'Restore'] },
      approveAbove: { type: 'integer', minimum: 0, maximum: 100000 },
      onPremises: {
        type: 'object',
        properties: {
          cni: {
            type: 'object',
            properties: {
              type: {
                type: 'string',
                enum: [
                  'Auto',
                  'Calico',
                  'Canal',
                  'Cilium',
                  'Flannel',
                  'KubeRouter',
                  'Antrea',
                  'KubeOVN',
                  'None',
                ],
              },
              exceptCompanions: {
                type: 'array',
                maxItems: 32,
                uniqueBy: ['kind', 'namespace', 'name'],
                items: {
                  type: 'object',
                  required: ['kind', 'namespace', 'name'],
                  properties: {
                    kind: { type: 'string', enum: ['DaemonSet', 'Deployment', 'StatefulSet'], maxLength: 11 },
                    namespace: {
                      type: 'string',
                      pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
                      minLength: 1,
                      maxLength: 63,
                    },
                    name: {
                      type: 'string',
                      pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
                      minLength: 1,
                      maxLength: 253,
                    },
                  },
                },
              },
            },
          },
          workloads: {
            type: 'array',
            maxItems: 64,
            items: {
              type: 'object',
              required: ['kind', 'namespace'],
              properties: {
                kind: { type: 'string', enum: ['DaemonSet', 'Deployment', 'StatefulSet'], maxLength: 11 },
                namespace: {
                  type: 'string',
                  pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
                  minLength: 1,
                  maxLength: 63,
                },
                name: {
                  type: 'string',
                  pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
                  minLength: 1,
                  maxLength: 253,
                },
                labelSelector: {
                  type: 'object',
                  properties: {
                    matchLabels: {
                      type: 'object',
                      maxProperties: 16,
                      additionalProperties: {
                        type: 'string',
                        pattern: '^$|^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$',
                        maxLength: 63,
                      },
                    },
                    matchExpressions: {
                      type: 'array',
                      maxItems: 16,
                      items: {
                        type: 'object',
                        required: ['key', 'operator'],
                        properties: {
                          key: {
                            type: 'string',
                            pattern:
                              '^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$',
                            minLength: 1,
                            maxLength: 317,
                          },
                          operator: { type: 'string', enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
                          values: {
                            type: 'array',
                            maxItems: 32,
                            items: {
                              type: 'string',
                              pattern: '^$|^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$',
                              maxLength: 63,
                            },
                          },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
          updateStrategy: { type: 'string', enum: ['RollingUpdate', 'OnDelete'] },
          excludeVirtualNodes: { type: 'boolean' },
          podCIDRs: {
            type: 'array',
            maxItems: 128,
            uniqueBy: [],
            items: {
              type: 'string',
              pattern:
                '^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])/([89]|[12][0-9]|3[0-2])$',
              maxLength: 18,
            },
          },
          nodeCIDRs: {
            type: 'array',
            maxItems: 128,
            uniqueBy: [],
            items: {
              type: 'string',
              pattern:
                '^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])/([89]|[12][0-9]|3[0-2])$',
              maxLength: 18,
            },
          },
        },
      },
      terway: {
        type: 'object',
        properties: {
          daemonSet: {
            type: 'object',
            properties: {
              name: {
                type: 'string',
                pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
                minLength: 1,
                maxLength: 253,
              },
            },
          },
          eniConfig: {
            type: 'object',
            required: ['securityGroupIDs'],
            properties: {
              vSwitches: {
                type: 'object',
                minProperties: 1,
                maxProperties: 16,
                additionalProperties: {
                  type: 'array',
                  minItems: 1,
                  maxItems: 10,
                  uniqueBy: [],
                  items: { type: 'string', pattern: '^vsw-[a-z0-9]{1,60}$', maxLength: 64 },
                },
              },
              vSwitchIDs: {
                type: 'array',
                minItems: 1,
                maxItems: 64,
                uniqueBy: [],
                items: { type: 'string', pattern: '^vsw-[a-z0-9]{1,60}$', maxLength: 64 },
              },
              securityGroupIDs: {
                type: 'array',
                minItems: 1,
                maxItems: 10,
                uniqueBy: [],
                items: { type: 'string', pattern: '^sg-[a-z0-9]{1,61}$', maxLength: 64 },
              },
              serviceCIDR: {
                type: 'string',
                pattern:
                  '^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])/([89]|[12][0-9]|3[0-2])$',
                maxLength: 18,
              },
              eniTags: {
                type: 'object',
                maxProperties: 20,
                additionalProperties: { type: 'string', pattern: '^[^\\x00-\\x1f\\x7f]*$', maxLength: 128 },
              },
              minPoolSize: { type: 'integer', minimum: 0, maximum: 1000 },
              maxPoolSize: { type: 'integer', minimum: 0, maximum: 1000 },
              vSwitchSelectionPolicy: { type: 'string', enum: ['ordered', 'random', 'most'] },
            },
          },
          datapath: { type: 'string', enum: ['Veth', 'DataPathV2', 'IPVLAN'] },
          networkPolicy: { type: 'string', enum: ['Enabled', 'Disabled'] },
          restartOnChange: { type: 'boolean' },
        },
      },
      credentials: {
        type: 'object',
        properties: {
          secretRef: {
            type: 'object',
            required: ['name'],
            properties: {
              name: {
                type: 'string',
                pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
                minLength: 1,
                maxLength: 253,
              },
            },
          },
          inENIConfig: { type: 'string', enum: ['Auto', 'Always', 'Never'] },
        },
      },
      cloud: {
        type: 'object',
        properties: {
          regionID: { type: 'string', pattern: '^[a-z]{2}(-[a-z0-9]+)+$', minLength: 4, maxLength: 33 },
          vpcID: { type: 'string', pattern: '^vpc-[a-z0-9]{1,60}$', maxLength: 64 },
          credentialsRef: {
            type: 'object',
            required: ['name'],
            properties: {
              name: {
                type: 'string',
                pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
                minLength: 1,
                maxLength: 253,
              },
            },
          },
          validation: { type: 'string', enum: ['Disabled', 'Warn', 'Enforce'] },
          maxNodes: { type: 'integer', minimum: 1, maximum: 5000 },
          skipChecks: {
            type: 'array',
            maxItems: 64,
            uniqueBy: [],
            items: { type: 'string', pattern: '^C[0-9]{2}$', maxLength: 3 },
          },
        },
      },
    },
  },
  status: {
    type: 'object',
    properties: {
      observedGeneration: { type: 'integer', minimum: 0 },
      conditions: {
        type: 'array',
        maxItems: 16,
        uniqueBy: ['type'],
        items: {
          type: 'object',
          required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'],
          properties: {
            type: { type: 'string', pattern: '^[A-Z][A-Za-z]*$', minLength: 1, maxLength: 64 },
            status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
            observedGeneration: { type: 'integer', minimum: 0 },
            lastTransitionTime: { type: 'string', maxLength: 64 },
            reason: { type: 'string', pattern: '^[A-Z][A-Za-z0-9]*$', minLength: 1, maxLength: 128 },
            message: { type: 'string', maxLength: 8192 },
          },
        },
      },
      nodes: {
        type: 'object',
        required: ['cloud', 'onPremises', 'virtual'],
        properties: {
          cloud: { type: 'integer', minimum: 0 },
          onPremises: { type: 'integer', minimum: 0 },
          virtual: { type: 'integer', minimum: 0 },
        },
      },
      misplacedPods: { type: 'integer', minimum: 0 },
      guard: {
        type: 'object',
        required: ['hold', 'firstSight', 'nodeLabel', 'refuseUpdate', 'refuseCreate'],
        properties: {
          hold: { type: 'string', enum: ['InPlace', 'Absent'] },
          firstSight: { type: 'string', enum: ['InPlace', 'Absent'] },
          nodeLabel: { type: 'string', enum: ['InPlace', 'Absent'] },
          refuseUpdate: { type: 'string', enum: ['InPlace', 'Absent'] },
          refuseCreate: { type: 'string', enum: ['InPlace', 'Absent'] },
        },
      },
      zones: {
        type: 'array',
        maxItems: 16,
        uniqueBy: ['zone'],
        items: {
          type: 'object',
          required: ['zone', 'vSwitches', 'freeIPs'],
          properties: {
            zone: { type: 'string', minLength: 1, maxLength: 40 },
            vSwitches: { type: 'array', maxItems: 64, items: { type: 'string', maxLength: 64 } },
            freeIPs: { type: 'integer', minimum: 0 },
            neededIPs: { type: 'integer', minimum: 0 },
          },
        },
      },
      freeIPs: { type: 'integer', minimum: 0 },
      checks: {
        type: 'array',
        maxItems: 32,
        uniqueBy: ['id'],
        items: {
          type: 'object',
          required: ['id', 'severity', 'message'],
          properties: {
            id: { type: 'string', minLength: 1, maxLength: 8 },
            severity: { type: 'string', enum: ['error', 'warning', 'info'], maxLength: 7 },
            message: { type: 'string', maxLength: 1024 },
            remediation: { type: 'string', maxLength: 1024 },
          },
        },
      },
      capacity: {
        type: 'object',
        required: ['pods', 'nodes'],
        properties: {
          pods: { type: 'integer', minimum: 0 },
          nodes: { type: 'integer', minimum: 0 },
          instanceTypes: {
            type: 'array',
            maxItems: 32,
            items: {
              type: 'object',
              required: ['type', 'nodes', 'podsPerNode'],
              properties: {
                type: { type: 'string', minLength: 1, maxLength: 64 },
                mode: { type: 'string', enum: ['Shared', 'Exclusive', 'Prefix', 'Trunk'], maxLength: 9 },
                nodes: { type: 'integer', minimum: 0 },
                podsPerNode: { type: 'integer', minimum: 0 },
              },
            },
          },
        },
      },
      plan: {
        type: 'object',
        properties: {
          hash: { type: 'string', pattern: '^[A-Za-z0-9]+$', minLength: 1, maxLength: 64 },
          actions: {
            type: 'array',
            maxItems: 64,
            items: {
              type: 'object',
              required: ['action', 'target', 'why'],
              properties: {
                action: { type: 'string', pattern: '^[A-Z][A-Za-z]*$', minLength: 1, maxLength: 64 },
                target: {
                  type: 'object',
                  required: ['kind', 'name'],
                  properties: {
                    kind: { type: 'string', minLength: 1, maxLength: 63 },
                    namespace: { type: 'string', maxLength: 63 },
                    name: { type: 'string', minLength: 1, maxLength: 253 },
                  },
                },
                why: { type: 'string', maxLength: 1024 },
                podsRestarted: { type: 'integer', minimum: 0 },
                podsEvicted: { type: 'integer', minimum: 0 },
                widens: { type: 'boolean' },
                waitsFor: { type: 'string', enum: ['Approval', 'Rollout', 'Terway', 'Plugin'] },
                id: { type: 'string', pattern: '^[a-z0-9]+$', maxLength: 32 },
              },
            },
          },
        },
      },
      pluginHistory: {
        type: 'array',
        maxItems: 256,
        items: {
          type: 'object',
          required: ['node', 'uid', 'ran'],
          properties: {
            node: { type: 'string', minLength: 1, maxLength: 253 },
            uid: { type: 'string', minLength: 1, maxLength: 64 },
            ran: { type: 'string', enum: ['OnPremises', 'Terway'] },
          },
        },
      },
      workloads: {
        type: 'array',
        maxItems: 256,
        items: {
          type: 'object',
          required: ['kind', 'namespace', 'name', 'state'],
          properties: {
            kind: { type: 'string', enum: ['DaemonSet', 'Deployment', 'StatefulSet'], maxLength: 11 },
            namespace: { type: 'string', minLength: 1, maxLength: 63 },
            name: { type: 'string', minLength: 1, maxLength: 253 },
            manager: { type: 'string', maxLength: 253 },
            state: {
              type: 'string',
              enum: [
                'Held',
                'Contested',
                'Satisfied',
                'Waiting',
                'ManagedElsewhere',
                'Refused',
                'Absent',
                'Gone',
                'Withdrawing',
                'Released',
              ],
            },
            templateHash: { type: 'string', pattern: '^[a-z0-9]+$', maxLength: 32 },
            message: { type: 'string', maxLength: 2048 },
          },
        },
      },
    },
  },
};
