/** What is to be known, for the checks of one HybridNetwork. */
export interface CloudQuery {
  readonly regionId: string;
  /** Absent: the VPC of the vSwitches, or else of the instances. */
  readonly vpcId?: string | undefined;
  readonly vSwitchIds: readonly string[];
  /** Of eni_conf; those of the instances are looked up as well. */
  readonly securityGroupIds: readonly string[];
  readonly instanceIds: readonly string[];
}
